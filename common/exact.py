"""Exact numbers: how the application reads, rounds and writes them.

No function here meets a binary float half way: a float that comes out of Excel is read as the
decimal that Excel shows, and everything after that is integers, fractions and Decimals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Context, Decimal
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from common.text import clean, half_width

Number = int | Decimal | Fraction

_WIDE = Context(prec=200)  # wider than any number met here, so that moving the point rounds nothing

_PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")


def round_ratio(numerator: int, denominator: int) -> int:
    """numerator / denominator to the nearest whole number, halves away from zero; denominator > 0."""
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -size if numerator < 0 else size


def shares_of_mean(full: int, points: Sequence[int]) -> Iterator[tuple[int, int]]:
    """What each of some points has of their mean, and of the full points, all in hundredths.

    Both columns add up to the hundredth, and none has more than its full share: of 0, 2.00 and 2.00 out of 2.00 they
    are 0.00 of 0.67, 0.66 of 0.66 and 0.67 of 0.67.
    """
    number, mean = len(points), round_ratio(sum(points), len(points) or 1)
    reached = taken = offered = 0
    for place, figure in enumerate(points, start=1):
        reached += figure
        offer = round_ratio(full * place, number) - offered
        offered += offer
        least = mean - (full - offered)  # what comes after this one holds no more than that
        part = min(max(round_ratio(reached, number), least) - taken, offer)
        taken += part
        yield part, offer


def to_hundredths(value: Number) -> int:
    """The value in whole hundredths, rounded half away from zero (scoring.md, `round2`)."""
    numerator, denominator = value.as_integer_ratio()
    return round_ratio(numerator * 100, denominator)


def round2(value: Number) -> Decimal:
    """The value with two decimals, rounded half away from zero (四舍五入; scoring.md)."""
    return from_hundredths(to_hundredths(value))


def share(part: int, whole: int) -> Decimal:
    """`part` of `whole` in percent with two decimals; 0.00 of nothing."""
    return round2(Fraction(100 * part, whole)) if whole else Decimal("0.00")


def hundredths(value: Decimal | int) -> int:
    """The value as whole hundredths. Raises ValueError if it has more than two decimals."""
    numerator, denominator = value.as_integer_ratio()
    whole, rest = divmod(numerator * 100, denominator)
    if rest:
        raise ValueError(_("最多保留两位小数"))
    return whole


def from_hundredths(value: int) -> Decimal:
    """Whole hundredths as a Decimal with two places: 6940 → 69.40."""
    return Decimal(value).scaleb(-2, _WIDE)


def format2(value: Number) -> str:
    """The value as text with exactly two decimals: `69.40`."""
    return str(round2(value))


def format2_or_dash(value: Number | None) -> str:
    return "–" if value is None else format2(value)


def is_whole(value: Decimal) -> bool:
    """Whether a finite number has no decimals, however long it is: `%` gives up beyond 28 digits."""
    return value == value.to_integral_value()


def canonical(value: Decimal) -> Decimal:
    """The same number without exponent and without zeros at the end: 97.50 → 97.5, 1E+2 → 100."""
    return Decimal(plain(value))


def plain(value: Decimal) -> str:
    """The shortest ordinary spelling of a number: `97.5`, `100`, `-0.3`."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def parse_number(raw: object, *, percent: bool = False) -> Decimal:
    """Reads a number from a cell, a form or a text (workbook.md).

    A float is read as the shortest decimal that Excel shows (15 significant digits). Text may hold full-width
    digits, sign and point, and well-placed thousands separators; with `percent`, `97%` is read as 97.
    Raises ValueError with a sentence.
    """
    if isinstance(raw, float):
        raw = Decimal(format(raw, ".15g"))
    if isinstance(raw, Decimal) and raw.is_finite():
        return canonical(raw)
    if isinstance(raw, int) and not isinstance(raw, bool):
        return Decimal(raw)
    text = half_width(clean(raw)).replace("−", "-").replace("。", ".") if isinstance(raw, str) else ""
    if percent and text.endswith("%"):
        text = text[:-1].rstrip()
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    if len(text) > 40 or not _PLAIN.fullmatch(text):
        raise ValueError(_("应当是数字"))
    return canonical(Decimal(text))
