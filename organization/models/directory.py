"""Who works where: departments, posts, party branches, people, their dated roles and absences.

Departments and party branches are two different groupings of the same people (domain.md, Words). Where somebody works
is dated (``Placement``); the columns on ``Employee`` are today's placement, kept by the services for quick look-ups.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from common.composed import composed_once
from common.text import listed
from organization.models.bureaus import Bureau, OfBureauQuerySet

BEGINNING = date(1900, 1, 1)
"""Stands for "always" where the workbook leaves a starting date empty (workbook.md, 人员)."""


class RankCategoryQuerySet(OfBureauQuerySet):
    def begin(self, bureau: Bureau) -> list[RankCategory]:
        """Makes the categories with which a bureau begins."""
        return self.bulk_create(
            [
                RankCategory(bureau=bureau, name=name, position=position)
                for position, name in enumerate(RankCategory.DEFAULTS)
            ]
        )


class RankCategory(models.Model):
    """序列: people are ranked only against their like."""

    DEFAULTS = ("局领导", "中层正职", "中层副职", "一般干部")

    bureau = models.ForeignKey(Bureau, models.CASCADE, related_name="categories", verbose_name=_("单位"))
    name = models.CharField(_("序列"), max_length=32)
    position = models.PositiveSmallIntegerField(_("次序"), default=0)

    objects = RankCategoryQuerySet.as_manager()

    class Meta:
        ordering = ["bureau", "position", "id"]
        verbose_name = _("序列")
        verbose_name_plural = _("序列")
        constraints = [models.UniqueConstraint(fields=["bureau", "name"], name="category_once_in_bureau")]

    def __str__(self) -> str:
        return self.name


class Department(models.Model):
    class Kind(models.TextChoices):
        OFFICE = "office", _("机关股室")
        BRANCH_OFFICE = "branch_office", _("派出机构")
        INSTITUTION = "institution", _("事业单位")

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="departments", verbose_name=_("单位"))
    code = models.CharField(_("部门代码"), max_length=32)
    name = models.CharField(_("部门名称"), max_length=100)
    kind = models.CharField(_("部门类型"), max_length=16, choices=Kind.choices)
    is_assessor = models.BooleanField(_("考评部门"), default=False)
    deputy = models.ForeignKey(
        "Employee", models.SET_NULL, null=True, blank=True, related_name="led_departments", verbose_name=_("分管局领导")
    )

    objects = OfBureauQuerySet.as_manager()

    class Meta:
        ordering = ["bureau", "code"]
        verbose_name = _("部门")
        verbose_name_plural = _("部门")
        constraints = [models.UniqueConstraint(fields=["bureau", "code"], name="department_code_once_in_bureau")]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def has_head(self) -> bool:
        """Whether somebody of the department holds the role of its head today."""
        heads = Role.objects.in_force(timezone.localdate()).filter(kind=Role.Kind.DEPARTMENT_HEAD)
        return heads.filter(employee__department=self).exists()


class Post(models.Model):
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="posts", verbose_name=_("单位"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="posts", verbose_name=_("部门"))
    code = models.CharField(_("岗位代码"), max_length=32)
    name = models.CharField(_("岗位名称"), max_length=100)
    duties = models.TextField(_("岗位职责"), blank=True)

    objects = OfBureauQuerySet.as_manager()

    class Meta:
        ordering = ["bureau", "code"]
        verbose_name = _("岗位")
        verbose_name_plural = _("岗位")
        constraints = [models.UniqueConstraint(fields=["bureau", "code"], name="post_code_once_in_bureau")]

    def __str__(self) -> str:
        return self.name


class PartyBranch(models.Model):
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="branches", verbose_name=_("单位"))
    code = models.CharField(_("支部代码"), max_length=32)
    name = models.CharField(_("支部名称"), max_length=100)
    secretary = models.ForeignKey(
        "Employee", models.SET_NULL, null=True, blank=True, related_name="led_branches", verbose_name=_("支部书记")
    )

    objects = OfBureauQuerySet.as_manager()

    class Meta:
        ordering = ["bureau", "code"]
        verbose_name = _("党支部")
        verbose_name_plural = _("党支部")
        constraints = [models.UniqueConstraint(fields=["bureau", "code"], name="branch_code_once_in_bureau")]

    def __str__(self) -> str:
        return self.name


class EmployeeQuerySet(models.QuerySet["Employee"]):
    def visible_to(self, user: Employee) -> EmployeeQuerySet:
        """Everyone in the bureau may be named to everyone in it (market, branches, rosters)."""
        return self.filter(bureau_id=user.bureau_id)

    def in_post_between(self, first: date, last: date) -> EmployeeQuerySet:
        """Joined on or before ``last`` and did not leave before ``first``; both days are in post (scoring.md §3)."""
        return self.filter(
            Q(joined_on__isnull=True) | Q(joined_on__lte=last),
            Q(left_on__isnull=True) | Q(left_on__gte=first),
        )


class EmployeeManager(BaseUserManager["Employee"].from_queryset(EmployeeQuerySet)):  # type: ignore[misc]
    def get_by_natural_key(self, username: str | None) -> Employee:
        return self.get(number=username)


class Employee(AbstractBaseUser):
    """干部: the login user, by staff number; an imported employee has no usable password until one is issued."""

    number = models.CharField(_("工号"), max_length=32, unique=True)
    name = models.CharField(_("姓名"), max_length=50)
    sort_key = models.CharField(
        _("拼音排序"), max_length=150, blank=True, help_text=_("由姓名生成，多音字姓氏可以在这里改正。")
    )
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="employees", verbose_name=_("单位"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="employees", verbose_name=_("部门"))
    post = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="employees", verbose_name=_("岗位")
    )
    branch = models.ForeignKey(
        PartyBranch, models.PROTECT, null=True, blank=True, related_name="members", verbose_name=_("党支部")
    )
    category = models.ForeignKey(RankCategory, models.PROTECT, related_name="employees", verbose_name=_("序列"))
    joined_on = models.DateField(_("入职日期"), null=True, blank=True)
    left_on = models.DateField(_("离职日期"), null=True, blank=True)
    is_active = models.BooleanField(_("可以登录"), default=True)
    must_change_password = models.BooleanField(_("须修改初始密码"), default=False)
    is_demo = models.BooleanField(_("演示账号"), default=False)

    USERNAME_FIELD = "number"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[EmployeeManager] = EmployeeManager()

    class Meta:
        ordering = ["number"]
        verbose_name = _("干部")
        verbose_name_plural = _("干部")
        indexes = [
            models.Index(fields=["bureau", "department"], name="employee_bureau_department"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(joined_on__isnull=True) | Q(left_on__isnull=True) | Q(left_on__gte=F("joined_on")),
                name="employee_leaves_after_joining",
            ),
        ]

    def __str__(self) -> str:
        return self.label_of(self.name, self.number)

    @staticmethod
    def label_of(name: str, number: str) -> str:
        """How a person is named where the name alone may be another's."""
        return f"{name}（{number}）"

    def get_full_name(self) -> str:
        return self.name

    @cached_property
    def roles(self) -> frozenset[str]:
        """Kinds of the roles held today; every employee is one, so ``employee`` is not stored."""
        return frozenset(kind for (kind,) in _kinds_in_force(self.pk, day=timezone.localdate()))

    def has_role(self, *kinds: str) -> bool:
        return not self.roles.isdisjoint(kinds)

    def in_post_on(self, day: date) -> bool:
        return (self.joined_on is None or self.joined_on <= day) and (self.left_on is None or self.left_on >= day)


class Placement(models.Model):
    """Where an employee belongs from a day on; the earliest one also holds before its day."""

    employee = models.ForeignKey(Employee, models.CASCADE, related_name="placements", verbose_name=_("干部"))
    effective_from = models.DateField(_("生效日期"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("部门"))
    post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("岗位"))
    branch = models.ForeignKey(
        PartyBranch, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("党支部")
    )
    category = models.ForeignKey(RankCategory, models.PROTECT, related_name="+", verbose_name=_("序列"))

    class Meta:
        ordering = ["employee", "effective_from"]
        verbose_name = _("任职")
        verbose_name_plural = _("任职")
        constraints = [models.UniqueConstraint(fields=["employee", "effective_from"], name="placement_once_a_day")]

    def __str__(self) -> str:
        return f"{self.employee_id} {self.effective_from}"


class RoleQuerySet(models.QuerySet["Role"]):
    def in_force(self, day: date) -> RoleQuerySet:
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), starts_on__lte=day)


@composed_once
def _kinds_in_force(employee: int, *, day: date) -> models.QuerySet[Role, tuple[str]]:
    """What every page asks of whoever opens it."""
    return Role.objects.in_force(day).filter(employee=employee).order_by().values_list("kind")


class Role(models.Model):
    """A right beyond that of every employee, from a day to a day (domain.md, Who may do what).

    Head and liaison act for the department that they belong to; who leads a branch or is the deputy director in charge
    stands on the branch and on the department.
    """

    class Kind(models.TextChoices):
        LIAISON = "liaison", _("联络员")
        DEPARTMENT_HEAD = "department_head", _("部门负责人")
        DEPUTY_DIRECTOR = "deputy_director", _("局领导")
        DIRECTOR = "director", _("局长")
        OFFICE = "office", _("绩效办")
        DISCIPLINE = "discipline", _("纪检")
        SYSTEM_ADMIN = "system_admin", _("系统管理员")

    employee = models.ForeignKey(Employee, models.CASCADE, verbose_name=_("干部"))
    kind = models.CharField(_("角色"), max_length=20, choices=Kind.choices)
    starts_on = models.DateField(_("起始日期"), default=BEGINNING)
    ends_on = models.DateField(_("截止日期"), null=True, blank=True)

    objects = RoleQuerySet.as_manager()

    class Meta:
        ordering = ["employee", "kind", "starts_on"]
        verbose_name = _("角色")
        verbose_name_plural = _("角色")
        constraints = [
            models.UniqueConstraint(fields=["employee", "kind", "starts_on"], name="role_once_a_start"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="role_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def touching(self, first: date, last: date) -> AbsenceQuerySet:
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=first), starts_on__lte=last)


class Absence(models.Model):
    """离岗: an absence, or one of the two statuses that leave the person in post but unranked (scoring.md §4)."""

    class Kind(models.TextChoices):
        SECONDED = "seconded", _("借调")
        SICK = "sick", _("病假")
        MATERNITY = "maternity", _("产假")
        STUDY = "study", _("脱产学习")
        OTHER = "other", _("其他")
        PROBATION = "probation", _("试用期")
        INVESTIGATION = "investigation", _("立案审查")

    STATUSES = (Kind.PROBATION, Kind.INVESTIGATION)

    employee = models.ForeignKey(Employee, models.CASCADE, related_name="absences", verbose_name=_("干部"))
    kind = models.CharField(_("类型"), max_length=16, choices=Kind.choices)
    starts_on = models.DateField(_("起始日期"))
    ends_on = models.DateField(_("截止日期"), null=True, blank=True)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        ordering = ["employee", "starts_on"]
        verbose_name = _("离岗")
        verbose_name_plural = _("离岗")
        constraints = [
            models.UniqueConstraint(fields=["employee", "kind", "starts_on"], name="absence_once_a_start"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="absence_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.starts_on}"

    @property
    def leaves_post(self) -> bool:
        return self.kind not in self.STATUSES


def names_of(kinds: Iterable[str]) -> str:
    """The roles' names as a bureau says them, in the order of the choices."""
    held = set(kinds)
    return listed(label for value, label in Role.Kind.choices if value in held)
