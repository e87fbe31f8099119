"""完成时限: when a point is due, and which nodes a quarter holds (workbook.md, scoring.md §2). Pure: no ORM, no clock.

Cycles are the codes of `PointVersion.Cycle`: month, quarter, half_year, year.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from common.quarters import QuarterCode
from common.text import code as as_code
from common.workdays import WorkCalendar

_MONTHLY = re.compile(r"每月(\d{1,2})[日号]")
_QUARTERLY = re.compile(r"每季度?末(\d{1,2})[日天]前")
_DATED = re.compile(r"(\d{1,2})月(\d{1,2})[日号]")
_LONGEST_LEAD = 89  # the shortest quarter has 90 days; a longer lead would fall into the quarter before


@dataclass(frozen=True, slots=True)
class Deadline:
    """A parsed 完成时限. `month` is 0 unless it names a date of the year; `days` is N or the day of the month."""

    cycle: str
    days: int
    month: int = 0

    def __str__(self) -> str:
        if self.cycle == "month":
            return f"每月{self.days}日"
        if self.cycle == "quarter":
            return f"每季末{self.days}日前"
        return f"{self.month}月{self.days}日"


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a point: its period as written in workbooks, and the day it is due."""

    period: str
    due: date


def parse_deadline(cycle: str, text: str) -> Deadline:
    """Reads 完成时限 of a point with this cycle. Raises ValueError with a sentence that says what would be right."""
    compact = re.sub(r"\s+", "", as_code(text))
    if cycle == "month":
        match = _MONTHLY.fullmatch(compact)
        if match is None:
            raise ValueError(_("考核周期为月的考点，完成时限应当写成“每月25日”的样子"))
        return Deadline(cycle, _between(int(match[1]), 1, 31))
    if cycle == "quarter":
        match = _QUARTERLY.fullmatch(compact)
        if match is None:
            raise ValueError(_("考核周期为季的考点，完成时限应当写成“每季末5日前”的样子"))
        return Deadline(cycle, _between(int(match[1]), 0, _LONGEST_LEAD))
    if cycle not in ("half_year", "year"):
        raise ValueError(_("没有“%(cycle)s”这种考核周期") % {"cycle": cycle})
    match = _DATED.fullmatch(compact)
    if match is None:
        raise ValueError(_("考核周期为半年或年的考点，完成时限应当写成“6月20日”的样子"))
    month, day = int(match[1]), int(match[2])
    # A leap year lends its 29 February; in other years that deadline is the last day of the month.
    if not 1 <= month <= 12 or not 1 <= day <= monthrange(2024, month)[1]:
        raise ValueError(_("没有“%(text)s”这一天；完成时限应当是日历上有的日子") % {"text": text})
    return Deadline(cycle, day, month)


def _between(value: int, lowest: int, highest: int) -> int:
    if not lowest <= value <= highest:
        raise ValueError(
            _("完成时限里的日数 %(value)d 不对；应当在 %(lowest)d 到 %(highest)d 之间")
            % {"value": value, "lowest": lowest, "highest": highest}
        )
    return value


def day_in_month(year: int, month: int, day: int) -> date:
    """That day of the month; beyond the month's end its last day (workbook.md)."""
    return date(year, month, min(day, monthrange(year, month)[1]))


def nodes(deadline: Deadline, quarter: QuarterCode, calendar: WorkCalendar | None = None) -> list[Node]:
    """The nodes of a point in a quarter (scoring.md §2): three, one, or none.

    A node's quarter follows the deadline as written; only then does a due day off move to the working day before it.
    """
    found = [Node(period, due) for period, due in _written(deadline, quarter)]
    if calendar is None:
        return found
    return [Node(node.period, calendar.on_or_before(node.due)) for node in found]


def _written(deadline: Deadline, quarter: QuarterCode) -> list[tuple[str, date]]:
    if deadline.cycle == "month":
        first = quarter.first_month
        return [
            (period, day_in_month(quarter.year, month, deadline.days))
            for month, period in enumerate(quarter.months(), start=first)
        ]
    period = str(quarter)
    if deadline.cycle == "quarter":
        return [(period, quarter.last_day - timedelta(days=deadline.days))]
    if deadline.cycle == "half_year":
        if quarter.number % 2:
            return []
        # Of the date as written and its twin six months on, one lies in each half of the year.
        month = (deadline.month - 1) % 6 + 1 + (6 if quarter.number == 4 else 0)
        return [(period, day_in_month(quarter.year, month, deadline.days))]
    if not quarter.first_month <= deadline.month <= quarter.first_month + 2:
        return []
    return [(period, day_in_month(quarter.year, deadline.month, deadline.days))]


def held_nodes(
    found: list[Node], *, joined: date | None, left: date | None, taken_on: date | None = None
) -> list[Node]:
    """Those nodes that an employee answers for (scoring.md §2).

    A month counts if the employment touches it (first and last days are in post) and if it is not before the month of
    领取日期. Other nodes count for everybody scored.
    """
    if joined is None and left is None and taken_on is None:
        return found
    return [node for node in found if "Q" in node.period or _touched(node.period, joined, left, taken_on)]


def _touched(period: str, joined: date | None, left: date | None, taken_on: date | None) -> bool:
    return not (
        (joined is not None and period < f"{joined:%Y-%m}")
        or (left is not None and period > f"{left:%Y-%m}")
        or (taken_on is not None and period < f"{taken_on:%Y-%m}")
    )
