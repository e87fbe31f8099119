"""Which items cost most of a score's total."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from common.exact import round2
from scoring.formula import SchemeValues
from scoring.queries.explanations import ExplainedLine, Explanation

MOST_COSTLY = 5


def is_unreported(item: ExplainedLine) -> bool:
    """Whether one of its nodes has no input at all (漏项); what was entered and waits for confirmation only counts 0 yet."""
    return any(node.missing and not node.trace.get("state") for node in item.children)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one item took off the total, rounded for reading: weight · (full − earned) / Σfull."""

    anchor: str
    label: str
    lost: Decimal
    missing: bool


def costs(explained: Explanation, scheme: SchemeValues, *, most: int = MOST_COSTLY) -> list[Cost]:
    """The items that cost most of the total, the costliest first; those that cost nothing are left out."""
    weights = {"common": scheme.common_weight, "individual": scheme.individual_weight}
    found = [cost for part in explained.parts if part.key in weights for cost in _costs(part, weights[part.key])]
    return sorted(found, key=lambda cost: (-cost.lost, cost.label))[:most]


def _costs(part: ExplainedLine, weight: Decimal) -> list[Cost]:
    counting = [line for line in part.children if line.amount is not None and line.full]
    whole = sum((Decimal(line.full) for line in counting), Decimal(0))
    found = []
    for line in counting:
        lost = round2(Fraction(weight) * Fraction(Decimal(line.full) - (line.amount or Decimal(0))) / Fraction(whole))
        if lost:
            found.append(Cost(f"p{line.point_id}", line.label, lost, is_unreported(line)))
    return found
