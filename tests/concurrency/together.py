"""Several people at the same moment, each on a connection of their own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextvars import copy_context
from typing import Any
from unittest.mock import patch

from django.db import close_old_connections, connection
from django.db.models import QuerySet

from common.errors import DomainError


def thread_of(act: Callable[..., object], *args: Any) -> threading.Thread:
    """A thread that may ask what the test may ask: a new one has no scope of its own (common.tenancy)."""
    return threading.Thread(target=copy_context().run, args=(act, *args))


def at_once(acts: Sequence[Callable[[], object]]) -> list[Exception | None]:
    """Runs the acts in threads that start together, each on a connection of its own; what each of them raised.

    If one gets no connection the start times out for all, so that the test fails instead of waiting for ever.
    """
    start = threading.Barrier(len(acts), timeout=60)
    raised: list[Exception | None] = [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        close_old_connections()
        try:
            connection.ensure_connection()
            start.wait()
            act()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            raised[place] = error
        finally:
            connection.close()

    threads = [thread_of(run, place, act) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def only_sentences(raised: list[Exception | None]) -> bool:
    return all(error is None or (isinstance(error, DomainError) and error.message) for error in raised)


def slowly(function: Callable[..., Any], seconds: float = 0.05) -> Callable[..., Any]:
    """Leaves time between looking and writing, as a busy server does."""

    def slow(*args: Any, **kwargs: Any) -> Any:
        answer = function(*args, **kwargs)
        time.sleep(seconds)
        return answer

    return slow


def without_row_locks() -> Any:
    """The control: the same code with FOR UPDATE left out."""
    return patch.object(QuerySet, "select_for_update", lambda self, *_args, **_kwargs: self._chain())
