"""How many things wait for a person: asked of whatever floor above knows it, which registers itself when it is ready."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from common.components import Duty, WorkCalendar
from organization.models import Employee

DutiesOf = Callable[..., Sequence[Duty]]

_asked: list[DutiesOf] = []


def ask_for_duties(duties_of: DutiesOf) -> None:
    """Registers `duties_of(user, *, today, calendar)`; the same one twice counts once."""
    if duties_of not in _asked:
        _asked.append(duties_of)


def number_of_duties(user: Employee, *, today: date, calendar: WorkCalendar) -> int:
    return sum(len(duties_of(user, today=today, calendar=calendar)) for duties_of in _asked)
