"""The market's lists as rows ready to show: what is on offer, what I hold, what waits for a decision of mine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum

from common.composed import composed_once
from common.exact import from_hundredths, hundredths
from common.verdict import Verdict
from indicators.models import Quarter
from indicators.queries import scheme_in_force
from indicators.scheme import SchemeValues
from organization.models import Bureau, Employee
from tasks_market.models import Claim, ClaimEvent, Extension, Task, TaskQuerySet
from tasks_market.permissions import may_claim, may_take_part
from tasks_market.points import points_of, share_of
from tasks_market.queries import ClaimFacts, claim_facts_of, claimer_facts


class SchemeBook:
    """The schemes of a bureau's quarters, each read once; `known` are those that the caller has read already."""

    def __init__(self, bureau: Bureau, known: Mapping[str, SchemeValues] | None = None) -> None:
        self.bureau = bureau
        self._schemes: dict[str, SchemeValues] = dict(known or {})

    def of(self, quarter_code: str) -> SchemeValues:
        if quarter_code not in self._schemes:
            self._schemes[quarter_code] = scheme_in_force(self.bureau, quarter_code)
        return self._schemes[quarter_code]


@dataclass(frozen=True, slots=True)
class Offer:
    """A place that can be taken: the lead's or an assistant's of a 主协办 task, just a place of every other."""

    part: str
    coefficient: Decimal
    share: Fraction
    worth: Decimal
    """Points that it brings with quality 1 when every place is taken and every claim accepted."""
    free: Verdict
    """Whether the part is still to be had; that the task as such has a place is asked beside it."""


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A task on the market page, for one reader. `counts_to` is what the countdown runs to, None for none."""

    task: Task
    places_left: int
    offers: tuple[Offer, ...]
    facts: ClaimFacts
    claim: Verdict
    mine: Claim | None
    counts_to: datetime | None
    state: str
    """scheduled, open, full, closed, draft or cancelled."""


def board(user: Employee, tasks: TaskQuerySet, *, now: datetime) -> list[BoardRow]:
    """The rows of the user's bureau's tasks, narrowed by the caller; three queries and two for each quarter."""
    rows = list(_shown(tasks))
    claims = Claim.objects.filter(employee=user, task__in=[task.pk for task in rows]).order_by()
    mine = {claim.task_id: claim for claim in claims}
    facts = claim_facts_of(user, rows, held=mine.keys())
    book = SchemeBook(user.bureau)
    return [_row(user, task, mine.get(task.pk), facts[task.pk], book, now) for task in rows]


def board_row(user: Employee, task: Task, *, now: datetime) -> BoardRow:
    """The row of one task by itself, as it stands now; four statements."""
    [task] = _task(task.pk)
    mine = next(iter(_claim_of(user.pk, task.pk)), None)
    return _row(user, task, mine, claimer_facts(user, task), SchemeBook(user.bureau), now)


def _shown(tasks: TaskQuerySet) -> TaskQuerySet:
    return tasks.with_lead().select_related("quarter", "department")


@composed_once
def _task(task: int) -> TaskQuerySet:
    return _shown(Task.objects.filter(pk=task).order_by())


@composed_once
def _claim_of(person: int, task: int) -> QuerySet[Claim]:
    return Claim.objects.filter(employee=person, task=task).order_by()


def _row(
    user: Employee, task: Task, mine: Claim | None, facts: ClaimFacts, book: SchemeBook, now: datetime
) -> BoardRow:
    state = state_of(task, now)
    return BoardRow(
        task=task,
        places_left=task.places_left,
        offers=offers_of(task, book.of(task.quarter.code)),
        facts=facts,
        claim=may_claim(user, task, now=now, facts=facts),
        mine=mine,
        counts_to=task.posted_at if state == "scheduled" else task.claim_until if state in ("open", "full") else None,
        state=state,
    )


def standing(bureau: Bureau) -> tuple[list[Any], list[Any]]:
    """What differs whenever anything on the bureau's board has moved, but for the clocks; two queries."""
    return _tasks(bureau.pk), _last_move(bureau.pk)


@composed_once
def _tasks(bureau: int) -> QuerySet[Task, tuple[Any, ...]]:
    figures = {
        "tasks": Count("pk"),
        "newest": Max("pk"),
        "all_places": Sum("places"),
        "taken": Sum("places_taken"),
        "bases": Sum("base"),
        "last_window": Max("claim_until"),
        "posted": Count("pk", filter=Q(state=Task.State.POSTED)),
        "public": Count("pk", filter=Q(announced=True)),
        "cancelled": Count("pk", filter=Q(state=Task.State.CANCELLED)),
    }
    return Task.objects.filter(bureau=bureau).order_by().values("bureau").annotate(**figures).values_list(*figures)


@composed_once
def _last_move(bureau: int) -> QuerySet[ClaimEvent, tuple[int]]:
    moves = ClaimEvent.objects.filter(task__bureau=bureau).order_by().values("task__bureau")
    return moves.annotate(last=Max("pk")).values_list("last")


def state_of(task: Task, now: datetime) -> str:
    """How the market shows the task at this second: the rows' states, with scheduled and full told apart from posted."""
    if task.is_scheduled(now):
        return "scheduled"
    if task.takes_claims(now):
        return "open" if task.places_left > 0 else "full"
    return "closed" if task.has_closed(now) else str(task.state)


def offers_of(task: Task, scheme: SchemeValues) -> tuple[Offer, ...]:
    """The places that the task has to offer, the lead's first."""
    parts = [""]
    if task.has_parts:
        parts = [Claim.Part.LEAD, Claim.Part.ASSISTANT] if task.places > 1 else [Claim.Part.LEAD]
    coefficient = scheme.difficulty(task.difficulty)
    found = []
    for part in parts:
        assistants = task.places - 1
        share = share_of(task.sharing, part, lead_share=scheme.lead_share, claims=task.places, assistants=assistants)
        worth = points_of(task.base, coefficient=coefficient, quality=None, share=share)
        found.append(Offer(part, coefficient, share, worth, may_take_part(task, part)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Working:
    """base × coefficient × quality × share = points, of one claim; `final` once it is accepted."""

    base: Decimal
    coefficient: Decimal
    quality: Decimal
    share: Fraction
    points: Decimal
    final: bool


@dataclass(frozen=True, slots=True)
class MyClaim:
    claim: Claim
    working: Working
    overdue: bool


@dataclass(frozen=True, slots=True)
class Earned:
    """The competitive points of a person's quarter: what the accepted claims add up to, the cap, and what lies above."""

    total: Decimal
    cap: Decimal

    @property
    def counted(self) -> Decimal:
        return min(self.total, self.cap)

    @property
    def overflow(self) -> Decimal:
        return self.total - self.counted


def my_claims(user: Employee, *, now: datetime, quarter: Quarter | None = None) -> list[MyClaim]:
    """What the person holds or has held, unfinished first, then the newest."""
    claims = Claim.objects.filter(employee=user)
    if quarter is not None:
        claims = claims.filter(quarter=quarter)
    rows = list(claims.select_related("task__quarter", "task__department", "quarter", "assigned_by", "accepted_by"))
    rows.sort(key=lambda claim: (claim.state not in Claim.OPEN, -claim.at.timestamp()))
    workings = workings_of(rows, SchemeBook(user.bureau))
    return [MyClaim(claim, workings[claim.pk], claim.is_overdue(now)) for claim in rows]


def working_of(claim: Claim) -> Working:
    """The working of one claim's points."""
    return workings_of([claim], SchemeBook(claim.bureau))[claim.pk]


def workings_of(claims: Iterable[Claim], book: SchemeBook) -> dict[int, Working]:
    """The working of each claim: as scored if it is accepted, else what quality 1 would bring at a full house."""
    claims = list(claims)
    accepted: dict[int, list[str]] = {}
    fellows = Claim.objects.filter(task__in={claim.task_id for claim in claims}, outcome=Claim.Outcome.ACCEPTED)
    for task_id, part in fellows.values_list("task_id", "part"):
        accepted.setdefault(task_id, []).append(part)
    found = {}
    for claim in claims:
        task = claim.task
        scheme = book.of(task.quarter.code)
        final = claim.outcome == Claim.Outcome.ACCEPTED
        parts = accepted.get(task.pk, [])
        share = share_of(
            task.sharing,
            claim.part,
            lead_share=scheme.lead_share,
            claims=len(parts) if final else task.places,
            assistants=parts.count(Claim.Part.ASSISTANT) if final else task.places - 1,
        )
        coefficient = scheme.difficulty(task.difficulty)
        quality = Decimal(1) if claim.quality is None else claim.quality
        points = points_of(task.base, coefficient=coefficient, quality=quality, share=share)
        found[claim.pk] = Working(task.base, coefficient, quality, share, points, final)
    return found


def working_if_accepted(claim: Claim, scheme: SchemeValues, fellows: Sequence[str], quality: Decimal) -> Working:
    """What the claim would bring if it were accepted now, `fellows` being the parts of those that are already."""
    task = claim.task
    share = share_of(
        task.sharing,
        claim.part,
        lead_share=scheme.lead_share,
        claims=len(fellows) + 1,
        assistants=[*fellows, claim.part].count(Claim.Part.ASSISTANT),
    )
    coefficient = scheme.difficulty(task.difficulty)
    points = points_of(task.base, coefficient=coefficient, quality=quality, share=share)
    return Working(task.base, coefficient, quality, share, points, final=False)


def earned(user: Employee, quarter: Quarter) -> Earned:
    """The person's competitive points of the quarter, as scoring.md §3 counts them."""
    book = SchemeBook(user.bureau)
    mine = Claim.objects.filter(employee=user, task__quarter=quarter, outcome=Claim.Outcome.ACCEPTED)
    workings = workings_of(mine.select_related("task__quarter"), book)
    total = sum(hundredths(working.points) for working in workings.values())
    return Earned(from_hundredths(total), book.of(quarter.code).competitive_cap)


@dataclass(frozen=True, slots=True)
class Duties:
    """What waits for a decision of somebody who assigns and accepts."""

    unclaimed: list[Task]
    handed_in: list[Claim]
    objections: list[Claim]
    extensions: list[Extension]

    @property
    def count(self) -> int:
        return len(self.unclaimed) + len(self.handed_in) + len(self.objections) + len(self.extensions)


def duties(user: Employee, *, now: datetime) -> Duties:
    """To-dos of the deputy director in charge, or of the office for the whole bureau; empty for everybody else."""
    tasks = Task.objects.filter(bureau=user.bureau_id)
    if not user.has_role("office"):
        tasks = tasks.filter(department__deputy=user)
    running = tasks.filter(quarter__state__in=Quarter.TAKES_INPUT).exclude(state=Task.State.CANCELLED)
    related = ("task__quarter", "task__department", "task__bureau", "employee__department", "bureau")
    claims = Claim.objects.filter(task__in=running).select_related(*related)
    undecided = Extension.objects.filter(claim__task__in=running, decision="", claim__state__in=("held", "started"))
    return Duties(
        unclaimed=unclaimed(running, now),
        handed_in=[
            claim
            for claim in claims.filter(state=Claim.State.HANDED_IN).order_by("handed_in_at", "pk")
            if claim.employee_id != user.pk
        ],
        objections=list(
            claims.filter(objected_at__isnull=False, objection_decided_at__isnull=True, state=Claim.State.HELD).exclude(
                employee=user
            )
        ),
        extensions=list(
            undecided.select_related(*(f"claim__{name}" for name in related)).exclude(claim__employee=user)
        ),
    )


def unclaimed(tasks: QuerySet[Task], now: datetime) -> list[Task]:
    """Tasks whose window has passed with places left, oldest window first."""
    passed = Q(state=Task.State.CLOSED) | Q(state=Task.State.POSTED, claim_until__lte=now)
    rows = tasks.filter(passed).select_related("bureau", "quarter", "department", "post").order_by("claim_until", "pk")
    return [task for task in rows if task.places_left > 0]
