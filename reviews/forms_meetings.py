"""Shapes of what people fill in about review meetings; what is right is the services' to say."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import DayField
from common.text import version_of
from organization.models import Bureau, Department, Employee
from reviews.models import AgendaItem, LostPoint, MeetingAction, ReviewMeeting
from reviews.queries.meetings import AgendaLine
from reviews.services.meetings import Arrangement

ALL = ("", _("全部"))


def words(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class PersonField(forms.ModelChoiceField):
    """Somebody of the bureau who is in post, by number in the form."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Employee.objects.none(), **options)

    def of(self, bureau: Bureau) -> None:
        today = bureau.today
        people = Employee.objects.filter(bureau=bureau).in_post_between(today, today)
        self.queryset = people.select_related("department").order_by("department__code", "number")

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}（{obj.department.name}）"


class ArrangeForm(forms.Form):
    """When, where and under whom; until when departments explain."""

    day = DayField(label=_("召开日期"))
    starts_at = forms.TimeField(
        label=_("开始时间"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    place = forms.CharField(label=_("地点"), required=False, max_length=100)
    chair = PersonField(label=_("主持人"), required=False, empty_label=_("局长"))
    explain_until = DayField(label=_("扣分说明截止日期"), required=False, help_text=_("不填为召开前 3 个工作日。"))

    def __init__(self, *args: Any, bureau: Bureau, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["chair"].of(bureau)  # type: ignore[attr-defined]

    @classmethod
    def of(cls, meeting: ReviewMeeting, data: Any = None) -> ArrangeForm:
        names = ("day", "starts_at", "place", "chair", "explain_until")
        return cls(data, bureau=meeting.bureau, initial={name: getattr(meeting, name) for name in names})

    @property
    def arrangement(self) -> Arrangement:
        return Arrangement(**self.cleaned_data)


class AgendaForm(forms.Form):
    """A line of the agenda; an empty title takes it out."""

    kind = forms.ChoiceField(label=_("类别"), choices=AgendaItem.Kind.choices, initial=AgendaItem.Kind.OTHER)
    title = forms.CharField(label=_("内容"), required=False, max_length=200)
    speaker = PersonField(label=_("发言人"), required=False, empty_label="–")
    department = forms.ModelChoiceField(Department.objects.none(), label=_("部门"), required=False, empty_label="–")
    length = forms.IntegerField(label=_("分钟"), min_value=1, max_value=480, initial=5)
    place = forms.IntegerField(label=_("次序"), required=False, min_value=1, max_value=200)

    @property
    def line(self) -> AgendaLine:
        given = self.cleaned_data
        return AgendaLine(given["kind"], given["title"], given["speaker"], given["department"], given["length"])


class AgendaFormSet(forms.BaseFormSet):
    """The agenda with empty lines at its end; the choices are asked for once, not for every line."""

    def __init__(self, *args: Any, bureau: Bureau, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = PersonField(required=False, empty_label="–")
        person.of(bureau)
        self._people: list[Any] = list(person.choices)  # type: ignore[arg-type]  # an iterator over the people
        self._departments = [
            ("", "–"),
            *((one.pk, one.name) for one in Department.objects.filter(bureau=bureau).order_by("code")),
        ]
        self._bureau = bureau

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        speaker, department = form.fields["speaker"], form.fields["department"]
        speaker.of(self._bureau)  # type: ignore[attr-defined]
        department.queryset = Department.objects.filter(bureau=self._bureau)  # type: ignore[attr-defined]
        speaker.widget.choices, department.widget.choices = self._people, self._departments
        for field in form.fields.values():  # the table's head is no label
            field.widget.attrs["aria-label"] = field.label

    @property
    def lines(self) -> list[AgendaLine]:
        """The lines with a title, by the order that was given; those without one stand where they are."""
        kept = [form for form in self.forms if form.cleaned_data.get("title")]
        places = {id(form): form.cleaned_data.get("place") or position for position, form in enumerate(kept, start=1)}
        return [form.line for form in sorted(kept, key=lambda form: places[id(form)])]


AgendaSet: Any = forms.formset_factory(AgendaForm, formset=AgendaFormSet, extra=2, max_num=80)


class TextForm(forms.Form):
    """Report, comment, summing-up or minutes."""

    text = forms.CharField(label=_("内容"), widget=words(8), error_messages={"required": _("请写明内容。")})
    known = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, label: Any = "", rows: int = 8, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs["rows"] = rows
        if label:
            self.fields["text"].label = label

    @classmethod
    def of(cls, saved: str, shown: str = "", **options: Any) -> TextForm:
        """The form with what is saved, or with a draft of what could be, `shown` in its place."""
        return cls(initial={"text": shown or saved, "known": version_of(saved)}, **options)


class ExplainForm(forms.Form):
    """Cause and measure of one lost point; both may be left for later."""

    cause = forms.CharField(label=_("原因"), required=False, widget=words(3), max_length=2000)
    measure = forms.CharField(label=_("整改措施"), required=False, widget=words(3), max_length=2000)
    known = forms.CharField(required=False, widget=forms.HiddenInput)

    @classmethod
    def of(cls, row: LostPoint) -> ExplainForm:
        known = version_of(row.cause, row.measure)
        return cls(initial={"cause": row.cause, "measure": row.measure, "known": known}, prefix=f"row{row.pk}")


class ExplanationFilter(forms.Form):
    """Which lost points are shown."""

    show = forms.ChoiceField(
        label=_("状态"), required=False, choices=[ALL, ("unfilled", _("未填写")), ("filled", _("已填写"))]
    )
    department = forms.ModelChoiceField(
        Department.objects.none(), label=_("部门"), required=False, empty_label=ALL[1], to_field_name="code"
    )

    def __init__(self, *args: Any, bureau: Bureau, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = Department.objects.filter(bureau=bureau).order_by("code")  # type: ignore[attr-defined]


class ActionForm(forms.Form):
    """议定事项: who does what by when."""

    task = forms.CharField(label=_("事项"), max_length=300, widget=words(2))
    department = forms.ModelChoiceField(Department.objects.none(), label=_("责任部门"), empty_label=_("请选择"))
    owner = PersonField(label=_("责任人"), empty_label=_("请选择"))
    due_on = DayField(label=_("期限"))

    def __init__(self, *args: Any, bureau: Bureau, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = Department.objects.filter(bureau=bureau).order_by("code")  # type: ignore[attr-defined]
        self.fields["owner"].of(bureau)  # type: ignore[attr-defined]


class ChangeActionForm(ActionForm):
    """Another owner or day, with a reason."""

    reason = forms.CharField(
        label=_("理由"), widget=words(2), error_messages={"required": _("请写明改期或转交的理由。")}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["task"]


class OutcomeForm(forms.Form):
    outcome = forms.CharField(
        label=_("办理结果"), widget=words(4), help_text=_("写明做了什么、结果怎样；绩效办核实后办结。"),
        error_messages={"required": _("请写明办理结果。")},
    )  # fmt: skip


class SettleForm(forms.Form):
    state = forms.ChoiceField(
        label=_("结论"),
        choices=[(value, label) for value, label in MeetingAction.State.choices if value != MeetingAction.State.OPEN],
        widget=forms.RadioSelect,
        initial=MeetingAction.State.DONE,
    )
    reason = forms.CharField(label=_("意见"), required=False, widget=words(2), help_text=_("不再办理的，要写明原因。"))
