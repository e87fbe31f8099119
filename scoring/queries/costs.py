"""Which items cost most of a score's total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from common.exact import round2
from scoring.formula import COMMON, INDIVIDUAL, EmployeeScore, ItemScore

MOST_COSTLY = 5


@dataclass(frozen=True, slots=True)
class Cost:
    """What one item took off the total, rounded for reading: weight · (full − earned) / Σfull."""

    anchor: str
    label: str
    lost: Decimal
    missing: bool


def costs(scored: EmployeeScore, *, most: int = MOST_COSTLY) -> list[Cost]:
    """The items that cost most of the total, the costliest first; those that cost nothing are left out."""
    weights = {COMMON: scored.scheme.common_weight, INDIVIDUAL: scored.scheme.individual_weight}
    found = [
        cost
        for library, weight in weights.items()
        for cost in _costs([one for one in scored.items if one.item.library == library], weight)
    ]
    return sorted(found, key=lambda cost: (-cost.lost, cost.label))[:most]


def _costs(items: Sequence[ItemScore], weight: Decimal) -> list[Cost]:
    counting = [(one, one.earned) for one in items if one.earned is not None]
    whole = sum((one.item.full for one, _earned in counting), Decimal(0))
    found = []
    for one, earned in counting:
        if earned == one.item.full:
            continue
        lost = round2(Fraction(weight) * Fraction(one.item.full - earned) / Fraction(whole))
        if lost:
            found.append(Cost(f"p{one.item.ref}", one.item.label, lost, one.is_unreported))
    return found
