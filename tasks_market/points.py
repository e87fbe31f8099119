"""What an accepted claim is worth (scoring.md §3). Pure: the score, the market's pages and the tests use the same lines."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from common.exact import round2


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
    factor = Fraction(1) if quality is None else Fraction(quality)
    return round2(Fraction(base) * Fraction(coefficient) * factor * share)
