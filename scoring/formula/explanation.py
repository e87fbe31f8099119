"""A score in words and figures, from its components down to each input (scoring.md §6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from common.exact import format2, from_hundredths, hundredths, plain
from common.text import clauses
from indicators.rules import Rule, working
from scoring.formula.inputs import COMMON, INDIVIDUAL, ItemInput
from scoring.formula.points import ZERO, EmployeeScore, ItemScore, NodeScore, PartScore


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an explanation.

    The figures of depth 0 but the last add up to the last, 总分. The figures one step below a line of competitive
    points or adjustments add up to it; below a component of items they add up to what its detail divides. `figure` is
    None for what leaves the sums (不适用). `kind` is component, item, node, claim, adjustment, cap or total, and `ref`
    refers to a thing of that kind, `version` is that of an item's rule.
    """

    kind: str
    label: str
    detail: str
    figure: Decimal | None
    depth: int = 0
    full: Decimal | None = None
    missing: bool = False
    ref: str = ""
    version: int = 0
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
                item.label,
                _item_detail(item_score),
                item_score.earned,
                depth=1,
                full=item.full if item_score.earned is not None else None,
                missing=item_score.missing > 0,
                ref=item.ref,
                version=item.version,
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
        "full": format2(item.full),
        "method": method_label(item.rule),
        "rule": item.rule,
        "version": item.version,
    }
    points = [str(node.points) for node in score.nodes if node.points is not None]
    if not score.nodes:
        return clauses([rule, _("本季没有考核节点，不计入")])
    if not points:
        return clauses([rule, _("全部不适用，不计入")])
    return rule if len(points) == 1 else clauses([rule, f"({' + '.join(points)}) ÷ {len(points)}"])


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
    return working(item.full, rule, value=node.value or ZERO, tier=node.tier, target=node.target)


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
