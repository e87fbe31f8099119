"""领取: what a person may choose (screens.md, 领取)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from common.components import Clock
from common.exact import format2
from common.text import listed
from common.workdays import WorkCalendar
from indicators.models import Item, ItemRequest, Library, PointVersion, Quarter, Result
from indicators.queries import nodes_held, nodes_of, points_in_force
from indicators.queries.library import point_url, responsible, rule_words
from organization.models import Department, Employee

NAMED = 4
"""Holders of a point, or people of a post, who are named on a line; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An individual point that a person may take on or ask for, as a line of the page."""

    pk: int
    code: str
    name: str
    url: str
    rule: str
    responsible: str
    full: str
    deadline: str
    nodes: int
    counted: int
    """Nodes of the quarter, and those that would count for somebody who takes it on today."""
    clock: Clock | None
    holders: str
    held_by: int
    before: bool
    """Whether the person held it in the quarter before."""
    asked: bool


@dataclass(frozen=True, slots=True)
class Mine:
    """A point that the person holds."""

    pk: int
    code: str
    name: str
    url: str
    full: str
    deadline: str
    nodes: int
    taken_on: date | None
    results: int
    overdue: bool
    own: bool

    @property
    def may_go(self) -> bool:
        """Whether the person can hand it back alone."""
        return not self.results and not self.overdue


class Desk:
    """What the page of 领取 shows to one person in one quarter; `taken_on` is the day from which a choice would count.

    `own` says of a version whether it belongs to the person's post (indicators.permissions.is_own_point).
    """

    def __init__(
        self,
        user: Employee,
        quarter: Quarter,
        *,
        own: Any,
        taken_on: date | None,
        today: date,
        calendar: WorkCalendar,
    ) -> None:
        self.user, self.quarter, self.taken_on = user, quarter, taken_on
        self._today, self._calendar, self._is_own = today, calendar, own

    @cached_property
    def _versions(self) -> dict[int, PointVersion]:
        """The individual points in force, by point."""
        in_force = points_in_force(self.quarter.bureau, self.quarter.code)
        return {one.point_id: one for one in in_force if one.point.library == Library.INDIVIDUAL}

    @cached_property
    def _items(self) -> dict[int, Item]:
        """What the person holds, by point."""
        return {item.point_id: item for item in Item.objects.filter(quarter=self.quarter, employee=self.user)}

    @cached_property
    def mine(self) -> list[Mine]:
        entered = Counter(
            Result.objects.filter(quarter=self.quarter, employee=self.user).values_list("point_id", flat=True)
        )
        rows = []
        for version in self._versions.values():
            item = self._items.get(version.point_id)
            if item is None:
                continue
            nodes = self._nodes(version, item.taken_on)
            fresh = item.taken_on is not None and item.taken_on == self.taken_on
            rows.append(
                Mine(
                    pk=item.pk,
                    code=version.point.code,
                    name=version.name,
                    url=point_url(version.point),
                    full=format2(version.full),
                    deadline=version.deadline,
                    nodes=len(nodes),
                    taken_on=item.taken_on,
                    results=entered[version.point_id],
                    overdue=not fresh and any(node.due < self._today for node in nodes),
                    own=self._is_own(self.user, version),
                )
            )
        return rows

    @property
    def full(self) -> str:
        """The points of what the person holds."""
        held = (self._versions[point].full for point in self._items if point in self._versions)
        return format2(sum(held, Decimal(0)))

    @cached_property
    def own_versions(self) -> list[PointVersion]:
        """The points of the own post that the person does not hold, those with a node in the quarter first."""
        free = [
            version
            for version in self._versions.values()
            if version.point_id not in self._items and self._is_own(self.user, version)
        ]
        return sorted(free, key=lambda version: not nodes_of(version, self.quarter.code))

    @property
    def own_points(self) -> int:
        """How many points the own post has, held or not."""
        return sum(self._is_own(self.user, version) for version in self._versions.values())

    def others(self, q: str = "", department: Department | None = None) -> list[PointVersion]:
        """Points of other posts that the person does not hold, as far as they fit; by department and code."""
        wanted = q.strip().lower()
        found = [
            version
            for version in self._versions.values()
            if version.point_id not in self._items
            and not self._is_own(self.user, version)
            and (department is None or version.department_id == department.pk)
            and (not wanted or wanted in f"{version.point.code} {version.name} {version.standard}".lower())
        ]
        home = self.user.department_id
        return sorted(found, key=lambda version: (version.department_id != home, version.point.code))

    @cached_property
    def before(self) -> set[str]:
        """The codes of what the person held in the quarter before."""
        last = str(self.quarter.period.previous())
        held = Item.objects.filter(quarter__bureau=self.user.bureau_id, quarter__code=last, employee=self.user)
        return set(held.values_list("point__code", flat=True))

    @cached_property
    def _asked(self) -> set[int]:
        asked = ItemRequest.objects.filter(quarter=self.quarter, employee=self.user, state=ItemRequest.State.ASKED)
        return set(asked.values_list("point_id", flat=True))

    def choices(self, versions: Iterable[PointVersion]) -> list[Choice]:
        """The lines of a page of versions."""
        shown = list(versions)
        holders: dict[int, list[str]] = defaultdict(list)
        held = Item.objects.filter(quarter=self.quarter, point__in=[version.point_id for version in shown])
        for point, name in held.order_by("employee__number").values_list("point_id", "employee__name"):
            holders[point].append(name)
        return [self._choice(version, holders[version.point_id]) for version in shown]

    def _choice(self, version: PointVersion, holders: list[str]) -> Choice:
        counted = self._nodes(version, self.taken_on)
        coming = [node.due for node in counted if node.due >= self._today] or [node.due for node in counted][-1:]
        names = listed(holders[:NAMED])
        if len(holders) > NAMED:
            names = _("%(names)s等 %(count)d 人") % {"names": names, "count": len(holders)}
        return Choice(
            pk=version.point_id,
            code=version.point.code,
            name=version.name,
            url=point_url(version.point),
            rule=rule_words(version),
            responsible=responsible(version),
            full=format2(version.full),
            deadline=version.deadline,
            nodes=len(nodes_of(version, self.quarter.code)),
            counted=len(counted),
            clock=Clock.until(coming[0], self._today, self._calendar) if coming else None,
            holders=names,
            held_by=len(holders),
            before=version.point.code in self.before,
            asked=version.point_id in self._asked,
        )

    def _nodes(self, version: PointVersion, taken_on: date | None) -> Sequence[Any]:
        return nodes_held(version, self.quarter.code, self.user, taken_on=taken_on, calendar=self._calendar)
