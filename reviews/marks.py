"""互评的分数: the mean of the marks, and what makes ballots look thoughtless (domain.md, Three showings). No rows, no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from common.exact import round2

TRIMMED_ABOVE = 5
"""With more raters than this the highest and the lowest mark are left out, each once."""
SHORT_COMMENT = 6
"""A comment of fewer characters says little."""


@dataclass(frozen=True, slots=True)
class Ballot:
    """What one says of another; a leader's comment has no mark."""

    mark: int | None
    comment: str


@dataclass(frozen=True, slots=True)
class Flags:
    """What strikes one about the ballots of one rater; true or false, never a judgement."""

    same_mark: bool = False
    short: bool = False
    repeated: bool = False

    def __bool__(self) -> bool:
        return self.same_mark or self.short or self.repeated


def mean_mark(marks: Sequence[int]) -> Decimal | None:
    """The mean with two decimals, of more than five without the highest and the lowest; None without marks."""
    counted = sorted(marks)
    if len(counted) > TRIMMED_ABOVE:
        counted = counted[1:-1]
    return round2(Fraction(sum(counted), len(counted))) if counted else None


def is_trimmed(raters: int) -> bool:
    """Whether the highest and lowest of so many marks are left out."""
    return raters > TRIMMED_ABOVE


def flags_of(ballots: Sequence[Ballot]) -> Flags:
    """What strikes one: the same mark for all (of two or more), comments of a few characters, or the same twice."""
    marks = [ballot.mark for ballot in ballots if ballot.mark is not None]
    comments = ["".join(ballot.comment.split()) for ballot in ballots]
    said = [comment for comment in comments if comment]
    return Flags(
        same_mark=len(marks) > 1 and len(set(marks)) == 1,
        short=any(len(comment) < SHORT_COMMENT for comment in said),
        repeated=any(count > 1 for count in Counter(said).values()),
    )
