"""Who opens, nominates, votes, decides, objects and publishes in a selection of the five stars (domain.md, Five stars)."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from awards.models import (
    COMMITTEE,
    RUNS_SELECTIONS,
    Nomination,
    Objection,
    PoolMember,
    Selection,
    StarAward,
    StarCategory,
    Voter,
)
from awards.queries.nominees import SPEAKERS, nominators
from awards.queries.votes import voter_of
from common.verdict import Verdict
from indicators.models import Quarter
from organization.models import Bureau, Employee, PartyBranch, Role

State = Selection.State
ANSWERS = (Role.Kind.OFFICE, Role.Kind.DIRECTOR)
"""Who answers objections: the office, and the director where the office itself is concerned."""
SEES_TURNOUT = (Role.Kind.OFFICE, Role.Kind.DISCIPLINE)
FOREIGN = Verdict.no(_("这是其他单位的五星评选，只有该单位的人员可以参加。"), code="foreign")
ONLY_OFFICE = Verdict.no(_("五星评选由绩效办组织；需要时请联系绩效办。"))


def may_run_selection(user: Employee, bureau: Bureau) -> Verdict:
    """Open, edit, move on and cancel a selection, and what the bureau has agreed about them."""
    if user.bureau_id != bureau.pk:
        return FOREIGN
    return Verdict.yes() if user.has_role(*RUNS_SELECTIONS) else ONLY_OFFICE


def may_open_selection(user: Employee, quarter: Quarter) -> Verdict:
    verdict = may_run_selection(user, quarter.bureau)
    if verdict and quarter.state != Quarter.State.PUBLISHED:
        return Verdict.no(_("这个季度的得分还没有发布，不能评选；请先在“季度”里办结公示并发布。"), code="not_published")
    return verdict


def may_edit_categories(user: Employee, selection: Selection) -> Verdict:
    """Criteria and numbers of winners, as long as nominations are taken."""
    verdict = may_run_selection(user, selection.bureau)
    if verdict and selection.state != State.NOMINATING:
        return Verdict.no(_("提名已经结束，条件和名额不能再改。"), code="state")
    return verdict


def may_edit_days(user: Employee, selection: Selection) -> Verdict:
    verdict = may_run_selection(user, selection.bureau)
    if verdict and selection.state not in (State.NOMINATING, State.BALLOTING, State.PUBLICITY):
        return Verdict.no(_("这一步没有可以调整的日期。"), code="state")
    return verdict


def may_cancel_selection(user: Employee, selection: Selection) -> Verdict:
    verdict = may_run_selection(user, selection.bureau)
    if verdict and not Selection.MOVES[State(selection.state)]:
        return Verdict.no(_("评选已经结束，不能取消；个别称号有问题的，由局长撤销该称号。"), code="state")
    return verdict


# Nominations ------------------------------------------------------------------------------------------------------


def may_nominate(user: Employee, selection: Selection, *, today: date) -> Verdict:
    """提名 at all: for the own department or an own branch, as long as nominations are taken."""
    if selection.bureau_id != user.bureau_id:
        return FOREIGN
    if not nominators(user):
        return Verdict.no(_("提名由部门负责人、联络员或党支部书记提出；要推荐人选，请向所在部门或支部提出。"))
    return _takes_nominations(selection, today)


def may_nominate_person(
    user: Employee, member: PoolMember, *, branch: PartyBranch | None = None, today: date
) -> Verdict:
    """提名 somebody for the own department, or with `branch` for a branch that the user leads."""
    selection = member.selection
    if selection.bureau_id != user.bureau_id:
        return FOREIGN
    if member.employee_id == user.pk:
        return Verdict.no(_("不能提名自己；请由部门或支部的其他人员提名。"), code="own")
    if branch is None:
        speaks = user.has_role(*SPEAKERS) and member.employee.department_id == user.department_id
    else:
        speaks = branch.secretary_id == user.pk and member.employee.branch_id == branch.pk
    if not speaks:
        return Verdict.no(_("只能由部门负责人、联络员提名本部门的人员，或由支部书记提名本支部的党员。"))
    taking = _takes_nominations(selection, today)
    if not taking:
        return taking
    if member.standing != PoolMember.Standing.IN:
        return Verdict.no(_("这名干部不在候选池里；候选池按名次和违纪情况产生，不能另加。"), code="pool")
    return Verdict.yes()


def _takes_nominations(selection: Selection, today: date) -> Verdict:
    if selection.state != State.NOMINATING or today > selection.nominate_until:
        return Verdict.no(_("提名已经截止；确需延长的，请联系绩效办调整日期。"), code="state")
    return Verdict.yes()


def may_withdraw_nomination(user: Employee, nomination: Nomination) -> Verdict:
    """Whoever speaks for the department or leads the branch that nominated, or the office, before the ballot."""
    selection = nomination.category.selection
    if selection.bureau_id != user.bureau_id:
        return FOREIGN
    own = nominators(user)
    branches = {branch.pk for branch in own.branches}
    department = own.department.pk if own.department else None
    ours = nomination.branch_id in branches if nomination.branch_id else nomination.department_id == department
    if not ours and not user.has_role(*RUNS_SELECTIONS):
        return Verdict.no(_("提名只能由提名的部门或支部、或者绩效办撤回。"))
    if nomination.withdrawn_at is not None:
        return Verdict.no(_("这项提名已经撤回。"), code="state")
    if selection.state != State.NOMINATING:
        return Verdict.no(_("已经开始投票，提名不能再撤回；有问题请在审定或公示时提出。"), code="state")
    return Verdict.yes()


# The ballot -------------------------------------------------------------------------------------------------------


def may_open_ballot(user: Employee, selection: Selection) -> Verdict:
    return may_run_selection(user, selection.bureau) and can_open_ballot(selection)


def can_open_ballot(selection: Selection) -> Verdict:
    """Whether anybody, also the clock, may open the ballot."""
    if selection.state == State.NOMINATING:
        return Verdict.yes()
    return Verdict.no(_("投票已经开始过。"), code="state")


def may_close_ballot(user: Employee, selection: Selection) -> Verdict:
    return may_run_selection(user, selection.bureau) and can_close_ballot(selection)


def can_close_ballot(selection: Selection) -> Verdict:
    """Whether anybody, also the clock, may close the ballot."""
    if selection.state == State.BALLOTING:
        return Verdict.yes()
    return Verdict.no(_("现在没有正在进行的投票。"), code="state")


def may_vote(user: Employee, selection: Selection, *, today: date, voter: Voter | None = None) -> Verdict:
    """投票: everybody who was in post when the ballot opened, on its days."""
    if selection.bureau_id != user.bureau_id:
        return FOREIGN
    if selection.state == State.NOMINATING:
        return Verdict.no(_("投票还没有开始。"), code="state")
    if selection.state != State.BALLOTING or today > selection.ballot_until:
        return Verdict.no(_("投票已经结束。"), code="state")
    if voter is None and voter_of(selection, user) is None:
        return Verdict.no(_("投票开始时您不在岗，不在这次的投票名单里；有疑问请联系绩效办。"))
    return Verdict.yes()


def may_see_participation(user: Employee, selection: Selection) -> Verdict:
    """Who has voted; for whom, nobody sees."""
    if selection.bureau_id != user.bureau_id:
        return FOREIGN
    if not user.has_role(*SEES_TURNOUT):
        return Verdict.no(_("谁已投票只对绩效办和纪检开放。"))
    if selection.state in (State.NOMINATING, State.CANCELLED):
        return Verdict.no(_("投票还没有开始。"), code="state")
    return Verdict.yes()


# Decision, publicity, stars ---------------------------------------------------------------------------------------


def may_see_decision(user: Employee, selection: Selection) -> Verdict:
    """The page of the committee: who decides, who records it, and discipline to read."""
    if selection.bureau_id != user.bureau_id:
        return FOREIGN
    if user.has_role(*COMMITTEE, *RUNS_SELECTIONS, Role.Kind.DISCIPLINE):
        return Verdict.yes()
    return Verdict.no(_("审定由评选委员会（局长、局领导）办理；结果会公示。"))


def may_decide_stars(user: Employee, selection: Selection) -> Verdict:
    """审定: the leading group, recorded by one of it or by the office; nobody who stands for a star."""
    if selection.bureau_id != user.bureau_id:
        return FOREIGN
    if not user.has_role(*COMMITTEE, *RUNS_SELECTIONS):
        return Verdict.no(_("审定由评选委员会（局长、局领导）办理，绩效办可以代为登记。"))
    if Nomination.objects.filter(
        category__selection=selection, employee=user, withdrawn_at__isnull=True
    ).exists():  # fmt: skip
        return Verdict.no(_("您是这次评选的候选人，不能办理审定；请由委员会其他成员或绩效办其他人员办理。"), code="own")
    if selection.state != State.DECIDING:
        return Verdict.no(_("现在不在审定环节。"), code="state")
    return Verdict.yes()


def may_publish_stars(user: Employee, selection: Selection, *, today: date) -> Verdict:
    return may_run_selection(user, selection.bureau) and can_be_published(selection, today=today)


def can_be_published(selection: Selection, *, today: date) -> Verdict:
    """Whether anybody, also the clock, may publish the stars."""
    if selection.state != State.PUBLICITY:
        return Verdict.no(_("只有公示中的评选可以公布。"), code="state")
    if selection.publicity_until is None or today <= selection.publicity_until:
        return Verdict.no(_("公示期还没有满，期满后才能公布。"), code="publicity")
    if Objection.objects.filter(selection=selection, answered_at__isnull=True).exists():
        return Verdict.no(_("还有没有答复的异议；全部答复后才能公布。"), code="objections")
    return Verdict.yes()


def may_object(user: Employee, selection: Selection, *, today: date) -> Verdict:
    """异议: anybody of the bureau in the days of publicity."""
    if selection.bureau_id != user.bureau_id:
        return FOREIGN
    shown = selection.state == State.PUBLICITY and selection.publicity_until is not None
    if not shown or (selection.publicity_until is not None and today > selection.publicity_until):
        return Verdict.no(_("异议只能在公示期内提出；其他时候有意见，请向绩效办或纪检反映。"), code="state")
    return Verdict.yes()


def may_answer_objection(user: Employee, objection: Objection) -> Verdict:
    """答复: the office or the director, never who objected or whom it is about."""
    if objection.selection.bureau_id != user.bureau_id:
        return FOREIGN
    if not user.has_role(*ANSWERS):
        return Verdict.no(_("异议由绩效办答复。"))
    if user.pk == objection.by_id or (objection.award is not None and user.pk == objection.award.employee_id):
        return Verdict.no(_("异议由您提出或与您有关，请由绩效办其他人员或局长答复。"), code="own")
    if objection.answered_at is not None:
        return Verdict.no(_("这条异议已经答复。"), code="state")
    if objection.selection.state not in (State.PUBLICITY, State.DECIDING):
        return Verdict.no(_("评选已经结束，异议不再答复。"), code="state")
    return Verdict.yes()


def may_withdraw_star(user: Employee, award: StarAward) -> Verdict:
    """撤销: the director, of a published star."""
    if award.bureau_id != user.bureau_id:
        return FOREIGN
    if not user.has_role(Role.Kind.DIRECTOR):
        return Verdict.no(_("已表彰的称号只能由局长撤销。"))
    if award.state != StarAward.State.PUBLISHED:
        return Verdict.no(_("只有已表彰的称号可以撤销。"), code="state")
    return Verdict.yes()


def may_vote_for(voter: Voter, category: StarCategory, *, already: bool) -> Verdict:
    """One ballot a star."""
    if category.selection_id != voter.selection_id:
        return FOREIGN
    if already:
        return Verdict.no(_("您已经投过这颗星，选票不能更改。"), code="voted")
    return Verdict.yes()
