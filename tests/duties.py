"""What an app says waits for somebody, with its questions asked."""

from __future__ import annotations

from collections.abc import Iterable

from common.components import Duty
from common.questions import Question, answered


def asked_for(entries: Iterable[Duty | Question[Duty]]) -> list[Duty]:
    """The duties of one source in its order; one query."""
    return [duty for duties in answered(entries) for duty in duties]
