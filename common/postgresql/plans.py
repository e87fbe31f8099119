"""Plans that a session keeps: a `Statement` is prepared when the session is first asked it, and planned once.

PostgreSQL plans anew whatever it is asked, which for what a page asks takes longer than to answer it. It would keep plans
for the driver, too, but not here: Django sends values inside the SQL, and the driver forgets what it prepared at every
transaction that is taken back, which a claim that comes too late is.

In the prepared SQL stand the values that never differ, as they would unprepared, and `$1`, `$2`… for the open ones. The
policies' condition is part of the plan and reads the session's variable each time the plan is used; for another role
PostgreSQL plans anew by itself, as it does after a change of the tables or of their statistics.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Self
from weakref import WeakKeyDictionary

from django.db.backends.postgresql import base, operations
from psycopg import ClientCursor, Connection, errors, sql
from psycopg.pq import TransactionStatus

from common.statements import Statement

BY_ONE_PLAN = "SET plan_cache_mode = force_generic_plan"
"""Else each prepared statement is planned for its values five times in each session before one plan is kept for all."""
MOST = 128
"""A session that keeps so many begins anew: they take it a third of a megabyte each, and yesterday's forms are among them."""
TYPES = {int: "bigint", datetime: "timestamptz"}
"""Of the open values; a text takes the type of what it is compared with, as it does in SQL."""

_kept: WeakKeyDictionary[Connection[Any], set[int]] = WeakKeyDictionary()
"""What each session has prepared; nothing is known of one that is not in here."""


class Cursor(base.CursorMixin, ClientCursor[Any]):
    """Django's cursor, which asks a `Statement` by its kept plan."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        if not isinstance(query, Statement) or params is None:
            return super().execute(query, params, **options)
        try:
            return self._execute_kept(query, params)
        except errors.FeatureNotSupported:
            # a migration has changed the type of a column, and PostgreSQL answers no other than it was asked to prepare
            forget(self.connection)
            if self.connection.info.transaction_status == TransactionStatus.INERROR:
                raise
            return super().execute(query, params)

    def _execute_kept(self, statement: Statement, params: Any) -> Self:
        values = {number: params[key] for key, number in statement.open.items()}
        name = f"kept_{statement.number}"
        if statement.number not in (kept := self._kept_by_session()):
            types = (TYPES.get(type(value), "unknown") for value in values.values())
            super().execute(f"PREPARE {name} {_listed(types)} AS {self._with_places(statement, params, list(values))}")
            kept.add(statement.number)
        return super().execute(f"EXECUTE {name} {_listed('%s' for _value in values)}", list(values.values()))

    def _kept_by_session(self) -> set[int]:
        kept = _kept.get(self.connection)
        if kept is None or len(kept) >= MOST:
            super().execute("DEALLOCATE ALL")
            kept = _kept[self.connection] = set()
        return kept

    def _with_places(self, statement: Statement, params: Any, values: list[int]) -> str:
        """The SQL with `$1`, `$2`… for the open values in their order, and every other as it stands in SQL."""

        def text(key: Any, value: Any) -> str:
            if key in statement.open:
                return f"${values.index(statement.open[key]) + 1}"
            return sql.Literal(value).as_string(self.connection)

        if isinstance(params, Mapping):
            return statement % {key: text(key, value) for key, value in params.items()}
        return statement % tuple(text(place, value) for place, value in enumerate(params))


class Operations(operations.DatabaseOperations):
    """Django's, for whom a log and a test see the SQL of a `Statement` and not the name of its plan."""

    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        if isinstance(sql, Statement):
            return str(self.compose_sql(sql, params))
        return super().last_executed_query(cursor, sql, params)


def forget(session: Connection[Any]) -> None:
    """The session begins anew with the next `Statement` that it is asked."""
    _kept.pop(session, None)


def _listed(items: Iterable[str]) -> str:
    """In brackets, which SQL does not want around nothing."""
    listed = ", ".join(items)
    return f"({listed})" if listed else ""
