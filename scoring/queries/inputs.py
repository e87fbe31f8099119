"""Everything that a bureau's quarter is scored from, gathered in a constant number of queries, by employee."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from common.composed import composed_once
from common.exact import canonical, hundredths
from common.minutes import Minute, MinuteTexts
from common.streaming import streamed
from common.workdays import WorkCalendar
from indicators.deadlines import Node, held_nodes
from indicators.models import Item, Library, PointVersion, Quarter, Result
from indicators.queries import nodes_of, rule_of
from organization.models import Absence, Employee, Placement
from organization.queries import work_calendar
from scoring import formula
from scoring.models import Adjustment, DepartmentScore
from tasks_market.models import Claim

Given = tuple[str | None, str | None, bool, str]
"""What was entered for a node: value, target, exempt, tier; numbers as the database writes them."""
Actors = tuple[int | None, ...]
Answer = tuple[int | None, bool, str | tuple[str, str], Actors]
"""Points in hundredths, None for an exempt node; whether it counts as missing; the node as the snapshot has it; who acted."""
Judged = tuple[int | None, bool, str]
"""Points in hundredths, None for an exempt node; whether the input counts as missing; how the snapshot has it."""
Answers = dict[int, Answer]
"""What was found for one node, by employee."""
UNANSWERED: Answer = (0, True, "", ())

_CONFIRMED = Result.State.CONFIRMED.value
_AS_READ = {f"{name}_text": Cast(name, TextField()) for name in ("value", "target")} | {
    f"{name}_minute": Minute(f"{name}_at") for name in ("entered", "reviewed", "confirmed")
}
_RESULT_COLUMNS = (
    "point_id", "period", "employee_id", "value_text", "target_text", "exempt", "tier", "id", "state", "note",
    "entered_by_id", "entered_minute", "reviewed_by_id", "reviewed_minute", "confirmed_by_id", "confirmed_minute",
)  # fmt: skip
_ADJUSTMENT_COLUMNS = ("id", "employee_id", "day", "kind", "points", "matter", "disciplinary", "basis")
_CLAIM_COLUMNS = (
    "employee_id", "id", "part", "quality", "task__number", "task__name", "task__base", "task__difficulty",
    "task__sharing",
)  # fmt: skip


class Person(NamedTuple):
    """An employee as far as a score needs one; the placement of today, which holds where there is none in a day's place."""

    id: int
    number: str
    name: str
    joined_on: date | None
    left_on: date | None
    department_id: int
    category_id: int
    category__name: str


class Placed(NamedTuple):
    """Where an employee belonged from a day on."""

    employee_id: int
    effective_from: date
    department_id: int
    category_id: int
    category__name: str


class HeldPoint:
    """A point as a quarter assesses it, with what was found for its nodes."""

    def __init__(self, version: PointVersion, nodes: list[Node]) -> None:
        self.rule, self.full, self.nodes = rule_of(version), hundredths(version.full), nodes
        self.frame = formula.ItemInput(
            code=version.point.code,
            name=version.name,
            library=version.point.library,
            full=version.full,
            rule=self.rule,
            nodes=tuple(formula.NodeInput(node.period, node.due) for node in nodes),
            version=version.number,
            ref=str(version.point_id),
        )
        self.row = formula.frame_row(self.frame)
        self.key = formula.frame_key(self.row)
        self.answers: list[Answers] = [{} for _node in nodes]

    def held(self, employed: formula.Employed, taken_on: date | None) -> Sequence[Answers | None]:
        """The answers of the nodes, None for one that somebody with this employment, who took the point on that day, does
        not answer for (scoring.md §2).
        """
        if taken_on is None and employed == formula.ALL_THE_TIME:  # most people: spared the look at each node
            return self.answers
        held = held_nodes(self.nodes, joined=employed.joined, left=employed.left, taken_on=taken_on)
        return [answers if node in held else None for node, answers in zip(self.nodes, self.answers, strict=True)]


class Judgements(dict[Given, Judged]):
    """What the inputs of a point are worth, each worked out when it is first met."""

    def __init__(self, point: HeldPoint) -> None:
        self._of = (point.full, point.rule.method, str(point.rule))

    def __missing__(self, given: Given) -> Judged:
        judged = self[given] = _judged(*self._of, given)
        return judged


@lru_cache(maxsize=20_000)
def _judged(full: int, method: str, rule: str, given: Given) -> Judged:
    """The points of an input by a rule, which bureau after bureau has in its library."""
    value, target, exempt, tier = _number(given[0]), _number(given[1]), given[2], given[3]
    text = formula.given_text(value, target, exempt, tier)
    if exempt:
        return None, False, text
    points = formula.node_hundredths(full, formula.rule_of(method, rule), value=value, tier=tier, target=target)
    return points or 0, points is None, text


def _number(text: str | None) -> Decimal | None:
    return None if text is None else canonical(Decimal(text))


@dataclass(slots=True)
class Gathered:
    """The rows of one quarter by employee, and what is worked out once for all of them."""

    quarter: Quarter
    as_of: date | None
    calendar: WorkCalendar
    employees: list[Person]
    names: dict[int, str]
    categories: dict[int, str]
    placements: dict[int, list[Placed]]
    absences: dict[int, list[Absence]]
    common: list[HeldPoint]
    individual: dict[int, list[tuple[HeldPoint, date | None]]]
    claims: dict[int, list[formula.ClaimInput]]
    adjustments: dict[int, list[tuple[formula.AdjustmentInput, str]]]
    department_scores: dict[int, Decimal]
    points: Mapping[str, HeldPoint]

    @property
    def point_rows(self) -> dict[str, list[Any]]:
        """The points by key as a run keeps them."""
        return {key: point.row for key, point in self.points.items()}


def gather(quarter: Quarter, *, as_of: date | None, only: Employee | None = None) -> Gathered:
    bureau, period = quarter.bureau_id, quarter.period
    first, last = period.first_day, period.last_day
    whose = () if only is None else (only.pk,)
    everyone = [Person(*row) for row in _everyone(bureau)]
    employees = [
        person
        for person in everyone
        if (only is None or person.id == only.pk) and formula.employed_in(first, last, person.joined_on, person.left_on)
    ]

    categories = {person.category_id: person.category__name for person in everyone}
    placements: dict[int, list[Placed]] = defaultdict(list)
    for row in _placements(bureau, *whose):
        placement = Placed(*row)
        placements[placement.employee_id].append(placement)
        categories[placement.category_id] = placement.category__name
    absences: dict[int, list[Absence]] = defaultdict(list)
    for absence in _absences(bureau, *whose, first=first, last=last):
        absences[absence.employee_id].append(absence)
    adjustments: dict[int, list[tuple[formula.AdjustmentInput, str]]] = defaultdict(list)
    for pk, employee, day, kind, worth, matter, disciplinary, basis in _adjustments(quarter.pk, *whose):
        plus = kind == Adjustment.Kind.PLUS
        entered = formula.AdjustmentInput(day, plus, worth, matter, disciplinary, str(pk))
        adjustments[employee].append((entered, basis))
    calendar = work_calendar()
    points = _held_points(quarter, calendar, as_of)
    _answer(points, _in_quarter(quarter.pk, *whose))

    return Gathered(
        quarter=quarter,
        as_of=as_of,
        calendar=calendar,
        employees=employees,
        names={person.id: Employee.label_of(person.name, person.number) for person in everyone},
        categories=categories,
        placements=placements,
        absences=absences,
        common=[point for point in points.values() if point.frame.library == Library.COMMON],
        individual=_taken_on(first, points, _items(quarter.pk, *whose)),
        claims=_claims_of(_accepted(quarter.pk)),
        adjustments=adjustments,
        department_scores=dict(_department_scores(quarter.pk)),
        points={point.key: point for point in points.values()},
    )


# What is asked for each bureau, composed once; `whose` is nothing or the one employee who is scored.


@composed_once
def _everyone(bureau: int) -> QuerySet[Employee, tuple[Any, ...]]:
    # the category's bureau is the person's; named, lest PostgreSQL reads the categories of all bureaus to join them
    people = Employee.objects.filter(bureau=bureau, category__bureau=bureau)
    return people.order_by("number").values_list(*Person._fields)


@composed_once
def _placements(bureau: int, *whose: int) -> QuerySet[Placement, tuple[Any, ...]]:
    return Placement.objects.filter(**_of_whom(bureau, *whose)).order_by().values_list(*Placed._fields)


@composed_once
def _absences(bureau: int, *whose: int, first: date, last: date) -> QuerySet[Absence, Absence]:
    return Absence.objects.filter(**_of_whom(bureau, *whose)).touching(first, last)


def _of_whom(bureau: int, *whose: int) -> dict[str, int]:
    return {"employee": whose[0]} if whose else {"employee__bureau": bureau}


@composed_once
def _adjustments(quarter: int, *whose: int) -> QuerySet[Adjustment, tuple[Any, ...]]:
    counted = Adjustment.objects.filter(state=Adjustment.State.COUNTED, **_in_quarter(quarter, *whose))
    return counted.order_by("day", "kind", "matter").values_list(*_ADJUSTMENT_COLUMNS)


@composed_once
def _items(quarter: int, *whose: int) -> QuerySet[Item, tuple[int, int, date | None]]:
    items = Item.objects.filter(**_in_quarter(quarter, *whose))
    return items.order_by().values_list("point_id", "employee_id", "taken_on")


def _in_quarter(quarter: int, *whose: int) -> dict[str, int]:
    return {"quarter": quarter, **({"employee": whose[0]} if whose else {})}


@composed_once
def _accepted(quarter: int) -> QuerySet[Claim, tuple[Any, ...]]:
    """Accepted claims on the quarter's tasks, whenever accepted."""
    accepted = Claim.objects.filter(task__quarter=quarter, outcome=Claim.Outcome.ACCEPTED)
    return accepted.order_by("task__number", "employee_id").values_list(*_CLAIM_COLUMNS)


@composed_once
def _department_scores(quarter: int) -> QuerySet[DepartmentScore, tuple[int, Decimal]]:
    return DepartmentScore.objects.filter(quarter=quarter).order_by().values_list("department_id", "score")


@composed_once
def _versions(bureau: int, *, quarter: str) -> QuerySet[PointVersion, PointVersion]:
    scored = PointVersion.objects.in_force(quarter).filter(
        point__bureau=bureau, point__library__in=(Library.COMMON, Library.INDIVIDUAL), withdrawn=False
    )
    return scored.select_related("point").order_by()


def _held_points(quarter: Quarter, calendar: WorkCalendar, as_of: date | None) -> dict[int, HeldPoint]:
    """The points of the quarter by id, in the order of their codes."""
    points = {}
    for version in sorted(_versions(quarter.bureau_id, quarter=quarter.code), key=lambda version: version.point.code):
        due = nodes_of(version, quarter.code, calendar)
        counting = [node for node in due if as_of is None or node.due < as_of]
        points[version.point_id] = HeldPoint(version, counting)
    return points


def _taken_on(
    first: date, points: Mapping[int, HeldPoint], items: Iterable[tuple[int, int, date | None]]
) -> dict[int, list[tuple[HeldPoint, date | None]]]:
    """The individual points that each employee holds, in the order of their codes, and the day of taking them on if it
    was in the course of the quarter, whose `first` day is given.
    """
    held: dict[int, list[tuple[int, date | None]]] = {
        pk: [] for pk, point in points.items() if point.frame.library == Library.INDIVIDUAL
    }
    for point_id, employee, day in items:
        if point_id in held:
            held[point_id].append((employee, day if day and day > first else None))
    taken: dict[int, list[tuple[HeldPoint, date | None]]] = defaultdict(list)
    for point_id, holders in held.items():
        point = points[point_id]
        for employee, day in holders:
            taken[employee].append((point, day))
    return taken


def _answer(points: Mapping[int, HeldPoint], asked: Mapping[str, int]) -> None:
    """Reads the results asked for and puts what each says to its node. Only a confirmed one counts (domain.md, Results).

    Each is judged while it is at hand and let go: a bureau has thousands, and what is kept of one is small.
    """
    nodes = {
        (pk, node.period): (judgements, answers)
        for pk, point in points.items()
        for judgements in (Judgements(point),)
        for node, answers in zip(point.nodes, point.answers, strict=True)
    }
    actors: dict[Actors, Actors] = {}
    at = MinuteTexts()
    results = Result.objects.filter(**asked).order_by()
    for (
        point_id, period, employee, value, target, exempt, tier, pk, state, note,
        entered_by, entered, reviewed_by, reviewed, confirmed_by, confirmed,
    ) in streamed(results.annotate(**_AS_READ).values_list(*_RESULT_COLUMNS)):  # fmt: skip
        node = nodes.get((point_id, period))
        if node is None:
            continue
        judgements, answers = node
        if state != _CONFIRMED:
            answers[employee] = (0, True, f"{pk}|{state}", ())
            continue
        points_of, is_missing, given = judgements[value, target, exempt, tier]
        text = (
            f"{pk}|{entered_by or ''}|{at[entered]}|{reviewed_by or ''}|{at[reviewed]}"
            f"|{confirmed_by or ''}|{at[confirmed]}{given}"
        )
        by = (entered_by, reviewed_by, confirmed_by)
        answers[employee] = (points_of, is_missing, (text, note) if note else text, actors.setdefault(by, by))


def _claims_of(rows: Sequence[tuple[Any, ...]]) -> dict[int, list[formula.ClaimInput]]:
    """Accepted claims by employee in the order of task numbers."""
    accepted = Counter(number for _employee, _pk, part, _quality, number, *_task in rows)
    assistants = Counter(
        number for _employee, _pk, part, _quality, number, *_task in rows if part == Claim.Part.ASSISTANT
    )
    claims: dict[int, list[formula.ClaimInput]] = defaultdict(list)
    for employee_id, pk, part, quality, number, name, base, difficulty, sharing in rows:
        claims[employee_id].append(
            formula.ClaimInput(
                task_code=number,
                task_name=name,
                base=base,
                difficulty=difficulty,
                sharing=sharing,
                quality=quality,
                part=part,
                accepted_claims=accepted[number],
                accepted_assistants=assistants[number],
                ref=str(pk),
            )
        )
    return claims
