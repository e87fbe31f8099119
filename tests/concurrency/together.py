"""Several people at the same moment, each on a connection of their own.

Where they are to meet they wait for each other and not for a time: a busy machine is slow in one place and quick in
another, and a race that is missed shows nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any
from unittest.mock import patch

from django.db import close_old_connections, connection
from django.db.models import QuerySet

from common.errors import DomainError

LONGEST = 60
"""Seconds: a test that is wrong fails instead of waiting for ever."""


class Stand(Enum):
    MOVING = auto()
    BACK = auto()
    """Not begun: another is to come to the meeting place before."""
    MET = auto()
    LAST = auto()
    OVER = auto()


@dataclass(eq=False)
class Person:
    """One act of several at once, and how far it has come; `process` is PostgreSQL's that serves its connection."""

    stand: Stand = Stand.MOVING
    process: int = 0
    go_on: threading.Event = field(default_factory=threading.Event)

    def wait(self, stand: Stand) -> None:
        self.go_on.clear()
        self.stand = stand
        self.go_on.wait(LONGEST)
        self.stand = Stand.MOVING


_myself: ContextVar[Person | None] = ContextVar("myself", default=None)


def thread_of(act: Callable[..., object], *args: Any) -> threading.Thread:
    """A thread that may ask what the test may ask: a new one has no scope of its own (common.tenancy)."""
    return threading.Thread(target=copy_context().run, args=(act, *args))


def at_once(acts: Sequence[Callable[[], object]]) -> list[Exception | None]:
    """Runs the acts in threads that start together, each on a connection of its own; what each of them raised.

    If one gets no connection the start times out for all, so that the test fails instead of waiting for ever.
    """
    start = threading.Barrier(len(acts), timeout=LONGEST)
    raised: list[Exception | None] = [None] * len(acts)
    people = [Person() for _act in acts]

    def run(place: int, act: Callable[[], object]) -> None:
        _myself.set(people[place])
        close_old_connections()
        try:
            connection.ensure_connection()
            people[place].process = connection.connection.info.backend_pid
            start.wait()
            act()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            raised[place] = error
        finally:
            connection.close()
            people[place].stand = Stand.OVER

    threads = [thread_of(run, place, act) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            _let_go(people)
            thread.join(0.01)
    return raised


def _let_go(people: Sequence[Person]) -> None:
    """Lets those go on who wait for others that have come as far as they can."""
    at: dict[Stand, list[Person]] = {stand: [one for one in people if one.stand == stand] for stand in Stand}
    waiting = at[Stand.BACK] or at[Stand.MET] or at[Stand.LAST]
    begun = at[Stand.MET] or at[Stand.LAST]
    is_awaited = bool(at[Stand.BACK] and begun)
    if not waiting or not (is_awaited or _can_come_no_further(at[Stand.MOVING])):
        return
    for one in waiting:
        one.stand = Stand.MOVING
        one.go_on.set()


def _can_come_no_further(people: Sequence[Person]) -> bool:
    """Whether all of them wait for a lock."""
    with connection.cursor() as cursor:
        processes = [one.process for one in people]
        cursor.execute("SELECT bool_and(cardinality(pg_blocking_pids(p)) > 0) FROM unnest(%s::int[]) AS p", [processes])
        return cursor.fetchone()[0] is not False  # of nobody it is unknown


def meet() -> None:
    """Whoever is at once with others waits here until they have come here too, or can come no further: behind a lock,
    or at their end."""
    if myself := _myself.get():
        myself.wait(Stand.MET)


def met(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, after which all meet: between looking and writing, for instance, as it happens on a busy server."""

    def then_meets(*args: Any, **kwargs: Any) -> Any:
        answer = function(*args, **kwargs)
        meet()
        return answer

    return then_meets


def last(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, after which one waits even for those who have met, until they are at their end or behind a lock."""

    def then_waits(*args: Any, **kwargs: Any) -> Any:
        answer = function(*args, **kwargs)
        if myself := _myself.get():
            myself.wait(Stand.LAST)
        return answer

    return then_waits


def once_met(act: Callable[[], object]) -> Callable[[], object]:
    """An act that begins when another one waits at the meeting place."""

    def later() -> object:
        myself = _myself.get()
        assert myself is not None
        myself.wait(Stand.BACK)
        return act()

    return later


def only_sentences(raised: list[Exception | None]) -> bool:
    return all(error is None or (isinstance(error, DomainError) and error.message) for error in raised)


def slowly(function: Callable[..., Any], seconds: float = 0.05) -> Callable[..., Any]:
    """Leaves time between looking and writing, in a crowd of whom not all need to meet."""

    def slow(*args: Any, **kwargs: Any) -> Any:
        answer = function(*args, **kwargs)
        time.sleep(seconds)
        return answer

    return slow


def without_row_locks() -> Any:
    """The control: the same code with FOR UPDATE left out."""
    return patch.object(QuerySet, "select_for_update", lambda self, *_args, **_kwargs: self._chain())
