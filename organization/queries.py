"""Answers about people, places and working days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Count, Prefetch, Q, QuerySet, Sum
from django.utils import timezone

from common.composed import composed_once
from common.text import code
from common.workdays import WorkCalendar
from organization.models import (
    Absence,
    Bureau,
    CalendarDay,
    CalendarYear,
    Department,
    Employee,
    EmployeeQuerySet,
    PartyBranch,
    Post,
    RankCategory,
    Role,
)

LEADER_KINDS = (Role.Kind.DEPUTY_DIRECTOR, Role.Kind.DIRECTOR)


class _Begun(Protocol):
    @property
    def effective_from(self) -> date: ...


class _Leaving(Protocol):
    @property
    def left_on(self) -> date | None: ...


Placed = TypeVar("Placed", bound=_Begun)
Staff = TypeVar("Staff", bound=_Leaving)

_calendars: dict[tuple[tuple[int, int], ...], WorkCalendar] = {}


def work_calendar() -> WorkCalendar:
    """The State Council calendar of the table; one small query, the days are read again only after an edit.

    Years that are not in the table count Monday to Friday; ``WorkCalendar.knows`` says so.
    """
    version = tuple(_revisions())
    calendar = _calendars.get(version)
    if calendar is None:
        days = CalendarDay.objects.filter(day__year__in=[year for year, _revision in version])
        calendar = WorkCalendar(
            dict(days.values_list("day", "is_workday")), known_years=frozenset(year for year, _revision in version)
        )
        _calendars.clear()
        _calendars[version] = calendar
    return calendar


@composed_once
def _revisions() -> QuerySet[CalendarYear, tuple[int, int]]:
    return CalendarYear.objects.order_by("year").values_list("year", "revision")


def placement_in_force(placements: Iterable[Placed], day: date) -> Placed | None:
    """The placement that holds on the day: the latest that has begun, or the earliest, which also holds before its day.

    `placements` are all of one employee, in any order; None if there are none.
    """
    ordered = sorted(placements, key=lambda placement: placement.effective_from)
    begun = [placement for placement in ordered if placement.effective_from <= day]
    return begun[-1] if begun else next(iter(ordered), None)


def standing(employee: Staff, placements: Iterable[Placed], day: date) -> Placed | Staff:
    """Where somebody belongs on a day, a leaver on the last day of employment (scoring.md §4).

    `placements` are all of the employee; the answer has department, post and category.
    """
    last = day if employee.left_on is None else min(day, employee.left_on)
    return placement_in_force(placements, last) or employee


def know_roles(people: Iterable[Employee]) -> None:
    """Reads the roles that each of the people holds today at once, so that asking for them costs nothing more."""
    rows = list(people)
    held: dict[int, set[str]] = {person.pk: set() for person in rows}
    in_force = Role.objects.in_force(timezone.localdate()).filter(employee__in=held)
    for employee, kind in in_force.values_list("employee_id", "kind"):
        held[employee].add(kind)
    for person in rows:
        vars(person)["roles"] = frozenset(held[person.pk])


def know_heads(departments: Iterable[Department]) -> None:
    """Finds at once which of the departments have a head today, so that asking for it costs nothing more."""
    rows = list(departments)
    heads = Role.objects.in_force(timezone.localdate()).filter(kind=Role.Kind.DEPARTMENT_HEAD)
    headed = set(heads.filter(employee__department__in=rows).values_list("employee__department_id", flat=True))
    for department in rows:
        vars(department)["has_head"] = department.pk in headed


def staff(bureau: Bureau, day: date) -> EmployeeQuerySet:
    """Everybody in post on the day who can sign in, by staff number."""
    here: EmployeeQuerySet = Employee.objects.filter(bureau=bureau, is_active=True)
    return here.in_post_between(day, day).order_by("number")


def holders(bureau: Bureau, day: date, *kinds: str) -> EmployeeQuerySet:
    """Those of `staff` who hold one of the roles; a role is held by the clock, also where a demonstration stands still."""
    held = Role.objects.in_force(timezone.localdate()).filter(kind__in=kinds, employee__bureau=bureau)
    return staff(bureau, day).filter(pk__in=held.values("employee_id"))


@composed_once
def holders_at_work(bureau: int, *, kind: str, today: date, by_the_clock: date) -> QuerySet[Employee, Employee]:
    """Those of `holders` who are not away on the day, by staff number."""
    away = Absence.objects.touching(today, today).exclude(kind__in=Absence.STATUSES)
    held = Role.objects.in_force(by_the_clock).filter(kind=kind, employee__bureau=bureau)
    return (
        staff(Bureau(pk=bureau), today)
        .filter(pk__in=held.values("employee_id"))
        .exclude(pk__in=away.values("employee_id"))
    )


@composed_once
def _in_the_role_of_heads(bureau: int, *, by_the_clock: date) -> QuerySet[Role, int]:
    heads = Role.objects.in_force(by_the_clock).filter(kind=Role.Kind.DEPARTMENT_HEAD, employee__bureau=bureau)
    return heads.order_by().values_list("employee_id", flat=True)


@composed_once
def _led_departments(bureau: int, *, today: date, by_the_clock: date) -> QuerySet[Department, Department]:
    held = Role.objects.in_force(by_the_clock).filter(kind__in=LEADER_KINDS, employee__bureau=bureau)
    leaders = staff(Bureau(pk=bureau), today).filter(pk__in=held.values("employee_id"))
    return Department.objects.filter(bureau=bureau, deputy__in=leaders).select_related("deputy")


class Chiefs:
    """Who heads the bureau's departments today and who leads them; three queries, whatever is asked afterwards.

    A head counts while the role lasts, in post and not away; the leader in charge as long as the role of a leader lasts.
    """

    def __init__(self, bureau: Bureau, today: date) -> None:
        days = {"today": today, "by_the_clock": timezone.localdate()}
        self._with_the_role = set(_in_the_role_of_heads(bureau.pk, by_the_clock=days["by_the_clock"]))
        self._heads: dict[int, list[Employee]] = defaultdict(list)
        for person in holders_at_work(bureau.pk, kind=Role.Kind.DEPARTMENT_HEAD, **days):
            self._heads[person.department_id].append(person)
        self._leaders = {department.pk: department.deputy for department in _led_departments(bureau.pk, **days)}

    def heads(self, department_id: int) -> list[Employee]:
        return list(self._heads.get(department_id, ()))

    def leader(self, department_id: int) -> Employee | None:
        """The leader in charge of a department (分管局领导)."""
        return self._leaders.get(department_id)

    def acting(self, department_id: int) -> list[Employee]:
        """Its heads, or in their absence the leader in charge; [] where there is neither."""
        leader = self.leader(department_id)
        return self.heads(department_id) or ([leader] if leader else [])

    def above(self, person: Employee) -> list[Employee]:
        """Who decides on what this person asks for: the heads, on a head's own matter the leader in charge."""
        heads = self.heads(person.department_id)
        leader = self.leader(person.department_id)
        if not heads or person.pk in self._with_the_role:
            heads = [leader] if leader else []
        return [one for one in heads if one.pk != person.pk]


def people_like(text: str, at: str = "") -> Q:
    """Whom a search means: a part of the name or number, or the name's pinyin, in full or by initials (`zw` for 张伟).

    `at` is the way from the searched model to the employee, with its underscores: `employee__`.
    """
    wanted = code(text)
    found = Q(**{f"{at}number__contains": wanted}) | Q(**{f"{at}name__icontains": wanted})
    letters = wanted.replace(" ", "")
    if letters.isascii() and letters.isalpha():
        in_full, initials = " ?".join(letters), "[a-z]* ".join(letters)
        found |= Q(**{f"{at}sort_key__iregex": f"^({in_full}|{initials})"})
    return found


def administrators(bureau_id: int, today: date) -> set[int]:
    """Ids of those who can administer the bureau on the day: role in force, in post, login not switched off."""
    return set(
        Employee.objects.in_post_between(today, today)
        .filter(
            bureau_id=bureau_id,
            is_active=True,
            pk__in=Role.objects.in_force(today).filter(kind=Role.Kind.SYSTEM_ADMIN).values("employee_id"),
        )
        .values_list("pk", flat=True)
    )


PEOPLE_ORDERS = {
    "number": ("number",),
    "-number": ("-number",),
    "name": ("sort_key", "number"),
    "-name": ("-sort_key", "number"),
    "department": ("department__code", "sort_key", "number"),
    "-department": ("-department__code", "sort_key", "number"),
}


def find_people(
    user: Employee,
    *,
    today: date,
    q: str = "",
    department: Department | None = None,
    branch: PartyBranch | None = None,
    category: RankCategory | None = None,
    role: str = "",
    state: str = "",
    sort: str = "",
) -> EmployeeQuerySet:
    """The people whom the user may see and who fit, with department, post, branch, category and `held_roles`."""
    people: EmployeeQuerySet = Employee.objects.visible_to(user)
    wanted = code(q)
    if wanted:
        people = people.filter(people_like(wanted))
    places = {"department": department, "branch": branch, "category": category}
    people = people.filter(**{name: place for name, place in places.items() if place is not None})
    if role:
        people = people.filter(pk__in=Role.objects.in_force(today).filter(kind=role).values("employee_id"))
    if state == "left":
        people = people.filter(left_on__lt=today)
    elif state != "all":
        people = people.in_post_between(today, today)
    if state == "away":
        away = Absence.objects.touching(today, today).exclude(kind__in=Absence.STATUSES)
        people = people.filter(pk__in=away.values("employee_id"))
    held = Prefetch("role_set", Role.objects.in_force(today).order_by("kind"), to_attr="held_roles")
    return (
        people.select_related("department", "post", "branch", "category")
        .prefetch_related(held)
        .order_by(*PEOPLE_ORDERS.get(sort, PEOPLE_ORDERS["number"]))
    )


@dataclass(frozen=True, slots=True)
class Structure:
    """A bureau as its page shows it; places carry `people`, the number of those in post today."""

    departments: list[Department]
    posts: list[Post]
    branches: list[PartyBranch]
    categories: list[RankCategory]

    @property
    def people(self) -> int:
        return sum(department.people for department in self.departments)  # type: ignore[attr-defined]


def structure(bureau: Bureau, today: date) -> Structure:
    """Departments, posts, party branches and categories of the bureau, each with its people in post today."""

    def counted(rows: QuerySet[Any], people: str, *related: str) -> list[Any]:
        joined = Q(**{f"{people}__joined_on__isnull": True}) | Q(**{f"{people}__joined_on__lte": today})
        stays = Q(**{f"{people}__left_on__isnull": True}) | Q(**{f"{people}__left_on__gte": today})
        present = Count(people, filter=joined & stays)
        return list(rows.filter(bureau=bureau).select_related(*related).annotate(people=present))

    return Structure(
        departments=counted(Department.objects.order_by("code"), "employees", "deputy"),
        posts=counted(Post.objects.order_by("department__code", "code"), "employees", "department"),
        branches=counted(PartyBranch.objects.order_by("code"), "members", "secretary"),
        categories=counted(RankCategory.objects.order_by("position", "pk"), "employees"),
    )


def locked_people(bureau: Bureau, now: datetime) -> list[Employee]:
    """The people of the bureau whose login is locked after repeated failures from some place."""
    attempts = (
        AccessAttempt.objects.filter(attempt_time__gte=now - settings.AXES_COOLOFF_TIME)
        .values("username", "ip_address")
        .annotate(failures=Sum("failures_since_start"))
        .filter(failures__gte=settings.AXES_FAILURE_LIMIT)
    )
    numbers = {attempt["username"] for attempt in attempts}
    return list(bureau.employees.filter(number__in=numbers).select_related("department"))
