"""讲评会: the quarterly review meeting, its pack, what departments explain beforehand, and what is to be done after it."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.fields import PointsField
from indicators.models import AssessmentPoint, Quarter
from organization.models import Bureau, Department, Employee, Role
from scoring.models import ScoreRun

ATTENDS_MEETINGS = (
    Role.Kind.OFFICE,
    Role.Kind.DIRECTOR,
    Role.Kind.DEPUTY_DIRECTOR,
    Role.Kind.DEPARTMENT_HEAD,
    Role.Kind.LIAISON,
    Role.Kind.DISCIPLINE,
)

READS_EXPLANATIONS_EARLY = (Role.Kind.OFFICE, Role.Kind.DIRECTOR, Role.Kind.DEPUTY_DIRECTOR, Role.Kind.DISCIPLINE)


class ReviewMeetingQuerySet(models.QuerySet["ReviewMeeting"]):
    def visible_to(self, user: Employee) -> ReviewMeetingQuerySet:
        """Those who sit in it, of their own bureau; for everybody else there is the bulletin."""
        mine = self.filter(bureau_id=user.bureau_id)
        return mine if user.has_role(*ATTENDS_MEETINGS) else mine.none()

    def behind(self) -> ReviewMeetingQuerySet:
        """Those being prepared by scores that are no longer the ones that count."""
        drawn = Q(run__is_current=True, run__scored_at=F("drawn_at"))
        return self.filter(state=ReviewMeeting.State.PREPARING).exclude(drawn)


class ReviewMeeting(models.Model):
    """One meeting a quarter, about the scores of one run. `pack` is frozen when it is held; before, it is computed."""

    class State(models.TextChoices):
        PREPARING = "preparing", _("筹备")
        HELD = "held", _("已召开")
        CLOSED = "closed", _("纪要已定")

    AFTER = (State.HELD, State.CLOSED)

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("单位"))
    quarter = models.OneToOneField(Quarter, models.PROTECT, related_name="review_meeting", verbose_name=_("季度"))
    run = models.ForeignKey(ScoreRun, models.PROTECT, related_name="+", verbose_name=_("依据的计分轮次"))
    drawn_at = models.DateTimeField(
        _("扣分所依据的计分时间"),
        null=True,
        help_text=_("公示退回后重新计分，轮次不变；计分时间变了，扣分要重新提取。"),
    )
    day = models.DateField(_("召开日期"))
    starts_at = models.TimeField(_("开始时间"), null=True, blank=True)
    place = models.CharField(_("地点"), max_length=100, blank=True)
    chair = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("主持人"))
    explain_until = models.DateField(_("扣分说明截止日期"))
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.PREPARING)
    pack = models.JSONField(_("会议材料"), null=True, encoder=DjangoJSONEncoder)
    report = models.TextField(_("绩效办汇报"), blank=True)
    summing_up = models.TextField(_("局长总结"), blank=True)
    minutes = models.TextField(_("会议纪要"), blank=True)
    prepared_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("筹备人"))
    prepared_at = models.DateTimeField(_("筹备时间"))
    held_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("登记人"))
    held_at = models.DateTimeField(_("登记召开的时间"), null=True)
    closed_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("定稿人"))
    closed_at = models.DateTimeField(_("定稿时间"), null=True)

    objects = ReviewMeetingQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "-id"]
        verbose_name = _("讲评会")
        verbose_name_plural = _("讲评会")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="preparing") | Q(pack__isnull=False), name="meeting_held_with_its_pack"
            ),
            models.CheckConstraint(condition=~Q(state="closed") | ~Q(minutes=""), name="meeting_closed_with_minutes"),
        ]

    def __str__(self) -> str:
        return str(self.quarter_id)


class LostPointQuerySet(models.QuerySet["LostPoint"]):
    def unfilled(self) -> LostPointQuerySet:
        return self.filter(filled_at__isnull=True)

    def visible_to(self, user: Employee) -> LostPointQuerySet:
        """Before the meeting a department's explanations are its own and the leaders'; from the meeting on everybody's
        who sits in it."""
        mine = self.filter(meeting__in=ReviewMeeting.objects.visible_to(user))
        if user.has_role(*READS_EXPLANATIONS_EARLY):
            return mine
        held = Q(meeting__state__in=ReviewMeeting.AFTER)
        return mine.filter(held | Q(department_id=user.department_id))


class LostPoint(models.Model):
    """What a department lost on one point in the quarter, and what it says to it before the meeting (扣分说明)."""

    meeting = models.ForeignKey(ReviewMeeting, models.CASCADE, related_name="lost_points", verbose_name=_("讲评会"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("部门"))
    point = models.ForeignKey(AssessmentPoint, models.PROTECT, related_name="+", verbose_name=_("考点"))
    lost = PointsField(_("失分合计"))
    people = models.PositiveIntegerField(_("失分人数"))
    cause = models.TextField(_("原因"), blank=True)
    measure = models.TextField(_("整改措施"), blank=True)
    filled_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("填写人"))
    filled_at = models.DateTimeField(_("填写时间"), null=True)

    objects = LostPointQuerySet.as_manager()

    class Meta:
        ordering = ["meeting", "department__code", "-lost", "id"]
        verbose_name = _("扣分说明")
        verbose_name_plural = _("扣分说明")
        constraints = [
            models.UniqueConstraint(fields=["meeting", "department", "point"], name="lost_point_once_a_department"),
            models.CheckConstraint(
                condition=Q(filled_at__isnull=True) | ~(Q(cause="") | Q(measure="")), name="lost_point_explained_whole"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.department_id} {self.point_id}"


class AgendaItem(models.Model):
    """A point of the agenda, in the customary order: report, explanations, comments, summing-up."""

    class Kind(models.TextChoices):
        REPORT = "report", _("绩效办汇报")
        EXPLAIN = "explain", _("部门说明扣分")
        COMMENT = "comment", _("局领导点评")
        SUM_UP = "sum_up", _("局长总结")
        OTHER = "other", _("其他")

    meeting = models.ForeignKey(ReviewMeeting, models.CASCADE, related_name="agenda", verbose_name=_("讲评会"))
    position = models.PositiveSmallIntegerField(_("次序"))
    kind = models.CharField(_("议程"), max_length=16, choices=Kind.choices)
    title = models.CharField(_("内容"), max_length=200)
    speaker = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("发言人"))
    department = models.ForeignKey(Department, models.SET_NULL, null=True, related_name="+", verbose_name=_("部门"))
    length = models.PositiveSmallIntegerField(_("时长（分钟）"), default=5)

    objects = models.Manager()

    class Meta:
        ordering = ["meeting", "position", "id"]
        verbose_name = _("议程")
        verbose_name_plural = _("议程")

    def __str__(self) -> str:
        return self.title


class MeetingComment(models.Model):
    """What a deputy director has to say about the departments in charge (局领导点评)."""

    meeting = models.ForeignKey(ReviewMeeting, models.CASCADE, related_name="comments", verbose_name=_("讲评会"))
    author = models.ForeignKey(Employee, models.PROTECT, related_name="+", verbose_name=_("点评人"))
    text = models.TextField(_("点评"))
    at = models.DateTimeField(_("时间"))

    objects = models.Manager()

    class Meta:
        ordering = ["meeting", "at", "id"]
        verbose_name = _("局领导点评")
        verbose_name_plural = _("局领导点评")
        constraints = [models.UniqueConstraint(fields=["meeting", "author"], name="meeting_comment_once_by")]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.author_id}"


class MeetingActionQuerySet(models.QuerySet["MeetingAction"]):
    def open(self) -> MeetingActionQuerySet:
        return self.filter(state=MeetingAction.State.OPEN)

    def visible_to(self, user: Employee) -> MeetingActionQuerySet:
        """Of the meetings that one sees, and what one has to do oneself."""
        return self.filter(Q(meeting__in=ReviewMeeting.objects.visible_to(user)) | Q(owner=user))


class MeetingAction(models.Model):
    """What the meeting decided that somebody does by a day, followed until it is done (议定事项)."""

    class State(models.TextChoices):
        OPEN = "open", _("办理中")
        DONE = "done", _("已完成")
        DROPPED = "dropped", _("不再办理")

    meeting = models.ForeignKey(ReviewMeeting, models.PROTECT, related_name="actions", verbose_name=_("讲评会"))
    task = models.CharField(_("事项"), max_length=300)
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("责任部门"))
    owner = models.ForeignKey(Employee, models.PROTECT, related_name="meeting_actions", verbose_name=_("责任人"))
    due_on = models.DateField(_("期限"))
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.OPEN)
    made_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("登记人"))
    made_at = models.DateTimeField(_("登记时间"))
    outcome = models.TextField(_("办理结果"), blank=True)
    reported_at = models.DateTimeField(_("报告办理结果的时间"), null=True)
    reason = models.TextField(_("办结意见"), blank=True)
    settled_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("办结人"))
    settled_at = models.DateTimeField(_("办结时间"), null=True)

    objects = MeetingActionQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        verbose_name = _("议定事项")
        verbose_name_plural = _("议定事项")

    def __str__(self) -> str:
        return self.task
