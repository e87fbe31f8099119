"""Quotas and suggestions (结果运用). Pure: no rows, no clock; places in a ranking in, suggested words out.

「以内」 rounds down: of 199 people ranked 40 % are 79. A tie across a border is shown whole, never cut: every one of the
tied is suggested and marked, and people decide. Nobody moves up for somebody who is passed over, as in the star pool
(scoring.md §4).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


class Word(StrEnum):
    """What is suggested and decided, in every kind of list."""

    GOOD = "good"
    BETTER = "better"
    FAIR = "fair"
    POOR = "poor"
    EXCELLENT = "excellent"
    COMPETENT = "competent"
    BASIC = "basic"
    INCOMPETENT = "incompetent"
    UNGRADED = "ungraded"
    PREFERRED = "preferred"
    NORMAL = "normal"
    HELD_BACK = "held_back"
    TRAIN = "train"
    COACH = "coach"
    IMPROVE = "improve"
    TALK = "talk"
    REMIND = "remind"
    SKIP = "skip"


BELOW_PAR = frozenset({Word.FAIR, Word.POOR})


class Why(StrEnum):
    """Which rule a suggestion came from."""

    WITHIN_QUOTA = "within"
    MISCONDUCT = "misconduct"
    GRADED_DOWN = "graded_down"
    UNDER_THRESHOLD = "under"
    AMONG_LAST = "last"
    BETWEEN = "between"


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody who is ranked: the place, the figure it comes from, whether a disciplinary minus (违纪) counts, and the
    words decided in the quarters of the year."""

    rank: int
    figure: Decimal
    misconduct: bool = False
    grades: tuple[str, ...] = ()

    @property
    def graded_down(self) -> bool:
        return not BELOW_PAR.isdisjoint(self.grades)


@dataclass(frozen=True, slots=True)
class Suggestion:
    word: Word
    why: Why
    at_border: bool = False


def quota(number: int, percent: int) -> int:
    """How many of a number are within so many percent: 「以内」 rounds down."""
    return number * percent // 100


def first(ranks: Mapping[Key, int], places: int, *, passed_over: Collection[Key] = ()) -> dict[Key, bool]:
    """Who stands within the first places, and whether in a tie for which the places left do not suffice.

    Those passed over keep their place in the ranking, but none of the quota.
    """
    wanting = Counter(rank for key, rank in ranks.items() if key not in passed_over)
    return {
        key: wanting[rank] > places - (rank - 1)
        for key, rank in ranks.items()
        if rank <= places and key not in passed_over
    }


def last(ranks: Mapping[Key, int], places: int) -> dict[Key, bool]:
    """Who stands within the last places, and whether in a tie that reaches beyond them."""
    tied = Counter(ranks.values())
    border = len(ranks) - places
    return {key: rank <= border for key, rank in ranks.items() if rank + tied[rank] - 1 > border}


def ranked(figures: Mapping[Key, Decimal]) -> dict[Key, int]:
    """Places by figure, the highest first; ties share one and the next skips (scoring.md §4)."""
    return {key: 1 + sum(other > figure for other in figures.values()) for key, figure in figures.items()}


def quarterly(
    people: Mapping[Key, Standing], *, good_percent: int, fair_percent: int, poor_below: Decimal
) -> dict[Key, Suggestion]:
    """好 for the first within the quota, never with a disciplinary minus; 较差 below a total; 一般 for the last."""
    ranks = {key: one.rank for key, one in people.items()}
    misconduct = {key for key, one in people.items() if one.misconduct}
    good = first(ranks, quota(len(people), good_percent), passed_over=misconduct)
    tail = last(ranks, quota(len(people), fair_percent))
    found = {}
    for key, one in people.items():
        if key in good:
            found[key] = Suggestion(Word.GOOD, Why.WITHIN_QUOTA, good[key])
        elif one.figure < poor_below:
            found[key] = Suggestion(Word.POOR, Why.UNDER_THRESHOLD)
        elif key in tail:
            found[key] = Suggestion(Word.FAIR, Why.AMONG_LAST, tail[key])
        else:
            found[key] = Suggestion(Word.BETTER, Why.MISCONDUCT if one.misconduct else Why.BETWEEN)
    return found


def annual(people: Mapping[Key, Standing], *, percent: int, basic_below: Decimal) -> dict[Key, Suggestion]:
    """优秀 for the first within the quota, without misconduct and without a quarter of 一般 or 较差; 基本称职 below a
    score or after a quarter of 较差; 不称职 is never suggested."""
    ranks = {key: one.rank for key, one in people.items()}
    barred = {key for key, one in people.items() if one.misconduct or one.graded_down}
    excellent = first(ranks, quota(len(people), percent), passed_over=barred)
    found = {}
    for key, one in people.items():
        if key in excellent:
            found[key] = Suggestion(Word.EXCELLENT, Why.WITHIN_QUOTA, excellent[key])
        elif one.figure < basic_below:
            found[key] = Suggestion(Word.BASIC, Why.UNDER_THRESHOLD)
        elif Word.POOR in one.grades:
            found[key] = Suggestion(Word.BASIC, Why.GRADED_DOWN)
        else:
            found[key] = Suggestion(Word.COMPETENT, _why_not_first(one))
    return found


def promotion(
    people: Mapping[Key, Standing], *, preferred_percent: int, held_back_percent: int
) -> dict[Key, Suggestion]:
    """优先 for the first, 暂缓 for the last and after misconduct or a quarter of 较差."""
    ranks = {key: one.rank for key, one in people.items()}
    barred = {key for key, one in people.items() if one.misconduct or one.graded_down}
    preferred = first(ranks, quota(len(people), preferred_percent), passed_over=barred)
    tail = last(ranks, quota(len(people), held_back_percent))
    found = {}
    for key, one in people.items():
        if key in preferred:
            found[key] = Suggestion(Word.PREFERRED, Why.WITHIN_QUOTA, preferred[key])
        elif one.misconduct:
            found[key] = Suggestion(Word.HELD_BACK, Why.MISCONDUCT)
        elif Word.POOR in one.grades:
            found[key] = Suggestion(Word.HELD_BACK, Why.GRADED_DOWN)
        elif key in tail:
            found[key] = Suggestion(Word.HELD_BACK, Why.AMONG_LAST, tail[key])
        else:
            found[key] = Suggestion(Word.NORMAL, _why_not_first(one))
    return found


def twice_last(now: Mapping[Key, Decimal], before: Mapping[Key, Decimal], *, places: int) -> dict[Key, Suggestion]:
    """The departments among the last of this year; 约谈 for those that were it in the year before, too."""
    again = last(ranked(before), places)
    return {
        key: Suggestion(Word.TALK, Why.AMONG_LAST, tied or again[key])
        if key in again
        else Suggestion(Word.REMIND, Why.AMONG_LAST, tied)
        for key, tied in last(ranked(now), places).items()
    }


def used(decisions: Iterable[str], word: str) -> int:
    """How many decisions give a word."""
    return sum(decision == word for decision in decisions)


def _why_not_first(one: Standing) -> Why:
    if one.misconduct:
        return Why.MISCONDUCT
    return Why.GRADED_DOWN if one.graded_down else Why.BETWEEN
