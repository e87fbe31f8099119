"""Figures of a scored quarter from plain values: no ORM, no clock, no float.

Everything is drawn from totals with two decimals; means are exact until they are rounded once (scoring.md `round2`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import isqrt

from common.exact import from_hundredths, hundredths, round2, share

MOST_BINS = 16
TAIL_PART = 50
_WIDTHS = (Decimal("0.5"), Decimal(1), Decimal(2), Decimal(5), Decimal(10), Decimal(20), Decimal(50))


@dataclass(frozen=True, slots=True)
class Bin:
    """A class of the histogram: `low` ≤ total < `high`; `own` marks the one where the reader stands.

    The tail holds everything below `high`, down to `low`, the lowest total of all.
    """

    low: Decimal
    high: Decimal
    count: int
    own: bool
    is_tail: bool = False


@dataclass(frozen=True, slots=True)
class Spread:
    """The ends and the middle of a set of totals; 最大分差 is the gap between the ends (domain.md, Words)."""

    count: int
    highest: Decimal
    lowest: Decimal
    mean: Decimal
    median: Decimal

    @property
    def gap(self) -> Decimal:
        return self.highest - self.lowest


def attainment(earned: Decimal, people: int, full: Decimal) -> Decimal | None:
    """得分率: what people earned together of what they could, in percent; None where nothing could be earned."""
    return round2(100 * Fraction(earned) / (people * Fraction(full))) if people and full else None


@dataclass(frozen=True, slots=True)
class GroupMean:
    """The mean total of one group of people, for comparing groups as sorted bars."""

    key: int
    count: int
    mean: Decimal
    highest: Decimal
    lowest: Decimal


def histogram(totals: Sequence[Decimal], own: Decimal | None = None) -> list[Bin]:
    """The totals in classes of one round width, at most MOST_BINS of them, without gaps; [] when there are none.

    The width follows the bulk: what lies below the lowest 2 % goes into one open class, so that a few stragglers do not
    press everybody else into two bars.
    """
    if not totals:
        return []
    ordered = sorted(totals)
    bulk = ordered[len(ordered) // TAIL_PART]
    width = next((w for w in _WIDTHS if ordered[-1] // w - bulk // w < MOST_BINS - 1), _WIDTHS[-1])
    first, last = int(bulk // width), int(ordered[-1] // width)
    counts: dict[int, int] = defaultdict(int)
    for total in ordered:
        counts[max(first - 1, int(total // width))] += 1
    mine = None if own is None else max(first - 1, int(own // width))
    bins = [Bin(width * place, width * (place + 1), counts[place], place == mine) for place in range(first, last + 1)]
    if counts[first - 1]:
        bins.insert(0, Bin(ordered[0], width * first, counts[first - 1], mine == first - 1, is_tail=True))
    return bins


def spread(totals: Sequence[Decimal]) -> Spread | None:
    """Ends, mean and median, each with two decimals; None when there are no totals."""
    if not totals:
        return None
    ordered = sorted(hundredths(total) for total in totals)
    count = len(ordered)
    middle = Fraction(ordered[(count - 1) // 2] + ordered[count // 2], 200)
    return Spread(
        count=count,
        highest=from_hundredths(ordered[-1]),
        lowest=from_hundredths(ordered[0]),
        mean=round2(Fraction(sum(ordered), 100 * count)),
        median=round2(middle),
    )


def group_means(pairs: Iterable[tuple[int, Decimal]]) -> list[GroupMean]:
    """The mean of each group of (key, total), the best first; equal means stand by key."""
    groups: dict[int, list[int]] = defaultdict(list)
    for key, total in pairs:
        groups[key].append(hundredths(total))
    means = [
        (
            Fraction(sum(values), 100 * len(values)),
            GroupMean(
                key=key,
                count=len(values),
                mean=round2(Fraction(sum(values), 100 * len(values))),
                highest=from_hundredths(max(values)),
                lowest=from_hundredths(min(values)),
            ),
        )
        for key, values in groups.items()
    ]
    return [row for _exact, row in sorted(means, key=lambda pair: (-pair[0], pair[1].key))]


@dataclass(frozen=True, slots=True)
class Marks:
    """How a set of results was marked: sums of the shares of full marks, exact, so that sets add and subtract.

    `alike` counts, among the `comparable` results, those with the points that more than half at their node got.
    """

    results: int = 0
    shares: Fraction = Fraction()
    squares: Fraction = Fraction()
    full: int = 0
    comparable: int = 0
    alike: int = 0

    def __add__(self, other: Marks) -> Marks:
        return self._with(other, 1)

    def __sub__(self, other: Marks) -> Marks:
        return self._with(other, -1)

    def _with(self, other: Marks, sign: int) -> Marks:
        return Marks(*(getattr(self, name) + sign * getattr(other, name) for name in self.__slots__))

    @property
    def mean(self) -> Decimal:
        """The mean share of full marks in percent; 0.00 of nothing."""
        return round2(100 * self.shares / self.results) if self.results else Decimal("0.00")

    @property
    def variance(self) -> Fraction:
        """Of the shares in percent, over all results; exact."""
        if not self.results:
            return Fraction()
        mean = self.shares / self.results
        return 10_000 * (self.squares / self.results - mean * mean)

    @property
    def deviation(self) -> Decimal:
        """The standard deviation of the shares, in percentage points."""
        return root2(self.variance)

    @property
    def full_share(self) -> Decimal:
        return share(self.full, self.results)

    @property
    def alike_share(self) -> Decimal:
        return share(self.alike, self.comparable)


def marks_of(full: Decimal, points: Mapping[Decimal, int], *, fewest_alike: int) -> Marks:
    """The marks of one node: how many people got which points out of `full`."""
    shares = [(Fraction(got) / Fraction(full), number) for got, number in points.items()]
    people = sum(points.values())
    comparable = people if people >= fewest_alike else 0
    return Marks(
        results=people,
        shares=sum((part * number for part, number in shares), Fraction()),
        squares=sum((part * part * number for part, number in shares), Fraction()),
        full=sum(number for part, number in shares if part >= 1),
        comparable=comparable,
        alike=max(points.values()) if comparable and 2 * max(points.values()) > people else 0,
    )


def root2(value: Fraction) -> Decimal:
    """The square root with two decimals, rounded half away from zero without a float; `value` is not negative."""
    hundredfold = value * 10_000
    below = isqrt(hundredfold.numerator // hundredfold.denominator)
    return from_hundredths(below + (hundredfold >= Fraction(2 * below + 1, 2) ** 2))
