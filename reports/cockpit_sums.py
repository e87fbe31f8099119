"""The arithmetic of the cockpit: attainment of groups, distributions on one scale, movement. Pure; no tables, no clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from scoring.formula import SchemeValues
from scoring.statistics import attainment, histogram, spread

STRIP_STEP = 10
STRIP_HEIGHT = 24


class Row(NamedTuple):
    """The columns of a score that the cockpit looks at."""

    pk: int
    run_id: int
    employee_id: int
    number: str
    name: str
    department_id: int
    category: str
    position: int
    common: Decimal
    individual: Decimal
    competitive: Decimal
    adjustments: Decimal
    has_individual: bool
    total: Decimal
    bureau_rank: int | None
    ranked: bool


@dataclass(frozen=True, slots=True)
class Rates:
    """得分率 of a group in percent, whole and by part; None where the scheme gives a part nothing."""

    people: int
    whole: Decimal | None
    common: Decimal | None
    individual: Decimal | None
    competitive: Decimal | None


def rates(rows: Sequence[Row], scheme: SchemeValues) -> Rates:
    """What the people earned of each part and of the three together, everybody alike."""
    full = (scheme.common_weight, scheme.individual_weight, scheme.competitive_cap)
    earned = [
        sum(values, Decimal(0)) for values in zip(*((r.common, r.individual, r.competitive) for r in rows), strict=True)
    ]
    earned = earned or [Decimal(0)] * len(full)
    people = len(rows)
    whole = attainment(sum(earned, Decimal(0)), people, sum(full, Decimal(0)))
    return Rates(people, whole, *(attainment(got, people, of) for got, of in zip(earned, full, strict=True)))


@dataclass(frozen=True, slots=True)
class Strip:
    """A category on the scale of all: ends, middle, and a path of bars, one for each class of totals."""

    name: str
    people: int
    highest: Decimal
    median: Decimal
    lowest: Decimal
    gap: Decimal
    bars: str


@dataclass(frozen=True, slots=True)
class Strips:
    """The categories under each other; `width` is that of the drawing, `low` and `high` are the ends of its scale."""

    rows: tuple[Strip, ...]
    width: int
    low: Decimal
    high: Decimal


def strips(groups: Mapping[str, Sequence[Decimal]]) -> Strips | None:
    """The distribution of each group's totals over the classes of all totals; None without any."""
    bins = histogram([total for totals in groups.values() for total in totals])
    if not bins:
        return None
    found = []
    for name, totals in groups.items():
        ends = spread(totals)
        if ends is None:
            continue
        counts = [sum(one.low <= total < one.high for total in totals) for one in bins]
        bars = _bars(counts)
        found.append(Strip(name, ends.count, ends.highest, ends.median, ends.lowest, ends.gap, bars))
    return Strips(tuple(found), STRIP_STEP * len(bins), bins[0].low, bins[-1].high)


def _bars(counts: Sequence[int]) -> str:
    """A path with a bar for each count, the highest as high as the drawing."""
    most = max(counts, default=0)
    drawn = []
    for place, count in enumerate(counts):
        if count:
            height = max(2, STRIP_HEIGHT * count // most)
            drawn.append(f"M{STRIP_STEP * place} {STRIP_HEIGHT}v-{height}h{STRIP_STEP - 1}v{height}z")
    return "".join(drawn)


@dataclass(frozen=True, slots=True)
class Moved:
    """Somebody with a rank now and in the quarter before; `places` gained, negative if lost."""

    row: Row
    before: int
    places: int


def movements(rows: Iterable[Row], before: Mapping[int, int]) -> list[Moved]:
    """Everybody who has both ranks, whoever gained most first, then by rank."""
    found = [
        Moved(row, before[row.employee_id], before[row.employee_id] - row.bureau_rank)
        for row in rows
        if row.bureau_rank is not None and row.employee_id in before
    ]
    return sorted(found, key=lambda one: (-one.places, one.row.bureau_rank or 0, one.row.number))


def by_department(rows: Iterable[Row]) -> dict[int, list[Row]]:
    groups: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.department_id].append(row)
    return groups


def by_category(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Those who stand in a ranking, by category in the bureau's order."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in sorted((row for row in rows if row.ranked), key=lambda row: row.position):
        groups[row.category].append(row)
    return groups
