"""SQL that stays the same from one asking to the next but for some of its values, so that a plan made for it once will do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import count
from typing import Any, Self

_numbers = count()
_NAMED = re.compile(r"%\((\w+)\)s")


class Statement(str):
    """SQL of which PostgreSQL keeps the plan (`common.postgresql.plans`); to SQLite it is SQL as any other.

    `open` says which parameters, by place or by name, are to differ from one asking to the next, and which value stands in
    each: those with the same number are always equal. All others have to be the same each time. Where nothing is said
    of it each name in the SQL is open, as a value of its own.
    """

    number: int
    """In this process; two statements with the same SQL are two."""
    open: Mapping[Any, int]

    def __new__(cls, sql: str, open: Mapping[Any, int] | None = None) -> Self:  # noqa: A002
        made = super().__new__(cls, sql)
        made.number = next(_numbers)
        names = dict.fromkeys(_NAMED.findall(sql))
        made.open = {name: number for number, name in enumerate(names)} if open is None else open
        return made
