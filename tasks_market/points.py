"""What an accepted claim is worth (scoring.md §3). Pure: the score, the market's pages and the tests use the same lines."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import prod

from common.exact import from_hundredths, round_ratio


def share_of(sharing: str, part: str, *, lead_share: Decimal, claims: int, assistants: int) -> Fraction:
    """The share of a task's points that falls to one claim (scoring.md §3, 各得 / 均分 / 主协办).

    `claims` counts the task's accepted claims, `assistants` the assistants among them, this one included.
    """
    if sharing == "split":
        return Fraction(1, claims)
    if sharing == "lead":
        lead = Fraction(lead_share)
        if part == "assistant":
            return (1 - lead) / assistants
        return lead if assistants else Fraction(1)
    return Fraction(1)


def points_of(base: Decimal, *, coefficient: Decimal, quality: Decimal | None, share: Fraction) -> Decimal:
    """round2(base · difficulty coefficient · quality · share); an empty quality counts 1 (scoring.md §3)."""
    factors = (base, coefficient, share) if quality is None else (base, coefficient, quality, share)
    numerators, denominators = zip(*(factor.as_integer_ratio() for factor in factors), strict=True)
    return from_hundredths(round_ratio(100 * prod(numerators), prod(denominators)))
