"""What of the warnings and letters waits for a person, for the to-do centre."""

from __future__ import annotations

from datetime import date

from common.components import Duty
from common.workdays import WorkCalendar
from organization.models import Employee
from supervision.queries.duties_warnings import warning_duties
from supervision.queries.letter_duties import letter_duties


def duties_of(user: Employee, *, today: date, calendar: WorkCalendar) -> list[Duty]:
    """Everything of the supervision that waits for this person."""
    return [*warning_duties(user, today=today), *letter_duties(user)]
