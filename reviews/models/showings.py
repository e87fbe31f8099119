"""三晒: each party branch meets once a month; statements before the day, attendance and ratings on it (domain.md)."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from organization.models import Bureau, Employee, PartyBranch, Role

SEES_ALL_SHOWINGS = (Role.Kind.OFFICE, Role.Kind.DIRECTOR, Role.Kind.DEPUTY_DIRECTOR, Role.Kind.DISCIPLINE)

HIGHEST_MARK = 100


class ReviewSettings(models.Model):
    """What a bureau has agreed about showings and talks; a bureau without a row keeps to the defaults of domain.md."""

    bureau = models.OneToOneField(Bureau, models.CASCADE, related_name="review_settings", verbose_name=_("单位"))
    theme_day = models.PositiveSmallIntegerField(
        _("主题党日"),
        default=15,
        validators=[MinValueValidator(1), MaxValueValidator(28)],
        help_text=_("每月的这一天开展三晒；不是工作日的顺延。"),
    )
    peers_each = models.PositiveSmallIntegerField(
        _("每人互评人数"), default=3, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    low_rank_percent = models.PositiveSmallIntegerField(
        _("谈话提醒：排名靠后的百分比"), default=10, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    fall_places = models.PositiveSmallIntegerField(
        _("谈话提醒：名次下滑的位数"), default=20, validators=[MinValueValidator(1)]
    )

    class Meta:
        verbose_name = _("三晒与谈话的约定")
        verbose_name_plural = _("三晒与谈话的约定")

    def __str__(self) -> str:
        return str(self.bureau_id)


class ShowingQuerySet(models.QuerySet["Showing"]):
    def visible_to(self, user: Employee) -> ShowingQuerySet:
        """Leaders, office and discipline see every branch of the bureau; others those of their own branch, of the
        branches that they lead, and the ones that they took part in."""
        mine = self.filter(bureau_id=user.bureau_id)
        if user.has_role(*SEES_ALL_SHOWINGS):
            return mine
        branches = PartyBranch.objects.filter(Q(pk=user.branch_id) | Q(secretary=user), bureau_id=user.bureau_id)
        joined = ShowingBranch.objects.filter(branch__in=branches).values("showing")
        return mine.filter(Q(pk__in=joined) | Q(pk__in=Participant.objects.filter(employee=user).values("showing")))


class Showing(models.Model):
    """三晒 of one branch in one month, or of several that hold it together (交流月)."""

    class State(models.TextChoices):
        SCHEDULED = "scheduled", _("待召开")
        HELD = "held", _("已召开")
        CLOSED = "closed", _("已办结")

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="showings", verbose_name=_("单位"))
    month = models.CharField(_("月份"), max_length=7, help_text=_("如 2023-05"))
    day = models.DateField(_("召开日期"))
    starts_at = models.TimeField(_("开始时间"), null=True, blank=True)
    place = models.CharField(_("地点"), max_length=100, blank=True)
    topic = models.CharField(_("主题"), max_length=200, blank=True)
    branches = models.ManyToManyField(
        PartyBranch, through="ShowingBranch", related_name="showings", verbose_name=_("党支部")
    )
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.SCHEDULED)
    scheduled_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("安排人"))
    scheduled_at = models.DateTimeField(_("安排时间"))
    held_on = models.DateField(_("实际召开日期"), null=True)
    held_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("主持人"))
    held_at = models.DateTimeField(_("登记召开的时间"), null=True)
    minutes = models.TextField(_("会议记录"), blank=True)
    ratings_opened_at = models.DateTimeField(
        _("互评公开时间"), null=True, help_text=_("应评的都交了才公开；在那之前谁也看不到别人的评价。")
    )
    closed_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("办结人"))
    closed_at = models.DateTimeField(_("办结时间"), null=True)
    closing_reason = models.TextField(_("提前办结的理由"), blank=True, help_text=_("还有人没交互评就办结时填写。"))

    objects = ShowingQuerySet.as_manager()

    class Meta:
        ordering = ["-month", "day", "id"]
        verbose_name = _("三晒")
        verbose_name_plural = _("三晒")
        indexes = [models.Index(fields=["bureau", "month"], name="showing_bureau_month")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="scheduled", held_on__isnull=True) | ~Q(state="scheduled") & Q(held_on__isnull=False),
                name="showing_held_on_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | Q(ratings_opened_at__isnull=False), name="showing_closed_is_opened"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month} {self.pk}"

    @property
    def takes_statements(self) -> bool:
        return self.state == self.State.SCHEDULED

    @property
    def ratings_are_open(self) -> bool:
        """Whether what was said of others may be read (互评公开)."""
        return self.ratings_opened_at is not None


class ShowingBranch(models.Model):
    """A branch that takes part in a showing; it has one a month, alone or joined."""

    showing = models.ForeignKey(Showing, models.CASCADE, related_name="joined", verbose_name=_("三晒"))
    branch = models.ForeignKey(PartyBranch, models.PROTECT, related_name="joined", verbose_name=_("党支部"))
    month = models.CharField(_("月份"), max_length=7)

    objects = models.Manager()

    class Meta:
        ordering = ["showing", "branch"]
        verbose_name = _("参加三晒的支部")
        verbose_name_plural = _("参加三晒的支部")
        constraints = [models.UniqueConstraint(fields=["branch", "month"], name="showing_once_a_month")]

    def __str__(self) -> str:
        return f"{self.branch_id} {self.month}"


class Participant(models.Model):
    """A member on the list of a showing: where in the order of speaking, whether there.

    The list follows the branches until the showing is held; from then on it stays as it was.
    """

    class Attendance(models.TextChoices):
        PRESENT = "present", _("出席")
        EXCUSED = "excused", _("请假")
        ABSENT = "absent", _("缺席")

    showing = models.ForeignKey(Showing, models.CASCADE, related_name="participants", verbose_name=_("三晒"))
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="showings", verbose_name=_("干部"))
    branch = models.ForeignKey(PartyBranch, models.PROTECT, related_name="+", verbose_name=_("党支部"))
    position = models.PositiveSmallIntegerField(_("发言次序"), default=0)
    attendance = models.CharField(_("到会情况"), max_length=16, choices=Attendance.choices, blank=True)
    reason = models.CharField(_("缺席原因"), max_length=200, blank=True)

    objects = models.Manager()

    class Meta:
        ordering = ["showing", "position", "employee__number"]
        verbose_name = _("参加人")
        verbose_name_plural = _("参加人")
        constraints = [models.UniqueConstraint(fields=["showing", "employee"], name="showing_once_a_person")]

    def __str__(self) -> str:
        return f"{self.showing_id} {self.employee_id}"

    @property
    def was_there(self) -> bool:
        return self.attendance == self.Attendance.PRESENT


class StatementQuerySet(models.QuerySet["Statement"]):
    def visible_to(self, user: Employee) -> StatementQuerySet:
        """One's own, and what others have handed in to a showing that one sees; drafts are their writer's alone."""
        seen = Q(showing__in=Showing.objects.visible_to(user), handed_in_at__isnull=False)
        return self.filter(seen | Q(employee=user))


class Statement(models.Model):
    """晒成绩、晒不足、晒打算 of one person for one showing; a draft until it is handed in.

    What its writer changes afterwards waits in `pending` until it is handed in again.
    """

    PARTS = ("achievements", "shortcomings", "plans")

    showing = models.ForeignKey(Showing, models.PROTECT, related_name="statements", verbose_name=_("三晒"))
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="statements", verbose_name=_("干部"))
    achievements = models.TextField(_("晒成绩"), blank=True)
    shortcomings = models.TextField(_("晒不足"), blank=True)
    plans = models.TextField(_("晒打算"), blank=True)
    pending = models.JSONField(
        _("提交后修改的草稿"), null=True, help_text=_("提交以后又改而没有再提交的内容；别人看到的仍是已提交的。")
    )
    updated_at = models.DateTimeField(_("修改时间"))
    handed_in_at = models.DateTimeField(_("提交时间"), null=True)

    objects = StatementQuerySet.as_manager()

    class Meta:
        ordering = ["showing", "employee"]
        verbose_name = _("三晒发言")
        verbose_name_plural = _("三晒发言")
        constraints = [
            models.UniqueConstraint(fields=["showing", "employee"], name="statement_once_a_showing"),
            models.CheckConstraint(
                condition=Q(handed_in_at__isnull=True) | ~(Q(achievements="") | Q(shortcomings="") | Q(plans="")),
                name="statement_handed_in_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.showing_id} {self.employee_id}"

    @property
    def texts(self) -> dict[str, str]:
        """The three texts as they were handed in, or as drafted before that."""
        return {part: getattr(self, part) for part in self.PARTS}

    @property
    def drafted(self) -> dict[str, str]:
        """The three texts as their writer left them, handed in or not; for nobody else."""
        return self.texts | (self.pending or {})


class RatingQuerySet(models.QuerySet["Rating"]):
    def visible_to(self, user: Employee) -> RatingQuerySet:
        """One's own ballots; others' once all are in, or the showing is closed, never before (blind)."""
        opened = Q(
            showing__in=Showing.objects.visible_to(user),
            showing__ratings_opened_at__isnull=False,
            handed_in_at__isnull=False,
        )
        return self.filter(opened | Q(rater=user))


class Rating(models.Model):
    """What one says of another: a peer allotted by the draw gives a mark and a comment, the leader comments on each."""

    class Kind(models.TextChoices):
        PEER = "peer", _("同事互评")
        LEADER = "leader", _("领导点评")

    showing = models.ForeignKey(Showing, models.PROTECT, related_name="ratings", verbose_name=_("三晒"))
    rater = models.ForeignKey(Employee, models.PROTECT, related_name="ratings_given", verbose_name=_("评价人"))
    ratee = models.ForeignKey(Employee, models.PROTECT, related_name="ratings_received", verbose_name=_("被评人"))
    kind = models.CharField(_("类型"), max_length=8, choices=Kind.choices)
    mark = models.PositiveSmallIntegerField(
        _("评分"), null=True, validators=[MaxValueValidator(HIGHEST_MARK)], help_text=_("0 至 100；领导点评不打分。")
    )
    comment = models.TextField(_("评语"), blank=True)
    updated_at = models.DateTimeField(_("修改时间"))
    handed_in_at = models.DateTimeField(_("提交时间"), null=True)

    objects = RatingQuerySet.as_manager()

    class Meta:
        ordering = ["showing", "ratee", "id"]
        verbose_name = _("三晒评价")
        verbose_name_plural = _("三晒评价")
        constraints = [
            models.UniqueConstraint(fields=["showing", "rater", "ratee", "kind"], name="rating_once_a_pair"),
            models.CheckConstraint(condition=~Q(rater=F("ratee")), name="rating_never_of_oneself"),
            models.CheckConstraint(
                condition=Q(mark__isnull=True) | Q(mark__lte=HIGHEST_MARK), name="rating_mark_up_to_100"
            ),
            models.CheckConstraint(
                condition=Q(handed_in_at__isnull=True)
                | ~Q(comment="") & (Q(kind="leader", mark__isnull=True) | Q(kind="peer", mark__isnull=False)),
                name="rating_handed_in_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.showing_id} {self.rater_id} → {self.ratee_id}"


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def open(self) -> FollowUpQuerySet:
        return self.filter(done_at__isnull=True)

    def visible_to(self, user: Employee) -> FollowUpQuerySet:
        return self.filter(Q(showing__in=Showing.objects.visible_to(user)) | Q(owner=user))


class FollowUp(models.Model):
    """What somebody has to do until the next month, agreed upon when a showing was closed."""

    showing = models.ForeignKey(Showing, models.PROTECT, related_name="follow_ups", verbose_name=_("三晒"))
    owner = models.ForeignKey(Employee, models.PROTECT, related_name="follow_ups", verbose_name=_("责任人"))
    task = models.CharField(_("事项"), max_length=300)
    due_on = models.DateField(_("期限"))
    made_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("提出人"))
    made_at = models.DateTimeField(_("提出时间"))
    outcome = models.TextField(_("完成情况"), blank=True)
    done_at = models.DateTimeField(_("完成时间"), null=True)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        verbose_name = _("三晒跟进事项")
        verbose_name_plural = _("三晒跟进事项")

    def __str__(self) -> str:
        return self.task
