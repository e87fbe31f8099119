"""Celery's doors into imports and exports: ids in, one service call, safe to run twice."""

from celery import shared_task
from django.utils import timezone

from common.errors import Refused
from common.tenancy import across
from exchange import services
from exchange.models import Run


@shared_task(ignore_result=True)
def import_file(import_id: int) -> None:
    """Checks a workbook, or imports it after its preview was confirmed."""
    _say_refusal(services.run_import(import_id))


@shared_task(ignore_result=True)
def export_file(export_id: int) -> None:
    """Writes a bureau workbook."""
    _say_refusal(services.run_export(export_id))


def _say_refusal(run: Run | None) -> None:
    """What was saved by nobody's standards is not done: the jobs page says so with the sentence that its owner reads."""
    if run is not None and run.state in (Run.State.REFUSED, Run.State.FAILED):
        raise Refused(run.sentence)


@shared_task(ignore_result=True)
@across()
def sweep() -> int:
    """Sends what the queue lost again, and ends what died with its worker."""
    now = timezone.now()
    lost = services.lost_runs(now)
    for run_id in lost["import"]:
        import_file.delay(run_id)
    for run_id in lost["export"]:
        export_file.delay(run_id)
    return len(lost["import"]) + len(lost["export"]) + services.bury_dead_runs(now)


@shared_task(ignore_result=True)
@across()
def clean() -> int:
    """Takes away files that nobody needs any more."""
    return services.clean(timezone.now())
