"""Everything that a bureau's quarter is scored from, gathered in a constant number of queries, by employee."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils import timezone

from common.exact import canonical, hundredths
from common.workdays import WorkCalendar
from indicators.deadlines import Node, held_nodes
from indicators.models import Item, Library, PointVersion, Quarter, Result
from indicators.queries import nodes_of, rule_of
from organization.models import Absence, Employee, Placement, RankCategory
from organization.queries import work_calendar
from scoring import formula
from scoring.models import Adjustment, DepartmentScore
from tasks_market.models import Claim

Given = tuple[str | None, str, str | None, bool]
"""What was entered for a node: value, tier, target, exempt; numbers as the database writes them."""
ResultRow = tuple[Any, ...]
"""A result in the order of _RESULT_COLUMNS: numbers and moments are texts, read on when they are met for the first time."""

_AS_TEXT = {
    f"{name}_text": Cast(name, TextField()) for name in ("value", "target", "entered_at", "reviewed_at", "confirmed_at")
}
_RESULT_COLUMNS = (
    "employee_id", "point_id", "period", "id", "state", "note", "value_text", "tier", "target_text", "exempt",
    "entered_by_id", "entered_at_text", "reviewed_by_id", "reviewed_at_text", "confirmed_by_id", "confirmed_at_text",
)  # fmt: skip


_PERSON_COLUMNS = ("number", "name", "joined_on", "left_on", "department_id", "category_id")
_CLAIM_COLUMNS = (
    "employee_id", "id", "part", "quality", "task__number", "task__name", "task__base", "task__difficulty",
    "task__sharing",
)  # fmt: skip


class HeldNode(NamedTuple):
    """A node of a point: where its result is found, and how it is written in the snapshot, also without a result."""

    key: tuple[int, str]
    head: str
    unanswered: str


class HeldPoint:
    """A point as a quarter assesses it, with the pieces of the snapshot and the points of each input met so far."""

    def __init__(self, version: PointVersion, nodes: list[Node]) -> None:
        self.id, self.code, self.library = version.point_id, version.point.code, version.point.library
        self.full, self.rule, self.nodes = hundredths(version.full), rule_of(version), nodes
        self.before, self.behind = formula.item_frame(
            formula.ItemInput(
                code=version.point.code,
                name=version.name,
                library=version.point.library,
                full=version.full,
                rule=self.rule,
                nodes=(),
                version=version.number,
                ref=str(version.point_id),
            )
        )
        self._held: dict[tuple[formula.Employed, date | None], list[HeldNode]] = {}
        self._points: dict[Given, tuple[int | None, bool, str]] = {}

    def held(self, employed: formula.Employed, taken_on: date | None) -> list[HeldNode]:
        """The nodes that somebody with this employment answers for, who took the point on that day (scoring.md §2)."""
        key = (employed, taken_on)
        found = self._held.get(key)
        if found is None:
            nodes = held_nodes(self.nodes, joined=employed.joined, left=employed.left, taken_on=taken_on)
            found = self._held[key] = [self._node(node) for node in nodes]
        return found

    def _node(self, node: Node) -> HeldNode:
        head = formula.node_head(node.period, node.due)
        return HeldNode((self.id, node.period), head, formula.node_text(head, formula.NOTHING_GIVEN, ""))

    def points(self, given: Given) -> tuple[int | None, bool, str]:
        """Points of an input in hundredths, None for an exempt one; whether it is missing; how the snapshot has it."""
        found = self._points.get(given)
        if found is None:
            value, tier, target = _number(given[0]), given[1], _number(given[2])
            text = formula.given_text(value, tier, target, given[3])
            if given[3]:
                found = (None, False, text)
            else:
                points = formula.node_hundredths(self.full, self.rule, value=value, tier=tier, target=target)
                found = (points or 0, points is None, text)
            self._points[given] = found
        return found


def _number(text: str | None) -> Decimal | None:
    return None if text is None else canonical(Decimal(text))


class Who(dict[int, str]):
    """People by id as the snapshot has them, looked up in their names when they are met for the first time."""

    def __init__(self, names: dict[int, str]) -> None:
        super().__init__()
        self.names = names

    def __missing__(self, person: int) -> str:
        text = self[person] = formula.value_text(self.names.get(person, ""))
        return text


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
    employees: list[Employee]
    names: dict[int, str]
    categories: dict[int, str]
    placements: dict[int, list[Placement]]
    absences: dict[int, list[Absence]]
    points: dict[int, HeldPoint]
    items: dict[int, list[tuple[int, date | None]]]
    results: dict[int, dict[tuple[int, str], ResultRow]]
    claims: dict[int, list[formula.ClaimInput]]
    adjustments: dict[int, list[tuple[formula.AdjustmentInput, str]]]
    department_scores: dict[int, Decimal]
    common: list[HeldPoint] = field(default_factory=list)
    _who: Who = field(init=False)
    _when: When = field(init=False)

    def __post_init__(self) -> None:
        self._who, self._when = Who(self.names), When()
        self.common = sorted(
            (point for point in self.points.values() if point.library == Library.COMMON), key=lambda point: point.code
        )

    def taken_by(self, employee_id: int) -> list[tuple[HeldPoint, date | None]]:
        """The individual points that somebody holds, in the order of their codes, and when they were taken on."""
        held = [
            (point, taken_on)
            for point_id, taken_on in self.items.get(employee_id, ())
            if (point := self.points.get(point_id)) is not None and point.library == Library.INDIVIDUAL
        ]
        return sorted(held, key=lambda pair: pair[0].code)

    def answer(self, point: HeldPoint, head: str, row: ResultRow) -> tuple[int | None, bool, str]:
        """What a result says of a node: points, whether it is missing, and the node as the snapshot has it.

        Only a confirmed result counts (domain.md, Results).
        """
        (_employee, _point, _period, pk, state, note, value, tier, target, exempt, entered_by, entered_at, reviewed_by,
         reviewed_at, confirmed_by, confirmed_at) = row  # fmt: skip
        if state != Result.State.CONFIRMED:
            return 0, True, formula.node_text(head, formula.NOTHING_GIVEN, pk, formula.pair_text("state", state))
        points, is_missing, given = point.points((value, tier, target, exempt))
        if None in (entered_by, entered_at, reviewed_by, reviewed_at, confirmed_by, confirmed_at) or note:
            acts = (
                self._act("confirmed", confirmed_by, confirmed_at),
                self._act("entered", entered_by, entered_at),
                formula.pair_text("note", note) if note else "",
                self._act("reviewed", reviewed_by, reviewed_at),
            )
            return points, is_missing, formula.node_text(head, given, pk, ",".join(filter(None, acts)))
        who, at = self._who, self._when  # most results by far: all three steps, in the order of their names
        trace = (
            f'"confirmed_at":"{at[confirmed_at]}","confirmed_by":{who[confirmed_by]},"entered_at":"{at[entered_at]}",'
            f'"entered_by":{who[entered_by]},"reviewed_at":"{at[reviewed_at]}","reviewed_by":{who[reviewed_by]}'
        )
        return points, is_missing, formula.node_text(head, given, pk, trace)

    def _act(self, step: str, by: int | None, at: str | None) -> str:
        """Who did a step with a result, and when to the minute, as an explanation shows it."""
        pairs = []
        if at is not None:
            pairs.append(f'"{step}_at":"{self._when[at]}"')
        if by is not None:
            pairs.append(f'"{step}_by":{self._who[by]}')
        return ",".join(pairs)


def gather(quarter: Quarter, *, as_of: date | None, only: Employee | None = None) -> Gathered:
    bureau, period = quarter.bureau, quarter.period
    everyone = list(Employee.objects.filter(bureau=bureau).order_by("number").only(*_PERSON_COLUMNS))
    employees = [
        person
        for person in everyone
        if (only is None or person.pk == only.pk)
        and formula.employed_in(period.first_day, period.last_day, person.joined_on, person.left_on)
    ]
    of_whom = {"employee__bureau": bureau} if only is None else {"employee": only}
    whose = {} if only is None else {"employee": only}

    placements: dict[int, list[Placement]] = defaultdict(list)
    for placement in Placement.objects.filter(**of_whom).order_by("employee_id", "effective_from"):
        placements[placement.employee_id].append(placement)
    absences: dict[int, list[Absence]] = defaultdict(list)
    for absence in Absence.objects.filter(**of_whom).touching(period.first_day, period.last_day):
        absences[absence.employee_id].append(absence)
    items: dict[int, list[tuple[int, date | None]]] = defaultdict(list)
    taken = Item.objects.filter(quarter=quarter, **whose).order_by()
    for employee_id, point_id, taken_on in taken.values_list("employee_id", "point_id", "taken_on"):
        items[employee_id].append((point_id, taken_on))
    adjustments: dict[int, list[tuple[formula.AdjustmentInput, str]]] = defaultdict(list)
    counted = Adjustment.objects.filter(quarter=quarter, state=Adjustment.State.COUNTED, **whose)
    for one in counted.order_by("day", "kind", "matter"):
        plus = one.kind == Adjustment.Kind.PLUS
        entered = formula.AdjustmentInput(one.day, plus, one.points, one.matter, one.disciplinary, str(one.pk))
        adjustments[one.employee_id].append((entered, one.basis))
    calendar = work_calendar()

    return Gathered(
        quarter=quarter,
        as_of=as_of,
        calendar=calendar,
        employees=employees,
        names={person.pk: str(person) for person in everyone},
        categories=dict(RankCategory.objects.filter(bureau=bureau).values_list("id", "name")),
        placements=placements,
        absences=absences,
        points={point.id: point for point in _held_points(quarter, calendar, as_of)},
        items=items,
        results=_results(quarter, only),
        claims=_accepted_claims(quarter),
        adjustments=adjustments,
        department_scores=dict(DepartmentScore.objects.filter(quarter=quarter).values_list("department_id", "score")),
    )


def _held_points(quarter: Quarter, calendar: WorkCalendar, as_of: date | None) -> Iterator[HeldPoint]:
    versions = PointVersion.objects.in_force(quarter.code).filter(point__bureau=quarter.bureau, withdrawn=False)
    for version in versions.select_related("point").order_by("point__code"):
        due = nodes_of(version, quarter.code, calendar)
        yield HeldPoint(version, [node for node in due if as_of is None or node.due < as_of])


def _results(quarter: Quarter, only: Employee | None) -> dict[int, dict[tuple[int, str], ResultRow]]:
    rows = Result.objects.filter(quarter=quarter, **({} if only is None else {"employee": only})).order_by()
    results: dict[int, dict[tuple[int, str], ResultRow]] = defaultdict(dict)
    for row in rows.annotate(**_AS_TEXT).values_list(*_RESULT_COLUMNS):
        results[row[0]][row[1], row[2]] = row
    return results


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
