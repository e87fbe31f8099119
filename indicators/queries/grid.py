"""填报: the grid of a department for a quarter, people × nodes, as small as a page can carry it (screens.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from common.exact import format2
from common.text import clean
from common.workdays import WorkCalendar
from indicators.cells import Content, wanted, written
from indicators.models import Library, PointVersion, Quarter, Result
from indicators.queries import points_in_force, rule_of
from indicators.queries.holdings import Held, Sight, period_label
from indicators.queries.library import rule_words
from indicators.rules import Tier
from organization.models import Department, Employee

EMPTY, OVERDUE, REPORTED, REVIEWED, RETURNED, CONFIRMED, MACHINE, NONE = "emrvxckn"
"""What a cell is, in one letter: a page holds a thousand of them."""

_STATES = {
    Result.State.REPORTED: REPORTED,
    Result.State.REVIEWED: REVIEWED,
    Result.State.RETURNED: RETURNED,
    Result.State.CONFIRMED: CONFIRMED,
}


@dataclass(frozen=True, slots=True)
class Column:
    """One node of a point, with what the line under the grid says of it."""

    code: str
    name: str
    period: str
    label: str
    due: date
    rule: str
    wanted: str
    tiers: str
    full: str


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a node: its input, the points of it, its letter, and why it came back."""

    kind: str
    text: str = ""
    points: str = ""
    late: bool = False
    why: str = ""


NOT_HELD = Cell(NONE)


@dataclass(frozen=True, slots=True)
class Line:
    """The nodes of one person, in the order of the columns."""

    number: str
    name: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Grid:
    columns: list[Column]
    lines: list[Line]

    def count(self, *kinds: str) -> int:
        return sum(cell.kind in kinds for line in self.lines for cell in line.cells)

    @property
    def nodes(self) -> int:
        return sum(cell is not NOT_HELD for line in self.lines for cell in line.cells)

    @property
    def empty(self) -> int:
        return self.count(EMPTY, OVERDUE)

    @property
    def overdue(self) -> int:
        return self.count(OVERDUE)

    @property
    def returned(self) -> int:
        return self.count(RETURNED)

    @property
    def late(self) -> int:
        return sum(cell.late for line in self.lines for cell in line.cells)


def grid_versions(
    quarter: Quarter, *, assessor: Department | None = None, library: str = "", source: str = ""
) -> list[PointVersion]:
    """The points that a grid may show: all that have results, narrowed by who assesses them, library and source."""
    return [
        version
        for version in points_in_force(quarter.bureau, quarter.code)
        if version.point.library != Library.COMPETITIVE
        and (assessor is None or version.assessor_id == assessor.pk)
        and library in ("", version.point.library)
        and source in ("", version.source)
    ]


def grid(
    user: Employee,
    quarter: Quarter,
    department: Department,
    *,
    versions: Sequence[PointVersion],
    today: date,
    calendar: WorkCalendar,
) -> Grid:
    """The people who are of the department today, and every node of these points that one of them answers for."""
    people = list(Employee.objects.filter(department=department).order_by())
    held = Held(quarter, calendar, people=people, versions=versions)
    pairs = list(held.pairs(Sight(user)))
    columns: dict[tuple[int, str], Column] = {}
    lines: dict[int, tuple[Employee, dict[tuple[int, str], Cell]]] = {}
    for pair in pairs:
        _person, cells = lines.setdefault(pair.employee.pk, (pair.employee, {}))
        for node in pair.nodes:
            key = (pair.version.point_id, node.period)
            if key not in columns:
                columns[key] = _column(pair.version, node.period, node.due)
            cells[key] = cell_of(held.results.get(pair.key(node)), pair.version, overdue=node.due < today)
    keys = sorted(columns, key=lambda key: (columns[key].code, columns[key].period))
    return Grid(
        [columns[key] for key in keys],
        [
            Line(person.number, person.name, [cells.get(key, NOT_HELD) for key in keys])
            for person, cells in lines.values()
            if cells
        ],
    )


def cell_of(result: Result | None, version: PointVersion, *, overdue: bool) -> Cell:
    """A node's cell; a row without an input is as good as none."""
    machine = version.source == PointVersion.Source.MACHINE
    if result is None or not result.has_input:
        return Cell(MACHINE if machine else OVERDUE if overdue else EMPTY)
    by_machine = machine or result.source == PointVersion.Source.MACHINE
    return Cell(
        MACHINE if by_machine else _STATES[Result.State(result.state)],
        written(Content.of(result)),
        "" if result.points is None else format2(result.points),
        result.late,
        clean(result.return_reason) if result.state == Result.State.RETURNED else "",
    )


def _column(version: PointVersion, period: str, due: date) -> Column:
    rule = rule_of(version)
    return Column(
        code=version.point.code,
        name=version.name,
        period=period,
        label=period_label(period),
        due=due,
        rule=rule_words(version),
        wanted=wanted(rule),
        tiers=";".join(rule.names) if isinstance(rule, Tier) else "",
        full=format2(version.full),
    )
