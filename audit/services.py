"""The one place that writes audit lines: ``record`` for one act, ``compose`` and ``record_many`` for many at once.

A line belongs into the transaction of its act, so that there is neither an act without a line nor a line without an act.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from datetime import UTC
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from audit.models import Entry
from common.middleware import current_request_id
from common.text import without_control

SYSTEM = "系统"
"""Who acts in jobs and migrations; kept as data, hence not translated."""


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
) -> Entry:
    """Writes the line of one act and returns it (architecture.md, house rule 5).

    ``actor`` is the employee, None the system. ``action`` is a dotted English verb ("quarter.publish"). ``bureau`` (with
    a ``code``) defaults to the actor's, then to the target's. ``label`` names the target where ``str(target)`` does not
    read well. ``before`` and ``after`` hold only what changed; dates and decimals are kept as text.
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
) -> Entry:
    """The signed but unsaved line of an act, for ``record_many``; arguments as in ``record``."""
    entry = Entry(
        at=timezone.now(),
        bureau_code=_bureau_code(bureau, actor, target),
        actor_id=actor.pk if actor else None,
        actor=_shortened(f"{actor.name}（{actor.number}）" if actor else SYSTEM, 100),
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
    entry.signature = signature_of(entry)
    return entry


def record_many(entries: Iterable[Entry]) -> int:
    """Writes lines made by ``compose`` in few statements; returns how many."""
    return len(Entry.objects.bulk_create(entries, batch_size=1000))


def signature_of(entry: Entry) -> str:
    """The keyed HMAC over everything that the line says; a row made without the key is found by it."""
    return keyed_digest("audit.entry", _canonical(entry))


def is_authentic(entry: Entry) -> bool:
    """Whether the line's signature was made by this installation and the line still says the same."""
    return matches("audit.entry", _canonical(entry), entry.signature)


def keyed_digest(purpose: str, content: str, key: str | None = None) -> str:
    """HMAC-SHA256 with a key derived from SECRET_KEY for one purpose, in hexadecimal digits."""
    derived = hashlib.sha256(f"{purpose}:{settings.SECRET_KEY if key is None else key}".encode()).digest()
    return hmac.new(derived, content.encode(), hashlib.sha256).hexdigest()


def matches(purpose: str, content: str, digest: str) -> bool:
    """Whether the digest was made with the present key or one in SECRET_KEY_FALLBACKS (after a change of the key)."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(hmac.compare_digest(keyed_digest(purpose, content, key), digest) for key in keys)


def _canonical(entry: Entry) -> str:
    """The line as one text that is the same before saving and after loading from either database."""
    return json.dumps(
        [
            entry.nonce,
            entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
            entry.bureau_code,
            entry.actor_id,
            entry.actor,
            entry.action,
            entry.target_type,
            entry.target_id,
            entry.target,
            entry.before,
            entry.after,
            entry.reason,
            entry.request_id,
        ],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )


def _plain(values: dict[str, Any] | None) -> dict[str, Any] | None:
    """The values as JSON that comes back from both databases as it went in: texts without control characters, no floats.

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
