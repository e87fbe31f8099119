"""The arithmetic of the figures that an upper bureau sees, and what of them is shown. Pure; no tables, no clock.

Nothing that rests on fewer than `FEWEST` people is shown, neither directly nor by taking one figure from another: what a
bureau does not show exactly enters every sum as it is shown, or not at all (docs/upward.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from common.exact import format2, hundredths, round2, share
from scoring.formula import SchemeValues

FEWEST = 5
"""Of fewer people nothing is shown (issue "a province on one installation")."""
ENDS = FEWEST
"""How many people make each end of the spread, so that neither end is a single person."""


class How(StrEnum):
    """How a share stands for what was counted; the sign goes before it."""

    EXACT = ""
    AT_MOST = "≤"
    AT_LEAST = "≥"
    ABOUT = "≈"


@dataclass(frozen=True, slots=True)
class Ratio:
    """A part of a whole, as far as it is shown. Both are numbers of things, or points in whole hundredths."""

    part: int
    whole: int
    how: How = How.EXACT

    @property
    def percent(self) -> Decimal:
        return share(self.part, self.whole)

    @property
    def text(self) -> str:
        return f"{self.how}{self.percent}"

    @property
    def count(self) -> str:
        """The part alone, with its sign."""
        return f"{self.how}{self.part}"


def of_people(part: int, whole: int) -> Ratio | None:
    """How many of some people; a few, or all but a few, are only bounded, and of few nothing is told."""
    few, nearly_all = 0 < part < FEWEST, 0 < whole - part < FEWEST
    if whole < FEWEST or (few and nearly_all):
        return None
    if few:
        return Ratio(FEWEST - 1, whole, How.AT_MOST)
    if nearly_all:
        return Ratio(whole - FEWEST + 1, whole, How.AT_LEAST)
    return Ratio(part, whole)


def of_things(part: int, whole: int) -> Ratio | None:
    """How many of things that are not people: nodes and signatures; of few of them nothing is told."""
    return Ratio(part, whole) if whole >= FEWEST else None


def together(ratios: Iterable[Ratio | None]) -> Ratio | None:
    """What is shown of several bureaus, summed; None where none shows anything."""
    shown = [one for one in ratios if one is not None]
    if len(shown) < 2:
        return shown[0] if shown else None
    exact = all(one.how is How.EXACT for one in shown)
    whole, part = sum(one.whole for one in shown), sum(one.part for one in shown)
    return Ratio(part, whole, How.EXACT if exact else How.ABOUT)


@dataclass(frozen=True, slots=True)
class Figures:
    """What is shown of one bureau, or of several together; None: nothing.

    `people` are those scored. `gap` of several is the largest of theirs, since totals of different bureaus do not compare.
    """

    people: int | None = None
    whole: Ratio | None = None
    common: Ratio | None = None
    individual: Ratio | None = None
    competitive: Ratio | None = None
    gap: Decimal | None = None
    lost: Ratio | None = None
    departments: Ratio | None = None
    covered: Ratio | None = None
    nodes: Ratio | None = None
    signed: Ratio | None = None
    stars: Ratio | None = None

    @classmethod
    def sum(cls, several: Sequence[Figures]) -> Figures:
        people = [one.people for one in several if one.people is not None]
        gaps = [one.gap for one in several if one.gap is not None]
        ratios = {name: together(getattr(one, name) for one in several) for name in RATIOS}
        return cls(people=sum(people) if people else None, gap=max(gaps, default=None), **ratios)

    def number(self, key: str) -> Decimal | None:
        """A figure as it is sorted: by what is shown, never by what is not."""
        value = getattr(self, key)
        if isinstance(value, Ratio):
            return Decimal(value.part) if key == "stars" else value.percent
        return None if value is None else Decimal(value)

    def text(self, key: str) -> str:
        """A figure as it is shown; empty for what is not."""
        value = getattr(self, key)
        if isinstance(value, Ratio):
            return value.count if key == "stars" else value.text
        if value is None:
            return ""
        return format2(value) if key == "gap" else str(value)


RATIOS = tuple(one.name for one in fields(Figures) if one.name not in ("people", "gap"))
KEYS = tuple(one.name for one in fields(Figures))
WEIGHTS = {"common": "common_weight", "individual": "individual_weight", "competitive": "competitive_cap"}
"""Of each part of 361 what it weighs in a scheme."""
PARTS = tuple(WEIGHTS)


class Group(NamedTuple):
    """The scores of one department in one run, summed by the database.

    `gained_` are people with more than nothing of a part, `short_` those with less than all of it.
    """

    people: int
    lost: int
    common: Decimal
    individual: Decimal
    competitive: Decimal
    gained_common: int
    gained_individual: int
    gained_competitive: int
    short_common: int
    short_individual: int
    short_competitive: int


def scored(groups: Sequence[Group], scheme: SchemeValues) -> Mapping[str, int | Ratio | None]:
    """What a bureau's scores tell by name of `Figures`; nothing of fewer than FEWEST people."""
    people = sum(one.people for one in groups)
    if people < FEWEST:
        return {}
    lost = of_people(sum(one.lost for one in groups), people)
    parts = {name: _part(groups, name, people, getattr(scheme, weight)) for name, weight in WEIGHTS.items()}
    shown = [one for one in parts.values() if one is not None]
    whole = Ratio(sum(one.part for one in shown), sum(one.whole for one in shown)) if len(shown) == len(parts) else None
    return {
        "people": people,
        **{name: one if one and one.whole else None for name, one in parts.items()},
        "whole": whole,
        "lost": lost,
        "departments": _departments(groups) if lost and lost.how is not How.AT_MOST else None,
    }


def _part(groups: Sequence[Group], name: str, people: int, weight: Decimal) -> Ratio | None:
    """What was earned of one part, unless a few alone have earned it, or fallen short of it: then it is theirs."""
    gained = sum(getattr(one, f"gained_{name}") for one in groups)
    short = sum(getattr(one, f"short_{name}") for one in groups)
    if 0 < gained < FEWEST or 0 < short < FEWEST:
        return None
    earned = sum((getattr(one, name) for one in groups), Decimal(0))
    return Ratio(hundredths(earned), hundredths(round2(people * weight)))


def _departments(groups: Sequence[Group]) -> Ratio | None:
    """In how many departments somebody lost something; smaller departments are no group and do not count."""
    large = [one for one in groups if one.people >= FEWEST]
    return Ratio(sum(one.lost > 0 for one in large), len(large)) if large else None


def gap_of(highest: Sequence[Decimal], lowest: Sequence[Decimal], ranked: int) -> Decimal | None:
    """The mean of the highest totals less that of the lowest, of those `ranked`; None where the ends would overlap."""
    if ranked < 2 * ENDS:
        return None
    return round2((sum(highest, Decimal(0)) - sum(lowest, Decimal(0))) / ENDS)
