"""What a filled cell means: one small parser for each kind of column (workbook.md).

A parser gets what Excel holds (text, int, float, Decimal, bool, date, datetime, time, timedelta) and returns the value,
or raises CellError with what is wrong and what would be right. Empty cells never reach it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal

from django.utils.translation import gettext as _
from openpyxl.utils.datetime import from_excel

from common import text as texts
from common.exact import is_whole, parse_number, plain
from common.quarters import QuarterCode
from common.workbook.problems import CellError
from common.workbook.spec import Parser

MOST_POINTS = 100_000
"""No bureau gives more points than this for one thing; a larger number is a slip of the keyboard."""
_DATE = re.compile(r"(\d{4})\s*(?:-|/|\.|年)\s*(\d{1,2})\s*(?:-|/|\.|月)\s*(\d{1,2})\s*日?")
_MONTH = re.compile(r"(\d{4})\s*(?:-|/|年)\s*(\d{1,2})\s*月?")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.0+)?)?")
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_FIRST_SERIAL, _LAST_SERIAL = 61, 109_937  # 1 March 1900 (the day after Excel's 29 February) to the end of 2200


def shown(raw: object) -> str:
    """A cell as its owner sees it, for the text of a problem."""
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, (int, float, Decimal)):
        return plain(parse_number(raw))
    if isinstance(raw, datetime):
        return f"{raw:%Y-%m-%d}" if raw.time() == time() else f"{raw:%Y-%m-%d %H:%M:%S}"
    content = texts.clean(str(raw))
    return content if len(content) <= 40 else content[:39] + "…"


def text(max_length: int | None = None) -> Parser:
    """Any text, without blanks at its ends; a number is taken as it is shown."""

    def parse(raw: object) -> str:
        content = texts.clean(raw) if isinstance(raw, str) else shown(raw)
        if max_length is not None and len(content) > max_length:
            raise CellError(
                _("内容有 %(count)d 个字，太长") % {"count": len(content)},
                _("最多 %(limit)d 个字") % {"limit": max_length},
            )
        return content

    return parse


def code(max_length: int = 40) -> Parser:
    """A code or staff number: half-width, and a number keeps its digits (10232300001.0 → `10232300001`)."""

    def parse(raw: object) -> str:
        if isinstance(raw, (bool, date)) or (isinstance(raw, (float, Decimal)) and not is_whole(parse_number(raw))):
            raise CellError(_("“%(value)s”不是代码") % {"value": shown(raw)}, _("应当填文本或整数形式的代码"))
        content = texts.code(raw) if isinstance(raw, str) else shown(raw)
        if not content:
            raise CellError(_("代码只有空格"), _("应当填代码"))
        if len(content) > max_length or any(sign.isspace() for sign in content):
            raise CellError(
                _("“%(value)s”不是代码") % {"value": shown(raw)},
                _("代码中间没有空格，最多 %(limit)d 位") % {"limit": max_length},
            )
        return content

    return parse


def choice(values: Mapping[str, object] | Iterable[str]) -> Parser:
    """One of several words; a mapping gives the value that stands for each."""
    table = dict(values) if isinstance(values, Mapping) else {value: value for value in values}

    def parse(raw: object) -> object:
        word = texts.code(raw) if isinstance(raw, str) else shown(raw)
        try:
            return table[word]
        except KeyError:
            words = texts.listed(table)
            raise CellError(
                _("“%(value)s”不是可选的值") % {"value": shown(raw)}, _("应当填：%(words)s") % {"words": words}
            ) from None

    return parse


def list_of(item: Parser) -> Parser:
    """Several values separated by `;` or `；`, as a list without repetitions."""

    def parse(raw: object) -> list[object]:
        parts = texts.split_list(raw) if isinstance(raw, str) else [raw]
        return list(dict.fromkeys(item(part) for part in parts))

    return parse


def yes_no() -> Parser:
    """是 or 否, or Excel's own TRUE and FALSE (an empty cell is the caller's 否)."""
    word = choice({"是": True, "否": False})
    return lambda raw: raw if isinstance(raw, bool) else word(raw)


def decimal(
    *,
    minimum: Decimal | int | None = None,
    maximum: Decimal | int | None = None,
    above: Decimal | int | None = None,
    max_places: int | None = None,
    percent: bool = False,
) -> Parser:
    """A number, exact. `above` is a border that itself is refused; `percent` lets a text end in a percent sign."""

    def parse(raw: object) -> Decimal:
        try:
            number = parse_number(raw, percent=percent)
        except ValueError as error:
            raise CellError(_("“%(value)s”不是数字") % {"value": shown(raw)}, _("应当填数字")) from error
        value = {"value": plain(number)}
        if above is not None and number <= above:
            raise CellError(_("%(value)s 太小") % value, _("应当大于 %(border)s") % {"border": above})
        if minimum is not None and number < minimum:
            raise CellError(_("%(value)s 太小") % value, _("应当不小于 %(border)s") % {"border": minimum})
        if maximum is not None and number > maximum:
            raise CellError(_("%(value)s 太大") % value, _("应当不大于 %(border)s") % {"border": maximum})
        if max_places is not None and -int(number.as_tuple().exponent) > max_places:
            raise CellError(_("%(value)s 的小数位太多") % value, _("最多 %(places)d 位小数") % {"places": max_places})
        return number

    return parse


def whole(*, minimum: int | None = None, maximum: int | None = None) -> Parser:
    """A whole number; `3`, `3.0` and `３` alike."""
    number_of = decimal(minimum=minimum, maximum=maximum)

    def parse(raw: object) -> int:
        number = number_of(raw)
        if not isinstance(number, Decimal) or not is_whole(number):
            raise CellError(_("“%(value)s”不是整数") % {"value": shown(raw)}, _("应当填整数"))
        return int(number)

    return parse


def _day(year: str, month: str, day: str) -> date | None:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found if _FIRST_YEAR <= found.year <= _LAST_YEAR else None


def _moment_of(raw: object) -> datetime | None:
    """The moment of an Excel date, an Excel serial number, or one of the three spellings; None if it is none."""
    if isinstance(raw, str):
        return _written_moment(texts.code(raw).replace("T", " "))
    if isinstance(raw, (int, float)) and not isinstance(raw, bool) and _FIRST_SERIAL <= raw <= _LAST_SERIAL:
        raw = from_excel(raw)
    if isinstance(raw, date) and not isinstance(raw, datetime):
        raw = datetime.combine(raw, time())
    return raw if isinstance(raw, datetime) and _FIRST_YEAR <= raw.year <= _LAST_YEAR else None


def _written_moment(content: str) -> datetime | None:
    match = _DATE.match(content)
    day = _day(*match.groups()) if match else None
    clock = _TIME.fullmatch(content[match.end() :].strip() or "0:00") if match else None
    if day is None or clock is None:
        return None
    try:
        hour, minute, second = (int(part or 0) for part in clock.groups())
        return datetime.combine(day, time(hour, minute, second))
    except ValueError:
        return None


def date_cell(raw: object) -> date:
    """A day: an Excel date, or `2023-03-25`, `2023/3/25`, `2023年3月25日`."""
    moment = _moment_of(raw)
    if moment is None:
        raise CellError(
            _("“%(value)s”不是日期") % {"value": shown(raw)},
            _("应当填 Excel 日期，或 2023-03-25、2023年3月25日 的样子"),
        )
    return moment.date()


def datetime_cell(raw: object) -> datetime:
    """A moment on the bureau's wall clock (naive): an Excel date, or `2023-03-25 9:00`, `2023年3月25日 9:00:30`."""
    moment = _moment_of(raw)
    if moment is None:
        raise CellError(
            _("“%(value)s”不是时间") % {"value": shown(raw)}, _("应当填 Excel 时间，或 2023-03-25 9:00 的样子")
        )
    return moment.replace(microsecond=0, tzinfo=None)


def quarter_cell(raw: object) -> QuarterCode:
    """A quarter: `2023Q1`."""
    try:
        return QuarterCode.parse(shown(raw))
    except ValueError as error:
        raise CellError(_("“%(value)s”不是季度") % {"value": shown(raw)}, _("应当填 2023Q1 的样子")) from error


def month_or_quarter(raw: object) -> str:
    """A period: `2023-01` (also `2023年1月`, `2023-3`, or any date in the month), or `2023Q1`."""
    if isinstance(raw, str):
        content = texts.code(raw)
        month = _MONTH.fullmatch(content)
        day = _day(month[1], month[2], "1") if month else None
        if day is not None:
            return f"{day:%Y-%m}"
        try:
            return str(QuarterCode.parse(content))
        except ValueError:
            pass
    moment = _moment_of(raw)
    if moment is None:
        raise CellError(
            _("“%(value)s”不是期间") % {"value": shown(raw)}, _("按月考核的填 2023-01 的样子，其他的填 2023Q1 的样子")
        )
    return f"{moment:%Y-%m}"
