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
from indicators.queries.library import responsible
from indicators.queries.lines import Line
from organization.models import Employee, Role
from organization.queries import Chiefs


@dataclass(frozen=True, slots=True)
class RequestRow(Line):
    """A request for a point of another post, with the load of who asks."""

    pk: int
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
    asked: list[ItemRequest] = list(requests.select_related("employee__department", "point", "decided_by"))
    in_force = PointVersion.objects.in_force(quarter.code).filter(
        point__bureau=quarter.bureau_id, point__library=Library.INDIVIDUAL
    )
    versions = {version.point_id: version for version in in_force.select_related("department", "post")}
    loads: dict[int, list[Decimal]] = defaultdict(list)
    held = Item.objects.filter(quarter=quarter, employee__in={row.employee_id for row in asked})
    for employee, point in held.values_list("employee_id", "point_id"):
        loads[employee].append(versions[point].full if point in versions else Decimal(0))
    deciders = _deciders(asked, Chiefs(quarter.bureau, quarter.bureau.today))
    rows = []
    for row in asked:
        version, load, waits_for = versions.get(row.point_id), loads[row.employee_id], deciders[row.employee_id]
        rows.append(
            RequestRow.of(
                row.employee,
                row.point,
                version,
                pk=row.pk,
                full=format2_or_dash(version.full if version else None),
                responsible=responsible(version) if version else "",
                load=_("%(count)d 项 %(full)s 分") % {"count": len(load), "full": format2(sum(load, Decimal(0)))},
                reason=row.reason,
                asked_at=row.asked_at,
                state=row.state,
                state_label=str(row.get_state_display()),
                decided_by=row.decided_by.name if row.decided_by else "",
                decided_at=row.decided_at,
                answer=row.answer,
                deciders=listed(person.name for person in waits_for) or _("绩效办"),
                decidable=row.state == ItemRequest.State.ASKED
                and quarter.takes_input
                and row.employee_id != user.pk
                and (user in waits_for if waits_for else user.has_role(Role.Kind.OFFICE)),
            )
        )
    return rows


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
