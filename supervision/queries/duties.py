"""What of the warnings and letters waits for a person, for the to-do centre."""

from __future__ import annotations

from collections.abc import Iterator

from common.components import Duty
from common.questions import Question
from indicators.queries.asked import Asked
from supervision.queries.duties_warnings import warning_duties
from supervision.queries.letter_duties import letter_duties


def duties_of(asked: Asked) -> Iterator[Question[Duty]]:
    """Everything of the supervision that waits for this person."""
    yield from warning_duties(asked.user, today=asked.today)
    yield from letter_duties(asked.user)
