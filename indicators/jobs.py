"""Celery's doors into indicators."""

from celery import shared_task
from django.utils import timezone

from indicators.services import quarters


@shared_task(ignore_result=True)
def open_quarters() -> None:
    """Nightly: every bureau has its current and next quarter, and the windows open and close by date."""
    quarters.open_quarters(today=timezone.localdate())
