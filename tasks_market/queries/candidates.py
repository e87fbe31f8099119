"""Whom a task may be assigned to: by post duty, with load, skills and absences beside each name (domain.md, Task market)."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from common.exact import round2
from common.verdict import Verdict
from indicators.queries import open_task_limit
from organization.models import Absence, Employee
from tasks_market.models import Claim, Task
from tasks_market.permissions import may_be_assigned
from tasks_market.queries import ClaimFacts
from tasks_market.queries.board import SchemeBook


@dataclass(frozen=True, slots=True)
class Candidate:
    """`load` is Σ difficulty coefficient of the unfinished tasks, `open_claims` their number."""

    employee: Employee
    fit: int
    """3 the responsible post, 2 the responsible department, 1 a department that the task is open to, 0 others."""
    open_claims: int
    load: Decimal
    over_limit: bool
    accepted: int
    alike: int
    """Accepted tasks of the same kind, difficulty or department: skills shown."""
    quality: Decimal | None
    """The mean quality of the accepted ones as it was given, exact to two decimals; None without any."""
    absences: tuple[str, ...]
    may: Verdict

    @property
    def key(self) -> str:
        """What a form names the person by."""
        return str(self.employee.pk)


def candidates(task: Task, *, now: datetime) -> list[Candidate]:
    """Everybody of the bureau in post, best fit first: by post, skills shown, then the lighter load. Eight queries."""
    bureau = task.bureau
    today = bureau.today
    people = list(
        Employee.objects.filter(bureau=bureau)
        .in_post_between(today, today)
        .select_related("department", "post", "bureau")
        .order_by("number")
    )
    away: dict[int, list[Absence]] = defaultdict(list)
    for absence in Absence.objects.touching(today, task.due_at.date()).filter(employee__bureau=bureau):
        away[absence.employee_id].append(absence)
    coefficient = SchemeBook(bureau).of(task.quarter.code).difficulty
    load: dict[int, Decimal] = defaultdict(Decimal)
    number: Counter[int] = Counter()
    for employee_id, difficulty in (
        Claim.objects.open().filter(bureau=bureau).order_by().values_list("employee_id", "task__difficulty")
    ):
        load[employee_id] += coefficient(difficulty)
        number[employee_id] += 1
    record = _Record(task)
    holders = set(task.claims.values_list("employee_id", flat=True))
    open_to = set(task.open_to.values_list("pk", flat=True))
    limit = open_task_limit(bureau, task.quarter.code)
    found = []
    for person in people:
        absences = away[person.pk]
        gone = [one for one in absences if one.leaves_post and one.starts_on <= today]
        facts = ClaimFacts(
            holds=person.pk in holders,
            open_to=(),
            in_open_to=True,
            away=str(gone[0].get_kind_display()) if gone else "",
            in_post=True,
            open_claims=number[person.pk],
            limit=limit,
        )
        found.append(
            Candidate(
                employee=person,
                fit=_fit(task, person, open_to),
                open_claims=number[person.pk],
                load=load[person.pk],
                over_limit=number[person.pk] >= limit,
                accepted=record.accepted[person.pk],
                alike=record.alike[person.pk],
                quality=record.mean(person.pk),
                absences=tuple(map(str, absences)),
                may=may_be_assigned(person, facts),
            )
        )
    found.sort(key=lambda one: (not one.may, -one.fit, -one.alike, one.load, one.employee.number))
    return found


def _fit(task: Task, person: Employee, open_to: set[int]) -> int:
    if task.post_id is not None and person.post_id == task.post_id:
        return 3
    if person.department_id == task.department_id:
        return 2
    return int(person.department_id in open_to)


class _Record:
    """What everybody of the bureau has had accepted so far."""

    def __init__(self, task: Task) -> None:
        self.accepted: Counter[int] = Counter()
        self.alike: Counter[int] = Counter()
        self._quality: dict[int, Decimal] = defaultdict(Decimal)
        rows = Claim.objects.filter(bureau=task.bureau_id, outcome=Claim.Outcome.ACCEPTED).order_by()
        for employee_id, quality, kind, difficulty, department_id in rows.values_list(
            "employee_id", "quality", "task__kind", "task__difficulty", "task__department_id"
        ):
            self.accepted[employee_id] += 1
            self._quality[employee_id] += Decimal(1) if quality is None else quality
            same = (kind == task.kind, difficulty == task.difficulty, department_id == task.department_id)
            self.alike[employee_id] += any(same)

    def mean(self, employee_id: int) -> Decimal | None:
        count = self.accepted[employee_id]
        return round2(Fraction(self._quality[employee_id]) / count) if count else None
