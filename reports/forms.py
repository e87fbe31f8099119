"""What may be asked of the ranking and of the levelling radar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from common.components import quarter_label
from common.composed import composed_once
from indicators.models import Quarter
from organization.models import Bureau, Department, EmployeeQuerySet, RankCategory
from reports.queries.upward import QuarterKnown


def quarter_choices(quarters: Sequence[Quarter]) -> list[tuple[str, Any]]:
    label = _("%(quarter)s（%(state)s）")
    return [
        (one.code, label % {"quarter": quarter_label(one.code), "state": one.get_state_display()}) for one in quarters
    ]


class LevellingForm(forms.Form):
    """The quarter of the levelling radar, and the department whose people it looks at."""

    quarter = forms.ChoiceField(label=_("季度"), required=False)
    department = forms.ChoiceField(label=_("被考评部门"), required=False)

    def __init__(
        self, *args: Any, quarters: Sequence[Quarter], departments: Sequence[Department], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quarter"].choices = quarter_choices(quarters)  # type: ignore[attr-defined]
        everybody = [("", _("全部部门"))]
        self.fields["department"].choices = everybody + [(one.code, one.name) for one in departments]  # type: ignore[attr-defined]


class CockpitForm(LevellingForm):
    """The quarter of the cockpit, and one of the departments that the reader oversees."""

    department = forms.ChoiceField(label=_("部门"), required=False)

    def __init__(self, *args: Any, departments: Sequence[Department], whole: bool, **kwargs: Any) -> None:
        super().__init__(*args, departments=departments, **kwargs)
        if not whole:
            field = self.fields["department"]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("分管的部门")), *((one.code, one.name) for one in departments)]


class UpwardForm(forms.Form):
    """The quarter in which the bureaus below are compared; `under` stays where the reader has drilled to."""

    quarter = forms.ChoiceField(label=_("季度"), required=False)
    under = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, quarters: Sequence[QuarterKnown], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        label = _("%(quarter)s（%(n)d 个单位已公示）")
        field = self.fields["quarter"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(one.code, label % {"quarter": quarter_label(one.code), "n": one.settled}) for one in quarters]


@composed_once
def _categories(bureau: int) -> QuerySet[RankCategory, tuple[str, str]]:
    return RankCategory.objects.filter(bureau=bureau).values_list("name", "name")


@composed_once
def _departments(bureau: int) -> QuerySet[Department, tuple[str, str]]:
    return Department.objects.filter(bureau=bureau).values_list("code", "name")


class RankingForm(forms.Form):
    """The filter bar of the ranking; every field may stay empty."""

    quarter = forms.ChoiceField(label=_("季度"), required=False)
    category = forms.ChoiceField(label=_("序列"), required=False)
    department = forms.ChoiceField(label=_("部门"), required=False)
    q = forms.CharField(label=_("姓名或工号"), required=False, max_length=50)

    def __init__(self, *args: Any, bureau: Bureau, quarters: Sequence[Quarter], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].widget.attrs["placeholder"] = _("如 张三 或 zs")
        choices: dict[str, list[tuple[str, Any]]] = {
            "quarter": quarter_choices(quarters),
            "category": [("", _("全部序列")), *_categories(bureau.pk)],
            "department": [("", _("全部部门")), *_departments(bureau.pk)],
        }
        for name, values in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = values


class FileForm(forms.Form):
    """Whose file to open, among the people who are in post."""

    person = forms.ChoiceField(label=_("查看档案"), required=False)

    def __init__(self, *args: Any, people: EmployeeQuerySet, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_post = people.filter(Q(left_on__isnull=True) | Q(left_on__gte=today)).order_by("department__code", "number")
        label = _("%(name)s（%(department)s）")
        self.fields["person"].choices = [  # type: ignore[attr-defined]
            (number, label % {"name": name, "department": department})
            for number, name, department in in_post.values_list("number", "name", "department__name")
        ]
