"""Who may hold a talk with whom, write, sign and follow it up, and decide on a suggestion (domain.md, Three showings)."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from common.verdict import Verdict
from organization.models import Employee
from reviews.models import Talk, TalkSuggestion
from reviews.queries.talks import people_to_talk_with

State = Talk.State


def may_hold_talk(actor: Employee, employee: Employee, *, today: date) -> Verdict:
    """The branch secretary with the branch's members, the head with the department's people, the leader in charge with
    theirs, the director with everybody of the bureau; whoever holds none of these, also the office, with nobody."""
    if employee.bureau_id != actor.bureau_id:
        return Verdict.no(_("这是其他单位的人员，只能和本单位的人员谈话。"), code="foreign")
    if employee.pk == actor.pk:
        return Verdict.no(_("谈话在两个人之间进行，不能和自己谈话。"), code="own")
    if people_to_talk_with(actor, today=today).filter(pk=employee.pk).exists():
        return Verdict.yes()
    return Verdict.no(_("谈话由支部书记、部门负责人、分管局领导或局长进行；这个人不在您的谈话范围内。"))


def may_write_talk(actor: Employee, talk: Talk) -> Verdict:
    """Change or throw away a record that is still a draft: the talker alone."""
    if talk.talker_id != actor.pk:
        return Verdict.no(_("谈话记录只能由谈话人填写。"), code="not_own")
    if talk.state != State.DRAFT:
        return Verdict.no(_("谈话记录已经签字，不能再改；本人还没有签字的，可以先收回。"), code="signed")
    return Verdict.yes()


def may_sign_talk(actor: Employee, talk: Talk) -> Verdict:
    """The talker signs the draft, then the other signs."""
    if actor.pk not in (talk.talker_id, talk.employee_id):
        return Verdict.no(_("谈话记录只由谈话双方签字。"), code="not_own")
    waits_for = {State.DRAFT: talk.talker_id, State.WITH_EMPLOYEE: talk.employee_id}
    if waits_for.get(State(talk.state)) == actor.pk:
        return Verdict.yes()
    return Verdict.no(_("这份谈话记录您已经签过字，或还没有轮到您签字。"), code="signed")


def may_take_back_talk(actor: Employee, talk: Talk) -> Verdict:
    """The talker, as long as the other has not signed."""
    if talk.talker_id != actor.pk:
        return Verdict.no(_("谈话记录只能由谈话人收回。"), code="not_own")
    if talk.state != State.WITH_EMPLOYEE:
        return Verdict.no(_("只有等待本人签字的谈话记录可以收回。"), code="signed")
    return Verdict.yes()


def may_follow_up_talk(actor: Employee, talk: Talk) -> Verdict:
    """The talker writes down once what was found when following a signed talk up."""
    if talk.talker_id != actor.pk:
        return Verdict.no(_("回访情况只能由谈话人填写。"), code="not_own")
    if talk.state != State.SIGNED:
        return Verdict.no(_("双方签字以后才能填写回访情况。"), code="unsigned")
    if talk.follow_up_on is None:
        return Verdict.no(_("这次谈话没有约定回访。"), code="no_follow_up")
    if talk.followed_up_at is not None:
        return Verdict.no(_("回访情况已经填写，不能再改。"), code="followed_up")
    return Verdict.yes()


def may_decide_suggestion(actor: Employee, suggestion: TalkSuggestion) -> Verdict:
    """Hold the talk that is suggested, or put the suggestion aside with a reason: whom it is addressed to."""
    if not TalkSuggestion.objects.addressed_to(actor).filter(pk=suggestion.pk).exists():
        return Verdict.no(_("谈话建议由所在支部书记处理；涉及书记本人的由分管局领导处理。"), code="not_own")
    if suggestion.state != TalkSuggestion.State.OPEN:
        return Verdict.no(_("这条谈话建议已经处理过。"), code="decided")
    return Verdict.yes()
