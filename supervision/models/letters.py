"""督查督办函: a letter with items; each item is assigned, worked on, reported, checked and closed out (domain.md)."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.fields import PointsField
from organization.files import KeptFile
from organization.models import Bureau, Department, Employee, Role
from scoring.models import Adjustment

SEES_ALL_LETTERS = (Role.Kind.OFFICE, Role.Kind.DIRECTOR, Role.Kind.DISCIPLINE)


class LetterQuerySet(models.QuerySet["Letter"]):
    def visible_to(self, user: Employee) -> LetterQuerySet:
        """Office, director and discipline all of the bureau; deputies what concerns a department in charge; others what
        their department leads or assists in, once it is issued."""
        mine = self.filter(bureau_id=user.bureau_id)
        if user.has_role(*SEES_ALL_LETTERS):
            return mine
        asked = LetterItem.objects.filter(
            Q(department_id=user.department_id)
            | Q(assisting=user.department_id)
            | Q(department__deputy=user)
            | Q(responsible=user)
        )
        return mine.filter(pk__in=asked.values("letter")).exclude(state=Letter.State.DRAFT)


class Letter(models.Model):
    """One letter. Its number (`溪税督〔2023〕3号`) is given when it is issued and never again."""

    class Kind(models.TextChoices):
        ON_SITE = "on_site", _("实地督查")
        WRITTEN = "written", _("书面督查")
        DESK = "desk", _("案头督查")

    class State(models.TextChoices):
        DRAFT = "draft", _("立项")
        ISSUED = "issued", _("交办")
        CLOSED = "closed", _("销号")
        ARCHIVED = "archived", _("归档")
        REVOKED = "revoked", _("撤回")

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("单位"))
    kind = models.CharField(_("督查方式"), max_length=8, choices=Kind.choices)
    title = models.CharField(_("标题"), max_length=200)
    opening = models.TextField(_("正文"), blank=True)
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.DRAFT)
    year = models.PositiveSmallIntegerField(_("年度"), null=True)
    serial = models.PositiveIntegerField(_("序号"), null=True)
    number = models.CharField(_("文号"), max_length=40, blank=True)
    drafted_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("立项人"))
    drafted_at = models.DateTimeField(_("立项时间"))
    issued_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("签发人"))
    issued_on = models.DateField(_("交办日期"), null=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        ordering = ["-drafted_at", "-id"]
        verbose_name = _("督查督办函")
        verbose_name_plural = _("督查督办函")
        constraints = [
            models.UniqueConstraint(
                fields=["bureau", "year", "serial"], condition=Q(serial__isnull=False), name="letter_number_once"
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | ~Q(number="") & Q(issued_on__isnull=False),
                name="letter_issued_with_number",
            ),
        ]

    def __str__(self) -> str:
        return self.number or self.title


class LetterStep(models.Model):
    """A move of a letter with who and when, shown on its rail."""

    letter = models.ForeignKey(Letter, models.CASCADE, related_name="steps", verbose_name=_("督查督办函"))
    state = models.CharField(_("状态"), max_length=8, choices=Letter.State.choices)
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("操作人"))
    reason = models.TextField(_("理由"), blank=True)

    objects = models.Manager()

    class Meta:
        ordering = ["letter", "at", "id"]
        verbose_name = _("督办步骤")
        verbose_name_plural = _("督办步骤")

    def __str__(self) -> str:
        return f"{self.letter_id} {self.state}"


class LetterItem(models.Model):
    """督办事项: what is wrong, what is required, which department leads and which assist, and by when."""

    class State(models.TextChoices):
        PLANNED = "planned", _("待交办")
        ASSIGNED = "assigned", _("办理")
        REPORTED = "reported", _("反馈待审")
        RETURNED = "returned", _("退回重办")
        CLOSED = "closed", _("已销号")
        DROPPED = "dropped", _("不再督办")

    OPEN = (State.ASSIGNED, State.REPORTED, State.RETURNED)

    letter = models.ForeignKey(Letter, models.CASCADE, related_name="items", verbose_name=_("督查督办函"))
    position = models.PositiveSmallIntegerField(_("序号"))
    matter = models.CharField(_("督办事项"), max_length=200)
    problem = models.TextField(_("存在问题"))
    requirement = models.TextField(_("整改要求"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("主办部门"))
    assisting = models.ManyToManyField(Department, blank=True, related_name="+", verbose_name=_("协办部门"))
    responsible = models.ForeignKey(
        Employee, models.PROTECT, null=True, blank=True, related_name="letter_items", verbose_name=_("责任人")
    )
    due_on = models.DateField(_("办结期限"))
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.PLANNED)
    assigned_on = models.DateField(_("交办日期"), null=True)
    settled_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("销号人"))
    settled_at = models.DateTimeField(_("销号时间"), null=True)
    settlement = models.TextField(_("销号意见"), blank=True)

    objects = models.Manager()

    class Meta:
        ordering = ["letter", "position", "id"]
        verbose_name = _("督办事项")
        verbose_name_plural = _("督办事项")
        indexes = [models.Index(fields=["state", "due_on"], name="letter_item_open_due")]
        constraints = [
            models.UniqueConstraint(fields=["letter", "position"], name="letter_item_position_once"),
        ]

    def __str__(self) -> str:
        return self.matter


class ItemExtension(models.Model):
    """延期: asked before the due date, granted with a new date or not."""

    item = models.ForeignKey(LetterItem, models.CASCADE, related_name="extensions", verbose_name=_("督办事项"))
    wanted = models.DateField(_("申请延到"))
    reason = models.TextField(_("延期理由"))
    asked_by = models.ForeignKey(Employee, models.PROTECT, related_name="+", verbose_name=_("申请人"))
    asked_at = models.DateTimeField(_("申请时间"))
    granted = models.BooleanField(_("是否同意"), null=True)
    new_due = models.DateField(_("新的期限"), null=True)
    decided_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("审批人"))
    decided_at = models.DateTimeField(_("审批时间"), null=True)
    decision = models.TextField(_("审批意见"), blank=True)

    objects = models.Manager()

    class Meta:
        ordering = ["item", "asked_at", "id"]
        verbose_name = _("延期申请")
        verbose_name_plural = _("延期申请")
        constraints = [
            models.UniqueConstraint(fields=["item"], condition=Q(granted__isnull=True), name="item_extension_one_open"),
            models.CheckConstraint(
                condition=~Q(granted=True) | Q(new_due__isnull=False), name="item_extension_granted_to_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.wanted}"


class ItemReport(models.Model):
    """反馈: what was done, and what the office found on checking it (审核): closed out, or to be done again.

    A contribution is what an assisting department or the responsible person adds; it is not checked by itself.
    """

    item = models.ForeignKey(LetterItem, models.CASCADE, related_name="reports", verbose_name=_("督办事项"))
    text = models.TextField(_("办理情况"))
    by = models.ForeignKey(Employee, models.PROTECT, related_name="+", verbose_name=_("反馈人"))
    at = models.DateTimeField(_("反馈时间"))
    late = models.BooleanField(_("逾期反馈"), default=False)
    contribution = models.BooleanField(_("协办情况"), default=False)
    accepted = models.BooleanField(_("审核通过"), null=True)
    remark = models.TextField(_("审核意见"), blank=True)
    checked_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("审核人"))
    checked_at = models.DateTimeField(_("审核时间"), null=True)

    objects = models.Manager()

    class Meta:
        ordering = ["item", "at", "id"]
        verbose_name = _("督办反馈")
        verbose_name_plural = _("督办反馈")
        constraints = [
            models.UniqueConstraint(
                fields=["item"],
                condition=Q(accepted__isnull=True, contribution=False),
                name="item_report_one_unchecked",
            ),
            models.CheckConstraint(
                condition=Q(contribution=False) | Q(accepted__isnull=True), name="item_contribution_is_not_checked"
            ),
            models.CheckConstraint(condition=~Q(accepted=False) | ~Q(remark=""), name="item_returned_with_remark"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.pk}"


class ReportFileQuerySet(models.QuerySet["ReportFile"]):
    def visible_to(self, user: Employee) -> ReportFileQuerySet:
        """Who sees the letter sees what was handed in to it."""
        return self.filter(report__item__letter__in=Letter.objects.visible_to(user))


class ReportFile(KeptFile):
    """What was handed in with a report."""

    report = models.ForeignKey(ItemReport, models.CASCADE, related_name="files", verbose_name=_("督办反馈"))

    objects = ReportFileQuerySet.as_manager()

    class Meta:
        ordering = ["report", "at", "id"]
        verbose_name = _("督办材料")
        verbose_name_plural = _("督办材料")


class ProposedMinus(models.Model):
    """督考合一: an overdue item proposes a minus; a person decides whether it becomes a request for one."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待决定")
        ADOPTED = "adopted", _("已提请减分")
        DECLINED = "declined", _("不减分")

    item = models.OneToOneField(LetterItem, models.CASCADE, related_name="minus", verbose_name=_("督办事项"))
    employee = models.ForeignKey(Employee, models.PROTECT, null=True, related_name="+", verbose_name=_("责任人"))
    points = PointsField(_("建议减分"))
    reason = models.CharField(_("依据"), max_length=300)
    proposed_at = models.DateTimeField(_("提出时间"))
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.PROPOSED)
    adjustment = models.OneToOneField(
        Adjustment, models.SET_NULL, null=True, related_name="+", verbose_name=_("加减分")
    )
    decided_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("决定人"))
    decided_at = models.DateTimeField(_("决定时间"), null=True)
    decision = models.TextField(_("决定理由"), blank=True)

    objects = models.Manager()

    class Meta:
        ordering = ["-proposed_at", "-id"]
        verbose_name = _("减分建议")
        verbose_name_plural = _("减分建议")

    def __str__(self) -> str:
        return f"{self.item_id}"


class LetterSettings(models.Model):
    """What a bureau has agreed about letters; a bureau without a row keeps to the defaults (docs/letters.md)."""

    bureau = models.OneToOneField(Bureau, models.CASCADE, related_name="letter_settings", verbose_name=_("单位"))
    number_word = models.CharField(
        _("发文代字"),
        max_length=20,
        default="税督",
        help_text=_("写在文号的年份前面，如“溪税督〔2023〕3号”里的“溪税督”。"),
    )
    on_site_days = models.PositiveSmallIntegerField(
        _("实地督查的办结时限"), default=20, validators=[MinValueValidator(1), MaxValueValidator(250)],
        help_text=_("工作日，自交办次日起；起草时按它预填，交办前可以改。"),
    )  # fmt: skip
    written_days = models.PositiveSmallIntegerField(
        _("书面督查的办结时限"), default=15, validators=[MinValueValidator(1), MaxValueValidator(250)],
        help_text=_("工作日。"),
    )  # fmt: skip
    desk_days = models.PositiveSmallIntegerField(
        _("案头督查的办结时限"), default=10, validators=[MinValueValidator(1), MaxValueValidator(250)],
        help_text=_("工作日。"),
    )  # fmt: skip
    minus_points = PointsField(
        _("逾期建议减分"), default=Decimal("0.50"), validators=[MinValueValidator(Decimal("0.01"))],
        help_text=_("每件逾期事项一次；只是建议，由绩效办决定是否提请。"),
    )  # fmt: skip
    minus_text = models.CharField(
        _("减分事由"), max_length=100, default="督办事项逾期未办结", help_text=_("后面写明事项和文号。")
    )

    objects = models.Manager()

    class Meta:
        verbose_name = _("督办的约定")
        verbose_name_plural = _("督办的约定")

    def __str__(self) -> str:
        return str(self.bureau_id)

    def days_for(self, kind: str) -> int:
        """Working days that an item has by default, by the kind of its letter."""
        days: int = getattr(self, f"{kind}_days")
        return days
