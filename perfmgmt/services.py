"""What the administrator does with jobs: running one now, switching one off or on."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from celery import current_app
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask

from audit.models import Entry
from audit.services import record
from common.errors import Conflict
from common.text import for_the_record
from organization.models import Employee
from perfmgmt.models import JobRun
from perfmgmt.permissions import may_manage_jobs, may_switch_off
from perfmgmt.runs import is_dead
from perfmgmt.schedule import BY_TASK

EXECUTE, UNSENT = "job.execute", "job.unsent"
EXPIRES = 540
"""Seconds: what no worker takes up by then is not run when nobody expects it any more."""


@transaction.atomic
def run_now(*, actor: Employee, task: str) -> None:
    """Hands a job to the workers once the audit line is committed. Conflict while it is running or waits for a worker.

    Every job looks at dates and not at being called, so that a run more does no harm.
    """
    may_manage_jobs(actor).require()
    list(PeriodicTask.objects.select_for_update(of=("self",)).filter(name=task))  # who press at once wait here in turn
    running = JobRun.objects.filter(task=task, key="", state=JobRun.State.RUNNING).first()
    if running is not None and not is_dead(running, timezone.now()):
        raise Conflict(_("这项作业正在执行，请等它完成。"), code="running")
    if _is_queued(task):
        raise Conflict(_("这项作业已经在排队，还没有开始；请稍候。"), code="queued")
    record(actor=actor, action=EXECUTE, label=_label(task))
    transaction.on_commit(partial(_send, actor, task))


def _send(actor: Employee, task: str) -> None:
    try:
        current_app.send_task(task, expires=EXPIRES)
    except Exception:  # whatever the broker says: nothing waits, so that it may be asked for again at once
        record(actor=actor, action=UNSENT, label=_label(task))
        raise


def _label(task: str) -> str:
    return for_the_record(BY_TASK[task].why)


def _is_queued(task: str) -> bool:
    """Whether somebody asked for a run that no worker has taken up and that has not lapsed."""
    since = timezone.now() - timedelta(seconds=EXPIRES)
    lately = Entry.objects.filter(action__in=(EXECUTE, UNSENT), target=_label(task), at__gt=since)
    asked = lately.order_by("-id").first()
    if asked is None or asked.action == UNSENT:
        return False
    return not JobRun.objects.filter(task=task, key="", started_at__gte=asked.at).exists()


@transaction.atomic
def switch(*, actor: Employee, task: str, enabled: bool, reason: str = "") -> None:
    """Switches a job on or off for beat and for the catching-up. Conflict if it stands so already."""
    (may_manage_jobs(actor) if enabled else may_switch_off(actor, task)).require()
    row = PeriodicTask.objects.select_for_update(of=("self",)).filter(name=task).first()
    if row is None:
        raise Conflict(_("作业还没有登记到定时任务表，请在服务器上运行 manage.py sync_schedule。"))
    if row.enabled == enabled:
        raise Conflict(_("这项作业已经启用。") if enabled else _("这项作业已经停用。"))
    row.enabled = enabled
    row.save()  # not by UPDATE: saving tells beat to read its table anew
    record(
        actor=actor,
        action="job.switch",
        label=_label(task),
        before={"enabled": not enabled},
        after={"enabled": enabled},
        reason=reason,
    )
