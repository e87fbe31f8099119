"""Who may change what of the organization (domain.md, Who may do what); every no has its sentence."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from common.tenancy import across
from common.verdict import Verdict
from organization.models import Bureau, Employee, Role

ADMIN = Role.Kind.SYSTEM_ADMIN
OFFICE = Role.Kind.OFFICE


def may_manage_people(user: Employee) -> Verdict:
    """People, their placements, absences and roles, departments, posts, branches: the office and the administrator."""
    if user.has_role(OFFICE, ADMIN):
        return Verdict.yes()
    return Verdict.no(_("机构和人员由绩效办或系统管理员维护。发现有误，请告诉本单位绩效办。"))


def may_manage_roles(user: Employee, employee: Employee) -> Verdict:
    """As people, but nobody gives rights to oneself."""
    if user.pk == employee.pk:
        return Verdict.no(_("不能修改本人的角色，请由另一位绩效办人员或系统管理员办理。"))
    return may_manage_people(user)


def may_issue_passwords(user: Employee) -> Verdict:
    if user.has_role(OFFICE, ADMIN):
        return Verdict.yes()
    return Verdict.no(_("初始密码由绩效办或系统管理员发放。"))


def may_manage_accounts(user: Employee) -> Verdict:
    """Resetting a password, unlocking and switching off an account."""
    if user.has_role(ADMIN):
        return Verdict.yes()
    return Verdict.no(_("重置密码、解锁和停用账号由系统管理员办理，请联系系统管理员。"))


def may_change_bureau(user: Employee) -> Verdict:
    """The bureau's name and how much of a ranking its staff may see; the API's `bureaus/` is the office's to write."""
    if user.has_role(OFFICE, ADMIN):
        return Verdict.yes()
    return Verdict.no(_("单位名称和排行的可见范围由绩效办或系统管理员设定，请联系绩效办。"))


def may_manage_settings(user: Employee) -> Verdict:
    """The bureau's settings and the working calendar."""
    if user.has_role(ADMIN):
        return Verdict.yes()
    return Verdict.no(_("系统设置和工作日历由系统管理员维护，请联系系统管理员。"))


def may_arrange_bureaus(user: Employee) -> Verdict:
    """The bureaus below one's own: adding, renaming and moving them; which, `may_arrange_bureau` says."""
    if user.has_role(ADMIN):
        return Verdict.yes()
    return Verdict.no(_("下级单位的新增、更名和迁移由上级单位的系统管理员办理，请联系系统管理员。"))


def may_arrange_bureau(user: Employee, bureau: Bureau, *, own: bool = False) -> Verdict:
    """Whether a bureau stands below the user's, or is it, where `own` counts: as the place for another one."""
    if own and bureau.pk == user.bureau_id:
        return Verdict.yes()
    with across():
        is_below = Bureau.objects.below(user.bureau).filter(pk=bureau.pk).exists()
    if is_below:
        return Verdict.yes()
    return Verdict.no(_("只能办理本单位之下的单位；跨出本单位范围的迁移，请由共同的上级单位办理。"))


def sees_all_absences(user: Employee) -> bool:
    return user.has_role(OFFICE, ADMIN, Role.Kind.DISCIPLINE, Role.Kind.DIRECTOR, Role.Kind.DEPUTY_DIRECTOR)


def may_read_absences(user: Employee, employee: Employee) -> Verdict:
    """Illness and investigation concern the person, the leaders, the office and discipline, not every colleague."""
    head = user.has_role(Role.Kind.DEPARTMENT_HEAD) and user.department_id == employee.department_id
    if user.pk == employee.pk or sees_all_absences(user) or head:
        return Verdict.yes()
    return Verdict.no(_("离岗情况只有本人、所在部门负责人、局领导、绩效办和纪检可以查看。"))


def within(user: Employee | None, bureau: Bureau | int) -> Verdict:
    """Nobody writes in another bureau; the system (None) acts for all."""
    pk = bureau.pk if isinstance(bureau, Bureau) else bureau
    if user is None or user.bureau_id == pk:
        return Verdict.yes()
    return Verdict.no(_("只能维护本单位的机构和人员。"))
