"""What an upheld appeal puts in place of what was, through the services of what it corrects (domain.md, Quarter's end)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from common.errors import InvalidInput
from common.exact import plain
from indicators.models import Result
from indicators.services.corrections import correct_result
from organization.models import Employee
from scoring.models import Appeal
from scoring.queries.appeals import periods_of
from scoring.services.corrections import correct_adjustment
from tasks_market.services.acceptance import correct_quality

Subject = Appeal.Subject


@dataclass(frozen=True, slots=True)
class Correction:
    """What an upheld appeal puts in place of what was: of a result its input (`period` where the appeal is about
    several nodes), of an adjustment other `points` or `refuse`, of a claim its `quality`."""

    period: str = ""
    value: Decimal | None = None
    tier: str = ""
    target: Decimal | None = None
    exempt: bool = False
    note: str = ""
    refuse: bool = False
    points: Decimal | None = None
    quality: Decimal | None = None


def correct(
    appeal: Appeal, correction: Correction | None, *, actor: Employee, reason: str, now: datetime
) -> dict[str, Any] | None:
    """Writes the correction; its row before and after, as the appeal keeps it. None where there is nothing to correct but
    the score itself. Raises InvalidInput."""
    if appeal.subject == Subject.OTHER:
        return None
    if correction is None:
        raise InvalidInput(_("裁定成立要写明更正后的内容。"), fields={"correction": _("请填写更正后的内容")})
    if appeal.subject == Subject.RESULT:
        return _correct_result(appeal, correction, actor=actor, reason=reason)
    if appeal.subject == Subject.CLAIM:
        return _correct_claim(appeal, correction, actor=actor, reason=reason)
    return _correct_adjustment(appeal, correction, actor=actor, reason=reason, now=now)


def _correct_result(appeal: Appeal, correction: Correction, *, actor: Employee, reason: str) -> dict[str, Any]:
    point = appeal.point
    assert point is not None
    period = appeal.period or correction.period
    if period not in periods_of(appeal):
        sentence = _("请选择要更正的节点")
        raise InvalidInput(sentence, fields={"period": sentence})
    old = Result.objects.filter(employee=appeal.employee_id, point=point, period=period).first()
    before = _input_of(old)
    result = correct_result(
        quarter=appeal.quarter,
        employee=appeal.employee,
        point=point,
        period=period,
        actor=actor,
        reason=reason,
        value=correction.value,
        tier=correction.tier,
        target=correction.target,
        exempt=correction.exempt,
        note=correction.note,
    )
    return {"period": period, "before": before, "after": _input_of(result)}


def _correct_claim(appeal: Appeal, correction: Correction, *, actor: Employee, reason: str) -> dict[str, Any]:
    claim = appeal.claim
    assert claim is not None
    if correction.quality is None:
        sentence = _("请填写更正后的质量系数")
        raise InvalidInput(sentence, fields={"quality": sentence})
    corrected = correct_quality(claim=claim, actor=actor, quality=correction.quality, reason=reason)
    before = Decimal(1) if claim.quality is None else claim.quality
    return {"before": {"quality": plain(before)}, "after": {"quality": plain(corrected.quality or Decimal(0))}}


def _correct_adjustment(
    appeal: Appeal, correction: Correction, *, actor: Employee, reason: str, now: datetime
) -> dict[str, Any]:
    adjustment = appeal.adjustment
    assert adjustment is not None
    if not correction.refuse and correction.points is None:
        sentence = _("请填写更正后的分值，或选择不予计入")
        raise InvalidInput(sentence, fields={"points": sentence})
    points = None if correction.refuse else correction.points
    fixed = correct_adjustment(adjustment=adjustment, actor=actor, points=points, reason=reason, now=now)
    return {
        "before": {"points": str(adjustment.points), "state": adjustment.state},
        "after": {"points": str(fixed.points), "state": fixed.state},
    }


def _input_of(result: Result | None) -> dict[str, Any]:
    """A node's input with its points, as numbers are written."""
    if result is None:
        return {}
    found: dict[str, Any] = {
        name: None if value is None else plain(value)
        for name, value in (("value", result.value), ("target", result.target))
    }
    points = None if result.points is None else str(result.points)
    return found | {"tier": result.tier, "exempt": result.exempt, "note": result.note, "points": points}
