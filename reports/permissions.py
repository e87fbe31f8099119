"""Who may open rankings and take scores away (domain.md, Who may do what); whose rows they see is scoring's affair."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.verdict import Verdict
from indicators.models import Quarter
from organization.models import Department, Employee, EmployeeQuerySet, Role
from scoring.models import SEES_ALL_EXPLANATIONS, SEES_ALL_RANKINGS

READS_FILES = (*SEES_ALL_EXPLANATIONS, Role.Kind.DEPARTMENT_HEAD, Role.Kind.DEPUTY_DIRECTOR)
"""Who opens personal files of others, heads and deputies only some."""


def sees_whole_bureau(user: Employee) -> bool:
    """Whether all rankings of the own bureau, provisional ones too, are open to the user."""
    return user.has_role(*SEES_ALL_RANKINGS)


def may_view_ranking(user: Employee, quarter: Quarter) -> Verdict:
    """Whether the user may open the ranking of this quarter at all."""
    if user.has_role(*SEES_ALL_RANKINGS, Role.Kind.DEPARTMENT_HEAD) or quarter.is_settled:
        return Verdict.yes()
    return Verdict.no(_("这个季度的排行还没有公示；公示后可以查看，在此之前可以在“我的得分”里看本人的预计得分。"))


def may_compare_departments(user: Employee) -> Verdict:
    """Whether the means of all departments are open to the user."""
    if user.has_role(*SEES_ALL_RANKINGS, Role.Kind.DEPARTMENT_HEAD):
        return Verdict.yes()
    return Verdict.no(_("部门对比只对局领导、绩效办、纪检和部门负责人开放；如有需要，请联系绩效办。"))


def may_view_levelling(user: Employee) -> Verdict:
    """Whether the user may see how each department marks: the office, the director and the discipline."""
    if user.has_role(*SEES_ALL_EXPLANATIONS):
        return Verdict.yes()
    return Verdict.no(_("平衡分雷达只对绩效办、局长和纪检开放；如有需要，请联系绩效办。"))


def may_open_cockpit(user: Employee) -> Verdict:
    """Whether the user has a cockpit at all; a deputy director's is about the departments in charge."""
    if user.has_role(*SEES_ALL_RANKINGS):
        return Verdict.yes()
    return Verdict.no(_("驾驶舱只对局长、分管局领导、绩效办和纪检开放；本部门和本人的情况请看排行榜和“我的得分”。"))


def may_look_down(user: Employee) -> Verdict:
    """Whether the figures of the bureaus below are open to the user: the office, the director and the discipline."""
    if user.has_role(*SEES_ALL_EXPLANATIONS):
        return Verdict.yes()
    return Verdict.no(_("下级单位的汇总数据只对上级单位的绩效办、局长和纪检开放；如有需要，请联系绩效办。"))


def may_export_scores(user: Employee) -> Verdict:
    """Whether the user may take scores away as a workbook; a head takes the own department's only."""
    if user.has_role(*SEES_ALL_EXPLANATIONS, Role.Kind.DEPARTMENT_HEAD):
        return Verdict.yes()
    return Verdict.no(_("导出得分需要局长、绩效办、纪检或部门负责人的角色；如有需要，请联系绩效办。"))


def exported_department(user: Employee) -> Department | None:
    """The department to which the user's exports are confined; None for the whole bureau."""
    return None if user.has_role(*SEES_ALL_EXPLANATIONS) else user.department


def may_open_file(user: Employee, person: Employee) -> Verdict:
    """Whether the user may open somebody's personal file: the person, the head of the department, the leader in charge of
    it, director, office and discipline. What each of its parts shows is asked of that part besides."""
    if user.bureau_id != person.bureau_id:
        return Verdict.no(_("这是其他单位人员的档案，只有该单位的人员可以查看。"), code="foreign")
    if user.pk == person.pk or user.has_role(*SEES_ALL_EXPLANATIONS):
        return Verdict.yes()
    if user.has_role(Role.Kind.DEPARTMENT_HEAD) and user.department_id == person.department_id:
        return Verdict.yes()
    if user.has_role(Role.Kind.DEPUTY_DIRECTOR) and person.department.deputy_id == user.pk:
        return Verdict.yes()
    return Verdict.no(
        _("个人绩效档案只对本人、本部门负责人、分管局领导、局长、绩效办和纪检开放；如有需要，请联系绩效办。")
    )


def files_open_to(user: Employee) -> EmployeeQuerySet:
    """Whose files the user may open, as `may_open_file` says it of one; the own one is always among them."""
    people = Employee.objects.visible_to(user)
    if user.has_role(*SEES_ALL_EXPLANATIONS):
        return people
    seen = Q(pk=user.pk)
    if user.has_role(Role.Kind.DEPARTMENT_HEAD):
        seen |= Q(department=user.department_id)
    if user.has_role(Role.Kind.DEPUTY_DIRECTOR):
        seen |= Q(department__deputy=user)
    return people.filter(seen)


def may_open_department_ledger(user: Employee) -> Verdict:
    """Whether the user may open the ledger of departments at all; of which, `ledger_departments` says."""
    if user.has_role(*READS_FILES, Role.Kind.LIAISON):
        return Verdict.yes()
    return Verdict.no(
        _("部门职能台账对本部门负责人、联络员、分管局领导、局长、绩效办和纪检开放；本人的请看岗位职责台账。")
    )


def may_open_bureau_ledger(user: Employee) -> Verdict:
    """Whether the ledger of everybody is open to the user."""
    if user.has_role(*SEES_ALL_EXPLANATIONS):
        return Verdict.yes()
    return Verdict.no(_("绩效总账只对局长、绩效办和纪检开放；如有需要，请联系绩效办。"))


def ledger_departments(user: Employee) -> list[Department]:
    """The departments whose ledger the user may open: the own one, those in charge, or all; in one query."""
    departments = Department.objects.filter(bureau=user.bureau_id).order_by("code")
    if user.has_role(*SEES_ALL_EXPLANATIONS):
        return list(departments)
    seen = Q(pk__in=())
    if user.has_role(Role.Kind.DEPARTMENT_HEAD, Role.Kind.LIAISON):
        seen |= Q(pk=user.department_id)
    if user.has_role(Role.Kind.DEPUTY_DIRECTOR):
        seen |= Q(deputy=user)
    return list(departments.filter(seen))
