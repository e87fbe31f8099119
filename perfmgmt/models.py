"""Runs of the jobs: each starts a row before it works and ends it afterwards, so that what hangs or failed is seen."""

from __future__ import annotations

from datetime import timedelta

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.progress import Progress, ProgressFile
from organization.models import Bureau, Employee


class JobRunQuerySet(models.QuerySet["JobRun"]):
    def visible_to(self, user: Employee) -> JobRunQuerySet:
        """Runs of the person's own bureau, and those that are nobody's in particular."""
        return self.filter(Q(bureau=None) | Q(bureau_id=user.bureau_id))


class JobRun(models.Model):
    """One run of a job. `key` names its piece of work: of one key only one run works at a time.

    `alive_at` is renewed while it works; a run whose process died is seen by it and may be taken over. `arguments` are
    what the task was called with (ids and dates), so that what died can be sent again. `bureau` is None for a job of the
    whole installation.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("执行中")
        DONE = "done", _("已完成")
        REFUSED = "refused", _("未办成")
        FAILED = "failed", _("失败")
        LOST = "lost", _("中断")
        SKIPPED = "skipped", _("正在执行，未重复")

    UNSUCCESSFUL = (State.FAILED, State.LOST)
    TROUBLE = (*UNSUCCESSFUL, State.REFUSED)

    task = models.CharField(_("作业"), max_length=100)
    key = models.CharField(_("对象"), max_length=200, blank=True)
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField(_("开始时间"))
    alive_at = models.DateTimeField(_("最近报到"))
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    rows = models.PositiveIntegerField(_("处理数"), null=True)
    error = models.TextField(_("错误"), blank=True)
    worker = models.CharField(_("进程"), max_length=100, blank=True)
    arguments = models.JSONField(_("参数"), default=dict, encoder=DjangoJSONEncoder)
    bureau = models.ForeignKey(Bureau, models.CASCADE, null=True, related_name="+", verbose_name=_("单位"))

    objects = JobRunQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-id"]
        verbose_name = _("作业记录")
        verbose_name_plural = _("作业记录")
        indexes = [models.Index(fields=["task", "-started_at"], name="job_run_latest")]
        constraints = [
            models.UniqueConstraint(fields=["task", "key"], condition=Q(state="running"), name="job_run_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(state="running") | Q(ended_at__isnull=False), name="job_run_ended_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def progress(self) -> Progress:
        """How far it is, while it runs."""
        return ProgressFile(self.task, self.key).read() if self.state == self.State.RUNNING else Progress()

    @property
    def duration(self) -> timedelta | None:
        return self.ended_at - self.started_at if self.ended_at else None
