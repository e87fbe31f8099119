"""Scored quarters: runs that stand beside each other, scores with their inputs, and the jobs that make them."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.fields import PointsField
from indicators.models import Quarter
from organization.models import Bureau, Department, Employee, OfBureauQuerySet, RankCategory, Role

SEES_ALL_EXPLANATIONS = (Role.Kind.DIRECTOR, Role.Kind.OFFICE, Role.Kind.DISCIPLINE)
SEES_ALL_RANKINGS = (*SEES_ALL_EXPLANATIONS, Role.Kind.DEPUTY_DIRECTOR)


class ScoreRun(models.Model):
    """A scoring of one bureau's quarter. Before publication there is one, rewritten in place; a correction adds one."""

    class Kind(models.TextChoices):
        REGULAR = "regular", _("计分")
        CORRECTION = "correction", _("更正")

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("单位"))
    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="runs", verbose_name=_("季度"))
    number = models.PositiveSmallIntegerField(_("次"), default=1)
    kind = models.CharField(_("类型"), max_length=16, choices=Kind.choices, default=Kind.REGULAR)
    is_current = models.BooleanField(_("现行"), default=True)
    scheme = models.JSONField(_("方案"), encoder=DjangoJSONEncoder, help_text=_("计分时有效的方案全部取值。"))
    scored_at = models.DateTimeField(_("计分时间"))
    scored_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("计分人"))
    as_of = models.DateField(
        _("截至日期"), null=True, help_text=_("预计得分只计这一天之前到期的节点；空为全季正式计分。")
    )
    reason = models.TextField(_("更正理由"), blank=True)
    scored = models.PositiveIntegerField(_("计分人数"), default=0)
    ranked = models.PositiveIntegerField(_("单位排名人数"), default=0)
    missing = models.PositiveIntegerField(_("漏项数"), default=0)

    objects = OfBureauQuerySet.as_manager()

    class Meta:
        ordering = ["quarter", "number"]
        verbose_name = _("计分轮次")
        verbose_name_plural = _("计分轮次")
        constraints = [
            models.UniqueConstraint(fields=["quarter", "number"], name="run_number_once"),
            models.UniqueConstraint(fields=["quarter"], condition=Q(is_current=True), name="run_one_current"),
        ]

    def __str__(self) -> str:
        return f"{self.quarter_id} 第 {self.number} 次"

    @property
    def is_provisional(self) -> bool:
        """Scored before the end, with only the nodes due by `as_of`; never published as it stands (scoring.md §1)."""
        return self.as_of is not None


class RunBasis(models.Model):
    """What the snapshots of a run's scores have in common: each point with its rule and its nodes, once, by its key.

    A table of its own, so that the pages that read runs do not read it.
    """

    run = models.OneToOneField(
        ScoreRun, models.CASCADE, primary_key=True, related_name="basis", verbose_name=_("计分轮次")
    )
    points = models.JSONField(_("考点"), encoder=DjangoJSONEncoder, help_text=_("计分时的考点、规则和节点。"))

    class Meta:
        verbose_name = _("计分依据")
        verbose_name_plural = _("计分依据")

    def __str__(self) -> str:
        return str(self.run_id)


class ScoreQuerySet(models.QuerySet["Score"]):
    def current(self) -> ScoreQuerySet:
        return self.filter(run__is_current=True)

    def visible_to(self, user: Employee) -> ScoreQuerySet:
        """The scores that may stand in the user's ranking (domain.md, Who may do what).

        Leaders, office and discipline: the bureau's in every state. Heads: those of their department. Everybody: the
        own one always, and from 公示 on as much of the ranking as the bureau shows. A system administrator has no right
        on scores and sees the own one alone.
        """
        mine = self.filter(bureau_id=user.bureau_id)
        if user.has_role(*SEES_ALL_RANKINGS):
            return mine
        seen = Q(employee=user)
        if user.has_role(Role.Kind.DEPARTMENT_HEAD):
            seen |= Q(department_id=user.department_id)
        if not user.has_role(Role.Kind.SYSTEM_ADMIN):
            shown = Q(quarter__state__in=Quarter.SETTLED, run__as_of__isnull=True)
            if user.bureau.ranking_view == Bureau.RankingView.ALL:
                seen |= shown
            elif user.bureau.ranking_view == Bureau.RankingView.TOP:
                seen |= shown & Q(in_pool=True)
        return mine.filter(seen)

    def explained_to(self, user: Employee) -> ScoreQuerySet:
        """The scores whose explanation the user may open: down to every input, hence fewer than are ranked."""
        mine = self.filter(bureau_id=user.bureau_id)
        if user.has_role(*SEES_ALL_EXPLANATIONS):
            return mine
        seen = Q(employee=user)
        if user.has_role(Role.Kind.DEPARTMENT_HEAD):
            seen |= Q(department_id=user.department_id)
        if user.has_role(Role.Kind.DEPUTY_DIRECTOR):
            seen |= Q(department__deputy=user)
        return mine.filter(seen)


class Score(models.Model):
    """One employee's quarter, with the name, department and category that held then, and its inputs as scored.

    ``inputs`` is the snapshot from which, with the points of its run, ``scoring.formula`` explains the score again, so
    that an explanation always adds up to the score that it explains, also after later changes of people or libraries
    (scoring.md §6). ``scoring.queries.snapshots`` reads it.

    The constraint and the index begin with ``run`` and ``employee``: these have no index of their own.
    """

    class Reason(models.TextChoices):
        SHARE = "share", _("在岗不足二分之一")
        PROBATION = "probation", _("试用期")
        INVESTIGATION = "investigation", _("立案审查")

    run = models.ForeignKey(ScoreRun, models.CASCADE, db_index=False, related_name="scores", verbose_name=_("计分轮次"))
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("单位"))
    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="scores", verbose_name=_("季度"))
    employee = models.ForeignKey(
        Employee, models.PROTECT, db_index=False, related_name="scores", verbose_name=_("干部")
    )
    number = models.CharField(_("工号"), max_length=32)
    name = models.CharField(_("姓名"), max_length=50)
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("部门"))
    category = models.ForeignKey(RankCategory, models.PROTECT, related_name="+", verbose_name=_("序列"))
    common = PointsField(_("共性得分"))
    individual = PointsField(_("个性得分"))
    competitive = PointsField(_("竞争性得分"))
    overflow = PointsField(_("竞争性溢出"), default=0)
    adjustments = PointsField(_("加减分"))
    linkage = PointsField(_("组织联动"))
    total = PointsField(_("总分"))
    missing = models.PositiveSmallIntegerField(_("漏项数"), default=0)
    has_individual = models.BooleanField(_("有个性任务"), default=True)
    ranked = models.BooleanField(_("参与排名"))
    reason = models.CharField(_("未排名原因"), max_length=16, choices=Reason.choices, blank=True)
    bureau_rank = models.PositiveIntegerField(_("单位排名"), null=True)
    category_rank = models.PositiveIntegerField(_("序列排名"), null=True)
    in_pool = models.BooleanField(_("前30%"), default=False)
    inputs = models.JSONField(_("计分输入"), encoder=DjangoJSONEncoder)
    digest = models.CharField(
        max_length=64, default="", editable=False, help_text=_("计分输入的 SHA-256，用来判断输入是否已变。")
    )

    objects = ScoreQuerySet.as_manager()

    class Meta:
        ordering = ["run", models.F("bureau_rank").asc(nulls_last=True), "number"]  # the two databases differ on nulls
        verbose_name = _("得分")
        verbose_name_plural = _("得分")
        constraints = [models.UniqueConstraint(fields=["run", "employee"], name="score_once_in_a_run")]
        indexes = [models.Index(fields=["employee", "quarter"], name="score_employee_quarter")]

    def __str__(self) -> str:
        return f"{self.number} {self.total}"


class Acknowledgement(models.Model):
    """知悉: the person opened the score and acknowledged it as it stood; a changed score asks again."""

    score = models.ForeignKey(Score, models.CASCADE, related_name="acknowledgements", verbose_name=_("得分"))
    digest = models.CharField(max_length=64, editable=False, help_text=_("知悉时计分输入的 SHA-256。"))
    total = PointsField(_("总分"))
    at = models.DateTimeField(_("知悉时间"))

    class Meta:
        ordering = ["score", "at"]
        verbose_name = _("知悉")
        verbose_name_plural = _("知悉")
        constraints = [
            models.UniqueConstraint(fields=["score", "digest", "total"], name="score_acknowledged_once_as_it_stands")
        ]

    def __str__(self) -> str:
        return f"{self.score_id} {self.total}"


class ScoringJob(models.Model):
    """A scoring asked for on the page: the truth of its progress is this row, the queue only carries its id."""

    class State(models.TextChoices):
        QUEUED = "queued", _("排队")
        RUNNING = "running", _("进行中")
        DONE = "done", _("完成")
        FAILED = "failed", _("失败")

    UNFINISHED = (State.QUEUED, State.RUNNING)

    bureau = models.ForeignKey(Bureau, models.CASCADE, related_name="+", verbose_name=_("单位"))
    quarter = models.ForeignKey(Quarter, models.CASCADE, related_name="scoring_jobs", verbose_name=_("季度"))
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.QUEUED)
    as_of = models.DateField(
        _("截至日期"), null=True, help_text=_("预计得分只计这一天之前到期的节点；空为全季正式计分。")
    )
    sentence = models.TextField(_("结果"), blank=True)
    requested_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("发起人"))
    created_at = models.DateTimeField(_("发起时间"))
    started_at = models.DateTimeField(_("开始时间"), null=True)
    finished_at = models.DateTimeField(_("结束时间"), null=True)

    objects = OfBureauQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("计分作业")
        verbose_name_plural = _("计分作业")
        constraints = [
            models.UniqueConstraint(
                fields=["quarter"], condition=Q(state__in=["queued", "running"]), name="scoring_job_one_unfinished"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quarter_id} {self.state}"
