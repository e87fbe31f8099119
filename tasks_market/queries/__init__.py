"""What the market has to know before somebody may act; the pages' rows stand in `board`, `candidates` and `figures`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.formats import date_format
from django.utils.timezone import localtime

from common.statements import Statement
from indicators.models import Quarter
from indicators.queries import parse_open_task_limit
from indicators.scheme import OPEN_TASKS
from organization.models import Absence, Employee
from tasks_market.models import Claim, Task


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """What decides whether a person may claim a task, beside the task's own row."""

    holds: bool
    open_to: tuple[str, ...]
    """Names of the departments that the task is restricted to; empty for all."""
    in_open_to: bool
    away: str
    """The kind of the absence today, "" for none."""
    in_post: bool
    open_claims: int
    limit: int


def claim_facts(person: Employee, task: Task) -> ClaimFacts:
    """The facts about one person and one task, in three statements."""
    return claim_facts_of(person, [task])[task.pk]


def claim_facts_of(
    person: Employee, tasks: Iterable[Task], held: Collection[int] | None = None
) -> dict[int, ClaimFacts]:
    """The facts about one person and several tasks by task, in two statements and one more for each quarter.

    `held` are the ids of those that the person holds, where they have been read already.
    """
    tasks = list(tasks)
    ids = [task.pk for task in tasks]
    if held is None:
        mine = Claim.objects.filter(employee=person, task__in=ids)
        held = set(mine.order_by().values_list("task_id", flat=True))
    restrictions: dict[int, dict[int, str]] = {}
    through = Task.open_to.through.objects.filter(task__in=ids)
    for task_id, department_id, name in through.values_list("task_id", "department_id", "department__name"):
        restrictions.setdefault(task_id, {})[department_id] = name
    claimers = {code: _claimer(person, code) for code in {task.quarter.code for task in tasks}}
    return {
        task.pk: claimers[task.quarter.code].facts(task.pk in held, restrictions.get(task.pk, {})) for task in tasks
    }


_OFFER = """
    SELECT t.id, t.number, t.name, t.sharing, t.state, t.places, t.places_taken, t.posted_at, t.claim_until, t.due_at,
           t.department_id, t.bureau_id, t.quarter_id, q.code AS quarter_code, q.state AS quarter_state
    FROM tasks_market_task t JOIN indicators_quarter q ON q.id = t.quarter_id
    WHERE t.announced AND t.bureau_id = %(bureau)s"""
_OFFER_OF_ID = Statement(_OFFER + " AND t.id = %(key)s")
_OFFER_OF_NUMBER = Statement(_OFFER + " AND t.number = %(key)s")
"""Written out, because under load most presses come too late, and the ORM takes longer to compose this question than the
database to answer it (docs/market.md)."""


def offer(person: Employee, pk: int) -> Task | None:
    """An announced task of the person's bureau with no more columns than a claim looks at; None for every other."""
    return _offered(_OFFER_OF_ID, person, pk)


def offer_numbered(person: Employee, number: str) -> Task | None:
    """The same by the number that people know the task by."""
    return _offered(_OFFER_OF_NUMBER, person, number)


def _offered(sql: Statement, person: Employee, key: int | str) -> Task | None:
    task = next(iter(Task.objects.raw(sql, {"bureau": person.bureau_id, "key": key})), None)
    if task is not None:
        code, state = task.quarter_code, task.quarter_state  # type: ignore[attr-defined]  # the statement's own columns
        task.quarter = Quarter(task.quarter_id, task.bureau_id, code, state)
    return task


def open_claims(person: Employee) -> int:
    """How many tasks the person has claimed or was assigned and that are not finished."""
    return Claim.objects.open().filter(employee=person).count()


_CLAIMER = Statement("""
    SELECT
        (SELECT a.kind FROM organization_absence a
          WHERE a.employee_id = %(person)s AND a.kind NOT IN (%(probation)s, %(investigation)s)
            AND a.starts_on <= %(day)s AND (a.ends_on IS NULL OR a.ends_on >= %(day)s)
          ORDER BY a.starts_on LIMIT 1),
        (SELECT s.value FROM indicators_schemesetting s
          WHERE s.bureau_id = %(bureau)s AND s.key = %(limit)s AND s.from_quarter <= %(quarter)s
          ORDER BY s.from_quarter DESC LIMIT 1),
        EXISTS (SELECT 1 FROM tasks_market_task_open_to r WHERE r.task_id = %(task)s),
        COUNT(*) FILTER (WHERE c.task_id = %(task)s),
        COUNT(*) FILTER (WHERE c.state IN (%(held)s, %(started)s, %(handed_in)s)
            AND q.state IN (%(open)s, %(collecting)s, %(reviewing)s))
    FROM tasks_market_claim c JOIN indicators_quarter q ON q.id = c.quarter_id
    WHERE c.employee_id = %(person)s
""")
"""Where one person stands in a quarter, and with one task: written out for the same reason as the offer."""

NO_TASK = 0
"""No task has this id."""


@dataclass(frozen=True, slots=True)
class _Claimer:
    """The person's side of a claim in a quarter, beside what one task adds."""

    person: Employee
    away: str
    in_post: bool
    open_claims: int
    limit: int
    holds: bool
    """Of the task that was asked about."""
    restricted: bool

    def facts(self, holds: bool, open_to: Mapping[int, str]) -> ClaimFacts:
        return ClaimFacts(
            holds=holds,
            open_to=tuple(open_to.values()),
            in_open_to=not open_to or self.person.department_id in open_to,
            away=self.away,
            in_post=self.in_post,
            open_claims=self.open_claims,
            limit=self.limit,
        )


def claimer_facts(person: Employee, task: Task) -> ClaimFacts:
    """The facts of `claim_facts` in one statement, for the moment after the person's row has been locked."""
    found = _claimer(person, task.quarter.code, task.pk)
    open_to = dict(task.open_to.values_list("pk", "name")) if found.restricted else {}
    return found.facts(found.holds, open_to)


def _claimer(person: Employee, quarter_code: str, task: int = NO_TASK) -> _Claimer:
    day = person.bureau.today
    asked: dict[str, int | str] = {
        "person": person.pk,
        "bureau": person.bureau_id,
        "task": task,
        "day": day.isoformat(),
    }
    asked |= {"limit": OPEN_TASKS, "quarter": quarter_code}
    asked |= {str(kind): str(kind) for kind in (*Absence.STATUSES, *Claim.OPEN, *Quarter.TAKES_INPUT)}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIMER, asked)
        away, limit, restricted, holds, unfinished = cursor.fetchone()
    return _Claimer(
        person=person,
        away=str(Absence.Kind(away).label) if away else "",
        in_post=person.in_post_on(day),
        open_claims=unfinished,
        limit=parse_open_task_limit(limit),
        holds=bool(holds),
        restricted=bool(restricted),
    )


def spoken(moment: datetime | None) -> str:
    """A moment as a sentence says it: to the minute, of the bureau's clock."""
    return date_format(localtime(moment), "Y-m-d H:i") if moment else ""
