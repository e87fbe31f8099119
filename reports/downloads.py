"""Workbooks on their way out of a page: written to a file that is gone when it has been sent, under a Chinese name."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO
from urllib.parse import quote

from django.conf import settings
from django.http import FileResponse

from common.workbook import XLSX


def temporary_file() -> IO[bytes]:
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryFile(dir=folder)  # FileResponse closes it, and with that it is gone


def workbook(file: IO[bytes], name: str, plain_name: str) -> FileResponse:
    """A download of what was written; `plain_name` is for programs that take no Chinese."""
    file.seek(0)
    response = FileResponse(file, content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename=\"{plain_name}\"; filename*=UTF-8''{quote(name)}"
    return response
