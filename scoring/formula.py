"""The arithmetic of scoring.md §1–§5. Pure: no ORM, no clock; plain values in, Decimals and an explanation out.

Engine, explanation page, what-if simulation, reports and tests all call these functions. Inside, points are whole
hundredths and quotients are exact; `round2` happens once at each step that scoring.md names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from common.exact import format2, from_hundredths, hundredths, parse_number, plain, round_ratio, to_hundredths
from common.text import clean, split_list
from common.workdays import WorkCalendar
from indicators.rules import Count, Deduct, Done, Ratio, Rule, Tier, parse_rule

ZERO = Decimal("0.00")
COMMON, INDIVIDUAL = "common", "individual"


# --- The scheme -------------------------------------------------------------------------------------------------------


class SchemeError(ValueError):
    """A setting of the scheme that cannot be; the text is the sentence."""


@dataclass(frozen=True, slots=True)
class SchemeValues:
    """Every number of a bureau's scheme (方案) as in force in one quarter, with scoring.md's defaults."""

    common_weight: Decimal = Decimal(30)
    individual_weight: Decimal = Decimal(60)
    competitive_cap: Decimal = Decimal(10)
    difficulty_high: Decimal = Decimal("1.5")
    difficulty_medium: Decimal = Decimal("1.2")
    difficulty_low: Decimal = Decimal("1.0")
    plus_cap: Decimal = Decimal(5)
    linkage_factor: Decimal = Decimal("0.1")
    linkage_limit: Decimal = Decimal(2)
    minimum_share: Decimal = Decimal("0.5")
    star_share: Decimal = Decimal("0.3")
    lead_share: Decimal = Decimal("0.8")
    unranked_categories: tuple[str, ...] = ("局领导",)

    @classmethod
    def from_mapping(cls, settings: Mapping[str, object]) -> SchemeValues:
        """The scheme with some keys of sheet 方案 set, the others at their defaults. Raises SchemeError."""
        return cls(**{_attribute(key): parse_setting(key, value) for key, value in settings.items()})  # type: ignore[arg-type]

    def problems(self) -> list[str]:
        """What must not be scored with: the three weights have to add up to 100."""
        weights = self.common_weight + self.individual_weight + self.competitive_cap
        if weights == 100:
            return []
        return [_("共性权重、个性权重与竞争性上限相加应当等于 100，现在是 %s") % plain(weights)]

    def to_mapping(self) -> dict[str, str]:
        """The keys of sheet 方案 with their values as text; `from_mapping` reads it back."""
        return {key: _setting_text(getattr(self, attribute)) for key, attribute in SCHEME_KEYS.items()}

    def difficulty(self, code: str) -> Decimal:
        """The coefficient of a task's difficulty: high, medium or low."""
        table = {"high": self.difficulty_high, "medium": self.difficulty_medium, "low": self.difficulty_low}
        return table[code]


SCHEME_KEYS: dict[str, str] = {
    "共性权重": "common_weight",
    "个性权重": "individual_weight",
    "竞争性上限": "competitive_cap",
    "难度系数高": "difficulty_high",
    "难度系数中": "difficulty_medium",
    "难度系数低": "difficulty_low",
    "加分上限": "plus_cap",
    "联动系数": "linkage_factor",
    "联动上限": "linkage_limit",
    "最低在岗比例": "minimum_share",
    "星级候选比例": "star_share",
    "主办份额": "lead_share",
    "不参加单位排名序列": "unranked_categories",
}
_SHARES = frozenset(("minimum_share", "star_share", "lead_share"))
_SUMMANDS = frozenset(("competitive_cap", "plus_cap", "linkage_limit"))


def _attribute(key: str) -> str:
    try:
        return SCHEME_KEYS[key]
    except KeyError:
        raise SchemeError(
            _("方案没有“%(key)s”这个项目；可以设置的项目有：%(known)s") % {"key": key, "known": "、".join(SCHEME_KEYS)}
        ) from None


def _setting_text(value: Decimal | tuple[str, ...]) -> str:
    return ";".join(value) if isinstance(value, tuple) else plain(value)


def parse_setting(key: str, value: object) -> Decimal | tuple[str, ...]:
    """One value of sheet 方案. Raises SchemeError with a sentence if key or value cannot be."""
    attribute = _attribute(key)
    if attribute == "unranked_categories":
        return tuple(split_list(value)) if isinstance(value, str) else tuple(clean(str(name)) for name in value or ())  # type: ignore[attr-defined]
    try:
        number = parse_number(value)
    except ValueError:
        raise SchemeError(_("方案“%(key)s”的值“%(value)s”应当是数字") % {"key": key, "value": value}) from None
    if number < 0:
        raise SchemeError(_("方案“%(key)s”不能是负数，现在是 %(value)s") % {"key": key, "value": plain(number)})
    if attribute in _SHARES and number > 1:
        raise SchemeError(
            _("方案“%(key)s”是比例，应当在 0 到 1 之间，现在是 %(value)s") % {"key": key, "value": plain(number)}
        )
    if attribute in _SUMMANDS and int(number.as_tuple().exponent) < -2:
        raise SchemeError(_("方案“%(key)s”最多两位小数，现在是 %(value)s") % {"key": key, "value": plain(number)})
    return number


# --- Inputs -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NodeInput:
    """One node as it was entered. `ref` names the stored result; `trace` says who entered and reviewed it, and when."""

    period: str
    due: date | None = None
    value: Decimal | None = None
    tier: str = ""
    target: Decimal | None = None
    exempt: bool = False
    ref: str = ""
    trace: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ItemInput:
    """One assessment point held in the quarter, with the rule and version by which it is scored."""

    code: str
    name: str
    library: str
    full: Decimal
    rule: Rule
    nodes: tuple[NodeInput, ...]
    version: int = 1
    ref: str = ""


@dataclass(frozen=True, slots=True)
class ClaimInput:
    """One accepted claim on a market task. The two counts are of the task's *accepted* claims and assistants."""

    task_code: str
    task_name: str
    base: Decimal
    difficulty: str
    sharing: str
    quality: Decimal | None = None
    part: str = ""
    accepted_claims: int = 1
    accepted_assistants: int = 0
    ref: str = ""


@dataclass(frozen=True, slots=True)
class AdjustmentInput:
    """One counted plus or minus of the quarter; `points` > 0, `plus` says which."""

    day: date
    plus: bool
    points: Decimal
    matter: str
    disciplinary: bool = False
    ref: str = ""


@dataclass(frozen=True, slots=True)
class LinkageInput:
    """The score of the employee's department, and sum and number of all department scores of the bureau."""

    score: Decimal
    total: Decimal
    count: int

    @classmethod
    def of(cls, scores: Mapping[Any, Decimal], department: Any) -> LinkageInput | None:
        """The linkage of one department's people; None if the department has no score."""
        if department not in scores:
            return None
        total = from_hundredths(sum(hundredths(score) for score in scores.values()))
        return cls(scores[department], total, len(scores))


@dataclass(frozen=True, slots=True)
class EmployeeInput:
    """Everything that one employee's quarter is scored from; kept with the score as its snapshot."""

    number: str
    name: str
    items: tuple[ItemInput, ...] = ()
    claims: tuple[ClaimInput, ...] = ()
    adjustments: tuple[AdjustmentInput, ...] = ()
    linkage: LinkageInput | None = None


# --- Scores -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NodeScore:
    """Points of a node; None if it is exempt. A missing node counts 0.00."""

    node: NodeInput
    points: Decimal | None
    missing: bool


@dataclass(frozen=True, slots=True)
class ItemScore:
    """Points of an item; `earned` is None if it has no node or only exempt ones: then it leaves both sums."""

    item: ItemInput
    nodes: tuple[NodeScore, ...]
    earned: Decimal | None
    missing: int


@dataclass(frozen=True, slots=True)
class ClaimScore:
    """Points of an accepted claim, with the coefficient and share they were made with."""

    claim: ClaimInput
    coefficient: Decimal
    share: Fraction
    points: Decimal


@dataclass(frozen=True, slots=True)
class PartScore:
    """A component made of items: round2(weight · earned / full), or 0.00 where nothing counts."""

    earned: Decimal
    full: Decimal
    points: Decimal


@dataclass(frozen=True, slots=True)
class EmployeeScore:
    """An employee's quarter: the rounded components of scoring.md §3, their sum, and everything below them."""

    input: EmployeeInput
    scheme: SchemeValues
    items: tuple[ItemScore, ...]
    claims: tuple[ClaimScore, ...]
    common_part: PartScore
    individual_part: PartScore
    competitive: Decimal
    overflow: Decimal
    plus: Decimal
    minus: Decimal
    adjustments: Decimal
    linkage: Decimal
    total: Decimal
    missing: int

    @property
    def common(self) -> Decimal:
        return self.common_part.points

    @property
    def individual(self) -> Decimal:
        return self.individual_part.points

    @property
    def has_individual(self) -> bool:
        """False for the readiness list's *no individual task*: no individual item counts in the quarter."""
        return self.individual_part.full > 0


def node_hundredths(full: int, rule: Rule, node: NodeInput) -> int | None:
    """Points of one node in hundredths, rounded (scoring.md §1); None if the input that the rule asks for is missing."""
    if isinstance(rule, Tier):
        percent = rule.percent(node.tier) if node.tier else None
        if percent is None:
            return None
        numerator, denominator = percent.as_integer_ratio()
        return round_ratio(full * numerator, denominator * 100)
    value = node.value
    if value is None:
        return None
    amount, amount_unit = value.as_integer_ratio()
    if isinstance(rule, Ratio):
        if rule.floor is not None and value < rule.floor:
            return 0
        target = rule.target if node.target is None else node.target
        if value >= target:
            return full
        goal, goal_unit = target.as_integer_ratio()
        return round_ratio(full * amount * goal_unit, amount_unit * goal)
    each, each_unit = _each(rule).as_integer_ratio()
    denominator = amount_unit * each_unit
    product = 100 * amount * each
    if isinstance(rule, Count):
        return round_ratio(min(full * denominator, product), denominator)
    return round_ratio(max(0, full * denominator - product), denominator)


def _each(rule: Deduct | Count | Done) -> Decimal:
    return rule.each_day if isinstance(rule, Done) else rule.each


def node_points(full: Decimal, rule: Rule, node: NodeInput) -> Decimal | None:
    """Points of one node (scoring.md §1); None if it is exempt or its input is missing."""
    points = None if node.exempt else node_hundredths(hundredths(full), rule, node)
    return None if points is None else from_hundredths(points)


def score_item(item: ItemInput) -> ItemScore:
    """One item: the mean of its nodes that are not exempt, rounded (scoring.md §2)."""
    full = hundredths(item.full)
    nodes = []
    total = counting = missing = 0
    for node in item.nodes:
        if node.exempt:
            nodes.append(NodeScore(node, None, False))
            continue
        counting += 1
        points = node_hundredths(full, item.rule, node)
        if points is None:
            missing += 1
            nodes.append(NodeScore(node, ZERO, True))
        else:
            total += points
            nodes.append(NodeScore(node, from_hundredths(points), False))
    earned = from_hundredths(round_ratio(total, counting)) if counting else None
    return ItemScore(item, tuple(nodes), earned, missing)


def _part(items: Iterable[ItemScore], library: str, weight: Decimal) -> PartScore:
    earned = full = 0
    for score in items:
        if score.item.library == library and score.earned is not None:
            earned += hundredths(score.earned)
            full += hundredths(score.item.full)
    if not full:
        return PartScore(ZERO, ZERO, ZERO)
    numerator, denominator = weight.as_integer_ratio()
    points = round_ratio(100 * numerator * earned, denominator * full)
    return PartScore(from_hundredths(earned), from_hundredths(full), from_hundredths(points))


def claim_share(claim: ClaimInput, scheme: SchemeValues) -> Fraction:
    """The share of a task's points that falls to an accepted claim (scoring.md §3, 各得 / 均分 / 主协办)."""
    if claim.sharing == "split":
        return Fraction(1, claim.accepted_claims)
    if claim.sharing == "lead":
        lead = Fraction(scheme.lead_share)
        if claim.part == "assistant":
            return (1 - lead) / claim.accepted_assistants
        return lead if claim.accepted_assistants else Fraction(1)
    return Fraction(1)


def score_claim(claim: ClaimInput, scheme: SchemeValues) -> ClaimScore:
    """round2(base · difficulty coefficient · quality · share); an empty quality counts 1 (scoring.md §3)."""
    coefficient = scheme.difficulty(claim.difficulty)
    share = claim_share(claim, scheme)
    quality = 1 if claim.quality is None else Fraction(claim.quality)
    points = to_hundredths(Fraction(claim.base) * Fraction(coefficient) * quality * share)
    return ClaimScore(claim, coefficient, share, from_hundredths(points))


def _linkage(linkage: LinkageInput | None, scheme: SchemeValues) -> int:
    if linkage is None or not linkage.count:
        return 0
    mean = Fraction(linkage.total) / linkage.count
    points = to_hundredths(Fraction(scheme.linkage_factor) * (Fraction(linkage.score) - mean))
    limit = hundredths(scheme.linkage_limit)
    return max(-limit, min(limit, points))


def score_employee(inputs: EmployeeInput, scheme: SchemeValues) -> EmployeeScore:
    """An employee's quarter (scoring.md §1–§3). For a provisional score hand in only the nodes already due."""
    items = tuple(score_item(item) for item in inputs.items)
    common = _part(items, COMMON, scheme.common_weight)
    individual = _part(items, INDIVIDUAL, scheme.individual_weight)
    claims = tuple(score_claim(claim, scheme) for claim in inputs.claims)
    claimed = sum(hundredths(claim.points) for claim in claims)
    competitive = min(hundredths(scheme.competitive_cap), claimed)
    plus = sum(hundredths(one.points) for one in inputs.adjustments if one.plus)
    minus = sum(hundredths(one.points) for one in inputs.adjustments if not one.plus)
    adjustments = min(hundredths(scheme.plus_cap), plus) - minus
    linkage = _linkage(inputs.linkage, scheme)
    total = hundredths(common.points) + hundredths(individual.points) + competitive + adjustments + linkage
    return EmployeeScore(
        input=inputs,
        scheme=scheme,
        items=items,
        claims=claims,
        common_part=common,
        individual_part=individual,
        competitive=from_hundredths(competitive),
        overflow=from_hundredths(claimed - competitive),
        plus=from_hundredths(plus),
        minus=from_hundredths(minus),
        adjustments=from_hundredths(adjustments),
        linkage=from_hundredths(linkage),
        total=from_hundredths(max(0, total)),
        missing=sum(item.missing for item in items),
    )


# --- Who is ranked ----------------------------------------------------------------------------------------------------

Span = tuple[date | None, date | None]


def employed_in(first: date, last: date, joined: date | None, left: date | None) -> bool:
    """Whether an employee is scored in a period: joined by its last day, not gone before its first (scoring.md §3)."""
    return (joined is None or joined <= last) and (left is None or left >= first)


def covers(start: date | None, end: date | None, day: date) -> bool:
    """Whether a dated status holds on a day; first and last days count, no end means still."""
    return (start is None or start <= day) and (end is None or day <= end)


def in_post_share(
    calendar: WorkCalendar,
    first: date,
    last: date,
    *,
    joined: date | None = None,
    left: date | None = None,
    absences: Iterable[Span] = (),
) -> Fraction:
    """Working days employed and not absent / working days of the period (scoring.md §4).

    Overlapping absences count once; first and last days are included. Hand in absences only, not the statuses
    试用期 and 立案审查, which leave the person in post.
    """
    available = calendar.count(first, last)
    if not available:
        return Fraction(1)
    start = first if joined is None else max(first, joined)
    end = last if left is None else min(last, left)
    worked = calendar.count(start, end)
    spans = sorted((max(start, away or start), min(end, back or end)) for away, back in absences)
    free_from = start
    for away, back in spans:
        away = max(away, free_from)
        if away <= back:
            worked -= calendar.count(away, back)
            free_from = back + timedelta(days=1)
    return Fraction(worked, available)


def unranked_reasons(share: Fraction, scheme: SchemeValues, *, probation: bool, investigation: bool) -> tuple[str, ...]:
    """Why an employee is scored but not ranked: `share`, `probation`, `investigation`; empty if ranked (scoring.md §4).

    The two statuses are those of the quarter's last day.
    """
    found = {
        "share": share < Fraction(scheme.minimum_share),
        "probation": probation,
        "investigation": investigation,
    }
    return tuple(reason for reason, holds in found.items() if holds)


@dataclass(frozen=True, slots=True)
class RankRow:
    """One scored employee before ranking; `category` is the name of the rank category on the quarter's last day."""

    number: str
    total: Decimal
    category: str
    ranked: bool = True
    disciplinary: bool = False


@dataclass(frozen=True, slots=True)
class Placing:
    """Ranks of one employee, None where there is none, and whether they are in the star pool."""

    bureau_rank: int | None = None
    category_rank: int | None = None
    in_pool: bool = False


def _ranks(rows: Iterable[RankRow]) -> dict[str, int]:
    """Ties share a rank and the next rank skips: 1, 2, 2, 4."""
    rows = list(rows)
    higher = 0
    rank_of: dict[Decimal, int] = {}
    for total, number in sorted(Counter(row.total for row in rows).items(), reverse=True):
        rank_of[total] = higher + 1
        higher += number
    return {row.number: rank_of[row.total] for row in rows}


def pool_size(ranked_in_bureau: int, scheme: SchemeValues) -> int:
    """n = max(1, floor(share · number with a bureau rank)) (scoring.md §4)."""
    numerator, denominator = scheme.star_share.as_integer_ratio()
    return max(1, ranked_in_bureau * numerator // denominator)


def rank(rows: Iterable[RankRow], scheme: SchemeValues) -> dict[str, Placing]:
    """Ranks in bureau and category, and the star pool, by staff number (scoring.md §4). Order of rows is irrelevant."""
    rows = list(rows)
    ranked = [row for row in rows if row.ranked]
    bureau = _ranks(row for row in ranked if row.category not in scheme.unranked_categories)
    categories: dict[str, list[RankRow]] = {}
    for row in ranked:
        categories.setdefault(row.category, []).append(row)
    in_category: dict[str, int] = {}
    for members in categories.values():
        in_category |= _ranks(members)
    border = pool_size(len(bureau), scheme)
    return {
        row.number: Placing(
            bureau.get(row.number),
            in_category.get(row.number),
            row.number in bureau and bureau[row.number] <= border and not row.disciplinary,
        )
        for row in rows
    }


# --- The year ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AnnualScore:
    """An employee's year; `score` is None without a ranked, published quarter, `ranked` asks for two of them."""

    score: Decimal | None
    ranked: bool
    quarters: int


def annual(totals: Sequence[Decimal]) -> AnnualScore:
    """The year from the totals of the ranked, published quarters, last run of each (scoring.md §5)."""
    if not totals:
        return AnnualScore(None, False, 0)
    score = round_ratio(sum(hundredths(total) for total in totals), len(totals))
    return AnnualScore(from_hundredths(score), len(totals) >= 2, len(totals))


# --- The explanation --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an explanation.

    The figures of depth 0 but the last add up to the last, 总分. The figures one step below a line of competitive points
    or adjustments add up to it; below a component of items they add up to what its detail divides. `figure` is None for
    what leaves the sums (不适用). `kind` names what `ref` refers to: component, item, node, claim, adjustment, cap, total.
    """

    kind: str
    label: str
    detail: str
    figure: Decimal | None
    depth: int = 0
    full: Decimal | None = None
    missing: bool = False
    ref: str = ""
    trace: Mapping[str, str] = field(default_factory=dict)

    @property
    def figure_text(self) -> str:
        return "—" if self.figure is None else str(self.figure)

    def __str__(self) -> str:
        parts = ("    " * self.depth + self.label, f"（{self.detail}）" if self.detail else "", self.figure_text)
        return " ".join(part for part in parts if part)


def explain(score: EmployeeScore) -> list[Line]:
    """The score from its components down to each input, and last the total (scoring.md §6)."""
    lines = [
        *_explain_part(score, COMMON, _("共性得分"), score.common_part, score.scheme.common_weight),
        *_explain_part(score, INDIVIDUAL, _("个性得分"), score.individual_part, score.scheme.individual_weight),
        *_explain_claims(score),
        *_explain_adjustments(score),
        _explain_linkage(score),
    ]
    tops = [line.figure or ZERO for line in lines if line.depth == 0]
    raised = score.total - sum(tops, ZERO)
    if raised:
        lines.append(Line("cap", _("总分最低为零"), _("各项相加为负，总分计 0"), raised))
    detail = " ".join(f"{'−' if one < 0 else '+'} {abs(one)}" for one in tops)
    lines.append(Line("total", _("总分"), detail.removeprefix("+ "), score.total))
    return lines


def _explain_part(score: EmployeeScore, library: str, label: str, part: PartScore, weight: Decimal) -> list[Line]:
    detail = f"{plain(weight)} × {part.earned} ÷ {part.full}" if part.full else _("本季没有参与计分的指标")
    lines = [Line("component", label, detail, part.points)]
    for item_score in score.items:
        item = item_score.item
        if item.library != library:
            continue
        lines.append(
            Line(
                "item",
                f"{item.code} {item.name}",
                _item_detail(item_score),
                item_score.earned,
                depth=1,
                full=item.full if item_score.earned is not None else None,
                missing=item_score.missing > 0,
                ref=item.ref,
            )
        )
        lines.extend(
            Line(
                "node",
                node_score.node.period,
                _node_detail(item, node_score),
                node_score.points,
                depth=2,
                missing=node_score.missing,
                ref=node_score.node.ref,
                trace=node_score.node.trace,
            )
            for node_score in item_score.nodes
        )
    return lines


def _item_detail(score: ItemScore) -> str:
    item = score.item
    rule = _("分值 %(full)s，%(method)s，%(rule)s，第 %(version)d 版") % {
        "full": item.full,
        "method": method_label(item.rule),
        "rule": item.rule,
        "version": item.version,
    }
    points = [str(node.points) for node in score.nodes if node.points is not None]
    if not score.nodes:
        return rule + "；" + _("本季没有考核节点，不计入")
    if not points:
        return rule + "；" + _("全部不适用，不计入")
    return rule if len(points) == 1 else f"{rule}；({' + '.join(points)}) ÷ {len(points)}"


def method_label(rule: Rule) -> str:
    """计分方式 of a rule, in the bureau's words."""
    labels = {"deduct": _("扣分"), "ratio": _("比例"), "tier": _("分档"), "count": _("计件"), "done": _("完成")}
    return labels[rule.method]


def _node_detail(item: ItemInput, score: NodeScore) -> str:
    node, rule = score.node, item.rule
    if node.exempt:
        return _("不适用")
    if score.missing:
        return _("漏项，计 0 分")
    if isinstance(rule, Tier):
        percent = rule.percent(node.tier) or Decimal(0)
        return f"{node.tier}：{item.full} × {plain(percent)}%"
    value = node.value or Decimal(0)
    amount = plain(value)
    if isinstance(rule, Ratio):
        target = rule.target if node.target is None else node.target
        if rule.floor is not None and value < rule.floor:
            return _("完成值 %(value)s 低于底线 %(floor)s") % {"value": amount, "floor": plain(rule.floor)}
        if value >= target:
            return _("完成值 %(value)s 达到目标 %(target)s") % {"value": amount, "target": plain(target)}
        return f"{item.full} × {amount} ÷ {plain(target)}"
    if isinstance(rule, Count):
        return _("%(amount)s 件 × %(each)s，不超过 %(full)s") % {
            "amount": amount,
            "each": plain(rule.each),
            "full": item.full,
        }
    unit = _("次") if isinstance(rule, Deduct) else _("天")
    return f"{item.full} − {amount} {unit} × {plain(_each(rule))}"


def _explain_claims(score: EmployeeScore) -> list[Line]:
    cap = plain(score.scheme.competitive_cap)
    lines = [Line("component", _("竞争性得分"), _("最高 %s") % cap, score.competitive)]
    for one in score.claims:
        claim = one.claim
        quality = "1" if claim.quality is None else plain(claim.quality)
        detail = _("基础分 %(base)s × 难度 %(coefficient)s × 质量 %(quality)s × 份额 %(share)s") % {
            "base": plain(claim.base),
            "coefficient": plain(one.coefficient),
            "quality": quality,
            "share": one.share,
        }
        lines.append(Line("claim", f"{claim.task_code} {claim.task_name}", detail, one.points, depth=1, ref=claim.ref))
    if score.overflow:
        lines.append(Line("cap", _("超过上限的部分"), _("上限 %s，超出部分不计") % cap, -score.overflow, depth=1))
    return lines


def _explain_adjustments(score: EmployeeScore) -> list[Line]:
    cap = score.scheme.plus_cap
    detail = _("加分 %(plus)s（最多计 %(cap)s），减分 %(minus)s") % {
        "plus": score.plus,
        "cap": plain(cap),
        "minus": score.minus,
    }
    lines = [Line("component", _("加减分"), detail, score.adjustments)]
    for one in score.input.adjustments:
        kind = _("加分") if one.plus else _("违纪减分") if one.disciplinary else _("减分")
        figure = from_hundredths(hundredths(one.points if one.plus else -one.points))
        lines.append(Line("adjustment", one.matter, f"{one.day:%Y-%m-%d} {kind}", figure, depth=1, ref=one.ref))
    if score.plus > cap:
        lost = from_hundredths(hundredths(cap - score.plus))
        lines.append(Line("cap", _("超过加分上限的部分"), _("上限 %s，超出部分不计") % plain(cap), lost, depth=1))
    return lines


def _explain_linkage(score: EmployeeScore) -> Line:
    linkage, scheme = score.input.linkage, score.scheme
    if linkage is None:
        return Line("component", _("组织联动"), _("本部门没有组织绩效得分"), score.linkage)
    mean = Fraction(linkage.total) / linkage.count
    exact = mean * 100 == int(mean * 100)
    detail = _("%(factor)s ×（本部门 %(score)s − 平均 %(mean)s），限正负 %(limit)s 以内") % {
        "factor": plain(scheme.linkage_factor),
        "score": linkage.score,
        "mean": format2(mean) if exact else f"{linkage.total} ÷ {linkage.count}",
        "limit": plain(scheme.linkage_limit),
    }
    return Line("component", _("组织联动"), detail, score.linkage)


# --- The snapshot -----------------------------------------------------------------------------------------------------

SNAPSHOT_FORMAT = 1


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


@lru_cache(maxsize=4096)
def _rule(method: str, text: str) -> Rule:
    return parse_rule(method, text)


def to_json(inputs: EmployeeInput) -> dict[str, Any]:
    """The inputs as JSON values, compact: rows are lists in the order of the dataclasses' fields."""
    return {
        "format": SNAPSHOT_FORMAT,
        "number": inputs.number,
        "name": inputs.name,
        "items": [
            [
                item.code,
                item.name,
                item.library,
                str(item.full),
                [item.rule.method, str(item.rule)],
                [
                    [
                        node.period,
                        node.due.isoformat() if node.due else None,
                        _text(node.value),
                        node.tier,
                        _text(node.target),
                        node.exempt,
                        node.ref,
                        dict(node.trace),
                    ]
                    for node in item.nodes
                ],
                item.version,
                item.ref,
            ]
            for item in inputs.items
        ],
        "claims": [
            [_text(value) if isinstance(value, Decimal) else value for value in _values(claim)]
            for claim in inputs.claims
        ],
        "adjustments": [
            [one.day.isoformat(), one.plus, str(one.points), one.matter, one.disciplinary, one.ref]
            for one in inputs.adjustments
        ],
        "linkage": (
            [str(inputs.linkage.score), str(inputs.linkage.total), inputs.linkage.count] if inputs.linkage else None
        ),
    }


def _values(row: ClaimInput) -> list[Any]:
    return [getattr(row, one.name) for one in fields(row)]


def from_json(data: Mapping[str, Any]) -> EmployeeInput:
    """The inputs of a snapshot. Raises ValueError for a format that this version does not know."""
    if data.get("format") != SNAPSHOT_FORMAT:
        raise ValueError(f"unknown snapshot format {data.get('format')!r}")
    linkage = data["linkage"]
    return EmployeeInput(
        number=data["number"],
        name=data["name"],
        items=tuple(_item_of(row) for row in data["items"]),
        claims=tuple(_claim_of(row) for row in data["claims"]),
        adjustments=tuple(
            AdjustmentInput(date.fromisoformat(day), plus, Decimal(points), matter, disciplinary, ref)
            for day, plus, points, matter, disciplinary, ref in data["adjustments"]
        ),
        linkage=LinkageInput(Decimal(linkage[0]), Decimal(linkage[1]), linkage[2]) if linkage else None,
    )


def _item_of(row: Sequence[Any]) -> ItemInput:
    code, name, library, full, (method, text), nodes, version, ref = row
    return ItemInput(
        code,
        name,
        library,
        Decimal(full),
        _rule(method, text),
        tuple(
            NodeInput(period, _day(due), _decimal(value), tier, _decimal(target), exempt, node_ref, trace)
            for period, due, value, tier, target, exempt, node_ref, trace in nodes
        ),
        version,
        ref,
    )


def _claim_of(row: Sequence[Any]) -> ClaimInput:
    task_code, task_name, base, difficulty, sharing, quality, *rest = row
    return ClaimInput(task_code, task_name, Decimal(base), difficulty, sharing, _decimal(quality), *rest)
