"""派单: what the window left over is assigned by the deputy director in charge (domain.md, Task market)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import services as audit
from common.errors import Conflict, InvalidInput
from notifications.services import notify
from organization.models import Bureau, Employee, Role
from tasks_market.models import Claim, ClaimEvent, Task
from tasks_market.permissions import (
    foreign,
    may_assign,
    may_be_assigned,
    may_decide_objection,
    may_object,
    may_take_part,
)
from tasks_market.queries import claim_facts, spoken
from tasks_market.services.claiming import lock_people, lock_task
from tasks_market.services.steps import filled, fresh, name_lead, note_event, page_of, record_claim, release, require

State = Task.State


def close_windows(now: datetime) -> int:
    """Closes every window that has passed and hands the unclaimed places on; returns how many were closed.

    Each task in a transaction of its own; safe to run twice and at once: the UPDATE names the state it expects.
    """
    passed = Task.objects.window_passed(now).select_related("bureau", "department__deputy").order_by("pk")
    return sum(close_window(task, now) for task in passed)


@transaction.atomic
def close_window(task: Task, now: datetime) -> bool:
    """Marks one task as closed and tells who assigns its unclaimed places; False if somebody was faster.

    A 主协办 task in which people only assist gets its lead here: whoever claimed first.
    """
    if Task.objects.window_passed(now).filter(pk=task.pk).update(state=State.CLOSED) != 1:
        return False
    task.refresh_from_db(fields=["state", "places_taken", "places"])
    audit.record(
        actor=None,
        action="task.close",
        bureau=task.bureau,
        target=task,
        before={"state": State.POSTED},
        after={"state": State.CLOSED, "places_taken": task.places_taken},
    )
    if task.has_parts and not task.led:
        name_lead(Claim.objects.filter(task=task, state__in=Claim.OPEN), actor=None, now=now)
    if task.places_left:
        _tell_unclaimed(task)
    return True


def _tell_unclaimed(task: Task) -> None:
    deputy = task.department.deputy
    notify(
        recipients=[deputy] if deputy else office_of(task.bureau),
        subject=_("任务“%(task)s”还有 %(count)d 个名额无人抢，请派单") % {"task": task.name, "count": task.places_left},
        body=_("抢单已于 %(until)s 截止，责任部门：%(department)s。")
        % {"until": spoken(task.claim_until), "department": task.department.name},
        url=page_of(task),
        occasion=f"task.unclaimed:{task.pk}:{task.claim_until:%Y%m%d%H%M%S}",
    )


def office_of(bureau: Bureau) -> list[Employee]:
    """The people of the performance office, who act where a department has no deputy director."""
    held = Role.objects.in_force(timezone.localdate()).filter(kind=Role.Kind.OFFICE, employee__bureau=bureau)
    return list(Employee.objects.filter(pk__in=held.values("employee_id")))


@transaction.atomic
def assign(
    *, task: Task, people: Sequence[Employee], actor: Employee, now: datetime, lead: Employee | None = None
) -> list[Claim]:
    """Gives places of the task to people, all or none; each is told and may object once.

    In a 主协办 task without a lead `lead` becomes it, by default the first of them. The limit of unfinished tasks binds
    claims, not assignments. Raises Refused, Conflict, InvalidInput with the sentence.
    """
    require(may_assign(actor, task, now=now))
    people = list({person.pk: person for person in people}.values())
    if not people:
        raise InvalidInput(_("请选择要派给的人。"), fields={"people": _("请至少选择一人")})
    if lead is not None:
        _check_lead(task, people, lead)
    if any(person.bureau_id != task.bureau_id for person in people):
        require(foreign())
    lock_people(*(person.pk for person in people))
    for person in people:
        require(may_be_assigned(person, claim_facts(person, task)))
    close_window(task, now)
    locked = lock_task(task)
    if locked.places_left < len(people):
        raise Conflict(
            _("只剩 %(left)d 个名额，选了 %(people)d 人；请减少人数。")
            % {"left": locked.places_left, "people": len(people)},
            code="full",
        )
    if lead is not None:
        require(may_take_part(locked, Claim.Part.LEAD))
    leads = None if not task.has_parts or locked.led else lead or people[0]
    claims = []
    for person in people:
        part = Claim.Part.LEAD if person == leads else Claim.Part.ASSISTANT if task.has_parts else ""
        claims.append(_give(task, person, part, actor, now))
    if not occupy_assigned(task, len(people)):
        raise Conflict(_("任务刚刚被别人处理过；请刷新页面再派。"))
    return claims


def _check_lead(task: Task, people: Sequence[Employee], lead: Employee) -> None:
    sentence = ""
    if not task.has_parts:
        sentence = _("这项任务不分主办、协办；不必指定主办。")
    elif lead not in people:
        sentence = _("主办要从选中的人里指定；请先选中%(name)s。") % {"name": lead.name}
    if sentence:
        raise InvalidInput(sentence, fields={"lead": sentence})


def occupy_assigned(task: Task, count: int) -> bool:
    """Takes places by an UPDATE that names state and places; False if there are not as many any more."""
    assignable = Q(state=State.CLOSED) | Q(state=State.POSTED, claim_until__isnull=True)
    free = Task.objects.filter(assignable, pk=task.pk, places_taken__lte=F("places") - count)
    return free.update(places_taken=F("places_taken") + count) == 1


def _give(task: Task, person: Employee, part: str, actor: Employee, now: datetime) -> Claim:
    claim = Claim.objects.create(
        bureau=task.bureau,
        quarter_id=task.quarter_id,
        task=task,
        employee=person,
        way=Claim.Way.ASSIGNED,
        part=part,
        at=now,
        assigned_by=actor,
    )
    note_event(claim, ClaimEvent.Kind.ASSIGNED, actor=actor, now=now)
    record_claim(claim, "claim.assign", actor=actor, after={"way": claim.way, "part": part, "at": now})
    notify(
        recipients=[person],
        subject=(_("任务“%(task)s”派给了您，由您主办") if part == Claim.Part.LEAD else _("任务“%(task)s”派给了您"))
        % {"task": task.name},
        body=_("完成时限 %(due)s。不能承担的，开工以前可以写明理由提一次异议。") % {"due": spoken(task.due_at)},
        url=page_of(task),
        occasion=f"claim.assign:{claim.pk}",
    )
    return claim


@transaction.atomic
def object_to(*, claim: Claim, actor: Employee, reason: str, now: datetime) -> Claim:
    """异议: the assigned person says once, before the work starts, why not; the assigner is told and decides."""
    claim = fresh(claim)
    require(may_object(actor, claim))
    reason = filled(reason, "reason", _("请写明异议的理由。"))
    changed = Claim.objects.filter(pk=claim.pk, state=Claim.State.HELD, objected_at__isnull=True).update(
        objection=reason, objected_at=now
    )
    if changed != 1:
        raise Conflict(_("这项任务刚刚被处理过；请刷新页面再看。"))
    claim.objection, claim.objected_at = reason, now
    note_event(claim, ClaimEvent.Kind.OBJECTED, actor=actor, now=now, note=reason)
    record_claim(claim, "claim.object", actor=actor, after={"objection": reason}, reason=reason)
    assigner = claim.assigned_by
    notify(
        recipients=[assigner] if assigner else office_of(claim.bureau),
        subject=_("%(name)s对派单“%(task)s”提出异议，请答复") % {"name": actor.name, "task": claim.task.name},
        body=reason,
        url=page_of(claim.task),
        occasion=f"claim.object:{claim.pk}",
    )
    return claim


@transaction.atomic
def decide_objection(*, claim: Claim, actor: Employee, upheld: bool, answer: str, now: datetime) -> None:
    """The assigner upholds the objection, which frees the place, or rejects it, after which the claim stands."""
    require(may_decide_objection(actor, claim))
    answer = filled(answer, "answer", _("请写明答复。"))
    lock_people(claim.employee_id)
    if claim.task.has_parts:
        lock_task(claim.task)
    undecided = Claim.objects.filter(pk=claim.pk, objected_at__isnull=False, objection_decided_at__isnull=True)
    if undecided.update(objection_answer=answer, objection_decided_at=now) != 1:
        raise Conflict(_("异议刚刚被别人答复了；请刷新页面再看。"))
    claim = fresh(claim)
    kind = ClaimEvent.Kind.UPHELD if upheld else ClaimEvent.Kind.REJECTED
    record_claim(
        claim,
        "claim.uphold" if upheld else "claim.reject",
        actor=actor,
        before={"objection": claim.objection},
        after={"objection_answer": answer},
        reason=answer,
    )
    if upheld:
        release(claim, kind, actor=actor, now=now, note=answer)
    else:
        note_event(claim, kind, actor=actor, now=now, note=answer)
    words = _("异议成立，不再派给您") if upheld else _("异议不成立，请按时办理")
    notify(
        recipients=[claim.employee],
        subject=_("任务“%(task)s”：%(decision)s") % {"task": claim.task.name, "decision": words},
        body=answer,
        url=page_of(claim.task),
        occasion=f"claim.objection:{claim.pk}",
    )
