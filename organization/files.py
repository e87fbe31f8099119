"""What every kept file says of itself; the bytes lie where `common.storage` puts them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

from django.db import models
from django.http import FileResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.errors import Conflict
from common.storage import StoredFile, path_of
from organization.models import Employee


class KeptFile(models.Model):
    """A file under MEDIA_ROOT, outside the web root; only a view hands it out, to whoever may see what it belongs to."""

    stored = models.CharField(_("存放位置"), max_length=120, unique=True)
    name = models.CharField(_("文件名"), max_length=200)
    size = models.PositiveIntegerField(_("字节数"))
    content_type = models.CharField(_("类型"), max_length=100)
    sha256 = models.CharField(_("校验和"), max_length=64)
    at = models.DateTimeField(_("上传时间"))
    by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("上传人"))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


Kept = TypeVar("Kept", bound=KeptFile)


def keep_rows(
    model: type[Kept], stored: Iterable[StoredFile], *, actor: Employee, now: datetime, **owner: Any
) -> list[Kept]:
    """A row for each stored file; `owner` names what it belongs to. Call it inside `common.storage.storing`."""
    return model._default_manager.bulk_create(
        [
            model(
                stored=one.stored,
                name=one.name,
                size=one.size,
                content_type=one.content_type,
                sha256=one.sha256,
                at=now,
                by=actor,
                **owner,
            )
            for one in stored
        ]
    )


def file_lines(files: Iterable[KeptFile]) -> list[str]:
    """Files as the audit log names them, each with what proves that it is still the same."""
    return [f"{file.name} {file.sha256}" for file in files]


def hand_out(found: KeptFile) -> FileResponse:
    """The file as a download, never shown in place; Conflict if the server has lost it.

    Whoever calls it has made sure that the reader may see what the file belongs to.
    """
    try:
        content = path_of(found.stored).open("rb")
    except FileNotFoundError:
        raise Conflict(
            gettext("文件“%s”不在服务器上了；请联系系统管理员从备份恢复。") % found.name, code="gone"
        ) from None
    response = FileResponse(content, as_attachment=True, filename=found.name, content_type=found.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    return response
