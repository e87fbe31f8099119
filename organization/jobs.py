"""Jobs of the organization."""

from celery import shared_task
from django.utils import timezone

from organization.services import people


@shared_task(ignore_result=True)
def apply_dated_changes() -> int:
    """Nightly: changes of department, post, branch and category that begin today take effect."""
    return people.apply_dated_changes(today=timezone.localdate())
