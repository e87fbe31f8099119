"""扣分面: who lost anything in a scored quarter (domain.md, Words)."""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

from django.db.models import Q

from scoring.formula import SchemeValues


class Parts(Protocol):
    """What of a score decides: the row itself, or the columns read for many people at once."""

    @property
    def common(self) -> Decimal: ...
    @property
    def individual(self) -> Decimal: ...
    @property
    def has_individual(self) -> bool: ...
    @property
    def adjustments(self) -> Decimal: ...


def has_loss(score: Parts, scheme: SchemeValues) -> bool:
    """Whether a person lost anything in the quarter: in the common or individual part, or by a minus (扣分面)."""
    return (
        score.common < scheme.common_weight
        or (score.has_individual and score.individual < scheme.individual_weight)
        or score.adjustments < 0
    )


def loses(scheme: SchemeValues) -> Q:
    """The same as `has_loss` said to the database, of scores under one scheme."""
    individual = Q(has_individual=True, individual__lt=scheme.individual_weight)
    return Q(common__lt=scheme.common_weight) | individual | Q(adjustments__lt=0)
