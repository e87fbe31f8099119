"""通报: the quarterly bulletin, drafted from the data, edited by people, frozen on publication (domain.md)."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from indicators.models import Quarter
from organization.models import Bureau, Employee, Role
from scoring.models import ScoreRun

EDITS_BULLETINS = (Role.Kind.OFFICE, Role.Kind.DIRECTOR, Role.Kind.DEPUTY_DIRECTOR, Role.Kind.DISCIPLINE)


class BulletinQuerySet(models.QuerySet["Bulletin"]):
    def visible_to(self, user: Employee) -> BulletinQuerySet:
        """Published ones of the bureau for everybody; drafts for office, leaders and discipline."""
        mine = self.filter(bureau_id=user.bureau_id)
        return mine if user.has_role(*EDITS_BULLETINS) else mine.filter(state=Bulletin.State.PUBLISHED)


class Bulletin(models.Model):
    """One bulletin a quarter. `figures` are frozen on publication, with the run that they were made from; `digest` is the
    SHA-256 of what was published."""

    class State(models.TextChoices):
        DRAFT = "draft", _("起草")
        REVIEW = "review", _("送审")
        PUBLISHED = "published", _("已印发")

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("单位"))
    quarter = models.OneToOneField(Quarter, models.PROTECT, related_name="bulletin", verbose_name=_("季度"))
    run = models.ForeignKey(ScoreRun, models.PROTECT, related_name="+", verbose_name=_("依据的计分轮次"))
    title = models.CharField(_("标题"), max_length=200)
    number = models.CharField(_("文号"), max_length=40, blank=True)
    overview = models.TextField(_("总体情况"), blank=True)
    problems = models.TextField(_("存在问题"), blank=True)
    suggestions = models.TextField(_("工作建议"), blank=True)
    direction = models.TextField(_("下步方向"), blank=True)
    figures = models.JSONField(_("数据"), null=True, encoder=DjangoJSONEncoder)
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.DRAFT)
    version = models.PositiveIntegerField(_("修改次数"), default=0)
    drafted_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("起草人"))
    drafted_at = models.DateTimeField(_("起草时间"))
    reviewed_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("送审人"))
    reviewed_at = models.DateTimeField(_("送审时间"), null=True)
    returned = models.TextField(_("退回意见"), blank=True)
    published_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("签发人"))
    published_at = models.DateTimeField(_("印发时间"), null=True)
    published_on = models.DateField(_("印发日期"), null=True)
    digest = models.CharField(_("校验和"), max_length=64, blank=True)

    objects = BulletinQuerySet.as_manager()

    class Meta:
        ordering = ["-quarter__code"]
        verbose_name = _("绩效通报")
        verbose_name_plural = _("绩效通报")
        constraints = [
            models.UniqueConstraint(
                fields=["bureau", "number"], condition=~Q(number=""), name="bulletin_number_once_a_bureau"
            ),
            models.CheckConstraint(
                condition=~Q(state="published")
                | Q(figures__isnull=False, published_at__isnull=False, published_on__isnull=False)
                & ~(Q(overview="") | Q(number="") | Q(digest="")),
                name="bulletin_published_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class BulletinReceipt(models.Model):
    """That somebody has opened a published bulletin, the first time."""

    bulletin = models.ForeignKey(Bulletin, models.CASCADE, related_name="receipts", verbose_name=_("绩效通报"))
    employee = models.ForeignKey(Employee, models.CASCADE, related_name="+", verbose_name=_("干部"))
    at = models.DateTimeField(_("阅读时间"))

    objects = models.Manager()

    class Meta:
        ordering = ["bulletin", "at", "id"]
        verbose_name = _("通报阅读记录")
        verbose_name_plural = _("通报阅读记录")
        constraints = [models.UniqueConstraint(fields=["bulletin", "employee"], name="bulletin_read_once_by")]

    def __str__(self) -> str:
        return f"{self.bulletin_id} {self.employee_id}"
