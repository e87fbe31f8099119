"""Celery's doors into the outbox; each is safe to run twice and at once."""

from celery import shared_task
from django.utils import timezone

from common.tenancy import across
from notifications.services import digests, sending
from notifications.services.cleaning import clean_deliveries


@shared_task(ignore_result=True)
@across()
def send_due() -> None:
    """Every minute, and with each commit that wrote messages: sends what is due."""
    sending.send_due(now=timezone.now())


@shared_task(ignore_result=True)
@across()
def write_digests() -> None:
    """On working days from the morning on: one mail for each who wants a digest; once a day, whenever it runs."""
    digests.write_digests(now=timezone.now())


@shared_task(ignore_result=True)
@across()
def clean() -> int:
    """Nightly: messages that went out long ago go away."""
    return clean_deliveries(now=timezone.now())
