"""三单: urgent, difficult, dangerous or heavy tasks that are posted, claimed or assigned, and accepted."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.fields import PointsField
from indicators.models import AssessmentPoint, Quarter
from organization.models import Bureau, Department, Employee, OfBureauQuerySet


class Task(models.Model):
    class Kind(models.TextChoices):
        URGENT = "urgent", _("急")
        DIFFICULT = "difficult", _("难")
        DANGEROUS = "dangerous", _("险")
        HEAVY = "heavy", _("重")

    class Difficulty(models.TextChoices):
        HIGH = "high", _("高")
        MEDIUM = "medium", _("中")
        LOW = "low", _("低")

    class Sharing(models.TextChoices):
        EACH = "each", _("各得")
        SPLIT = "split", _("均分")
        LEAD = "lead", _("主协办")

    class State(models.TextChoices):
        DRAFT = "draft", _("草拟")
        POSTED = "posted", _("已亮单")
        CLOSED = "closed", _("已截止")
        CANCELLED = "cancelled", _("已撤销")

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="tasks", verbose_name=_("单位"))
    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="tasks", verbose_name=_("季度"))
    number = models.CharField(_("任务编号"), max_length=32, unique=True)
    name = models.CharField(_("名称"), max_length=200)
    kind = models.CharField(_("类型"), max_length=16, choices=Kind.choices)
    difficulty = models.CharField(_("难度"), max_length=16, choices=Difficulty.choices)
    base = PointsField(_("基础分"))
    places = models.PositiveSmallIntegerField(_("名额"))
    sharing = models.CharField(_("计分"), max_length=16, choices=Sharing.choices)
    posted_at = models.DateTimeField(_("亮单时间"), null=True, blank=True)
    claim_until = models.DateTimeField(_("抢单截止"), null=True, blank=True)
    due_at = models.DateTimeField(_("完成时限"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="tasks", verbose_name=_("责任部门"))
    point = models.ForeignKey(
        AssessmentPoint, models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name=_("竞争性考点")
    )
    requirement = models.TextField(_("任务要求"))
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.DRAFT)

    objects = OfBureauQuerySet.as_manager()

    class Meta:
        ordering = ["bureau", "quarter", "number"]
        verbose_name = _("急难险重任务")
        verbose_name_plural = _("急难险重任务")
        constraints = [
            models.CheckConstraint(condition=Q(base__gt=0), name="task_base_above_zero"),
            models.CheckConstraint(condition=Q(places__gte=1), name="task_has_a_place"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Claim(models.Model):
    """A place of a task, held by one person; the same person never holds a place of a task twice."""

    class Way(models.TextChoices):
        CLAIMED = "claimed", _("抢单")
        ASSIGNED = "assigned", _("派单")

    class Part(models.TextChoices):
        LEAD = "lead", _("主办")
        ASSISTANT = "assistant", _("协办")

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("通过")
        REFUSED = "refused", _("未通过")

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("单位"))
    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="claims", verbose_name=_("季度"))
    task = models.ForeignKey(Task, models.PROTECT, related_name="claims", verbose_name=_("任务"))
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="claims", verbose_name=_("干部"))
    way = models.CharField(_("方式"), max_length=16, choices=Way.choices)
    part = models.CharField(_("分工"), max_length=16, choices=Part.choices, blank=True)
    at = models.DateTimeField(_("时间"))
    outcome = models.CharField(_("验收结果"), max_length=16, choices=Outcome.choices, blank=True)
    quality = PointsField(_("质量系数"), null=True, blank=True, help_text=_("0 至 1.2，空按 1 计。"))
    accepted_on = models.DateField(_("验收日期"), null=True, blank=True)

    objects = OfBureauQuerySet.as_manager()

    class Meta:
        ordering = ["task", "at", "id"]
        verbose_name = _("抢派单")
        verbose_name_plural = _("抢派单")
        constraints = [
            models.UniqueConstraint(fields=["task", "employee"], name="claim_once_a_person"),
            models.UniqueConstraint(fields=["task"], condition=Q(part="lead"), name="claim_one_lead"),
            models.CheckConstraint(
                condition=Q(quality__isnull=True) | Q(quality__gte=0, quality__lte="1.2"), name="claim_quality_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.employee_id}"
