"""What an app says waits for somebody, with its questions asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from common.components import Duty
from common.questions import Questions
from indicators.queries.asked import Asked, Asker, DutyQuestion


def asked_for(duties_of: Callable[[Asker], Iterable[DutyQuestion]], asked: Asked) -> list[Duty]:
    """The duties of one source in its order; one query."""
    return [duty for duties in Questions(duties_of(asked)).answers(asked) for duty in duties]
