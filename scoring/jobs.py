"""Celery's doors into scoring: ids in, one service call, safe to run twice."""

from datetime import date, timedelta

from celery import shared_task
from django.db.models import Exists, OuterRef
from django.utils import timezone

from common.progress import through
from common.tenancy import across, within
from indicators.models import Quarter
from organization.models import Bureau
from scoring.models import ScoreRun
from scoring.services import appeals, jobs
from scoring.services.publishing import publish_by_date
from scoring.services.scoring import score_as_it_stands
from tasks_market.models import Claim

FRESH = timedelta(minutes=10)


@shared_task(ignore_result=True)
def score(job_id: int) -> None:
    """The page's button: scores what the row asks for."""
    jobs.run_job(job_id)


@shared_task(ignore_result=True)
@across()
def sweep() -> int:
    """Hands jobs that the queue lost to it again."""
    overdue = jobs.overdue_jobs(timezone.now())
    for job_id in overdue:
        score.delay(job_id)
    return len(overdue)


@shared_task(ignore_result=True)
@across()
def score_open_quarters() -> int:
    """Nightly: one task for each bureau's quarter that has begun and is neither in publicity nor published."""
    quarters = (
        Quarter.objects.filter(state__in=Quarter.TAKES_INPUT).select_related("bureau").order_by("bureau_id", "code")
    )
    begun = [quarter for quarter in quarters.iterator() if quarter.period.first_day <= quarter.bureau.today]
    for quarter in begun:
        score_bureau.delay(quarter.bureau_id, quarter.code, quarter.bureau.today.isoformat())
    return len(begun)


@shared_task(ignore_result=True)
@across()
def follow_acceptances() -> int:
    """Every minute: provisional scores in which a task was accepted since are worked out again, for the rankings.

    A person's own sheet does not wait for it (`queries.standing`). What an acceptance left as it was is looked at for
    ten minutes and then let go.
    """
    fresh = Claim.objects.filter(accepted_at__gt=timezone.now() - FRESH)
    accepted = fresh.filter(quarter=OuterRef("quarter"), accepted_at__gt=OuterRef("scored_at"))
    runs = ScoreRun.objects.filter(is_current=True, as_of__isnull=False, quarter__state__in=Quarter.TAKES_INPUT)
    behind = list(runs.filter(Exists(accepted)).select_related("quarter__bureau").order_by("pk"))
    for run in behind:
        score_bureau.delay(run.bureau_id, run.quarter.code, run.quarter.bureau.today.isoformat())
    return len(behind)


@shared_task(ignore_result=True)
def score_bureau(bureau_id: int, quarter_code: str, today: str) -> None:
    """One bureau's quarter. A refusal (a scheme that cannot be scored with) is left to the office."""
    bureau = Bureau.objects.get(pk=bureau_id)
    score_as_it_stands(bureau=bureau, quarter_code=quarter_code, today=date.fromisoformat(today))


@shared_task(ignore_result=True)
@across()
def publish_due() -> None:
    """Every hour: one task for each quarter in publicity; a demonstration, whose calendar stands still, is left alone."""
    shown = Quarter.objects.filter(state=Quarter.State.PUBLICITY, bureau__stands_on__isnull=True)
    for quarter in shown.select_related("bureau").order_by("bureau_id", "code"):
        publish_bureau.delay(quarter.bureau_id, quarter.code, quarter.bureau.today.isoformat())


@shared_task(ignore_result=True)
def publish_bureau(bureau_id: int, quarter_code: str, today: str) -> None:
    """One bureau's quarter, if its days of publicity are over and nothing stands in the way."""
    bureau = Bureau.objects.get(pk=bureau_id)
    publish_by_date(bureau=bureau, quarter_code=quarter_code, today=date.fromisoformat(today))


@shared_task(ignore_result=True)
@across()
def remind_appeals() -> int:
    """Every morning: reminds who answers and who decides the open appeals; a demonstration's calendar reminds nobody."""
    bureaus = Bureau.objects.filter(stands_on__isnull=True).order_by("pk")
    told = 0
    for bureau in through(bureaus):
        with within(bureau.pk):
            told += appeals.remind_appeals(bureau, today=bureau.today)
    return told
