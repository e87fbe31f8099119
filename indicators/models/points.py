"""The three libraries: key works, assessment points and what their versions demand."""

from __future__ import annotations

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from common.fields import PointsField
from common.quarters import QuarterCode
from organization.models import Bureau, Department, Employee, OfBureauQuerySet, Post


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
    fact_source = models.CharField(
        _("机考来源"),
        max_length=32,
        blank=True,
        help_text=_("由系统哪一项数据自动计算；空为外部系统报送或导入。"),
    )

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
