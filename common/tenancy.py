"""Whose rows the database gives: one bureau's, every bureau's, or nobody's (docs/isolation.md).

The second wall behind `visible_to`. On PostgreSQL each row belongs to a bureau by its table's policy, which compares it
with a variable of the session; `common.postgresql` brings the variable to what stands here before each statement. So a
scope costs nothing until something is asked, and what is asked without one gets no row. SQLite has no such wall.

A request gets its person's bureau from `organization.middleware`, a job from its arguments (`perfmgmt.recording`);
`manage.py` works across all. Whatever else has to look beyond a bureau says so with `across()`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

NOBODY = ""
EVERYBODY = "0"
"""No bureau has this id: PostgreSQL counts them from 1."""

_scope: ContextVar[str] = ContextVar("tenancy", default=NOBODY)


def scope() -> str:
    """What the session's variable is to say now: a bureau's id, EVERYBODY or NOBODY."""
    return _scope.get()


@contextmanager
def within(bureau_id: int) -> Iterator[None]:
    """Inside the block, or the decorated function, there are only this bureau's rows; afterwards it is as before."""
    with _scoped(_of(bureau_id)):
        yield


@contextmanager
def across() -> Iterator[None]:
    """Inside the block, or the decorated function, there are the rows of all bureaus; afterwards it is as before."""
    with _scoped(EVERYBODY):
        yield


@contextmanager
def closed() -> Iterator[None]:
    """Inside the block there is no row until `enter`; whatever was entered ends with it."""
    with _scoped(NOBODY):
        yield


def enter(bureau_id: int) -> None:
    """From here to the end of the enclosing block there are only this bureau's rows: for who becomes known midway."""
    _scope.set(_of(bureau_id))


def open_to_all() -> None:
    """From here on, to the end of the enclosing block or of the process, all bureaus: for scripts beside `manage.py`."""
    _scope.set(EVERYBODY)


def _of(bureau_id: int) -> str:
    if bureau_id < 1:
        raise ValueError(f"{bureau_id} is no bureau's id")
    return str(bureau_id)


@contextmanager
def _scoped(value: str) -> Iterator[None]:
    token = _scope.set(value)
    try:
        yield
    finally:
        _scope.reset(token)
