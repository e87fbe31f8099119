"""What of the warnings and letters waits for a person, for the to-do centre."""

from __future__ import annotations

from collections.abc import Iterator

from indicators.queries.asked import Asker, DutyQuestion
from supervision.queries.duties_warnings import warning_duties
from supervision.queries.letter_duties import letter_duties


def duties_of(asker: Asker) -> Iterator[DutyQuestion]:
    """Everything of the supervision that waits for this person."""
    yield from warning_duties(asker.user)
    yield from letter_duties(asker.user)
