"""Celery's doors into reviews: ids in, one service call, safe to run twice."""

from __future__ import annotations

from datetime import date

from celery import shared_task
from django.utils import timezone

from organization.models import Bureau
from reviews.services.reminders import remind_of_showings
from reviews.services.scheduling import refresh_coming


@shared_task(ignore_result=True)
def refresh_lists() -> None:
    """Nightly, after the day's moves have taken effect: the lists of the coming showings follow the branches."""
    refresh_coming(timezone.localdate())


@shared_task(ignore_result=True)
def remind_showings() -> None:
    """Each morning: one task for each running bureau; a demonstration, whose calendar stands still, is left in peace."""
    for bureau in Bureau.objects.filter(stands_on__isnull=True).order_by("pk"):
        remind_showings_of.delay(bureau.pk, bureau.today.isoformat())


@shared_task(ignore_result=True)
def remind_showings_of(bureau_id: int, today: str) -> None:
    """One bureau's branches that do not keep the rhythm."""
    remind_of_showings(bureau=Bureau.objects.get(pk=bureau_id), today=date.fromisoformat(today))
