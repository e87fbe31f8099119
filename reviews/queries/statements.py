"""Who speaks at a showing, what they have handed in, and what somebody who writes a statement can draw upon."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from common.components import Tone, quarter_label
from indicators.models import Quarter
from indicators.queries import working_quarter
from organization.models import Employee
from reviews.models import Participant, Showing, Statement
from reviews.queries.showings import month_title, months_after
from scoring.models import Score
from scoring.queries.costs import Cost, costs
from scoring.queries.explanations import scored_again
from scoring.queries.snapshots import inputs_of
from scoring.queries.standing import as_it_stands

PLANS_BACK = 3
"""How many months back the plan is looked for that an achievement is held against, where last month has none."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What somebody set out to do, and in which month."""

    month: str
    text: str

    @property
    def title(self) -> str:
        return _("%s的打算") % month_title(self.month)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody on the list of a showing; `statement` is there once it was handed in (a draft is its writer's alone)."""

    participant: Participant
    statement: Statement | None
    plan: Plan | None
    is_late: bool
    is_due: bool

    @property
    def employee(self) -> Employee:
        return self.participant.employee

    @property
    def state(self) -> tuple[str, Tone]:
        """Whether the statement is there, in a word and its tone."""
        if self.statement:
            return (_("迟交"), Tone.RISK) if self.is_late else (_("已提交"), Tone.GOOD)
        return (_("未提交"), Tone.BAD) if self.is_due else (_("待提交"), Tone.NEUTRAL)

    @property
    def label(self) -> str:
        return self.state[0]

    @property
    def tone(self) -> Tone:
        return self.state[1]

    @property
    def attendance_tone(self) -> Tone:
        tones = {str(Participant.Attendance.PRESENT): Tone.GOOD, str(Participant.Attendance.ABSENT): Tone.BAD}
        return tones.get(self.participant.attendance, Tone.RISK)


def speakers_of(showing: Showing) -> list[Speaker]:
    """The people of a showing in their order of speaking; three queries. The showing is one that the reader sees."""
    participants = list(
        Participant.objects.filter(showing=showing)
        .select_related("employee__department", "branch")
        .order_by("position", "employee__number")
    )
    people = [one.employee_id for one in participants]
    handed_in = Statement.objects.filter(showing=showing, handed_in_at__isnull=False).defer("pending")
    statements = {one.employee_id: one for one in handed_in}
    plans = plans_before(showing.month, people)
    due = not showing.takes_statements or showing.day < showing.bureau.today
    return [
        Speaker(
            one,
            statement := statements.get(one.employee_id),
            plans.get(one.employee_id),
            is_late=statement is not None and is_late(statement, showing),
            is_due=due,
        )
        for one in participants
    ]


def is_late(statement: Statement, showing: Showing) -> bool:
    """Whether it came after the showing's day, as when that was moved or it was entered afterwards."""
    at = statement.handed_in_at
    return at is not None and timezone.localtime(at).date() > showing.day


def plans_before(month: str, people: Collection[int]) -> dict[int, Plan]:
    """By employee the plan of the month before, or of one shortly before that; what was handed in only."""
    earlier = Statement.objects.filter(
        employee__in=people,
        handed_in_at__isnull=False,
        showing__month__lt=month,
        showing__month__gte=months_after(month, -PLANS_BACK),
    )
    rows = earlier.order_by("showing__month").values_list("employee_id", "showing__month", "plans")
    return {employee: Plan(at, text) for employee, at, text in rows}


@dataclass(frozen=True, slots=True)
class Offer:
    """A sentence that can be put into a part of the statement."""

    part: str
    text: str


@dataclass(frozen=True, slots=True)
class Material:
    """One's own provisional score of the running quarter and what cost most of it."""

    score: Score
    costs: list[Cost]

    @property
    def standing(self) -> Offer:
        """The score as it stands, for what was achieved."""
        quarter = quarter_label(self.score.quarter.code)
        sentence = _("%(quarter)s到目前预计得 %(total)s 分。") % {"quarter": quarter, "total": self.score.total}
        return Offer("achievements", sentence)

    @property
    def lost(self) -> list[Offer]:
        """The points that cost most, for what fell short."""
        return [Offer("shortcomings", _lost(one)) for one in self.costs]


def _lost(cost: Cost) -> str:
    words = {"label": cost.label, "lost": cost.lost}
    return (_("“%(label)s”漏报，失 %(lost)s 分。") if cost.missing else _("“%(label)s”失 %(lost)s 分。")) % words


def material_of(user: Employee, *, now: datetime) -> Material | None:
    """What the running quarter says of the writer; None while nothing is scored, or once the quarter is settled."""
    quarter = working_quarter(user.bureau)
    if quarter is None or quarter.is_settled:
        return None
    score = _standing(quarter, user, now)
    if score is None:
        return None
    return Material(score, costs(scored_again(inputs_of(score), score.run.scheme)))


def provisional_total(employee: Employee, *, now: datetime) -> Decimal | None:
    """The person's total of the running quarter as it stands; None where there is none to show."""
    quarter = working_quarter(employee.bureau)
    score = _standing(quarter, employee, now) if quarter and not quarter.is_settled else None
    return score.total if score else None


def _standing(quarter: Quarter, employee: Employee, now: datetime) -> Score | None:
    related = Score.objects.current().select_related("run", "quarter__bureau", "bureau", "employee")
    stored = related.filter(quarter=quarter, employee=employee).first()
    return as_it_stands(stored, now=now) if stored else None
