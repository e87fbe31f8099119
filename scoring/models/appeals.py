"""申诉: an objection to a line of a score, from the assessed or the assessor (domain.md, Quarter's end)."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.fields import PointsField
from indicators.models import AssessmentPoint, Quarter, Result
from organization.files import KeptFile
from organization.models import Bureau, Department, Employee, Role
from scoring.models.adjustments import Adjustment
from scoring.models.scores import SEES_ALL_EXPLANATIONS, ScoreRun
from tasks_market.models import Claim


class AppealQuerySet(models.QuerySet["Appeal"]):
    def open(self) -> AppealQuerySet:
        return self.filter(state__in=Appeal.OPEN)

    def for_list(self) -> AppealQuerySet:
        """With the names that a list shows, without the texts that it does not."""
        return self.select_related("employee__department", "quarter", "bureau").defer("ground", "wanted", "change")

    def whole(self) -> AppealQuerySet:
        """With everything that its page shows and an act on it looks at."""
        return self.select_related(
            "bureau", "quarter__bureau", "employee__department", "filed_by", "answered_by", "decided_by", "assessor",
            "point", "claim__task__department", "adjustment__quarter", "run", "corrected_run",
        )  # fmt: skip

    def visible_to(self, user: Employee) -> AppealQuerySet:
        """Who reads an appeal: the two it is about, the employee's head and deputy in charge, the assessing department,
        who accepted the claim it is about, and office, director and discipline."""
        mine = self.filter(bureau_id=user.bureau_id)
        if user.has_role(*SEES_ALL_EXPLANATIONS):
            return mine
        seen = Q(employee=user) | Q(filed_by=user)
        if user.has_role(Role.Kind.DEPARTMENT_HEAD):
            seen |= Q(employee__department_id=user.department_id)
        if user.has_role(Role.Kind.DEPARTMENT_HEAD, Role.Kind.LIAISON):
            seen |= Q(assessor=user.department_id)
        if user.has_role(Role.Kind.DEPUTY_DIRECTOR):
            seen |= Q(employee__department__deputy=user)
        seen |= Q(claim__accepted_by=user) | Q(claim__task__department__deputy=user)
        return mine.filter(seen)


class Appeal(models.Model):
    """One objection: to which line of whose score, why, what the assessor answered, what was decided and changed."""

    class Side(models.TextChoices):
        ASSESSED = "assessed", _("被考评人")
        ASSESSOR = "assessor", _("考评部门")

    class Subject(models.TextChoices):
        RESULT = "result", _("考评结果")
        CLAIM = "claim", _("抢派单")
        ADJUSTMENT = "adjustment", _("加减分")
        OTHER = "other", _("其他")

    class State(models.TextChoices):
        FILED = "filed", _("待答复")
        ANSWERED = "answered", _("待裁定")
        UPHELD = "upheld", _("成立")
        REJECTED = "rejected", _("不成立")
        WITHDRAWN = "withdrawn", _("已撤回")

    OPEN = (State.FILED, State.ANSWERED)

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("单位"))
    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="appeals", verbose_name=_("季度"))
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="appeals", verbose_name=_("干部"))
    side = models.CharField(_("提出方"), max_length=16, choices=Side.choices)
    filed_by = models.ForeignKey(Employee, models.PROTECT, related_name="+", verbose_name=_("提出人"))
    filed_at = models.DateTimeField(_("提出时间"))
    subject = models.CharField(_("事项"), max_length=16, choices=Subject.choices)
    point = models.ForeignKey(AssessmentPoint, models.PROTECT, null=True, related_name="+", verbose_name=_("考点"))
    period = models.CharField(_("期间"), max_length=7, blank=True)
    result = models.ForeignKey(Result, models.PROTECT, null=True, related_name="appeals", verbose_name=_("考评结果"))
    claim = models.ForeignKey(Claim, models.PROTECT, null=True, related_name="appeals", verbose_name=_("抢派单"))
    adjustment = models.ForeignKey(
        Adjustment, models.PROTECT, null=True, related_name="appeals", verbose_name=_("加减分")
    )
    assessor = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("考评部门"),
        help_text=_("提出时考评这个考点的部门，由它答复；空为由验收人或绩效办答复。"),
    )
    run = models.ForeignKey(ScoreRun, models.PROTECT, related_name="+", verbose_name=_("针对的计分轮次"))
    line = models.CharField(_("得分明细"), max_length=300, help_text=_("提出时明细表上的那一行。"))
    figure = PointsField(_("当时得分"), null=True)
    ground = models.TextField(_("申诉理由"))
    wanted = models.TextField(_("申诉请求"), blank=True)
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.FILED)
    answer_due = models.DateField(_("答复期限"))
    answer = models.TextField(_("答复"), blank=True)
    answered_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("答复人"))
    answered_at = models.DateTimeField(_("答复时间"), null=True)
    decide_due = models.DateField(_("裁定期限"))
    decision = models.TextField(_("裁定理由"), blank=True)
    decided_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("裁定人"))
    decided_at = models.DateTimeField(_("裁定时间"), null=True)
    change = models.JSONField(
        _("更正内容"), null=True, encoder=DjangoJSONEncoder, help_text=_("裁定成立时改动前后的值。")
    )
    corrected_run = models.ForeignKey(
        ScoreRun, models.PROTECT, null=True, related_name="appeals", verbose_name=_("更正后的计分轮次")
    )

    objects = AppealQuerySet.as_manager()

    class Meta:
        ordering = ["-filed_at", "-id"]
        verbose_name = _("申诉")
        verbose_name_plural = _("申诉")
        constraints = [
            models.UniqueConstraint(
                fields=["quarter", "employee", "side", "line"],
                condition=Q(state__in=["filed", "answered"]),
                name="appeal_one_open_on_a_line",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.employee_id} {self.line}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class AppealFileQuerySet(models.QuerySet["AppealFile"]):
    def visible_to(self, user: Employee) -> AppealFileQuerySet:
        """Who reads the appeal reads what was handed in with it."""
        return self.filter(appeal__in=Appeal.objects.visible_to(user))


class AppealFile(KeptFile):
    """What the appellant or the assessor handed in with an appeal."""

    appeal = models.ForeignKey(Appeal, models.CASCADE, related_name="files", verbose_name=_("申诉"))

    objects = AppealFileQuerySet.as_manager()

    class Meta:
        ordering = ["appeal", "at", "id"]
        verbose_name = _("申诉材料")
        verbose_name_plural = _("申诉材料")
