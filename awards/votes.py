"""What a ballot says: weighted shares, the ranking, its border, and whether a decision follows it. No ORM, no clock.

Shares are exact fractions of 100; they are rounded only where they are shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction

FEWEST_SHOWN = 3
"""With fewer ballots than this on a side its figures would tell what single people chose."""


@dataclass(frozen=True, slots=True)
class Ballots:
    """Ballots cast for one star on each side, abstentions among them."""

    leaders: int
    staff: int

    @property
    def cast(self) -> int:
        return self.leaders + self.staff

    @property
    def shows_sides(self) -> bool:
        """Whether votes and shares may be shown. All or nothing: from the weighted share and the votes of one side those
        of the other follow, and with few ballots on both sides from the share alone."""
        return self.shows_ranks and not any(0 < side < FEWEST_SHOWN for side in (self.leaders, self.staff))

    @property
    def shows_ranks(self) -> bool:
        """Whether there are ballots enough for an order that is no single person's."""
        return self.cast >= FEWEST_SHOWN


@dataclass(frozen=True, slots=True)
class Count:
    """How many ballots of each side name a nominee."""

    key: int
    leaders: int
    staff: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A nominee with the weighted share (0 to 100) and rank; ties share a rank and the next rank skips."""

    key: int
    leaders: int
    staff: int
    share: Fraction
    rank: int


@dataclass(frozen=True, slots=True)
class Result:
    """The nominees by weighted share. `elected` are those whom the vote gives a star beyond doubt; `tied` stand equal at
    the border with `open_places` left for them: that is for the committee to decide, never cut silently."""

    rows: tuple[Placed, ...]
    elected: frozenset[int]
    tied: frozenset[int]
    open_places: int

    @property
    def places(self) -> int:
        """How many stars the vote gives."""
        return len(self.elected) + self.open_places

    def by_vote(self, key: int) -> bool:
        return key in self.elected or key in self.tied

    def follows(self, chosen: Collection[int]) -> bool:
        """Whether a decision is what the vote says: all elected, and of the tied as many as places are open."""
        return self.elected <= set(chosen) and all(map(self.by_vote, chosen)) and len(chosen) == self.places


def share_of(count: Count, ballots: Ballots, leaders_percent: int) -> Fraction:
    """leaders_percent · votes/ballots of the leaders + the rest · votes/ballots of the staff.

    A side without ballots gives its weight to the other; without any ballot the share is 0.
    """
    sides = (
        (leaders_percent, count.leaders, ballots.leaders),
        (100 - leaders_percent, count.staff, ballots.staff),
    )
    voting = [(weight, votes, cast) for weight, votes, cast in sides if cast]
    if len(voting) == 1:
        voting = [(100, voting[0][1], voting[0][2])]
    return sum((Fraction(weight * votes, cast) for weight, votes, cast in voting), Fraction(0))


def result(
    counts: Iterable[Count], ballots: Ballots, *, leaders_percent: int, places: int, without: Collection[int] = ()
) -> Result:
    """The ranking and who is elected; `without` leaves out nominees who get another star, so that the next move up.

    Nobody is elected without a vote. Equal shares stand in the order in which the nominees came.
    """
    shares = [(one, share_of(one, ballots, leaders_percent)) for one in counts]
    higher = {share: sum(other > share for _one, other in shares) for _one, share in shares}
    rows = sorted(
        (Placed(one.key, one.leaders, one.staff, share, higher[share] + 1) for one, share in shares),
        key=lambda row: row.rank,
    )
    left, elected, tied = places, set[int](), set[int]()
    running = [row for row in rows if row.share and row.key not in without]
    for share in dict.fromkeys(row.share for row in running):
        equal = {row.key for row in running if row.share == share}
        if len(equal) > left:
            tied = equal if left else set()
            break
        elected |= equal
        left -= len(equal)
    return Result(tuple(rows), frozenset(elected), frozenset(tied), left if tied else 0)
