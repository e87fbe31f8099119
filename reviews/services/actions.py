"""议定事项: what a meeting decided, given to somebody by a day, reported, settled; and who is reminded of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import services as audit
from common.errors import Conflict, InvalidInput
from common.text import for_the_record
from notifications.services import notify
from organization.models import Bureau, Department, Employee, Role
from organization.queries import holders, work_calendar
from reviews.models import MeetingAction, ReviewMeeting
from reviews.permissions.meetings import may_report_outcome, may_settle_action, may_write_minutes
from reviews.services.meetings import lock_meeting
from tasks_market.services.steps import filled, require

REMIND_BEFORE = (3, 1)
"""Working days before its limit on which the owner of an action is reminded, and daily once it has passed."""
State = MeetingAction.State


@transaction.atomic
def add_action(
    *, meeting: ReviewMeeting, task: str, department: Department, owner: Employee, due_on: date, actor: Employee,
    today: date, now: datetime,
) -> MeetingAction:  # fmt: skip
    """Records what was decided and tells its owner. Raises Refused, Conflict, InvalidInput."""
    meeting = lock_meeting(meeting)
    require(may_write_minutes(actor, meeting))
    task = filled(task, "task", _("请写明议定的事项。"))
    _check(meeting.bureau_id, department, owner, due_on, today)
    action = MeetingAction.objects.create(
        meeting=meeting, task=task, department=department, owner=owner, due_on=due_on, made_by=actor, made_at=now
    )
    _record(action, "add", actor=actor, after=_columns(action) | {"task": task})
    _tell(action, [owner], gettext_lazy("讲评会议定事项由您负责，请在 %(due)s 前办理"), "add")
    return action


@transaction.atomic
def change_action(
    *, action: MeetingAction, department: Department, owner: Employee, due_on: date, reason: str, actor: Employee,
    today: date, now: datetime,
) -> MeetingAction:  # fmt: skip
    """Gives an open action to somebody else or to another day, with a reason. Raises Refused, Conflict, InvalidInput."""
    action = _locked(action)
    require(may_settle_action(actor, action))
    reason = filled(reason, "reason", _("请写明改期或转交的理由。"))
    if due_on != action.due_on:
        _check(action.meeting.bureau_id, department, owner, due_on, today)
    else:
        _check(action.meeting.bureau_id, department, owner, due_on, due_on)
    before, told = _columns(action), {owner.pk: owner, action.owner_id: action.owner}
    action.department, action.owner, action.due_on = department, owner, due_on
    after = _columns(action)
    if before == after:
        raise InvalidInput(_("责任部门、责任人和期限都没有变，没有保存。"))
    action.save(update_fields=["department", "owner", "due_on"])
    _record(action, "change", actor=actor, before=before, after=after, reason=reason)
    subject = gettext_lazy("讲评会议定事项有变动：由%(owner)s在 %(due)s 前办理")
    _tell(action, told.values(), subject, f"change:{now:%Y%m%d%H%M%S}", body=reason)
    return action


@transaction.atomic
def report_outcome(
    *, action: MeetingAction, outcome: str, actor: Employee, today: date, now: datetime
) -> MeetingAction:
    """办理结果 of the owner; the office is told and settles. Raises Refused, Conflict, InvalidInput."""
    action = _locked(action)
    require(may_report_outcome(actor, action))
    outcome = filled(outcome, "outcome", _("请写明办理结果。"))
    before = {"outcome": action.outcome} if action.outcome else None
    _take(action, outcome=outcome, reported_at=now)
    _record(action, "report", actor=actor, before=before, after={"outcome": outcome})
    office = holders(action.meeting.bureau, today, Role.Kind.OFFICE)
    _tell(action, office, gettext_lazy("议定事项已报告办理结果，请办结"), f"report:{now:%Y%m%d%H%M%S}", body=outcome)
    return action


@transaction.atomic
def settle_action(*, action: MeetingAction, done: bool, reason: str, actor: Employee, now: datetime) -> MeetingAction:
    """办结, or 不再办理 with a reason; the owner is told. Raises Refused, Conflict, InvalidInput."""
    action = _locked(action)
    require(may_settle_action(actor, action))
    if done and not (action.outcome or reason.strip()):
        sentence = _("责任人还没有报告办理结果；请写明核实的情况再办结。")
        raise InvalidInput(sentence, fields={"reason": sentence})
    if not done:
        reason = filled(reason, "reason", _("请写明不再办理的原因。"))
    _take(action, state=State.DONE if done else State.DROPPED, reason=reason.strip(), settled_by=actor, settled_at=now)
    _record(action, "finish" if done else "drop", actor=actor, after={"state": action.state}, reason=reason.strip())
    subject = gettext_lazy("讲评会议定事项已办结") if done else gettext_lazy("讲评会议定事项不再办理")
    _tell(action, [action.owner], subject, "settle", body=reason.strip())
    return action


@transaction.atomic
def remind_of_actions(*, bureau: Bureau, today: date) -> int:
    """On working days: owners of open actions three and one working days before the limit, and daily once it has passed.

    Who has reported is left alone. Returns how many were told.
    """
    calendar = work_calendar()
    if not calendar.is_workday(today):
        return 0
    waiting = MeetingAction.objects.open().filter(meeting__bureau=bureau, reported_at__isnull=True)
    told = 0
    for action in waiting.select_related("meeting__bureau", "owner").order_by("pk"):
        if today > action.due_on:
            subject = gettext_lazy("讲评会议定事项已逾期（%(due)s），请尽快办理并报告结果")
        elif calendar.workdays_left(today, action.due_on) in REMIND_BEFORE:
            subject = gettext_lazy("讲评会议定事项请在 %(due)s 前办理")
        else:
            continue
        told += _tell(action, [action.owner], subject, f"remind:{today}")
    return told


# Steps ------------------------------------------------------------------------------------------------------------


def _locked(action: MeetingAction) -> MeetingAction:
    rows = MeetingAction.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("meeting__bureau", "owner", "department").order_by().get(pk=action.pk)


def _take(action: MeetingAction, **values: Any) -> None:
    """Writes by an UPDATE that names the state it was read in; Conflict if somebody was faster."""
    if MeetingAction.objects.filter(pk=action.pk, state=action.state).update(**values) != 1:
        raise Conflict(_("这件事项刚刚被别人处理过；请刷新页面再看。"))
    for name, value in values.items():
        setattr(action, name, value)


def _check(bureau_id: int, department: Department, owner: Employee, due_on: date, today: date) -> None:
    if due_on < today:
        sentence = _("期限不能早于今天。")
        raise InvalidInput(sentence, fields={"due_on": sentence})
    if department.bureau_id != bureau_id or owner.bureau_id != bureau_id:
        raise InvalidInput(_("责任部门和责任人应当是本单位的。"))


def _columns(action: MeetingAction) -> dict[str, str]:
    return {"department": action.department.name, "owner": str(action.owner), "due_on": str(action.due_on)}


def _record(
    action: MeetingAction, verb: str, *, actor: Employee, before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None, reason: str = "",
) -> None:  # fmt: skip
    audit.record(
        actor=actor, action=f"meeting_action.{verb}", bureau=action.meeting.bureau, target=action, label=action.task,
        before=before, after=after, reason=reason,
    )  # fmt: skip


def _tell(action: MeetingAction, people: Iterable[Employee], subject: Promise, occasion: str, *, body: str = "") -> int:
    sentence = for_the_record(subject, due=action.due_on, owner=action.owner.name)
    return notify(
        recipients=people, subject=sentence, body=body or action.task,
        url=reverse("reviews:meeting-action", args=[action.pk]), occasion=f"meeting-action.{occasion}:{action.pk}",
    )  # fmt: skip
