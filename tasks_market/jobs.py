"""What the market does by itself; each is safe to run twice and at once."""

from celery import shared_task
from django.utils import timezone

from common.tenancy import across
from tasks_market.services import assigning, doing, drafting


@shared_task(ignore_result=True)
@across()
def close_windows() -> int:
    """Every minute: what was posted for now is announced; windows that have passed close, and what is left is assigned."""
    now = timezone.now()
    return drafting.announce_posted(now) + assigning.close_windows(now)


@shared_task(ignore_result=True)
@across()
def remind_overdue() -> int:
    """Every morning: overdue tasks are called to mind."""
    return doing.remind_overdue(timezone.now())
