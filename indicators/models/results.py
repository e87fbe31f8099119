"""Who holds which point in a quarter, and what was entered for its nodes."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from common.fields import ExactDecimalField, PointsField
from indicators.models.points import AssessmentPoint, PointVersion
from indicators.models.quarters import Quarter
from organization.files import KeptFile
from organization.models import Bureau, Employee, OfBureauQuerySet


class HeldQuerySet(models.QuerySet[Any]):
    """Rows that say something about one employee and one point: items and results."""

    def visible_to(self, user: Employee) -> HeldQuerySet:
        """Who reads whose items and results (domain.md, Who may do what).

        One's own; the department's for its head and liaison, and in any department what their department assesses; the
        departments in charge for a deputy director; all of the bureau for office, discipline and director.
        """
        mine = self.filter(bureau_id=user.bureau_id)
        if user.has_role("office", "discipline", "director"):
            return mine
        seen = Q(employee=user)
        if user.has_role("department_head", "liaison"):
            assessed = PointVersion.objects.filter(point=OuterRef("point"), assessor=user.department_id)
            seen |= Q(employee__department_id=user.department_id) | Q(Exists(assessed))
        if user.has_role("deputy_director"):
            seen |= Q(employee__department__deputy=user)
        return mine.filter(seen)


class Item(models.Model):
    """领取: an employee holds an individual point for a quarter."""

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("单位"))
    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="items", verbose_name=_("季度"))
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="items", verbose_name=_("干部"))
    point = models.ForeignKey(AssessmentPoint, models.PROTECT, related_name="items", verbose_name=_("考点"))
    taken_on = models.DateField(_("领取日期"), null=True, blank=True)

    objects = HeldQuerySet.as_manager()

    class Meta:
        ordering = ["quarter", "employee", "point"]
        verbose_name = _("领取")
        verbose_name_plural = _("领取")
        constraints = [
            models.UniqueConstraint(fields=["quarter", "employee", "point"], name="item_once_a_quarter"),
        ]

    def __str__(self) -> str:
        return f"{self.quarter_id} {self.employee_id} {self.point_id}"


class ItemRequest(models.Model):
    """领取申请: an employee asks the head for a point of another post (domain.md, Who may do what)."""

    class State(models.TextChoices):
        ASKED = "asked", _("待同意")
        AGREED = "agreed", _("已同意")
        DECLINED = "declined", _("不同意")
        WITHDRAWN = "withdrawn", _("已撤回")

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("单位"))
    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="item_requests", verbose_name=_("季度"))
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="item_requests", verbose_name=_("干部"))
    point = models.ForeignKey(AssessmentPoint, models.PROTECT, related_name="item_requests", verbose_name=_("考点"))
    reason = models.TextField(_("理由"))
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField(_("申请时间"))
    decided_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("决定人"))
    decided_at = models.DateTimeField(_("决定时间"), null=True)
    answer = models.TextField(_("答复"), blank=True)

    objects = HeldQuerySet.as_manager()

    class Meta:
        ordering = ["quarter", "asked_at", "id"]
        verbose_name = _("领取申请")
        verbose_name_plural = _("领取申请")
        constraints = [
            models.UniqueConstraint(
                fields=["quarter", "employee", "point"], condition=Q(state="asked"), name="item_request_one_undecided"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quarter_id} {self.employee_id} {self.point_id}"


class Result(models.Model):
    """考评结果: one node of an item with its raw input, the points of the rule, and who entered, reviewed, confirmed it."""

    class State(models.TextChoices):
        REPORTED = "reported", _("待初审")
        REVIEWED = "reviewed", _("待确认")
        CONFIRMED = "confirmed", _("已确认")
        RETURNED = "returned", _("已退回")

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("单位"))
    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="results", verbose_name=_("季度"))
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="results", verbose_name=_("干部"))
    point = models.ForeignKey(AssessmentPoint, models.PROTECT, related_name="results", verbose_name=_("考点"))
    period = models.CharField(_("期间"), max_length=7, help_text=_("按月的考点如 2023-01，其余如 2023Q1。"))
    target = ExactDecimalField(_("目标值"), null=True, blank=True)
    value = ExactDecimalField(_("完成值"), null=True, blank=True)
    tier = models.CharField(_("档次"), max_length=32, blank=True)
    exempt = models.BooleanField(_("不适用"), default=False)
    note = models.TextField(_("说明"), blank=True)
    points = PointsField(_("得分"), null=True, blank=True)
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.REPORTED)
    source = models.CharField(
        _("数据来源"), max_length=16, choices=PointVersion.Source.choices, default=PointVersion.Source.MANUAL
    )
    origin = models.CharField(
        _("机考出处"), max_length=100, blank=True, help_text=_("机考数据由哪个系统或哪项计算得来。")
    )
    late = models.BooleanField(_("迟报"), default=False)
    entered_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("填报人"))
    entered_at = models.DateTimeField(_("填报时间"), null=True)
    reviewed_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("初审人"))
    reviewed_at = models.DateTimeField(_("初审时间"), null=True)
    confirmed_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("确认人"))
    confirmed_at = models.DateTimeField(_("确认时间"), null=True)
    return_reason = models.TextField(_("退回理由"), blank=True)

    objects = HeldQuerySet.as_manager()

    class Meta:
        ordering = ["quarter", "employee", "point", "period"]
        verbose_name = _("考评结果")
        verbose_name_plural = _("考评结果")
        constraints = [
            models.UniqueConstraint(fields=["employee", "point", "period"], name="result_once_a_node"),
        ]
        # a handful of all results: what every head's and the office's workbench looks for among them
        indexes = [
            models.Index(
                fields=["bureau", "state"], name="result_waiting", condition=Q(state__in=["reported", "reviewed"])
            )
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.employee_id} {self.point_id}"

    @property
    def has_input(self) -> bool:
        return self.value is not None or bool(self.tier) or self.exempt


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def visible_to(self, user: Employee) -> EvidenceQuerySet:
        """Who reads the result reads its evidence."""
        return self.filter(result__in=Result.objects.visible_to(user))


class Evidence(KeptFile):
    """佐证材料 of a reported fact."""

    result = models.ForeignKey(Result, models.CASCADE, related_name="evidence", verbose_name=_("考评结果"))

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["result", "at", "id"]
        verbose_name = _("佐证材料")
        verbose_name_plural = _("佐证材料")


class ResultOpening(models.Model):
    """That a person opened a result, without which it cannot be confirmed together with others (domain.md, Results)."""

    result = models.ForeignKey(Result, models.CASCADE, related_name="openings", verbose_name=_("考评结果"))
    by = models.ForeignKey(Employee, models.CASCADE, related_name="+", verbose_name=_("打开人"))
    at = models.DateTimeField(_("打开时间"))

    class Meta:
        ordering = ["result", "by"]
        verbose_name = _("打开记录")
        verbose_name_plural = _("打开记录")
        constraints = [models.UniqueConstraint(fields=["result", "by"], name="result_opened_once_by")]

    def __str__(self) -> str:
        return f"{self.result_id} {self.by_id}"


class FactToken(models.Model):
    """机考令牌: lets an outside system post machine facts of the bureau, and nothing else (interfaces.md).

    Only the SHA-256 of the token is kept; the token itself is shown once.
    """

    bureau = models.ForeignKey(Bureau, models.CASCADE, related_name="+", verbose_name=_("单位"))
    system = models.CharField(_("系统名称"), max_length=100)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(_("末四位"), max_length=4)
    created_at = models.DateTimeField(_("发放时间"))
    created_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("发放人"))
    expires_on = models.DateField(_("有效期至"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("停用时间"), null=True)
    last_used_at = models.DateTimeField(_("最近使用"), null=True)

    objects = OfBureauQuerySet.as_manager()

    class Meta:
        ordering = ["bureau", "system", "id"]
        verbose_name = _("机考令牌")
        verbose_name_plural = _("机考令牌")

    def __str__(self) -> str:
        return f"{self.system} …{self.hint}"
