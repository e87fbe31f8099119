"""How the jobs stand, and what a job's runs were: made ready for pages and for `/readyz`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from django.db.models import Exists, Max, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_celery_beat.models import PeriodicTask

from common.components import Tone, quarter_label
from common.progress import Progress
from common.tenancy import across
from organization.models import Bureau, Employee
from perfmgmt.catching_up import is_before
from perfmgmt.clock import in_words, last_due, next_due
from perfmgmt.models import JobRun, JobRunQuerySet
from perfmgmt.schedule import GRACE, JOBS, ON_DEMAND, Job, is_frequent, parts_of

State = JobRun.State
LATEST_PARTS = timedelta(days=2)
QUARTER = re.compile(r"\d{4}Q[1-4]")


@dataclass(frozen=True, slots=True)
class Line:
    """One job as the table shows it. `trouble` sorts what needs somebody before what goes well."""

    task: str
    why: str
    url: str
    when: str = ""
    last: str = ""
    took: str = ""
    rows: str = ""
    status: str = ""
    tone: str = Tone.PLAIN
    next: str = ""
    enabled: bool = True
    failed: bool = False
    refused: bool = False
    late: bool = False
    running: bool = False
    note: str = ""
    progress: Progress = field(default_factory=Progress)

    @property
    def title(self) -> str:
        return self.why.removesuffix("。").removesuffix(".")

    @property
    def trouble(self) -> bool:
        return self.failed or self.refused or self.late


@dataclass(frozen=True, slots=True)
class Standing:
    """All jobs: those by the clock, those on demand, and the sentence about them."""

    clocked: list[Line]
    on_demand: list[Line]
    beats: bool
    ever: bool

    @property
    def failed(self) -> list[Line]:
        return [line for line in [*self.clocked, *self.on_demand] if line.failed]

    @property
    def refused(self) -> list[Line]:
        return [line for line in [*self.clocked, *self.on_demand] if line.refused and not line.failed]

    @property
    def late(self) -> list[Line]:
        return [line for line in self.clocked if line.late and not line.failed]

    @property
    def off(self) -> int:
        return sum(not line.enabled for line in self.clocked)

    @property
    def is_moving(self) -> bool:
        return any(line.running for line in [*self.clocked, *self.on_demand])

    @property
    def finding(self) -> str:
        if not self.ever:
            return _("作业还没有执行过")
        if not self.beats:
            return _("定时任务已经停了，请检查 celery 进程")
        parts = []
        if n := len(self.failed):
            parts.append(ngettext("%(n)d 个作业失败", "%(n)d 个作业失败", n) % {"n": n})
        if n := len(self.refused):
            parts.append(ngettext("%(n)d 个有未办成的", "%(n)d 个有未办成的", n) % {"n": n})
        if n := len(self.late):
            parts.append(ngettext("%(n)d 个没有按时执行", "%(n)d 个没有按时执行", n) % {"n": n})
        if parts:
            return _("，").join(parts)
        n = len(self.clocked) - self.off
        return ngettext("%(n)d 个作业都按时完成", "%(n)d 个作业都按时完成", n) % {"n": n}


def standing(now: datetime, runs: JobRunQuerySet | None = None, *, unscored: int = 0) -> Standing:
    """Every job and how its last round went; of `runs` only, where somebody looks who may not see them all.

    `unscored` quarters were refused by the last nightly wave, whose runs work many of them each.
    """
    runs = JobRun.objects.all() if runs is None else runs
    rows = {row.name: row for row in PeriodicTask.objects.all()}
    latest = _latest(runs)
    unmended, moving = _unmended(runs, now), _moving(runs)
    unmended.refused["scoring.jobs.work_wave"] += unscored
    clocked = [_line(job, rows.get(job.task), latest.get(job.task), unmended, moving, now) for job in JOBS]
    on_demand = [_on_demand(task, why, latest.get(task), unmended, moving.get(task)) for task, why in ON_DEMAND.items()]
    beat = latest.get("perfmgmt.jobs.heartbeat")
    return Standing(
        sorted(clocked, key=attrgetter("trouble"), reverse=True),
        on_demand,
        beats=beat is not None and now - beat.started_at < GRACE,
        ever=beat is not None,
    )


def _latest(runs: JobRunQuerySet) -> dict[str, JobRun]:
    """The newest run of each task that was not merely skipped."""
    worked = runs.exclude(state=State.SKIPPED).order_by()
    newest = worked.values("task").annotate(at=Max("started_at"))
    moments = {row["task"]: row["at"] for row in newest}
    found = worked.filter(started_at__in=moments.values())
    return {run.task: run for run in found if run.started_at == moments[run.task]}


@dataclass(frozen=True, slots=True)
class Unmended:
    """How many pieces of each task's work failed or were refused lately and were not done since."""

    failed: Counter[str]
    refused: Counter[str]


def _unmended(runs: JobRunQuerySet, now: datetime) -> Unmended:
    since = JobRun.objects.filter(
        task=OuterRef("task"),
        key=OuterRef("key"),
        state__in=(State.DONE, State.REFUSED),
        started_at__gt=OuterRef("started_at"),
    )
    recent = runs.filter(state__in=JobRun.TROUBLE, started_at__gte=now - LATEST_PARTS)
    found = recent.filter(~Exists(since)).order_by().values_list("task", "key", "state").distinct()
    return Unmended(
        Counter(task for task, _key, state in found if state != State.REFUSED),
        Counter(task for task, _key, state in found if state == State.REFUSED),
    )


def _moving(runs: JobRunQuerySet) -> dict[str, JobRun]:
    return {run.task: run for run in runs.filter(state=State.RUNNING).order_by("started_at")}


def _url(task: str) -> str:
    return reverse("jobs:job", args=[task])


def _line(
    job: Job,
    row: PeriodicTask | None,
    latest: JobRun | None,
    unmended: Unmended,
    moving: dict[str, JobRun],
    now: datetime,
) -> Line:
    enabled = row is None or row.enabled
    parts = parts_of(job.task)
    counted = () if is_frequent(job.task) else parts
    failed_parts = sum(unmended.failed[part] for part in counted)
    refused_parts = sum(unmended.refused[part] for part in counted)
    failed = failed_parts > 0 or (latest is not None and latest.state in JobRun.UNSUCCESSFUL)
    refused = refused_parts > 0 or (latest is not None and latest.state == State.REFUSED)
    late = enabled and row is not None and _is_late(job, latest, row, now)
    at_work = next((moving[task] for task in (job.task, *parts) if task in moving), None)
    due = next_due(job.when, now) if enabled else None
    status, tone = _status(
        latest, enabled=enabled, failed=failed, refused=refused, late=late, running=at_work is not None
    )
    return Line(
        job.task,
        str(job.why),
        _url(job.task),
        when=in_words(job.when),
        status=status,
        tone=tone,
        next=moment(due, now) if due else "",
        enabled=enabled,
        failed=failed,
        refused=refused,
        late=late,
        running=at_work is not None,
        note=_note(failed_parts, refused_parts),
        progress=at_work.progress if at_work else Progress(),
        **_last(latest),
    )


def _note(failed: int, refused: int) -> str:
    parts = []
    if failed:
        parts.append(ngettext("%(n)d 个分项没有完成", "%(n)d 个分项没有完成", failed) % {"n": failed})
    if refused:
        parts.append(ngettext("%(n)d 个分项没有办成", "%(n)d 个分项没有办成", refused) % {"n": refused})
    return _("，").join(parts)


def _is_late(job: Job, latest: JobRun | None, row: PeriodicTask, now: datetime) -> bool:
    due = last_due(job.when, now - GRACE)
    if due is None or is_before(row, due):
        return False
    return due > row.date_changed if latest is None else latest.started_at < due


def _status(
    latest: JobRun | None, *, enabled: bool, failed: bool, refused: bool, late: bool, running: bool
) -> tuple[str, Tone]:
    answers = (
        (running, _("执行中"), Tone.ACCENT),
        (failed, _("失败"), Tone.BAD),
        (not enabled, _("已停用"), Tone.PLAIN),
        (late, _("没有按时执行"), Tone.RISK),
        (refused, _("有未办成的"), Tone.RISK),
        (latest is None, _("尚未到时间"), Tone.NEUTRAL),
    )
    return next(((words, tone) for holds, words, tone in answers if holds), (_("正常"), Tone.GOOD))


def _on_demand(task: str, why: Promise, latest: JobRun | None, unmended: Unmended, at_work: JobRun | None) -> Line:
    failed, refused = unmended.failed[task] > 0, unmended.refused[task] > 0
    status, tone = _status(
        latest, enabled=True, failed=failed, refused=refused, late=False, running=at_work is not None
    )
    return Line(
        task,
        str(why),
        _url(task),
        status=status if latest else _("还没有用过"),
        tone=tone,
        failed=failed,
        refused=refused,
        running=at_work is not None,
        progress=at_work.progress if at_work else Progress(),
        **_last(latest),
    )


def _last(run: JobRun | None) -> dict[str, Any]:
    if run is None:
        return {}
    return {
        "last": moment(run.started_at, timezone.now()),
        "took": lasted(run.duration),
        "rows": "" if run.rows is None else str(run.rows),
    }


def moment(at: datetime, now: datetime) -> str:
    """今天 01:00, 明天 08:30, else with the date."""
    local = timezone.localtime(at)
    away = (local.date() - timezone.localdate(now)).days
    near = {-1: _("昨天"), 0: _("今天"), 1: _("明天")}.get(away)
    return f"{near} {local:%H:%M}" if near else f"{local:%Y-%m-%d %H:%M}"


def lasted(duration: timedelta | None) -> str:
    """不到 1 秒, 12 秒, 3 分 5 秒."""
    if duration is None:
        return ""
    seconds = int(duration.total_seconds())
    if seconds < 1:
        return _("不到 1 秒")
    if seconds < 60:
        return _("%(n)d 秒") % {"n": seconds}
    return _("%(minutes)d 分 %(seconds)d 秒") % {"minutes": seconds // 60, "seconds": seconds % 60}


@dataclass(frozen=True, slots=True)
class Past:
    """One run in a job's history."""

    state: str
    tone: str
    about: str
    at: str
    took: str
    rows: str
    error: str
    worker: str
    progress: Progress


TONES = {
    State.RUNNING: Tone.ACCENT,
    State.DONE: Tone.GOOD,
    State.FAILED: Tone.BAD,
    State.REFUSED: Tone.RISK,
    State.LOST: Tone.RISK,
    State.SKIPPED: Tone.PLAIN,
}


def runs_of(task: str, user: Employee, *, only_trouble: bool = False) -> JobRunQuerySet:
    """The runs of a job and of its parts that the person may see, newest first."""
    runs = JobRun.objects.visible_to(user).filter(task__in=(task, *parts_of(task))).select_related("bureau")
    return runs.filter(state__in=JobRun.TROUBLE) if only_trouble else runs


def readable(runs: Iterable[JobRun], *, alone: bool) -> Iterator[tuple[JobRun, Past]]:
    """The runs in words. A sentence about nobody's run may name any bureau: it is shown where there is only one."""
    for run in runs:
        shown = alone or run.bureau_id is not None or not run.error
        yield (
            run,
            Past(
                state=run.state,
                tone=TONES[State(run.state)],
                about=_about(run),
                at=timezone.localtime(run.started_at).strftime("%Y-%m-%d %H:%M:%S"),
                took=lasted(run.duration),
                rows="" if run.rows is None else str(run.rows),
                error=run.error if shown else _("没有做完；原因见这一时刻的服务日志。"),
                worker=run.worker,
                progress=run.progress,
            ),
        )


def _about(run: JobRun) -> str:
    """What a run was about: the bureau and, if it is named, the quarter; the days of its arguments say nothing new."""
    if run.bureau is None:
        return run.key
    quarters = (quarter_label(part) for part in run.key.split() if QUARTER.fullmatch(part))
    return " ".join([run.bureau.name, *quarters])


@across()
def is_alone() -> bool:
    """Whether the installation serves one bureau only."""
    return Bureau.objects.count() <= 1
