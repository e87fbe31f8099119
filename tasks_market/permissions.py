"""Who may do what in the market (domain.md, Who may do what; Task market). A no is one full sentence.

The greyed button, the refusal and the API all take it from here. `now` is handed in; windows hold to the second.
"""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from common.text import listed
from common.verdict import Verdict
from organization.models import Bureau, Department, Employee
from tasks_market.models import Claim, Task
from tasks_market.queries import ClaimFacts, claim_facts, spoken


def foreign() -> Verdict:
    return Verdict.no(_("这不是本单位的任务，不能在这里办理。"), code="foreign")


def may_draft(person: Employee, department: Department) -> Verdict:
    """The office drafts for everybody, head and liaison for their own department."""
    if person.bureau_id != department.bureau_id:
        return foreign()
    if person.has_role("office"):
        return Verdict.yes()
    if person.has_role("department_head", "liaison") and person.department_id == department.pk:
        return Verdict.yes()
    return Verdict.no(_("任务由责任部门的负责人、联络员拟稿，或由绩效办拟稿；请向他们提出。"))


def may_edit(person: Employee, task: Task) -> Verdict:
    """A draft is edited by its department and the office; what is posted by the office, as long as nobody holds a place."""
    verdict = may_draft(person, task.department)
    if not verdict:
        return verdict
    if task.state == Task.State.DRAFT:
        return _quarter_open(task)
    if not person.has_role("office"):
        return Verdict.no(_("任务已经亮单，只有绩效办可以修改；请联系绩效办。"))
    if task.state == Task.State.CANCELLED:
        return Verdict.no(_("任务已经撤销，不能再修改；需要时请另拟一项。"), code="cancelled")
    if task.places_taken:
        return Verdict.no(
            _("已有 %(count)d 人承担这项任务，不能再改分值和要求；确需调整请撤销后另拟。")
            % {"count": task.places_taken},
            code="taken",
        )
    return _quarter_open(task)


def may_post(person: Employee, bureau: Bureau) -> Verdict:
    """亮单 is the office's."""
    if person.bureau_id != bureau.pk:
        return foreign()
    if person.has_role("office"):
        return Verdict.yes()
    return Verdict.no(_("亮单由绩效办办理；请把拟好的任务报绩效办。"))


def may_post_task(person: Employee, task: Task) -> Verdict:
    verdict = may_post(person, task.bureau)
    if not verdict:
        return verdict
    if task.state != Task.State.DRAFT:
        return Verdict.no(
            _("任务现在是“%(state)s”，只有草拟的任务可以亮单。") % {"state": task.get_state_display()}, code="state"
        )
    return _quarter_open(task)


def may_cancel(person: Employee, task: Task) -> Verdict:
    """The office cancels; a department may drop its own draft."""
    if person.bureau_id != task.bureau_id:
        return foreign()
    if task.state == Task.State.CANCELLED:
        return Verdict.no(_("任务已经撤销，不必再次撤销。"), code="state")
    if task.state == Task.State.DRAFT:
        return may_draft(person, task.department)
    if not person.has_role("office"):
        return Verdict.no(_("已亮单的任务由绩效办撤销；请向绩效办说明理由。"))
    return _quarter_open(task)


def may_claim(person: Employee, task: Task, *, now: datetime, facts: ClaimFacts | None = None) -> Verdict:
    """Whether the person may take a place of the task at this second.

    What the task's row tells is asked first, because nearly every refusal under load is a full task; `facts` saves the
    queries where they are known.
    """
    verdict = takes_claims(person, task, now)
    if not verdict:
        return verdict
    facts = facts or claim_facts(person, task)
    if facts.holds:
        return Verdict.no(_("您已经承担这项任务，一人只占一个名额；可在“我的任务”里查看。"), code="held")
    if not facts.in_post:
        return Verdict.no(_("您现在不在职，不能抢单；如有疑问请联系绩效办。"), code="not_in_post")
    if facts.away:
        return Verdict.no(
            _("您登记为%(kind)s，离岗期间不能抢单；已经返岗的请联系绩效办销假。") % {"kind": facts.away}, code="away"
        )
    if not facts.in_open_to:
        return Verdict.no(
            _("这项任务只面向%(departments)s；您可以看看其他任务。") % {"departments": listed(facts.open_to)},
            code="department",
        )
    return within_limit(facts.open_claims, facts.limit)


def takes_claims(person: Employee, task: Task, now: datetime) -> Verdict:
    """Whether the task takes claims of anybody of the bureau: state, window, quarter and places."""
    if person.bureau_id != task.bureau_id:
        return foreign()
    verdict = _in_window(task, now) and _quarter_open(task)
    if verdict and task.places_left <= 0:
        return Verdict.no(
            _("%(places)d 个名额已经抢完；可以看看其他任务，有人退单时名额会重新放出。") % {"places": task.places},
            code="full",
        )
    return verdict


def may_take_part(task: Task, part: str) -> Verdict:
    """Whether the lead's or an assistant's place of a 主协办 task is free, places as such left aside.

    Exactly one leads: while nobody does, the last place is kept for the lead, and a task without a window, which
    nothing would give a lead at its close, begins with it.
    """
    if not task.has_parts:
        return Verdict.yes()
    if part == Claim.Part.LEAD:
        return Verdict.no(_("主办已经有人承担；还有名额时可以协办。"), code="led") if task.led else Verdict.yes()
    if task.led:
        return Verdict.yes()
    if task.claim_until is None:
        return Verdict.no(_("这项任务还没有人主办，不设抢单截止的先定主办；您可以主办。"), code="lead_place")
    if task.places_left <= 1:
        return Verdict.no(_("余下的一个名额留给主办；您可以主办。"), code="lead_place")
    return Verdict.yes()


def _in_window(task: Task, now: datetime) -> Verdict:
    if task.takes_claims(now):
        return Verdict.yes()
    if task.state == Task.State.DRAFT:
        return Verdict.no(_("任务还没有亮单，不能抢；请等绩效办亮单。"), code="not_posted")
    if task.state == Task.State.CANCELLED:
        return Verdict.no(_("任务已经撤销，不能再抢；请看看其他任务。"), code="cancelled")
    if task.is_scheduled(now):
        return Verdict.no(
            _("任务 %(at)s 才亮单，现在还不能抢；请到时再来。") % {"at": spoken(task.posted_at)}, code="scheduled"
        )
    return Verdict.no(
        _("抢单已于 %(at)s 截止；余下的名额由分管局领导派单，有意承担可向其说明。") % {"at": spoken(task.claim_until)},
        code="closed",
    )


def within_limit(count: int, limit: int) -> Verdict:
    """Up to the limit's number of unfinished tasks; more are only assigned (domain.md, Task market)."""
    if count < limit:
        return Verdict.yes()
    return Verdict.no(
        _("您手上已有 %(count)d 项任务没有办结，同时承担以 %(limit)d 项为限；请先办结一项再抢。")
        % {"count": count, "limit": limit},
        code="limit",
    )


def may_withdraw(person: Employee, claim: Claim) -> Verdict:
    """A claim goes back until its work starts; what was assigned is answered by an objection."""
    verdict = _own(person, claim)
    if not verdict:
        return verdict
    if claim.way == Claim.Way.ASSIGNED:
        return Verdict.no(_("派单不能自行退单；不能承担的请写明理由提出异议，由派单人决定。"), code="assigned")
    if claim.state != Claim.State.HELD:
        return Verdict.no(
            _("任务现在是“%(state)s”，开工以后不能退单；确有困难请申请延期或联系绩效办。")
            % {"state": claim.get_state_display()},
            code="state",
        )
    return _quarter_open(claim.task)


def may_start(person: Employee, claim: Claim) -> Verdict:
    verdict = _own(person, claim) and _in_state(claim, Claim.State.HELD, _("只有待开工的任务可以开工。"))
    if verdict and claim.awaits_objection:
        return Verdict.no(_("您对派单的异议还没有答复；请等派单人决定后再开工。"), code="objection")
    return verdict and _led(claim) and _quarter_open(claim.task)


def may_note(person: Employee, claim: Claim) -> Verdict:
    """Progress is noted while the work runs."""
    return _own(person, claim) and _in_state(claim, Claim.State.STARTED, _("只有办理中的任务可以填写进展；请先开工。"))


def may_hand_in(person: Employee, claim: Claim) -> Verdict:
    verdict = _own(person, claim)
    if not verdict:
        return verdict
    if claim.awaits_objection:
        return Verdict.no(_("您对派单的异议还没有答复；请等派单人决定后再交付。"), code="objection")
    if claim.state not in (Claim.State.HELD, Claim.State.STARTED):
        return Verdict.no(_("任务现在是“%(state)s”，不能再交付。") % {"state": claim.get_state_display()}, code="state")
    return _led(claim) and _quarter_open(claim.task)


def may_ask_extension(person: Employee, claim: Claim, *, now: datetime) -> Verdict:
    """Before the deadline, as long as there is something to hand in."""
    verdict = _own(person, claim)
    if not verdict:
        return verdict
    if claim.state not in (Claim.State.HELD, Claim.State.STARTED):
        return Verdict.no(
            _("任务现在是“%(state)s”，不必再申请延期。") % {"state": claim.get_state_display()}, code="state"
        )
    if claim.deadline < now:
        return Verdict.no(
            _("完成时限 %(at)s 已过，延期要在到期前申请；请尽快交付并说明情况。") % {"at": spoken(claim.deadline)},
            code="late",
        )
    return _quarter_open(claim.task)


def in_charge(person: Employee, task: Task) -> Verdict:
    """The deputy director in charge of the responsible department assigns and accepts; the office may too (domain.md)."""
    if person.bureau_id != task.bureau_id:
        return foreign()
    if task.department.deputy_id == person.pk or person.has_role("office"):
        return Verdict.yes()
    return Verdict.no(_("派单和验收由责任部门的分管局领导或绩效办办理；请联系他们。"))


def may_assign(person: Employee, task: Task, *, now: datetime) -> Verdict:
    """After the window has closed, to the places that nobody claimed; a task without a window at any time."""
    verdict = in_charge(person, task)
    if not verdict:
        return verdict
    if task.state in (Task.State.DRAFT, Task.State.CANCELLED):
        return Verdict.no(_("任务现在是“%(state)s”，不能派单。") % {"state": task.get_state_display()}, code="state")
    if task.claim_until is not None and not task.has_closed(now):
        return Verdict.no(
            _("抢单 %(at)s 才截止，此前名额留给大家抢；请截止后再派单。") % {"at": spoken(task.claim_until)},
            code="window",
        )
    if task.places_left <= 0:
        return Verdict.no(_("%(places)d 个名额都已有人承担，没有可派的。") % {"places": task.places}, code="full")
    return _quarter_open(task)


def may_be_assigned(person: Employee, facts: ClaimFacts) -> Verdict:
    """Whether a task may be assigned to the person: in post, not away, not holding a place of it already."""
    names = {"name": person.name, "kind": facts.away}
    if facts.holds:
        return Verdict.no(_("%(name)s 已经承担这项任务；请另选他人。") % names, code="held")
    if not facts.in_post:
        return Verdict.no(_("%(name)s 现在不在职；请另选他人。") % names, code="not_in_post")
    if facts.away:
        return Verdict.no(_("%(name)s 登记为%(kind)s，离岗期间不派单；请另选他人。") % names, code="away")
    return Verdict.yes()


def may_object(person: Employee, claim: Claim) -> Verdict:
    """Once, before the work starts, to what was assigned."""
    verdict = _own(person, claim)
    if not verdict:
        return verdict
    if claim.way != Claim.Way.ASSIGNED:
        return Verdict.no(_("这是您自己抢的任务，不必提异议；开工以前可以退单。"), code="claimed")
    if claim.objected_at is not None:
        return Verdict.no(_("对一次派单只能提一次异议，您已经提过。"), code="once")
    verdict = _in_state(claim, Claim.State.HELD, _("任务已经开工，不能再提异议；确有困难请申请延期。"))
    return verdict and _quarter_open(claim.task)


def may_decide_objection(person: Employee, claim: Claim) -> Verdict:
    """Whoever assigned decides; the office where that person is gone or is not at hand."""
    if person.bureau_id != claim.bureau_id:
        return foreign()
    if not claim.awaits_objection:
        return Verdict.no(_("没有等待答复的异议。"), code="state")
    if person.pk == claim.employee_id:
        return Verdict.no(_("不能答复本人提出的异议；请由派单人或绩效办答复。"), code="own")
    if person.pk == claim.assigned_by_id or person.has_role("office"):
        return _quarter_open(claim.task)
    return Verdict.no(_("异议由派单人答复；请联系派单人或绩效办。"))


def may_accept(person: Employee, claim: Claim) -> Verdict:
    """Accepting and returning what was handed in; never one's own."""
    verdict = _judge(person, claim)
    if not verdict:
        return verdict
    if claim.state != Claim.State.HANDED_IN:
        return Verdict.no(
            _("任务现在是“%(state)s”，只有待验收的可以验收或退回。") % {"state": claim.get_state_display()},
            code="state",
        )
    return _quarter_open(claim.task)


def may_refuse(person: Employee, claim: Claim, *, now: datetime) -> Verdict:
    """未通过: of what was handed in, or of what is overdue and was never handed in."""
    verdict = _judge(person, claim)
    if not verdict:
        return verdict
    if claim.state != Claim.State.HANDED_IN and not claim.is_overdue(now):
        return Verdict.no(
            _("任务现在是“%(state)s”，待验收的或逾期未交付的才能判为未通过。") % {"state": claim.get_state_display()},
            code="state",
        )
    return _quarter_open(claim.task)


def may_decide_extension(person: Employee, claim: Claim) -> Verdict:
    verdict = _judge(person, claim)
    if not verdict:
        return verdict
    if claim.state not in (Claim.State.HELD, Claim.State.STARTED):
        return Verdict.no(
            _("任务现在是“%(state)s”，不必再决定延期。") % {"state": claim.get_state_display()}, code="state"
        )
    return _quarter_open(claim.task)


def may_see_work(person: Employee, claim: Claim) -> bool:
    """Report, notes and files: everybody who may see the task (issue "Doing"); the market is open within the bureau."""
    return Task.objects.visible_to(person).filter(pk=claim.task_id).exists()


def _judge(person: Employee, claim: Claim) -> Verdict:
    verdict = in_charge(person, claim.task)
    if verdict and person.pk == claim.employee_id:
        return Verdict.no(_("不能验收本人承担的任务；请由分管局领导或绩效办的其他人办理。"), code="own")
    return verdict


def _own(person: Employee, claim: Claim) -> Verdict:
    if person.bureau_id != claim.bureau_id:
        return foreign()
    if person.pk == claim.employee_id:
        return Verdict.yes()
    return Verdict.no(_("这是别人承担的任务，只能由本人办理。"), code="not_own")


def _led(claim: Claim) -> Verdict:
    """Nothing is done in a task that nobody leads; at the latest the close of its window gives it a lead."""
    if claim.part != Claim.Part.ASSISTANT or claim.task.led:
        return Verdict.yes()
    return Verdict.no(
        _("这项任务还没有人主办，主办定下来再开工；抢单截止时还没有的，由最先抢到的协办接任。"), code="no_lead"
    )


def _in_state(claim: Claim, state: Claim.State, sentence: str) -> Verdict:
    return Verdict.yes() if claim.state == state else Verdict.no(sentence, code="state")


def _quarter_open(task: Task) -> Verdict:
    """Claims are accepted as long as the quarter is not in publicity or published (domain.md, table of the quarter)."""
    if task.quarter.takes_input:
        return Verdict.yes()
    return Verdict.no(
        _("%(code)s 现在是“%(state)s”，任务不能再变动；确需更正请联系绩效办。")
        % {"code": task.quarter.code, "state": task.quarter.get_state_display()},
        code="quarter",
    )
