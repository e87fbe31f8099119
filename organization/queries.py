"""Answers about people, places and working days."""

from __future__ import annotations

from common.workdays import WorkCalendar
from organization.models import CalendarDay, CalendarYear

_calendars: dict[tuple[tuple[int, int], ...], WorkCalendar] = {}


def work_calendar() -> WorkCalendar:
    """The State Council calendar of the table; one small query, the days are read again only after an edit.

    Years that are not in the table count Monday to Friday; ``WorkCalendar.knows`` says so.
    """
    version = tuple(CalendarYear.objects.order_by("year").values_list("year", "revision"))
    calendar = _calendars.get(version)
    if calendar is None:
        days = CalendarDay.objects.filter(day__year__in=[year for year, _revision in version])
        calendar = WorkCalendar(
            dict(days.values_list("day", "is_workday")), known_years=frozenset(year for year, _revision in version)
        )
        _calendars.clear()
        _calendars[version] = calendar
    return calendar
