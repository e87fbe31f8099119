"""Jobs of the organization."""

import logging

from celery import shared_task
from django.utils import timezone

from common.progress import through
from common.tenancy import across, within
from organization.models import Bureau
from organization.services import people

logger = logging.getLogger(__name__)


@shared_task(ignore_result=True)
@across()
def apply_dated_changes() -> int:
    """Nightly: changes of department, post, branch and category that begin today take effect.

    Each bureau has a transaction of its own; one that fails is logged and does not hold up the others. Raises an
    ExceptionGroup of what failed at the end, so that the run does not count as done and is tried again.
    """
    changed, failed = 0, []
    for bureau in through(Bureau.objects.order_by("pk")):
        try:
            with within(bureau.pk):
                changed += people.apply_dated_changes(bureau=bureau, today=timezone.localdate())
        except Exception as error:  # the next bureau's people move all the same
            logger.exception("dated changes of bureau %s failed", bureau.code)
            failed.append(error)
    if failed:
        raise ExceptionGroup("dated changes failed", failed)
    return changed
