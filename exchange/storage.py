"""Where uploaded, marked and exported files lie, and how far a job is.

Everything is under MEDIA_ROOT, outside the web root; only views hand files out. Progress is a small file beside them and
no column: an import is one long transaction, and SQLite lets nobody else write while it lasts, not even its own bar. A
file can be read by the web process at any moment, costs no database round trip, and its age is the job's heartbeat.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

FOLDER = "exchange"
_EVERY = 0.4


def new_name(kind: str) -> str:
    """A fresh place for a workbook, relative to MEDIA_ROOT; nobody can guess it."""
    return f"{FOLDER}/{kind}/{uuid.uuid4().hex}.xlsx"


def path_of(stored: str) -> Path:
    """The file's path; its folder exists."""
    path = Path(settings.MEDIA_ROOT) / stored
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def remove(stored: str) -> None:
    """Takes the file away, if it is there."""
    if stored:
        path_of(stored).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: of `total` units `done`, now at sheet `label`; `at` is its last sign of life."""

    done: int = 0
    total: int = 0
    label: str = ""
    at: datetime | None = None


class ProgressFile:
    """The progress of one job; written by the worker, read by pages and by the sweep."""

    def __init__(self, kind: str, run_id: int) -> None:
        self.path = path_of(f"{FOLDER}/progress/{kind}-{run_id}.json")
        self._told = 0.0

    def tell(self, done: int, total: int, label: str) -> None:
        """Notes where the job is, a few times a second at most."""
        now = time.monotonic()
        if now - self._told < _EVERY and done < total:
            return
        self._told = now
        fresh = self.path.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps([done, total, label], ensure_ascii=False), encoding="utf-8")
        fresh.replace(self.path)

    def read(self) -> Progress:
        try:
            done, total, label = json.loads(self.path.read_text(encoding="utf-8"))
            return Progress(done, total, label, datetime.fromtimestamp(self.path.stat().st_mtime, UTC))
        except (OSError, ValueError):
            return Progress()

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)
