"""改进事项 carried into the next year's library: a new point, or a revision of the copy that is there already."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import services as audit
from awards.models import UseLine, UseList
from awards.permissions.uses import may_carry
from awards.queries.uses import title_of
from common.errors import Conflict
from common.text import for_the_record
from indicators.models import AssessmentPoint, KeyWork, PointVersion
from indicators.services.key_works import create_key_work
from indicators.services.points import DEMANDS, create_point, last_version, revise_point
from organization.models import Employee
from tasks_market.services.steps import filled, require


@dataclass(frozen=True, slots=True)
class Carrying:
    """What carrying a line would do: to which year and point, what the point demands now, and whether it is there."""

    year: int
    code: str
    version: PointVersion
    there: AssessmentPoint | None


def carrying(line: UseLine) -> Carrying:
    """What would be carried, as the form shows it. The line has a point."""
    assert line.point is not None
    year = int(line.use_list.period) + 1
    there = AssessmentPoint.objects.filter(bureau=line.point.bureau_id, year=year, code=line.point.code).first()
    return Carrying(year, line.point.code, last_version(there or line.point), there)


@transaction.atomic
def carry_improvement(
    *, line: UseLine, name: str, standard: str, full: Decimal, reason: str, actor: Employee
) -> AssessmentPoint:
    """Carries a decided improvement into the library of the year after the list's, once.

    A point of the same code that was copied there is revised from that year's first quarter; else it is created, with
    its key work where the year has none of that code. Raises Refused, Conflict if it was carried already, and what
    the library itself refuses (InvalidInput, Frozen).
    """
    require(may_carry(actor, line))
    reason = filled(reason, "reason", _("请写明改进什么。"))
    UseList.objects.select_for_update(of=("self",), no_key=True).get(pk=line.use_list_id)
    plan = carrying(line)
    changed = {"name": name.strip(), "standard": standard.strip(), "full": full}
    point = _revised(plan, changed, reason, line, actor) if plan.there else _created(plan, changed, reason, line, actor)
    carried = UseLine.objects.filter(pk=line.pk, carried_to__isnull=True).update(carried_to=point)
    if carried != 1:
        raise Conflict(_("这一项已经转入下年度指标库，不能再转一次。"), code="carried")
    line.carried_to = point
    audit.record(
        actor=actor,
        action="use.carry",
        bureau=line.use_list.bureau,
        target=line,
        label=for_the_record(gettext_lazy("%(code)s 转入 %(year)s 年"), code=plan.code, year=plan.year),
        after={"point": point.code, "year": plan.year, "revised": bool(plan.there)},
        reason=reason,
    )
    return point


def _revised(plan: Carrying, changed: dict[str, Any], reason: str, line: UseLine, actor: Employee) -> AssessmentPoint:
    assert plan.there is not None
    revise_point(
        point=plan.there,
        from_quarter=f"{plan.year}Q1",
        demands=changed,
        reason=reason,
        requested_by=title_of(line.use_list),
        approved_by=_signer(line),
        actor=actor,
    )
    return plan.there


def _created(plan: Carrying, changed: dict[str, Any], reason: str, line: UseLine, actor: Employee) -> AssessmentPoint:
    assert line.point is not None
    demands = {field: getattr(plan.version, field) for field in DEMANDS} | changed
    demands["key_work"] = _key_work(plan, actor)
    return create_point(
        bureau=line.use_list.bureau,
        year=plan.year,
        code=plan.code,
        library=line.point.library,
        demands=demands,
        actor=actor,
        reason=reason,
    )


def _key_work(plan: Carrying, actor: Employee) -> KeyWork:
    """The next year's key work of the same code, made where there is none yet."""
    old = plan.version.key_work
    found = KeyWork.objects.filter(bureau=old.bureau_id, year=plan.year, code=old.code).first()
    return found or create_key_work(
        bureau=old.bureau, year=plan.year, code=old.code, kind=old.kind, name=old.name, department=old.department,
        actor=actor,
    )  # fmt: skip


def _signer(line: UseLine) -> str:
    return line.use_list.signed_by.name if line.use_list.signed_by else ""
