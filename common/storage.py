"""Where uploaded files lie: under MEDIA_ROOT, outside the web root, by names nobody can guess; only a view gives them out."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from django.conf import settings
from django.core.files.base import File
from django.utils.translation import gettext as _

from common.errors import InvalidInput
from common.workbook import XLSX

LARGEST = 20 * 1024 * 1024
MOST_FILES = 10
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
TYPES: dict[str, tuple[str, bytes]] = {
    ".pdf": ("application/pdf", b"%PDF-"),
    ".docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", _ZIP),
    ".xlsx": (XLSX, _ZIP),
    ".pptx": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", _ZIP),
    ".zip": ("application/zip", _ZIP),
    ".doc": ("application/msword", _OLE),
    ".xls": ("application/vnd.ms-excel", _OLE),
    ".ppt": ("application/vnd.ms-powerpoint", _OLE),
    ".wps": ("application/vnd.ms-works", _OLE),
    ".et": ("application/vnd.ms-excel", _OLE),
    ".jpg": ("image/jpeg", b"\xff\xd8\xff"),
    ".jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    ".png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    ".txt": ("text/plain", b""),
}
"""What may be uploaded, by its ending, with how its bytes begin."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    stored: str
    name: str
    size: int
    content_type: str
    sha256: str


def check(files: Iterable[File[bytes]]) -> None:
    """Raises InvalidInput unless every file is of an allowed type, is what it says it is, and is not too large."""
    files = list(files)
    if len(files) > MOST_FILES:
        _refuse(_("一次最多上传 %(most)d 个文件，现在是 %(now)d 个。") % {"most": MOST_FILES, "now": len(files)})
    for file in files:
        name, kind = _name(file), TYPES.get(_ending(file))
        if kind is None:
            known = "、".join(ending.removeprefix(".") for ending in TYPES)
            _refuse(_("文件“%(name)s”的类型不能上传；可以上传的类型：%(known)s。") % {"name": name, "known": known})
        if not file.size:
            _refuse(_("文件“%s”是空的；请重新选择。") % name)
        if file.size > LARGEST:
            _refuse(
                _("文件“%(name)s”有 %(size)d MB，超过 %(most)d MB；请压缩或拆分。")
                % {"name": name, "size": -(-file.size // 1024**2), "most": LARGEST // 1024**2}
            )
        file.seek(0)
        if not file.read(16).startswith(kind[1]):
            _refuse(_("文件“%s”的内容与它的扩展名不符；请用原来的程序另存后再上传。") % name)


def store(file: File[bytes], *, folder: str) -> StoredFile:
    """Writes a checked file into a folder under MEDIA_ROOT and says what it is."""
    stored = f"{folder}/{uuid.uuid4().hex}{_ending(file)}"
    path = path_of(stored)
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    file.seek(0)
    with path.open("wb") as target:
        for chunk in file.chunks():
            digest.update(chunk)
            target.write(chunk)
    return StoredFile(stored, _name(file), path.stat().st_size, TYPES[_ending(file)][0], digest.hexdigest())


@contextmanager
def storing(folder: str) -> Iterator[Callable[[File[bytes]], StoredFile]]:
    """Hands out `store` for a folder; whatever it has written is removed again if the block fails."""
    written: list[str] = []

    def kept(file: File[bytes]) -> StoredFile:
        found = store(file, folder=folder)
        written.append(found.stored)
        return found

    try:
        yield kept
    except BaseException:
        for stored in written:
            remove(stored)
        raise


def path_of(stored: str) -> Path:
    return Path(settings.MEDIA_ROOT) / stored


def remove(stored: str) -> None:
    path_of(stored).unlink(missing_ok=True)


def _name(file: File[bytes]) -> str:
    return Path(file.name or "").name[-200:]


def _ending(file: File[bytes]) -> str:
    return Path(file.name or "").suffix.lower()


def _refuse(sentence: str) -> NoReturn:
    raise InvalidInput(sentence, fields={"files": sentence})
