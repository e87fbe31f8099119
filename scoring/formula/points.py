"""Points of nodes, items, claims and employees (scoring.md §1–§3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from common.exact import from_hundredths, hundredths, round_ratio, to_hundredths
from indicators.rules import Rule, points_hundredths
from indicators.scheme import SchemeValues
from scoring.formula.inputs import (
    COMMON,
    INDIVIDUAL,
    ClaimInput,
    EmployeeInput,
    ItemInput,
    LinkageInput,
    NodeInput,
)
from tasks_market.points import points_of, share_of

ZERO = Decimal("0.00")


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
    """Points of one node in hundredths, rounded (scoring.md §1); None if the input that the rule wants is missing."""
    return points_hundredths(full, rule, value=node.value, tier=node.tier, target=node.target)


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
    return share_of(
        claim.sharing,
        claim.part,
        lead_share=scheme.lead_share,
        claims=claim.accepted_claims,
        assistants=claim.accepted_assistants,
    )


def score_claim(claim: ClaimInput, scheme: SchemeValues) -> ClaimScore:
    """round2(base · difficulty coefficient · quality · share); an empty quality counts 1 (scoring.md §3)."""
    coefficient = scheme.difficulty(claim.difficulty)
    share = claim_share(claim, scheme)
    points = points_of(claim.base, coefficient=coefficient, quality=claim.quality, share=share)
    return ClaimScore(claim, coefficient, share, points)


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
