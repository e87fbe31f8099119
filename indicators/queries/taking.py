"""领取 as its pages show it: what a person may choose, who asked for what, what no one carries."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from common.components import Clock
from common.exact import format2, format2_or_dash, round2
from common.text import listed
from common.workdays import WorkCalendar
from indicators.models import Item, ItemRequest, Library, PointVersion, Quarter, Result
from indicators.queries import nodes_held, nodes_of, points_in_force
from indicators.queries.library import library, point_url, responsible, rule_words
from organization.models import Department, Employee, Role
from organization.queries import Chiefs

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


# Requests -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request for a point of another post, with the load of who asks."""

    pk: int
    number: str
    name: str
    department: str
    code: str
    point: str
    url: str
    full: str
    responsible: str
    load: str
    reason: str
    asked_at: datetime
    state: str
    state_label: str
    decided_by: str
    decided_at: datetime | None
    answer: str
    deciders: str
    decidable: bool


def request_rows(user: Employee, quarter: Quarter, requests: Any) -> list[RequestRow]:
    """The lines of a page of requests; `decidable` those that wait for the user."""
    rows: list[ItemRequest] = list(requests.select_related("employee__department", "point", "decided_by"))
    in_force = PointVersion.objects.in_force(quarter.code).filter(
        point__bureau=quarter.bureau_id, point__library=Library.INDIVIDUAL
    )
    versions = {version.point_id: version for version in in_force.select_related("department", "post")}
    loads: dict[int, list[Decimal]] = defaultdict(list)
    held = Item.objects.filter(quarter=quarter, employee__in={row.employee_id for row in rows})
    for employee, point in held.values_list("employee_id", "point_id"):
        loads[employee].append(versions[point].full if point in versions else Decimal(0))
    chiefs = Chiefs(quarter.bureau, quarter.bureau.today)
    deciders = _deciders(rows, chiefs)
    return [
        RequestRow(
            pk=row.pk,
            number=row.employee.number,
            name=row.employee.name,
            department=row.employee.department.name,
            code=row.point.code,
            point=versions[row.point_id].name if row.point_id in versions else "",
            url=point_url(row.point),
            full=format2_or_dash(versions[row.point_id].full if row.point_id in versions else None),
            responsible=responsible(versions[row.point_id]) if row.point_id in versions else "",
            load=_("%(count)d 项 %(full)s 分")
            % {"count": len(loads[row.employee_id]), "full": format2(sum(loads[row.employee_id], Decimal(0)))},
            reason=row.reason,
            asked_at=row.asked_at,
            state=row.state,
            state_label=str(row.get_state_display()),
            decided_by=row.decided_by.name if row.decided_by else "",
            decided_at=row.decided_at,
            answer=row.answer,
            deciders=listed(person.name for person in deciders[row.employee_id]) or _("绩效办"),
            decidable=row.state == ItemRequest.State.ASKED
            and quarter.takes_input
            and row.employee_id != user.pk
            and (
                user in deciders[row.employee_id] or (not deciders[row.employee_id] and user.has_role(Role.Kind.OFFICE))
            ),
        )
        for row in rows
    ]


def _deciders(rows: Iterable[ItemRequest], chiefs: Chiefs) -> dict[int, list[Employee]]:
    """Who decides for each of those who ask."""
    people = {row.employee_id: row.employee for row in rows}
    return {pk: chiefs.above(person) for pk, person in people.items()}


def requests_about(user: Employee) -> QuerySet[ItemRequest]:
    """The open requests from the department that the person heads or those that the person leads; not all of them wait
    for this person."""
    reach = Q(employee__department__deputy=user)
    if user.has_role(Role.Kind.DEPARTMENT_HEAD):
        reach |= Q(employee__department=user.department_id)
    return _asked(user).filter(reach)


def _asked(user: Employee) -> QuerySet[ItemRequest]:
    return ItemRequest.objects.filter(
        bureau=user.bureau_id, state=ItemRequest.State.ASKED, quarter__state__in=Quarter.TAKES_INPUT
    ).exclude(employee=user)


def requests_waiting_for(user: Employee) -> int:
    """How many requests wait for the person's decision, in quarters that take input; a head's in one query."""
    asked = _asked(user)
    count = 0
    if user.has_role(Role.Kind.DEPARTMENT_HEAD):
        heads = Role.objects.in_force(timezone.localdate()).filter(kind=Role.Kind.DEPARTMENT_HEAD)
        own = asked.filter(employee__department=user.department_id)
        count += own.exclude(employee__in=heads.values("employee_id")).count()
    if user.has_role(Role.Kind.DEPUTY_DIRECTOR, Role.Kind.DIRECTOR):
        led = asked.filter(employee__department__deputy=user).select_related("employee")
        chiefs = Chiefs(user.bureau, user.bureau.today) if led else None
        count += sum(user in chiefs.above(row.employee) for row in led) if chiefs else 0
    return count


# What no one carries --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PostRow:
    """What a post carries in a quarter, and what of it nobody took on."""

    department: str
    post: str
    people: str
    heads: int
    points: int
    full: str
    loose: int
    items: int
    each: str


@dataclass(frozen=True, slots=True)
class LoosePoint:
    """An individual point that nobody took on, or one that nobody is responsible for."""

    pk: int
    code: str
    name: str
    url: str
    responsible: str
    full: str
    cycle: str
    deadline: str
    library: str


@dataclass(frozen=True, slots=True)
class Workload:
    """The posts of some departments with their points, and the points that fall between them."""

    posts: list[PostRow]
    unclaimed: list[LoosePoint]
    orphans: list[LoosePoint]
    points: int


def workload(quarter: Quarter, departments: Sequence[int] | None) -> Workload:
    """The workload of the posts of these departments, None of all, the fullest first."""
    bureau, period = quarter.bureau, quarter.period
    versions = library(bureau, quarter.code).filter(withdrawn=False).exclude(point__library=Library.COMMON)
    posts = bureau.posts.select_related("department").order_by(F("department__code"), F("code"))
    if departments is not None:
        versions = versions.filter(Q(department__in=departments) | Q(post__department__in=departments))
        posts = posts.filter(department__in=departments)
    everything = list(versions.order_by("point__code"))
    found = [version for version in everything if version.point.library == Library.INDIVIDUAL]
    people: dict[int, list[str]] = defaultdict(list)
    in_post = Employee.objects.filter(bureau=bureau, post__in=posts).in_post_between(period.first_day, period.last_day)
    for post, name in in_post.order_by("number").values_list("post_id", "name"):
        people[post].append(name)
    taken = Item.objects.filter(quarter=quarter, employee__post__in=posts)
    items = Counter(taken.values_list("employee__post_id", flat=True))
    of_post: dict[int, list[Any]] = defaultdict(list)
    for version in found:
        if version.post_id:
            of_post[version.post_id].append(version)
    rows = []
    for post in posts:
        names, carried = people[post.pk], of_post[post.pk]
        if not names and not carried:
            continue
        full = sum((version.full for version in carried), Decimal(0))
        row = PostRow(
            department=post.department.name,
            post=post.name,
            people=listed(names[:NAMED]) + (_(" 等") if len(names) > NAMED else ""),
            heads=len(names),
            points=len(carried),
            full=format2(full),
            loose=sum(not version.holders for version in carried),
            items=items[post.pk],
            each=str(round2(Fraction(items[post.pk], len(names)))) if names else "–",
        )
        rows.append((full, row))
    return Workload(
        posts=[row for _full, row in sorted(rows, key=lambda pair: -pair[0])],
        unclaimed=[_loose(version) for version in found if not version.holders],
        orphans=[_loose(version) for version in everything if version.orphan],
        points=len(found),
    )


def _loose(version: Any) -> LoosePoint:
    return LoosePoint(
        pk=version.point_id,
        code=version.point.code,
        name=version.name,
        url=point_url(version.point),
        responsible=responsible(version),
        full=format2(version.full),
        cycle=version.get_cycle_display(),
        deadline=version.deadline,
        library=version.point.get_library_display(),
    )
