"""Celery's doors into reviews: ids in, one service call, safe to run twice."""

from __future__ import annotations

from datetime import date

from celery import shared_task
from django.utils import timezone

from common.progress import through
from common.tenancy import across, within
from organization.models import Bureau
from reviews.models import ReviewMeeting
from reviews.services import actions, explaining, suggestions, talks
from reviews.services.reminders import remind_of_showings
from reviews.services.scheduling import refresh_coming
from reviews.services.statements import remind_statements


@shared_task(ignore_result=True)
@across()
def refresh_lists() -> int:
    """Nightly, after the day's moves have taken effect: the lists of the coming showings follow the branches."""
    return refresh_coming(timezone.localdate())


@shared_task(ignore_result=True)
@across()
def remind_showings() -> None:
    """Each morning: one task for each running bureau; a demonstration, whose calendar stands still, is left in peace."""
    for bureau in Bureau.objects.filter(stands_on__isnull=True).order_by("pk"):
        remind_showings_of.delay(bureau.pk, bureau.today.isoformat())


@shared_task(ignore_result=True)
def remind_showings_of(bureau_id: int, today: str) -> None:
    """One bureau's branches that do not keep the rhythm, and its people who have not handed in a statement."""
    bureau, day = Bureau.objects.get(pk=bureau_id), date.fromisoformat(today)
    remind_of_showings(bureau=bureau, today=day)
    remind_statements(bureau, today=day)


@shared_task(ignore_result=True)
@across()
def suggest_talks() -> None:
    """Nightly: one task for each running bureau; a demonstration makes its suggestions when it is made."""
    for bureau in Bureau.objects.filter(stands_on__isnull=True).order_by("pk"):
        suggest_talks_of.delay(bureau.pk, bureau.today.isoformat())


@shared_task(ignore_result=True)
def suggest_talks_of(bureau_id: int, today: str) -> None:
    """What one bureau's newest published quarters give rise to."""
    bureau = Bureau.objects.get(pk=bureau_id)
    suggestions.suggest_talks(bureau, today=date.fromisoformat(today), now=timezone.now())


@shared_task(ignore_result=True)
@across()
def remind_talks() -> None:
    """Each morning: one task for each running bureau."""
    for bureau in Bureau.objects.filter(stands_on__isnull=True).order_by("pk"):
        remind_talks_of.delay(bureau.pk, bureau.today.isoformat())


@shared_task(ignore_result=True)
def remind_talks_of(bureau_id: int, today: str) -> int:
    """One bureau's follow-ups that are due and records that wait for a signature."""
    return talks.remind_of_talks(Bureau.objects.get(pk=bureau_id), today=date.fromisoformat(today))


@shared_task(ignore_result=True)
@across()
def remind_meetings() -> None:
    """Each morning: one task for each running bureau; a demonstration's calendar reminds nobody."""
    for bureau in Bureau.objects.filter(stands_on__isnull=True).order_by("pk"):
        remind_meetings_of.delay(bureau.pk, bureau.today.isoformat())


@shared_task(ignore_result=True)
def remind_meetings_of(bureau_id: int, today: str) -> int:
    """One bureau's explanations that are not filled and actions that are due."""
    bureau, day = Bureau.objects.get(pk=bureau_id), date.fromisoformat(today)
    told = explaining.remind_of_explanations(bureau=bureau, today=day)
    return told + actions.remind_of_actions(bureau=bureau, today=day)


@shared_task(ignore_result=True)
@across()
def follow_corrections() -> None:
    """Every ten minutes: meetings that are still prepared by scores which have been corrected since."""
    behind = ReviewMeeting.objects.behind()
    for bureau in through(Bureau.objects.filter(pk__in=behind.values("bureau")).order_by("pk")):
        with within(bureau.pk):
            explaining.follow_corrections(bureau=bureau, today=bureau.today)
