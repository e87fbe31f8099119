"""Queries that are composed once: their SQL is kept, with those values left open in which one asker differs from another.

Django takes longer to compose a small query than the database to answer it, and a page asks dozens of them. What they
differ in is an id, a key or a moment. So a query is composed for stand-ins, values that no row has, and asked with the real
ones in their places. It stays an ordinary queryset, written and read as such.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from copy import copy
from datetime import UTC, datetime, timedelta
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from common.statements import Statement

P = ParamSpec("P")
T = TypeVar("T")
Open = int | str | datetime
"""A value that can be left open: an id, a key or a moment."""
MOST = 128
"""So many forms of a query are kept: one for each set of the values that are composed in."""
NEVER = datetime(9000, 1, 1, tzinfo=UTC)
NOBODY = -1_000_000
"""Below all ids, and no number that a query would have as its own: a value in it is open because it equals a stand-in."""


class Composed:
    """The SQL of a queryset, asked with other values in the places of the stand-ins."""

    def __init__(self, rows: QuerySet[Any, Any], stand_ins: Sequence[Open]) -> None:
        self._compiler = rows.query.get_compiler(rows.db)
        try:
            sql, params = self._compiler.as_sql()
        except EmptyResultSet:
            sql, params = "", ()
        self._params = list(params)
        places = [_as_stored(one) for one in stand_ins]
        self._sql = Statement(sql, {at: places.index(one) for at, one in enumerate(self._params) if one in places})
        self._rows = rows.all()
        # the parts of a union are in the SQL: they would be kept, and cloned for each asker
        self._rows.query.combined_queries = ()
        self._compiler.query = self._rows.query

    def statement(self, *values: Open) -> tuple[Statement, list[Any]]:
        """The SQL and its parameters for these values, which come in the order of the stand-ins."""
        params, stored = self._params.copy(), [_as_stored(one) for one in values]
        for at, place in self._sql.open.items():
            params[at] = stored[place]
        return self._sql, params

    def rows(self, *values: Open) -> list[Any]:
        """What the queryset holds for these values: all but the SQL is its own work. No query where there can be nothing."""
        if not self._sql:
            return []
        statement, compiler, rows = self.statement(*values), copy(self._compiler), self._rows.all()
        compiler.connection = connection  # each thread has its own
        compiler.as_sql = lambda: statement
        rows.query.get_compiler = lambda *_, **__: compiler  # type: ignore[method-assign]
        return list(rows)


def composed_once(build: Callable[P, QuerySet[Any, T]]) -> Callable[P, list[T]]:
    """Decorates a function that composes a queryset: it then answers its rows, and composes it when first asked.

    Positional arguments are left open; keyword arguments are composed in, anew for each set of them. The function gets
    stand-ins, so that it may put its arguments into the query and look at nothing else of them. What it looks at besides
    is to be a keyword argument, too: the day, for one, by which it asks for roles.
    """

    @lru_cache(maxsize=MOST)
    def composed(kinds: tuple[type[Open], ...], **settled: Hashable) -> Composed:
        stand_ins = [stand_in(kind, place) for place, kind in enumerate(kinds)]
        return Composed(build(*stand_ins, **settled), stand_ins)  # type: ignore[arg-type]

    @wraps(build)
    def answer(*values: Any, **settled: Any) -> list[T]:
        return composed(tuple(type(one) for one in values), **settled).rows(*values)

    return answer


def stand_in(kind: type[Open], place: int) -> Any:
    """A value that no row has: ids count from 1, moments of work are not that far off, and no key is like these."""
    if issubclass(kind, str):
        return f"<{place}>"
    return NEVER + timedelta(days=place) if issubclass(kind, datetime) else NOBODY - place


def _as_stored(value: Open) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
