"""The append-only log of acts, sealed into one hash chain per bureau.

The floor lies below ``organization``, so actor, bureau and target are kept as text and plain numbers, which also keeps
a line readable after the person has left. Entries and seals are only ever added: the classes here refuse the rest, and
so do triggers made by the migrations for whoever comes past the classes.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

CODE_LENGTH = 32


class AppendOnlyError(RuntimeError):
    """A programme tried to change or remove what may only be added to."""

    def __init__(self) -> None:
        super().__init__("audit rows are never changed or removed")


class AppendOnlyQuerySet(models.QuerySet[Any]):
    def update(self, **kwargs: Any) -> int:
        raise AppendOnlyError

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnlyError


class AppendOnlyModel(models.Model):
    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnlyError


def confidential_chain(bureau_code: str) -> str:
    """The chain of a bureau's lines that the office must not even count (talks); beside it under a code of its own."""
    code = f"~{bureau_code}"
    return code if len(code) <= CODE_LENGTH else f"~{sha256(bureau_code.encode()).hexdigest()}"[:CODE_LENGTH]


def chains_read_by(user: Any) -> list[str]:
    """Office and discipline read the log of their own bureau (domain.md), the confidential part discipline alone."""
    chains = [user.bureau.code] if user.has_role("office", "discipline") else []
    return [*chains, confidential_chain(user.bureau.code)] if user.has_role("discipline") else chains


class EntryQuerySet(AppendOnlyQuerySet):
    def visible_to(self, user: Any) -> EntryQuerySet:
        """The lines of the chains that the user reads; nobody else reads any of it."""
        return self.filter(bureau_code__in=chains_read_by(user))


class Entry(AppendOnlyModel):
    """One act: who, what, on what, before, after, why, and in which request."""

    at = models.DateTimeField(_("时间"))
    bureau_code = models.CharField(_("单位代码"), max_length=CODE_LENGTH, blank=True)
    actor_id = models.BigIntegerField(_("操作人编号"), null=True)
    actor = models.CharField(_("操作人"), max_length=100, help_text=_("姓名和工号；系统自己做的记作“系统”。"))
    action = models.CharField(_("动作"), max_length=64)
    target_type = models.CharField(_("对象类型"), max_length=64, blank=True)
    target_id = models.CharField(_("对象编号"), max_length=64, blank=True)
    target = models.CharField(_("对象"), max_length=200, blank=True)
    before = models.JSONField(_("之前"), null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(_("之后"), null=True, encoder=DjangoJSONEncoder)
    reason = models.TextField(_("理由"), blank=True)
    request_id = models.CharField(_("请求号"), max_length=64, blank=True)
    nonce = models.CharField(max_length=CODE_LENGTH, unique=True, editable=False)
    signature = models.CharField(max_length=64, editable=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("审计记录")
        verbose_name_plural = _("审计记录")
        indexes = [
            models.Index(fields=["bureau_code", "-id"], name="entry_bureau_newest"),
            models.Index(fields=["target_type", "target_id"], name="entry_target"),
            models.Index(fields=["at"], name="entry_at"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.action} {self.target}"


class Seal(AppendOnlyModel):
    """The link of one entry in its bureau's chain: ``hash`` covers the entry and the previous link."""

    bureau_code = models.CharField(max_length=CODE_LENGTH, blank=True)
    position = models.PositiveBigIntegerField()
    entry_id = models.BigIntegerField(unique=True)
    hash = models.CharField(max_length=64)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering = ["bureau_code", "position"]
        constraints = [models.UniqueConstraint(fields=["bureau_code", "position"], name="seal_once_at_a_position")]

    def __str__(self) -> str:
        return f"{self.bureau_code} {self.position}"


class ChainHead(models.Model):
    """How long a bureau's chain is and how it ends, so that a cut-off tail is noticed; also the sealer's lock."""

    bureau_code = models.CharField(max_length=CODE_LENGTH, primary_key=True)
    length = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)
    signature = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.bureau_code} {self.length}"
