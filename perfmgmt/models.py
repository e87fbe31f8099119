"""Runs of the jobs: each starts a row before it works and ends it afterwards, so that what hangs or failed is seen."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class JobRun(models.Model):
    """One run of a job. `key` names its piece of work: of one key only one run works at a time.

    `alive_at` is renewed while it works; a run whose process died is seen by it and may be taken over.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("执行中")
        DONE = "done", _("已完成")
        FAILED = "failed", _("失败")
        LOST = "lost", _("中断")
        SKIPPED = "skipped", _("正在执行，未重复")

    task = models.CharField(_("作业"), max_length=100)
    key = models.CharField(_("对象"), max_length=200, blank=True)
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField(_("开始时间"))
    alive_at = models.DateTimeField(_("最近报到"))
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    rows = models.PositiveIntegerField(_("处理数"), null=True)
    error = models.TextField(_("错误"), blank=True)
    worker = models.CharField(_("进程"), max_length=100, blank=True)

    objects = models.Manager()

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
