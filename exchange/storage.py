"""Where uploaded, marked and exported files lie, and how far a job is.

Everything is under MEDIA_ROOT, outside the web root; only views hand files out.
"""

from __future__ import annotations

import uuid
from pathlib import Path

from django.conf import settings

from common.progress import ProgressFile

FOLDER = "exchange"


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


def progress_of(kind: str, run_id: int) -> ProgressFile:
    """How far an import or export is, as the worker that runs its task keeps it."""
    return ProgressFile(f"exchange.jobs.{kind}_file", run_id)
