"""What downtime left undone is done once: runs that died are sent again, due moments that nobody served are served."""

from __future__ import annotations

import logging
from datetime import datetime

from celery import current_app
from django.db.models import Q
from django_celery_beat.models import PeriodicTask, PeriodicTasks

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
    set_right(now)
    again = [(run.task, run.arguments) for run in runs.bury_dead(now) if not is_frequent(run.task)]
    again += [(job.task, {}) for job in missed(now) if (job.task, {}) not in again]
    for task, arguments in again:
        logger.warning("%s %s is caught up", task, arguments)
        current_app.send_task(task, **arguments, expires=TAKEN_UP_WITHIN)
    return len(again)


def set_right(now: datetime) -> None:
    """After the clock was put back, beat would be silent until the moments come again at which it last sent a job."""
    ahead = now + GRACE
    rows = PeriodicTask.objects.filter(Q(last_run_at__gt=ahead) | Q(date_changed__gt=ahead))
    if rows.update(last_run_at=now, date_changed=now):
        logger.warning("the clock was put back, beat reads its table anew")
        PeriodicTasks.update_changed()


def missed(now: datetime) -> list[Job]:
    """Jobs whose last due moment passed without a run that did it.

    Not those of every few minutes, which come again by themselves, nor those that are switched off. One that is new, or
    was switched on again, is measured from then on. One that failed is tried again, MOST_TRIES times in all.
    """
    rows = {row.name: row for row in PeriodicTask.objects.filter(enabled=True)}
    found = []
    for job in JOBS:
        row = rows.get(job.task)
        due = last_due(job.when, now)
        if row is None or due is None or is_frequent(job.task) or now - due < GRACE or is_before(row, due):
            continue
        if is_missed(job.task, due, now, since=row.date_changed):
            found.append(job)
    return found


def is_before(row: PeriodicTask, due: datetime) -> bool:
    """Whether a moment lies before the job was switched on: beat forgets when it last sent one that is switched off."""
    return row.last_run_at is None and due <= row.date_changed


def is_missed(task: str, due: datetime, now: datetime, *, since: datetime) -> bool:
    """Whether nobody did the task since it was due, and it has not been tried often enough in vain. What was done while
    the clock was ahead does not count."""
    own = JobRun.objects.filter(task=task, key="")
    if not own.exists():
        return due > since
    states = list(own.filter(started_at__range=(due, now + GRACE)).values_list("state", flat=True))
    if State.DONE in states or State.RUNNING in states:
        return False
    return sum(state in JobRun.TROUBLE for state in states) < runs.MOST_TRIES
