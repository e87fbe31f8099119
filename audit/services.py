"""The one place that writes audit lines: ``record`` for one act, ``compose`` and ``record_many`` for many at once.

A line belongs into the transaction of its act, so that no act is without a line and no line without an act.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.models import ChainHead, Entry, Seal, confidential_chain
from audit.queries import unsealed
from audit.signing import head_is_authentic, seal_hash, sign_entry, sign_head
from common.errors import Conflict
from common.middleware import current_request_id
from common.text import without_control

logger = logging.getLogger(__name__)

SYSTEM = "系统"
"""Who acts in jobs and migrations; kept as data, hence not translated."""


class BrokenChain(Conflict):
    """The end of a bureau's chain is not as the sealer left it."""

    default_code = "broken_chain"


def record(
    *,
    actor: Any,
    action: str,
    bureau: Any = None,
    target: Any = None,
    label: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
    confidential: bool = False,
) -> Entry:
    """Writes the line of one act and returns it (architecture.md, house rule 5).

    ``actor`` is the employee, None the system. ``action`` is a dotted English verb ("quarter.publish"). ``bureau``
    (with a ``code``) defaults to the actor's, then to the target's. ``label`` names the target where ``str(target)``
    does not read well. ``before`` and ``after`` hold only what changed; dates and decimals are kept as text.
    ``confidential`` puts the line into the bureau's chain that only discipline reads (`models.confidential_chain`).
    """
    entry = compose(
        actor=actor,
        action=action,
        bureau=bureau,
        target=target,
        label=label,
        before=before,
        after=after,
        reason=reason,
        confidential=confidential,
    )
    entry.save(force_insert=True)
    return entry


def compose(
    *,
    actor: Any,
    action: str,
    bureau: Any = None,
    target: Any = None,
    label: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
    system: str = "",
    confidential: bool = False,
) -> Entry:
    """The signed but unsaved line of an act, for ``record_many``; arguments as in ``record``.

    ``system`` names the program from outside that acts in place of a person.
    """
    code = _bureau_code(bureau, actor, target)
    entry = Entry(
        at=timezone.now(),
        bureau_code=confidential_chain(code) if confidential else code,
        actor_id=actor.pk if actor else None,
        actor=_shortened(f"{actor.name}（{actor.number}）" if actor else system or SYSTEM, 100),
        action=action,
        target_type=target._meta.label_lower if isinstance(target, models.Model) else "",
        target_id=str(target.pk) if isinstance(target, models.Model) else "",
        target=_shortened(label or ("" if target is None else str(target)), 200),
        before=_plain(before),
        after=_plain(after),
        reason=without_control(reason),
        request_id=current_request_id(),
        nonce=secrets.token_hex(16),
    )
    entry.signature = sign_entry(entry)
    return entry


def record_many(entries: Iterable[Entry]) -> int:
    """Writes lines made by ``compose`` in few statements; returns how many."""
    return len(Entry.objects.bulk_create(entries, batch_size=1000))


@transaction.atomic
def seal_bureau(code: str, since: datetime | None = None) -> int:
    """Links the bureau's lines that have no seal yet, in the order of their ids; returns how many.

    One sealer at a time, by the lock on the chain's end. A line is found by its missing seal and not by an id above the
    last one, because on PostgreSQL a smaller id may be committed after a larger one: it is then linked later, at a
    higher position (docs/audit.md). `since` bounds the search for the job of every minute; None looks at every line.
    Raises BrokenChain if the end of the chain was tampered with, since a new link would hide that.
    """
    ChainHead.objects.get_or_create(bureau_code=code)
    head = ChainHead.objects.select_for_update().get(bureau_code=code)
    if not head_is_authentic(head) or (not head.length and Seal.objects.filter(bureau_code=code).exists()):
        raise BrokenChain(_("审计链的末尾被改动过，停止封存。请运行 verify_audit 查明。"))
    seals = []
    for pk, signature in unsealed(code, since).order_by("id").values_list("id", "signature").iterator(chunk_size=2000):
        seal = Seal(bureau_code=code, position=head.length + 1, entry_id=pk)
        seal.hash = seal_hash(seal, signature, head.hash)
        head.length, head.hash = seal.position, seal.hash
        seals.append(seal)
    if seals:
        Seal.objects.bulk_create(seals, batch_size=1000)
        head.signature = sign_head(head)
        head.save()
    return len(seals)


def seal_chains(since: datetime | None = None) -> int:
    """Seals every bureau's new lines, each bureau in a transaction of its own; returns how many lines.

    A bureau whose chain is broken is left as it is and logged; the others go on.
    """
    sealed = 0
    for code in unsealed(since=since).order_by("bureau_code").values_list("bureau_code", flat=True).distinct():
        try:
            sealed += seal_bureau(code, since)
        except BrokenChain:
            logger.exception("the audit chain of bureau %r is broken", code)
    return sealed


def _plain(values: dict[str, Any] | None) -> dict[str, Any] | None:
    """The values as JSON that comes back from both databases as it went in: no control characters, no floats.

    PostgreSQL refuses NUL in a text and writes a float's digits its own way, which would break the signature.
    """
    if values is None:
        return None
    plain: dict[str, Any] = json.loads(json.dumps(values, cls=DjangoJSONEncoder), parse_float=str)
    cleaned: dict[str, Any] = _without_control(plain)
    return cleaned


def _without_control(value: Any) -> Any:
    if isinstance(value, dict):
        return {without_control(key): _without_control(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_control(inner) for inner in value]
    return without_control(value) if isinstance(value, str) else value


def _shortened(text: str, length: int) -> str:
    text = without_control(text)
    return text if len(text) <= length else text[: length - 1] + "…"


def _bureau_code(bureau: Any, actor: Any, target: Any) -> str:
    if bureau is None:
        bureau = getattr(actor, "bureau", None) or getattr(target, "bureau", None)
    if bureau is None and getattr(target, "_meta", None) and target._meta.label_lower == "organization.bureau":
        bureau = target
    return bureau.code if bureau else ""
