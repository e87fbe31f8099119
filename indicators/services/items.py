"""领取: who holds which individual point in a quarter."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from audit import services as audit
from common.errors import Conflict, InvalidInput
from indicators.models import AssessmentPoint, Item, Library, PointVersion, Quarter, Result
from indicators.permissions import may_assign_items
from indicators.services.quarters import lock_for_input
from organization.models import Employee


@transaction.atomic
def take_on(
    *,
    employee: Employee,
    point: AssessmentPoint,
    quarter: Quarter,
    actor: Employee | None,
    taken_on: date | None = None,
) -> Item:
    """Enters that an employee holds an individual point in a quarter, from the month of `taken_on` (scoring.md §2).

    Raises InvalidInput if the point is not individual, not in force, of another bureau, the day lies outside the quarter
    or the employee is not in post; Conflict if it is held already; Frozen for a published quarter.
    """
    may_assign_items(actor, quarter.bureau).require()
    if {employee.bureau_id, point.bureau_id} != {quarter.bureau_id}:
        raise InvalidInput(_("干部、考点和季度应当属于同一单位。"))
    if point.library != Library.INDIVIDUAL:
        raise InvalidInput(_("只有个性考点需要领取；共性考点全员自动承担，竞争性考点通过任务市场。"))
    lock_for_input(quarter)
    if not PointVersion.objects.in_force(quarter.code).filter(point=point, withdrawn=False).exists():
        raise InvalidInput(_("%(point)s 在 %(code)s 没有在用的版本。") % {"point": point.code, "code": quarter.code})
    period = quarter.period
    if taken_on is not None and not period.contains(taken_on):
        sentence = _("领取日期应当在 %s 以内") % quarter.code
        raise InvalidInput(sentence, fields={"taken_on": sentence})
    if not Employee.objects.in_post_between(period.first_day, period.last_day).filter(pk=employee.pk).exists():
        raise InvalidInput(_("%(name)s 在 %(code)s 不在职。") % {"name": employee.name, "code": quarter.code})
    item, made = Item.objects.get_or_create(
        quarter=quarter,
        employee=employee,
        point=point,
        defaults={"bureau_id": quarter.bureau_id, "taken_on": taken_on},
    )
    if not made:
        raise Conflict(
            _("%(name)s 在 %(code)s 已经领取了 %(point)s。")
            % {"name": employee.name, "code": quarter.code, "point": point.code}
        )
    audit.record(
        actor=actor,
        action="item.take_on",
        bureau=quarter.bureau,
        target=item,
        label=_label(item),
        after={"taken_on": taken_on},
    )
    return item


@transaction.atomic
def hand_back(*, item: Item, actor: Employee | None, reason: str = "") -> None:
    """Takes a point off an employee's quarter; Conflict if results have been entered for it."""
    may_assign_items(actor, item.bureau).require()
    lock_for_input(item.quarter)
    entered = Result.objects.filter(quarter=item.quarter, employee=item.employee, point=item.point).count()
    if entered:
        raise Conflict(_("这一项已经有 %d 条考评结果，不能再交回；确需取消请把各节点标为不适用。") % entered)
    audit.record(
        actor=actor,
        action="item.hand_back",
        bureau=item.bureau,
        target=item,
        label=_label(item),
        before={"taken_on": item.taken_on},
        reason=reason,
    )
    item.delete()


def _label(item: Item) -> str:
    return f"{item.quarter.code} {item.employee} {item.point.code}"
