"""Machine facts (机考): what the application or another system measures; they count unless disputed (domain.md, Results)."""

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
from common.errors import InvalidInput
from common.quarters import quarter_of_period
from indicators import permissions
from indicators.models import Item, PointVersion, Quarter, Result
from indicators.queries import collection_closes, points_in_force
from indicators.rules import tier_name
from indicators.services.quarters import lock_for_input
from indicators.services.results import INPUTS, input_faults, label_of, node_faults, node_points, recorded
from organization.models import Bureau, Employee

State = Result.State
MOST_FACTS = 5000
"""How many machine facts one call takes (interfaces.md)."""


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
        faults |= node_faults(version, quarter, employee, fact.period, item)
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
            before[id(row)] = recorded(row)
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
            after=recorded(row),
        )
        for row in (*created, *changed)
    )
    return len(created), len(changed)
