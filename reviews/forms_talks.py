"""Shapes of what people write about a talk: whom and how, the record, the other's view, what was found later."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import DayField
from organization.models import Employee
from reviews.models import Talk, TalkSuggestion, Trigger
from reviews.queries.suggestions import KIND_OF
from reviews.queries.talks import people_to_talk_with
from reviews.services.talks import Draft
from tasks_market.forms import words


class RecordForm(forms.Form):
    """The record of a talk. Everything of it may be kept unfinished; signing asks for the three texts."""

    kind = forms.ChoiceField(label=_("方式"), choices=Talk.Kind.choices)
    trigger = forms.ChoiceField(label=_("事由"), choices=Trigger.choices)
    held_on = DayField(label=_("谈话日期"))
    place = forms.CharField(label=_("地点"), max_length=100, required=False)
    affirmation = forms.CharField(
        label=_("肯定成绩"), required=False, widget=words(5), help_text=_("具体到事：做成了什么，好在哪里。")
    )
    analysis = forms.CharField(
        label=_("分析问题"), required=False, widget=words(5), help_text=_("失分在哪些考点，原因是什么。")
    )
    requirements = forms.CharField(
        label=_("提出要求"),
        required=False,
        widget=words(5),
        help_text=_("下一步做什么、做到什么程度、什么时候看结果。"),
    )
    follow_up_on = DayField(label=_("回访日期"), required=False, help_text=_("到这一天提醒您回访；不需要回访的留空。"))

    def __init__(self, data: Any = None, *, talk: Talk, **options: Any) -> None:
        given = {name: getattr(talk, name) for name in self.base_fields}
        super().__init__(data, initial=given, **options)
        if hasattr(talk, "suggestion"):  # a suggested talk keeps its cause
            self.fields["trigger"].disabled = True

    def draft(self) -> Draft:
        """The cleaned values as the service takes them."""
        return Draft(**self.cleaned_data)


class NewTalkForm(forms.Form):
    """With whom, how and about what; the record itself is written on the next page."""

    employee = forms.ModelChoiceField(label=_("谈话对象"), queryset=Employee.objects.none(), empty_label=_("请选择"))
    trigger = forms.ChoiceField(label=_("事由"), choices=Trigger.choices)
    kind = forms.ChoiceField(label=_("方式"), choices=Talk.Kind.choices)
    held_on = DayField(label=_("谈话日期"))
    place = forms.CharField(label=_("地点"), max_length=100, required=False)

    def __init__(
        self, data: Any = None, *, actor: Employee, today: date, suggestion: TalkSuggestion | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        self.cause = Trigger(suggestion.trigger) if suggestion else Trigger.FREE
        given = {"trigger": self.cause, "kind": KIND_OF[self.cause], "held_on": today}
        super().__init__(data, initial=given | (options.pop("initial", None) or {}), **options)
        if suggestion is not None:
            del self.fields["employee"], self.fields["trigger"]
            return
        people = people_to_talk_with(actor, today=today).select_related("department")
        field = self.fields["employee"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = people
        field.choices = _by_department(people)

    def draft(self) -> Draft:
        """The cleaned values as the service takes them."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "employee"}
        values.setdefault("trigger", self.cause)
        return Draft(**values)


class ViewForm(forms.Form):
    """本人意见, beside the signature."""

    view = forms.CharField(
        label=_("本人意见"),
        required=False,
        widget=words(4),
        help_text=_("对谈话内容的看法、说明或补充；没有的可以不填。签字后不能再改。"),
    )


class FollowUpForm(forms.Form):
    found = forms.CharField(
        label=_("回访情况"), widget=words(4), help_text=_("提出的要求落实得怎样，还需要做什么。填写后不能再改。")
    )


class DismissForm(forms.Form):
    reason = forms.CharField(label=_("理由"), widget=words(2))


def _by_department(people: Any) -> list[tuple[str, Any]]:
    groups: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for one in people.order_by("department__code", "number"):
        groups[one.department.name].append((one.pk, str(one)))
    return [("", _("请选择")), *groups.items()]
