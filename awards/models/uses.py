"""结果运用: what follows from scores, as suggestions that people decide and sign (domain.md, Use of results)."""

from __future__ import annotations

from decimal import Decimal

from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from awards.grading import Word
from common.fields import PointsField
from indicators.models import AssessmentPoint
from organization.models import Bureau, Department, Employee, OfBureauQuerySet, Post, Role

READS_USES = (Role.Kind.OFFICE, Role.Kind.DIRECTOR, Role.Kind.DEPUTY_DIRECTOR, Role.Kind.DISCIPLINE)


_PERCENT = [MaxValueValidator(100)]


class UseSettings(models.Model):
    """From where on something is suggested; a bureau without a row keeps to the defaults (domain.md, Use of results).

    Thresholds only suggest: the decision is people's. The three quotas 好, 优秀 and 优秀 with approval bind them.
    """

    bureau = models.OneToOneField(Bureau, models.CASCADE, related_name="use_settings", verbose_name=_("单位"))
    good_percent = models.PositiveSmallIntegerField(_("季度“好”的比例（%）"), default=40, validators=_PERCENT)
    fair_percent = models.PositiveSmallIntegerField(
        _("建议“一般”的末位比例（%）"), default=10, validators=_PERCENT, help_text=_("只作建议。")
    )
    poor_below = PointsField(
        _("建议“较差”的分数线"),
        default=Decimal("60.00"),
        help_text=_("总分低于它的建议“较差”，年度得分低于它的建议“基本称职”。"),
    )
    excellent_percent = models.PositiveSmallIntegerField(_("年度“优秀”的比例（%）"), default=20, validators=_PERCENT)
    excellent_most_percent = models.PositiveSmallIntegerField(
        _("经批准“优秀”的最高比例（%）"), default=25, validators=_PERCENT
    )
    preferred_percent = models.PositiveSmallIntegerField(_("晋升优先的比例（%）"), default=20, validators=_PERCENT)
    held_back_percent = models.PositiveSmallIntegerField(_("晋升暂缓的末位比例（%）"), default=10, validators=_PERCENT)
    training_people = models.PositiveSmallIntegerField(
        _("培训需求的最少失分人数"), default=2, validators=[MinValueValidator(1)]
    )
    training_share = models.PositiveSmallIntegerField(_("培训需求的失分面（%）"), default=30, validators=_PERCENT)
    improvement_share = models.PositiveSmallIntegerField(_("改进事项的失分面（%）"), default=50, validators=_PERCENT)
    last_departments = models.PositiveSmallIntegerField(
        _("末位部门数"), default=2, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )

    class Meta:
        verbose_name = _("结果运用的约定")
        verbose_name_plural = _("结果运用的约定")
        constraints = [
            models.CheckConstraint(
                condition=Q(excellent_most_percent__gte=models.F("excellent_percent")),
                name="use_settings_approval_widens",
            )
        ]

    def __str__(self) -> str:
        return str(self.bureau_id)


class UseListQuerySet(OfBureauQuerySet):
    def visible_to(self, user: Employee) -> UseListQuerySet:
        """Office, leaders and discipline: the bureau's. Heads: the signed ones and the training needs, of which they see
        the lines about their own people. Everybody else learns of the decision in the personal file."""
        mine = self.filter(bureau_id=user.bureau_id)
        if user.has_role(*READS_USES):
            return mine
        if user.has_role(Role.Kind.DEPARTMENT_HEAD):
            return mine.filter(SHOWN_TO_HEADS)
        return mine.none()


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
    basis = models.JSONField(
        _("依据"),
        encoder=DjangoJSONEncoder,
        default=dict,
        help_text=_("计分轮次、参加排名的人数、拟定时的比例和分数线。"),
    )
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

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def words(self) -> dict[str, str | Promise]:
        """What may be decided on a line, by the word that is kept."""
        return WORDS[self.Kind(self.kind)]


SHOWN_TO_HEADS = Q(state=UseList.State.SIGNED) | Q(kind=UseList.Kind.TRAINING)

WORDS: dict[UseList.Kind, dict[str, str | Promise]] = {
    UseList.Kind.QUARTERLY_GRADE: {
        Word.GOOD: _("好"),
        Word.BETTER: _("较好"),
        Word.FAIR: _("一般"),
        Word.POOR: _("较差"),
        Word.UNGRADED: _("不定等次"),
    },
    UseList.Kind.ANNUAL_GRADE: {
        Word.EXCELLENT: _("优秀"),
        Word.COMPETENT: _("称职"),
        Word.BASIC: _("基本称职"),
        Word.INCOMPETENT: _("不称职"),
        Word.UNGRADED: _("不定等次"),
    },
    UseList.Kind.PROMOTION: {Word.PREFERRED: _("优先"), Word.NORMAL: _("正常"), Word.HELD_BACK: _("暂缓")},
    UseList.Kind.TRAINING: {Word.TRAIN: _("安排培训"), Word.COACH: _("一对一辅导"), Word.SKIP: _("不安排")},
    UseList.Kind.IMPROVEMENT: {Word.IMPROVE: _("列入下年度"), Word.SKIP: _("不列入")},
    UseList.Kind.DEPARTMENT_TALK: {Word.TALK: _("约谈"), Word.REMIND: _("提醒"), Word.SKIP: _("不约谈")},
}
"""The words of each list, as the bureau says them."""

QUOTA_WORDS = {UseList.Kind.QUARTERLY_GRADE: Word.GOOD, UseList.Kind.ANNUAL_GRADE: Word.EXCELLENT}
"""The word that a quota binds."""

QUARTERLY_KINDS = (UseList.Kind.QUARTERLY_GRADE, UseList.Kind.TRAINING)
"""Lists that are drawn for a quarter; all but the quarterly grade are drawn for a year."""


class UseLineQuerySet(models.QuerySet["UseLine"]):
    def visible_to(self, user: Employee) -> UseLineQuerySet:
        """Office, leaders and discipline: all. Heads: those about their department, in what is shown to heads. Everybody:
        what was decided on oneself, once it is signed."""
        mine = self.filter(use_list__bureau_id=user.bureau_id)
        if user.has_role(*READS_USES):
            return mine
        signed = Q(use_list__state=UseList.State.SIGNED)
        seen = Q(employee=user) & signed
        if user.has_role(Role.Kind.DEPARTMENT_HEAD):
            shown = signed | Q(use_list__kind=UseList.Kind.TRAINING)
            seen |= Q(department=user.department_id) & shown
        return mine.filter(seen)


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

    objects = UseLineQuerySet.as_manager()

    class Meta:
        ordering = ["use_list", "position", "id"]
        verbose_name = _("结果运用明细")
        verbose_name_plural = _("结果运用明细")
        constraints = [
            models.UniqueConstraint(fields=["use_list", "employee"], name="use_line_once_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.use_list_id} {self.position}"

    @property
    def suggestion_label(self) -> str:
        return str(self.use_list.words.get(self.suggestion, ""))

    @property
    def decision_label(self) -> str:
        return str(self.use_list.words.get(self.decision, ""))

    @property
    def departs(self) -> bool:
        """People decided otherwise than was suggested."""
        return bool(self.decision and self.suggestion and self.decision != self.suggestion)


class TrainingSessionQuerySet(OfBureauQuerySet):
    def visible_to(self, user: Employee) -> TrainingSessionQuerySet:
        """Office, leaders and discipline: the bureau's. Everybody: those they are invited to, heads also those for their
        people."""
        mine = self.filter(bureau_id=user.bureau_id)
        if user.has_role(*READS_USES):
            return mine
        invited = TrainingAttendance.objects.filter(employee=user)
        if user.has_role(Role.Kind.DEPARTMENT_HEAD):
            invited = TrainingAttendance.objects.filter(Q(employee=user) | Q(employee__department=user.department_id))
        return mine.filter(pk__in=invited.values("training"))


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

    objects = TrainingSessionQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "-id"]
        verbose_name = _("培训")
        verbose_name_plural = _("培训")

    def __str__(self) -> str:
        return self.title

    @property
    def is_held(self) -> bool:
        return self.held_at is not None


class TrainingAttendance(models.Model):
    """Who was invited, and whether they came; None until the training is recorded as held."""

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
