"""A scoring asked for on the page: its row says how it stands, whatever becomes of the queue."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.services import record
from common.components import quarter_label
from common.errors import Conflict, DomainError
from common.text import for_the_record
from indicators.models import Quarter
from notifications.services import notify
from organization.models import Employee
from scoring.models import ScoreRun, ScoringJob
from scoring.permissions import may_run_quarter
from scoring.queries.quarters import may_be_provisional
from scoring.services.scoring import score_as_it_stands, score_quarter

State = ScoringJob.State
NEVER_STARTED = timedelta(minutes=2)
STUCK = timedelta(minutes=10)


@transaction.atomic
def request_scoring(*, quarter: Quarter, actor: Employee, as_of: date | None = None) -> ScoringJob:
    """Writes the row of a scoring to be done; the caller hands its id to the queue once this is committed.

    `as_of` asks for the provisional score of that day, which a running quarter has until it is scored finally. Raises
    Refused, Conflict while another scoring of the quarter is under way, after its publication, and for a provisional
    score where there is a final one.
    """
    may_run_quarter(actor, quarter.bureau).require()
    if quarter.is_frozen:
        raise Conflict(_("%s 已经发布；确需更正的，请办理更正计分。") % quarter.code)
    if as_of is not None and not may_be_provisional(quarter, as_of):
        raise Conflict(_("%s 已经正式计分或已经结束，不再有预计得分；请重新计分。") % quarter.code)
    try:
        with transaction.atomic():
            job = ScoringJob.objects.create(
                bureau=quarter.bureau, quarter=quarter, requested_by=actor, created_at=timezone.now(), as_of=as_of
            )
    except IntegrityError:
        raise Conflict(_("%s 正在计分，请等它完成。") % quarter.code, code="running") from None
    record(
        actor=actor, action="score.request", target=job, label=for_the_record(gettext_lazy("%s 计分作业"), quarter.code)
    )
    return job


def run_job(job_id: int) -> ScoringJob | None:
    """Scores what the row asks for and writes how it ended; None if it is finished already. Safe to run twice.

    Raises what the scoring raises.
    """
    now = timezone.now()
    unfinished = ScoringJob.objects.filter(pk=job_id, state__in=ScoringJob.UNFINISHED)
    if not unfinished.update(state=State.RUNNING, started_at=now):
        return None
    job = ScoringJob.objects.select_related("quarter__bureau", "requested_by").get(pk=job_id)
    try:
        run = _score(job)
    except DomainError as error:
        _finish(job, State.FAILED, error.message)
        raise
    except Exception:
        _finish(job, State.FAILED, _("计分没有完成，程序出错；得分没有改变，请稍后再试或联系系统管理员。"))
        raise
    sentence = _("计分 %(scored)d 人，单位排名 %(ranked)d 人，漏项和未确认 %(missing)d 个。") % {
        "scored": run.scored,
        "ranked": run.ranked,
        "missing": run.missing,
    }
    return _finish(job, State.DONE, sentence)


def _score(job: ScoringJob) -> ScoreRun:
    asked: dict[str, Any] = {
        "bureau": job.quarter.bureau,
        "quarter_code": job.quarter.code,
        "actor": job.requested_by,
    }
    return score_quarter(**asked) if job.as_of is None else score_as_it_stands(**asked, today=job.as_of)


def overdue_jobs(now: datetime) -> list[int]:
    """Ids of jobs that the queue lost: never started, or left by a worker that died."""
    lost = Q(state=State.QUEUED, created_at__lt=now - NEVER_STARTED) | Q(
        state=State.RUNNING, started_at__lt=now - STUCK
    )
    return list(ScoringJob.objects.filter(lost).order_by("pk").values_list("pk", flat=True))


def _finish(job: ScoringJob, state: str, sentence: str) -> ScoringJob:
    job.state, job.sentence, job.finished_at = state, sentence, timezone.now()
    job.save(update_fields=["state", "sentence", "finished_at"])
    if job.requested_by is not None:
        quarter = quarter_label(job.quarter.code)
        notify(
            recipients=[job.requested_by],
            subject=_("%s计分完成") % quarter if state == State.DONE else _("%s计分没有完成") % quarter,
            body=sentence,
            url=reverse("scoring:quarter", args=[job.quarter.code]),
            occasion=f"score.job:{job.pk}",
        )
    return job
