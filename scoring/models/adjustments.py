"""加减分 and 部门得分: what enters a score beside results and claims."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.fields import PointsField
from indicators.models import Quarter
from organization.files import KeptFile
from organization.models import Bureau, Department, Employee, OfBureauQuerySet


class AdjustmentQuerySet(models.QuerySet["Adjustment"]):
    def visible_to(self, user: Employee) -> AdjustmentQuerySet:
        """One's own and what one asked for; the department's for its head and liaison; all for office, leading group and
        discipline (domain.md, Who may do what)."""
        mine = self.filter(bureau_id=user.bureau_id)
        if user.has_role("office", "discipline", "director", "deputy_director"):
            return mine
        seen = Q(employee=user) | Q(entered_by=user)
        if user.has_role("department_head", "liaison"):
            seen |= Q(employee__department_id=user.department_id)
        return mine.filter(seen)


class Adjustment(models.Model):
    """加减分: a plus or minus with its basis; only what is counted (计入) enters a score."""

    class Kind(models.TextChoices):
        PLUS = "plus", _("加分")
        MINUS = "minus", _("减分")

    class State(models.TextChoices):
        REQUESTED = "requested", _("申请")
        REVIEWED = "reviewed", _("初审")
        APPROVED = "approved", _("审定")
        COUNTED = "counted", _("计入")
        REFUSED = "refused", _("不予计入")

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("单位"))
    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="adjustments", verbose_name=_("季度"))
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="adjustments", verbose_name=_("干部"))
    day = models.DateField(_("日期"))
    kind = models.CharField(_("类型"), max_length=16, choices=Kind.choices)
    points = PointsField(_("分值"))
    matter = models.CharField(_("事由"), max_length=200)
    basis = models.TextField(_("依据"))
    disciplinary = models.BooleanField(_("违纪"), default=False)
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.REQUESTED)
    entered_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("登记人"))
    entered_at = models.DateTimeField(_("登记时间"))
    counted_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("审定人"))
    counted_at = models.DateTimeField(_("计入时间"), null=True)

    objects = AdjustmentQuerySet.as_manager()

    class Meta:
        ordering = ["quarter", "day", "id"]
        verbose_name = _("加减分")
        verbose_name_plural = _("加减分")
        constraints = [
            models.UniqueConstraint(fields=["day", "employee", "kind", "matter"], name="adjustment_once_a_matter"),
            models.CheckConstraint(condition=Q(points__gt=0), name="adjustment_points_above_zero"),
            models.CheckConstraint(
                condition=Q(disciplinary=False) | Q(kind="minus"), name="adjustment_disciplinary_is_minus"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.points} {self.matter}"


class AdjustmentStep(models.Model):
    """A step of a plus or minus with who and when: 申请 → 初审 → 审定 → 计入, or 不予计入."""

    adjustment = models.ForeignKey(Adjustment, models.CASCADE, related_name="steps", verbose_name=_("加减分"))
    state = models.CharField(_("状态"), max_length=16, choices=Adjustment.State.choices)
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("操作人"))
    reason = models.TextField(_("意见"), blank=True)

    class Meta:
        ordering = ["adjustment", "at", "id"]
        verbose_name = _("加减分步骤")
        verbose_name_plural = _("加减分步骤")

    def __str__(self) -> str:
        return f"{self.adjustment_id} {self.state}"


class AdjustmentFileQuerySet(models.QuerySet["AdjustmentFile"]):
    def visible_to(self, user: Employee) -> AdjustmentFileQuerySet:
        """Who may see the plus or minus may read its documents."""
        return self.filter(adjustment__in=Adjustment.objects.visible_to(user))


class AdjustmentFile(KeptFile):
    """The basis document (依据文件) of a plus or minus."""

    adjustment = models.ForeignKey(Adjustment, models.CASCADE, related_name="files", verbose_name=_("加减分"))

    objects = AdjustmentFileQuerySet.as_manager()

    class Meta:
        ordering = ["adjustment", "at", "id"]
        verbose_name = _("依据文件")
        verbose_name_plural = _("依据文件")


class DepartmentScore(models.Model):
    """部门得分: a department's organisational score of a quarter, the source of the linkage (scoring.md §3)."""

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("单位"))
    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="department_scores", verbose_name=_("季度"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="scores", verbose_name=_("部门"))
    score = PointsField(_("得分"))

    objects = OfBureauQuerySet.as_manager()

    class Meta:
        ordering = ["quarter", "department"]
        verbose_name = _("部门得分")
        verbose_name_plural = _("部门得分")
        constraints = [models.UniqueConstraint(fields=["quarter", "department"], name="department_score_once")]

    def __str__(self) -> str:
        return f"{self.department_id} {self.score}"
