"""Scheme and quarters: by which numbers a bureau scores, and how far each quarter has come."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.quarters import QuarterCode
from organization.models import Bureau, Department, Employee, OfBureauQuerySet


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

    TAKES_INPUT = (State.OPEN, State.COLLECTING, State.REVIEWING)
    """States in which facts, claims and adjustments may still be written (domain.md, table of the quarter)."""
    SETTLED = (State.PUBLICITY, State.PUBLISHED)
    """States in which the scores are shown to everybody they concern, and only an upheld appeal changes them."""

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
        return self.state in self.TAKES_INPUT

    @property
    def is_settled(self) -> bool:
        return self.state in self.SETTLED


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


class CorrectionPass(models.Model):
    """Lets one transaction write into a quarter in publicity or published, and is gone before the transaction ends.

    Nobody else ever sees the row, so the triggers that guard settled quarters let pass exactly the writes of an upheld
    appeal (domain.md, table of the quarter).
    """

    quarter = models.OneToOneField(Quarter, models.CASCADE, related_name="+", verbose_name=_("季度"))

    class Meta:
        verbose_name = _("更正通行")
        verbose_name_plural = _("更正通行")

    def __str__(self) -> str:
        return str(self.quarter_id)


class RosterSignature(models.Model):
    """名单确认: a head's signature under the department's list of a quarter, as it was shown; changes no figure.

    It holds as long as the list still reads the same: `digest` is the SHA-256 of `lines`.
    """

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("单位"))
    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="roster_signatures", verbose_name=_("季度"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="roster_signatures", verbose_name=_("部门"))
    lines = models.JSONField(_("名单"), help_text=_("签字时所见的名单，每人一行。"))
    digest = models.CharField(_("校验和"), max_length=64)
    at = models.DateTimeField(_("签字时间"))
    by = models.ForeignKey(Employee, models.PROTECT, related_name="+", verbose_name=_("签字人"))
    reason = models.TextField(_("代签理由"), blank=True, help_text=_("绩效办代为确认时填写。"))

    objects = OfBureauQuerySet.as_manager()

    class Meta:
        ordering = ["quarter", "department", "at", "id"]
        verbose_name = _("名单确认")
        verbose_name_plural = _("名单确认")

    def __str__(self) -> str:
        return f"{self.quarter_id} {self.department_id}"
