"""Assessment points: created, revised by a new version, withdrawn, copied to the next year (domain.md, Libraries)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import services as audit
from common.errors import Conflict, Frozen, InvalidInput
from common.quarters import QuarterCode
from common.text import clauses, for_the_record
from indicators.deadlines import parse_deadline
from indicators.models import AssessmentPoint, KeyWork, Library, PointVersion, Result
from indicators.permissions import may_edit_libraries
from indicators.queries import nodes_of, points_in_force, rule_of, settled_until
from indicators.rules import Rule, RuleError, check_input, parse_rule
from indicators.services.quarters import lock_from
from indicators.services.results import node_points
from indicators.sources import find_source
from organization.models import Bureau, Employee

DEMANDS = (
    "key_work",
    "name",
    "nature",
    "method",
    "full",
    "parameters",
    "standard",
    "cycle",
    "deadline",
    "department",
    "post",
    "assessor",
    "source",
)
"""The fields of a version that say what a point demands; what else a version holds says how it came about."""

ARITHMETIC = ("method", "full", "parameters", "cycle", "deadline")
"""Those of them by which results are worked out."""


@transaction.atomic
def create_point(
    *,
    bureau: Bureau,
    year: int,
    code: str,
    library: str,
    demands: Mapping[str, Any],
    actor: Employee | None,
    from_quarter: str = "",
    reason: str = "",
) -> AssessmentPoint:
    """Adds a point with its first version, from the first quarter of its year unless another is named.

    Raises InvalidInput with a sentence for each faulty field, Frozen if the quarter is settled already.
    """
    may_edit_libraries(actor, bureau).require()
    from_quarter = from_quarter or f"{year}Q1"
    point = AssessmentPoint(bureau=bureau, year=year, code=code, library=library)
    _require(demand_faults(point, demands))
    _require_unsettled(point, from_quarter)
    if AssessmentPoint.objects.filter(bureau=bureau, year=year, code=code).exists():
        sentence = _("%(year)s 年已有编号为 %(code)s 的考点；请换一个编号。") % {"year": year, "code": code}
        raise InvalidInput(sentence, fields={"code": sentence})
    point.save()
    version = PointVersion.objects.create(
        point=point,
        number=1,
        from_quarter=from_quarter,
        reason=reason,
        created_at=timezone.now(),
        created_by=actor,
        **demands,
    )
    audit.record(
        actor=actor, action="point.create", bureau=bureau, target=point, after=facts_of(version), reason=reason
    )
    return point


@transaction.atomic
def revise_point(
    *,
    point: AssessmentPoint,
    from_quarter: str,
    demands: Mapping[str, Any],
    reason: str,
    requested_by: str,
    approved_by: str,
    actor: Employee | None,
) -> PointVersion:
    """Adds a version that holds from a quarter on; whatever was scored before keeps its own.

    `demands` names what changes, the rest is taken over. Results already entered from that quarter on are worked out
    anew by the revised rule; if one of them does not fit it any more, Conflict says how many, and nothing is changed.
    Raises Frozen if the quarter is in publicity or published.
    """
    may_edit_libraries(actor, point.bureau).require()
    point = AssessmentPoint.objects.select_for_update(of=("self",)).select_related("bureau").get(pk=point.pk)
    last = last_version(point)
    fields = {name: demands.get(name, getattr(last, name)) for name in DEMANDS}
    _require(demand_faults(point, fields))
    _require_basis(reason=reason, requested_by=requested_by, approved_by=approved_by)
    _require_follows(point, last, from_quarter)
    changed = changes(last, fields)
    if not changed and not last.withdrawn:
        raise InvalidInput(_("没有任何改动；请先修改要修订的内容。"))
    version = PointVersion(
        point=point,
        number=last.number + 1,
        from_quarter=from_quarter,
        reason=reason,
        requested_by=requested_by,
        approved_by=approved_by,
        created_at=timezone.now(),
        created_by=actor,
        **fields,
    )
    recounted = _recount(version, [name for name, _old, _new in changed])
    version.save()
    before, after = facts_of(last), facts_of(version)
    names = [name for name in after if before[name] != after[name]]
    audit.record(
        actor=actor,
        action="point.revise",
        bureau=point.bureau,
        target=point,
        before={name: before[name] for name in names},
        after={name: after[name] for name in names} | {"version": version.number, "recounted": recounted},
        reason=reason,
    )
    return version


@transaction.atomic
def withdraw_point(
    *,
    point: AssessmentPoint,
    from_quarter: str,
    reason: str,
    requested_by: str,
    approved_by: str,
    actor: Employee | None,
) -> PointVersion:
    """Takes a point out of the library from a quarter on; earlier quarters keep it. It comes back by a revision."""
    may_edit_libraries(actor, point.bureau).require()
    point = AssessmentPoint.objects.select_for_update(of=("self",)).select_related("bureau").get(pk=point.pk)
    last = last_version(point)
    if last.withdrawn:
        raise Conflict(_("%(code)s 已经从 %(quarter)s 起停用。") % {"code": point.code, "quarter": last.from_quarter})
    _require_basis(reason=reason, requested_by=requested_by, approved_by=approved_by)
    _require_follows(point, last, from_quarter)
    version = PointVersion.objects.create(
        point=point,
        number=last.number + 1,
        from_quarter=from_quarter,
        withdrawn=True,
        reason=reason,
        requested_by=requested_by,
        approved_by=approved_by,
        created_at=timezone.now(),
        created_by=actor,
        **{name: getattr(last, name) for name in DEMANDS},
    )
    audit.record(
        actor=actor,
        action="point.withdraw",
        bureau=point.bureau,
        target=point,
        after={"from_quarter": from_quarter, "version": version.number},
        reason=reason,
    )
    return version


@dataclass(frozen=True, slots=True)
class Copied:
    """How much of a year's library came over, and how much was there already."""

    key_works: int
    points: int
    kept: int


@transaction.atomic
def copy_year(*, bureau: Bureau, from_year: int, to_year: int, actor: Employee | None) -> Copied:
    """Copies the library as it stands at a year's end, with its key works, to another year; what is there stays."""
    may_edit_libraries(actor, bureau).require()
    if to_year <= from_year:
        raise InvalidInput(_("只能复制到以后的年度。"), fields={"to_year": _("应当晚于 %s 年") % from_year})
    versions = points_in_force(bureau, f"{from_year}Q4")
    if not versions:
        raise InvalidInput(_("%s 年没有考点可以复制。") % from_year)
    works = {work.code: work for work in KeyWork.objects.filter(bureau=bureau, year=to_year)}
    old_works = KeyWork.objects.filter(bureau=bureau, year=from_year).exclude(code__in=works)
    made_works = KeyWork.objects.bulk_create(
        KeyWork(
            bureau=bureau,
            year=to_year,
            code=old.code,
            kind=old.kind,
            name=old.name,
            department_id=old.department_id,
        )
        for old in old_works
    )
    works |= {work.code: work for work in made_works}
    known = set(AssessmentPoint.objects.filter(bureau=bureau, year=to_year).values_list("code", flat=True))
    fresh = [version for version in versions if version.point.code not in known]
    points = AssessmentPoint.objects.bulk_create(
        AssessmentPoint(
            bureau=bureau,
            year=to_year,
            code=old.point.code,
            library=old.point.library,
            fact_source=old.point.fact_source,
        )
        for old in fresh
    )
    now = timezone.now()
    PointVersion.objects.bulk_create(
        PointVersion(
            point=point,
            from_quarter=f"{to_year}Q1",
            created_at=now,
            created_by=actor,
            **{name: getattr(old, name) for name in DEMANDS} | {"key_work": works[old.key_work.code]},
        )
        for point, old in zip(points, fresh, strict=True)
    )
    copied = Copied(key_works=len(made_works), points=len(points), kept=len(versions) - len(points))
    audit.record(
        actor=actor,
        action="library.copy",
        bureau=bureau,
        target=bureau,
        label=for_the_record(gettext_lazy("%(old)s 年指标库复制到 %(new)s 年"), old=from_year, new=to_year),
        after={"key_works": copied.key_works, "points": copied.points, "kept": copied.kept},
    )
    return copied


def last_version(point: AssessmentPoint) -> PointVersion:
    """The newest version, whether it holds already or from a coming quarter."""
    versions = point.versions.select_related("key_work", "department", "post", "assessor", "point")
    return versions.order_by("-number")[0]


def demand_faults(point: AssessmentPoint, demands: Mapping[str, Any]) -> dict[str, object]:
    """What is wrong with a version's demands, by field; an empty dict if nothing (workbook.md, 考点)."""
    faults: dict[str, object] = {}
    if demands["full"] is None or demands["full"] <= 0:
        faults["full"] = _("分值应当大于 0")
    try:
        rule = parse_rule(demands["method"], demands["parameters"])
    except RuleError as error:
        faults["parameters"] = str(error)
    else:
        faults |= _source_faults(point, demands["source"], rule)
    try:
        parse_deadline(demands["cycle"], demands["deadline"])
    except ValueError as error:
        faults["deadline"] = str(error)
    if point.library == Library.COMMON and (demands["department"] or demands["post"]):
        faults["department"] = _("共性考点由全员承担，责任部门和责任岗位应当为空")
    elif point.library != Library.COMMON and demands["department"] is None:
        faults["department"] = _("个性和竞争性考点应当有责任部门")
    for name in ("department", "post", "assessor", "key_work"):
        thing = demands[name]
        if thing is not None and thing.bureau_id != point.bureau_id:
            faults[name] = _("应当选择本单位的")
    if demands["key_work"] is not None and demands["key_work"].year != point.year:
        faults["key_work"] = _("应当是 %s 年的重点工作") % point.year
    return faults


def _source_faults(point: AssessmentPoint, source: str, rule: Rule) -> dict[str, object]:
    """Whether the demands leave the point what it computes its facts from (indicators.sources)."""
    measured = find_source(point.fact_source)
    if measured is None:
        return {}
    if source != PointVersion.Source.MACHINE:
        return {"source": _("这个考点由“%s”自动计算；请先取消机考来源，再改为人工") % measured.label}
    misfit = measured.misfit(rule)
    return {"method": misfit} if misfit else {}


def changes(version: PointVersion, demands: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """The fields that would change, with what was and what comes."""
    return [
        (name, getattr(version, name), demands[name])
        for name in DEMANDS
        if name in demands and getattr(version, name) != demands[name]
    ]


def facts_of(version: PointVersion) -> dict[str, Any]:
    """A version for the audit log: codes in place of rows."""
    facts: dict[str, Any] = {"from_quarter": version.from_quarter}
    for name in DEMANDS:
        value = getattr(version, name)
        facts[name] = getattr(value, "code", value)
    return facts


@dataclass(frozen=True, slots=True)
class Effect:
    """What a revision does to results that are there already: how many would change, and how many no longer fit."""

    results: int
    changed: list[tuple[Result, Decimal | None]]
    misfits: list[Result]


def effect_of(version: PointVersion) -> Effect:
    """The effect of a (not yet saved) version on results of its quarters; unsettled ones all of them."""
    rule = rule_of(version)
    changed: list[tuple[Result, Decimal | None]] = []
    misfits: list[Result] = []
    rows = list(
        Result.objects.filter(point=version.point_id, quarter__code__gte=version.from_quarter).select_related("quarter")
    )
    periods: dict[str, set[str]] = {}
    for row in rows:
        if row.quarter.code not in periods:
            periods[row.quarter.code] = {node.period for node in nodes_of(version, row.quarter.code)}
        given: dict[str, Any] = {"value": row.value, "tier": row.tier, "target": row.target, "exempt": row.exempt}
        if row.period not in periods[row.quarter.code] or check_input(rule, **given):
            misfits.append(row)
            continue
        points = node_points(version, **given)
        if points != row.points:
            changed.append((row, points))
    return Effect(len(rows), changed, misfits)


def _recount(version: PointVersion, names: list[str]) -> int:
    if not set(names) & set(ARITHMETIC):
        return 0
    effect = effect_of(version)
    if effect.misfits:
        raise Conflict(
            _(
                "%(quarter)s 起已有 %(all)d 条考评结果，其中 %(misfits)d 条不符合修订后的计分方式、参数或周期；"
                "请从以后的季度起修订，或先改正这些结果。"
            )
            % {"quarter": version.from_quarter, "all": effect.results, "misfits": len(effect.misfits)},
            code="results_misfit",
        )
    for row, points in effect.changed:
        row.points = points
    Result.objects.bulk_update([row for row, _points in effect.changed], ["points"], batch_size=500)
    return len(effect.changed)


def _require(faults: Mapping[str, object]) -> None:
    if faults:
        raise InvalidInput(clauses(faults.values()), fields=faults)


def _require_basis(**basis: str) -> None:
    sentences = {
        "reason": _("请写明修订的理由"),
        "requested_by": _("请写明是谁提出的"),
        "approved_by": _("请写明是谁审定的"),
    }
    _require({name: sentences[name] for name, text in basis.items() if not text.strip()})


def _require_unsettled(point: AssessmentPoint, from_quarter: str) -> None:
    try:
        period = QuarterCode.parse(from_quarter)
    except ValueError as error:
        raise InvalidInput(str(error), fields={"from_quarter": str(error)}) from error
    if period.year != point.year:
        sentence = _("起始季度应当在 %s 年内") % point.year
        raise InvalidInput(sentence, fields={"from_quarter": sentence})
    lock_from(point.bureau, str(period))
    settled = settled_until(point.bureau)
    if str(period) <= settled:
        raise Frozen(
            _("%(code)s 已经公示或发布，起始季度应当晚于它；已计的分不随考点修订改变。") % {"code": settled},
            fields={"from_quarter": _("应当晚于 %s") % settled},
        )


def _require_follows(point: AssessmentPoint, last: PointVersion, from_quarter: str) -> None:
    _require_unsettled(point, from_quarter)
    if from_quarter < last.from_quarter:
        sentence = _("第 %(number)d 版已定于 %(quarter)s 起执行，新版本不能早于它") % {
            "number": last.number,
            "quarter": last.from_quarter,
        }
        raise InvalidInput(sentence, fields={"from_quarter": sentence})
