"""三单: urgent, difficult, dangerous or heavy tasks that are posted, claimed or assigned, and accepted."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from common.fields import PointsField
from indicators.models import AssessmentPoint, Quarter
from organization.files import KeptFile
from organization.models import Bureau, Department, Employee, OfBureauQuerySet, Post


class TaskQuerySet(OfBureauQuerySet):
    def visible_to(self, user: Employee) -> TaskQuerySet:
        """What is posted is open to the whole bureau; a draft, or what is posted later, to those who prepare it.

        Discipline and the leaders read everything (domain.md, Who may do what); time is the database's business only
        for what has not been announced yet.
        """
        mine = self.filter(bureau_id=user.bureau_id)
        if user.has_role("office", "discipline", "director", "deputy_director"):
            return mine
        seen = Q(announced=True)
        if user.has_role("department_head", "liaison"):
            seen |= Q(department=user.department_id)
        return mine.filter(seen)

    def claimable(self, now: datetime) -> TaskQuerySet:
        """Posted, begun, not past the window's end, and with a place left."""
        return self.in_window(now).filter(places_taken__lt=F("places"))

    def in_window(self, now: datetime) -> TaskQuerySet:
        """Posted and open for claims at this second; the end itself is outside."""
        return self.filter(
            Q(posted_at__isnull=True) | Q(posted_at__lte=now),
            Q(claim_until__isnull=True) | Q(claim_until__gt=now),
            state=Task.State.POSTED,
        )

    def with_lead(self) -> TaskQuerySet:
        """`led` of every row in the same query."""
        return self.annotate(led=Exists(Claim.objects.filter(task=OuterRef("pk"), part=Claim.Part.LEAD)))

    def window_passed(self, now: datetime) -> TaskQuerySet:
        """Still marked as posted although nobody can claim any more."""
        return self.filter(state=Task.State.POSTED, claim_until__lte=now)


class Task(models.Model):
    """急难险重任务. `places_taken` counts the claims that hold a place, and is kept by the statements that make them."""

    class Kind(models.TextChoices):
        URGENT = "urgent", _("急")
        DIFFICULT = "difficult", _("难")
        DANGEROUS = "dangerous", _("险")
        HEAVY = "heavy", _("重")

    class Difficulty(models.TextChoices):
        HIGH = "high", _("高")
        MEDIUM = "medium", _("中")
        LOW = "low", _("低")

    class Sharing(models.TextChoices):
        EACH = "each", _("各得")
        SPLIT = "split", _("均分")
        LEAD = "lead", _("主协办")

    class State(models.TextChoices):
        DRAFT = "draft", _("草拟")
        POSTED = "posted", _("已亮单")
        CLOSED = "closed", _("已截止")
        CANCELLED = "cancelled", _("已撤销")

    MOVES = {
        State.DRAFT: {State.POSTED, State.CANCELLED},
        State.POSTED: {State.DRAFT, State.CLOSED, State.CANCELLED},
        State.CLOSED: {State.CANCELLED},
        State.CANCELLED: set(),
    }

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="tasks", verbose_name=_("单位"))
    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="tasks", verbose_name=_("季度"))
    number = models.CharField(_("任务编号"), max_length=32, unique=True)
    name = models.CharField(_("名称"), max_length=200)
    kind = models.CharField(_("类型"), max_length=16, choices=Kind.choices)
    difficulty = models.CharField(_("难度"), max_length=16, choices=Difficulty.choices)
    base = PointsField(_("基础分"))
    places = models.PositiveSmallIntegerField(_("名额"))
    places_taken = models.PositiveSmallIntegerField(_("已占名额"), default=0, editable=False)
    sharing = models.CharField(_("计分"), max_length=16, choices=Sharing.choices)
    posted_at = models.DateTimeField(
        _("亮单时间"), null=True, blank=True, help_text=_("晚于现在的，到时自动亮单，此前不能抢。")
    )
    claim_until = models.DateTimeField(_("抢单截止"), null=True, blank=True)
    due_at = models.DateTimeField(_("完成时限"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="tasks", verbose_name=_("责任部门"))
    point = models.ForeignKey(
        AssessmentPoint, models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name=_("竞争性考点")
    )
    requirement = models.TextField(_("任务要求"))
    deliverable = models.TextField(_("交付成果"), blank=True)
    post = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name=_("责任岗位")
    )
    open_to = models.ManyToManyField(
        Department, blank=True, related_name="+", verbose_name=_("限定部门"), help_text=_("空为全单位都可以抢。")
    )
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.DRAFT)
    announced = models.BooleanField(_("已公布"), default=False, editable=False)
    drafted_by = models.ForeignKey(
        Employee, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("拟稿人")
    )
    drafted_at = models.DateTimeField(_("拟稿时间"), null=True, blank=True)
    posted_by = models.ForeignKey(
        Employee, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("亮单人")
    )
    cancel_reason = models.TextField(_("撤销理由"), blank=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = ["bureau", "quarter", "number"]
        verbose_name = _("急难险重任务")
        verbose_name_plural = _("急难险重任务")
        constraints = [
            models.CheckConstraint(condition=Q(base__gt=0), name="task_base_above_zero"),
            models.CheckConstraint(condition=Q(places__gte=1), name="task_has_a_place"),
            models.CheckConstraint(condition=Q(places_taken__lte=F("places")), name="task_never_oversold"),
        ]
        indexes = [models.Index(fields=["state", "claim_until"], name="task_window")]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    @property
    def places_left(self) -> int:
        return self.places - self.places_taken

    @property
    def has_parts(self) -> bool:
        """Whether one leads and the others assist."""
        return self.sharing == self.Sharing.LEAD

    @cached_property
    def led(self) -> bool:
        """Whether somebody holds the lead's place, as of the first look; `with_lead` brings it along."""
        return self.claims.filter(part=Claim.Part.LEAD).exists()

    def is_scheduled(self, now: datetime) -> bool:
        """Posted for a later moment."""
        return self.state == self.State.POSTED and self.posted_at is not None and self.posted_at > now

    def takes_claims(self, now: datetime) -> bool:
        """Whether the window is open at this second, places or not."""
        begun = self.posted_at is None or self.posted_at <= now
        return self.state == self.State.POSTED and begun and not self.has_closed(now)

    def has_closed(self, now: datetime) -> bool:
        """Whether the window has passed; the minute's job may not have marked it yet."""
        if self.state == self.State.POSTED:
            return self.claim_until is not None and self.claim_until <= now
        return self.state == self.State.CLOSED


class ClaimQuerySet(OfBureauQuerySet):
    def visible_to(self, user: Employee) -> ClaimQuerySet:
        """The market is open within the bureau: who may see the task may see who works on it."""
        return self.filter(bureau_id=user.bureau_id, task__in=Task.objects.visible_to(user))

    def open(self) -> ClaimQuerySet:
        """What somebody still has to do: counted against the limit as long as the quarter can take its outcome."""
        return self.filter(state__in=Claim.OPEN, quarter__state__in=Quarter.TAKES_INPUT)

    def holding(self) -> ClaimQuerySet:
        """Those that hold a place: all but those that went with a cancelled task."""
        return self.exclude(state=Claim.State.CANCELLED)

    def overdue(self, now: datetime) -> ClaimQuerySet:
        """Not handed in although the deadline, or the one granted instead, has passed."""
        late = Q(due_at__lt=now) | Q(due_at__isnull=True, task__due_at__lt=now)
        return self.open().exclude(state=Claim.State.HANDED_IN).filter(late)


class Claim(models.Model):
    """A place of a task, held by one person; the same person never holds a place of a task twice.

    A claim that is withdrawn, or whose objection is upheld, goes away and leaves its `ClaimEvent`.
    """

    class Way(models.TextChoices):
        CLAIMED = "claimed", _("抢单")
        ASSIGNED = "assigned", _("派单")

    class Part(models.TextChoices):
        LEAD = "lead", _("主办")
        ASSISTANT = "assistant", _("协办")

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("通过")
        REFUSED = "refused", _("未通过")

    class State(models.TextChoices):
        HELD = "held", _("待开工")
        STARTED = "started", _("办理中")
        HANDED_IN = "handed_in", _("待验收")
        ACCEPTED = "accepted", _("验收通过")
        REFUSED = "refused", _("未通过")
        CANCELLED = "cancelled", _("随任务撤销")

    OPEN = (State.HELD, State.STARTED, State.HANDED_IN)
    MOVES = {
        State.HELD: {State.STARTED, State.HANDED_IN, State.REFUSED, State.CANCELLED},
        State.STARTED: {State.HANDED_IN, State.REFUSED, State.CANCELLED},
        State.HANDED_IN: {State.STARTED, State.ACCEPTED, State.REFUSED, State.CANCELLED},
        State.ACCEPTED: set(),
        State.REFUSED: set(),
        State.CANCELLED: set(),
    }

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("单位"))
    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="claims", verbose_name=_("季度"))
    task = models.ForeignKey(Task, models.PROTECT, related_name="claims", verbose_name=_("任务"))
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="claims", verbose_name=_("干部"))
    way = models.CharField(_("方式"), max_length=16, choices=Way.choices)
    part = models.CharField(_("分工"), max_length=16, choices=Part.choices, blank=True)
    at = models.DateTimeField(_("时间"))
    outcome = models.CharField(_("验收结果"), max_length=16, choices=Outcome.choices, blank=True)
    quality = PointsField(_("质量系数"), null=True, blank=True, help_text=_("0 至 1.2，空按 1 计。"))
    accepted_on = models.DateField(_("验收日期"), null=True, blank=True)
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.HELD)
    assigned_by = models.ForeignKey(
        Employee, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("派单人")
    )
    started_at = models.DateTimeField(_("开工时间"), null=True, blank=True)
    handed_in_at = models.DateTimeField(_("交付时间"), null=True, blank=True)
    report = models.TextField(_("完成情况"), blank=True)
    due_at = models.DateTimeField(_("延期至"), null=True, blank=True, help_text=_("空为任务的完成时限。"))
    late = models.BooleanField(_("逾期交付"), default=False)
    return_reason = models.TextField(_("退回理由"), blank=True)
    comment = models.TextField(_("验收意见"), blank=True)
    accepted_by = models.ForeignKey(
        Employee, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("验收人")
    )
    accepted_at = models.DateTimeField(_("验收时间"), null=True, blank=True)
    objection = models.TextField(_("异议理由"), blank=True)
    objected_at = models.DateTimeField(_("异议时间"), null=True, blank=True)
    objection_answer = models.TextField(_("异议答复"), blank=True)
    objection_decided_at = models.DateTimeField(_("异议答复时间"), null=True, blank=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        ordering = ["task", "at", "id"]
        verbose_name = _("抢派单")
        verbose_name_plural = _("抢派单")
        constraints = [
            models.UniqueConstraint(fields=["task", "employee"], name="claim_once_a_person"),
            models.UniqueConstraint(fields=["task"], condition=Q(part="lead"), name="claim_one_lead"),
            models.CheckConstraint(
                condition=Q(quality__isnull=True) | Q(quality__gte=0, quality__lte="1.2"), name="claim_quality_range"
            ),
            models.CheckConstraint(
                condition=Q(state="accepted", outcome="accepted")
                | Q(state="refused", outcome="refused")
                | (Q(outcome="") & ~Q(state__in=("accepted", "refused"))),
                name="claim_outcome_fits_state",
            ),
        ]
        indexes = [models.Index(fields=["employee", "state"], name="claim_of_person")]

    def __str__(self) -> str:
        return f"{self.task_id} {self.employee_id}"

    @property
    def deadline(self) -> datetime:
        """The deadline granted to this person, else the task's."""
        return self.due_at or self.task.due_at

    def is_overdue(self, now: datetime) -> bool:
        return self.state in (self.State.HELD, self.State.STARTED) and self.deadline < now

    @property
    def awaits_objection(self) -> bool:
        """An objection that the assigner has not decided yet."""
        return self.objected_at is not None and self.objection_decided_at is None


class ClaimEvent(models.Model):
    """A move of a claim with who and when, shown on its rail; it outlives a claim that was withdrawn."""

    class Kind(models.TextChoices):
        CLAIMED = "claimed", _("抢单")
        ASSIGNED = "assigned", _("派单")
        WITHDRAWN = "withdrawn", _("退单")
        STARTED = "started", _("开工")
        HANDED_IN = "handed_in", _("交付")
        RETURNED = "returned", _("退回")
        ACCEPTED = "accepted", _("验收通过")
        REFUSED = "refused", _("未通过")
        OBJECTED = "objected", _("提出异议")
        UPHELD = "upheld", _("异议成立")
        REJECTED = "rejected", _("异议不成立")
        EXTENSION_ASKED = "extension_asked", _("申请延期")
        EXTENDED = "extended", _("同意延期")
        NOT_EXTENDED = "not_extended", _("不同意延期")
        LEAD = "lead", _("转为主办")
        CANCELLED = "cancelled", _("随任务撤销")

    task = models.ForeignKey(Task, models.CASCADE, related_name="events", verbose_name=_("任务"))
    claim = models.ForeignKey(Claim, models.SET_NULL, null=True, related_name="events", verbose_name=_("抢派单"))
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="+", verbose_name=_("干部"))
    kind = models.CharField(_("事项"), max_length=16, choices=Kind.choices)
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("操作人"))
    note = models.TextField(_("说明"), blank=True)

    class Meta:
        ordering = ["task", "at", "id"]
        verbose_name = _("抢派单经过")
        verbose_name_plural = _("抢派单经过")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at}"


class ProgressNote(models.Model):
    claim = models.ForeignKey(Claim, models.CASCADE, related_name="notes", verbose_name=_("抢派单"))
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("填写人"))
    text = models.TextField(_("进展"))

    class Meta:
        ordering = ["claim", "at", "id"]
        verbose_name = _("进展")
        verbose_name_plural = _("进展")

    def __str__(self) -> str:
        return self.text[:50]


class ClaimFileQuerySet(models.QuerySet["ClaimFile"]):
    def visible_to(self, user: Employee) -> ClaimFileQuerySet:
        """Who may see the task may download what was handed in for it."""
        return self.filter(claim__task__in=Task.objects.visible_to(user))


class ClaimFile(KeptFile):
    """What was handed in."""

    claim = models.ForeignKey(Claim, models.CASCADE, related_name="files", verbose_name=_("抢派单"))

    objects = ClaimFileQuerySet.as_manager()

    class Meta:
        ordering = ["claim", "at", "id"]
        verbose_name = _("交付文件")
        verbose_name_plural = _("交付文件")


class Extension(models.Model):
    """延期: asked before the deadline with a reason, granted with a new date or not."""

    class Decision(models.TextChoices):
        GRANTED = "granted", _("同意")
        DENIED = "denied", _("不同意")

    claim = models.ForeignKey(Claim, models.CASCADE, related_name="extensions", verbose_name=_("抢派单"))
    asked_at = models.DateTimeField(_("申请时间"))
    asked_until = models.DateTimeField(_("申请延至"))
    reason = models.TextField(_("延期理由"))
    decision = models.CharField(_("决定"), max_length=16, choices=Decision.choices, blank=True)
    granted_until = models.DateTimeField(_("同意延至"), null=True, blank=True)
    answer = models.TextField(_("答复"), blank=True)
    decided_by = models.ForeignKey(
        Employee, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("决定人")
    )
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)

    class Meta:
        ordering = ["claim", "asked_at", "id"]
        verbose_name = _("延期")
        verbose_name_plural = _("延期")
        constraints = [
            models.UniqueConstraint(fields=["claim"], condition=Q(decision=""), name="extension_one_undecided")
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.asked_until}"
