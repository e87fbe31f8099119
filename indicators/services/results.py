"""考评结果: facts are entered, the system works out the points; every step is dated and signed (domain.md, Results)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
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
from indicators.queries import collection_closes, nodes_held, points_in_force, rule_of
from indicators.rules import check_input, points_hundredths, tier_name
from indicators.services.quarters import lock_for_input
from organization.models import Bureau, Employee

State = Result.State
MOST_FACTS = 5000
"""How many machine facts one call takes (interfaces.md)."""

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
    faults |= _node_faults(version, quarter, employee, period, _item_of(quarter, employee, point))
    if faults:
        raise InvalidInput(clauses(faults.values()), fields=faults)
    nodes = Result.objects.select_for_update().filter(employee=employee, point=point, period=period)
    old = nodes.order_by("pk").first()
    if old and old.state == State.CONFIRMED and actor is not None and not actor.has_role("office"):
        raise Conflict(_("这条结果已经确认，不能再改；确需更正请联系绩效办。"))
    result = old or Result(bureau=employee.bureau, quarter=quarter, employee=employee, point=point, period=period)
    before = _facts(old) if old else None
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
        after=_facts(result),
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


@dataclass(frozen=True, slots=True)
class Fact:
    """One machine fact as it comes in: the node's period, codes of person and point, and the raw input."""

    period: str
    employee_no: str
    point: str
    value: Decimal | None = None
    tier: str = ""
    note: str = ""


@transaction.atomic
def post_facts(*, bureau: Bureau, facts: Sequence[Fact], actor: Employee | None, today: date) -> tuple[int, int]:
    """Writes machine facts, all or nothing; returns how many results were created and changed (interfaces.md).

    They skip the head's review and count unless disputed (domain.md, Results). A fact that is there already leaves no
    trace. InvalidInput lists every fault as `{"row", "field", "message"}`, rows counted from 0.
    """
    permissions.may_post_facts(actor, bureau).require()
    if len(facts) > MOST_FACTS:
        raise InvalidInput(_("一次最多报送 %(most)d 条，现在是 %(now)d 条。") % {"most": MOST_FACTS, "now": len(facts)})
    checked = _FactCheck(bureau, facts, _locked_quarters(bureau, facts))
    if checked.faults:
        raise InvalidInput(
            _("有 %(count)d 处不对，一条也没有保存。") % {"count": len(checked.faults)}, fields={"rows": checked.faults}
        )
    return _write_facts(checked, actor, today)


def _locked_quarters(bureau: Bureau, facts: Sequence[Fact]) -> dict[str, Quarter]:
    """The quarters of the facts, locked in their order before versions are read; `_FactCheck` names what is no period."""
    codes = set()
    for fact in facts:
        with suppress(ValueError):
            codes.add(str(quarter_of_period(fact.period)))
    rows = Quarter.objects.filter(bureau=bureau, code__in=codes).order_by("code")
    return {quarter.code: lock_for_input(quarter) for quarter in rows}


class _FactCheck:
    """Resolves and checks a list of facts with as many queries for five thousand as for one."""

    def __init__(self, bureau: Bureau, facts: Sequence[Fact], quarters: dict[str, Quarter]) -> None:
        self.bureau = bureau
        self.quarters = quarters
        self.faults: list[dict[str, object]] = []
        self.rows: list[tuple[Fact, Employee, PointVersion, Quarter]] = []
        people = Employee.objects.filter(bureau=bureau, number__in={fact.employee_no for fact in facts})
        self._people = {person.number: person for person in people}
        self._versions = {
            code: {version.point.code: version for version in points_in_force(bureau, code)} for code in quarters
        }
        held = Item.objects.filter(quarter__in=quarters.values(), employee__in=self._people.values())
        self._items = {(item.quarter_id, item.employee_id, item.point_id): item for item in held}
        seen: set[tuple[str, str, str]] = set()
        for number, fact in enumerate(facts):
            self._check(number, fact, seen)

    def _check(self, number: int, fact: Fact, seen: set[tuple[str, str, str]]) -> None:
        faults = self._faults(fact)
        key = (fact.period, fact.employee_no, fact.point)
        if not faults and key in seen:
            faults = {"period": _("同一人、同一考点、同一期间报送了两次")}
        seen.add(key)
        self.faults.extend({"row": number, "field": name, "message": str(text)} for name, text in faults.items())

    def _faults(self, fact: Fact) -> dict[str, object]:
        try:
            code = str(quarter_of_period(fact.period))
        except ValueError:
            return {"period": _("期间“%s”不对，应当写成 2023-01 或 2023Q1 的样子") % fact.period}
        quarter, employee = self.quarters.get(code), self._people.get(fact.employee_no)
        if quarter is None:
            return {"period": _("%s 还没有开立") % code}
        if employee is None:
            return {"employee_no": _("本单位没有工号 %s") % fact.employee_no}
        version = self._versions[code].get(fact.point)
        if version is None:
            return {"point": _("%(quarter)s 没有考点 %(point)s") % {"quarter": code, "point": fact.point}}
        faults = self._input_faults(fact, version)
        item = self._items.get((quarter.pk, employee.pk, version.point_id))
        faults |= _node_faults(version, quarter, employee, fact.period, item)
        if not faults:
            self.rows.append((fact, employee, version, quarter))
        return faults

    @staticmethod
    def _input_faults(fact: Fact, version: PointVersion) -> dict[str, object]:
        if version.source != PointVersion.Source.MACHINE:
            return {"point": _("%s 是人工考点，不接受机考数据") % fact.point}
        if fact.value is None and not fact.tier:
            return {"value": _("没有数据；应当填完成值或档次")}
        return input_faults(version, value=fact.value, tier=tier_name(fact.tier))


def _write_facts(checked: _FactCheck, actor: Employee | None, today: date) -> tuple[int, int]:
    late = {code: today > collection_closes(checked.bureau, code) for code in checked.quarters}
    touched = Result.objects.select_for_update(of=("self",)).filter(
        quarter__in=checked.quarters.values(), point__in={version.point_id for _f, _e, version, _q in checked.rows}
    )
    existing = {
        (row.employee_id, row.point_id, row.period): row
        for row in touched.select_related("employee", "point").order_by("pk")
    }
    now = timezone.now()
    created: list[Result] = []
    changed: list[Result] = []
    before: dict[int, dict[str, Any]] = {}
    for fact, employee, version, quarter in checked.rows:
        row = existing.get((employee.pk, version.point_id, fact.period))
        given: dict[str, Any] = {"value": fact.value, "tier": tier_name(fact.tier)}
        if row is not None:
            if (row.value, row.tier, row.note, row.state) == (*given.values(), fact.note, State.CONFIRMED):
                continue
            before[id(row)] = _facts(row)
            changed.append(row)
        else:
            row = Result(
                bureau=checked.bureau, quarter=quarter, employee=employee, point=version.point, period=fact.period
            )
            created.append(row)
        row.value, row.tier, row.note = fact.value, given["tier"], fact.note
        row.target, row.exempt, row.return_reason = None, False, ""
        row.points = node_points(version, **given)
        row.source, row.state, row.late = PointVersion.Source.MACHINE, State.CONFIRMED, late[quarter.code]
        row.entered_by, row.entered_at, row.confirmed_at = actor, now, now
    Result.objects.bulk_create(created, batch_size=500)
    Result.objects.bulk_update(
        changed,
        [*INPUTS, "points", "source", "state", "late", "entered_by", "entered_at", "confirmed_at", "return_reason"],
        batch_size=200,
    )
    audit.record_many(
        audit.compose(
            actor=actor,
            action="result.fact",
            bureau=checked.bureau,
            target=row,
            label=label_of(row),
            before=before.get(id(row)),
            after=_facts(row),
        )
        for row in (*created, *changed)
    )
    return len(created), len(changed)


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


def _node_faults(
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


def _facts(result: Result) -> dict[str, Any]:
    """A result for the audit log."""
    return {name: getattr(result, name) for name in (*INPUTS, "points", "state", "late")}
