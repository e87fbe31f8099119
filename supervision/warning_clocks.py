"""When a warning sheet is made, until when each side signs, when an unsigned line goes up (domain.md, Warnings). Pure.

The working days are the bureau's practice by default; docs/warnings.md names them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from common.workdays import WorkCalendar

LIAISON_LEAD = 3
"""Working days before the node on which the liaison has signed at the latest."""
HEAD_WORKDAYS = 3
"""Working days that the head has from the day on which a line came onto the sheet."""
LEVELS: Mapping[str, int] = {"liaison": 0, "head": 1, "deputy": 2, "office": 3}
"""Working days after a missed signature's limit on which each level hears of it; 0 is the limit's own day."""


class Limits(NamedTuple):
    head: date
    liaison: date


def first_workday(month: str, calendar: WorkCalendar) -> date:
    """The first working day of a month written as `2023-05`."""
    year, number = map(int, month.split("-"))
    day = date(year, number, 1)
    return day if calendar.is_workday(day) else calendar.add(day, 1)


def limits(due: date, came: date, calendar: WorkCalendar) -> Limits:
    """Until when a line with a node is signed that came onto its sheet on a day.

    Where the node is so near that the liaison's limit had passed by then, both have the next working day. The head
    signs before the liaison or on the same day.
    """
    liaison = max(calendar.add(due, -LIAISON_LEAD), calendar.add(came, 1))
    return Limits(min(calendar.add(came, HEAD_WORKDAYS), liaison), liaison)


def levels_reached(limit: date, today: date, calendar: WorkCalendar) -> list[str]:
    """The levels that an unsigned line has reached by today, the lowest first; all of them after a long downtime."""
    if today < limit:
        return []
    passed = -calendar.workdays_left(today, limit) if today > limit else 0
    return [level for level, days in LEVELS.items() if passed >= days]


def month_of(day: date) -> str:
    return f"{day:%Y-%m}"
