"""扣分面: who lost anything in a scored quarter (domain.md, Words)."""

from __future__ import annotations

from scoring.formula import SchemeValues
from scoring.models import Score


def has_loss(score: Score, scheme: SchemeValues) -> bool:
    """Whether a person lost anything in the quarter: in the common or individual part, or by a minus (扣分面)."""
    return (
        score.common < scheme.common_weight
        or (score.has_individual and score.individual < scheme.individual_weight)
        or score.adjustments < 0
    )
