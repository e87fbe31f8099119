"""Working days of the State Council calendar: weekdays, less holidays, plus made-up working days (调休).

The table of days lives in organization; here are plain values. A year that the calendar does not know is
counted by weekdays alone, and `knows` lets the caller say so.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate

_DAY = timedelta(days=1)


def _weekdays_before(ordinal: int) -> int:
    """The number of Mondays to Fridays with an ordinal from 1 to `ordinal` - 1; ordinal 1 is a Monday."""
    weeks, rest = divmod(ordinal - 1, 7)
    return 5 * weeks + min(rest, 5)


@dataclass(frozen=True, eq=False)
class WorkCalendar:
    """Which days are worked. `overrides` holds the days that differ from the plain week: True = worked."""

    overrides: Mapping[date, bool] = field(default_factory=dict)
    known_years: frozenset[int] = frozenset()
    _ordinals: list[int] = field(init=False, repr=False)
    _corrections: list[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        special = sorted(day for day, worked in self.overrides.items() if worked != (day.weekday() < 5))
        object.__setattr__(self, "_ordinals", [day.toordinal() for day in special])
        steps = (1 if self.overrides[day] else -1 for day in special)
        object.__setattr__(self, "_corrections", [0, *accumulate(steps)])

    def knows(self, day: date) -> bool:
        """Whether the holidays of the day's year have been entered."""
        return day.year in self.known_years

    def is_workday(self, day: date) -> bool:
        worked = self.overrides.get(day)
        return day.weekday() < 5 if worked is None else worked

    def count(self, start: date, end: date) -> int:
        """Working days from `start` to `end`, both included; 0 if `end` lies before `start`."""
        if end < start:
            return 0
        first, last = start.toordinal(), end.toordinal()
        plain = _weekdays_before(last + 1) - _weekdays_before(first)
        lower, upper = (
            bisect_left(self._ordinals, first),
            bisect_right(self._ordinals, last),
        )
        return plain + self._corrections[upper] - self._corrections[lower]

    def add(self, day: date, workdays: int) -> date:
        """The working day that lies so many working days after `day` (before it, if negative); 0: the day itself."""
        step = _DAY if workdays > 0 else -_DAY
        for _ in range(abs(workdays)):
            day += step
            while not self.is_workday(day):
                day += step
        return day

    def on_or_before(self, day: date) -> date:
        """The day itself if it is worked, else the last working day before it (workbook.md, 完成时限)."""
        while not self.is_workday(day):
            day -= _DAY
        return day

    def workdays_left(self, today: date, due: date) -> int:
        """Working days after `today` up to and including `due`; negative by as many as have passed since `due`."""
        if due >= today:
            return self.count(today + _DAY, due)
        return -self.count(due + _DAY, today)
