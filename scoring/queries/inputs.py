"""Everything that a bureau's quarter is scored from, gathered in a constant number of queries, by employee."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils import timezone

from common.exact import canonical, hundredths
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
Answers = dict[int, Answer]
"""What was found for one node, by employee."""
UNANSWERED: Answer = (0, True, "", ())

_CONFIRMED = Result.State.CONFIRMED.value
_AS_TEXT = {
    f"{name}_text": Cast(name, TextField()) for name in ("value", "target", "entered_at", "reviewed_at", "confirmed_at")
}
_RESULT_COLUMNS = (
    "point_id", "period", "employee_id", "value_text", "target_text", "exempt", "tier", "id", "state", "note",
    "entered_by_id", "entered_at_text", "reviewed_by_id", "reviewed_at_text", "confirmed_by_id", "confirmed_at_text",
)  # fmt: skip
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
    """A point as a quarter assesses it, with what was found for its nodes and the points of each input met so far."""

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
        self.actors: dict[Actors, Actors] = {}
        self._known: dict[Given, tuple[int | None, bool, str]] = {}

    def held(self, employed: formula.Employed, taken_on: date | None) -> list[Answers | None]:
        """The answers of the nodes, None for one that somebody with this employment, who took the point on that day, does
        not answer for (scoring.md §2).
        """
        held = held_nodes(self.nodes, joined=employed.joined, left=employed.left, taken_on=taken_on)
        return [answers if node in held else None for node, answers in zip(self.nodes, self.answers, strict=True)]

    def points(self, given: Given) -> tuple[int | None, bool, str]:
        """The points of an input, which is met again for most people; whether it is missing; how the snapshot has it."""
        found = self._known.get(given)
        if found is None:
            value, target, exempt, tier = _number(given[0]), _number(given[1]), given[2], given[3]
            points = (
                None if exempt else formula.node_hundredths(self.full, self.rule, value=value, tier=tier, target=target)
            )
            text = formula.given_text(value, target, exempt, tier)
            found = self._known[given] = (None, False, text) if exempt else (points or 0, points is None, text)
        return found


@lru_cache(maxsize=20_000)
def _number(text: str | None) -> Decimal | None:
    return None if text is None else canonical(Decimal(text))


class When(dict[str, str]):
    """Moments as the databases write them, both in UTC, by minute as they are written here."""

    def __missing__(self, at: str) -> str:
        text = self[at] = _minute(at[:16])
        return text


@lru_cache(maxsize=20_000)
def _minute(minute: str) -> str:
    """One of them: few thousands in a quarter, and the same in every bureau."""
    moment = datetime.fromisoformat(minute).replace(tzinfo=UTC)
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


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
    bureau, period = quarter.bureau, quarter.period
    rows = Employee.objects.filter(bureau=bureau).order_by("number").values_list(*Person._fields)
    everyone = [Person(*row) for row in rows]
    employees = [
        person
        for person in everyone
        if (only is None or person.id == only.pk)
        and formula.employed_in(period.first_day, period.last_day, person.joined_on, person.left_on)
    ]
    of_whom = {"employee__bureau": bureau} if only is None else {"employee": only}
    whose = {} if only is None else {"employee": only}

    categories = {person.category_id: person.category__name for person in everyone}
    placements: dict[int, list[Placed]] = defaultdict(list)
    for row in Placement.objects.filter(**of_whom).order_by().values_list(*Placed._fields):
        placement = Placed(*row)
        placements[placement.employee_id].append(placement)
        categories[placement.category_id] = placement.category__name
    absences: dict[int, list[Absence]] = defaultdict(list)
    for absence in Absence.objects.filter(**of_whom).touching(period.first_day, period.last_day):
        absences[absence.employee_id].append(absence)
    adjustments: dict[int, list[tuple[formula.AdjustmentInput, str]]] = defaultdict(list)
    counted = Adjustment.objects.filter(quarter=quarter, state=Adjustment.State.COUNTED, **whose)
    for one in counted.order_by("day", "kind", "matter"):
        plus = one.kind == Adjustment.Kind.PLUS
        entered = formula.AdjustmentInput(one.day, plus, one.points, one.matter, one.disciplinary, str(one.pk))
        adjustments[one.employee_id].append((entered, one.basis))
    calendar = work_calendar()
    points = _held_points(quarter, calendar, as_of)
    _answer(points, quarter, only)

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
        individual=_taken_on(quarter, points, only),
        claims=_accepted_claims(quarter),
        adjustments=adjustments,
        department_scores=dict(DepartmentScore.objects.filter(quarter=quarter).values_list("department_id", "score")),
        points={point.key: point for point in points.values()},
    )


def _held_points(quarter: Quarter, calendar: WorkCalendar, as_of: date | None) -> dict[int, HeldPoint]:
    """The points of the quarter by id, in the order of their codes."""
    versions = PointVersion.objects.in_force(quarter.code).filter(
        point__bureau=quarter.bureau, point__library__in=(Library.COMMON, Library.INDIVIDUAL), withdrawn=False
    )
    points = {}
    for version in sorted(versions.select_related("point").order_by(), key=lambda version: version.point.code):
        due = nodes_of(version, quarter.code, calendar)
        counting = [node for node in due if as_of is None or node.due < as_of]
        points[version.point_id] = HeldPoint(version, counting)
    return points


def _taken_on(
    quarter: Quarter, points: Mapping[int, HeldPoint], only: Employee | None
) -> dict[int, list[tuple[HeldPoint, date | None]]]:
    """The individual points that each employee holds, in the order of their codes, and the day of taking them on if it
    was in the course of the quarter.
    """
    places = {pk: place for place, (pk, one) in enumerate(points.items()) if one.frame.library == Library.INDIVIDUAL}
    items = Item.objects.filter(quarter=quarter, **({} if only is None else {"employee": only})).order_by()
    rows = [row for row in items.values_list("point_id", "employee_id", "taken_on") if row[0] in places]
    first = quarter.period.first_day
    taken: dict[int, list[tuple[HeldPoint, date | None]]] = defaultdict(list)
    for point_id, employee_id, day in sorted(rows, key=lambda row: places[row[0]]):
        taken[employee_id].append((points[point_id], day if day and day > first else None))
    return taken


def _answer(points: Mapping[int, HeldPoint], quarter: Quarter, only: Employee | None) -> None:
    """Reads the results and puts what each says to its node. Only a confirmed one counts (domain.md, Results).

    Each is judged while it is at hand and let go: a bureau has thousands, and what is kept of one is small.
    """
    nodes = {
        (pk, node.period): (point, answers)
        for pk, point in points.items()
        for node, answers in zip(point.nodes, point.answers, strict=True)
    }
    at = When()
    results = Result.objects.filter(quarter=quarter, **({} if only is None else {"employee": only})).order_by()
    for (
        point_id, period, employee, value, target, exempt, tier, pk, state, note,
        entered_by, entered_at, reviewed_by, reviewed_at, confirmed_by, confirmed_at,
    ) in streamed(results.annotate(**_AS_TEXT).values_list(*_RESULT_COLUMNS)):  # fmt: skip
        node = nodes.get((point_id, period))
        if node is None:
            continue
        point, answers = node
        if state != _CONFIRMED:
            answers[employee] = (0, True, f"{pk}|{state}", ())
            continue
        points_of, is_missing, given = point.points((value, target, exempt, tier))
        if entered_by and entered_at and reviewed_by and reviewed_at and confirmed_by and confirmed_at:
            acts = f"{entered_by}|{at[entered_at]}|{reviewed_by}|{at[reviewed_at]}|{confirmed_by}|{at[confirmed_at]}"
        else:
            acts = _acts(at, (entered_by, entered_at), (reviewed_by, reviewed_at), (confirmed_by, confirmed_at))
        text = f"{pk}|{acts}{given}"
        by = (entered_by, reviewed_by, confirmed_by)
        answers[employee] = (points_of, is_missing, (text, note) if note else text, point.actors.setdefault(by, by))


def _acts(at: When, *steps: tuple[int | None, str | None]) -> str:
    """Who did each step and when, where something of that is unknown."""
    return "|".join(f"{by or ''}|{at[moment] if moment else ''}" for by, moment in steps)


def _accepted_claims(quarter: Quarter) -> dict[int, list[formula.ClaimInput]]:
    """Accepted claims on the quarter's tasks, whenever accepted, by employee in the order of task numbers."""
    accepted_claims = Claim.objects.filter(task__quarter=quarter, outcome=Claim.Outcome.ACCEPTED)
    rows = list(accepted_claims.order_by("task__number", "employee_id").values_list(*_CLAIM_COLUMNS))
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
