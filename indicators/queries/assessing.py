"""考评: who has what to review and to confirm, and the lines of that queue (screens.md, 考评)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.models import Entry
from common.components import Clock
from common.exact import format2_or_dash
from common.quarters import QuarterCode
from common.workdays import WorkCalendar
from indicators.models import Evidence, PointVersion, Quarter, Result, ResultOpening
from indicators.queries import process_values, versions_of
from indicators.queries.holdings import input_text, period_label
from indicators.scheme import CONFIRM_DAYS, REVIEW_DAYS
from organization.models import Bureau, Employee, Role

State = Result.State
REVIEW, CONFIRM, RETURNED = "review", "confirm", "returned"
STEPS = (REVIEW, CONFIRM, RETURNED)
WAITS_IN = {REVIEW: State.REPORTED, CONFIRM: State.REVIEWED, RETURNED: State.RETURNED}
JUDGES = (Role.Kind.DEPARTMENT_HEAD, Role.Kind.LIAISON, Role.Kind.DEPUTY_DIRECTOR, Role.Kind.DIRECTOR)
"""Who may have results to judge, beside the office."""


# Whose queue -------------------------------------------------------------------------------------------------------


def queue(user: Employee, step: str) -> QuerySet[Result]:
    """What waits for the user's review or confirmation, or was returned on the way; the same answer as `may_review` and
    `may_confirm` for each row. Quarters that take no input are left out, for nothing can be done about them."""
    mine = {REVIEW: _reviewed_by(user), CONFIRM: _confirmed_by(user)}
    concerned = mine[step] if step in mine else mine[REVIEW] | mine[CONFIRM]
    return _judged(user).filter(concerned, state=WAITS_IN[step])


def duty_queue(user: Employee, step: str) -> QuerySet[Result]:
    """What waits for the user as head, assessor or leader in charge; the office's second review of everything is no duty
    of its own and stands in the readiness list."""
    mine = _reviewed_by(user) if step == REVIEW else _confirmed_by(user, as_office=False)
    return _judged(user).filter(mine, state=WAITS_IN[step])


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many results wait for a person, and how many of them came in late."""

    review: int = 0
    confirm: int = 0
    returned: int = 0
    late_review: int = 0
    late_confirm: int = 0


def duties(user: Employee) -> Waiting:
    """What waits for the user as head, assessor or leader in charge, in one query; the office's second review of
    everything is no duty of its own and stands in the readiness list."""
    return _counted(user, as_office=False) if user.has_role(*JUDGES) else Waiting()


def waiting(user: Employee) -> Waiting:
    """How long the user's queues are, in one query."""
    return _counted(user, as_office=True)


def _counted(user: Employee, *, as_office: bool) -> Waiting:
    reviewed, confirmed = _reviewed_by(user), _confirmed_by(user, as_office=as_office)
    review, confirm = Q(reviewed, state=State.REPORTED), Q(confirmed, state=State.REVIEWED)
    filters = {
        "review": review,
        "confirm": confirm,
        "returned": Q(reviewed | confirmed, state=State.RETURNED),
        "late_review": Q(review, late=True),
        "late_confirm": Q(confirm, late=True),
    }
    counts = {name: Count("pk", filter=condition) for name, condition in filters.items()}
    unsettled = _judged(user).exclude(state=State.CONFIRMED)
    return Waiting(**unsettled.aggregate(**counts))


def versions_of_row() -> QuerySet[PointVersion]:
    """The versions that hold for a result, the one in force first."""
    return PointVersion.objects.filter(point=OuterRef("point"), from_quarter__lte=OuterRef("quarter__code")).order_by(
        "-number"
    )


def full_marks() -> Subquery:
    """The full points of a result's version."""
    return Subquery(versions_of_row().values("full")[:1])


def _judged(user: Employee) -> QuerySet[Result]:
    """The bureau's results about others in quarters that take input, with `assessor`, the department that confirms,
    `of_head`, whether it is about the head of a department, and `headless`, whether that department has none."""
    in_force = versions_of_row()
    # said of the people too, who are of the bureau anyhow: else everybody's are read to join them
    of_bureau = {"bureau_id": user.bureau_id, "employee__bureau_id": user.bureau_id}
    by_hand = Result.objects.filter(**of_bureau, source=PointVersion.Source.MANUAL)
    rows = by_hand.filter(quarter__state__in=Quarter.TAKES_INPUT).exclude(employee=user)
    heads = Role.objects.in_force(timezone.localdate()).filter(kind=Role.Kind.DEPARTMENT_HEAD)
    own_heads = heads.filter(employee__bureau=user.bureau_id)
    return rows.annotate(
        assessor=Subquery(in_force.values("assessor")[:1]),
        withdrawn=Subquery(in_force.values("withdrawn")[:1]),
        of_head=Exists(heads.filter(employee=OuterRef("employee"))),
        headless=~Exists(own_heads.filter(employee__department=OuterRef("employee__department"))),
    ).filter(withdrawn=False)


_NOBODY, _EVERYBODY = Q(pk__lt=0), Q(pk__gte=0)
"""Said as comparisons: a condition that is known to find nothing would empty the whole count around it."""


def _reviewed_by(user: Employee) -> Q:
    mine = _NOBODY
    if user.has_role(Role.Kind.DEPARTMENT_HEAD):
        mine |= Q(employee__department=user.department_id)
    if user.has_role(Role.Kind.DEPUTY_DIRECTOR, Role.Kind.DIRECTOR):
        mine |= Q(Q(of_head=True) | Q(headless=True), employee__department__deputy=user)
    if user.has_role(Role.Kind.DIRECTOR):
        mine |= Q(Q(of_head=True) | Q(headless=True), employee__department__deputy=None)
    return mine


def _confirmed_by(user: Employee, *, as_office: bool = True) -> Q:
    if as_office and user.has_role(Role.Kind.OFFICE):
        return _EVERYBODY
    mine, own = _NOBODY, user.department_id
    if user.has_role(Role.Kind.DEPARTMENT_HEAD, Role.Kind.LIAISON):
        mine |= Q(Q(assessor=own), ~Q(employee__department=own))
    if user.has_role(Role.Kind.DEPARTMENT_HEAD):
        mine |= Q(assessor=own, employee__department=own, of_head=False)
    if user.has_role(Role.Kind.DEPUTY_DIRECTOR, Role.Kind.DIRECTOR):
        mine |= Q(employee__department__deputy=user, assessor=F("employee__department"), of_head=True)
    return mine


def was_returned() -> Exists:
    """Whether a result has been sent back before: what is entered again carries no reason any more, the log does."""
    return Exists(
        Entry.objects.filter(
            action="result.return",
            target_type=Result._meta.label_lower,
            target_id=Cast(OuterRef("pk"), CharField()),
        )
    )


def has_files() -> Exists:
    return Exists(Evidence.objects.filter(result=OuterRef("pk")))


def opened_by(user: Employee) -> Exists:
    """Whether the person has opened a result since it was entered last."""
    openings = ResultOpening.objects.filter(result=OuterRef("pk"), by=user)
    return Exists(openings.filter(Q(at__gte=OuterRef("entered_at")) | Q(result__entered_at=None)))


# Its lines ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue. `opened`: the user has seen it since it was entered; `stale`: only before that."""

    pk: int
    name: str
    number: str
    department: str
    code: str
    point: str
    period: str
    entered: str
    points: str
    full: str
    by: str
    late: bool
    files: int
    returned: bool
    opened: bool
    stale: bool
    clock: Clock
    reason: str


class Deadlines:
    """Until when a result should have been reviewed or confirmed: working days from its entry or its review.

    The limits are those of the scheme in `quarter`, by default the one of today.
    """

    def __init__(self, bureau: Bureau, calendar: WorkCalendar, quarter: Quarter | None = None) -> None:
        self.today, self.calendar = bureau.today, calendar
        values = process_values(bureau, quarter.code if quarter else str(QuarterCode.of(bureau.today)))
        self.days = {step: int(values[key]) for step, key in ((REVIEW, REVIEW_DAYS), (CONFIRM, CONFIRM_DAYS))}

    def clock(self, result: Result) -> Clock:
        """The clock of the step that the result waits for; grey once it is confirmed."""
        step = CONFIRM if result.state in (State.REVIEWED, State.CONFIRMED) else REVIEW
        since = self._day((step == CONFIRM and result.reviewed_at) or result.entered_at)
        due = self.calendar.add(since, self.days[step])
        return Clock.until(due, self.today, self.calendar, done=result.state == State.CONFIRMED)

    def _day(self, moment: datetime | None) -> date:
        """The day of a moment by the bureau's calendar, which stands still in a demonstration."""
        return min(timezone.localdate(moment), self.today) if moment else self.today


def queue_rows(user: Employee, rows: Iterable[Result], deadlines: Deadlines) -> list[QueueRow]:
    """The lines of one page of `queue`, in a constant number of queries."""
    results = list(rows)
    versions = versions_of(results)
    openings = dict(ResultOpening.objects.filter(result__in=results, by=user).values_list("result_id", "at"))
    files = Counter(Evidence.objects.filter(result__in=results).order_by().values_list("result_id", flat=True))
    keys = [str(result.pk) for result in results]
    logged = Entry.objects.filter(
        action="result.return", target_type=Result._meta.label_lower, target_id__in=keys
    ).values_list("target_id", flat=True)
    returned = set(logged)
    lines = []
    for result in results:
        version = versions.get((result.point_id, result.quarter.code))
        at = openings.get(result.pk)
        opened = at is not None and (result.entered_at is None or at >= result.entered_at)
        lines.append(
            QueueRow(
                pk=result.pk,
                name=result.employee.name,
                number=result.employee.number,
                department=result.employee.department.name,
                code=result.point.code,
                point=version.name if version else "",
                period=period_label(result.period),
                entered=input_text(result),
                points=format2_or_dash(result.points),
                full=format2_or_dash(version.full if version else None),
                by=result.entered_by.name if result.entered_by else _("系统"),
                late=result.late,
                files=files[result.pk],
                returned=str(result.pk) in returned,
                opened=opened,
                stale=at is not None and not opened,
                clock=deadlines.clock(result),
                reason=result.return_reason,
            )
        )
    return lines
