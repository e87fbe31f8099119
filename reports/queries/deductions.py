"""What a run's scores tell of its deductions: how many people they reach (扣分面), and how far the totals lie apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from common.exact import share
from scoring import statistics
from scoring.formula import SchemeValues
from scoring.models import ScoreRun
from scoring.queries.coverage import Parts, has_loss

LEAST_COVERAGE = 50
"""Where fewer people, in percent, lost anything, deductions reach too few."""
LEAST_GAP = Decimal(5)
"""Below this largest gap the totals hardly tell people apart (Z: over 9)."""


class Standing(Parts, Protocol):
    """What is looked at of a score: the row itself, or its columns alone."""

    @property
    def department_id(self) -> int: ...
    @property
    def total(self) -> Decimal: ...
    @property
    def bureau_rank(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of some people lost anything: 扣分面."""

    people: int
    lost: int

    @property
    def share(self) -> Decimal:
        return share(self.lost, self.people)

    @property
    def is_low(self) -> bool:
        return 100 * self.lost < LEAST_COVERAGE * self.people


@dataclass(frozen=True, slots=True)
class Scored:
    """What the scores of a quarter tell of its deductions."""

    people: Coverage
    departments: Coverage
    gap: Decimal | None
    provisional: bool

    @property
    def gap_is_low(self) -> bool:
        return self.gap is not None and self.gap < LEAST_GAP


def scored_of(run: ScoreRun, scores: Sequence[Standing]) -> Scored:
    """What these scores of a run tell of its deductions."""
    scheme = SchemeValues.from_mapping(run.scheme)
    groups: dict[int, bool] = defaultdict(bool)
    for score in scores:
        groups[score.department_id] |= has_loss(score, scheme)
    spread = statistics.spread([score.total for score in scores if score.bureau_rank is not None])
    return Scored(
        people=coverage_of(scores, scheme),
        departments=Coverage(len(groups), sum(groups.values())),
        gap=spread.gap if spread else None,
        provisional=run.is_provisional,
    )


def coverage_of(scores: Sequence[Parts], scheme: SchemeValues) -> Coverage:
    """How many of the people lost anything."""
    return Coverage(len(scores), sum(has_loss(score, scheme) for score in scores))
