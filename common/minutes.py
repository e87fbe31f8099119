"""Moments by minute, where thousands are read to be shown: as whole numbers, which cost the driver and a look-up least."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db.models import Func, IntegerField
from django.utils import timezone


class Minute(Func):
    """A moment as the minutes since 1970, seconds cut off."""

    output_field = IntegerField()
    template = "FLOOR(DATE_PART('epoch', %(expressions)s) / 60)::integer"
    arity = 1

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        # without the fraction, which it would round: 59.9999 seconds are not yet the next minute
        template = "CAST(STRFTIME('%%%%s', SUBSTR(%(expressions)s, 1, 19)) AS integer) / 60"
        return self.as_sql(compiler, connection, template=template, **context)


class MinuteTexts(dict[int | None, str]):
    """Minutes in local time as they are written, `2023-01-05 17:30`, each worked out when it is first asked for; None is
    no moment.
    """

    def __missing__(self, minute: int | None) -> str:
        text = self[minute] = "" if minute is None else _text(minute)
        return text


@lru_cache(maxsize=20_000)
def _text(minute: int) -> str:
    """One of them: few thousands in a quarter, and the same in every bureau."""
    return f"{timezone.localtime(datetime.fromtimestamp(60 * minute, UTC)):%Y-%m-%d %H:%M}"
