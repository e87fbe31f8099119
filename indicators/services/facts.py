"""Machine facts (机考): what the application or another system measures; they count unless disputed (domain.md, Results)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import services as audit
from audit.models import Entry
from common.errors import InvalidInput
from common.quarters import quarter_of_period
from common.text import for_the_record
from indicators import permissions
from indicators.deadlines import held_nodes
from indicators.models import AssessmentPoint, Item, Library, PointVersion, Quarter, Result
from indicators.queries import collection_closes, nodes_of, points_in_force, rule_of
from indicators.rules import tier_name
from indicators.services.quarters import lock_for_input
from indicators.services.results import input_faults, label_of, node_faults, node_points, recorded, save_results
from indicators.sources import FactSource, Tally, fact_value, find_source, span_of, tallies
from notifications.services import notify
from organization.models import Bureau, Employee, Role

MACHINE = PointVersion.Source.MACHINE
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
def post_facts(
    *,
    bureau: Bureau,
    facts: Sequence[Fact],
    actor: Employee | None,
    today: date,
    system: str = "",
    source: FactSource | None = None,
) -> tuple[int, int]:
    """Writes machine facts, all or nothing; returns how many results were created and changed (interfaces.md).

    They skip the head's review and count unless disputed (domain.md, Results). A fact that is there already leaves no
    trace; what the office marked 不适用 or an upheld appeal decided stays so. `system` is the program outside that sends them, `source` what of
    the application's own they were worked out from; results and audit lines name it. InvalidInput lists every fault as
    `{"row", "field", "message"}`, rows counted from 0.
    """
    permissions.may_post_facts(actor, bureau).require()
    if len(facts) > MOST_FACTS:
        raise InvalidInput(_("一次最多报送 %(most)d 条，现在是 %(now)d 条。") % {"most": MOST_FACTS, "now": len(facts)})
    checked = _FactCheck(bureau, facts, _locked_quarters(bureau, facts), source.key if source else "")
    if checked.faults:
        raise InvalidInput(
            _("有 %(count)d 处不对，一条也没有保存。") % {"count": len(checked.faults)}, fields={"rows": checked.faults}
        )
    # What the application works out itself comes when it comes: only what others send can be late.
    late = {code: source is None and today > collection_closes(bureau, code) for code in checked.quarters}
    origin = for_the_record("%s", source.label) if source else system
    return _write_facts(checked, actor=actor, late=late, origin=origin)


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

    def __init__(self, bureau: Bureau, facts: Sequence[Fact], quarters: dict[str, Quarter], source: str) -> None:
        self.bureau = bureau
        self.source = source
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

    def _input_faults(self, fact: Fact, version: PointVersion) -> dict[str, object]:
        if version.source != PointVersion.Source.MACHINE:
            return {"point": _("%s 是人工考点，不接受机考数据") % fact.point}
        if version.point.fact_source != self.source:
            return {"point": _("%s 由本系统自动计算，不接受外部报送") % fact.point}
        if fact.value is None and not fact.tier:
            return {"value": _("没有数据；应当填完成值或档次")}
        return input_faults(version, value=fact.value, tier=tier_name(fact.tier))


def _write_facts(
    checked: _FactCheck, *, actor: Employee | None, late: Mapping[str, bool], origin: str
) -> tuple[int, int]:
    touched = Result.objects.select_for_update(of=("self",)).filter(
        quarter__in=checked.quarters.values(), point__in={version.point_id for _f, _e, version, _q in checked.rows}
    )
    existing = {
        (row.employee_id, row.point_id, row.period): row
        for row in touched.select_related("employee", "point").order_by("pk")
    }
    decided = _decided_by_appeal(checked.bureau)
    now = timezone.now()
    created: list[Result] = []
    changed: list[Result] = []
    before: dict[int, dict[str, Any]] = {}
    for fact, employee, version, quarter in checked.rows:
        row = existing.get((employee.pk, version.point_id, fact.period))
        given: dict[str, Any] = {"value": fact.value, "tier": tier_name(fact.tier)}
        if row is None:
            row = Result(
                bureau=checked.bureau, quarter=quarter, employee=employee, point=version.point, period=fact.period
            )
            created.append(row)
        else:
            as_it_is = (row.value, row.tier, row.note, row.state, row.source, row.origin)
            if (
                row.exempt
                or row.pk in decided
                or as_it_is == (*given.values(), fact.note, State.CONFIRMED, MACHINE, origin)
            ):
                continue
            before[id(row)] = recorded(row)
            changed.append(row)
        row.value, row.tier, row.note, row.origin = fact.value, given["tier"], fact.note, origin
        row.target, row.return_reason = None, ""
        row.points = node_points(version, **given)
        row.source, row.state, row.late = MACHINE, State.CONFIRMED, late[quarter.code]
        row.entered_by, row.entered_at, row.confirmed_by, row.confirmed_at = actor, now, None, now
        row.reviewed_by = row.reviewed_at = None
    save_results([*created, *changed])
    audit.record_many(
        audit.compose(
            actor=actor,
            action="result.fact",
            bureau=checked.bureau,
            target=row,
            label=label_of(row),
            before=before.get(id(row)),
            after=recorded(row) | {"origin": origin},
            system=origin,
        )
        for row in (*created, *changed)
    )
    return len(created), len(changed)


def _decided_by_appeal(bureau: Bureau) -> frozenset[int]:
    """The results that an upheld appeal corrected: a quarter that goes back to reviewing keeps what was decided."""
    corrections = Entry.objects.filter(
        action="result.correct", bureau_code=bureau.code, target_type=Result._meta.label_lower
    )
    return frozenset(int(pk) for pk in corrections.order_by().values_list("target_id", flat=True))


# What the application works out itself ------------------------------------------------------------------------------


def quarters_to_compute() -> QuerySet[Quarter]:
    """The quarters that take input, of the bureaus with a point that names a source of our own."""
    sourced = AssessmentPoint.objects.exclude(fact_source="").values("bureau")
    rows = Quarter.objects.filter(state__in=Quarter.TAKES_INPUT, bureau__in=sourced).select_related("bureau")
    return rows.order_by("bureau_id", "code")


@transaction.atomic
def compute_facts(*, quarter: Quarter, today: date) -> tuple[int, int]:
    """Works out the facts of the quarter's points that name a source of our own, for every node that has begun.

    A running node's facts are provisional and rewritten every night until the quarter is shown. Returns how many results
    were created and changed; twice, and twice at once, changes nothing, because the quarter is locked before anything is
    counted. Raises Frozen or Conflict if the quarter takes no input any more, InvalidInput if a point cannot take its
    facts from its source, which names the point.
    """
    locked = lock_for_input(quarter)
    bureau = quarter.bureau
    versions: dict[str, list[PointVersion]] = defaultdict(list)
    for version in points_in_force(bureau, locked.code):
        if version.point.fact_source and version.source == MACHINE and version.point.library != Library.COMPETITIVE:
            versions[version.point.fact_source].append(version)
    if not versions:
        return 0, 0
    period = locked.period
    people = list(Employee.objects.filter(bureau=bureau).in_post_between(period.first_day, period.last_day))
    points = [version.point_id for group in versions.values() for version in group]
    held = {(item.employee_id, item.point_id): item for item in locked.items.filter(point__in=points)}
    written = Counter[str]()
    for key, group in sorted(versions.items()):
        source = find_source(key)
        if source is None:
            raise InvalidInput(_("%(point)s 的机考来源“%(source)s”不存在。") % {"point": group[0].point, "source": key})
        facts = list(_facts_of(source, group, locked, people, held, today))
        for start in range(0, len(facts), MOST_FACTS):
            batch = facts[start : start + MOST_FACTS]
            created, changed = post_facts(bureau=bureau, facts=batch, actor=None, today=today, source=source)
            written.update(created=created, changed=changed)
    return written["created"], written["changed"]


def _facts_of(
    source: FactSource,
    versions: Sequence[PointVersion],
    quarter: Quarter,
    people: Sequence[Employee],
    held: Mapping[tuple[int, int], Item],
    today: date,
) -> Iterator[Fact]:
    spans = {
        version.pk: {
            node: span_of(version.cycle, node.period)
            for node in nodes_of(version, quarter.code)
            if span_of(version.cycle, node.period).first <= today
        }
        for version in versions
    }
    wanted = {span for of_version in spans.values() for span in of_version.values()}
    if not wanted:
        return
    first, last = min(span.first for span in wanted), max(span.last for span in wanted)
    counted = tallies(source.measure(quarter.bureau, first, last, today), wanted)
    for version in versions:
        rule = rule_of(version)
        if misfit := source.misfit(rule):
            raise InvalidInput(_("%(point)s：%(misfit)s。") % {"point": version.point, "misfit": misfit})
        begun = list(spans[version.pk])
        for person in people:
            item = held.get((person.pk, version.point_id))
            if version.point.library == Library.INDIVIDUAL and item is None:
                continue
            taken_on = item.taken_on if item else None
            for node in held_nodes(begun, joined=person.joined_on, left=person.left_on, taken_on=taken_on):
                tally = counted.get((person.pk, spans[version.pk][node]), Tally(0, 0))
                yield Fact(
                    node.period, person.number, version.point.code, fact_value(rule, tally), note=source.note(tally)
                )


def note_failure(*, quarter: Quarter, today: date, sentence: str) -> None:
    """Tells the office, once a night, that the facts of a quarter were not worked out, and why."""
    held = Role.objects.in_force(today).filter(kind=Role.Kind.OFFICE, employee__bureau=quarter.bureau_id)
    notify(
        recipients=[role.employee for role in held.select_related("employee")],
        subject=for_the_record(gettext_lazy("%s机考数据没有算出"), quarter.code),
        body=sentence,
        url=reverse("indicators:machine"),
        occasion=f"facts.failed:{quarter.bureau_id}:{quarter.code}:{today.isoformat()}",
    )


@transaction.atomic
def set_source(*, point: AssessmentPoint, source: str, actor: Employee | None) -> AssessmentPoint:
    """Names what a point's facts are worked out from; empty: other systems send them, or the workbook brings them.

    It changes no rule, so no version is made. Raises Refused, InvalidInput if the point is no machine point or its
    method cannot take facts from there, Conflict for a competitive point.
    """
    permissions.may_edit_libraries(actor, point.bureau).require()
    row = AssessmentPoint.objects.select_for_update(of=("self",)).select_related("bureau").get(pk=point.pk)
    if source and (fault := source_fault(row, source)):
        raise InvalidInput(fault, fields={"source": fault})
    if row.fact_source == source:
        return row
    before, row.fact_source = row.fact_source, source
    row.save(update_fields=["fact_source"])
    audit.record(
        actor=actor,
        action="point.source",
        bureau=row.bureau,
        target=row,
        before={"fact_source": before},
        after={"fact_source": source},
    )
    return row


def source_fault(point: AssessmentPoint, key: str) -> str:
    """Why the point's newest version cannot take its facts from a source of ours; empty if it can."""
    source = find_source(key)
    if source is None:
        return _("没有“%s”这个机考来源；请重新选择。") % key
    version = point.versions.order_by("-number")[0]
    if point.library == Library.COMPETITIVE:
        return _("竞争性考点只归集任务，没有机考数据")
    if version.source != MACHINE:
        return _("这是人工考点；请先把数据来源修订为机考，再指定来源")
    return source.misfit(rule_of(version))
