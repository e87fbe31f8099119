"""Celery's doors into indicators."""

from datetime import date

from celery import shared_task
from django.utils import timezone
from django.utils.translation import gettext

from common.errors import DomainError
from common.tenancy import across
from indicators.models import Quarter
from indicators.services import assessing, facts, quarters, rosters


@shared_task(ignore_result=True)
@across()
def open_quarters() -> int:
    """Nightly: every bureau has its current and next quarter, and the windows open and close by date."""
    return quarters.open_quarters(today=timezone.localdate())


@shared_task(ignore_result=True)
@across()
def compute_facts() -> None:
    """Nightly: one task for each quarter that takes input, has begun, and has a point with a source of our own."""
    for quarter in facts.quarters_to_compute():
        today = quarter.bureau.today
        if quarter.period.first_day <= today:
            compute_facts_of.delay(quarter.pk, today.isoformat())


@shared_task(ignore_result=True)
def compute_facts_of(quarter_id: int, today: str) -> None:
    """One bureau's quarter. Whatever goes wrong is told to its office and makes the run fail, and stops no other bureau."""
    quarter = Quarter.objects.select_related("bureau").get(pk=quarter_id)
    day = date.fromisoformat(today)
    try:
        facts.compute_facts(quarter=quarter, today=day)
    except DomainError as error:
        facts.note_failure(quarter=quarter, today=day, sentence=error.message)
        raise
    except Exception:
        sentence = gettext("程序出错，数据没有改变；今晚会再算一次，请把这条消息转给系统管理员。")
        facts.note_failure(quarter=quarter, today=day, sentence=sentence)
        raise


@shared_task(ignore_result=True)
@across()
def remind_assessors() -> int:
    """Each working morning: one message to everybody for whom results wait, however many they are."""
    return assessing.remind_of_waiting(today=timezone.localdate())


@shared_task(ignore_result=True)
@across()
def watch_rosters() -> None:
    """Nightly, after the day's moves have taken effect: one task for each quarter whose lists are being confirmed."""
    for quarter in rosters.quarters_to_watch():
        watch_rosters_of.delay(quarter.pk)


@shared_task(ignore_result=True)
def watch_rosters_of(quarter_id: int) -> int:
    """Tells whoever is to sign of lists that have changed or are due."""
    quarter = Quarter.objects.select_related("bureau").get(pk=quarter_id)
    return rosters.tell_signers(quarter=quarter, today=quarter.bureau.today)
