"""Who is scored and ranked, the star pool, and the year (scoring.md §3–§5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from common.exact import from_hundredths, hundredths, round_ratio
from common.workdays import WorkCalendar
from indicators.scheme import SchemeValues

Span = tuple[date | None, date | None]


class Employed(NamedTuple):
    """An employment as far as it bounds a period: None where it began no later, or lasts to the end at least."""

    joined: date | None
    left: date | None

    @classmethod
    def within(cls, first: date, last: date, joined: date | None, left: date | None) -> Employed:
        """The employment in a period: two people who were there from its first day to its last have the same."""
        return cls(
            joined if joined is not None and joined > first else None,
            left if left is not None and left < last else None,
        )


ALL_THE_TIME = Employed(None, None)


def employed_in(first: date, last: date, joined: date | None, left: date | None) -> bool:
    """Whether an employee is scored in a period: joined by its last day, not gone before its first (scoring.md §3)."""
    return (joined is None or joined <= last) and (left is None or left >= first)


def covers(start: date | None, end: date | None, day: date) -> bool:
    """Whether a dated status holds on a day; first and last days count, no end means still."""
    return (start is None or start <= day) and (end is None or day <= end)


def in_post_share(
    calendar: WorkCalendar,
    first: date,
    last: date,
    *,
    joined: date | None = None,
    left: date | None = None,
    absences: Iterable[Span] = (),
) -> Fraction:
    """Working days employed and not absent / working days of the period (scoring.md §4).

    Overlapping absences count once; first and last days are included. Hand in absences only, not the statuses
    试用期 and 立案审查, which leave the person in post.
    """
    available = calendar.count(first, last)
    if not available:
        return Fraction(1)
    start = first if joined is None else max(first, joined)
    end = last if left is None else min(last, left)
    worked = calendar.count(start, end)
    spans = sorted((max(start, away or start), min(end, back or end)) for away, back in absences)
    free_from = start
    for away, back in spans:
        worked -= calendar.count(max(away, free_from), back)
        free_from = max(free_from, back + timedelta(days=1))
    return Fraction(worked, available)


def unranked_reasons(share: Fraction, scheme: SchemeValues, *, probation: bool, investigation: bool) -> tuple[str, ...]:
    """Why an employee is scored but not ranked: `share`, `probation`, `investigation`; empty if ranked (scoring.md §4).

    The two statuses are those of the quarter's last day.
    """
    found = {
        "share": share < Fraction(scheme.minimum_share),
        "probation": probation,
        "investigation": investigation,
    }
    return tuple(reason for reason, holds in found.items() if holds)


class RankRow(NamedTuple):
    """One scored employee before ranking; `category` is the name of the rank category on the quarter's last day."""

    number: str
    total: Decimal
    category: str
    ranked: bool = True
    disciplinary: bool = False


class Placing(NamedTuple):
    """Ranks of one employee, None where there is none, and whether they are in the star pool."""

    bureau_rank: int | None = None
    category_rank: int | None = None
    in_pool: bool = False


def _ranks(rows: Iterable[RankRow]) -> dict[str, int]:
    """Ties share a rank and the next rank skips: 1, 2, 2, 4."""
    rows = list(rows)
    higher = 0
    rank_of: dict[Decimal, int] = {}
    for total, number in sorted(Counter(row.total for row in rows).items(), reverse=True):
        rank_of[total] = higher + 1
        higher += number
    return {row.number: rank_of[row.total] for row in rows}


def pool_size(ranked_in_bureau: int, scheme: SchemeValues) -> int:
    """n = max(1, floor(share · number with a bureau rank)) (scoring.md §4)."""
    numerator, denominator = scheme.star_share.as_integer_ratio()
    return max(1, ranked_in_bureau * numerator // denominator)


def rank(rows: Iterable[RankRow], scheme: SchemeValues) -> dict[str, Placing]:
    """Ranks in bureau and category, and the star pool, by staff number (scoring.md §4). Order of rows is irrelevant."""
    rows = list(rows)
    ranked = [row for row in rows if row.ranked]
    bureau = _ranks(row for row in ranked if row.category not in scheme.unranked_categories)
    categories: dict[str, list[RankRow]] = {}
    for row in ranked:
        categories.setdefault(row.category, []).append(row)
    in_category: dict[str, int] = {}
    for members in categories.values():
        in_category |= _ranks(members)
    border = pool_size(len(bureau), scheme)
    return {
        row.number: Placing(
            bureau.get(row.number),
            in_category.get(row.number),
            row.number in bureau and bureau[row.number] <= border and not row.disciplinary,
        )
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class AnnualScore:
    """An employee's year; `score` is None without a ranked, published quarter, `ranked` asks for two of them."""

    score: Decimal | None
    ranked: bool
    quarters: int


def annual(totals: Sequence[Decimal]) -> AnnualScore:
    """The year from the totals of the ranked, published quarters, last run of each (scoring.md §5)."""
    if not totals:
        return AnnualScore(None, False, 0)
    score = round_ratio(sum(hundredths(total) for total in totals), len(totals))
    return AnnualScore(from_hundredths(score), len(totals) >= 2, len(totals))
