"""What a bureau has agreed about letters, and which reminder of an item is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from common.workdays import WorkCalendar
from organization.models import Bureau
from supervision.models import LetterSettings

REMIND_BEFORE = (3, 1)
"""Working days before its limit on which an item is called to mind, besides half time and daily afterwards."""
Kind = Literal["half", "before", "overdue"]


@dataclass(frozen=True, slots=True)
class Reminder:
    """The reminder that an item has come to: `key` is its part of the occasion, once for all time."""

    kind: Kind
    key: str


def letter_settings(bureau: Bureau) -> LetterSettings:
    """The bureau's row, or one that is not saved with the defaults."""
    return LetterSettings.objects.filter(bureau=bureau).first() or LetterSettings(bureau=bureau)


def default_due(settings: LetterSettings, kind: str, today: date, calendar: WorkCalendar) -> date:
    """The limit that a letter of this kind gives its items by default."""
    return calendar.add(today, settings.days_for(kind))


def reminder_of(since: date, due: date, today: date, calendar: WorkCalendar) -> Reminder | None:
    """The newest reminder whose day has come, None before the first and on days off.

    After a standstill that is the one that holds now: those before it are not made up for. `since` is the day from
    which the limit `due` runs.
    """
    if not calendar.is_workday(today):
        return None
    if today > due:
        return Reminder("overdue", f"overdue:{today}")
    days: list[tuple[date, Kind, str]] = [(calendar.add(due, -n), "before", f"{n}:{due}") for n in REMIND_BEFORE]
    half = calendar.add(since, calendar.workdays_left(since, due) // 2)
    if since < half < days[0][0]:
        days.insert(0, (half, "half", f"half:{due}"))
    come = [(kind, key) for day, kind, key in days if since < day <= today]
    return Reminder(*come[-1]) if come else None
