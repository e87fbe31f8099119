"""Life on the assessors' desks: September's reports of the sample, some to be reviewed, some to be confirmed, one returned,
and pluses that wait for the office and the leading group.

They are facts that the sample does not have, entered by its people through the same services; what is not confirmed or
counted enters no score.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from common.errors import DomainError
from indicators.models import Library, PointVersion, Quarter, Result
from indicators.queries import nodes_of, points_in_force, rule_of
from indicators.rules import Count, Deduct, Done, Ratio, Tier
from indicators.services.assessing import return_result, review_result
from indicators.services.entering import enter_result
from organization.models import Bureau, Department, Employee, Role
from scoring.models import Adjustment
from scoring.services.adjustments import AdjustmentFacts, request_adjustment, step_adjustment

REPORTING = ("D05", "D14")
"""Departments whose staff have reported: the demonstration's head leads the first, the second is the largest."""
MOST_POINTS, MOST_PEOPLE = 12, 9
FAULTY = 5
"""Every fifth report has lost something."""
RETURNED = "佐证材料不全，请补充"
LONG_AGO = 9
"""Days since which the oldest have been waiting."""


@transaction.atomic
def fill_desks(bureau: Bureau, code: str) -> int:
    """Enters the reports once; returns how many there are now."""
    quarter = Quarter.objects.get(bureau=bureau, code=code)
    underway = Result.objects.filter(quarter=quarter).exclude(state=Result.State.CONFIRMED)
    if underway.exists() or not quarter.takes_input:
        return 0
    entered = 0
    for place, (department, person, version, period) in enumerate(_nodes(bureau, quarter)):
        try:
            with transaction.atomic():
                result = enter_result(
                    employee=person,
                    point=version.point,
                    period=period,
                    actor=person,
                    today=bureau.today,
                    **_facts(version, lost=place % FAULTY == FAULTY - 1),
                )
        except DomainError:
            continue  # the node is not the person's, or is confirmed already
        entered += 1
        _go_on(result, place, department)
        _date(result, place, bureau.today)
    return entered


def _date(result: Result, place: int, today: date) -> None:
    """Entered on one of the days before the calendar stopped, and reviewed the day after; each seventh waits too long."""
    ago = LONG_AGO if place % 7 == 0 else 1 + place % 3
    entered = timezone.make_aware(datetime.combine(today - timedelta(days=ago), time(10)))
    moments = {"entered_at": entered}
    if result.reviewed_at:
        moments["reviewed_at"] = entered + timedelta(days=1)
    Result.objects.filter(pk=result.pk).update(**moments)


def _nodes(bureau: Bureau, quarter: Quarter) -> Iterator[tuple[Department, Employee, PointVersion, str]]:
    versions = [
        version
        for version in points_in_force(bureau, quarter.code)
        if version.point.library == Library.COMMON and version.source == PointVersion.Source.MANUAL
    ]
    known = set(Result.objects.filter(quarter=quarter).values_list("employee_id", "point_id", "period"))
    for department in Department.objects.filter(bureau=bureau, code__in=REPORTING).order_by("code"):
        people = Employee.objects.filter(bureau=bureau, department=department, left_on__isnull=True, is_active=True)
        staff = people.exclude(role__kind=Role.Kind.DEPARTMENT_HEAD).select_related("bureau", "department")
        for person in staff.order_by("number")[:MOST_PEOPLE]:
            free = [
                (version, node.period)
                for version in versions
                for node in nodes_of(version, quarter.code)
                if (person.pk, version.point_id, node.period) not in known
            ]
            for version, period in free[:MOST_POINTS]:
                yield department, person, version, period


def _facts(version: PointVersion, *, lost: bool) -> dict[str, Any]:
    rule = rule_of(version)
    if isinstance(rule, Tier):
        return {"tier": rule.names[min(1, len(rule.names) - 1) if lost else 0]}
    if isinstance(rule, Ratio):
        return {"value": rule.target * (Decimal("0.94") if lost else 1)}
    if isinstance(rule, Count):
        return {"value": Decimal(2 if lost else 6)}
    assert isinstance(rule, Deduct | Done)
    return {"value": Decimal(1 if lost else 0)}


def _go_on(result: Result, place: int, department: Department) -> None:
    """The first department's reports wait for its head, but for the second, which came back; the others are reviewed."""
    head = Employee.objects.filter(department=department, role__kind=Role.Kind.DEPARTMENT_HEAD).first()
    if head is None:
        return
    if place == 1:
        return_result(result=result, actor=head, reason=RETURNED)
    elif department.code != REPORTING[0]:
        result.reviewed_at = review_result(result=result, actor=head).reviewed_at


ASKED = (
    ("D14", "八月征期连续加班保障办税厅秩序", "1.00", "县局《八月征期工作通报》溪税发〔2023〕41号", False),
    ("D05", "重点税源分析获市局领导批示", "1.50", "市局批示件，市税办函〔2023〕17号", True),
)
"""Department, matter, points, basis, and whether the office has reviewed it already."""


@transaction.atomic
def ask_for_pluses(bureau: Bureau, code: str) -> int:
    """Pluses asked for by the departments' liaisons, one at the office and one at the leading group; once."""
    quarter = Quarter.objects.get(bureau=bureau, code=code)
    if not quarter.takes_input or Adjustment.objects.filter(quarter=quarter, steps__isnull=False).exists():
        return 0
    office = Employee.objects.filter(bureau=bureau, role__kind=Role.Kind.OFFICE).order_by("number")[0]
    for department, matter, points, basis, reviewed in ASKED:
        people = Employee.objects.filter(bureau=bureau, department__code=department, left_on__isnull=True)
        liaison = people.filter(role__kind=Role.Kind.LIAISON).order_by("number")[0]
        person = people.filter(role__isnull=True).select_related("bureau").order_by("number")[0]
        facts = AdjustmentFacts(
            employee=person,
            day=bureau.today,
            kind=Adjustment.Kind.PLUS,
            points=Decimal(points),
            matter=matter,
            basis=basis,
        )
        asked = request_adjustment(facts=facts, actor=liaison, today=bureau.today)
        if reviewed:
            step_adjustment(adjustment=asked, to=Adjustment.State.REVIEWED, actor=office, today=bureau.today)
    return len(ASKED)
