"""Imports and exports as jobs: what was asked by whom, how far it is, and what came of it. The row is the truth."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from organization.models import Bureau, Employee, OfBureauQuerySet


class RunQuerySet(OfBureauQuerySet):
    def visible_to(self, user: Employee) -> RunQuerySet:
        """The bureau's runs for its office; for nobody else."""
        return self.filter(bureau_id=user.bureau_id) if user.has_role("office") else self.none()


class Run(models.Model):
    """A job that takes its time in a worker."""

    class State(models.TextChoices):
        QUEUED = "queued", _("排队")
        RUNNING = "running", _("进行中")
        NEEDS_CONFIRMATION = "needs_confirmation", _("待确认")
        DONE = "done", _("完成")
        REFUSED = "refused", _("有问题")
        FAILED = "failed", _("失败")
        DISCARDED = "discarded", _("已放弃")

    UNFINISHED = (State.QUEUED, State.RUNNING)

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("单位"))
    requested_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("操作人"))
    state = models.CharField(_("状态"), max_length=20, choices=State.choices, default=State.QUEUED)
    sentence = models.TextField(_("结果"), blank=True)
    file_name = models.CharField(_("文件"), max_length=200)
    stored = models.CharField(
        _("存放位置"), max_length=200, blank=True, help_text=_("在 MEDIA_ROOT 之下；空为已清理。")
    )
    size = models.PositiveBigIntegerField(_("大小"), default=0)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    sheets = models.JSONField(_("各表"), default=list, encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField(_("发起时间"))
    queued_at = models.DateTimeField(_("排队时间"))
    started_at = models.DateTimeField(_("开始时间"), null=True)
    finished_at = models.DateTimeField(_("结束时间"), null=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_unfinished(self) -> bool:
        return self.state in self.UNFINISHED


class ImportRun(Run):
    """A workbook on its way in: checked first, imported after somebody has confirmed the preview."""

    class Step(models.TextChoices):
        CHECK = "check", _("检查")
        APPLY = "apply", _("导入")

    step = models.CharField(_("步骤"), max_length=8, choices=Step.choices, default=Step.CHECK)
    problem_count = models.PositiveIntegerField(_("问题数"), default=0)
    remark_count = models.PositiveIntegerField(_("提示数"), default=0)
    marked = models.CharField(_("标注文件"), max_length=200, blank=True)

    class Meta(Run.Meta):
        verbose_name = _("导入")
        verbose_name_plural = _("导入")
        indexes = [models.Index(fields=["bureau", "-id"], name="import_bureau_newest")]


class ImportFinding(models.Model):
    """A problem or a remark of an import, so that a long list can be paged through."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="findings", verbose_name=_("导入"))
    is_remark = models.BooleanField(_("提示"), default=False)
    sheet = models.CharField(_("表"), max_length=100)
    row = models.PositiveIntegerField(_("行"))
    column = models.CharField(_("列"), max_length=200)
    message = models.TextField(_("问题"))
    hint = models.TextField(_("怎样改正"), blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("导入问题")
        verbose_name_plural = _("导入问题")

    def __str__(self) -> str:
        return f"{self.sheet}!{self.row} {self.column}"


class ExportRun(Run):
    """A bureau workbook on its way out."""

    class Meta(Run.Meta):
        verbose_name = _("导出")
        verbose_name_plural = _("导出")
        indexes = [models.Index(fields=["bureau", "-id"], name="export_bureau_newest")]

    @property
    def html_id(self) -> str:
        """Names its progress bar among several on one page."""
        return f"job-{self.pk}"
