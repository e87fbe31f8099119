"""What makes a line and a chain trustworthy: keyed digests over their content.

The key is derived from SECRET_KEY, which does not lie in the database: whoever can write to the tables can still not
make a line, a seal or a chain's end that verifies. After a change of the key the old one stays in SECRET_KEY_FALLBACKS.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC

from django.conf import settings

from audit.models import ChainHead, Entry, Seal


def sign_entry(entry: Entry) -> str:
    """The signature of everything that the line says, taken when it is written."""
    return _digest("entry", _entry_text(entry), settings.SECRET_KEY)


def entry_is_authentic(entry: Entry) -> bool:
    """Whether this installation wrote the line and it still says the same."""
    return _matches("entry", _entry_text(entry), entry.signature)


def seal_hash(seal: Seal, signature: str, previous: str) -> str:
    """The link of a line with that signature to the link before it."""
    return _digest("seal", _seal_text(seal, signature, previous), settings.SECRET_KEY)


def seal_is_intact(seal: Seal, signature: str, previous: str) -> bool:
    return _matches("seal", _seal_text(seal, signature, previous), seal.hash)


def sign_head(head: ChainHead) -> str:
    """The signature of a chain's length and end, so that nobody can set them back after cutting off the tail."""
    return _digest("head", _head_text(head), settings.SECRET_KEY)


def head_is_authentic(head: ChainHead) -> bool:
    return (head.length, head.hash) == (0, "") or _matches("head", _head_text(head), head.signature)


def _entry_text(entry: Entry) -> str:
    """The line as one text that is the same before saving and after loading from either database."""
    return _text(
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
    )


def _seal_text(seal: Seal, signature: str, previous: str) -> str:
    return _text(seal.bureau_code, seal.position, seal.entry_id, signature, previous)


def _head_text(head: ChainHead) -> str:
    return _text(head.bureau_code, head.length, head.hash)


def _text(*parts: object) -> str:
    return json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _digest(purpose: str, text: str, key: str) -> str:
    derived = hashlib.sha256(f"audit.{purpose}:{key}".encode()).digest()
    return hmac.new(derived, text.encode(), hashlib.sha256).hexdigest()


def _matches(purpose: str, text: str, digest: str) -> bool:
    keys: list[str] = [settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS)]
    return any(hmac.compare_digest(_digest(purpose, text, key), digest) for key in keys)
