"""追责回看: of each department and month who signed what and when, late or never, and what became of it (domain.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from common.quarters import QuarterCode
from organization.models import Employee
from supervision.models import Warned, WarningSheet
from supervision.models.warnings import WarningSheetQuerySet
from supervision.queries.warning_standing import Outcome, Side, Standing, facts_of
from supervision.queries.warnings import Figures, figures_of


@dataclass(frozen=True, slots=True)
class RetrospectRow:
    """A department's month: of each side how many lines were signed in time, late, not at all; then the outcomes."""

    url: str
    department: str
    month: str
    lines: int
    head: tuple[int, int, int]
    liaison: tuple[int, int, int]
    waiting: int
    done: int
    overdue: int
    missing: int


@dataclass(frozen=True, slots=True)
class SignedRow:
    """One side of one line, as the workbook lists it."""

    department: str
    month: str
    point: str
    name: str
    due: date
    side: str
    limit: date
    standing: Standing
    by: str
    number: str
    at: datetime | None
    digest: str
    outcome: str
    missing: int | None


def sheets_for(user: Employee, *, quarter: str = "", department: int | None = None) -> WarningSheetQuerySet:
    """The sheets that the person reads, of the months of a quarter and of a department; all if not named."""
    sheets: WarningSheetQuerySet = WarningSheet.objects.visible_to(user)
    if quarter:
        sheets = sheets.filter(month__in=QuarterCode.parse(quarter).months())
    if department is not None:
        sheets = sheets.filter(department=department)
    return sheets


def quarters_of_sheets(user: Employee) -> list[str]:
    """The quarters in which the person reads a sheet, newest first."""
    months = WarningSheet.objects.visible_to(user).order_by().values_list("month", flat=True).distinct()
    codes = {QuarterCode(int(month[:4]), (int(month[5:]) + 2) // 3) for month in months}
    return [str(code) for code in sorted(codes, reverse=True)]


def retrospect_rows(sheets: Iterable[WarningSheet], today: date) -> list[RetrospectRow]:
    """Sheets with their departments as rows of the view, in the order they come in."""
    shown = list(sheets)
    figures = figures_of(shown, today)
    return [_row(sheet, figures.get(sheet.pk, Figures())) for sheet in shown]


def _row(sheet: WarningSheet, figures: Figures) -> RetrospectRow:
    return RetrospectRow(
        url=reverse("supervision:warning", args=[sheet.pk]),
        department=sheet.department.name,
        month=sheet.month,
        lines=figures.lines,
        head=_counted(figures, Side.HEAD),
        liaison=_counted(figures, Side.LIAISON),
        waiting=sum(counts[Standing.WAITING] for counts in figures.sides.values()),
        done=figures.outcomes[Outcome.DONE],
        overdue=figures.outcomes[Outcome.OVERDUE],
        missing=figures.missing,
    )


def _counted(figures: Figures, side: str) -> tuple[int, int, int]:
    counts = figures.sides[side]
    return counts[Standing.ON_TIME], counts[Standing.LATE], counts[Standing.MISSED]


def signed_rows(sheets: WarningSheetQuerySet, today: date) -> Iterator[SignedRow]:
    """Both sides of every line of the sheets, by month, department and node."""
    lines = Warned.objects.filter(sheet__in=sheets.order_by().values("pk")).select_related(
        "sheet__department", "point", "version"
    )
    ordered = lines.order_by("-sheet__month", "sheet__department__code", "due", "point__code", "pk")
    for line in ordered.prefetch_related("signatures__by"):
        signatures = {one.side: one for one in line.signatures.all()}
        facts = facts_of(line)
        for side in Side:
            signature = signatures.get(side)
            yield SignedRow(
                department=line.sheet.department.name,
                month=line.sheet.month,
                point=line.point.code,
                name=line.version.name,
                due=line.due,
                side=str(side.label),
                limit=facts.limit(side),
                standing=facts.standing(side, signature.late if signature else None, today),
                by=signature.by.name if signature else "",
                number=signature.by.number if signature else "",
                at=signature.at if signature else None,
                digest=signature.digest if signature else "",
                outcome=str(line.get_outcome_display()),
                missing=line.missing,
            )
