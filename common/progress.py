"""How far a long job is: a service tells it, whoever runs the service listens; without a listener nothing happens.

The worker keeps it in a small file under MEDIA_ROOT and not in a column: scoring and importing are one long transaction
each, whose rows nobody sees before its end, and SQLite lets nobody else write meanwhile. A file can be read by the web
process at any moment, costs no question to the database, and its age is a sign of life.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from django.conf import settings

Listener = Callable[[int, int, str], None]
Piece = TypeVar("Piece")

EVERY = 0.2
"""Seconds between two writings of a file."""
_UNFIT = re.compile(r"[^A-Za-z0-9._-]")
_listener: ContextVar[Listener | None] = ContextVar("progress_listener", default=None)


def tell(done: int, total: int, label: str = "") -> None:
    """Of `total` pieces of work `done` are finished, now comes `label`; cheap enough for every piece."""
    if listener := _listener.get():
        listener(done, total, label)


def through(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The pieces one after the other, telling after each."""
    pieces = list(pieces)
    tell(0, len(pieces))
    for done, piece in enumerate(pieces, 1):
        yield piece
        tell(done, len(pieces))


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Whatever is told inside the block goes to `listener`."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: of `total` pieces `done`, now at `label`; `at` is its last sign of life."""

    done: int = 0
    total: int = 0
    label: str = ""
    at: datetime | None = None


class ProgressFile:
    """Where the run of a task with a key (one at a time) keeps how far it is; written by the worker, read by pages."""

    def __init__(self, task: str, key: object) -> None:
        name = _UNFIT.sub("_", f"{task}-{key}")[:200]
        self.path = Path(settings.MEDIA_ROOT, "progress", f"{name}.json")
        self._told = 0.0

    def tell(self, done: int, total: int, label: str = "") -> None:
        """Notes where the job is, a few times a second at most."""
        now = time.monotonic()
        if now - self._told < EVERY and done < total:
            return
        self._told = now
        fresh = self.path.with_suffix(f".{os.getpid()}")
        with suppress(OSError):  # no work fails for want of its bar
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps([done, total, label], ensure_ascii=False), encoding="utf-8")
            fresh.replace(self.path)

    def read(self) -> Progress:
        try:
            done, total, label = json.loads(self.path.read_text(encoding="utf-8"))
            return Progress(done, total, label, datetime.fromtimestamp(self.path.stat().st_mtime, UTC))
        except (OSError, ValueError):
            return Progress()

    def clear(self) -> None:
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
