"""结果运用: what follows from scores, as suggestions that people decide and sign (domain.md, Use of results)."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from indicators.models import AssessmentPoint
from organization.models import Bureau, Department, Employee, OfBureauQuerySet, Post, Role

READS_USES = (Role.Kind.OFFICE, Role.Kind.DIRECTOR, Role.Kind.DEPUTY_DIRECTOR, Role.Kind.DISCIPLINE)


class UseListQuerySet(OfBureauQuerySet):
    def visible_to(self, user: Employee) -> UseListQuerySet:
        """Office, leaders and discipline of the bureau; the person learns of the decision in the personal file."""
        mine = self.filter(bureau_id=user.bureau_id)
        return mine if user.has_role(*READS_USES) else mine.none()


class UseList(models.Model):
    """One list for a quarter or a year: drawn from published scores, decided line by line, signed off and then fixed.

    `digest` is the SHA-256 of the lines as they were signed.
    """

    class Kind(models.TextChoices):
        QUARTERLY_GRADE = "quarterly_grade", _("季度考核等次")
        ANNUAL_GRADE = "annual_grade", _("年度考核等次")
        PROMOTION = "promotion", _("职务职级晋升参考")
        TRAINING = "training", _("培训需求")
        IMPROVEMENT = "improvement", _("绩效改进事项")
        DEPARTMENT_TALK = "department_talk", _("部门约谈")

    class State(models.TextChoices):
        DRAFT = "draft", _("拟定中")
        SIGNED = "signed", _("已签发")

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("单位"))
    kind = models.CharField(_("名单"), max_length=16, choices=Kind.choices)
    period = models.CharField(_("期间"), max_length=6, help_text=_("季度如 2023Q1，年度如 2023"))
    quota_percent = models.PositiveSmallIntegerField(
        _("最高等次比例（%）"), null=True, help_text=_("“以内”：按人数乘比例舍去小数。")
    )
    quota_basis = models.TextField(_("放宽比例的批准依据"), blank=True)
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.DRAFT)
    drawn_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("拟定人"))
    drawn_at = models.DateTimeField(_("拟定时间"))
    signed_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("签发人"))
    signed_at = models.DateTimeField(_("签发时间"), null=True)
    digest = models.CharField(_("校验和"), max_length=64, blank=True)

    objects = UseListQuerySet.as_manager()

    class Meta:
        ordering = ["-period", "kind", "id"]
        verbose_name = _("结果运用名单")
        verbose_name_plural = _("结果运用名单")
        constraints = [
            models.UniqueConstraint(fields=["bureau", "kind", "period"], name="use_list_once_a_period"),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(signed_at__isnull=False) & ~Q(digest=""), name="use_list_signed_whole"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.period}"


class UseLine(models.Model):
    """A line: whom or what it is about, the figures that it was drawn from, the suggestion, and what people decided."""

    use_list = models.ForeignKey(UseList, models.CASCADE, related_name="lines", verbose_name=_("名单"))
    position = models.PositiveIntegerField(_("次序"))
    employee = models.ForeignKey(Employee, models.PROTECT, null=True, related_name="use_lines", verbose_name=_("干部"))
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="+", verbose_name=_("部门"))
    post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+", verbose_name=_("岗位"))
    point = models.ForeignKey(AssessmentPoint, models.PROTECT, null=True, related_name="+", verbose_name=_("考点"))
    figures = models.JSONField(_("数据"), encoder=DjangoJSONEncoder, default=dict)
    suggestion = models.CharField(_("系统建议"), max_length=50, blank=True)
    reason = models.TextField(_("建议的依据"), blank=True)
    at_border = models.BooleanField(_("并列在界线上"), default=False)
    decision = models.CharField(_("决定"), max_length=50, blank=True)
    note = models.TextField(_("决定说明"), blank=True)
    decided_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("决定人"))
    decided_at = models.DateTimeField(_("决定时间"), null=True)
    carried_to = models.ForeignKey(
        AssessmentPoint, models.SET_NULL, null=True, related_name="+", verbose_name=_("转入的下年度考点")
    )

    objects = models.Manager()

    class Meta:
        ordering = ["use_list", "position", "id"]
        verbose_name = _("结果运用明细")
        verbose_name_plural = _("结果运用明细")
        constraints = [
            models.UniqueConstraint(fields=["use_list", "employee"], name="use_line_once_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.use_list_id} {self.position}"


class TrainingSession(models.Model):
    """A training held for what was lost on points, with who came."""

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("单位"))
    title = models.CharField(_("培训内容"), max_length=200)
    day = models.DateField(_("培训日期"))
    place = models.CharField(_("地点"), max_length=100, blank=True)
    trainer = models.CharField(_("授课人"), max_length=50, blank=True)
    needs = models.ManyToManyField(UseLine, related_name="trainings", verbose_name=_("针对的培训需求"))
    planned_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("安排人"))
    held_at = models.DateTimeField(_("登记举办的时间"), null=True)
    held_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("登记人"))

    objects = OfBureauQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "-id"]
        verbose_name = _("培训")
        verbose_name_plural = _("培训")

    def __str__(self) -> str:
        return self.title


class TrainingAttendance(models.Model):
    training = models.ForeignKey(TrainingSession, models.CASCADE, related_name="attendances", verbose_name=_("培训"))
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="trainings", verbose_name=_("干部"))
    came = models.BooleanField(_("参加"), null=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)

    objects = models.Manager()

    class Meta:
        ordering = ["training", "employee__number"]
        verbose_name = _("参训人")
        verbose_name_plural = _("参训人")
        constraints = [models.UniqueConstraint(fields=["training", "employee"], name="trained_once_a_person")]

    def __str__(self) -> str:
        return f"{self.training_id} {self.employee_id}"
