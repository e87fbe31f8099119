"""What downtime left undone is done once: runs that died are sent again, due moments that nobody served are served."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from celery import current_app
from django.db.models import Max
from django_celery_beat.models import PeriodicTask

from perfmgmt import runs
from perfmgmt.clock import last_due
from perfmgmt.models import JobRun
from perfmgmt.schedule import GRACE, JOBS, Job, is_frequent

logger = logging.getLogger(__name__)

State = JobRun.State
TAKEN_UP_WITHIN = 50
"""Seconds: what no worker takes up by then is dropped by the queue, because the next look sends it again."""


def catch_up(now: datetime) -> int:
    """Sends again what died, and once what was missed however often; returns how many were sent."""
    again = [(run.task, run.arguments) for run in runs.bury_dead(now) if not is_frequent(run.task)]
    again += [(job.task, {}) for job in missed(now) if (job.task, {}) not in again]
    for task, arguments in again:
        logger.warning("%s %s is caught up", task, arguments)
        current_app.send_task(task, **arguments, expires=TAKEN_UP_WITHIN)
    return len(again)


def missed(now: datetime) -> list[Job]:
    """Jobs whose last due moment passed without a run that did it.

    Not those of every few minutes, which come again by themselves, nor those that are switched off. One that never ran
    is measured from when it came into the scheduler's table. One that failed is tried again, MOST_TRIES times in all.
    """
    rows = {row.name: row for row in PeriodicTask.objects.filter(enabled=True)}
    found = []
    for job in JOBS:
        row = rows.get(job.task)
        due = last_due(job.when, now)
        if row is None or due is None or is_frequent(job.task) or now - due < GRACE:
            continue
        if is_missed(job.task, due, since=row.date_changed):
            found.append(job)
    return found


def is_missed(task: str, due: datetime, *, since: datetime) -> bool:
    """Whether nobody did the task since it was due, and it has not been tried often enough in vain."""
    own = JobRun.objects.filter(task=task, key="")
    newest = own.aggregate(at=Max("started_at"))["at"]
    if newest is None:
        return due > since
    states = list(own.filter(started_at__gte=due).values_list("state", flat=True))
    if State.DONE in states or State.RUNNING in states:
        return False
    return sum(state in JobRun.TROUBLE for state in states) < runs.MOST_TRIES


def overdue_since(task: str, due: datetime, now: datetime, *, since: datetime) -> timedelta | None:
    """How long a missed job has been waiting, for the page and for monitors; None if it is in time."""
    return now - due if now - due >= GRACE and is_missed(task, due, since=since) else None
