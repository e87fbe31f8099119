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
        template = "CAST(STRFTIME('%%%%s', %(expressions)s) AS integer) / 60"
        return self.as_sql(compiler, connection, template=template, **context)


class MinuteTexts(dict[int, str]):
    """Minutes in local time as they are written, `2023-01-05 17:30`, each worked out when it is first asked for."""

    def __missing__(self, minute: int) -> str:
        text = self[minute] = _text(minute)
        return text


@lru_cache(maxsize=20_000)
def _text(minute: int) -> str:
    """One of them: few thousands in a quarter, and the same in every bureau."""
    return f"{timezone.localtime(datetime.fromtimestamp(60 * minute, UTC)):%Y-%m-%d %H:%M}"
