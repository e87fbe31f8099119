"""Celery's doors into scoring: ids in, one service call, safe to run twice."""

from datetime import date, timedelta

from celery import shared_task
from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone

from common.progress import through
from common.tenancy import across, within
from indicators.models import Quarter
from organization.models import Bureau
from scoring.models import ScoreRun
from scoring.queries.waves import counted
from scoring.services import fan_out, jobs
from scoring.services.appeal_notices import remind_appeals as remind_of_appeals
from scoring.services.publishing import publish_by_date
from scoring.services.scoring import score_as_it_stands
from tasks_market.models import Claim

FRESH = timedelta(minutes=10)
LANE_SECONDS = 20
"""So long a lane works before it queues up again behind what else there is to do."""
LANE_EXPIRES = 110
"""Seconds: what no worker takes up by then is handed out anew by the sweep."""


@shared_task(ignore_result=True)
def score(job_id: int) -> None:
    """The page's button: scores what the row asks for."""
    jobs.run_job(job_id)


@shared_task(ignore_result=True)
@across()
def sweep() -> int:
    """Hands jobs that the queue lost to it again, and waves on which nobody works."""
    now = timezone.now()
    overdue, silent = jobs.overdue_jobs(now), fan_out.silent_waves(now)
    for job_id in overdue:
        score.delay(job_id)
    for wave_id in silent:
        send_lanes(wave_id)
    return len(overdue) + len(silent)


@shared_task(ignore_result=True)
@across()
def score_open_quarters() -> int:
    """Nightly: a wave over the bureaus' quarters that have begun and are neither in publicity nor published."""
    wave = fan_out.begin_night()
    send_lanes(wave.pk)
    return counted(wave.pk).total


def send_lanes(wave_id: int) -> None:
    """Hands a wave to the workers: as many units are in hand at a time as there are lanes."""
    for lane in range(1, settings.SCORING_LANES + 1):
        work_wave.apply_async((wave_id, lane), expires=LANE_EXPIRES)


@shared_task(ignore_result=True)
@across()
def work_wave(wave_id: int, lane: int, turn: int = 1) -> int:
    """One lane of a wave: works units for a while and then queues up again, so that a long wave holds up nobody."""
    worked, is_more = fan_out.work(wave_id, seconds=LANE_SECONDS)
    if is_more:  # with a turn of its own: this run of the lane has not ended yet
        work_wave.apply_async((wave_id, lane, turn + 1), expires=LANE_EXPIRES)
    return worked


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
            told += remind_of_appeals(bureau, today=bureau.today)
    return told
