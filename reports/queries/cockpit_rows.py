"""What is behind each figure of the cockpit: exactly the rows that it counts, put into words for one page of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from common.components import Clock
from common.exact import format2, format2_or_dash
from indicators.queries.holdings import period_label
from indicators.queries.outstanding import Outstanding
from organization.models import Employee, PartyBranch
from reports.cockpit_sums import Moved, Row
from reports.queries.cockpit import Cockpit, DepartmentLine
from reports.queries.cockpit_figures import DEFINITIONS, UNITS
from reviews.queries.matrix import Cell as MonthCell
from reviews.queries.matrix import Row as BranchRow
from scoring.queries.coverage import has_loss
from scoring.queries.rankings import movement_text
from supervision.models import Warned, WarningSignature
from supervision.queries.warning_unsigned import Unsigned
from tasks_market.models import Task


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    num: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A text of a table, perhaps with an address or a tone; `num` stands right."""

    text: str
    label: str = ""
    num: bool = False
    url: str = ""
    tone: str = ""

    @property
    def is_title(self) -> bool:
        """What a row is about leads somewhere; each row has one such cell."""
        return bool(self.url)


@dataclass(frozen=True)
class Behind:
    """A list that is counted before it is worded: `worded` makes cells of one page of `items`."""

    cockpit: Cockpit
    key: str
    columns: Sequence[Column]
    items: Sequence[Any]
    worded: Callable[[Sequence[Any]], list[list[Cell]]]
    page: tuple[str, str] | None = None
    """Where the same things are worked on: words and address."""

    @property
    def label(self) -> str:
        return str(DEFINITIONS[self.key][0])

    @property
    def definition(self) -> str:
        return str(DEFINITIONS[self.key][1])

    @property
    def unit(self) -> str:
        return str(UNITS.get(self.key, _("人")))

    def table(self, items: Sequence[Any]) -> list[list[Cell]]:
        """The cells of some of the items, each with what its column is called and how it stands."""
        return [
            [
                Cell(cell.text, column.label, column.num, cell.url, cell.tone)
                for cell, column in zip(row, self.columns, strict=True)
            ]
            for row in self.worded(items)
        ]


def behind(cockpit: Cockpit, key: str, category: str = "") -> Behind | None:
    """The rows of a figure; of `gap` those of one category if asked for. None for what is no figure."""
    make = _MAKERS.get(key)
    if make is None:
        return None
    if key == "gap" and category:
        return _people(
            cockpit, "gap", _by_total(row for row in cockpit.rows if row.ranked and row.category == category)
        )
    return make(cockpit)


# People -----------------------------------------------------------------------------------------------------------


def _by_total(rows: Any) -> list[Row]:
    return sorted(rows, key=lambda row: (-row.total, row.number))


def _scored(cockpit: Cockpit) -> Behind:
    return _people(cockpit, "scored", _by_total(cockpit.rows))


def _lost(cockpit: Cockpit) -> Behind:
    lost = [row for row in cockpit.rows if has_loss(row, cockpit.scheme)]
    return _people(
        cockpit, "lost", sorted(lost, key=lambda row: (row.common + row.individual + row.adjustments, row.number))
    )


def _gap(cockpit: Cockpit) -> Behind:
    return _people(cockpit, "gap", _by_total(row for row in cockpit.rows if row.bureau_rank is not None))


def _people(cockpit: Cockpit, key: str, rows: Sequence[Row]) -> Behind:
    names = {one.pk: one.name for one in cockpit.scope.departments}
    columns = (
        Column(_("姓名")), Column(_("部门")), Column(_("序列")), Column(_("共性"), True), Column(_("个性"), True),
        Column(_("竞争性"), True), Column(_("加减分"), True), Column(_("总分"), True), Column(_("单位名次"), True),
    )  # fmt: skip

    def worded(page: Sequence[Row]) -> list[list[Cell]]:
        return [
            [
                _person(row), Cell(names[row.department_id]), Cell(row.category), Cell(format2(row.common)),
                Cell(format2(row.individual)), Cell(format2(row.competitive)), Cell(_signed(row.adjustments)),
                Cell(format2(row.total)), Cell(str(row.bureau_rank or "–")),
            ]
            for row in page
        ]  # fmt: skip

    return Behind(cockpit, key, columns, rows, worded, (_("打开排行榜"), _ranking(cockpit)))


def _person(row: Row) -> Cell:
    return Cell(row.name, url=reverse("reports:score", args=[row.pk]))


def _ranking(cockpit: Cockpit) -> str:
    return cockpit.address("reports:ranking")


def _moved(cockpit: Cockpit) -> Behind:
    names = {one.pk: one.name for one in cockpit.scope.departments}
    columns = (
        Column(_("姓名")), Column(_("部门")), Column(_("上季名次"), True), Column(_("本季名次"), True),
        Column(_("变化"), True), Column(_("总分"), True),
    )  # fmt: skip

    def worded(page: Sequence[Moved]) -> list[list[Cell]]:
        return [
            [
                _person(one.row), Cell(names[one.row.department_id]), Cell(str(one.before)),
                Cell(str(one.row.bureau_rank)), Cell(movement_text(one.places)), Cell(format2(one.row.total)),
            ]
            for one in page
        ]  # fmt: skip

    ranking = cockpit.address("reports:ranking", sort="-moved")
    return Behind(cockpit, "moved", columns, cockpit.moved, worded, (_("打开排行榜"), ranking))


def _covered(cockpit: Cockpit) -> Behind:
    return _staff(cockpit, "covered", cockpit.reach.covered if cockpit.reach else frozenset())


def _idle(cockpit: Cockpit) -> Behind:
    return _staff(cockpit, "idle", cockpit.reach.staff - cockpit.reach.covered if cockpit.reach else frozenset())


def _staff(cockpit: Cockpit, key: str, people: frozenset[int]) -> Behind:
    found = Employee.objects.filter(pk__in=people).select_related("department", "category", "post")
    columns = (Column(_("姓名")), Column(_("工号")), Column(_("部门")), Column(_("岗位")), Column(_("序列")))

    def worded(page: Sequence[Employee]) -> list[list[Cell]]:
        return [
            [
                Cell(one.name, url=reverse("reports:file", args=[one.number])), Cell(one.number),
                Cell(one.department.name), Cell(one.post.name if one.post else "–"), Cell(one.category.name),
            ]
            for one in page
        ]  # fmt: skip

    market = cockpit.address("tasks_market:figures")
    return Behind(cockpit, key, columns, list(found.order_by("number")), worded, (_("打开市场数据"), market))


# Departments ------------------------------------------------------------------------------------------------------


def _departments(cockpit: Cockpit) -> Behind:
    return _lines(cockpit, "departments", cockpit.departments)


def _lost_departments(cockpit: Cockpit) -> Behind:
    lines = [line for line in cockpit.departments if line.coverage.lost]
    return _lines(cockpit, "lost-departments", sorted(lines, key=lambda line: (-line.coverage.share, line.code)))


def _lines(cockpit: Cockpit, key: str, lines: Sequence[DepartmentLine]) -> Behind:
    columns = (
        Column(_("部门")), Column(_("计分人数"), True), Column(_("得分率"), True), Column(_("被扣分"), True),
        Column(_("扣分面"), True), Column(_("排名人数"), True), Column(_("平均分"), True), Column(_("比上季"), True),
    )  # fmt: skip

    def worded(page: Sequence[DepartmentLine]) -> list[list[Cell]]:
        return [
            [
                Cell(one.name, url=cockpit.behind("scored", department=one.code)), Cell(str(one.rates.people)),
                Cell(_percent(one.rates.whole)), Cell(str(one.coverage.lost)), Cell(f"{one.coverage.share}%"),
                Cell(str(one.ranked)), Cell(format2_or_dash(one.mean)),
                Cell(_signed(one.change)),
            ]
            for one in page
        ]  # fmt: skip

    return Behind(cockpit, key, columns, lines, worded, (_("打开部门对比"), cockpit.address("reports:departments")))


def _signed(value: Decimal | None) -> str:
    """What was added or taken, as everywhere: `+0.50`, `−1.00`, and nothing in front of none."""
    if value is None:
        return "–"
    return f"{value:+.2f}".replace("-", "−") if value else format2(value)


def _percent(value: Any) -> str:
    return "–" if value is None else f"{value}%"


# Deadlines, warnings, tasks, showings -----------------------------------------------------------------------------


def _soon(cockpit: Cockpit) -> Behind:
    return _nodes(cockpit, "soon", cockpit.soon)


def _overdue(cockpit: Cockpit) -> Behind:
    return _nodes(cockpit, "overdue", cockpit.overdue)


def _nodes(cockpit: Cockpit, key: str, nodes: Sequence[Outstanding]) -> Behind:
    columns = (
        Column(_("考点")), Column(_("名称")), Column(_("期间")), Column(_("完成时限")), Column(_("剩余或逾期")),
        Column(_("应报"), True), Column(_("未报"), True), Column(_("未报的人")),
    )  # fmt: skip

    def worded(page: Sequence[Outstanding]) -> list[list[Cell]]:
        wanted = {person for one in page for person in sorted(one.missing)[:NAMED]}
        names = dict(Employee.objects.filter(pk__in=wanted).values_list("pk", "name"))
        return [
            [
                Cell(one.code),
                Cell(one.name, url=f"{reverse('indicators:point', args=[one.year, one.code])}?quarter={cockpit.quarter.code}"),
                Cell(period_label(one.period)), Cell(str(one.due)), _clock(cockpit, one),
                Cell(str(one.people)), Cell(str(len(one.missing))), Cell(_named(one, names)),
            ]
            for one in page
        ]  # fmt: skip

    missing = cockpit.address("indicators:results", state="missing")
    return Behind(cockpit, key, columns, nodes, worded, (_("打开漏项清单"), missing) if key == "overdue" else None)


def _overdue_people(cockpit: Cockpit) -> Behind:
    return _inputs(cockpit, "overdue-people", cockpit.overdue)


def _soon_people(cockpit: Cockpit) -> Behind:
    return _inputs(cockpit, "soon-people", cockpit.soon)


def _inputs(cockpit: Cockpit, key: str, nodes: Sequence[Outstanding]) -> Behind:
    columns = (
        Column(_("姓名")), Column(_("工号")), Column(_("部门")), Column(_("考点")), Column(_("考点名称")), Column(_("期间")),
        Column(_("剩余或逾期")),
    )  # fmt: skip

    def worded(page: Sequence[tuple[Outstanding, int]]) -> list[list[Cell]]:
        people = Employee.objects.select_related("department").in_bulk({person for _node, person in page})
        return [_input(cockpit, one, people[person]) for one, person in page]

    items = [(one, person) for one in nodes for person in sorted(one.missing)]
    return Behind(cockpit, key, columns, items, worded)


def _input(cockpit: Cockpit, one: Outstanding, person: Employee) -> list[Cell]:
    return [
        Cell(person.name, url=reverse("reports:file", args=[person.number])), Cell(person.number),
        Cell(person.department.name), Cell(one.code), Cell(one.name), Cell(period_label(one.period)),
        _clock(cockpit, one),
    ]  # fmt: skip


NAMED = 3
"""How many of those missing are named in a row."""


def _named(one: Outstanding, names: dict[int, str]) -> str:
    first = _("、").join(names[person] for person in sorted(one.missing)[:NAMED])
    return _("%(names)s等") % {"names": first} if len(one.missing) > NAMED else first


def _clock(cockpit: Cockpit, one: Outstanding) -> Cell:
    clock = Clock.until(one.due, cockpit.today, cockpit.calendar)
    return Cell(clock.sentence, tone=clock.tone if clock.tone in ("bad", "risk") else "")


def _unsigned(cockpit: Cockpit) -> Behind:
    return _signatures(cockpit, "unsigned", cockpit.unsigned)


def _unsigned_late(cockpit: Cockpit) -> Behind:
    return _signatures(cockpit, "unsigned-late", cockpit.unsigned_late)


def _signatures(cockpit: Cockpit, key: str, missing: Sequence[Unsigned]) -> Behind:
    columns = (
        Column(_("部门")), Column(_("考点")), Column(_("预警考点")), Column(_("节点")), Column(_("所缺签字")),
        Column(_("签字期限")), Column(_("状态")),
    )  # fmt: skip

    def worded(page: Sequence[Unsigned]) -> list[list[Cell]]:
        related = Warned.objects.select_related("sheet__department", "point", "version")
        lines = related.in_bulk({one.line_id for one in page})
        return [_signature(one, lines[one.line_id]) for one in page]

    return Behind(cockpit, key, columns, missing, worded, (_("打开预警"), reverse("supervision:warnings")))


def _signature(one: Unsigned, line: Warned) -> list[Cell]:
    late = one.standing == "missed"
    return [
        Cell(line.sheet.department.name), Cell(line.point.code),
        Cell(line.version.name, url=reverse("supervision:warning-line", args=[line.pk])), Cell(str(line.due)),
        Cell(str(WarningSignature.Side(one.side).label)), Cell(str(one.limit)),
        Cell(str(one.standing.label), tone="bad" if late else ""),
    ]  # fmt: skip


def _unclaimed(cockpit: Cockpit) -> Behind:
    columns = (
        Column(_("编号")), Column(_("任务")), Column(_("责任部门")), Column(_("难度")), Column(_("名额"), True),
        Column(_("空缺"), True), Column(_("完成时限")),
    )  # fmt: skip

    def worded(page: Sequence[Task]) -> list[list[Cell]]:
        return [
            [
                Cell(one.number), Cell(one.name, url=reverse("tasks_market:task", args=[one.number])),
                Cell(one.department.name), Cell(str(one.get_difficulty_display())), Cell(str(one.places)),
                Cell(str(one.places_left)), Cell(f"{one.due_at:%Y-%m-%d}"),
            ]
            for one in page
        ]  # fmt: skip

    board = f"{reverse('tasks_market:board')}?quarter={cockpit.quarter.code}&lane=unclaimed"
    return Behind(cockpit, "unclaimed", columns, cockpit.unclaimed, worded, (_("打开待派单"), board))


def _showings(cockpit: Cockpit) -> Behind:
    return _sessions(cockpit, "showings", cockpit.showings.broken)


def _owed(cockpit: Cockpit) -> Behind:
    return _sessions(cockpit, "owed", cockpit.showings.owed)


def _sessions(cockpit: Cockpit, key: str, cells: Sequence[tuple[BranchRow, MonthCell]]) -> Behind:
    columns = (Column(_("党支部")), Column(_("月份")), Column(_("状态")), Column(_("召开日期")))

    def worded(page: Sequence[tuple[BranchRow, MonthCell]]) -> list[list[Cell]]:
        return [
            [
                Cell(row.branch.name, url=_session(row.branch, cell)), Cell(cell.month),
                Cell(cell.label, tone=cell.tone if cell.tone in ("bad", "risk") else ""), Cell(str(cell.day or "–")),
            ]
            for row, cell in page
        ]  # fmt: skip

    page = f"{reverse('reviews:showings')}?year={cockpit.quarter.period.year}"
    return Behind(cockpit, key, columns, cells, worded, (_("打开三晒"), page))


def _session(branch: PartyBranch, cell: MonthCell) -> str:
    if cell.showing:
        return reverse("reviews:showing", args=[cell.showing.pk])
    return f"{reverse('reviews:branch-showings', args=[branch.code])}?year={cell.month[:4]}"


_MAKERS: dict[str, Callable[[Cockpit], Behind]] = {
    "scored": _scored, "lost": _lost, "gap": _gap, "moved": _moved, "covered": _covered, "idle": _idle,
    "departments": _departments, "lost-departments": _lost_departments, "soon": _soon, "overdue": _overdue,
    "unsigned": _unsigned, "unclaimed": _unclaimed, "showings": _showings, "overdue-people": _overdue_people,
    "soon-people": _soon_people, "unsigned-late": _unsigned_late, "owed": _owed,
}  # fmt: skip
