"""Celery's doors into supervision: ids in, one service call, safe to run twice."""

from __future__ import annotations

from datetime import date

from celery import shared_task
from django.utils import timezone

from common.tenancy import across
from organization.models import Bureau
from supervision.services import letter_reminders, warning_rounds, warnings
from supervision.warning_clocks import month_of


@shared_task(ignore_result=True)
@across()
def make_warnings() -> None:
    """Nightly: one task for each running bureau, which makes its month's sheets from the first working day on."""
    for bureau in Bureau.objects.filter(stands_on__isnull=True).order_by("pk"):
        make_warnings_of.delay(bureau.pk, bureau.today.isoformat())


@shared_task(ignore_result=True)
def make_warnings_of(bureau_id: int, today: str) -> None:
    """One bureau's sheets of the month, or what came onto them since."""
    bureau, day = Bureau.objects.get(pk=bureau_id), date.fromisoformat(today)
    warnings.make_sheets(bureau=bureau, month=month_of(day), today=day, now=timezone.now())


@shared_task(ignore_result=True)
@across()
def watch_warnings() -> None:
    """Each morning: one task for each running bureau."""
    for bureau in Bureau.objects.filter(stands_on__isnull=True).order_by("pk"):
        watch_warnings_of.delay(bureau.pk, bureau.today.isoformat())


@shared_task(ignore_result=True)
def watch_warnings_of(bureau_id: int, today: str) -> None:
    """What is done, overdue or dropped of one bureau's warnings; then whatever is still unsigned goes up."""
    bureau, day = Bureau.objects.get(pk=bureau_id), date.fromisoformat(today)
    warning_rounds.settle_warnings(bureau=bureau, today=day, now=timezone.now())
    warning_rounds.escalate_unsigned(bureau=bureau, today=day)


@shared_task(ignore_result=True)
@across()
def remind_letters() -> None:
    """Each morning: one task for each running bureau; a demonstration's calendar reminds nobody."""
    for bureau in Bureau.objects.filter(stands_on__isnull=True).order_by("pk"):
        remind_letters_of.delay(bureau.pk, bureau.today.isoformat())


@shared_task(ignore_result=True)
def remind_letters_of(bureau_id: int, today: str) -> None:
    """One bureau's items by their dates: reminders, escalation of those overdue, and the minus that these propose."""
    day = date.fromisoformat(today)
    letter_reminders.remind_of_letters(Bureau.objects.get(pk=bureau_id), today=day, now=timezone.now())
