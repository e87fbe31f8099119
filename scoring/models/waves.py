"""A scoring of many bureaus at once: what is done stands in its units, whoever works on them and wherever."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from indicators.models import Quarter
from organization.models import Bureau, OfBureauQuerySet


class Wave(models.Model):
    """The coordinator of a fan-out: it ends when none of its units is open. Of each kind and quarter one is under way."""

    class Kind(models.TextChoices):
        ALL = "all", _("全部单位正式计分")
        NIGHT = "night", _("每晚预计得分")

    kind = models.CharField(_("类型"), max_length=8, choices=Kind.choices)
    quarter_code = models.CharField(_("季度"), max_length=6, blank=True, help_text=_("空为各单位未发布的季度。"))
    started_at = models.DateTimeField(_("开始时间"))
    ended_at = models.DateTimeField(_("结束时间"), null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("成批计分")
        verbose_name_plural = _("成批计分")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "quarter_code"], condition=Q(ended_at__isnull=True), name="wave_one_under_way"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.quarter_code}".rstrip()


class WaveUnit(models.Model):
    """One bureau's quarter in a wave. `today` asks for the score as it stands on that day, None for the final one.

    It leaves the state open in the transaction that writes its scores. `tries` counts how often it was begun.
    """

    class State(models.TextChoices):
        OPEN = "open", _("待计分")
        DONE = "done", _("已计分")
        FAILED = "failed", _("没有计分")

    wave = models.ForeignKey(Wave, models.CASCADE, related_name="units", verbose_name=_("成批计分"))
    bureau = models.ForeignKey(Bureau, models.CASCADE, related_name="+", verbose_name=_("单位"))
    quarter = models.ForeignKey(Quarter, models.CASCADE, related_name="+", verbose_name=_("季度"))
    today = models.DateField(_("截至日期"), null=True)
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.OPEN)
    sentence = models.TextField(_("原因"), blank=True)
    scored = models.PositiveIntegerField(_("计分人数"), default=0)
    ranked = models.PositiveIntegerField(_("单位排名人数"), default=0)
    missing = models.PositiveIntegerField(_("漏项数"), default=0)
    tries = models.PositiveSmallIntegerField(_("次数"), default=0)
    taken_at = models.DateTimeField(_("开始时间"), null=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True)

    objects = OfBureauQuerySet.as_manager()

    class Meta:
        ordering = ["wave", "id"]
        verbose_name = _("成批计分的单位")
        verbose_name_plural = _("成批计分的单位")
        constraints = [models.UniqueConstraint(fields=["wave", "quarter"], name="wave_unit_once")]
        indexes = [models.Index(fields=["wave", "state", "tries"], name="wave_unit_open")]

    def __str__(self) -> str:
        return f"{self.wave_id} {self.quarter_id} {self.state}"
