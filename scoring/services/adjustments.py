"""加减分: recorded with their basis by the office, disciplinary minuses by the discipline role too (domain.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from common.errors import Conflict, InvalidInput
from common.quarters import QuarterCode
from common.text import clauses
from indicators.services.quarters import ensure_quarter, lock_for_input
from organization.models import Employee
from scoring.models import Adjustment
from scoring.permissions import may_write_adjustment


@dataclass(frozen=True, slots=True)
class AdjustmentFacts:
    """What an adjustment says; `points` > 0 with at most two decimals, `disciplinary` only of a minus."""

    employee: Employee
    day: date
    kind: str
    points: Decimal
    matter: str
    basis: str
    disciplinary: bool = False


@transaction.atomic
def record_adjustment(*, facts: AdjustmentFacts, actor: Employee) -> Adjustment:
    """Writes a plus or minus that counts at once (计入) in the quarter of its day.

    Raises Refused, InvalidInput for facts that cannot be, Conflict for the same matter twice, Frozen for a published
    quarter.
    """
    may_write_adjustment(actor, facts.employee.bureau, disciplinary=facts.disciplinary).require()
    _check(facts)
    quarter = ensure_quarter(facts.employee.bureau, str(QuarterCode.of(facts.day)), actor=actor)
    lock_for_input(quarter)
    _require_unique(facts, None)
    now = timezone.now()
    adjustment = Adjustment.objects.create(
        bureau=facts.employee.bureau,
        quarter=quarter,
        state=Adjustment.State.COUNTED,
        entered_by=actor,
        entered_at=now,
        counted_by=actor,
        counted_at=now,
        **_columns(facts),
    )
    record(
        actor=actor, action="adjustment.record", target=adjustment, label=_label(adjustment), after=_facts(adjustment)
    )
    return adjustment


@transaction.atomic
def change_adjustment(*, adjustment: Adjustment, facts: AdjustmentFacts, actor: Employee) -> Adjustment:
    """Corrects an adjustment before its quarter is shown; both the old and the new quarter must still take input.

    Raises as `record_adjustment`, and Conflict for one that no longer counts.
    """
    for disciplinary in {adjustment.disciplinary, facts.disciplinary}:
        may_write_adjustment(actor, adjustment.bureau, disciplinary=disciplinary).require()
    if facts.employee.bureau_id != adjustment.bureau_id:
        raise InvalidInput(_("只能登记本单位人员的加减分。"), fields={"employee": _("请填写本单位人员的工号")})
    _check(facts)
    quarter = ensure_quarter(adjustment.bureau, str(QuarterCode.of(facts.day)), actor=actor)
    for one in sorted({adjustment.quarter, quarter}, key=lambda row: row.code):
        lock_for_input(one)
    adjustment = _still_counting(adjustment)
    _require_unique(facts, adjustment)
    before = _facts(adjustment)
    adjustment.quarter = quarter
    for name, value in _columns(facts).items():
        setattr(adjustment, name, value)
    after = _facts(adjustment)
    if before != after:
        adjustment.save()
        record(
            actor=actor,
            action="adjustment.change",
            target=adjustment,
            label=_label(adjustment),
            before={key: value for key, value in before.items() if after[key] != value},
            after={key: value for key, value in after.items() if before[key] != value},
        )
    return adjustment


@transaction.atomic
def refuse_adjustment(*, adjustment: Adjustment, actor: Employee, reason: str) -> Adjustment:
    """Takes an adjustment out of the scores (不予计入); the row and its history stay. Raises as `record_adjustment`."""
    may_write_adjustment(actor, adjustment.bureau, disciplinary=adjustment.disciplinary).require()
    if not reason.strip():
        raise InvalidInput(_("不予计入要写明理由。"), fields={"reason": _("请写明不予计入的理由")})
    lock_for_input(adjustment.quarter)
    before = adjustment.state
    taken = Adjustment.objects.filter(pk=adjustment.pk, state=before).exclude(state=Adjustment.State.REFUSED)
    if taken.update(state=Adjustment.State.REFUSED, counted_by=actor, counted_at=timezone.now()) != 1:
        raise Conflict(_("这条加减分已经不予计入；请刷新页面再看。"))
    adjustment.refresh_from_db()
    record(
        actor=actor,
        action="adjustment.refuse",
        target=adjustment,
        label=_label(adjustment),
        before={"state": before},
        after={"state": adjustment.state},
        reason=reason.strip(),
    )
    return adjustment


def _still_counting(adjustment: Adjustment) -> Adjustment:
    """The row as it stands, locked; Conflict if it was taken out or moved to another quarter since it was read."""
    rows = Adjustment.objects.select_for_update(of=("self",)).select_related("employee", "quarter", "bureau")
    found = rows.get(pk=adjustment.pk)
    if found.state == Adjustment.State.REFUSED:
        raise Conflict(_("这条加减分已经不予计入，不能再改；确需计入请重新登记。"))
    if found.quarter_id != adjustment.quarter_id:
        raise Conflict(_("这条加减分刚刚被别人改到另一季度；请刷新页面再看。"))
    return found


def _check(facts: AdjustmentFacts) -> None:
    faults: dict[str, object] = {}
    if facts.points <= 0:
        faults["points"] = _("分值应当大于 0；减分请在类型里选“减分”")
    if facts.disciplinary and facts.kind != Adjustment.Kind.MINUS:
        faults["disciplinary"] = _("只有减分才能标为违纪")
    if not facts.matter.strip():
        faults["matter"] = _("请写明事由")
    if not facts.basis.strip():
        faults["basis"] = _("请写明依据的文件或记录")
    if faults:
        raise InvalidInput(clauses(faults.values()), fields=faults)


def _require_unique(facts: AdjustmentFacts, own: Adjustment | None) -> None:
    twins = Adjustment.objects.filter(
        day=facts.day, employee=facts.employee, kind=facts.kind, matter=facts.matter.strip()
    )
    if own is not None:
        twins = twins.exclude(pk=own.pk)
    if twins.exists():
        raise Conflict(
            _("%(person)s在 %(day)s 已有同一事由的%(kind)s；请修改那一条，不要重复登记。")
            % {"person": facts.employee.name, "day": facts.day, "kind": Adjustment.Kind(facts.kind).label}
        )


def _columns(facts: AdjustmentFacts) -> dict[str, Any]:
    return {
        "employee": facts.employee,
        "day": facts.day,
        "kind": facts.kind,
        "points": facts.points,
        "matter": facts.matter.strip(),
        "basis": facts.basis.strip(),
        "disciplinary": facts.disciplinary,
    }


def _facts(adjustment: Adjustment) -> dict[str, Any]:
    return {
        "employee": str(adjustment.employee),
        "day": adjustment.day.isoformat(),
        "kind": adjustment.kind,
        "points": str(adjustment.points),
        "matter": adjustment.matter,
        "basis": adjustment.basis,
        "disciplinary": adjustment.disciplinary,
    }


def _label(adjustment: Adjustment) -> str:
    return f"{adjustment.employee} {adjustment}"
