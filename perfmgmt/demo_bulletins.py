"""The bulletins of the demonstration's published quarters, through the services, dated as a bureau would have issued them:
the first quarter's published and read by most, the second's handed in and waiting for the director. No score moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils import timezone

from indicators.models import Quarter
from notifications.models import Notification
from organization.models import Bureau, Employee, Role
from organization.queries import holders
from reports.models import Bulletin
from reports.queries.bulletins import readers
from reports.services_bulletins import draft_bulletin, mark_read, publish_bulletin, submit_bulletin


@dataclass(frozen=True, slots=True)
class Days:
    """When a quarter's bulletin was drafted, handed in and published; None: still waits for the director."""

    drafted: date
    submitted: date
    published: date | None


DAYS = {
    "2023Q1": Days(date(2023, 4, 27), date(2023, 4, 28), date(2023, 5, 4)),
    "2023Q2": Days(date(2023, 8, 30), date(2023, 8, 31), None),
}
NUMBER = "西税绩〔2023〕1号"
UNREAD = 9
"""Every ninth has not opened it."""


def issue_bulletins(bureau: Bureau) -> int:
    """Drafts, hands in and publishes the quarters' bulletins once; returns how many there are by this."""
    offices, directors = (list(holders(bureau, bureau.today, kind)) for kind in (Role.Kind.OFFICE, Role.Kind.DIRECTOR))
    quarters = {one.code: one for one in Quarter.objects.filter(bureau=bureau, code__in=DAYS).select_related("bureau")}
    missing = [
        code for code in DAYS if code in quarters and not Bulletin.objects.filter(quarter=quarters[code]).exists()
    ]
    for code in missing:
        _issue(quarters[code], DAYS[code], offices[0], directors[0])
    return len(missing)


def _issue(quarter: Quarter, days: Days, office: Employee, director: Employee) -> None:
    made = draft_bulletin(quarter=quarter, actor=office, today=days.drafted, now=_at(days.drafted, 10))
    made = submit_bulletin(bulletin=made, actor=office, today=days.submitted, now=_at(days.submitted, 9))
    _told_on(made, days.submitted)
    if days.published is None:
        return
    published = publish_bulletin(
        bulletin=made,
        actor=director,
        number=NUMBER,
        known=made.version,
        today=days.published,
        now=_at(days.published, 16),
    )
    _told_on(published, days.published)
    _read(published, list(readers(quarter.bureau, days.published)), days.published)


def _read(bulletin: Bulletin, people: Sequence[Employee], day: date) -> None:
    """Most open it within the hour; the demonstration's own logins find it unread."""
    for place, person in enumerate(people):
        if place % UNREAD and not person.is_demo:
            mark_read(bulletin=bulletin, actor=person, now=_at(day, 16, place % 60))


def _told_on(bulletin: Bulletin, day: date) -> None:
    """What was just told of the bulletin was told on this day."""
    told = Notification.objects.filter(
        occasion__startswith="bulletin.", occasion__endswith=f":{bulletin.pk}", created_at__date=timezone.localdate()
    )
    told.update(created_at=_at(day, 16))


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))
