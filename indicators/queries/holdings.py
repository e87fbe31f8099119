"""Who answers for which nodes in a quarter, what was entered for them, and what is missing (scoring.md §2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property
from operator import itemgetter
from typing import Any, Generic, NamedTuple, TypeVar, overload

from django.db.models import Q
from django.utils.translation import gettext as _

from common.components import Clock, month_label
from common.exact import format2, format2_or_dash, round2
from common.workdays import WorkCalendar
from indicators.cells import Content, written
from indicators.deadlines import Node, held_nodes
from indicators.models import Item, Library, PointVersion, Quarter, Result
from indicators.queries import nodes_of, points_in_force
from indicators.queries.library import point_url, rule_words
from indicators.queries.lines import Line
from organization.models import Employee

MISSING, WAITING = "missing", "waiting"
NodeKey = tuple[int, int, str]
"""Employee, point and period."""
Found = TypeVar("Found")
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class NodeRow:
    """One node of a holding: when it is due, what was entered, what it is worth."""

    period: str
    label: str
    due: date
    clock: Clock
    entered: str
    points: str
    state: str
    state_label: str
    late: bool
    note: str


@dataclass(frozen=True, slots=True)
class Holding:
    """An employee and a point in a quarter, with the nodes that the employee answers for."""

    number: str
    name: str
    department: str
    library: str
    code: str
    point: str
    url: str
    rule: str
    full: str
    earned: str
    machine: bool
    nodes: list[NodeRow]

    @property
    def missing(self) -> int:
        return sum(node.state == MISSING for node in self.nodes)


@dataclass(frozen=True, slots=True)
class MissingRow(Line):
    """A node that is past its deadline without an input, as a line of the results page."""

    node: str
    period: str
    clock: Clock


class Sight:
    """Whose nodes a person reads; the same answer as `HeldQuerySet.visible_to`, for nodes that have no row yet."""

    def __init__(self, user: Employee) -> None:
        self.user = user
        self.everything = user.has_role("office", "discipline", "director")
        self.acts = user.has_role("department_head", "liaison")
        self.leads = (
            set(user.led_departments.values_list("pk", flat=True)) if user.has_role("deputy_director") else set()
        )

    def covers(self, employee: Employee, version: PointVersion) -> bool:
        user = self.user
        if employee.bureau_id != user.bureau_id:
            return False
        if self.everything or employee.pk == user.pk or employee.department_id in self.leads:
            return True
        return self.acts and user.department_id in (employee.department_id, version.assessor_id)


class PutIntoWords(Sequence[Row], Generic[Found, Row]):
    """Rows that are put into words when they are shown: there may be thousands, of which a page shows fifty."""

    def __init__(self, found: Iterable[Found], row: Callable[[Found], Row]) -> None:
        self._found = list(found)
        self._row = row

    def __len__(self) -> int:
        return len(self._found)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            return [self._row(one) for one in self._found[index]]
        return self._row(self._found[index])


class Holdings(PutIntoWords["Pair", Holding]):
    """Who holds what in a quarter, in the order of staff numbers and points."""

    def __init__(self, held: Held, pairs: Iterable[Pair], today: date, calendar: WorkCalendar) -> None:
        super().__init__(pairs, self._holding)
        self._held = held
        self._today = today
        self._calendar = calendar

    @property
    def missing(self) -> int:
        """How many nodes are past their deadline without an input."""
        results = self._held.results
        return sum(
            node.due < self._today and not ((result := results.get(pair.key(node))) and result.has_input)
            for pair in self._found
            for node in pair.nodes
        )

    def _holding(self, pair: Pair) -> Holding:
        employee, version, today = pair.employee, pair.version, self._today
        rows = []
        counted: list[Fraction] = []
        for node in pair.nodes:
            result = self._held.results.get(pair.key(node))
            rows.append(_node_row(result, node.period, node.due, today, self._calendar))
            if result is not None and result.points is not None:
                counted.append(Fraction(result.points))
            elif node.due < today and not (result and result.exempt):
                counted.append(Fraction(0))
        return Holding(
            number=employee.number,
            name=employee.name,
            department=employee.department.name,
            library=version.point.get_library_display(),
            code=version.point.code,
            point=version.name,
            url=point_url(version.point),
            rule=rule_words(version),
            full=format2(version.full),
            earned=str(round2(sum(counted, Fraction()) / len(counted))) if counted else "–",
            machine=version.source == PointVersion.Source.MACHINE,
            nodes=rows,
        )


def holdings(
    user: Employee,
    quarter: Quarter,
    *,
    today: date,
    calendar: WorkCalendar,
    people: Sequence[Employee] | None = None,
    versions: Sequence[PointVersion] | None = None,
) -> Holdings:
    """What the user may read of who holds what in a quarter; everybody and every point unless named.

    Common points are held by everybody in post, individual ones by whoever took them on.
    """
    held = Held(quarter, calendar, people=people, versions=versions)
    return Holdings(held, held.pairs(Sight(user)), today, calendar)


def missing(
    user: Employee,
    quarter: Quarter,
    *,
    today: date,
    calendar: WorkCalendar,
    people: Sequence[Employee] | None = None,
    versions: Sequence[PointVersion] | None = None,
) -> Sequence[MissingRow]:
    """The nodes whose deadline has passed without an input, among those that the user may read."""
    held = Held(quarter, calendar, people=people, versions=versions)
    entered = held.entered()
    nodes = (
        (pair, node)
        for pair in held.pairs(Sight(user))
        for node in pair.nodes
        if node.due < today and pair.key(node) not in entered
    )

    def row(found: tuple[Pair, Node]) -> MissingRow:
        pair, node = found
        return _missing_row(pair, node, Clock.until(node.due, today, calendar))

    return PutIntoWords(nodes, row)


def _missing_row(pair: Pair, node: Node, clock: Clock) -> MissingRow:
    return MissingRow.of(
        pair.employee,
        pair.version.point,
        pair.version,
        node=node.period,
        period=period_label(node.period),
        clock=clock,
    )


class Pair(NamedTuple):
    """An employee and a point, with the nodes that the employee answers for."""

    employee: Employee
    version: PointVersion
    nodes: list[Node]

    def key(self, node: Node) -> NodeKey:
        return self.employee.pk, self.version.point_id, node.period


class Held:
    """The rows behind holdings, read in four queries however many there are."""

    def __init__(
        self,
        quarter: Quarter,
        calendar: WorkCalendar,
        *,
        people: Sequence[Employee] | None,
        versions: Sequence[PointVersion] | None,
    ) -> None:
        in_force = points_in_force(quarter.bureau, quarter.code) if versions is None else versions
        self._versions = [
            (version, nodes_of(version, quarter.code, calendar))
            for version in in_force
            if version.point.library != Library.COMPETITIVE
        ]
        period = quarter.period
        everybody = Employee.objects.filter(bureau=quarter.bureau_id).in_post_between(period.first_day, period.last_day)
        narrowed: dict[str, Any] = {"quarter": quarter}
        if people is not None:
            everybody = everybody.filter(pk__in=[person.pk for person in people])
            narrowed["employee__in"] = [person.pk for person in people]
        if versions is not None:
            narrowed["point__in"] = [version.point_id for version, _nodes in self._versions]
        self._people = list(everybody.select_related("department").order_by("number"))
        self._narrowed = narrowed
        self._common: list[tuple[int, date | None]] = []
        place: dict[int, int] = {}
        for index, (version, _nodes) in enumerate(self._versions):
            if version.point.library == Library.COMMON:
                self._common.append((index, None))
            else:
                place[version.point_id] = index
        self._own: dict[int, list[tuple[int, date | None]]] = defaultdict(list)
        items = Item.objects.filter(**narrowed).order_by().values_list("employee_id", "point_id", "taken_on")
        for employee, point, taken_on in items:
            if point in place:
                self._own[employee].append((place[point], taken_on))

    @cached_property
    def results(self) -> dict[NodeKey, Result]:
        """The results of these people and points by node."""
        rows = Result.objects.filter(**self._narrowed).order_by()
        return {(row.employee_id, row.point_id, row.period): row for row in rows}

    def entered(self) -> dict[NodeKey, datetime | None]:
        """The nodes with an input (`Result.has_input`) and when somebody entered it, None for a machine's.

        Lighter than `results` for a whole bureau.
        """
        given = Result.objects.filter(~Q(value=None) | ~Q(tier="") | Q(exempt=True), **self._narrowed).order_by()
        rows = given.values_list("employee_id", "point_id", "period", "source", "entered_at")
        machine = PointVersion.Source.MACHINE
        return {(who, point, period): None if by == machine else at for who, point, period, by, at in rows}

    def pairs(self, sight: Sight | None = None) -> Iterator[Pair]:
        """Who answers for which point, as far as the reader sees it; without one, everybody (scoring.md §2)."""
        for employee in self._people:
            for index, taken_on in sorted([*self._common, *self._own[employee.pk]], key=itemgetter(0)):
                version, found = self._versions[index]
                if sight is None or sight.covers(employee, version):
                    nodes = held_nodes(found, joined=employee.joined_on, left=employee.left_on, taken_on=taken_on)
                    yield Pair(employee, version, nodes)


def _node_row(result: Result | None, period: str, due: date, today: date, calendar: WorkCalendar) -> NodeRow:
    entered = result is not None and result.has_input
    if result is not None and entered:
        state, label = result.state, str(result.get_state_display())
        if result.exempt:
            state, label = "exempt", _("不适用")
    elif due < today:
        state, label = MISSING, _("漏项")
    else:
        state, label = WAITING, _("待填报")
    return NodeRow(
        period=period,
        label=period_label(period),
        due=due,
        clock=Clock(due, _("已填报"), "done") if entered else Clock.until(due, today, calendar),
        entered=input_text(result) if result else "",
        points=format2_or_dash(result.points if result else None),
        state=state,
        state_label=label,
        late=bool(result and result.late),
        note=(result.return_reason or result.note) if result else "",
    )


def input_text(result: Result) -> str:
    """The raw input of a node as a person entered it: `97 / 100`, `良`, `不适用`."""
    return written(Content.of(result))


def period_label(period: str) -> str:
    """`2023-01` → 1月, `2023Q1` → 本季."""
    return _("本季") if "Q" in period else month_label(int(period[5:]))


def by_library(rows: Iterable[Holding]) -> list[tuple[str, list[Holding]]]:
    """Holdings under the name of their library, common ones first."""
    groups: dict[str, list[Holding]] = defaultdict(list)
    for row in rows:
        groups[row.library].append(row)
    labels = [str(label) for _value, label in Library.choices]
    return [(label, groups[label]) for label in labels if label in groups]
