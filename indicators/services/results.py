"""考评结果: facts are entered, the system works out the points; every step is dated and signed (domain.md, Results)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import services as audit
from common.errors import Conflict, InvalidInput
from common.exact import from_hundredths, hundredths
from common.quarters import quarter_of_period
from common.text import clauses, listed
from indicators import permissions
from indicators.models import AssessmentPoint, Item, Library, PointVersion, Quarter, Result
from indicators.queries import collection_closes, nodes_held, rule_of
from indicators.rules import check_input, points_hundredths, tier_name
from indicators.services.quarters import lock_for_input
from organization.models import Bureau, Employee

State = Result.State
INPUTS = ("value", "tier", "target", "exempt", "note")


def node_points(
    version: PointVersion,
    *,
    value: Decimal | None = None,
    tier: str = "",
    target: Decimal | None = None,
    exempt: bool = False,
) -> Decimal | None:
    """Points of one node by the version's rule (scoring.md §1); None if it is exempt or its input is missing."""
    if exempt:
        return None
    points = points_hundredths(hundredths(version.full), rule_of(version), value=value, tier=tier, target=target)
    return None if points is None else from_hundredths(points)


@transaction.atomic
def enter_result(
    *,
    employee: Employee,
    point: AssessmentPoint,
    period: str,
    actor: Employee | None,
    today: date,
    value: Decimal | None = None,
    tier: str = "",
    target: Decimal | None = None,
    exempt: bool = False,
    note: str = "",
) -> Result:
    """Writes the fact of one node, new or in place of what was there, and works out its points.

    What an employee or liaison enters waits for the head's review, what the assessing department enters for its
    confirmation; what the office enters about others counts. Raises Refused, InvalidInput with a sentence for each
    field, Frozen or Conflict if the quarter takes no input, Conflict if the result is confirmed already.
    """
    quarter = _quarter_of(employee.bureau, period)
    lock_for_input(quarter)  # before the version is read, so that no revision comes between it and the points
    version = _version_of(point, quarter)
    permissions.may_enter_result(actor, employee, version).require()
    if exempt:
        permissions.may_mark_exempt(actor, employee.bureau).require()
    given: dict[str, Any] = {"value": value, "tier": tier_name(tier), "target": target, "exempt": exempt}
    faults = input_faults(version, **given)
    faults |= node_faults(version, quarter, employee, period, _item_of(quarter, employee, point))
    if faults:
        raise InvalidInput(clauses(faults.values()), fields=faults)
    nodes = Result.objects.select_for_update().filter(employee=employee, point=point, period=period)
    old = nodes.order_by("pk").first()
    if old and old.state == State.CONFIRMED and actor is not None and not actor.has_role("office"):
        raise Conflict(_("这条结果已经确认，不能再改；确需更正请联系绩效办。"))
    result = old or Result(bureau=employee.bureau, quarter=quarter, employee=employee, point=point, period=period)
    before = recorded(old) if old else None
    for name, content in given.items():
        setattr(result, name, content)
    result.note = note
    result.points = node_points(version, **given)
    result.source = PointVersion.Source.MANUAL
    result.late = today > collection_closes(employee.bureau, quarter.code)
    _sign_entry(result, actor, version)
    result.save()
    audit.record(
        actor=actor,
        action="result.enter",
        bureau=employee.bureau,
        target=result,
        label=label_of(result),
        before=before,
        after=recorded(result),
    )
    return result


@transaction.atomic
def review_result(*, result: Result, actor: Employee) -> Result:
    """The head's first review of a reported result."""
    result = _fresh(result)
    permissions.may_review(actor, result).require()
    return _move(result, State.REVIEWED, actor=actor, reviewed_by=actor, reviewed_at=timezone.now())


@transaction.atomic
def confirm_result(*, result: Result, actor: Employee) -> Result:
    """The assessing department's confirmation, by which a result counts in the final score."""
    result = _fresh(result)
    permissions.may_confirm(actor, result, _version_of(result.point, result.quarter)).require()
    return _move(result, State.CONFIRMED, actor=actor, confirmed_by=actor, confirmed_at=timezone.now())


@transaction.atomic
def return_result(*, result: Result, actor: Employee, reason: str) -> Result:
    """Sends a result back to whoever entered it, with the reason."""
    result = _fresh(result)
    permissions.may_return(actor, result, _version_of(result.point, result.quarter)).require()
    if not reason.strip():
        raise InvalidInput(_("退回要写明理由。"), fields={"reason": _("请写明退回的理由")})
    return _move(result, State.RETURNED, actor=actor, return_reason=reason)


def input_faults(
    version: PointVersion,
    *,
    value: Decimal | None = None,
    tier: str = "",
    target: Decimal | None = None,
    exempt: bool = False,
) -> dict[str, object]:
    """What the version's rule finds wrong with an input, by field (scoring.md §1)."""
    faults: dict[str, object] = {}
    for fault in check_input(rule_of(version), value=value, tier=tier, target=target, exempt=exempt):
        faults.setdefault(fault.field, fault.sentence)
    return faults


def label_of(result: Result) -> str:
    """How a result is named in the audit log."""
    return f"{result.period} {result.employee} {result.point.code}"


def _quarter_of(bureau: Bureau, period: str) -> Quarter:
    try:
        code = str(quarter_of_period(period))
    except ValueError as error:
        sentence = _("期间“%s”不对，应当写成 2023-01 或 2023Q1 的样子") % period
        raise InvalidInput(sentence, fields={"period": sentence}) from error
    quarter = Quarter.objects.filter(bureau=bureau, code=code).select_related("bureau").first()
    if quarter is None:
        sentence = _("%s 还没有开立") % code
        raise InvalidInput(sentence, fields={"period": sentence})
    return quarter


def _version_of(point: AssessmentPoint, quarter: Quarter) -> PointVersion:
    versions = PointVersion.objects.in_force(quarter.code).filter(point=point, withdrawn=False)
    version = versions.select_related("point", "assessor").first()
    if version is None:
        sentence = _("%(quarter)s 没有在用的考点 %(point)s") % {"quarter": quarter.code, "point": point.code}
        raise InvalidInput(sentence, fields={"point": sentence})
    return version


def _item_of(quarter: Quarter, employee: Employee, point: AssessmentPoint) -> Item | None:
    return Item.objects.filter(quarter=quarter, employee=employee, point=point).first()


def node_faults(
    version: PointVersion, quarter: Quarter, employee: Employee, period: str, item: Item | None
) -> dict[str, object]:
    """Whether the employee answers for the point in that period at all (scoring.md §2)."""
    library = version.point.library
    if library == Library.COMPETITIVE:
        return {"point": _("竞争性考点只归集任务，没有考评结果")}
    if library == Library.INDIVIDUAL and item is None:
        return {
            "point": _("%(name)s 在 %(quarter)s 没有领取 %(point)s")
            % {"name": employee.name, "quarter": quarter.code, "point": version.point.code}
        }
    taken_on = item.taken_on if item else None
    periods = [node.period for node in nodes_held(version, quarter.code, employee, taken_on=taken_on)]
    if period in periods:
        return {}
    known = listed(periods) or _("无")
    return {"period": _("%(period)s 没有这个考点的节点；应当是：%(known)s") % {"period": period, "known": known}}


def _sign_entry(result: Result, actor: Employee | None, version: PointVersion) -> None:
    """Who entered it and when, and where its way begins."""
    now = timezone.now()
    result.entered_by, result.entered_at, result.return_reason = actor, now, ""
    result.reviewed_by = result.confirmed_by = None
    result.reviewed_at = result.confirmed_at = None
    own = actor is not None and actor.pk == result.employee_id
    if actor is None or (actor.has_role("office") and not own):
        result.state, result.confirmed_by, result.confirmed_at = State.CONFIRMED, actor, now
    elif not own and permissions.acts_for_department(actor) and actor.department_id == version.assessor_id:
        result.state = State.REVIEWED
    else:
        result.state = State.REPORTED


STEPS: dict[str, tuple[set[str], str]] = {
    State.REVIEWED: ({State.REPORTED}, "result.review"),
    State.CONFIRMED: ({State.REVIEWED}, "result.confirm"),
    State.RETURNED: ({State.REPORTED, State.REVIEWED}, "result.return"),
}
"""For each state: from where it is reached, and the name of the act."""


def _fresh(result: Result) -> Result:
    rows = Result.objects.select_related("employee__department", "point", "quarter__bureau", "bureau")
    return rows.get(pk=result.pk)


def _move(result: Result, to: str, *, actor: Employee, **signature: Any) -> Result:
    """One step of a result, by an UPDATE that names the state it was read in."""
    lock_for_input(result.quarter)
    expected = result.state
    sources, action = STEPS[to]
    if expected not in sources:
        raise Conflict(
            _("这条结果现在是“%(now)s”，不能变为“%(to)s”。")
            % {"now": result.get_state_display(), "to": State(to).label}
        )
    if Result.objects.filter(pk=result.pk, state=expected).update(state=to, **signature) != 1:
        raise Conflict(_("这条结果刚刚被别人处理了；请刷新页面再看。"))
    audit.record(
        actor=actor,
        action=action,
        bureau=result.bureau,
        target=result,
        label=label_of(result),
        before={"state": expected},
        after={"state": to},
        reason=signature.get("return_reason", ""),
    )
    result.state = to
    for name, content in signature.items():
        setattr(result, name, content)
    return result


def recorded(result: Result) -> dict[str, Any]:
    """A result for the audit log."""
    return {name: getattr(result, name) for name in (*INPUTS, "points", "state", "late")}
