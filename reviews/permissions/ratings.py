"""Who rates, who closes a showing, who follows up what was agreed (domain.md, Who may do what)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from common.verdict import Verdict
from organization.models import Employee, Role
from reviews.models import FollowUp, Showing
from reviews.permissions.showings import FOREIGN, may_lead

CLOSED = Verdict.no(_("这次三晒已经办结，不再接受互评。"), code="closed")


def may_see_flags(user: Employee, showing: Showing) -> Verdict:
    """What strikes one about ballots: for whoever leads the showing and discipline, once the ballots are open."""
    if user.bureau_id == showing.bureau_id and user.has_role(Role.Kind.DISCIPLINE):
        return Verdict.yes()
    return may_lead(user, showing)


def may_rate(user: Employee, showing: Showing) -> Verdict:
    """Write and hand in one's own ballots."""
    if user.bureau_id != showing.bureau_id:
        return FOREIGN
    own = showing.ratings.filter(rater=user)
    if not own.exists():
        return Verdict.no(_("这次三晒没有抽到您评价别人；互评只由到会的人做。"), code="not_own")
    if not own.filter(handed_in_at__isnull=True).exists():
        return Verdict.no(_("您的评价已经提交，不再修改。"), code="handed_in")
    return CLOSED if showing.state == Showing.State.CLOSED else Verdict.yes()


def may_remind_raters(user: Employee, showing: Showing) -> Verdict:
    return may_lead(user, showing) and _running(showing)


def may_close_showing(user: Employee, showing: Showing) -> Verdict:
    """办结, with or without ballots that are missing; without them it takes a reason."""
    return may_remind_raters(user, showing)


def may_record_follow_up(user: Employee, showing: Showing) -> Verdict:
    """From the session on, and after it was closed, too."""
    led = may_lead(user, showing)
    if led and showing.state == Showing.State.SCHEDULED:
        return Verdict.no(_("三晒还没有召开，召开以后再登记跟进事项。"), code="scheduled")
    return led


def may_report_follow_up(user: Employee, follow_up: FollowUp) -> Verdict:
    if follow_up.owner_id != user.pk:
        return Verdict.no(_("完成情况由责任人本人填写；请联系责任人。"), code="not_own")
    return _undone(follow_up)


def may_remove_follow_up(user: Employee, follow_up: FollowUp) -> Verdict:
    return may_lead(user, follow_up.showing) and _undone(follow_up)


def _undone(follow_up: FollowUp) -> Verdict:
    if follow_up.done_at is not None:
        return Verdict.no(_("这件跟进事项已经完成，不再改动。"), code="done")
    return Verdict.yes()


def _running(showing: Showing) -> Verdict:
    if showing.state == Showing.State.SCHEDULED:
        return Verdict.no(_("三晒还没有召开，召开以后才有互评。"), code="scheduled")
    if showing.state == Showing.State.CLOSED:
        return Verdict.no(_("这次三晒已经办结。"), code="closed")
    return Verdict.yes()
