"""Text as it comes out of people's workbooks and forms."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from hashlib import sha256

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_BLANKS = " \t\r\n\u00a0\u3000\u200b\u200c\u200d\ufeff\u2002\u2003\u2009\u202f"
_SEPARATORS = re.compile("[;；]")


def version_of(*texts: str) -> str:
    """A short digest, by which a window says which words it last saw."""
    return sha256("\0".join(texts).encode()).hexdigest()[:16]


def half_width(text: str) -> str:
    """Full-width digits, letters, signs and blanks as their half-width twins."""
    return text if text.isascii() else text.translate(_FULL_WIDTH)


def without_control(text: str) -> str:
    """The text without the control characters that a workbook or a log line cannot hold."""
    return _CONTROL.sub("", text)


def clean(text: str) -> str:
    """The text without control characters and without blanks of any kind at its ends."""
    return without_control(text).strip(_BLANKS)


def written(text: str) -> str:
    """What somebody wrote into a field of several lines: clean, whatever their browser ends a line with."""
    return clean(text.replace("\r\n", "\n").replace("\r", "\n"))


def code(text: str) -> str:
    """A code or staff number: clean and half-width, so that `Ｄ０１ ` is `D01`."""
    return half_width(clean(text)).strip()


def listed(words: Iterable[object]) -> str:
    """Words one after the other, separated as the reader's language does."""
    return _("、").join(str(word) for word in words)


def clauses(sentences: Iterable[object]) -> str:
    """Sentences without full stops, run together as the reader's language does."""
    return _("；").join(str(sentence) for sentence in sentences)


def for_the_record(sentence: str | Promise, *values: object, **named: object) -> str:
    """A lazy sentence as it is kept in audit lines and notices: in the installation's language, whoever acts."""
    with translation.override(settings.DEFAULT_LANGUAGE):
        return str(sentence) % (named or values)


def split_list(text: str) -> list[str]:
    """The members of a list separated by `;` or `；`, clean, empty ones left out (workbook.md)."""
    return [part for part in (clean(part) for part in _SEPARATORS.split(text)) if part]


def formal_date(day: date) -> str:
    """A day as certificates and letters write it, whatever the reader's language: 二〇二三年五月十日."""
    digits, tens = "〇一二三四五六七八九", ("", "十", "二十", "三十")

    def number(value: int) -> str:
        return tens[value // 10] + (digits[value % 10] if value % 10 else "")

    year = "".join(digits[int(digit)] for digit in f"{day.year:04d}")
    return f"{year}年{number(day.month)}月{number(day.day)}日"
