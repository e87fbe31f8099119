"""Branch × month: who keeps the rhythm of the three showings, read from the rows (domain.md, Three showings)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.components import Tone
from common.exact import share
from common.text import listed
from common.workdays import WorkCalendar
from organization.models import Bureau, Employee, PartyBranch
from reviews.models import Participant, Showing, ShowingBranch, Statement
from reviews.queries.showings import first_of, last_day, peopled_months

MONTHS = range(1, 13)
SCHEDULED_BY = 5
"""The working day of the month by which its session is to be scheduled."""
RATED_WITHIN = 3
"""Working days after the session in which the ballots are to be in."""


class Mark(StrEnum):
    """How a branch stands in a month. `NONE` is a month before bureau or branch began, or after the branch's people left, of
    which nothing is said."""

    HELD = "held"
    LATE = "late"
    MISSED = "missed"
    OVERDUE = "overdue"
    SCHEDULED = "scheduled"
    OPEN = "open"
    NONE = "none"


LABELS = {
    Mark.HELD: gettext_lazy("按月召开"),
    Mark.LATE: gettext_lazy("逾月补开"),
    Mark.MISSED: gettext_lazy("缺开"),
    Mark.OVERDUE: gettext_lazy("到期未开"),
    Mark.SCHEDULED: gettext_lazy("已安排"),
    Mark.OPEN: gettext_lazy("未安排"),
    Mark.NONE: gettext_lazy("不计"),
}
SIGNS = {
    Mark.HELD: "✓",
    Mark.LATE: gettext_lazy("补"),
    Mark.MISSED: gettext_lazy("缺"),
    Mark.OVERDUE: gettext_lazy("逾"),
    Mark.SCHEDULED: gettext_lazy("待"),
    Mark.OPEN: "·",
    Mark.NONE: "–",
}
"""What stands for a mark where there is little room, so that no colour speaks alone."""
TONES = {
    Mark.HELD: Tone.GOOD,
    Mark.LATE: Tone.RISK,
    Mark.MISSED: Tone.BAD,
    Mark.OVERDUE: Tone.RISK,
    Mark.SCHEDULED: Tone.ACCENT,
    Mark.OPEN: Tone.PLAIN,
    Mark.NONE: Tone.PLAIN,
}
DUE = (Mark.HELD, Mark.LATE, Mark.MISSED)
"""Months that count for the rhythm: those that were kept, and those that are over."""


def month_code(year: int, number: int) -> str:
    return f"{year:04d}-{number:02d}"


def schedule_until(month: str, calendar: WorkCalendar) -> date:
    """The working day of the month by which its session is to be scheduled."""
    return calendar.add(first_of(month) - timedelta(days=1), SCHEDULED_BY)


def rate_until(held_on: date, calendar: WorkCalendar) -> date:
    """The last day on which ballots about a session are in time."""
    return calendar.add(held_on, RATED_WITHIN)


def mark_of(month: str, showing: Showing | None, *, today: date, begun: str) -> Mark:
    """How a branch stands in a month with this showing, or none; `begun` is the month that the bureau began in."""
    end = last_day(month)
    if showing is not None and showing.held_on is not None:
        return Mark.LATE if showing.held_on > end else Mark.HELD
    if today > end:
        return Mark.MISSED if begun and month >= begun else Mark.NONE
    if showing is None:
        return Mark.OPEN
    return Mark.OVERDUE if showing.day < today else Mark.SCHEDULED


@dataclass(frozen=True, slots=True)
class Figures:
    """People on the lists of some sessions, how many of them were there, and how many handed in a statement."""

    listed: int = 0
    present: int = 0
    stated: int = 0

    @property
    def attendance(self) -> Decimal:
        """Percent of the people on the lists."""
        return share(self.present, self.listed)

    @property
    def statements(self) -> Decimal:
        """Percent of the people on the lists."""
        return share(self.stated, self.listed)

    @property
    def short(self) -> str:
        """Both in whole percent, rounded down, so that 100 means everybody."""
        return f"{100 * self.present // self.listed}·{100 * self.stated // self.listed}" if self.listed else ""

    def __add__(self, other: Figures) -> Figures:
        return Figures(self.listed + other.listed, self.present + other.present, self.stated + other.stated)


@dataclass(frozen=True, slots=True)
class Cell:
    """One branch in one month; `with_others` are the branches that it meets with (交流月)."""

    month: str
    mark: Mark
    showing: Showing | None = None
    figures: Figures = Figures()
    with_others: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        return int(self.month[5:])

    @property
    def label(self) -> str:
        return str(LABELS[self.mark])

    @property
    def sign(self) -> str:
        return str(SIGNS[self.mark])

    @property
    def tone(self) -> str:
        return TONES[self.mark]

    @property
    def day(self) -> date | None:
        """When it was held, else when it is to be."""
        return (self.showing.held_on or self.showing.day) if self.showing else None

    @property
    def was_held(self) -> bool:
        return self.mark in (Mark.HELD, Mark.LATE)

    @property
    def together(self) -> str:
        """With whom it is held, if not alone."""
        return _("与%s联合召开") % listed(self.with_others) if self.with_others else ""


@dataclass(frozen=True)
class Line:
    """A row or a column of the matrix with its totals; a month that is not over does not count unless it was kept."""

    cells: Sequence[Cell]

    def _number(self, *marks: Mark) -> int:
        return sum(cell.mark in marks for cell in self.cells)

    @property
    def kept(self) -> int:
        """Held within the month."""
        return self._number(Mark.HELD)

    @property
    def late(self) -> int:
        return self._number(Mark.LATE)

    @property
    def missed(self) -> int:
        return self._number(Mark.MISSED)

    @property
    def due(self) -> int:
        return self._number(*DUE)

    @property
    def rhythm(self) -> Decimal:
        """Percent of the due months that were kept."""
        return share(self.kept, self.due)

    @cached_property
    def figures(self) -> Figures:
        """Those of the sessions that were held."""
        return sum((cell.figures for cell in self.cells if cell.was_held), Figures())


@dataclass(frozen=True)
class Row(Line):
    branch: PartyBranch


@dataclass(frozen=True, slots=True)
class Exchange:
    """A session that several branches hold together (交流月)."""

    showing: Showing
    number: int
    branches: str


@dataclass(frozen=True)
class Matrix:
    """The branches of a bureau over the months of a year."""

    year: int
    rows: Sequence[Row]

    @cached_property
    def columns(self) -> list[Line]:
        return [Line([row.cells[number - 1] for row in self.rows]) for number in MONTHS]

    @cached_property
    def total(self) -> Line:
        return Line([cell for row in self.rows for cell in row.cells])

    @cached_property
    def sessions(self) -> int:
        """Those that were held, joined ones once."""
        return len({cell.showing.pk for cell in self.total.cells if cell.showing and cell.was_held})

    @cached_property
    def exchanges(self) -> list[Exchange]:
        """Sessions of several branches, by month."""
        found = {
            cell.showing.pk: Exchange(cell.showing, cell.number, listed(sorted((row.branch.name, *cell.with_others))))
            for row in self.rows
            for cell in row.cells
            if cell.showing and cell.with_others
        }
        return sorted(found.values(), key=lambda one: one.showing.day)

    @property
    def months(self) -> list[int]:
        return list(MONTHS)


def matrix(bureau: Bureau, year: int, *, today: date, branches: Iterable[PartyBranch] | None = None) -> Matrix:
    """How the branches of a bureau, or only those named, stand in each month of the year; seven queries at most.

    A branch without people and without a session in the year is left out. Nothing is said of months that a branch was
    not there for.
    """
    found = list(branches) if branches is not None else list(branches_of(bureau, year))
    months = [month_code(year, number) for number in MONTHS]
    sessions = _sessions(found, months)
    figures = _figures(bureau, year)
    together: dict[int, list[PartyBranch]] = defaultdict(list)
    for one in ShowingBranch.objects.filter(showing__in=sessions.values()).select_related("branch"):
        together[one.showing_id].append(one.branch)
    mark = _marking(bureau, found, months, sessions, today)

    def cell(branch: PartyBranch, month: str) -> Cell:
        showing = sessions.get((branch.pk, month))
        if showing is None:
            return Cell(month, mark(branch, month))
        others = tuple(one.name for one in together[showing.pk] if one.pk != branch.pk)
        return Cell(month, mark(branch, month), showing, figures.get((showing.pk, branch.pk), Figures()), others)

    return Matrix(year, [Row([cell(branch, month) for month in months], branch) for branch in found])


def rhythm(bureau: Bureau, months: Sequence[str], *, today: date, branches: Iterable[PartyBranch]) -> list[Row]:
    """How branches stand in some months, by their marks alone: neither who came and spoke nor who met with whom.

    Five queries at most.
    """
    found = list(branches)
    sessions = _sessions(found, months, "branch", "month", "showing__month", "showing__day", "showing__held_on")
    mark = _marking(bureau, found, months, sessions, today)
    return [
        Row([Cell(month, mark(one, month), sessions.get((one.pk, month))) for month in months], one) for one in found
    ]


def _marking(
    bureau: Bureau,
    branches: Sequence[PartyBranch],
    months: Sequence[str],
    sessions: Mapping[tuple[int, str], Showing],
    today: date,
) -> Callable[[PartyBranch, str], Mark]:
    """Says the mark of a branch in a month; three queries at most."""
    begun = first_month(bureau)
    over = [month for month in months if begun and begun <= month and last_day(month) < today]
    without = [(one.pk, month) for month in over for one in branches if (one.pk, month) not in sessions]
    peopled = peopled_months({branch for branch, _month in without}, {month for _branch, month in without})

    def mark(branch: PartyBranch, month: str) -> Mark:
        showing = sessions.get((branch.pk, month))
        found = mark_of(month, showing, today=today, begun=begun)
        owed = showing is not None or found != Mark.MISSED or (branch.pk, month) in peopled
        return found if owed else Mark.NONE

    return mark


def first_month(bureau: Bureau) -> str:
    """The month of the bureau's first session; before it nothing was missed. Empty while there is none."""
    return Showing.objects.filter(bureau=bureau).aggregate(first=Min("month"))["first"] or ""


def years_of(bureau: Bureau, today: date) -> list[int]:
    """The years with sessions and the running one, the newest first."""
    months = Showing.objects.filter(bureau=bureau).order_by().values_list("month", flat=True).distinct()
    return sorted({today.year, *(int(month[:4]) for month in months)}, reverse=True)


def branches_of(bureau: Bureau, year: int) -> QuerySet[PartyBranch]:
    """Those with people or with a session in the year."""
    meets = ShowingBranch.objects.filter(branch=OuterRef("pk"), month__startswith=f"{year:04d}-")
    people = Employee.objects.filter(bureau=bureau).in_post_between(date(year, 1, 1), date(year, 12, 31))
    branches = PartyBranch.objects.filter(Q(members__in=people) | Exists(meets), bureau=bureau)
    return branches.distinct().order_by("code")


def _sessions(branches: Sequence[PartyBranch], months: Sequence[str], *columns: str) -> dict[tuple[int, str], Showing]:
    """The session of each branch and month; with no more than the columns, if any are named."""
    joined = ShowingBranch.objects.filter(branch__in=branches, month__in=months).select_related("showing").order_by()
    return {(one.branch_id, one.month): one.showing for one in (joined.only(*columns) if columns else joined)}


def _figures(bureau: Bureau, year: int) -> dict[tuple[int, int], Figures]:
    """By session and branch."""
    handed_in = Statement.objects.filter(
        showing=OuterRef("showing"), employee=OuterRef("employee"), handed_in_at__isnull=False
    )
    listed = Participant.objects.filter(showing__bureau=bureau, showing__month__startswith=f"{year:04d}-")
    counted = (
        listed.order_by()
        .values_list("showing", "branch")
        .annotate(
            listed=Count("pk"),
            present=Count("pk", filter=Q(attendance=Participant.Attendance.PRESENT)),
            stated=Count("pk", filter=Q(Exists(handed_in))),
        )
    )
    return {(showing, branch): Figures(*numbers) for showing, branch, *numbers in counted}
