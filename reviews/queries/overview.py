"""A branch's year of showings as one of its people sees it: what was held, what comes, what is still to be handed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from common.components import Tone
from common.workdays import WorkCalendar
from organization.models import Employee, PartyBranch
from reviews.models import Participant, Rating, Showing, Statement
from reviews.queries.matrix import Cell, Mark, Row, matrix, rate_until
from reviews.queries.showings import month_of


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the branch with one's own part in it.

    `statement` is done, draft, due or none (not handed in, and too late); empty for who is not on the list. `ballots` are
    those that one has not handed in.
    """

    cell: Cell
    statement: str = ""
    ballots: int = 0
    rate_until: date | None = None

    @property
    def showing(self) -> Showing | None:
        return self.cell.showing

    @property
    def is_due(self) -> bool:
        """Whether one's statement is still to be handed in."""
        return self.statement in ("draft", "due")

    @property
    def due(self) -> date | None:
        """Until when something is to be handed in: the statement, else the ballots."""
        if self.is_due and self.showing:
            return self.showing.day
        return self.rate_until if self.ballots else None

    @property
    def statement_label(self) -> str:
        return {"done": _("已提交"), "draft": _("草稿，未提交"), "due": _("待提交"), "none": _("未提交")}[
            self.statement
        ]

    @property
    def statement_tone(self) -> str:
        return {"done": Tone.GOOD, "draft": Tone.RISK, "due": Tone.RISK, "none": Tone.BAD}[self.statement]


@dataclass(frozen=True)
class BranchYear:
    """The months of one branch that there is something to say of, the latest first."""

    branch: PartyBranch
    year: int
    row: Row
    months: Sequence[Month]

    @cached_property
    def first_due(self) -> Month | None:
        """What is to be handed in first, statement or ballots."""
        return min((month for month in self.months if month.due), key=lambda month: month.due or date.max, default=None)

    @cached_property
    def coming(self) -> Month | None:
        """The next session."""
        scheduled = [month for month in self.months if month.cell.mark == Mark.SCHEDULED]
        return scheduled[-1] if scheduled else None

    @property
    def concerns_reader(self) -> bool:
        """Whether the reader is on the list of any of its sessions."""
        return any(month.statement for month in self.months)

    @property
    def held(self) -> int:
        return self.row.kept + self.row.late


def branch_year(branch: PartyBranch, year: int, *, user: Employee, today: date, calendar: WorkCalendar) -> BranchYear:
    """The branch's year with this person's own part; seven queries, whatever the number of sessions."""
    row = matrix(branch.bureau, year, today=today, branches=[branch]).rows[0]
    sessions = [cell.showing for cell in row.cells if cell.showing]
    on_list = set(
        Participant.objects.filter(employee=user, showing__in=sessions).order_by().values_list("showing", flat=True)
    )
    written = Statement.objects.filter(employee=user, showing__in=sessions).order_by()
    handed_in = dict(written.values_list("showing", "handed_in_at"))
    waiting = Rating.objects.filter(
        rater=user, handed_in_at__isnull=True, showing__in=sessions, showing__state=Showing.State.HELD
    )
    ballots = dict(waiting.order_by().values_list("showing").annotate(Count("pk")))

    def month(cell: Cell) -> Month:
        showing = cell.showing
        if showing is None or showing.pk not in on_list:
            return Month(cell)
        until = rate_until(showing.held_on, calendar) if showing.held_on else None
        return Month(cell, _statement(showing, handed_in, today), ballots.get(showing.pk, 0), until)

    current = month_of(today)
    told = [cell for cell in row.cells if cell.mark not in (Mark.NONE, Mark.OPEN) or cell.month == current]
    return BranchYear(branch, year, row, [month(cell) for cell in reversed(told)])


def _statement(showing: Showing, handed_in: Mapping[int, datetime | None], today: date) -> str:
    if handed_in.get(showing.pk):
        return "done"
    if not showing.takes_statements or showing.day < today:
        return "none"
    return "draft" if showing.pk in handed_in else "due"
