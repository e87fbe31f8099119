"""The bureaus, which stand in a tree, and the rows that belong to one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from organization.tree import ids_above, ids_below

if TYPE_CHECKING:
    from organization.models.directory import Employee


class BureauQuerySet(models.QuerySet["Bureau"]):
    def visible_to(self, user: Employee) -> BureauQuerySet:
        """The user's own bureau; nothing of another one (domain.md, Who may do what)."""
        return self.filter(pk=user.bureau_id)

    def below(self, bureau: Bureau) -> BureauQuerySet:
        """The bureaus below one in the tree, at any depth, without itself."""
        return self.filter(pk__in=ids_below(bureau.pk))

    def above(self, bureau: Bureau) -> BureauQuerySet:
        """The bureaus above one in the tree, up to the top, without itself."""
        return self.filter(pk__in=ids_above(bureau.pk))


class Bureau(models.Model):
    class Level(models.TextChoices):
        STATE = "state", _("总局")
        PROVINCE = "province", _("省局")
        CITY = "city", _("市局")
        COUNTY = "county", _("县局")

    class RankingView(models.TextChoices):
        OWN = "own", _("只看本人名次")
        TOP = "top", _("只看星级候选池")
        ALL = "all", _("看全部名次")

    code = models.CharField(_("单位代码"), max_length=32, unique=True)
    name = models.CharField(_("单位名称"), max_length=100)
    level = models.CharField(_("层级"), max_length=16, choices=Level.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级单位")
    )
    ranking_view = models.CharField(
        _("干部可见的排行"), max_length=8, choices=RankingView.choices, default=RankingView.TOP
    )
    is_demo = models.BooleanField(_("演示单位"), default=False)
    stands_on = models.DateField(
        _("日历停在"), null=True, blank=True, help_text=_("演示单位的日历停在样例数据截止的那一天；正式单位留空。")
    )

    objects = BureauQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = _("单位")
        verbose_name_plural = _("单位")
        constraints = [
            models.CheckConstraint(condition=~Q(parent=F("id")), name="bureau_not_its_own_parent"),
            models.CheckConstraint(
                condition=Q(stands_on__isnull=True) | Q(is_demo=True), name="bureau_only_a_demo_stands_still"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def today(self) -> date:
        """The bureau's date for deadlines and clocks; a demonstration's calendar stands where its sample ends."""
        return self.stands_on or timezone.localdate()


class OfBureauQuerySet(models.QuerySet[Any]):
    """Rows with a ``bureau`` column that every member of the bureau may see and nobody else."""

    def visible_to(self, user: Employee) -> OfBureauQuerySet:
        return self.filter(bureau_id=user.bureau_id)
