"""更正: an upheld appeal corrects a result, also of a settled quarter and also a machine's (domain.md, Quarter's end)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import services as audit
from common.errors import InvalidInput
from common.text import clauses
from indicators.models import AssessmentPoint, Item, PointVersion, Quarter, Result
from indicators.rules import tier_name
from indicators.services.quarters import lock_for_input
from indicators.services.results import input_faults, label_of, node_faults, node_points, recorded
from organization.models import Employee


@transaction.atomic
def correct_result(
    *,
    quarter: Quarter,
    employee: Employee,
    point: AssessmentPoint,
    period: str,
    actor: Employee,
    reason: str,
    value: Decimal | None = None,
    tier: str = "",
    target: Decimal | None = None,
    exempt: bool = False,
    note: str = "",
) -> Result:
    """Puts what was decided in place of a node's input, or where there was none, and works out its points; it counts.

    Who entered the fact stays on it; whoever decided stands as who confirmed it. Who may decide is the caller's to ask,
    and a settled quarter has to be opened for the correction. Raises Frozen or Conflict if it is not, InvalidInput with
    a sentence for each field, also when nothing would differ.
    """
    lock_for_input(quarter)
    version = PointVersion.objects.in_force(quarter.code).filter(point=point, withdrawn=False).first()
    if version is None:
        sentence = _("%(quarter)s 没有在用的考点 %(point)s") % {"quarter": quarter.code, "point": point.code}
        raise InvalidInput(sentence, fields={"point": sentence})
    version.point = point
    given: dict[str, Any] = {"value": value, "tier": tier_name(tier), "target": target, "exempt": exempt}
    faults = input_faults(version, **given)
    if value is None and not given["tier"] and not exempt and not faults:
        name = "tier" if version.method == PointVersion.Method.TIER else "value"
        faults[name] = _("请填写更正后的数据，或标为不适用")
    item = Item.objects.filter(quarter=quarter, employee=employee, point=point).first()
    faults |= node_faults(version, quarter, employee, period, item)
    if faults:
        raise InvalidInput(clauses(faults.values()), fields=faults)
    nodes = Result.objects.select_for_update().filter(employee=employee, point=point, period=period)
    old = nodes.order_by("pk").first()
    result = old or Result(
        bureau_id=quarter.bureau_id, quarter=quarter, employee=employee, point=point, period=period, entered_by=actor
    )
    before, now = recorded(result) if old else None, timezone.now()
    if old and old.state == Result.State.CONFIRMED and all(getattr(old, name) == given[name] for name in given):
        sentence = _("更正后的数据与原来一样；要维持原结果，请裁定申诉不成立")
        raise InvalidInput(sentence, fields={"value": sentence})
    for name, content in (given | {"note": note.strip() or result.note}).items():
        setattr(result, name, content)
    result.points = node_points(version, **given)
    result.entered_at = result.entered_at or now
    result.state, result.return_reason = Result.State.CONFIRMED, ""
    result.confirmed_by, result.confirmed_at = actor, now
    result.save()
    audit.record(
        actor=actor,
        action="result.correct",
        bureau=quarter.bureau,
        target=result,
        label=label_of(result),
        before=before,
        after=recorded(result),
        reason=reason,
    )
    return result
