"""Who may schedule, change and hold a showing, and who writes a statement (domain.md, Who may do what)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext_lazy as _

from common.verdict import Verdict
from organization.models import Bureau, Employee, PartyBranch, Role
from reviews.models import Showing

FOREIGN = Verdict.no(_("这是其他单位的三晒，只有该单位的人员可以办理。"), code="foreign")
ONLY_LEADERS = Verdict.no(_("三晒由参加支部的书记组织，绩效办可以代办；需要时请联系支部书记。"))


def may_set_reviews(user: Employee, bureau: Bureau) -> Verdict:
    """The theme day, how many peers each rates, and what triggers a talk."""
    if user.bureau_id == bureau.pk and user.has_role(Role.Kind.OFFICE):
        return Verdict.yes()
    return Verdict.no(_("主题党日、互评人数和谈话提醒由绩效办设定；需要调整请联系绩效办。"))


def may_schedule_for(user: Employee, branches: Iterable[PartyBranch]) -> Verdict:
    """安排三晒: the secretary of a branch that takes part, or the office."""
    rows = list(branches)
    if any(branch.bureau_id != user.bureau_id for branch in rows):
        return FOREIGN
    if user.has_role(Role.Kind.OFFICE) or any(branch.secretary_id == user.pk for branch in rows):
        return Verdict.yes()
    return ONLY_LEADERS


def may_schedule(user: Employee) -> Verdict:
    """Schedule for some branch."""
    if user.has_role(Role.Kind.OFFICE) or user.led_branches.filter(bureau=user.bureau_id).exists():
        return Verdict.yes()
    return Verdict.no(_("三晒由支部书记安排，绩效办可以代办；需要时请联系支部书记。"))


def may_lead(user: Employee, showing: Showing) -> Verdict:
    """Run the session: the secretary of a branch that takes part, or the office."""
    if showing.bureau_id != user.bureau_id:
        return FOREIGN
    joined = showing.joined.all()
    if user.has_role(Role.Kind.OFFICE) or any(one.branch.secretary_id == user.pk for one in joined):
        return Verdict.yes()
    return ONLY_LEADERS


def may_change_showing(user: Employee, showing: Showing) -> Verdict:
    """Its day, place, order of speaking and list, as long as it has not been held."""
    led = may_lead(user, showing)
    if not led:
        return led
    if showing.state != Showing.State.SCHEDULED:
        return Verdict.no(_("三晒已经召开，不能再改安排。"), code="state")
    return Verdict.yes()


def may_hold_showing(user: Employee, showing: Showing, *, today: date) -> Verdict:
    """登记召开, from its day on."""
    changeable = may_change_showing(user, showing)
    if not changeable:
        return changeable
    if today < showing.day:
        return Verdict.no(
            _("三晒还没有到召开日期；提前召开的，请先把日期改到今天。"), code="early"
        )  # statements are taken until the end of the day
    return Verdict.yes()


def may_write_minutes(user: Employee, showing: Showing) -> Verdict:
    """会议记录, until the showing is closed."""
    led = may_lead(user, showing)
    if led and showing.state == Showing.State.CLOSED:
        return Verdict.no(_("三晒已经办结，会议记录不能再改。"), code="state")
    return led


def may_write_statement(user: Employee, showing: Showing, *, today: date) -> Verdict:
    """One's own statement, until the end of the showing's day."""
    if showing.bureau_id != user.bureau_id:
        return FOREIGN
    if not showing.participants.filter(employee=user).exists():
        return Verdict.no(_("您不在这次三晒的名单上，不用写发言；名单有误请联系支部书记。"))
    if not showing.takes_statements:
        return Verdict.no(_("三晒已经召开，发言不能再改。"), code="state")
    if today > showing.day:
        return Verdict.no(
            _("提交发言截止到三晒当天（%s），现在不能再写；确需补写请支部书记改期。") % showing.day, code="late"
        )
    return Verdict.yes()
