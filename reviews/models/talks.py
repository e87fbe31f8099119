"""谈心谈话: between two people; nobody but the two, the branch secretary and discipline learns even that there was one."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from indicators.models import Quarter
from organization.models import Bureau, Employee, PartyBranch, Role


class Trigger(models.TextChoices):
    FREE = "free", _("日常谈话")
    LOW_RANK = "low_rank", _("排名靠后")
    FALL = "fall", _("名次下滑")
    APPEAL = "appeal", _("申诉未成立")
    AWARD = "award", _("表彰激励")


class TalkQuerySet(models.QuerySet["Talk"]):
    def for_list(self) -> TalkQuerySet:
        """With the names that a list shows, without the texts that it does not."""
        texts = ("affirmation", "analysis", "requirements", "view", "follow_up")
        return self.select_related("employee__department", "talker").defer(*texts)

    def visible_to(self, user: Employee) -> TalkQuerySet:
        """The two, the branch secretary and discipline, and nobody else (domain.md, Three showings).

        What its writer has not signed yet is the writer's alone. The branch is the one of the day of the talk; its
        secretary is whoever leads it today.
        """
        shown = Q(employee=user) | Q(branch__secretary=user)
        if user.has_role(Role.Kind.DISCIPLINE):
            shown |= Q(bureau_id=user.bureau_id)
        return self.filter(Q(talker=user) | shown & ~Q(state=Talk.State.DRAFT), bureau_id=user.bureau_id)


class Talk(models.Model):
    """One talk: what was affirmed, analysed and required, the other's view, both signatures, what was agreed for later."""

    class Kind(models.TextChoices):
        ENCOURAGE = "encourage", _("激励式")
        COACH = "coach", _("帮教式")
        INSPIRE = "inspire", _("启发式")
        WARN = "warn", _("警醒式")

    class State(models.TextChoices):
        DRAFT = "draft", _("记录中")
        WITH_EMPLOYEE = "with_employee", _("待本人签字")
        SIGNED = "signed", _("双方已签字")

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("单位"))
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="talks", verbose_name=_("谈话对象"))
    talker = models.ForeignKey(Employee, models.PROTECT, related_name="talks_held", verbose_name=_("谈话人"))
    branch = models.ForeignKey(PartyBranch, models.PROTECT, null=True, related_name="+", verbose_name=_("党支部"))
    kind = models.CharField(_("方式"), max_length=16, choices=Kind.choices)
    trigger = models.CharField(_("事由"), max_length=16, choices=Trigger.choices, default=Trigger.FREE)
    held_on = models.DateField(_("谈话日期"))
    place = models.CharField(_("地点"), max_length=100, blank=True)
    affirmation = models.TextField(_("肯定成绩"), blank=True)
    analysis = models.TextField(_("分析问题"), blank=True)
    requirements = models.TextField(_("提出要求"), blank=True)
    view = models.TextField(_("本人意见"), blank=True)
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.DRAFT)
    written_at = models.DateTimeField(_("记录时间"))
    follow_up_on = models.DateField(_("回访日期"), null=True, blank=True)
    follow_up = models.TextField(_("回访情况"), blank=True)
    followed_up_at = models.DateTimeField(_("回访时间"), null=True)

    objects = TalkQuerySet.as_manager()

    class Meta:
        ordering = ["-held_on", "-id"]
        verbose_name = _("谈心谈话")
        verbose_name_plural = _("谈心谈话")
        constraints = [
            models.CheckConstraint(condition=~Q(employee=F("talker")), name="talk_between_two"),
            models.CheckConstraint(
                condition=Q(state="draft") | ~(Q(affirmation="") | Q(analysis="") | Q(requirements="")),
                name="talk_signed_whole",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)  # whatever shows a talk by its name must not tell whose it is


class TalkSignature(models.Model):
    """One of the two signatures; `digest` is the SHA-256 of the record as its signer saw it."""

    talk = models.ForeignKey(Talk, models.CASCADE, related_name="signatures", verbose_name=_("谈心谈话"))
    by = models.ForeignKey(Employee, models.PROTECT, related_name="+", verbose_name=_("签字人"))
    at = models.DateTimeField(_("签字时间"))
    digest = models.CharField(_("校验和"), max_length=64)

    objects = models.Manager()

    class Meta:
        ordering = ["talk", "at", "id"]
        verbose_name = _("谈话签字")
        verbose_name_plural = _("谈话签字")
        constraints = [models.UniqueConstraint(fields=["talk", "by"], name="talk_signed_once_by")]

    def __str__(self) -> str:
        return f"{self.talk_id} {self.by_id}"


class TalkSuggestionQuerySet(models.QuerySet["TalkSuggestion"]):
    def open(self) -> TalkSuggestionQuerySet:
        return self.filter(state=TalkSuggestion.State.OPEN)

    def addressed_to(self, user: Employee) -> TalkSuggestionQuerySet:
        """Whose it is to act on it: the secretary of the person's branch; about the secretary, or where nobody leads the
        branch, the leader in charge of the department. Never the person whom it is about."""
        return self.filter(_asks(user), bureau_id=user.bureau_id).exclude(employee=user)

    def visible_to(self, user: Employee) -> TalkSuggestionQuerySet:
        """Whoever is to act on it, and discipline."""
        seen = _asks(user)
        if user.has_role(Role.Kind.DISCIPLINE):
            seen |= Q(bureau_id=user.bureau_id)
        return self.filter(seen, bureau_id=user.bureau_id).exclude(employee=user)


def _asks(user: Employee) -> Q:
    unled = Q(branch__secretary__isnull=True) | Q(branch__secretary=F("employee"))
    return Q(branch__secretary=user) | unled & Q(employee__department__deputy=user)


class TalkSuggestion(models.Model):
    """The system's hint that a talk is due, with what gave rise to it; people decide whether there is one."""

    class State(models.TextChoices):
        OPEN = "open", _("待安排")
        TAKEN = "taken", _("已谈话")
        DISMISSED = "dismissed", _("不安排")

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("单位"))
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="+", verbose_name=_("谈话对象"))
    branch = models.ForeignKey(PartyBranch, models.PROTECT, null=True, related_name="+", verbose_name=_("党支部"))
    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="+", verbose_name=_("季度"))
    trigger = models.CharField(_("事由"), max_length=16, choices=Trigger.choices)
    reason = models.CharField(_("依据"), max_length=300)
    made_at = models.DateTimeField(_("提示时间"))
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.OPEN)
    talk = models.OneToOneField(Talk, models.SET_NULL, null=True, related_name="suggestion", verbose_name=_("谈话"))
    decided_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("处理人"))
    decided_at = models.DateTimeField(_("处理时间"), null=True)
    decision = models.TextField(_("不安排的理由"), blank=True)

    objects = TalkSuggestionQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-id"]
        verbose_name = _("谈话建议")
        verbose_name_plural = _("谈话建议")
        constraints = [
            models.UniqueConstraint(fields=["employee", "quarter", "trigger"], name="talk_suggested_once_of_a_cause")
        ]

    def __str__(self) -> str:
        return str(self.pk)
