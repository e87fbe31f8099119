"""The rows of job runs: begun, renewed, ended, found dead. Nothing here knows what a job does."""

from __future__ import annotations

import logging
import os
import socket
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, Model, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from awards.models import Selection
from common.tenancy import across
from exchange.models import ExportRun, ImportRun
from indicators.models import Quarter
from organization.models import Bureau
from perfmgmt.models import JobRun
from scoring.models import ScoringJob

logger = logging.getLogger(__name__)

State = JobRun.State
PULSE = timedelta(seconds=15)
DEAD_AFTER = timedelta(minutes=2)
"""A run that has not reported for so long has died with its process, also where nobody can look for the process."""
KEPT_FOR = timedelta(days=90)
TELLING: dict[str, tuple[type[Model], str]] = {
    "bureau_id": (Bureau, "pk"),
    "quarter_id": (Quarter, "bureau"),
    "selection_id": (Selection, "bureau"),
    "job_id": (ScoringJob, "bureau"),
    "import_id": (ImportRun, "bureau"),
    "export_id": (ExportRun, "bureau"),
}
"""Names of arguments by which a run is known to be a bureau's: it then works within that bureau (recording.py)."""
MOST_TRIES = 3
"""So often a piece of work may die or fail before it is left to people: something in it may be what kills the worker."""


def this_worker() -> str:
    """Machine and process: enough to see on the same machine that the process has gone."""
    return f"{socket.gethostname()[:80]}/{os.getpid()}"


def key_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """The piece of work that a call names, as text: ids and dates, never a secret."""
    named = [f"{name}={value}" for name, value in sorted(kwargs.items())]
    return " ".join([*map(str, args), *named])[:200]


def begin(
    task: str,
    args: tuple[Any, ...] = (),
    kwargs: dict[str, Any] | None = None,
    *,
    names: tuple[str, ...] = (),
    worker: str,
    frequent: bool = False,
) -> JobRun | None:
    """The row of a run that may work now; None while another one of the same task and key is alive.

    A dead one is ended as lost and taken over. `names` are those of `args`. Of a frequent job's runs that found nothing
    to do one row is kept and used again, so that a job of every minute does not fill the table.
    """
    kwargs = kwargs or {}
    key, now = key_of(args, kwargs), timezone.now()
    values = {
        "state": State.RUNNING,
        "started_at": now,
        "alive_at": now,
        "worker": worker,
        "arguments": {"args": list(args), "kwargs": kwargs},
        "bureau_id": bureau_of(names, args, kwargs),
    }
    for _attempt in range(2):
        try:
            with transaction.atomic():
                return _use_again(task, key, values, frequent=frequent) or JobRun.objects.create(
                    task=task, key=key, **values
                )
        except IntegrityError:
            other = JobRun.objects.filter(task=task, key=key, state=State.RUNNING).first()
            if other is not None and not (is_dead(other, now) and lose(other)):
                break
    if not frequent:
        JobRun.objects.create(task=task, key=key, **values | {"state": State.SKIPPED, "ended_at": now})
    return None


def _use_again(task: str, key: str, values: dict[str, Any], *, frequent: bool) -> JobRun | None:
    if not frequent:
        return None
    idle = JobRun.objects.filter(Q(rows=None) | Q(rows=0), task=task, key=key, state=State.DONE)
    newest = idle.aggregate(pk=Max("pk"))["pk"]
    if newest is None or not idle.filter(pk=newest).update(**values, ended_at=None, rows=None):
        return None
    return JobRun.objects.get(pk=newest)


@across()
def bureau_of(names: tuple[str, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> int | None:
    """Whose work a call is; None for what no argument tells of. `names` are those of `args`."""
    named = dict(zip(names, args, strict=False)) | kwargs
    for name, (model, column) in TELLING.items():
        if name in named:
            return model._default_manager.filter(pk=named[name]).values_list(column, flat=True).first()
    return None


def renew(run: JobRun) -> None:
    """The sign of life of a run."""
    _mine(run).update(alive_at=timezone.now())


def end(run: JobRun, state: str, *, rows: int | None = None, error: str = "") -> None:
    """Closes one's own run; one that was taken over meanwhile stays as the other left it."""
    now = timezone.now()
    if not _mine(run).update(state=state, ended_at=now, alive_at=now, rows=rows, error=error):
        logger.warning("%s %s was taken over by another run before it ended", run.task, run.key)


def _mine(run: JobRun) -> Any:
    return JobRun.objects.filter(pk=run.pk, state=State.RUNNING, started_at=run.started_at)


def is_dead(run: JobRun, now: datetime) -> bool:
    """Whether a running row's process is gone: by its silence, and on this machine at once by its number."""
    if run.alive_at < now - DEAD_AFTER:
        return True
    machine, _slash, process = run.worker.rpartition("/")
    return machine == socket.gethostname()[:80] and process.isdecimal() and not _lives(int(process))


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True  # not Linux, or gone in this moment: its silence will tell
    return state != "Z"  # killed, only that its parent has not heard of it


def lose(run: JobRun) -> bool:
    """Ends a dead run; False if somebody else was faster."""
    sentence = _("执行的进程在途中消失（服务重启、断电或内存不足），没有做完的部分会重新执行。")
    return bool(_mine(run).update(state=State.LOST, ended_at=timezone.now(), error=sentence))


def bury_dead(now: datetime) -> list[JobRun]:
    """Ends the runs whose process is gone; returns those that should be sent again, each task and key once."""
    again = []
    for run in JobRun.objects.filter(state=State.RUNNING).order_by("pk"):
        if not is_dead(run, now) or not lose(run):
            continue
        lost = JobRun.objects.filter(
            task=run.task, key=run.key, state=State.LOST, started_at__gt=now - timedelta(hours=1)
        )
        if lost.count() < MOST_TRIES:
            again.append(run)
        else:
            logger.error("%s %s died %d times and is not sent again", run.task, run.key, MOST_TRIES)
    return again


def clean(now: datetime) -> int:
    """Takes away rows older than KEPT_FOR, but never a task's newest: the catching-up needs it."""
    newest = JobRun.objects.order_by().values("task").annotate(newest=Max("pk")).values_list("newest", flat=True)
    old = JobRun.objects.filter(started_at__lt=now - KEPT_FOR).exclude(state=State.RUNNING).exclude(pk__in=list(newest))
    return old.delete()[0]
