"""The working calendar: years as the State Council published them, and the days that depart from Monday to Friday."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from audit.services import record
from common.errors import InvalidInput
from organization.models import CalendarDay, CalendarYear, Employee
from organization.permissions import may_manage_settings


@transaction.atomic
def add_year(*, actor: Employee, year: int, source: str) -> CalendarYear:
    """Declares that the year's holidays are in the table; until then it counts Monday to Friday."""
    may_manage_settings(actor).require()
    row, created = CalendarYear.objects.get_or_create(year=year, defaults={"source": source})
    if not created:
        sentence = _("%(year)s 年的日历已经有了，可以直接修改其中的日期。") % {"year": year}
        raise InvalidInput(sentence, fields={"year": sentence})
    record(actor=actor, action="calendar.add_year", target=row, after={"source": source})
    return row


@transaction.atomic
def set_day(*, actor: Employee, day: date, is_workday: bool, name: str) -> None:
    """Makes a day worked or free; a day that is then like its weekday leaves the table.

    Raises InvalidInput for a day of a year that has not been added.
    """
    may_manage_settings(actor).require()
    if not CalendarYear.objects.filter(year=day.year).update(revision=F("revision") + 1):
        sentence = _("还没有 %(year)s 年的日历，请先添加这一年。") % {"year": day.year}
        raise InvalidInput(sentence, fields={"day": sentence})
    old = CalendarDay.objects.filter(day=day).first()
    before = {"is_workday": old.is_workday, "name": old.name} if old else None
    after = {"is_workday": is_workday, "name": name}
    if is_workday == (day.weekday() < 5):
        CalendarDay.objects.filter(day=day).delete()
    else:
        CalendarDay.objects.update_or_create(day=day, defaults=after)
    record(actor=actor, action="calendar.set_day", label=day.isoformat(), before=before, after=after)
