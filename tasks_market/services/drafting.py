"""亮单: departments draft, the office edits, posts now or for later, cancels with a reason (domain.md, Task market)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from audit import services as audit
from common.errors import Conflict, InvalidInput
from common.text import clauses
from indicators.models import Library, Quarter
from indicators.services.quarters import lock_for_input
from notifications.services import announce, notify
from organization.models import Bureau, Department, Employee
from tasks_market.models import Claim, ClaimEvent, Task
from tasks_market.permissions import may_cancel, may_draft, may_edit, may_post_task
from tasks_market.queries import spoken
from tasks_market.services.steps import filled, note_event, page_of, require

State = Task.State
EDITABLE = (
    "name", "kind", "difficulty", "base", "places", "sharing", "claim_until", "due_at", "department", "post", "point",
    "requirement", "deliverable",
)  # fmt: skip


@transaction.atomic
def draft_task(
    *, quarter: Quarter, actor: Employee, now: datetime, open_to: Iterable[Department] = (), **values: Any
) -> Task:
    """拟稿: a task of the quarter, not yet posted. `values` are fields of EDITABLE, and `number` if one is given.

    Without a number the next of the bureau's quarter is taken (`XS-2023Q1-007`). Raises Refused, Frozen or Conflict by
    the quarter's state, InvalidInput with a sentence for each field.
    """
    require(may_draft(actor, values["department"]))
    quarter = lock_for_input(quarter)
    number = values.pop("number", "") or next_number(quarter)
    task = Task(bureau=actor.bureau, quarter=quarter, number=number, drafted_by=actor, drafted_at=now, **values)
    restricted = list(open_to)
    _check(task, restricted)
    try:
        with transaction.atomic():
            task.save(force_insert=True)
    except IntegrityError as error:
        sentence = _("任务编号“%s”已经用过；任务编号在整个系统里唯一，请换一个。") % number
        raise InvalidInput(sentence, fields={"number": sentence}) from error
    task.open_to.set(restricted)
    audit.record(actor=actor, action="task.draft", target=task, after=_facts(task, EDITABLE, restricted))
    return task


def next_number(quarter: Quarter) -> str:
    """The next free number of a bureau's quarter; the quarter's row is locked by who asks to use it."""
    prefix = f"{quarter.bureau.code}-{quarter.code}-"
    used = Task.objects.filter(number__startswith=prefix).values_list("number", flat=True)
    taken = [int(number.removeprefix(prefix)) for number in used if number.removeprefix(prefix).isdecimal()]
    return f"{prefix}{max(taken, default=0) + 1:03d}"


@transaction.atomic
def edit_task(*, task: Task, actor: Employee, open_to: Iterable[Department] | None = None, **values: Any) -> Task:
    """Changes fields of EDITABLE of a draft, or of a posted task that nobody holds a place of yet.

    Raises Refused, Frozen, Conflict, InvalidInput.
    """
    lock_for_input(task.quarter)
    task = _locked(task)
    require(may_edit(actor, task))
    require(may_draft(actor, values.get("department", task.department)))
    restricted_before = list(task.open_to.all())
    restricted = restricted_before if open_to is None else list(open_to)
    before = _facts(task, values, restricted_before)
    for name, value in values.items():
        setattr(task, name, value)
    _check(task, restricted)
    after = _facts(task, values, restricted)
    changed = [name for name in after if before[name] != after[name]]
    if not changed:
        return task
    task.save(update_fields=list(values))
    if set(restricted) != set(restricted_before):
        task.open_to.set(restricted)
    audit.record(
        actor=actor,
        action="task.change",
        target=task,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    return task


def _locked(task: Task) -> Task:
    related = Task.objects.select_related("bureau", "quarter", "department", "post", "point")
    return related.select_for_update(of=("self",), no_key=True).get(pk=task.pk)


def _check(task: Task, open_to: Sequence[Department]) -> None:
    """What a task must be, beside the form's types (workbook.md, 急难险重任务)."""
    faults: dict[str, str] = {}
    if not task.name.strip():
        faults["name"] = _("请写任务名称")
    if not task.requirement.strip():
        faults["requirement"] = _("请写明任务要求")
    if task.base <= 0 or round(task.base, 2) != task.base:
        faults["base"] = _("基础分应当大于 0，最多两位小数")
    if not 1 <= task.places <= 32_767:
        faults["places"] = _("名额至少 1 个")
    if task.claim_until is not None and task.claim_until >= task.due_at:
        faults["claim_until"] = _("抢单截止应当早于完成时限")
    of_bureau = (task.department, task.post, task.point, *open_to)
    if any(one is not None and one.bureau_id != task.bureau_id for one in of_bureau):
        faults["department"] = _("部门、岗位和考点应当是本单位的")
    if task.post is not None and task.post.department_id != task.department_id:
        faults["post"] = _("责任岗位应当属于责任部门")
    if task.point is not None and task.point.library != Library.COMPETITIVE:
        faults["point"] = _("应当是竞争性指标库的考点")
    if faults:
        raise InvalidInput(clauses(faults.values()), fields=faults)


def _facts(task: Task, names: Iterable[str], open_to: Sequence[Department]) -> dict[str, Any]:
    """Fields as the audit log keeps them: what is pointed at by its own text."""
    facts: dict[str, Any] = {}
    for name in names:
        value = getattr(task, name)
        facts[name] = str(value) if name in ("department", "post", "point") and value is not None else value
    return facts | {"open_to": sorted(str(department) for department in open_to)}


@transaction.atomic
def post_task(*, task: Task, actor: Employee, now: datetime, at: datetime | None = None) -> Task:
    """亮单: the task can be claimed from now, or from `at` on, to the second. Raises Refused, Conflict, InvalidInput."""
    return post_list(tasks=[task], actor=actor, now=now, at=at)[0]


@transaction.atomic
def post_list(*, tasks: Iterable[Task], actor: Employee, now: datetime, at: datetime | None = None) -> list[Task]:
    """Posts a list at once, all or nothing; what is posted now is announced to the bureau in one message."""
    starts = at or now
    if starts < now:
        raise InvalidInput(_("亮单时间已经过去；请填以后的时间，或立即亮单。"), fields={"at": _("应当晚于现在")})
    posted = [_post(task, actor, now, starts) for task in sorted(tasks, key=lambda task: task.pk)]
    if not posted:
        raise InvalidInput(_("没有选择要亮单的任务。"))
    if starts <= now:
        _announce(posted)
    return posted


def _post(task: Task, actor: Employee, now: datetime, starts: datetime) -> Task:
    task = Task.objects.select_related("bureau", "quarter", "department").get(pk=task.pk)
    require(may_post_task(actor, task))
    ends = task.claim_until or task.due_at
    if ends <= starts:
        raise InvalidInput(
            _("任务 %(number)s 的抢单截止 %(ends)s 不晚于亮单时间；请先改截止时间。")
            % {"number": task.number, "ends": spoken(ends)},
            fields={"claim_until": _("应当晚于亮单时间")},
        )
    values = {"state": State.POSTED, "posted_at": starts, "posted_by": actor, "announced": starts <= now}
    if Task.objects.filter(pk=task.pk, state=State.DRAFT).update(**values) != 1:
        raise Conflict(_("任务 %s 刚刚被别人处理过；请刷新页面再看。") % task.number)
    for name, value in values.items():
        setattr(task, name, value)
    audit.record(
        actor=actor,
        action="task.post",
        target=task,
        before={"state": State.DRAFT},
        after={"state": task.state, "posted_at": starts, "claim_until": task.claim_until},
    )
    return task


def announce_posted(now: datetime) -> int:
    """Tells the bureaus of what was posted for a moment that has come; returns how many tasks.

    Safe to run twice and at once: the UPDATE names what it expects.
    """
    due = Task.objects.filter(state__in=(State.POSTED, State.CLOSED), announced=False, posted_at__lte=now)
    count = 0
    for bureau in Bureau.objects.filter(pk__in=due.values("bureau_id")):
        with transaction.atomic():
            waiting = list(due.filter(bureau=bureau).select_related("bureau").order_by("pk"))
            fresh = [
                task for task in waiting if Task.objects.filter(pk=task.pk, announced=False).update(announced=True)
            ]
            if fresh:
                _announce(fresh)
            count += len(fresh)
    return count


def _announce(tasks: Sequence[Task]) -> None:
    """One message for the list, to everybody of the bureau who is in post, and to its groups."""
    bureau = tasks[0].bureau
    one = len(tasks) == 1
    subject = (
        _("亮单：%(task)s，名额 %(places)d 个") % {"task": tasks[0].name, "places": tasks[0].places}
        if one
        else _("新亮单 %(count)d 项任务，欢迎抢单") % {"count": len(tasks)}
    )
    url = page_of(tasks[0]) if one else reverse("tasks_market:board")
    occasion = f"task.post:{tasks[0].pk}:{len(tasks)}:{tasks[0].posted_at:%Y%m%d%H%M%S}"
    people = Employee.objects.filter(bureau=bureau, is_active=True).in_post_between(bureau.today, bureau.today)
    notify(recipients=people, subject=subject, url=url, occasion=occasion)
    announce(bureau=bureau, subject=subject, url=url, occasion=occasion)


@transaction.atomic
def cancel_task(*, task: Task, actor: Employee, reason: str, now: datetime) -> Task:
    """撤销: with a reason; who holds a place is told, and the place counts for nothing any more.

    Not once a claim was accepted: its points stand. Raises Refused, Frozen, Conflict, InvalidInput.
    """
    require(may_cancel(actor, task))
    reason = filled(reason, "reason", _("请写明撤销的理由。"))
    lock_for_input(task.quarter)
    task = _locked(task)
    require(may_cancel(actor, task))
    if task.claims.filter(outcome=Claim.Outcome.ACCEPTED).exists():
        raise Conflict(_("已有人验收通过并得分，任务不能再撤销；其余的人可以照常办结。"), code="accepted")
    before = {"state": task.state}
    open_claims = list(task.claims.filter(state__in=Claim.OPEN).select_related("employee").order_by("pk"))
    task.claims.filter(pk__in=[claim.pk for claim in open_claims]).update(state=Claim.State.CANCELLED)
    task.state, task.cancel_reason = State.CANCELLED, reason
    task.places_taken = task.claims.holding().count()
    task.save(update_fields=["state", "cancel_reason", "places_taken"])
    for claim in open_claims:
        note_event(claim, ClaimEvent.Kind.CANCELLED, actor=actor, now=now, note=reason)
    audit.record(
        actor=actor,
        action="task.cancel",
        target=task,
        before=before,
        after={"state": task.state, "claims": [claim.employee.number for claim in open_claims]},
        reason=reason,
    )
    notify(
        recipients=[claim.employee for claim in open_claims],
        subject=_("任务“%s”已撤销") % task.name,
        body=reason,
        url=page_of(task),
        occasion=f"task.cancel:{task.pk}",
    )
    return task
