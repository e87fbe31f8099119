"""Shapes of what a secretary and the speakers of a showing type."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import DayField, RowsField
from organization.models import Bureau, Employee, PartyBranch
from reviews.models import Participant, ReviewSettings, Statement
from reviews.services.holding import LONGEST_MINUTES, Attended
from reviews.services.scheduling import Place
from reviews.services.settings import FIELDS
from reviews.services.statements import LONGEST


class PlaceForm(forms.Form):
    """When on the day, where, and what about; all of it may be left open."""

    starts_at = forms.TimeField(
        label=_("开始时间"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    place = forms.CharField(label=_("地点"), max_length=100, required=False)
    topic = forms.CharField(label=_("主题"), max_length=200, required=False)

    def at(self) -> Place:
        """The cleaned values as the service takes them."""
        found = self.cleaned_data
        return Place(found["starts_at"], found["place"], found["topic"])


class ScheduleForm(PlaceForm):
    """One showing for one branch, or for several that hold it together."""

    branches = RowsField(
        label=_("参加的党支部"),
        queryset=PartyBranch.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("选两个以上就是交流月：几个支部一起开。"),
    )
    day = DayField(label=_("召开日期"))

    field_order = ["branches", "day", "starts_at", "place", "topic"]

    def __init__(self, *args: Any, bureau: Bureau, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["branches"].queryset = bureau.branches.order_by("code")  # type: ignore[attr-defined]


class YearForm(PlaceForm):
    """The series of a year for one branch, each month on the theme day."""

    branch = forms.ModelChoiceField(label=_("党支部"), queryset=PartyBranch.objects.none(), empty_label=None)
    year = forms.TypedChoiceField(label=_("年度"), coerce=int)

    field_order = ["branch", "year", "starts_at", "place"]

    def __init__(self, *args: Any, branches: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["branch"].queryset = branches  # type: ignore[attr-defined]
        self.fields["year"].choices = [(year, str(year)) for year in (today.year, today.year + 1)]  # type: ignore[attr-defined]
        del self.fields["topic"]

    def at(self) -> Place:
        return Place(self.cleaned_data["starts_at"], self.cleaned_data["place"])


class ChangeForm(PlaceForm):
    """Another day of the month, another place, another topic."""

    day = DayField(label=_("召开日期"))

    field_order = ["day", "starts_at", "place", "topic"]


class ReviewSettingsForm(forms.ModelForm):
    class Meta:
        model = ReviewSettings
        fields = FIELDS


class StatementForm(forms.Form):
    """晒成绩、晒不足、晒打算. A draft may leave parts empty; the service says what handing in demands."""

    achievements = forms.CharField(required=False, widget=forms.Textarea)
    shortcomings = forms.CharField(required=False, widget=forms.Textarea)
    plans = forms.CharField(required=False, widget=forms.Textarea)

    HINTS = {
        "achievements": _("这个月做成了什么，对照上月打算说，最好有数字。"),
        "shortcomings": _("哪里没有做好，为什么；对事不绕弯。"),
        "plans": _("下个月做什么，做到什么程度，什么时候完成。"),
    }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for part in Statement.PARTS:
            field = self.fields[part]
            field.label = Statement._meta.get_field(part).verbose_name  # type: ignore[union-attr]
            field.widget.attrs |= {"rows": 6, "data-count": LONGEST, "aria-describedby": f"{part}-hint {part}-count"}

    @property
    def texts(self) -> dict[str, str]:
        return {part: self.cleaned_data.get(part, "") for part in Statement.PARTS}


class MinutesForm(forms.Form):
    minutes = forms.CharField(
        label=_("会议记录"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "data-count": LONGEST_MINUTES}),
    )


class HoldForm(forms.Form):
    """登记召开: the day, and for each person on the list whether there, with a reason for who was not."""

    held_on = DayField(label=_("实际召开日期"))

    def __init__(
        self, *args: Any, participants: list[Participant], away: set[int] | None = None, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.participants = participants
        for one in participants:
            absent = one.employee_id in (away or set())
            self.fields[f"attendance-{one.employee_id}"] = forms.ChoiceField(
                label=one.employee.name,
                choices=Participant.Attendance.choices,
                widget=forms.RadioSelect,
                initial=Participant.Attendance.EXCUSED if absent else Participant.Attendance.PRESENT,
                error_messages={"required": _("请登记%s是否到会。") % one.employee.name},
            )
            self.fields[f"reason-{one.employee_id}"] = forms.CharField(
                label=_("%s没有到会的原因") % one.employee.name,
                required=False,
                max_length=200,
                initial=_("离岗") if absent else "",
                widget=forms.TextInput(attrs={"placeholder": _("没有到会的写明原因")}),
            )

    @property
    def lines(self) -> list[tuple[Employee, Any, Any]]:
        """Each person with the two fields, as the page sets them out."""
        return [
            (one.employee, self[f"attendance-{one.employee_id}"], self[f"reason-{one.employee_id}"])
            for one in self.participants
        ]

    def attendance(self) -> Mapping[int, Attended]:
        """The cleaned values as the service takes them, by the id of the employee."""
        found = self.cleaned_data
        return {
            one.employee_id: Attended(found[f"attendance-{one.employee_id}"], found[f"reason-{one.employee_id}"])
            for one in self.participants
        }
