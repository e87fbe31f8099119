"""Shapes of what is filled in when a showing is closed, and of what was agreed upon in it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import DayField
from organization.models import Employee
from reviews.models import Showing
from reviews.queries.follow_ups import last_day_for
from reviews.services.follow_ups import LONGEST_OUTCOME, LONGEST_TASK


class CloseForm(forms.Form):
    """The reason is asked for only where ballots are missing."""

    reason = forms.CharField(
        label=_("提前办结的理由"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("办结后没有交的互评不再接收，已交的随即公开。"),
    )


class FollowUpForm(forms.Form):
    """What somebody has to do until the next month's showing."""

    task = forms.CharField(label=_("事项"), max_length=LONGEST_TASK)
    owner = forms.ModelChoiceField(label=_("责任人"), queryset=Employee.objects.none(), empty_label=_("请选择"))
    due_on = DayField(label=_("期限"))

    def __init__(self, *args: Any, showing: Showing, **options: Any) -> None:
        super().__init__(*args, **options)
        listed = showing.participants.values("employee")
        self.fields["owner"].queryset = Employee.objects.filter(pk__in=listed).order_by("number")  # type: ignore[attr-defined]
        self.fields["due_on"].initial = last_day_for(showing)


class ReportForm(forms.Form):
    """How a follow-up stands; the owner's word."""

    outcome = forms.CharField(label=_("完成情况"), max_length=LONGEST_OUTCOME, widget=forms.Textarea(attrs={"rows": 2}))
    done = forms.BooleanField(label=_("已经完成"), required=False)
