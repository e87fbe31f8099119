"""Who reads and who moves the jobs. They work for every bureau of the installation, so only its top moves them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from common.verdict import Verdict
from organization.models import Employee, Role
from perfmgmt.schedule import VITAL

Kind = Role.Kind


def may_read_jobs(user: Employee) -> Verdict:
    """The administrator, and read-only the office and discipline."""
    if user.has_role(Kind.SYSTEM_ADMIN, Kind.OFFICE, Kind.DISCIPLINE):
        return Verdict.yes()
    return Verdict.no(_("作业只有系统管理员、绩效办和纪检可以查看。"))


def may_manage_jobs(user: Employee) -> Verdict:
    """Running and switching: the administrator of a bureau that has none above it."""
    if not user.has_role(Kind.SYSTEM_ADMIN):
        return Verdict.no(_("作业由系统管理员执行和停用，请联系系统管理员。"))
    if user.bureau.parent_id is not None:
        return Verdict.no(_("作业为全系统各单位共用，由最上级单位的系统管理员执行和停用。"))
    return Verdict.yes()


def may_switch_off(user: Employee, task: str) -> Verdict:
    """As running; but what watches over the others, and the sealing of the log, cannot be switched off."""
    verdict = may_manage_jobs(user)
    if verdict and task in VITAL:
        return Verdict.no(_("这项作业保证系统正常和审计完整，不能停用。"))
    return verdict
