"""预警提醒表: each month a sheet for each department with the points whose node falls in it, signed twice (domain.md)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from indicators.models import AssessmentPoint, PointVersion, Quarter
from organization.models import Bureau, Department, Employee, Role

SEES_ALL_WARNINGS = (Role.Kind.OFFICE, Role.Kind.DIRECTOR, Role.Kind.DISCIPLINE)


class WarningSheetQuerySet(models.QuerySet["WarningSheet"]):
    def visible_to(self, user: Employee) -> WarningSheetQuerySet:
        """Everybody the sheet of the own department, the leader in charge those of the departments in charge; office,
        director and discipline all of the bureau."""
        mine = self.filter(bureau_id=user.bureau_id)
        if user.has_role(*SEES_ALL_WARNINGS):
            return mine
        return mine.filter(Q(department_id=user.department_id) | Q(department__deputy=user))


class WarningSheet(models.Model):
    """预警提醒表 of one department for one month. `knows_calendar` is false where the State Council's calendar of the
    year was not out yet and weekdays stood for working days."""

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("单位"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="warning_sheets", verbose_name=_("部门"))
    department_name = models.CharField(_("部门名称"), max_length=100, help_text=_("生成时的名称；部门改名后不变。"))
    month = models.CharField(_("月份"), max_length=7, help_text=_("如 2023-05"))
    made_at = models.DateTimeField(_("生成时间"))
    knows_calendar = models.BooleanField(_("按国务院日历"), default=True)

    objects = WarningSheetQuerySet.as_manager()

    class Meta:
        ordering = ["-month", "department__code"]
        verbose_name = _("预警提醒表")
        verbose_name_plural = _("预警提醒表")
        constraints = [
            models.UniqueConstraint(fields=["department", "month"], name="warning_sheet_once_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.month} {self.department_id}"


class Warned(models.Model):
    """A line of a sheet: one point with one node, its standard and requirement as they stood, and who holds it.

    Node and holders are the sheet's own text: what was signed must not change when a point is revised.
    """

    class Outcome(models.TextChoices):
        OPEN = "open", _("进行中")
        DONE = "done", _("已完成")
        OVERDUE = "overdue", _("逾期")
        DROPPED = "dropped", _("不再考核")

    sheet = models.ForeignKey(WarningSheet, models.PROTECT, related_name="lines", verbose_name=_("预警提醒表"))
    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="+", verbose_name=_("季度"))
    point = models.ForeignKey(AssessmentPoint, models.PROTECT, related_name="+", verbose_name=_("考点"))
    version = models.ForeignKey(PointVersion, models.PROTECT, related_name="+", verbose_name=_("考点版本"))
    period = models.CharField(_("期间"), max_length=7)
    due = models.DateField(_("节点"))
    head_due = models.DateField(_("负责人签字期限"), help_text=_("列入后三个工作日，不晚于联络员签字期限。"))
    liaison_due = models.DateField(_("联络员签字期限"), help_text=_("节点前三个工作日。"))
    standard = models.TextField(_("质量标准"))
    requirement = models.TextField(_("工作要求"))
    holders = models.JSONField(_("承担人"), help_text=_("工号和姓名；全员考点为空。"))
    outcome = models.CharField(_("结果"), max_length=8, choices=Outcome.choices, default=Outcome.OPEN)
    missing = models.PositiveIntegerField(_("未完成人数"), null=True)
    settled_at = models.DateTimeField(_("结果时间"), null=True)

    objects = models.Manager()

    class Meta:
        ordering = ["sheet", "due", "point__code", "id"]
        verbose_name = _("预警考点")
        verbose_name_plural = _("预警考点")
        indexes = [models.Index(fields=["outcome", "due"], name="warned_open_due")]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "point", "period"], name="warned_once_on_a_sheet"),
            models.CheckConstraint(
                condition=Q(outcome="open") | Q(settled_at__isnull=False), name="warned_settled_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.point_id} {self.period}"


class WarningSignature(models.Model):
    """签字背书: one of the two signatures under a line; `text` is the line as it was shown, `digest` its SHA-256."""

    class Side(models.TextChoices):
        HEAD = "head", _("部门负责人")
        LIAISON = "liaison", _("联络员")

    line = models.ForeignKey(Warned, models.PROTECT, related_name="signatures", verbose_name=_("预警考点"))
    side = models.CharField(_("签字方"), max_length=8, choices=Side.choices)
    by = models.ForeignKey(Employee, models.PROTECT, related_name="+", verbose_name=_("签字人"))
    at = models.DateTimeField(_("签字时间"))
    late = models.BooleanField(_("逾期签字"), default=False)
    text = models.TextField(_("签字时所见"))
    digest = models.CharField(_("校验和"), max_length=64)

    objects = models.Manager()

    class Meta:
        ordering = ["line", "at", "id"]
        verbose_name = _("预警签字")
        verbose_name_plural = _("预警签字")
        constraints = [models.UniqueConstraint(fields=["line", "side"], name="warning_signed_once_a_side")]

    def __str__(self) -> str:
        return f"{self.line_id} {self.side}"


class Escalation(models.Model):
    """An unsigned line that went one level up, once for each: liaison, head, deputy director, office."""

    class Level(models.TextChoices):
        LIAISON = "liaison", _("联络员")
        HEAD = "head", _("部门负责人")
        DEPUTY = "deputy", _("分管局领导")
        OFFICE = "office", _("绩效办")

    line = models.ForeignKey(Warned, models.CASCADE, related_name="escalations", verbose_name=_("预警考点"))
    side = models.CharField(_("所缺签字"), max_length=8, choices=WarningSignature.Side.choices)
    level = models.CharField(_("上报到"), max_length=8, choices=Level.choices)
    on = models.DateField(_("日期"))

    objects = models.Manager()

    class Meta:
        ordering = ["line", "on", "id"]
        verbose_name = _("逐级提醒")
        verbose_name_plural = _("逐级提醒")
        constraints = [models.UniqueConstraint(fields=["line", "side", "level"], name="escalated_once_a_level")]

    def __str__(self) -> str:
        return f"{self.line_id} {self.level}"
