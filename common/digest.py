"""What a signature keeps of the words that it stands under."""

import hashlib
import json

from django.core.serializers.json import DjangoJSONEncoder


def digest_of_data(content: object) -> str:
    """The SHA-256 of lists and mappings of plain values, in a spelling that must never change: signatures are kept."""
    text = json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return digest_of_text(text)


def digest_of_text(text: str) -> str:
    """The SHA-256 of words as they stand."""
    return hashlib.sha256(text.encode()).hexdigest()
