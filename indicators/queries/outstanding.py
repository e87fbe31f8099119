"""Nodes for which inputs are still to come, for a whole bureau at once: what is due when, and who is missing.

The same nodes as `holdings.missing` lists person by person, taken as sets: leaders look at the sums, in milliseconds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from django.db.models import Case, Q, When
from django.db.models.functions import TruncMonth

from common.aggregates import Ids, ids_of
from common.workdays import WorkCalendar
from indicators.deadlines import Node, held_nodes
from indicators.models import Item, Library, PointVersion, Quarter, Result
from indicators.queries import nodes_within
from organization.models import Employee


@dataclass(frozen=True, slots=True)
class Outstanding:
    """A node that lacks inputs: how many people answer for it, and the ids of those of whom nothing was entered."""

    point_id: int
    code: str
    name: str
    year: int
    period: str
    due: date
    people: int
    missing: frozenset[int]


def outstanding(
    quarter: Quarter, *, until: date, calendar: WorkCalendar, departments: Collection[int] | None = None
) -> list[Outstanding]:
    """The nodes due by a day that lack inputs of the bureau's people, or of some departments'; by day, then by code.

    Four queries, however many people; one if nothing is due.
    """
    due = _due(quarter, until, calendar)
    if not due:
        return []
    spans = _spans(quarter, departments)
    takers = _takers(quarter, spans)
    entered = _entered(quarter)
    everybody: Alike = {(span, None): people for span, people in spans.items()}
    rows = []
    for point, nodes in due:
        held = _holders(nodes, everybody if point.library == Library.COMMON else takers[point.pk])
        for node in nodes:
            if missing := held[node] - entered[point.pk, node.period]:
                known = (point.pk, point.code, point.name, point.year)
                rows.append(Outstanding(*known, node.period, node.due, len(held[node]), frozenset(missing)))
    return sorted(rows, key=lambda row: (row.due, row.code, row.period))


class _Point(NamedTuple):
    """The columns of a version that tell its nodes; rows of a whole library are read too often for models."""

    pk: int
    code: str
    year: int
    library: str
    name: str
    cycle: str
    deadline: str


def _due(quarter: Quarter, until: date, calendar: WorkCalendar) -> list[tuple[_Point, list[Node]]]:
    in_force = PointVersion.objects.in_force(quarter.code).filter(point__bureau=quarter.bureau_id, withdrawn=False)
    judged = in_force.exclude(point__library=Library.COMPETITIVE).order_by()
    columns = ("point_id", "point__code", "point__year", "point__library", "name", "cycle", "deadline")
    points = (_Point(*values) for values in judged.values_list(*columns))

    @cache  # a library writes a hundred points with a dozen deadlines
    def due(cycle: str, deadline: str) -> list[Node]:
        return [node for node in nodes_within(cycle, deadline, quarter.code, calendar) if node.due <= until]

    return [(point, found) for point in points if (found := due(point.cycle, point.deadline))]


Span = tuple[date | None, date | None]
"""The first and the last day in post, None where the quarter has no bearing on it."""


Alike = dict[tuple[Span, date | None], set[int]]
"""People by what decides on their nodes, the second part the month in which they took a point on; most are there all the time, so that these are few."""


def _spans(quarter: Quarter, departments: Collection[int] | None) -> dict[Span, set[int]]:
    """Everybody who is in post at some time of the quarter, by when."""
    first, last = quarter.period.first_day, quarter.period.last_day
    people = Employee.objects.filter(bureau=quarter.bureau_id).in_post_between(first, last)
    if departments is not None:
        people = people.filter(department__in=departments)
    found: dict[Span, set[int]] = defaultdict(set)
    for employee, joined, left in people.order_by().values_list("pk", "joined_on", "left_on"):
        span = (joined if joined and joined > first else None, left if left and left < last else None)
        found[span].add(employee)
    return found


def _takers(quarter: Quarter, spans: dict[Span, set[int]]) -> dict[int, Alike]:
    """By point who took it on. A day decides by its month alone (`held_nodes`), and in the quarter's first not at all."""
    second_month = (quarter.period.first_day + timedelta(days=31)).replace(day=1)
    month = Case(When(taken_on__gte=second_month, then=TruncMonth("taken_on")))
    items = Item.objects.filter(quarter=quarter).order_by().values_list("point_id", month)
    found: dict[int, Alike] = defaultdict(dict)
    for point, taken_on, text in items.annotate(people=Ids("employee_id")):
        people = ids_of(text)
        found[point].update({(span, taken_on): people & there for span, there in spans.items()})
    return found


def _entered(quarter: Quarter) -> dict[tuple[int, str], set[int]]:
    """By point and period of whom there is an input (`Result.has_input`)."""
    given = Result.objects.filter(~Q(value=None) | ~Q(tier="") | Q(exempt=True), quarter=quarter)
    nodes = given.order_by().values_list("point_id", "period").annotate(people=Ids("employee_id"))
    return defaultdict(set, {(point, period): ids_of(people) for point, period, people in nodes})


def _holders(nodes: list[Node], alike: Alike) -> dict[Node, set[int]]:
    """Who answers for which of a point's nodes."""
    held: dict[Node, set[int]] = {node: set() for node in nodes}
    for ((joined, left), taken_on), people in alike.items():
        for node in held_nodes(nodes, joined=joined, left=left, taken_on=taken_on):
            held[node] |= people
    return held
