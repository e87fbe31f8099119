"""五星: a selection opens from a published quarter, goes from nominations over a ballot to publicity, and ends in stars.

Nothing here joins a voter and a choice: `BallotCast` keeps who voted, `Tally` keeps how many votes there are, and every
cast ballot rewrites all counters of its category, so that neither times, nor the order of rows, nor their versions in the
database tell what somebody chose.
"""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from indicators.models import Quarter
from organization.models import Bureau, Department, Employee, OfBureauQuerySet, PartyBranch, Role
from scoring.models import ScoreRun

RUNS_SELECTIONS = (Role.Kind.OFFICE,)
COMMITTEE = (Role.Kind.DIRECTOR, Role.Kind.DEPUTY_DIRECTOR)
"""The leading group that decides on the stars after the vote (评选委员会)."""


class StarKind(models.TextChoices):
    DEDICATION = "dedication", _("敬业之星")
    LEARNING = "learning", _("学习之星")
    SERVICE = "service", _("服务之星")
    INNOVATION = "innovation", _("创新之星")
    PARTY_AFFAIRS = "party_affairs", _("党务之星")


class AwardSettings(models.Model):
    """What a bureau has agreed about selections; a bureau without a row keeps to the defaults of domain.md."""

    bureau = models.OneToOneField(Bureau, models.CASCADE, related_name="award_settings", verbose_name=_("单位"))
    leaders_percent = models.PositiveSmallIntegerField(
        _("领导票权重（%）"), default=40, validators=[MaxValueValidator(100)], help_text=_("其余为干部票的权重。")
    )
    most_categories = models.PositiveSmallIntegerField(
        _("每人最多获提名的星级"), default=2, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    winners_each = models.PositiveSmallIntegerField(
        _("每个星级的名额"), default=2, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    nomination_days = models.PositiveSmallIntegerField(_("提名的工作日"), default=5, validators=[MinValueValidator(1)])
    ballot_days = models.PositiveSmallIntegerField(_("投票的工作日"), default=3, validators=[MinValueValidator(1)])
    publicity_days = models.PositiveSmallIntegerField(_("公示的工作日"), default=5, validators=[MinValueValidator(1)])

    class Meta:
        verbose_name = _("五星评选的约定")
        verbose_name_plural = _("五星评选的约定")

    def __str__(self) -> str:
        return str(self.bureau_id)


class Selection(models.Model):
    """五星评选 of one quarter, by the scores of one run. `leaders_percent` is the one in force when it was opened."""

    class State(models.TextChoices):
        NOMINATING = "nominating", _("提名")
        BALLOTING = "balloting", _("投票")
        DECIDING = "deciding", _("审定")
        PUBLICITY = "publicity", _("公示")
        PUBLISHED = "published", _("已公布")
        CANCELLED = "cancelled", _("已取消")

    MOVES = {
        State.NOMINATING: {State.BALLOTING, State.CANCELLED},
        State.BALLOTING: {State.DECIDING, State.CANCELLED},
        State.DECIDING: {State.PUBLICITY, State.CANCELLED},
        State.PUBLICITY: {State.DECIDING, State.PUBLISHED, State.CANCELLED},
        State.PUBLISHED: set(),
        State.CANCELLED: set(),
    }

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="selections", verbose_name=_("单位"))
    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="selections", verbose_name=_("季度"))
    run = models.ForeignKey(ScoreRun, models.PROTECT, related_name="+", verbose_name=_("依据的计分轮次"))
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.NOMINATING)
    leaders_percent = models.PositiveSmallIntegerField(_("领导票权重（%）"))
    most_categories = models.PositiveSmallIntegerField(_("每人最多获提名的星级"))
    nominate_until = models.DateField(_("提名截止"))
    ballot_from = models.DateField(_("投票开始"))
    ballot_until = models.DateField(_("投票截止"))
    publicity_until = models.DateField(_("公示截止"), null=True)

    objects = OfBureauQuerySet.as_manager()

    class Meta:
        ordering = ["-quarter__code", "-id"]
        verbose_name = _("五星评选")
        verbose_name_plural = _("五星评选")
        constraints = [
            models.UniqueConstraint(
                fields=["quarter"], condition=~Q(state="cancelled"), name="selection_once_a_quarter"
            ),
            models.CheckConstraint(condition=Q(leaders_percent__lte=100), name="selection_weights_add_up"),
            models.CheckConstraint(
                condition=Q(ballot_from__gt=models.F("nominate_until")) & Q(ballot_until__gte=models.F("ballot_from")),
                name="selection_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        return str(self.quarter_id)

    @property
    def shows_votes(self) -> bool:
        """Results are shown only after the ballot is closed."""
        return self.state in (self.State.DECIDING, self.State.PUBLICITY, self.State.PUBLISHED)


class SelectionStep(models.Model):
    """A move of a selection with who and when, shown on its rail; nobody is the clock."""

    selection = models.ForeignKey(Selection, models.CASCADE, related_name="steps", verbose_name=_("五星评选"))
    state = models.CharField(_("状态"), max_length=16, choices=Selection.State.choices)
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("操作人"))
    reason = models.TextField(_("理由"), blank=True)

    class Meta:
        ordering = ["selection", "at", "id"]
        verbose_name = _("评选步骤")
        verbose_name_plural = _("评选步骤")

    def __str__(self) -> str:
        return f"{self.selection_id} {self.state}"


class StarCategory(models.Model):
    """One of the five stars in a selection: its criteria, its number of winners, and why the committee departed."""

    selection = models.ForeignKey(Selection, models.CASCADE, related_name="categories", verbose_name=_("五星评选"))
    kind = models.CharField(_("星级"), max_length=16, choices=StarKind.choices)
    criteria = models.TextField(_("条件"))
    winners = models.PositiveSmallIntegerField(_("名额"), validators=[MinValueValidator(1), MaxValueValidator(20)])
    departure = models.TextField(
        _("与投票结果不一致的理由"), blank=True, help_text=_("审定结果偏离投票结果时必须填写。")
    )

    class Meta:
        ordering = ["selection", "id"]
        verbose_name = _("星级")
        verbose_name_plural = _("星级")
        constraints = [models.UniqueConstraint(fields=["selection", "kind"], name="star_once_a_selection")]

    def __str__(self) -> str:
        return str(self.get_kind_display())


class PoolMember(models.Model):
    """Everyone scored in the quarter, and whether the rule lets them be nominated (scoring.md §4, Star pool)."""

    class Standing(models.TextChoices):
        IN = "in", _("入围")
        OUT_BY_RANK = "rank", _("名次未入围")
        OUT_BY_DISCIPLINE = "discipline", _("违纪")
        NOT_RANKED = "not_ranked", _("不参加排名")

    selection = models.ForeignKey(Selection, models.CASCADE, related_name="pool", verbose_name=_("五星评选"))
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="+", verbose_name=_("干部"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("部门"))
    bureau_rank = models.PositiveIntegerField(_("单位排名"), null=True)
    standing = models.CharField(_("入围情况"), max_length=16, choices=Standing.choices)
    reason = models.CharField(_("说明"), max_length=200, blank=True)

    objects = models.Manager()

    class Meta:
        ordering = ["selection", "bureau_rank", "employee__number"]
        verbose_name = _("候选池")
        verbose_name_plural = _("候选池")
        constraints = [models.UniqueConstraint(fields=["selection", "employee"], name="pool_once_a_person")]

    def __str__(self) -> str:
        return f"{self.selection_id} {self.employee_id}"


class Nomination(models.Model):
    """提名: of somebody in the pool for one star, by a department or a party branch, with the deeds."""

    category = models.ForeignKey(StarCategory, models.PROTECT, related_name="nominations", verbose_name=_("星级"))
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="nominations", verbose_name=_("干部"))
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="+", verbose_name=_("提名部门"))
    branch = models.ForeignKey(PartyBranch, models.PROTECT, null=True, related_name="+", verbose_name=_("提名支部"))
    deeds = models.TextField(_("事迹"))
    nominated_by = models.ForeignKey(Employee, models.PROTECT, related_name="+", verbose_name=_("提名人"))
    nominated_at = models.DateTimeField(_("提名时间"))
    withdrawn_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("撤回人"))
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True)
    withdrawal = models.TextField(_("撤回理由"), blank=True)

    objects = models.Manager()

    class Meta:
        ordering = ["category", "nominated_at", "id"]
        verbose_name = _("提名")
        verbose_name_plural = _("提名")
        constraints = [
            models.UniqueConstraint(
                fields=["category", "employee"],
                condition=Q(withdrawn_at__isnull=True),
                name="nominated_once_for_a_star",
            ),
            models.CheckConstraint(
                condition=Q(department__isnull=True, branch__isnull=False)
                | Q(department__isnull=False, branch__isnull=True),
                name="nominated_by_department_or_branch",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category_id} {self.employee_id}"


class Voter(models.Model):
    """Who may vote in a selection, fixed when the ballot opens: everybody in post, as a leader or as staff."""

    class Side(models.TextChoices):
        LEADERS = "leaders", _("领导票")
        STAFF = "staff", _("干部票")

    selection = models.ForeignKey(Selection, models.CASCADE, related_name="voters", verbose_name=_("五星评选"))
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="+", verbose_name=_("干部"))
    side = models.CharField(_("票类"), max_length=8, choices=Side.choices)

    objects = models.Manager()

    class Meta:
        ordering = ["selection", "employee__number"]
        verbose_name = _("投票人")
        verbose_name_plural = _("投票人")
        constraints = [models.UniqueConstraint(fields=["selection", "employee"], name="voter_once_a_selection")]

    def __str__(self) -> str:
        return f"{self.selection_id} {self.employee_id}"


class BallotCast(models.Model):
    """That somebody has voted for a star; not for whom, and not when."""

    category = models.ForeignKey(StarCategory, models.PROTECT, related_name="cast", verbose_name=_("星级"))
    voter = models.ForeignKey(Voter, models.PROTECT, related_name="cast", verbose_name=_("投票人"))

    objects = models.Manager()

    class Meta:
        verbose_name = _("已投票")
        verbose_name_plural = _("已投票")
        constraints = [models.UniqueConstraint(fields=["category", "voter"], name="ballot_once_a_star")]

    def __str__(self) -> str:
        return f"{self.category_id}"


class Tally(models.Model):
    """How many ballots of one side name a nominee; made for every nominee when the ballot opens."""

    nomination = models.ForeignKey(Nomination, models.PROTECT, related_name="tallies", verbose_name=_("提名"))
    side = models.CharField(_("票类"), max_length=8, choices=Voter.Side.choices)
    votes = models.PositiveIntegerField(_("票数"), default=0)

    objects = models.Manager()

    class Meta:
        ordering = ["nomination", "side"]
        verbose_name = _("计票")
        verbose_name_plural = _("计票")
        constraints = [models.UniqueConstraint(fields=["nomination", "side"], name="tally_once_a_side")]

    def __str__(self) -> str:
        return f"{self.nomination_id} {self.side}"


class StarAwardQuerySet(OfBureauQuerySet):
    def standing(self) -> StarAwardQuerySet:
        """Published and not withdrawn: what the honour wall shows."""
        return self.filter(state=StarAward.State.PUBLISHED)


class StarAward(models.Model):
    """A star: chosen by the committee, public after publicity, withdrawn only with a reason.

    `serial` stands on the certificate; `token` is the secret part of the address that verifies it.
    """

    class State(models.TextChoices):
        CHOSEN = "chosen", _("拟表彰")
        PUBLISHED = "published", _("已表彰")
        WITHDRAWN = "withdrawn", _("已撤销")

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("单位"))
    category = models.ForeignKey(StarCategory, models.PROTECT, related_name="awards", verbose_name=_("星级"))
    nomination = models.OneToOneField(Nomination, models.PROTECT, related_name="award", verbose_name=_("提名"))
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="stars", verbose_name=_("干部"))
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="+", verbose_name=_("部门"), help_text=_("评选季度末所在的部门。")
    )
    by_vote = models.BooleanField(_("按投票结果"), help_text=_("否：审定时调整，理由写在星级上。"))
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.CHOSEN)
    serial = models.CharField(_("证书编号"), max_length=40, blank=True)
    token = models.CharField(_("查验码"), max_length=43, blank=True)
    chosen_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("审定人"))
    chosen_at = models.DateTimeField(_("审定时间"))
    published_on = models.DateField(_("表彰日期"), null=True)
    withdrawn_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("撤销人"))
    withdrawn_at = models.DateTimeField(_("撤销时间"), null=True)
    withdrawal = models.TextField(_("撤销理由"), blank=True)

    objects = StarAwardQuerySet.as_manager()

    class Meta:
        ordering = ["category", "id"]
        verbose_name = _("星级称号")
        verbose_name_plural = _("星级称号")
        constraints = [
            models.UniqueConstraint(fields=["serial"], condition=~Q(serial=""), name="star_serial_once"),
            models.UniqueConstraint(fields=["token"], condition=~Q(token=""), name="star_token_once"),
            models.CheckConstraint(
                condition=Q(state="chosen") | ~Q(serial="") & ~Q(token="") & Q(published_on__isnull=False),
                name="star_published_with_certificate",
            ),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | ~Q(withdrawal=""), name="star_withdrawn_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return str(self.serial or self.pk)


class Objection(models.Model):
    """异议 in publicity, about one star or the selection; none may be open when the stars are published."""

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="objections", verbose_name=_("五星评选"))
    award = models.ForeignKey(
        StarAward, models.SET_NULL, null=True, related_name="objections", verbose_name=_("针对的称号")
    )
    by = models.ForeignKey(Employee, models.PROTECT, related_name="+", verbose_name=_("提出人"))
    ground = models.TextField(_("异议内容"))
    at = models.DateTimeField(_("提出时间"))
    upheld = models.BooleanField(_("是否采纳"), null=True)
    answer = models.TextField(_("答复"), blank=True)
    answered_by = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", verbose_name=_("答复人"))
    answered_at = models.DateTimeField(_("答复时间"), null=True)

    objects = models.Manager()

    class Meta:
        ordering = ["selection", "at", "id"]
        verbose_name = _("公示异议")
        verbose_name_plural = _("公示异议")
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | Q(upheld__isnull=False) & ~Q(answer=""),
                name="objection_answered_whole",
            )
        ]

    def __str__(self) -> str:
        return f"{self.selection_id} {self.pk}"
