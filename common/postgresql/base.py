"""Connections that tell PostgreSQL whose rows are wanted (`common.tenancy`) before they ask for any.

The variable is written when a statement needs another value than the session has, so that a scope in which nothing is
asked costs nothing, and a request one round trip. What the session has is forgotten whenever it may have changed behind
our back: with a connection that is opened or comes out of the pool, and with a transaction or savepoint taken back,
because PostgreSQL takes the variable back with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

from common import tenancy
from common.postgresql import plans

SET = "SELECT set_config('perfmgmt.bureau', %s, false)"


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = plans.Operations

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._scope_in_force: str | None = None
        self.execute_wrappers.append(self._in_scope)

    def get_connection_params(self) -> dict[str, Any]:
        """Cursors that keep plans."""
        return {**super().get_connection_params(), "cursor_factory": plans.Cursor}

    def _configure_connection(self, connection: Any) -> bool:
        super()._configure_connection(connection)  # type: ignore[misc]  # the stubs leave it out
        connection.execute(plans.BY_ONE_PLAN)
        return True  # what has been set is to be committed

    def create_cursor(self, name: str | None = None) -> Any:
        self._bring_scope()  # here too for what does not go through `execute`: COPY
        return super().create_cursor(name)

    def _in_scope(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """Around every statement: the scope may be another one than when the cursor was made."""
        self._bring_scope()
        return execute(sql, params, many, context)

    def _bring_scope(self) -> None:
        wanted = tenancy.scope()
        # of a transaction that failed only its end can be said, and that must not be kept from being said
        if wanted != self._scope_in_force and self.connection.info.transaction_status != TransactionStatus.INERROR:
            with self.wrap_database_errors:
                self.connection.execute(SET, [wanted])
            self._scope_in_force = wanted

    def init_connection_state(self) -> None:
        self._scope_in_force = None
        super().init_connection_state()

    def _rollback(self) -> None:
        self._scope_in_force = None
        super()._rollback()  # type: ignore[misc]  # the stubs leave it out

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self._scope_in_force = None
