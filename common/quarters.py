"""Quarters as values: `2023Q1`, its days and months. The table of quarters lives in indicators."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from common.text import code as as_code

_CODE = re.compile(r"(\d{4})\s*[Qq]([1-4])")
_CHINESE = re.compile(r"(\d{4})\s*年\s*第?\s*([1-4一二三四])\s*季度?")
_CHINESE_DIGITS = {"一": 1, "二": 2, "三": 3, "四": 4}


@dataclass(frozen=True, slots=True, order=True)
class QuarterCode:
    """One quarter of one year, ordered in time; `str()` gives the code that people and programs use."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not (1 <= self.year <= 9998 and 1 <= self.number <= 4):
            raise ValueError(
                _("没有这个季度：%(year)s 年第 %(number)s 季度") % {"year": self.year, "number": self.number}
            )

    @classmethod
    def parse(cls, text: str) -> QuarterCode:
        """Reads `2023Q1`, also in lower case or full width, and `2023年1季度`. Raises ValueError with a sentence."""
        compact = as_code(text)
        match = _CODE.fullmatch(compact) or _CHINESE.fullmatch(compact)
        if match is None or match[1] == "0000":
            raise ValueError(_("“%(text)s”不是季度；季度应当写成 2023Q1 的样子") % {"text": text})
        return cls(int(match[1]), _CHINESE_DIGITS.get(match[2]) or int(match[2]))

    @classmethod
    def of(cls, day: date) -> QuarterCode:
        """The quarter in which a day lies."""
        return cls(day.year, (day.month + 2) // 3)

    def __str__(self) -> str:
        return f"{self.year:04d}Q{self.number}"

    @property
    def first_month(self) -> int:
        return 3 * self.number - 2

    @property
    def first_day(self) -> date:
        return date(self.year, self.first_month, 1)

    @property
    def last_day(self) -> date:
        return self.next().first_day - timedelta(days=1)

    def months(self) -> list[str]:
        """Its three months as periods: `2023-01`, `2023-02`, `2023-03`."""
        return [f"{self.year:04d}-{self.first_month + step:02d}" for step in range(3)]

    def contains(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day

    def next(self) -> QuarterCode:
        return QuarterCode(self.year + self.number // 4, self.number % 4 + 1)

    def previous(self) -> QuarterCode:
        return QuarterCode(self.year, self.number - 1) if self.number > 1 else QuarterCode(self.year - 1, 4)


def quarter_of_period(period: str) -> QuarterCode:
    """The quarter of a node period: `2023-02` → 2023Q1, `2023Q1` → itself. Raises ValueError."""
    if "Q" in period:
        return QuarterCode.parse(period)
    year, _dash, month = period.partition("-")
    return QuarterCode.of(date(int(year), int(month), 1))
