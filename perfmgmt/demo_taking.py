"""Life in the sample's 领取 and 名单确认: lists signed by the heads, requests that wait for one.

Nothing here changes a figure: a signature enters no score, and a request becomes an item only when somebody agrees.
"""

from __future__ import annotations

from datetime import date, datetime, time

from django.db import transaction
from django.utils import timezone

from indicators.models import AssessmentPoint, Item, ItemRequest, Quarter, RosterSignature
from indicators.permissions import is_own_point
from indicators.queries import points_in_force
from indicators.queries.rosters import rosters
from indicators.services.items import ask
from indicators.services.rosters import sign_roster
from organization.models import Bureau, Employee, Role

EARLY = date(2023, 7, 10)
"""When the first lists of the running quarter were signed; those of whom somebody has moved since are to be signed again."""

IN_PLACE = "局领导不设部门负责人，由绩效办核对后代为确认"
REASONS = ("本岗位任务不满，愿意分担", "上季度承担过这项工作，情况熟悉", "临时顶岗，按实际工作领取")


def sign_lists(bureau: Bureau, code: str, day: date, *, every: int = 1) -> int:
    """Every n-th department's list of the quarter is confirmed on the day by whoever is to; returns how many."""
    quarter = Quarter.objects.get(bureau=bureau, code=code)
    office = Employee.objects.filter(bureau=bureau, role__kind=Role.Kind.OFFICE).order_by("number")[0]
    waiting = [roster for roster in rosters(quarter, today=day) if roster.signature is None][::every]
    for number, roster in enumerate(waiting):
        signature = sign_roster(
            quarter=quarter,
            department=roster.department,
            digest=roster.digest,
            actor=roster.signers[0] if roster.signers else office,
            today=day,
            reason="" if roster.signers else IN_PLACE,
        )
        at = timezone.make_aware(datetime.combine(day, time(9 + number % 8, 7 * number % 60)))
        RosterSignature.objects.filter(pk=signature.pk).update(at=at)
    return len(waiting)


@transaction.atomic
def open_taking(bureau: Bureau, code: str) -> int:
    """Some lists of the running quarter are signed and some points asked for, once; returns how many requests wait."""
    if ItemRequest.objects.filter(bureau=bureau).exists():
        return 0
    sign_lists(bureau, code, EARLY, every=2)
    quarter = Quarter.objects.get(bureau=bureau, code=code)
    heads = Employee.objects.filter(bureau=bureau, is_demo=True, role__kind=Role.Kind.DEPARTMENT_HEAD)
    head = heads.order_by("-number").first()
    asking = list(
        Employee.objects.filter(bureau=bureau, is_demo=True, role__isnull=True)
        .exclude(department__is_assessor=True)
        .order_by("number")[:1]
    )
    if head is not None:
        colleagues = Employee.objects.filter(department=head.department, left_on__isnull=True, role__isnull=True)
        asking += list(colleagues.exclude(pk__in=[one.pk for one in asking]).order_by("number")[:2])
    versions = points_in_force(bureau, code)
    asked = 0
    for person, reason in zip(asking, REASONS, strict=False):
        held = set(Item.objects.filter(quarter=quarter, employee=person).values_list("point_id", flat=True))
        points: list[AssessmentPoint] = [
            version.point
            for version in versions
            if version.point.library == "individual"
            and version.point_id not in held
            and version.cycle == "month"
            and not is_own_point(person, version)
        ]
        asked += len(ask(points=points[asked : asked + 2], quarter=quarter, actor=person, reason=reason))
    return asked
