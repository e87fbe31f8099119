"""抢单: first come first served, exact under load (domain.md, Task market; docs/locking.md).

Three guards, each on the row that owns its limit: the person's row for the number of unfinished tasks, the task's row
for its places and its window, the unique index for one place a person.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from common.errors import Conflict, InvalidInput
from common.statements import Statement
from organization.models import Employee
from tasks_market.models import Claim, ClaimEvent, Task
from tasks_market.permissions import may_claim, may_take_part, may_withdraw, takes_claims
from tasks_market.queries import claimer_facts
from tasks_market.services.steps import fresh, record_claim, release, require


def claim_task(*, task: Task, actor: Employee, now: datetime, part: str = "") -> Claim:
    """Takes a place of the task for the actor: in a 主协办 task that of the `part` asked for, else the lead's while free.

    Whoever comes too late is refused by a read, without a lock. Raises Refused or Conflict with the sentence of
    `may_claim` or `may_take_part`, InvalidInput for a part where there are none.
    """
    if part and not task.has_parts:
        sentence = _("这项任务不分主办、协办；请直接抢单。")
        raise InvalidInput(sentence, fields={"role": sentence})
    require(takes_claims(actor, task, now))
    try:
        return _take_place(task, actor, now, part)
    except IntegrityError as error:
        if not Claim.objects.filter(task=task, employee=actor).exists():
            standing = Task.objects.with_lead().get(pk=task.pk)
            if part == Claim.Part.LEAD:
                require(may_take_part(standing, part))
            raise
        raise Conflict(_("您已经承担这项任务，一人只占一个名额；可在“我的任务”里查看。"), code="held") from error


@transaction.atomic
def _take_place(task: Task, actor: Employee, now: datetime, part: str) -> Claim:
    """The task's row is touched last, so that those behind wait as short as can be."""
    lock_people(actor.pk)
    require(may_claim(actor, task, now=now, facts=claimer_facts(actor, task)))
    claim = Claim(
        bureau_id=task.bureau_id,
        quarter=task.quarter,
        task=task,
        employee=actor,
        way=Claim.Way.CLAIMED,
        part=part_of_next(task, part),
        at=now,
    )
    claim.bureau = actor.bureau
    claim.save(force_insert=True)
    record_claim(claim, "claim.claim", actor=actor, after={"way": claim.way, "part": claim.part, "at": now})
    if not occupy(task, now, claim.part):
        current = Task.objects.with_lead().select_related("quarter").get(pk=task.pk)
        require(takes_claims(actor, current, now) and may_take_part(current, claim.part))
        raise Conflict(_("名额刚刚被抢完；可以看看其他任务。"), code="full")
    return claim


_OCCUPY = Statement("""
    UPDATE tasks_market_task SET places_taken = places_taken + 1
    WHERE id = %(task)s AND state = %(posted)s AND places_taken < places
        AND (posted_at IS NULL OR posted_at <= %(now)s) AND (claim_until IS NULL OR claim_until > %(now)s)
""")
"""What `Task.objects.claimable` says, written out because every claim that succeeds composes it anew."""

_LEAVES_A_LEAD = """
        AND (places_taken < places - 1 OR EXISTS (
            SELECT 1 FROM tasks_market_claim c WHERE c.task_id = tasks_market_task.id AND c.part = %(lead)s))
"""
_OCCUPY_AS_ASSISTANT = Statement(_OCCUPY + _LEAVES_A_LEAD)


def occupy(task: Task, now: datetime, part: str = "") -> bool:
    """Takes one place by an UPDATE that names window and places; False if there is none any more.

    An assistant's place leaves one for the lead as long as nobody leads.
    """
    sql = _OCCUPY_AS_ASSISTANT if part == Claim.Part.ASSISTANT else _OCCUPY
    moment = connection.ops.adapt_datetimefield_value(now)
    asked: dict[str, Any] = {
        "task": task.pk,
        "posted": str(Task.State.POSTED),
        "now": moment,
        "lead": str(Claim.Part.LEAD),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        return bool(cursor.rowcount == 1)


def lock_people(*ids: int) -> None:
    """The people's rows, in one order, until the end of the transaction."""
    list(Employee.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))


def part_of_next(task: Task, wanted: str = "") -> str:
    """The part that the next place brings, with the task's row locked for it; nothing where parts do not matter.

    What is not asked for leads while nobody does. Raises Conflict if the part asked for is not free.
    """
    if not task.has_parts:
        return ""
    locked = lock_task(task)
    part = wanted or (Claim.Part.ASSISTANT if locked.led else Claim.Part.LEAD)
    if locked.places_left > 0:
        require(may_take_part(locked, part))
    return part


def lock_task(task: Task) -> Task:
    """The task's row as it stands, locked until the end of the transaction."""
    return Task.objects.select_for_update(no_key=True).get(pk=task.pk)


@transaction.atomic
def withdraw_claim(*, claim: Claim, actor: Employee, now: datetime) -> None:
    """退单: gives the place back before the work starts; the claim's row goes, its event stays.

    Raises Refused or Conflict.
    """
    require(may_withdraw(actor, claim))
    lock_people(claim.employee_id)
    if claim.task.has_parts:
        lock_task(claim.task)
    claim = fresh(claim)
    require(may_withdraw(actor, claim))
    record_claim(
        claim,
        "claim.withdraw",
        actor=actor,
        before={"way": claim.way, "part": claim.part, "at": claim.at},
    )
    release(claim, ClaimEvent.Kind.WITHDRAWN, actor=actor, now=now)
