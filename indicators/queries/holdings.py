"""Who answers for which nodes in a quarter, what was entered for them, and what is missing (scoring.md §2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from common.components import Clock, month_label
from common.exact import format2, plain, round2
from common.workdays import WorkCalendar
from indicators.models import Item, Library, PointVersion, Quarter, Result
from indicators.queries import nodes_held, points_in_force
from indicators.queries.library import point_url, rule_words
from organization.models import Employee

MISSING, WAITING = "missing", "waiting"


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
    nodes: list[NodeRow]

    @property
    def missing(self) -> int:
        return sum(node.state == MISSING for node in self.nodes)


@dataclass(frozen=True, slots=True)
class MissingRow:
    """A node that is past its deadline without an input, as a line of the results page."""

    number: str
    name: str
    department: str
    code: str
    point: str
    url: str
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


def holdings(
    user: Employee,
    quarter: Quarter,
    *,
    today: date,
    calendar: WorkCalendar,
    people: Sequence[Employee] | None = None,
    versions: Sequence[PointVersion] | None = None,
) -> list[Holding]:
    """What the user may read of who holds what in a quarter; everybody and every point unless named.

    Common points are held by everybody in post, individual ones by whoever took them on.
    """
    found = _Held(quarter, people=people, versions=versions)
    sight = Sight(user)
    return [
        _holding(found, employee, version, item, today, calendar)
        for employee, version, item in found.pairs()
        if sight.covers(employee, version)
    ]


def missing(
    user: Employee,
    quarter: Quarter,
    *,
    today: date,
    calendar: WorkCalendar,
    people: Sequence[Employee] | None = None,
    versions: Sequence[PointVersion] | None = None,
) -> list[MissingRow]:
    """The nodes whose deadline has passed without an input, among those that the user may read."""
    found = _Held(quarter, people=people, versions=versions)
    sight = Sight(user)
    rows = []
    for employee, version, item in found.pairs():
        if not sight.covers(employee, version):
            continue
        for node in nodes_held(
            version, quarter.code, employee, taken_on=item.taken_on if item else None, calendar=calendar
        ):
            result = found.results.get((employee.pk, version.point_id, node.period))
            if node.due < today and not (result and result.has_input):
                rows.append(
                    MissingRow(
                        number=employee.number,
                        name=employee.name,
                        department=employee.department.name,
                        code=version.point.code,
                        point=version.name,
                        url=point_url(version.point),
                        period=period_label(node.period),
                        clock=Clock.until(node.due, today, calendar),
                    )
                )
    return rows


class _Held:
    """The rows behind holdings, read in four queries however many there are."""

    def __init__(
        self,
        quarter: Quarter,
        *,
        people: Sequence[Employee] | None,
        versions: Sequence[PointVersion] | None,
    ) -> None:
        self.quarter = quarter
        period = quarter.period
        in_force = points_in_force(quarter.bureau, quarter.code) if versions is None else versions
        self.versions = [version for version in in_force if version.point.library != Library.COMPETITIVE]
        everybody = Employee.objects.filter(bureau=quarter.bureau_id).in_post_between(period.first_day, period.last_day)
        if people is not None:
            everybody = everybody.filter(pk__in=[person.pk for person in people])
        self.people = list(everybody.select_related("department").order_by("number"))
        narrowed = {"employee__in": [person.pk for person in people]} if people is not None else {}
        if versions is not None:
            narrowed["point__in"] = [version.point_id for version in self.versions]
        self.items: dict[tuple[int, int], Item] = {
            (item.employee_id, item.point_id): item for item in Item.objects.filter(quarter=quarter, **narrowed)
        }
        self.results: dict[tuple[int, int, str], Result] = {
            (result.employee_id, result.point_id, result.period): result
            for result in Result.objects.filter(quarter=quarter, **narrowed)
        }

    def pairs(self) -> Iterator[tuple[Employee, PointVersion, Item | None]]:
        for employee in self.people:
            for version in self.versions:
                item = self.items.get((employee.pk, version.point_id))
                if item is not None or version.point.library == Library.COMMON:
                    yield employee, version, item


def _holding(
    found: _Held, employee: Employee, version: PointVersion, item: Item | None, today: date, calendar: WorkCalendar
) -> Holding:
    code = found.quarter.code
    nodes = nodes_held(version, code, employee, taken_on=item.taken_on if item else None, calendar=calendar)
    rows = []
    counted: list[Fraction] = []
    for node in nodes:
        result = found.results.get((employee.pk, version.point_id, node.period))
        rows.append(_node_row(result, node.period, node.due, today, calendar))
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
        nodes=rows,
    )


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
        clock=Clock.until(due, today, calendar, done=entered),
        entered=input_text(result) if result else "",
        points=format2(result.points) if result is not None and result.points is not None else "–",
        state=state,
        state_label=label,
        late=bool(result and result.late),
        note=result.note if result else "",
    )


def input_text(result: Result) -> str:
    """The raw input of a node as a person entered it: `97 / 100`, `良`, `不适用`."""
    if result.exempt:
        return _("不适用")
    if result.tier:
        return result.tier
    if result.value is None:
        return ""
    return plain(result.value) if result.target is None else f"{plain(result.value)} / {plain(result.target)}"


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


# Lists of rows that are there ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One line of 领取."""

    pk: int
    number: str
    name: str
    department: str
    code: str
    point: str
    url: str
    full: str
    taken_on: str
    results: int


def item_rows(quarter: Quarter, page: Iterable[Item]) -> list[ItemRow]:
    """The lines of a page of items, whoever holds them."""
    items = _joined(page)
    versions = _versions(quarter, {item.point_id for item in items})
    entered: dict[tuple[int, int], int] = defaultdict(int)
    pairs = Result.objects.filter(
        quarter=quarter,
        employee__in={item.employee_id for item in items},
        point__in={item.point_id for item in items},
    )
    for pair in pairs.values_list("employee_id", "point_id"):
        entered[pair] += 1
    return [
        ItemRow(
            pk=item.pk,
            number=item.employee.number,
            name=item.employee.name,
            department=item.employee.department.name,
            code=item.point.code,
            point=versions[item.point_id].name if item.point_id in versions else "",
            url=point_url(item.point),
            full=format2(versions[item.point_id].full) if item.point_id in versions else "–",
            taken_on=str(item.taken_on or ""),
            results=entered[item.employee_id, item.point_id],
        )
        for item in items
    ]


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One line of 考评结果."""

    number: str
    name: str
    department: str
    code: str
    point: str
    url: str
    period: str
    entered: str
    points: str
    state: str
    state_label: str
    late: bool
    by: str
    note: str


def result_rows(quarter: Quarter, page: Iterable[Result]) -> list[ResultRow]:
    """The lines of a page of results, with who entered them."""
    results = _joined(page, "entered_by")
    versions = _versions(quarter, {result.point_id for result in results})
    return [
        ResultRow(
            number=result.employee.number,
            name=result.employee.name,
            department=result.employee.department.name,
            code=result.point.code,
            point=versions[result.point_id].name if result.point_id in versions else "",
            url=point_url(result.point),
            period=period_label(result.period),
            entered=input_text(result),
            points=format2(result.points) if result.points is not None else "–",
            state=result.state,
            state_label=str(result.get_state_display()),
            late=result.late,
            by=result.entered_by.name if result.entered_by else _("系统"),
            note=result.return_reason or result.note,
        )
        for result in results
    ]


def _joined(page: Any, *more: str) -> list[Any]:
    """The rows of a page with what their lines name."""
    return list(page.object_list.select_related("employee__department", "point", *more))


def _versions(quarter: Quarter, points: set[int]) -> dict[int, PointVersion]:
    return {
        version.point_id: version for version in PointVersion.objects.in_force(quarter.code).filter(point__in=points)
    }
