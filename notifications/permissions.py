"""Who looks after what leaves the house; every no has its sentence."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from common.verdict import Verdict
from organization.models import Employee, Role

OFFICE, ADMIN, DISCIPLINE = Role.Kind.OFFICE, Role.Kind.SYSTEM_ADMIN, Role.Kind.DISCIPLINE


def may_see_robots(user: Employee) -> Verdict:
    if user.has_role(OFFICE, ADMIN, DISCIPLINE):
        return Verdict.yes()
    return Verdict.no(_("群机器人由绩效办和系统管理员维护；需要调整，请联系绩效办。"))


def may_manage_robots(user: Employee) -> Verdict:
    """The office knows the groups, the administrator the installation."""
    if user.has_role(OFFICE, ADMIN):
        return Verdict.yes()
    return Verdict.no(_("群机器人由绩效办和系统管理员维护；需要调整，请联系绩效办。"))


def may_see_deliveries(user: Employee) -> Verdict:
    """What went out, what waits, what failed; never what a personal message says."""
    if user.has_role(ADMIN, DISCIPLINE):
        return Verdict.yes()
    return Verdict.no(_("外发记录由系统管理员查看和处理，请联系系统管理员。"))


def may_settle_deliveries(user: Employee) -> Verdict:
    if user.has_role(ADMIN):
        return Verdict.yes()
    return Verdict.no(_("没有发出的消息由系统管理员处理，请联系系统管理员。"))
