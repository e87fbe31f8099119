"""Everything that a bureau's quarter is scored from, gathered in a constant number of queries, by employee."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils import timezone

from common.exact import canonical, hundredths
from common.workdays import WorkCalendar
from indicators.deadlines import Node, held_nodes
from indicators.models import Item, Library, PointVersion, Quarter, Result
from indicators.queries import nodes_of, points_in_force, rule_of
from organization.models import Absence, Employee, Placement, RankCategory
from organization.queries import work_calendar
from scoring import formula
from scoring.models import Adjustment, DepartmentScore
from tasks_market.models import Claim


class Given(NamedTuple):
    """What was entered for a node; numbers as the database writes them."""

    value: str | None
    tier: str
    target: str | None
    exempt: bool


class ResultRow(NamedTuple):
    """A result as it was read: numbers and moments as texts, which are read on when they are met for the first time."""

    id: int
    state: str
    note: str
    value: str | None
    tier: str
    target: str | None
    exempt: bool
    entered_by: int | None
    entered_at: str | None
    reviewed_by: int | None
    reviewed_at: str | None
    confirmed_by: int | None
    confirmed_at: str | None


_AS_TEXT = {
    f"{name}_text": Cast(name, TextField()) for name in ("value", "target", "entered_at", "reviewed_at", "confirmed_at")
}
_RESULT_COLUMNS = (
    "employee_id", "point_id", "period", "id", "state", "note", "value_text", "tier", "target_text", "exempt",
    "entered_by_id", "entered_at_text", "reviewed_by_id", "reviewed_at_text", "confirmed_by_id", "confirmed_at_text",
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
            value, target = _number(given.value), _number(given.target)
            text = formula.given_text(value, given.tier, target, given.exempt)
            if given.exempt:
                found = (None, False, text)
            else:
                points = formula.node_hundredths(
                    self.full, self.rule, formula.NodeInput("", value=value, tier=given.tier, target=target)
                )
                found = (points or 0, points is None, text)
            self._points[given] = found
        return found


def _number(text: str | None) -> Decimal | None:
    return None if text is None else canonical(Decimal(text))


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
    _acts: dict[tuple[str, int | None, str | None], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
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
        (pk, state, note, value, tier, target, exempt,
         entered_by, entered_at, reviewed_by, reviewed_at, confirmed_by, confirmed_at) = row  # fmt: skip
        if state != Result.State.CONFIRMED:
            trace = formula.trace_text({"state": state})
            return 0, True, formula.node_text(head, formula.NOTHING_GIVEN, pk, trace)
        points, is_missing, given = point.points(Given(value, tier, target, exempt))
        acts = [
            self._act("confirmed", confirmed_by, confirmed_at),
            self._act("entered", entered_by, entered_at),
            formula.trace_text({"note": note}) if note else "",
            self._act("reviewed", reviewed_by, reviewed_at),
        ]
        return points, is_missing, formula.node_text(head, given, pk, ",".join(filter(None, acts)))

    def _act(self, step: str, by: int | None, at: str | None) -> str:
        """Who did a step with a result, and when to the minute, as an explanation shows it."""
        minute = at and at[:16]
        key = (step, by, minute)
        text = self._acts.get(key)
        if text is None:
            trace = {}
            if minute is not None:
                moment = datetime.fromisoformat(minute).replace(tzinfo=UTC)  # both databases keep and write UTC
                trace[f"{step}_at"] = f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
            if by is not None:
                trace[f"{step}_by"] = self.names.get(by, "")
            text = self._acts[key] = formula.trace_text(trace)
        return text


def gather(quarter: Quarter, *, as_of: date | None, only: Employee | None = None) -> Gathered:
    bureau, period = quarter.bureau, quarter.period
    everyone = list(Employee.objects.filter(bureau=bureau).order_by("number").defer("password"))
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
    for version in points_in_force(quarter.bureau, quarter.code):
        due = nodes_of(version, quarter.code, calendar)
        yield HeldPoint(version, [node for node in due if as_of is None or node.due < as_of])


def _results(quarter: Quarter, only: Employee | None) -> dict[int, dict[tuple[int, str], ResultRow]]:
    rows = Result.objects.filter(quarter=quarter, **({} if only is None else {"employee": only})).order_by()
    results: dict[int, dict[tuple[int, str], ResultRow]] = defaultdict(dict)
    for employee_id, point_id, period, *row in rows.annotate(**_AS_TEXT).values_list(*_RESULT_COLUMNS):
        results[employee_id][point_id, period] = ResultRow._make(row)
    return results


def _accepted_claims(quarter: Quarter) -> dict[int, list[formula.ClaimInput]]:
    """Accepted claims on the quarter's tasks, whenever accepted, by employee in the order of task numbers."""
    rows = list(
        Claim.objects.filter(task__quarter=quarter, outcome=Claim.Outcome.ACCEPTED)
        .select_related("task")
        .order_by("task__number", "employee_id")
    )
    accepted = Counter(claim.task_id for claim in rows)
    assistants = Counter(claim.task_id for claim in rows if claim.part == Claim.Part.ASSISTANT)
    claims: dict[int, list[formula.ClaimInput]] = defaultdict(list)
    for claim in rows:
        task = claim.task
        claims[claim.employee_id].append(
            formula.ClaimInput(
                task_code=task.number,
                task_name=task.name,
                base=task.base,
                difficulty=task.difficulty,
                sharing=task.sharing,
                quality=claim.quality,
                part=claim.part,
                accepted_claims=accepted[task.pk],
                accepted_assistants=assistants[task.pk],
                ref=str(claim.pk),
            )
        )
    return claims
