"""Queries that are composed once: their SQL is kept, with those values left open in which one asker differs from another.

Django takes longer to compose a small query than the database to answer it, and a page asks dozens of them. What they
differ in is an id or a moment. So a query is composed for stand-ins, values that no row has, and asked with the real
ones in their places. It stays an ordinary queryset, written and read as such.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache, wraps
from typing import Any, ParamSpec

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

P = ParamSpec("P")
Open = int | datetime
"""A value that can be left open: an id or a moment."""
MOST = 128
"""So many forms of a query are kept: one for each set of the values that are composed in."""
NEVER = datetime(9000, 1, 1, tzinfo=UTC)


class Composed:
    """The SQL of a query of rows (`values_list`), asked with other values in the places of the stand-ins."""

    def __init__(self, rows: QuerySet[Any], stand_ins: Sequence[Open]) -> None:
        self._compiler = rows.query.get_compiler(rows.db)
        try:
            self._sql, params = self._compiler.as_sql()
        except EmptyResultSet:
            self._sql, params = "", ()
        self._params = list(params)
        places = [_as_stored(one) for one in stand_ins]
        self._open = [(at, places.index(one)) for at, one in enumerate(self._params) if one in places]

    def statement(self, *values: Open) -> tuple[str, list[Any]]:
        """The SQL and its parameters for these values, which come in the order of the stand-ins."""
        params, stored = self._params.copy(), [_as_stored(one) for one in values]
        for at, place in self._open:
            params[at] = stored[place]
        return self._sql, params

    def rows(self, *values: Open) -> list[tuple[Any, ...]]:
        """What the database answers; one query, none where it is known to find nothing."""
        if not self._sql:
            return []
        with connection.cursor() as cursor:
            cursor.execute(*self.statement(*values))
            found = cursor.fetchall()
        return list(self._compiler.results_iter([found], tuple_expected=True))


def composed_once(build: Callable[P, QuerySet[Any]]) -> Callable[P, list[tuple[Any, ...]]]:
    """Decorates a function that composes a query of rows: it then answers them, and composes when first asked.

    Positional arguments are left open; keyword arguments are composed in, anew for each set of them. The function gets
    stand-ins, so that it may put its arguments into the query and look at nothing else of them.
    """

    @lru_cache(maxsize=MOST)
    def composed(kinds: tuple[type[Open], ...], **settled: Hashable) -> Composed:
        stand_ins = [stand_in(kind, place) for place, kind in enumerate(kinds)]
        return Composed(build(*stand_ins, **settled), stand_ins)  # type: ignore[arg-type]

    @wraps(build)
    def answer(*values: Any, **settled: Any) -> list[tuple[Any, ...]]:
        return composed(tuple(type(one) for one in values), **settled).rows(*values)

    return answer


def stand_in(kind: type[Open], place: int) -> Any:
    """A value that no row has: ids count from 1, and moments of work are not that far off."""
    return NEVER + timedelta(days=place) if issubclass(kind, datetime) else -1 - place


def _as_stored(value: Open) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
