"""预警: the sheets of a month, one sheet to sign and to print, one line with its signatures, the accountability view."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import Any

from django.contrib import messages
from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from common.components import Step, Tab
from common.errors import InvalidInput
from common.workbook import XLSX
from indicators.views.shared import address, one_page
from organization.models import Department, Employee
from organization.queries import work_calendar
from organization.requests import PersonRequest
from supervision.forms_warnings import RetrospectFilter, WarningFilter
from supervision.models import Warned, WarningSheet, WarningSignature
from supervision.models.warnings import WarningSheetQuerySet
from supervision.queries import warning_retrospect as retrospect_queries
from supervision.queries.signers import Side, Signers, Signing
from supervision.queries.warning_standing import Outcome, Standing
from supervision.queries.warning_texts import spoken_month
from supervision.queries.warnings import (
    Figures,
    LineRow,
    figures_of,
    heading_of,
    line_rows,
    lines_of,
    sheet_rows,
    signings_of,
)
from supervision.services.warnings import sign_lines
from supervision.warning_files import write_retrospect

LINES_A_PAGE = 20
LONGEST_ID = 15
"""Digits; zeros before a number count."""


# The sheets -------------------------------------------------------------------------------------------------------


@require_GET
def warnings(request: PersonRequest) -> HttpResponse:
    """The sheets that the person reads, of the newest month unless another is named; own ones over all months."""
    user, today = request.user, request.user.bureau.today
    visible: WarningSheetQuerySet = WarningSheet.objects.visible_to(user)
    months = sorted(set(visible.order_by().values_list("month", flat=True)), reverse=True)
    departments = _departments(visible)
    newest = {"month": months[0]} if months and len(departments) > 1 else {}
    initial = newest if "month" not in request.GET else {}
    form = WarningFilter(newest | request.GET.dict(), months=months, departments=departments, initial=initial)
    sheets = list(_narrowed(visible, form).select_related("department").order_by("-month", "department__code"))
    figures = figures_of(sheets, today)
    wanted = form.cleaned_data["state"] if form.is_valid() else ""
    shown = [sheet for sheet in sheets if _fits(figures.get(sheet.pk, Figures()), wanted)]
    page = one_page(request, shown)
    return render(
        request,
        "supervision/warnings.html",
        {
            "page": page,
            "rows": sheet_rows(list(page.object_list), today),
            "filters": form,
            "month": spoken_month(form.cleaned_data["month"]) if form.is_valid() and form.cleaned_data["month"] else "",
            "any": bool(months),
            "lines": sum(one.lines for one in figures.values()),
            "waiting": sum(one.waiting for one in figures.values()),
            "missed": sum(one.missed for one in figures.values()),
            "unknown": sorted({sheet.month[:4] for sheet in sheets if not sheet.knows_calendar}),
            "today": today,
            "calendar": work_calendar(),
        },
    )


def _departments(sheets: WarningSheetQuerySet) -> list[Department]:
    ids = sheets.order_by().values("department")
    return list(Department.objects.filter(pk__in=ids).only("code", "name").order_by("code"))


def _narrowed(sheets: WarningSheetQuerySet, form: WarningFilter) -> WarningSheetQuerySet:
    if not form.is_valid():
        return sheets
    chosen = form.cleaned_data
    if chosen["month"]:
        sheets = sheets.filter(month=chosen["month"])
    return sheets.filter(department__code=chosen["department"]) if chosen["department"] else sheets


def _fits(figures: Figures, state: str) -> bool:
    return {
        "unsigned": figures.waiting > 0,
        "missed": figures.missed > 0,
        "overdue": figures.outcomes[Outcome.OVERDUE] > 0,
    }.get(state, True)


# One sheet --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SheetPage:
    """Everything on the page of one sheet, for one reader."""

    sheet: WarningSheet
    request: PersonRequest

    @cached_property
    def today(self) -> Any:
        return self.request.user.bureau.today

    @cached_property
    def calendar(self) -> Any:
        return work_calendar()

    @cached_property
    def signers(self) -> Signers:
        return Signers(self.sheet.bureau, self.today)

    @cached_property
    def all(self) -> list[Warned]:
        return list(lines_of(self.sheet))

    @cached_property
    def figures(self) -> Figures:
        return figures_of([self.sheet], self.today).get(self.sheet.pk, Figures())

    @cached_property
    def heading(self) -> str:
        return heading_of(self.sheet, self.figures)

    @cached_property
    def signings(self) -> list[Signing]:
        return [one for one in signings_of(self.sheet, self.signers) if one.stands_in]

    @cached_property
    def mine(self) -> dict[str, list[LineRow]]:
        """By side the lines that wait for the reader's signature."""
        return {side: [row for row in self.rows_of_all if row.waits_for_reader(side)] for side in Side.values}

    @cached_property
    def rows_of_all(self) -> list[LineRow]:
        return line_rows(self.all, self.request.user, self.signers, today=self.today, calendar=self.calendar)

    @cached_property
    def side(self) -> str:
        """For which side the reader signs here; empty where nothing waits for the reader."""
        asked = self.request.GET.get("side", "")
        if self.mine.get(asked):
            return asked
        return next((side for side, rows in self.mine.items() if rows), "")

    @property
    def mine_count(self) -> int:
        return len(self.mine.get(self.side, ()))

    @property
    def side_label(self) -> str:
        return str(Side(self.side).label) if self.side else ""

    @cached_property
    def shown(self) -> str:
        asked = self.request.GET.get("show", "")
        return asked if asked in ("todo", "all", "whole") else "todo" if self.side else "all"

    @cached_property
    def page(self) -> Page[LineRow]:
        rows = self.mine[self.side] if self.shown == "todo" and self.side else self.rows_of_all
        size = max(len(rows), 1) if self.shown == "whole" else LINES_A_PAGE
        return one_page(self.request, rows, size)

    @property
    def signable(self) -> bool:
        return self.shown == "todo" and bool(self.side)

    @property
    def tabs(self) -> list[Tab]:
        todo = Tab(_("待我签字"), address("", show="todo", side=self.side), self.shown == "todo", self.mine_count)
        rest = [
            Tab(_("全部考点"), address("", show="all"), self.shown == "all", len(self.all)),
            Tab(_("整表打印"), address("", show="whole"), self.shown == "whole"),
        ]
        return [todo, *rest] if self.side else rest

    @cached_property
    def rail(self) -> list[Step]:
        """Made, signed by the head, signed by the liaison, and what became of the nodes."""
        open_nodes = self.figures.outcomes[Outcome.OPEN]
        return [
            Step(_("生成推送"), "done", at=self.sheet.made_at),
            self._signing_step(_("负责人签字"), Side.HEAD),
            self._signing_step(_("联络员签字"), Side.LIAISON),
            Step(
                _("完成或逾期"),
                "now" if open_nodes and not self.figures.waiting else "next" if open_nodes else "done",
                note=_("完成 %(done)d，逾期 %(overdue)d，进行中 %(open)d")
                % {
                    "done": self.figures.outcomes[Outcome.DONE],
                    "overdue": self.figures.outcomes[Outcome.OVERDUE],
                    "open": open_nodes,
                },
            ),
        ]

    def _signing_step(self, label: str, side: WarningSignature.Side) -> Step:
        counts, left = self.figures.sides[side], self.figures.unsigned(side)
        state = "done" if not left else "blocked" if counts[Standing.MISSED] else "now"
        words = {
            "signed": self.figures.signed(side),
            "owed": self.figures.owed(side),
            "missed": counts[Standing.MISSED],
        }
        note = _("已签 %(signed)d / %(owed)d") % words
        if counts[Standing.MISSED]:
            note = _("已签 %(signed)d / %(owed)d，%(missed)d 项过期未签") % words
        return Step(label, state, note=note)


def _seen(request: PersonRequest, pk: int) -> WarningSheet:
    """404 unless the reader may see the sheet."""
    rows = WarningSheet.objects.visible_to(request.user).select_related("bureau", "department")
    return get_object_or_404(rows, pk=pk)


@require_GET
def warning(request: PersonRequest, pk: int) -> HttpResponse:
    """One sheet: what is to be signed, as it will be sealed; everything; or the whole sheet to print."""
    return _show(request, SheetPage(_seen(request, pk), request))


def _show(request: PersonRequest, page: SheetPage, status: int = 200) -> HttpResponse:
    return render(
        request,
        "supervision/warning.html",
        {"page": page, "sheet": page.sheet, "month": spoken_month(page.sheet.month)},
        status=status,
    )


@require_POST
def warning_sign(request: PersonRequest, pk: int) -> HttpResponse:
    """Signs the ticked lines for a side, each by the digest of its text as it was shown."""
    sheet = _seen(request, pk)
    side = request.POST.get("side", "")
    signed = sign_lines(
        sheet=sheet,
        side=side,
        digests=_ticked(request),
        actor=request.user,
        today=request.user.bureau.today,
        now=timezone.now(),
    )
    late = sum(one.late for one in signed)
    sentence = ngettext("已签字 %(n)d 项。", "已签字 %(n)d 项。", len(signed)) % {"n": len(signed)}
    if late:
        sentence += _("其中 %d 项已过签字期限，记为逾期补签。") % late
    messages.success(request, sentence)
    response: HttpResponse = redirect("supervision:warning", pk=pk)
    return response


def _ticked(request: PersonRequest) -> dict[int, str]:
    """The ticked lines as `id:digest`; what is not that shape is refused as a whole."""
    found = {}
    for value in request.POST.getlist("line"):
        pk, _colon, digest = value.partition(":")
        if not pk.isascii() or not pk.isdigit() or len(pk) > LONGEST_ID:
            raise InvalidInput(_("有的考点不在这张表上，没有签字；请刷新页面再签。"))
        found[int(pk)] = digest
    return found


@require_GET
def warning_line(request: PersonRequest, pk: int) -> HttpResponse:
    """One line: the sealed text, both signatures verified, what would read otherwise today, who heard of it."""
    user = request.user
    seen = WarningSheet.objects.visible_to(user).order_by().values("pk")
    rows: QuerySet[Warned] = Warned.objects.filter(sheet__in=seen).select_related(
        "sheet__department", "sheet__bureau", "quarter", "point", "version"
    )
    line = get_object_or_404(rows.prefetch_related("signatures__by", "escalations"), pk=pk)
    today = user.bureau.today
    (row,) = line_rows([line], user, Signers(line.sheet.bureau, today), today=today, calendar=work_calendar())
    escalations = sorted(line.escalations.all(), key=lambda one: (one.on, one.pk))
    context = {
        "row": row,
        "line": line,
        "today": today,
        "calendar": work_calendar(),
        "escalations": escalations,
        "month": spoken_month(line.sheet.month),
    }
    return render(request, "supervision/warning_line.html", context)


# Accountability ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Retrospect:
    """What the accountability view is narrowed to, from the address; by default the newest quarter."""

    user: Employee
    asked: dict[str, str]

    @cached_property
    def quarters(self) -> list[str]:
        return retrospect_queries.quarters_of_sheets(self.user)

    @cached_property
    def form(self) -> RetrospectFilter:
        visible = WarningSheet.objects.visible_to(self.user)
        newest = {"quarter": self.quarters[0]} if self.quarters else {}
        return RetrospectFilter(
            newest | self.asked,
            quarters=self.quarters,
            departments=_departments(visible),
            initial=newest if "quarter" not in self.asked else {},
        )

    @cached_property
    def sheets(self) -> WarningSheetQuerySet:
        if not self.form.is_valid():
            return WarningSheet.objects.none()
        chosen = self.form.cleaned_data
        sheets = retrospect_queries.sheets_for(self.user, quarter=chosen["quarter"])
        sheets = sheets.filter(department__code=chosen["department"]) if chosen["department"] else sheets
        return sheets.select_related("department").order_by("-month", "department__code")


@require_GET
def warning_retrospect(request: PersonRequest) -> HttpResponse:
    """Who signed what and when, late or never, by department and month."""
    found = Retrospect(request.user, request.GET.dict())
    rows = retrospect_queries.retrospect_rows(found.sheets, request.user.bureau.today)
    page = one_page(request, rows)
    return render(
        request,
        "supervision/warning_retrospect.html",
        {
            "page": page,
            "rows": page.object_list,
            "filters": found.form,
            "any": bool(found.quarters),
            "late": sum(row.head[1] + row.liaison[1] for row in rows),
            "missed": sum(row.head[2] + row.liaison[2] for row in rows),
            "overdue": sum(row.overdue for row in rows),
            "query": request.GET.urlencode(),
        },
    )


@require_GET
def warning_retrospect_export(request: PersonRequest) -> FileResponse:
    """The accountability view as it is narrowed, in Excel: by department and month, and every signature."""
    today = request.user.bureau.today
    sheets = Retrospect(request.user, request.GET.dict()).sheets
    content = BytesIO()
    write_retrospect(
        retrospect_queries.retrospect_rows(sheets, today), retrospect_queries.signed_rows(sheets, today), content
    )
    content.seek(0)
    return FileResponse(content, as_attachment=True, filename=_("预警签字追责.xlsx"), content_type=XLSX)
