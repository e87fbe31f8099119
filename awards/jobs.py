"""The clock of selections: ids in, one service call. The dates on the rows decide, not whether a job has run, so that a
day without worker or broker is caught up with and running twice changes nothing."""

from datetime import date

from celery import shared_task
from django.utils import timezone

from awards.models import Selection
from awards.services.clock import advance, due_selections
from awards.services.voting import remind_voters
from common.tenancy import across, within
from organization.queries import work_calendar


@shared_task(ignore_result=True)
@across()
def move_selections() -> None:
    """Every hour: one task for each selection whose day has come; a demonstration's calendar stands still."""
    for selection in due_selections():
        advance_selection.delay(selection.pk, selection.bureau.today.isoformat())


@shared_task(ignore_result=True)
def advance_selection(selection_id: int, today: str) -> None:
    """Opens or closes one ballot, or publishes one selection's stars; what stands in the way is told, or refused."""
    selection = Selection.objects.select_related("bureau", "quarter").get(pk=selection_id)
    advance(selection, today=date.fromisoformat(today), now=timezone.now())


@shared_task(ignore_result=True)
@across()
def remind() -> None:
    """Every morning: reminds who has not voted, in the last two working days of a ballot."""
    open_now = Selection.objects.filter(state=Selection.State.BALLOTING, bureau__stands_on__isnull=True)
    for selection in open_now.select_related("bureau", "quarter").order_by("pk"):
        with within(selection.bureau_id):
            remind_voters(selection=selection, today=selection.bureau.today, calendar=work_calendar())
