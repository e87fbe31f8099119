"""Which points warn which department in a month, and what of them is still missing (domain.md, Warnings).

A point concerns a department whose people answer for its node: those who took it on, of a common point everybody. Who
will have left by the node's day answers for nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from django.utils import timezone

from common.quarters import QuarterCode, quarter_of_period
from common.workdays import WorkCalendar
from indicators.deadlines import Node
from indicators.models import Library, PointVersion, Quarter
from indicators.queries import nodes_of, points_in_force
from indicators.queries.holdings import Held
from organization.models import Bureau, Employee
from supervision.warning_clocks import month_of


class LineKey(NamedTuple):
    """What a line of any sheet of a bureau is about; a point belongs to one year, and so the period names its quarter."""

    department: int
    point: int
    period: str


@dataclass
class Owed:
    """A node as a department answers for it: by which version, who, of how many the result is missing, and on which days
    the others' was entered (a machine's has no day)."""

    quarter: Quarter
    version: PointVersion
    node: Node
    people: list[Employee] = field(default_factory=list)
    missing: int = 0
    entered_on: list[date] = field(default_factory=list)

    def missing_after(self, day: date) -> int:
        """Of how many the result was not there when the day was over, whenever that is asked."""
        return self.missing + sum(entered > day for entered in self.entered_on)

    @property
    def holders(self) -> list[dict[str, str]]:
        """Staff numbers and names as the sheet keeps them; of a common point none, it is everybody's."""
        if self.version.point.library == Library.COMMON:
            return []
        return [{"number": one.number, "name": one.name} for one in self.people]


def owed_in_month(bureau: Bureau, month: str, calendar: WorkCalendar) -> dict[LineKey, Owed]:
    """Every node that falls in the month by its working day, for every department that answers for it."""
    found: dict[LineKey, Owed] = {}
    for quarter in _quarters_of(bureau, month):
        versions = [
            version
            for version in points_in_force(bureau, quarter.code)
            if any(month_of(node.due) == month for node in nodes_of(version, quarter.code, calendar))
        ]
        if versions:
            owed = owed_in_quarter(quarter, versions, calendar)
            found |= {key: one for key, one in owed.items() if month_of(one.node.due) == month}
    return found


def _quarters_of(bureau: Bureau, month: str) -> Iterable[Quarter]:
    """The month's quarter, and the next: a day off at its beginning puts a node on the working day before."""
    own = quarter_of_period(month)
    codes = [str(own), str(own.next())] if own < QuarterCode(9998, 4) else [str(own)]
    return Quarter.objects.filter(bureau=bureau, code__in=codes).select_related("bureau").order_by("code")


def owed_in_quarter(
    quarter: Quarter, versions: list[PointVersion], calendar: WorkCalendar
) -> dict[LineKey, Owed]:  # fmt: skip
    """All nodes of these versions in the quarter by department, with how many results are missing now."""
    held = Held(quarter, calendar, people=None, versions=versions)
    entered = held.entered()
    found: dict[LineKey, Owed] = {}
    for pair in held.pairs():
        for node in pair.nodes:
            if not pair.employee.in_post_on(node.due):
                continue
            key = LineKey(pair.employee.department_id, pair.version.point_id, node.period)
            owed = found.get(key)
            if owed is None:
                owed = found[key] = Owed(quarter, pair.version, node)
            owed.people.append(pair.employee)
            at = entered.get(pair.key(node))
            owed.missing += pair.key(node) not in entered
            if at is not None:
                owed.entered_on.append(timezone.localdate(at))
    return found


def owed_now(bureau: Bureau, wanted: Iterable[tuple[Quarter, int]], calendar: WorkCalendar) -> dict[LineKey, Owed]:
    """How the points with these ids stand today in their quarters; withdrawn ones are not among them."""
    points: dict[Quarter, set[int]] = defaultdict(set)
    for quarter, point in wanted:
        points[quarter].add(point)
    found: dict[LineKey, Owed] = {}
    for quarter, ids in sorted(points.items(), key=lambda pair: pair[0].code):
        versions = [version for version in points_in_force(bureau, quarter.code) if version.point_id in ids]
        if versions:
            found |= owed_in_quarter(quarter, versions, calendar)
    return found


def knows_days(days: Iterator[date] | Iterable[date], calendar: WorkCalendar) -> bool:
    """Whether the State Council's calendar of all these days is known."""
    return all(calendar.knows(day) for day in days)
