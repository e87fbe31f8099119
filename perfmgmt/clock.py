"""When a crontab was and will be due, and how people say it; times are local (Asia/Shanghai). No rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Self

from celery.schedules import crontab
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

DAYS_AROUND = 366
WEEKDAYS = (
    gettext_lazy("周日"),
    gettext_lazy("周一"),
    gettext_lazy("周二"),
    gettext_lazy("周三"),
    gettext_lazy("周四"),
    gettext_lazy("周五"),
    gettext_lazy("周六"),
)


@dataclass(frozen=True, slots=True)
class Times:
    """A crontab's numbers in their order; days of the week from Sunday, 0."""

    minutes: list[int]
    hours: list[int]
    weekdays: list[int]
    days: list[int]
    months: list[int]

    @classmethod
    def of(cls, when: crontab) -> Self:
        sets: Any = when  # celery's types leave these out
        return cls(*map(sorted, (sets.minute, sets.hour, sets.day_of_week, sets.day_of_month, sets.month_of_year)))

    @property
    def are_frequent(self) -> bool:
        """Whether the times come more often than hourly."""
        return len(self.minutes) > 1

    def fit(self, day: date) -> bool:
        return day.month in self.months and day.day in self.days and day.isoweekday() % 7 in self.weekdays


def last_due(when: crontab, now: datetime) -> datetime | None:
    """The latest moment up to now at which the crontab was due; None if there was none within a year."""
    return next((moment for moment in _moments(when, now, step=-1) if moment <= now), None)


def next_due(when: crontab, now: datetime) -> datetime | None:
    """The first moment after now at which the crontab will be due."""
    return next((moment for moment in _moments(when, now, step=1) if moment > now), None)


def _moments(when: crontab, now: datetime, *, step: int) -> Iterator[datetime]:
    """The due moments of the days around now, from this hour on into the past or the future."""
    times, here = Times.of(when), timezone.localtime(now)
    for distance in range(DAYS_AROUND):
        day = here.date() + timedelta(days=step * distance)
        if times.fit(day):
            for hour in times.hours[::step]:
                if distance == 0 and (hour - here.hour) * step < 0:
                    continue  # of today's hours only this one and what comes after it
                for minute in times.minutes[::step]:
                    yield timezone.make_aware(datetime.combine(day, time(hour, minute)))


def in_words(when: crontab) -> str:
    """As people say it: 每天 01:00, 每 10 分钟, 每月 1 日 00:30."""
    times = Times.of(when)
    if len(times.minutes) == 60:
        return _("每分钟")
    if times.are_frequent:
        return _("每 %(n)d 分钟") % {"n": times.minutes[1] - times.minutes[0]}
    if len(times.hours) == 24:
        return _("每小时 %(minute)02d 分") % {"minute": times.minutes[0]}
    of_day = _("、").join(f"{hour:02d}:{times.minutes[0]:02d}" for hour in times.hours)
    return f"{_days_in_words(times)} {of_day}"


def _days_in_words(times: Times) -> str:
    if len(times.weekdays) < 7:
        return _("、").join(str(WEEKDAYS[day]) for day in times.weekdays)
    if len(times.days) == 31:
        return _("每天")
    days = _("、").join(map(str, times.days))
    if len(times.months) == 12:
        return _("每月 %(days)s 日") % {"days": days}
    return _("%(months)s 月 %(days)s 日") % {"months": _("、").join(map(str, times.months)), "days": days}
