"""What the library pages show: points with their demands in words, how a year is spread, who carries how much."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from common.components import Change, Event, TableBehind, month_label
from common.exact import format2, plain, round2
from common.quarters import QuarterCode
from common.text import listed
from indicators.models import AssessmentPoint, Item, KeyWork, Library, PointVersion
from indicators.queries import concentration_limit, nodes_of, points_in_force, rule_of, year_in_force
from indicators.rules import Count as CountRule
from indicators.rules import Deduct, Done, Ratio, Tier
from indicators.sources import find_source
from organization.models import Bureau, Employee

SORTS = {
    "code": "point__code",
    "name": "name",
    "full": "full",
    "department": "department__code",
    "assessor": "assessor__code",
    "holders": "holders",
}


@dataclass(frozen=True, slots=True)
class PointRow:
    """One line of a library, ready for the page."""

    url: str
    code: str
    name: str
    key_work: str
    rule: str
    full: str
    cycle: str
    deadline: str
    responsible: str
    assessor: str
    holders: str
    nobody: bool
    machine: str


@dataclass(frozen=True, slots=True)
class LibraryCounts:
    """The figures of a library's heading and tabs, as they stand in one quarter."""

    key_works: int
    points: int
    common: int
    individual: int
    competitive: int
    unclaimed: int
    orphans: int
    withdrawn: int


def library(bureau: Bureau, quarter_code: str) -> Any:
    """The versions in force in a quarter with `holders` and `orphan`, withdrawn ones among them."""
    period = QuarterCode.parse(quarter_code)
    in_post = Employee.objects.filter(bureau=bureau).in_post_between(period.first_day, period.last_day)
    held = (
        Item.objects.filter(quarter__bureau=bureau, quarter__code=quarter_code, point=OuterRef("point"))
        .order_by()
        .values("point")
        .annotate(number=Count("pk"))
        .values("number")
    )
    carried = Q(post__isnull=False) & Exists(in_post.filter(post=OuterRef("post"))) | Q(post__isnull=True) & Exists(
        in_post.filter(department=OuterRef("department"))
    )
    return (
        PointVersion.objects.in_force(quarter_code)
        .filter(point__bureau=bureau)
        .annotate(
            holders=Coalesce(Subquery(held), 0),
            orphan=~Q(point__library=Library.COMMON) & ~carried,
        )
        .select_related("point", "key_work", "department", "post", "assessor")
    )


def seen_as(versions: Any, view: str) -> Any:
    """One view of a library: all in force, nobody responsible, nobody took on, or withdrawn."""
    if view == "withdrawn":
        return versions.filter(withdrawn=True)
    versions = versions.filter(withdrawn=False)
    if view == "orphans":
        return versions.filter(orphan=True)
    if view == "unclaimed":
        return versions.filter(point__library=Library.INDIVIDUAL, holders=0)
    return versions


def counts(bureau: Bureau, quarter_code: str) -> LibraryCounts:
    """The figures of a library in one pass over it."""
    rows = list(library(bureau, quarter_code).values_list("withdrawn", "point__library", "holders", "orphan"))
    kept = [row for row in rows if not row[0]]
    by_library = Counter(row[1] for row in kept)
    return LibraryCounts(
        key_works=KeyWork.objects.filter(bureau=bureau, year=QuarterCode.parse(quarter_code).year).count(),
        points=len(kept),
        common=by_library[Library.COMMON],
        individual=by_library[Library.INDIVIDUAL],
        competitive=by_library[Library.COMPETITIVE],
        unclaimed=sum(row[1] == Library.INDIVIDUAL and not row[2] for row in kept),
        orphans=sum(bool(row[3]) for row in kept),
        withdrawn=len(rows) - len(kept),
    )


def point_rows(versions: Iterable[Any]) -> list[PointRow]:
    """The lines of a page of `library`."""
    return [_point_row(version) for version in versions]


def _point_row(version: Any) -> PointRow:
    point = version.point
    individual = point.library == Library.INDIVIDUAL
    return PointRow(
        url=point_url(point),
        code=point.code,
        name=version.name,
        key_work=version.key_work.code,
        rule=rule_words(version),
        full=format2(version.full),
        cycle=version.get_cycle_display(),
        deadline=version.deadline,
        responsible=responsible(version),
        assessor=version.assessor.name,
        holders=str(version.holders) if individual else _("全员") if point.library == Library.COMMON else "–",
        nobody=version.orphan or (individual and not version.holders),
        machine=_machine(version),
    )


def _machine(version: Any) -> str:
    """机考, and what of the application's own the point is computed from; empty for a manual point."""
    if version.source != PointVersion.Source.MACHINE:
        return ""
    source = find_source(version.point.fact_source)
    return _("机考：%s") % source.label if source else str(version.get_source_display())


def point_url(point: AssessmentPoint) -> str:
    return reverse("indicators:point", args=[point.year, point.code])


def responsible(version: PointVersion) -> str:
    """Who answers for a point: everybody, a department, or a post of it."""
    if version.department is None:
        return _("全员")
    return f"{version.department.name} · {version.post.name}" if version.post else version.department.name


def rule_words(version: PointVersion) -> str:
    """The scoring rule as a sentence (scoring.md §1)."""
    rule = rule_of(version)
    if isinstance(rule, Deduct):
        return _("每次扣 %s 分，扣完为止") % plain(rule.each)
    if isinstance(rule, Done):
        return _("按时完成得满分，每逾期一天扣 %s 分，扣完为止") % plain(rule.each_day)
    if isinstance(rule, CountRule):
        return _("每件得 %(each)s 分，最多 %(full)s 分") % {"each": plain(rule.each), "full": plain(version.full)}
    if isinstance(rule, Tier):
        steps = listed(f"{name} {plain(percent)}%" for name, percent in rule.percents)
        return _("按档得分：%s") % steps
    assert isinstance(rule, Ratio)
    words = _("按完成值占目标 %s 的比例得分") % plain(rule.target)
    return words if rule.floor is None else words + _("，低于底线 %s 不得分") % plain(rule.floor)


# Versions -----------------------------------------------------------------------------------------------------------


def field_text(version_or_value: Any, name: str) -> str:
    """A demand as people read it: names in place of codes and rows."""
    value = getattr(version_or_value, name)
    if name in ("nature", "method", "cycle", "source"):
        return str(getattr(version_or_value, f"get_{name}_display")())
    if name == "full":
        return format2(value)
    if name in ("department", "post") and value is None:
        return _("全员") if name == "department" else "–"
    return str(value)


def differences(old: PointVersion, new: PointVersion, names: Sequence[str]) -> list[Change]:
    """What a version changes against another, field by field."""
    return [
        Change(_label(name), field_text(old, name), field_text(new, name))
        for name in names
        if getattr(old, name) != getattr(new, name)
    ]


def _label(name: str) -> str:
    return str(getattr(PointVersion._meta.get_field(name), "verbose_name", name))


def history(versions: Sequence[PointVersion], names: Sequence[str]) -> list[Event]:
    """The versions of a point, newest first, each with who asked and approved and what it changed."""
    events = []
    for index, version in enumerate(versions):
        changes = differences(versions[index - 1], version, names) if index else []
        events.append(
            Event(
                what=_what(version, first=not index),
                who=_who(version),
                at=version.created_at,
                reason=version.reason,
                changes=changes,
            )
        )
    return events[::-1]


def _what(version: PointVersion, *, first: bool) -> str:
    names = {"number": version.number, "quarter": version.from_quarter}
    if version.withdrawn:
        return _("自 %(quarter)s 起停用") % names
    if first:
        return _("第 1 版，自 %(quarter)s 起执行") % names
    return _("修订为第 %(number)d 版，自 %(quarter)s 起执行") % names


def _who(version: PointVersion) -> str:
    parts = []
    if version.requested_by:
        parts.append(_("%s 提出") % version.requested_by)
    if version.approved_by:
        parts.append(_("%s 审定") % version.approved_by)
    if version.created_by:
        parts.append(_("%s 登记") % version.created_by.name)
    return _("，").join(parts) or _("系统")


# How the year is spread ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class YearLoad:
    """The points that fall due in each month of a year, and the quarters that carry too much of it."""

    year: int
    options: dict[str, Any]
    table: TableBehind
    finding: str
    heavy: list[str]


def year_load(bureau: Bureau, year: int) -> YearLoad:
    """Full points by the month in which their nodes fall due; a quarter above the limit is named (domain.md)."""
    months: dict[int, Fraction] = defaultdict(Fraction)
    nodes_in: Counter[int] = Counter()
    for code, versions in year_in_force(bureau, year).items():
        for version in versions:
            if version.point.library == Library.COMPETITIVE:
                continue
            found = nodes_of(version, code)
            for node in found:
                months[node.due.month] += Fraction(version.full) / len(found)
                nodes_in[node.due.month] += 1
    whole = sum(months.values(), Fraction())
    limit = concentration_limit(bureau, f"{year}Q4")
    shares = [
        sum((months[3 * q + m] for m in (1, 2, 3)), Fraction()) / whole if whole else Fraction() for q in range(4)
    ]
    names = (_("一季度"), _("二季度"), _("三季度"), _("四季度"))
    heavy = [
        _("%(quarter)s占全年分值的 %(share)s%%，超过 %(limit)s%%")
        % {"quarter": name, "share": plain(round2(share * 100)), "limit": plain(limit * 100)}
        for name, share in zip(names, shares, strict=True)
        if share > limit
    ]
    fullest = max(months, key=lambda month: months[month], default=1)
    values = [round2(months[month]) for month in range(1, 13)]
    return YearLoad(
        year=year,
        options={
            "unit": _("分"),
            "items": [
                {
                    "label": month_label(month),
                    "value": float(values[month - 1]),
                    "tone": "bad" if shares[(month - 1) // 3] > limit else "",
                }
                for month in range(1, 13)
            ],
        },
        table=TableBehind(
            columns=(_("月份"), _("到期分值"), _("到期节点")),
            rows=[(month_label(month), str(values[month - 1]), nodes_in[month]) for month in range(1, 13)],
        ),
        finding=_("%(month)d月到期的分值最多，为 %(points)s 分") % {"month": fullest, "points": values[fullest - 1]}
        if whole
        else _("还没有到期的分值"),
        heavy=heavy,
    )


@dataclass(frozen=True, slots=True)
class PostLoad:
    """What a post carries in a quarter."""

    department: str
    post: str
    people: int
    points: int
    full: Decimal
    items: int
    each: str


def post_loads(bureau: Bureau, quarter_code: str) -> list[PostLoad]:
    """Points by responsible post, the fullest first, with the people in it and the items that they took on."""
    period = QuarterCode.parse(quarter_code)
    in_post = Employee.objects.filter(bureau=bureau, post__isnull=False).in_post_between(
        period.first_day, period.last_day
    )
    people = Counter(in_post.values_list("post_id", flat=True))
    held = Item.objects.filter(quarter__bureau=bureau, quarter__code=quarter_code)
    items = Counter(held.filter(employee__post__isnull=False).values_list("employee__post_id", flat=True))
    posts: dict[int, list[PointVersion]] = defaultdict(list)
    for version in points_in_force(bureau, quarter_code):
        if version.post_id is not None:
            posts[version.post_id].append(version)
    rows = []
    for post in bureau.posts.select_related("department").order_by(F("department__code"), F("code")):
        versions = posts[post.pk]
        heads, taken = people[post.pk], items[post.pk]
        if not versions and not heads:
            continue
        rows.append(
            PostLoad(
                department=post.department.name,
                post=post.name,
                people=heads,
                points=len(versions),
                full=sum((version.full for version in versions), Decimal(0)),
                items=taken,
                each=str(round2(Fraction(taken, heads))) if heads else "–",
            )
        )
    return sorted(rows, key=lambda row: -row.full)


# Key works ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeyWorkRow:
    """A key work with the points that it is broken down into."""

    url: str
    code: str
    name: str
    kind: str
    department: str
    points: int
    full: str


def key_work_rows(bureau: Bureau, year: int) -> list[KeyWorkRow]:
    """The key works of a year, with their points as they stand at its end."""
    points: dict[int, list[Decimal]] = defaultdict(list)
    for version in points_in_force(bureau, f"{year}Q4") if year else ():
        points[version.key_work_id].append(version.full)
    return [
        KeyWorkRow(
            url=reverse("indicators:key_work", args=[work.year, work.code]),
            code=work.code,
            name=work.name,
            kind=work.get_kind_display(),
            department=work.department.name,
            points=len(points[work.pk]),
            full=format2(sum(points[work.pk], Decimal(0))),
        )
        for work in KeyWork.objects.filter(bureau=bureau, year=year).select_related("department").order_by("code")
    ]
