"""Points of nodes, items, claims and employees (scoring.md §1–§3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from common.exact import from_hundredths, hundredths, round_ratio, to_hundredths
from indicators.rules import Rule
from indicators.rules import points_hundredths as node_hundredths
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

    @property
    def is_unreported(self) -> bool:
        """Whether a node has no input at all (漏项); what was entered and waits for confirmation only counts 0 yet."""
        return any(one.missing and "state" not in one.node.trace for one in self.nodes)


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


class Figures(NamedTuple):
    """The components of scoring.md §3 and what enters them, in whole hundredths."""

    common: int
    individual: int
    competitive: int
    overflow: int
    plus: int
    minus: int
    adjustments: int
    linkage: int
    total: int


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


def node_points(full: Decimal, rule: Rule, node: NodeInput) -> Decimal | None:
    """Points of one node (scoring.md §1); None if it is exempt or its input is missing."""
    points = None if node.exempt else _node_hundredths(hundredths(full), rule, node)
    return None if points is None else from_hundredths(points)


def _node_hundredths(full: int, rule: Rule, node: NodeInput) -> int | None:
    return node_hundredths(full, rule, value=node.value, tier=node.tier, target=node.target)


def item_hundredths(points: Sequence[int]) -> int:
    """The mean of the points of an item's nodes, rounded (scoring.md §2). `points` are those that are not exempt, a
    missing one among them with 0; an item without any leaves both sums and is not asked for.
    """
    return points[0] if len(points) == 1 else round_ratio(sum(points), len(points))


def score_item(item: ItemInput) -> ItemScore:
    """One item: the mean of its nodes that are not exempt, rounded (scoring.md §2)."""
    full = hundredths(item.full)
    nodes = []
    counting = []
    missing = 0
    for node in item.nodes:
        if node.exempt:
            nodes.append(NodeScore(node, None, False))
            continue
        points = _node_hundredths(full, item.rule, node)
        missing += points is None
        counting.append(points or 0)
        nodes.append(NodeScore(node, from_hundredths(points or 0), points is None))
    earned = from_hundredths(item_hundredths(counting)) if counting else None
    return ItemScore(item, tuple(nodes), earned, missing)


def part_hundredths(earned: int, full: int, weight: Decimal) -> int:
    """A component made of items: round2(weight · earned / full), 0 where nothing counts (scoring.md §3)."""
    if not full:
        return 0
    numerator, denominator = weight.as_integer_ratio()
    return round_ratio(100 * numerator * earned, denominator * full)


def _sums(items: Iterable[ItemScore], library: str) -> tuple[int, int]:
    earned = full = 0
    for score in items:
        if score.item.library == library and score.earned is not None:
            earned += hundredths(score.earned)
            full += hundredths(score.item.full)
    return earned, full


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


def linkage_hundredths(linkage: LinkageInput | None, scheme: SchemeValues) -> int:
    """clamp(round2(k · (S_d − S̄)), −limit, +limit) in hundredths; 0 without a department's score (scoring.md §3)."""
    if linkage is None or not linkage.count:
        return 0
    mean = Fraction(linkage.total) / linkage.count
    points = to_hundredths(Fraction(scheme.linkage_factor) * (Fraction(linkage.score) - mean))
    limit = hundredths(scheme.linkage_limit)
    return max(-limit, min(limit, points))


def figures(
    scheme: SchemeValues,
    *,
    common: tuple[int, int],
    individual: tuple[int, int],
    claimed: int,
    plus: int,
    minus: int,
    linkage: int,
) -> Figures:
    """The components and the total (scoring.md §3), in hundredths like all that is handed in.

    `common` and `individual` are the sums of earned and of full points of the items that count, `claimed` the sum of the
    points of accepted claims, `plus` and `minus` those of the adjustments.
    """
    of_common = part_hundredths(*common, scheme.common_weight)
    of_individual = part_hundredths(*individual, scheme.individual_weight)
    competitive = min(hundredths(scheme.competitive_cap), claimed)
    adjustments = min(hundredths(scheme.plus_cap), plus) - minus
    return Figures(
        common=of_common,
        individual=of_individual,
        competitive=competitive,
        overflow=claimed - competitive,
        plus=plus,
        minus=minus,
        adjustments=adjustments,
        linkage=linkage,
        total=max(0, of_common + of_individual + competitive + adjustments + linkage),
    )


def score_employee(inputs: EmployeeInput, scheme: SchemeValues) -> EmployeeScore:
    """An employee's quarter (scoring.md §1–§3). For a provisional score hand in only the nodes already due."""
    items = tuple(score_item(item) for item in inputs.items)
    common, individual = _sums(items, COMMON), _sums(items, INDIVIDUAL)
    claims = tuple(score_claim(claim, scheme) for claim in inputs.claims)
    found = figures(
        scheme,
        common=common,
        individual=individual,
        claimed=sum(hundredths(claim.points) for claim in claims),
        plus=sum(hundredths(one.points) for one in inputs.adjustments if one.plus),
        minus=sum(hundredths(one.points) for one in inputs.adjustments if not one.plus),
        linkage=linkage_hundredths(inputs.linkage, scheme),
    )
    return EmployeeScore(
        input=inputs,
        scheme=scheme,
        items=items,
        claims=claims,
        common_part=PartScore(*map(from_hundredths, (*common, found.common))),
        individual_part=PartScore(*map(from_hundredths, (*individual, found.individual))),
        competitive=from_hundredths(found.competitive),
        overflow=from_hundredths(found.overflow),
        plus=from_hundredths(found.plus),
        minus=from_hundredths(found.minus),
        adjustments=from_hundredths(found.adjustments),
        linkage=from_hundredths(found.linkage),
        total=from_hundredths(found.total),
        missing=sum(item.missing for item in items),
    )
