"""Shapes of what assessors filter by and answer with."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from common.components import quarter_label
from common.text import clauses
from indicators.forms import HeldFilter
from indicators.models import Quarter
from indicators.queries.assessing import STEPS, full_marks, has_files, opened_by, was_returned
from organization.models import Bureau, Employee

REASONS = (
    _("佐证材料不全，请补充"),
    _("填报数据与台账不符，请核实"),
    _("口径不对，请按质量标准重新填报"),
    _("期间填错，请填到对应节点"),
)
"""What results are customarily returned for."""


class QueueFilter(HeldFilter):
    """What a queue is narrowed by; the step rides along."""

    mark = forms.ChoiceField(
        label=_("标记"),
        required=False,
        choices=[
            ("", _("全部")),
            ("unopened", _("还没打开")),
            ("late", _("迟报")),
            ("returned", _("退回过")),
            ("files", _("有佐证")),
            ("bare", _("没有佐证")),
            ("lost", _("失了分")),
            ("full", _("得了满分")),
        ],
    )
    step = forms.ChoiceField(required=False, choices=[(step, step) for step in STEPS], widget=forms.HiddenInput)
    field_order = ["q", "point", "department", "quarter", "mark"]

    def __init__(self, *args: Any, person: Employee, **kwargs: Any) -> None:
        super().__init__(*args, bureau=person.bureau, **kwargs)
        self.person = person

    def quarters(self, bureau: Bureau) -> list[tuple[str, str]]:
        codes = Quarter.objects.filter(bureau=bureau, state__in=Quarter.TAKES_INPUT).order_by("-code")
        return [("", str(_("全部"))), *((code, quarter_label(code)) for code in codes.values_list("code", flat=True))]

    def narrow(self, rows: Any) -> Any:
        rows = super().narrow(rows)
        given = self.cleaned_data
        if given.get("quarter"):
            rows = rows.filter(quarter__code=given["quarter"])
        mark = given.get("mark")
        if mark == "unopened":
            rows = rows.filter(~opened_by(self.person))
        elif mark == "late":
            rows = rows.filter(late=True)
        elif mark == "returned":
            rows = rows.filter(was_returned())
        elif mark in ("files", "bare"):
            rows = rows.filter(has_files() if mark == "files" else ~has_files())
        elif mark in ("lost", "full"):
            rows = rows.annotate(full=full_marks())
            rows = rows.filter(points__lt=F("full")) if mark == "lost" else rows.filter(points=F("full"))
        return rows


class ReturnForm(forms.Form):
    """退回: a customary reason, words of one's own, or both."""

    common = forms.ChoiceField(
        label=_("常用理由"), required=False, choices=[("", _("另行说明")), *((text, text) for text in REASONS)]
    )
    reason = forms.CharField(
        label=_("补充说明"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    @property
    def text(self) -> str:
        """The reason as it is kept and told."""
        given = (self.cleaned_data["common"], self.cleaned_data["reason"].strip())
        return clauses(part for part in given if part)
