"""What the pages of the warnings show: the sheets of a month, one sheet's lines, one line with its signatures."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from common.components import Change
from common.digest import digest_of_text
from common.verdict import Verdict
from common.workdays import WorkCalendar
from organization.models import Employee
from supervision.models import Warned, WarningSheet, WarningSignature
from supervision.permissions.warnings import may_sign_warning
from supervision.queries.signers import Signers, Signing
from supervision.queries.warning_standing import LineFacts, Outcome, Side, Standing, facts_of
from supervision.queries.warning_texts import (
    Logged,
    Verified,
    changes_today,
    logged_digests,
    parts_of,
    spoken_month,
    text_of,
    verified,
)


@dataclass
class Figures:
    """Lines of a sheet counted: by outcome, and for each side by how it stands."""

    lines: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    sides: dict[str, Counter[Standing]] = field(default_factory=lambda: {side: Counter() for side in Side.values})
    next_due: date | None = None
    missing: int = 0

    def signed(self, side: str) -> int:
        return self.sides[side][Standing.ON_TIME] + self.sides[side][Standing.LATE]

    def owed(self, side: str) -> int:
        """Lines that the side has to sign or has signed."""
        return self.lines - self.sides[side][Standing.WAIVED]

    def unsigned(self, side: str) -> int:
        return self.sides[side][Standing.WAITING] + self.sides[side][Standing.MISSED]

    @property
    def missed(self) -> int:
        return sum(counts[Standing.MISSED] for counts in self.sides.values())

    @property
    def late(self) -> int:
        return sum(counts[Standing.LATE] for counts in self.sides.values())

    @property
    def waiting(self) -> int:
        return sum(self.unsigned(side) for side in Side.values)


def figures_of(sheets: Iterable[WarningSheet], today: date) -> dict[int, Figures]:
    """The figures of these sheets in two queries; `next_due` is the nearest limit that somebody still has to keep."""
    ids = [sheet.pk for sheet in sheets]
    signed = {
        (line, side): late
        for line, side, late in WarningSignature.objects.filter(line__sheet__in=ids)
        .order_by()
        .values_list("line_id", "side", "late")
    }
    found: dict[int, Figures] = defaultdict(Figures)
    rows = Warned.objects.filter(sheet__in=ids).order_by()
    columns = ("pk", "sheet_id", "missing", "outcome", "settled_at", "head_due", "liaison_due")
    for pk, sheet, missing, *values in rows.values_list(*columns):
        figures, facts = found[sheet], LineFacts(*values)
        figures.lines += 1
        figures.outcomes[facts.outcome] += 1
        figures.missing += missing or 0
        for side in Side.values:
            standing = facts.standing(side, signed.get((pk, side)), today)
            figures.sides[side][standing] += 1
            if standing == Standing.WAITING:
                limit = facts.limit(side)
                figures.next_due = min(figures.next_due or limit, limit)
    return found


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A sheet as a line of the list: signatures as `12 / 14`, then what is left of its points."""

    url: str
    department: str
    month: str
    lines: int
    head: str
    liaison: str
    head_open: bool
    liaison_open: bool
    missed: int
    next_due: date | None
    done: int
    overdue: int


def sheet_rows(sheets: Sequence[WarningSheet], today: date) -> list[SheetRow]:
    """Sheets with their departments as rows, in the order they come in."""
    figures = figures_of(sheets, today)
    return [_sheet_row(sheet, figures.get(sheet.pk, Figures())) for sheet in sheets]


def _sheet_row(sheet: WarningSheet, figures: Figures) -> SheetRow:
    return SheetRow(
        url=reverse("supervision:warning", args=[sheet.pk]),
        department=sheet.department.name,
        month=sheet.month,
        lines=figures.lines,
        head=f"{figures.signed(Side.HEAD)} / {figures.owed(Side.HEAD)}",
        liaison=f"{figures.signed(Side.LIAISON)} / {figures.owed(Side.LIAISON)}",
        head_open=figures.unsigned(Side.HEAD) > 0,
        liaison_open=figures.unsigned(Side.LIAISON) > 0,
        missed=figures.missed,
        next_due=figures.next_due,
        done=figures.outcomes[Outcome.DONE],
        overdue=figures.outcomes[Outcome.OVERDUE],
    )


# One sheet --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SideCell:
    """One side of a line: who signed when, or until when somebody has to; `may_sign` is for the reader."""

    side: str
    label: str
    standing: Standing
    limit: date
    signature: WarningSignature | None
    verified: Verified | None
    may_sign: Verdict

    @property
    def by(self) -> str:
        return self.signature.by.name if self.signature else ""

    @property
    def at(self) -> datetime | None:
        return self.signature.at if self.signature else None


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of a sheet for one reader, its text as it is sealed, and what would read otherwise today."""

    pk: int
    url: str
    title: str
    due: date
    parts: list[tuple[str, str]]
    text: str
    digest: str
    outcome: str
    outcome_label: str
    missing: int | None
    sides: list[SideCell]
    changes: Sequence[Change]

    def side(self, side: str) -> SideCell:
        return next(cell for cell in self.sides if cell.side == side)

    def waits_for_reader(self, side: str) -> bool:
        """Whether the reader owes this signature: what nobody owes any more may be signed, but waits for nobody."""
        cell = self.side(side)
        return bool(cell.may_sign) and cell.standing != Standing.WAIVED


def lines_of(sheet: WarningSheet) -> QuerySet[Warned]:
    """The sheet's lines with everything that a row looks at, by node."""
    related = Warned.objects.filter(sheet=sheet).select_related(
        "sheet__department", "sheet__bureau", "quarter", "point", "version"
    )
    return related.prefetch_related("signatures__by").order_by("due", "point__code", "pk")


def line_rows(
    lines: Sequence[Warned], user: Employee, signers: Signers, *, today: date, calendar: WorkCalendar
) -> list[LineRow]:
    """The lines of one sheet as rows for a reader."""
    changes = changes_today(lines, calendar)
    logged = logged_digests(line for line in lines if line.signatures.all())
    return [_line_row(line, user, signers, changes.get(line.pk, ()), logged, today) for line in lines]


def _line_row(
    line: Warned, user: Employee, signers: Signers, changes: Sequence[Change], logged: Logged, today: date
) -> LineRow:
    text = text_of(line)
    return LineRow(
        pk=line.pk,
        url=reverse("supervision:warning-line", args=[line.pk]),
        title=f"{line.point.code} {line.version.name}",
        due=line.due,
        parts=parts_of(text),
        text=text,
        digest=digest_of_text(text),
        outcome=line.outcome,
        outcome_label=str(line.get_outcome_display()),
        missing=line.missing,
        sides=[_side(line, side, user, signers, logged, today) for side in Side],
        changes=changes,
    )


def _side(
    line: Warned, side: WarningSignature.Side, user: Employee, signers: Signers, logged: Logged, today: date
) -> SideCell:
    signature = next((one for one in line.signatures.all() if one.side == side), None)
    facts = facts_of(line)
    return SideCell(
        side=side.value,
        label=str(side.label),
        standing=facts.standing(side, signature.late if signature else None, today),
        limit=facts.limit(side),
        signature=signature,
        verified=verified(signature, line, logged) if signature else None,
        may_sign=may_sign_warning(user, line, side, signers),
    )


def signings_of(sheet: WarningSheet, signers: Signers) -> list[Signing]:
    """Who signs for both sides of a sheet on which nobody has signed yet, head first."""
    return [signers.of(sheet.department_id, side) for side in Side]


def heading_of(sheet: WarningSheet, figures: Figures) -> str:
    """What the sheet tells, in a sentence."""
    words: dict[str, object] = {
        "department": sheet.department.name,
        "month": spoken_month(sheet.month),
        "n": figures.lines,
    }
    if not figures.lines:
        return _("%(department)s%(month)s没有预警考点") % words
    if figures.waiting:
        words["left"] = figures.waiting
        return _("%(department)s%(month)s %(n)d 项预警，还缺 %(left)d 个签字") % words
    return _("%(department)s%(month)s %(n)d 项预警都已签字") % words
