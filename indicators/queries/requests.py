"""Requests for points of other posts: their lines, and for whom they wait."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from common.exact import format2, format2_or_dash
from common.text import listed
from indicators.models import Item, ItemRequest, Library, PointVersion, Quarter
from indicators.queries.library import point_url, responsible
from organization.models import Employee, Role
from organization.queries import Chiefs


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
