"""The three libraries (361): scheme, quarters, key works, assessment points and versions, items taken on, results."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from common.fields import ExactDecimalField, PointsField
from common.quarters import QuarterCode
from organization.models import Bureau, Department, Employee, OfBureauQuerySet, Post


class SchemeSetting(models.Model):
    """One value of a bureau's scheme (方案), in force from a quarter until a later row of the same key."""

    bureau = models.ForeignKey(Bureau, models.CASCADE, related_name="scheme_settings", verbose_name=_("单位"))
    from_quarter = models.CharField(_("起始季度"), max_length=6)
    key = models.CharField(_("项目"), max_length=32)
    value = models.CharField(_("值"), max_length=200)

    objects = OfBureauQuerySet.as_manager()

    class Meta:
        ordering = ["bureau", "key", "from_quarter"]
        verbose_name = _("方案")
        verbose_name_plural = _("方案")
        constraints = [
            models.UniqueConstraint(fields=["bureau", "from_quarter", "key"], name="scheme_key_once_a_quarter")
        ]

    def __str__(self) -> str:
        return f"{self.key}={self.value}（{self.from_quarter} 起）"


class Quarter(models.Model):
    """Where everything scored belongs; one row for each bureau and quarter."""

    class State(models.TextChoices):
        OPEN = "open", _("未开始")
        COLLECTING = "collecting", _("采集")
        REVIEWING = "reviewing", _("审核")
        PUBLICITY = "publicity", _("公示")
        PUBLISHED = "published", _("已发布")

    MOVES = {
        State.OPEN: {State.COLLECTING},
        State.COLLECTING: {State.REVIEWING},
        State.REVIEWING: {State.COLLECTING, State.PUBLICITY},
        State.PUBLICITY: {State.REVIEWING, State.PUBLISHED},
        State.PUBLISHED: set(),
    }

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="quarters", verbose_name=_("单位"))
    code = models.CharField(_("季度"), max_length=6)
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.OPEN)

    objects = OfBureauQuerySet.as_manager()

    class Meta:
        ordering = ["bureau", "-code"]
        verbose_name = _("季度")
        verbose_name_plural = _("季度")
        constraints = [models.UniqueConstraint(fields=["bureau", "code"], name="quarter_once_in_bureau")]

    def __str__(self) -> str:
        return self.code

    @property
    def period(self) -> QuarterCode:
        return QuarterCode.parse(self.code)

    @property
    def is_frozen(self) -> bool:
        """Published: neither input nor revision nor scheme changes it any more (scoring.md §6)."""
        return self.state == self.State.PUBLISHED

    @property
    def takes_input(self) -> bool:
        """Whether facts, claims and adjustments may still be written (domain.md, table of the quarter)."""
        return self.state in (self.State.OPEN, self.State.COLLECTING, self.State.REVIEWING)


class QuarterStep(models.Model):
    """A move of a quarter with who and when, shown on its rail."""

    quarter = models.ForeignKey(Quarter, models.CASCADE, related_name="steps", verbose_name=_("季度"))
    state = models.CharField(_("状态"), max_length=16, choices=Quarter.State.choices)
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("操作人"))
    reason = models.TextField(_("理由"), blank=True)

    class Meta:
        ordering = ["quarter", "at", "id"]
        verbose_name = _("季度步骤")
        verbose_name_plural = _("季度步骤")

    def __str__(self) -> str:
        return f"{self.quarter_id} {self.state}"


class KeyWork(models.Model):
    class Kind(models.TextChoices):
        PARTY = "party", _("党务")
        ADMINISTRATION = "administration", _("政务")
        BUSINESS = "business", _("业务")

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="key_works", verbose_name=_("单位"))
    year = models.PositiveSmallIntegerField(_("年度"))
    code = models.CharField(_("编号"), max_length=32)
    kind = models.CharField(_("类别"), max_length=16, choices=Kind.choices)
    name = models.CharField(_("名称"), max_length=200)
    department = models.ForeignKey(Department, models.PROTECT, related_name="key_works", verbose_name=_("责任部门"))

    objects = OfBureauQuerySet.as_manager()

    class Meta:
        ordering = ["bureau", "year", "code"]
        verbose_name = _("重点工作")
        verbose_name_plural = _("重点工作")
        constraints = [models.UniqueConstraint(fields=["bureau", "year", "code"], name="key_work_once_a_year")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Library(models.TextChoices):
    COMMON = "common", _("共性")
    INDIVIDUAL = "individual", _("个性")
    COMPETITIVE = "competitive", _("竞争性")


class AssessmentPoint(models.Model):
    """考点: the unit of assessment. What it demands stands in its versions; the library never changes."""

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="points", verbose_name=_("单位"))
    year = models.PositiveSmallIntegerField(_("年度"))
    code = models.CharField(_("考点编号"), max_length=32)
    library = models.CharField(_("指标库"), max_length=16, choices=Library.choices)

    objects = OfBureauQuerySet.as_manager()

    class Meta:
        ordering = ["bureau", "year", "code"]
        verbose_name = _("考点")
        verbose_name_plural = _("考点")
        constraints = [models.UniqueConstraint(fields=["bureau", "year", "code"], name="point_once_a_year")]

    def __str__(self) -> str:
        return self.code


class PointVersionQuerySet(models.QuerySet["PointVersion"]):
    def visible_to(self, user: Employee) -> PointVersionQuerySet:
        """The libraries of the own bureau are open to everyone in it."""
        return self.filter(point__bureau_id=user.bureau_id)

    def in_force(self, quarter_code: str) -> PointVersionQuerySet:
        """The version of each point that holds in a quarter of its year, withdrawn ones among them.

        Of the versions that hold from the quarter or earlier it is the last one, so that a mistake can be revised from
        the very quarter in which it was made.
        """
        later = PointVersion.objects.filter(
            point=OuterRef("point"), from_quarter__lte=quarter_code, number__gt=OuterRef("number")
        )
        return self.filter(
            ~Exists(later), point__year=QuarterCode.parse(quarter_code).year, from_quarter__lte=quarter_code
        )


class PointVersion(models.Model):
    """What a point demands from a quarter on. A revision adds a version; what was scored keeps its own (domain.md)."""

    class Nature(models.TextChoices):
        QUANTITATIVE = "quantitative", _("定量")
        QUALITATIVE = "qualitative", _("定性")

    class Method(models.TextChoices):
        DEDUCT = "deduct", _("扣分")
        RATIO = "ratio", _("比例")
        TIER = "tier", _("分档")
        COUNT = "count", _("计件")
        DONE = "done", _("完成")

    class Cycle(models.TextChoices):
        MONTH = "month", _("月")
        QUARTER = "quarter", _("季")
        HALF_YEAR = "half_year", _("半年")
        YEAR = "year", _("年")

    class Source(models.TextChoices):
        MACHINE = "machine", _("机考")
        MANUAL = "manual", _("人工")

    point = models.ForeignKey(AssessmentPoint, models.PROTECT, related_name="versions", verbose_name=_("考点"))
    number = models.PositiveSmallIntegerField(_("版本"), default=1)
    from_quarter = models.CharField(_("起始季度"), max_length=6)
    withdrawn = models.BooleanField(
        _("停用"), default=False, help_text=_("从起始季度起不再考核；此前季度照旧按原版本计分。")
    )
    key_work = models.ForeignKey(KeyWork, models.PROTECT, related_name="point_versions", verbose_name=_("重点工作"))
    name = models.CharField(_("名称"), max_length=200)
    nature = models.CharField(_("考核类型"), max_length=16, choices=Nature.choices)
    method = models.CharField(_("计分方式"), max_length=16, choices=Method.choices)
    full = PointsField(_("分值"))
    parameters = models.CharField(_("计分参数"), max_length=500)
    standard = models.TextField(_("质量标准"))
    cycle = models.CharField(_("考核周期"), max_length=16, choices=Cycle.choices)
    deadline = models.CharField(_("完成时限"), max_length=32)
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("责任部门"),
        help_text=_("空为全员。"),
    )
    post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("责任岗位"))
    assessor = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("考评部门"))
    source = models.CharField(_("数据来源"), max_length=16, choices=Source.choices)
    reason = models.TextField(_("修订理由"), blank=True)
    requested_by = models.CharField(_("提出人"), max_length=100, blank=True)
    approved_by = models.CharField(_("审定人"), max_length=100, blank=True)
    created_at = models.DateTimeField(_("登记时间"))
    created_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("登记人"))

    objects = PointVersionQuerySet.as_manager()

    class Meta:
        ordering = ["point", "number"]
        verbose_name = _("考点版本")
        verbose_name_plural = _("考点版本")
        constraints = [
            models.UniqueConstraint(fields=["point", "number"], name="point_version_number_once"),
            models.CheckConstraint(condition=Q(full__gt=0), name="point_version_full_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.name}（第 {self.number} 版）"


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

    def __str__(self) -> str:
        return f"{self.period} {self.employee_id} {self.point_id}"

    @property
    def has_input(self) -> bool:
        return self.value is not None or bool(self.tier) or self.exempt
