"""抢单: first come first served, exact under load (domain.md, Task market; docs/locking.md).

Three guards, each on the row that owns its limit: the person's row for the number of unfinished tasks, the task's row
for its places and its window, the unique index for one place a person.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from common.errors import Conflict
from organization.models import Employee
from tasks_market.models import Claim, ClaimEvent, Task
from tasks_market.permissions import may_claim, may_withdraw, takes_claims
from tasks_market.queries import claimer_facts
from tasks_market.services.steps import fresh, record_claim, release, require


def claim_task(*, task: Task, actor: Employee, now: datetime) -> Claim:
    """Takes a place of the task for the actor; in a 主协办 task the first one leads.

    Whoever comes too late is refused by a read, without a lock. Raises Refused or Conflict with the sentence of
    `may_claim`.
    """
    require(takes_claims(actor, task, now))
    try:
        return _take_place(task, actor, now)
    except IntegrityError as error:
        if not Claim.objects.filter(task=task, employee=actor).exists():
            raise
        raise Conflict(_("您已经承担这项任务，一人只占一个名额；可在“我的任务”里查看。"), code="held") from error


@transaction.atomic
def _take_place(task: Task, actor: Employee, now: datetime) -> Claim:
    """The task's row is touched last, so that those behind wait as short as can be."""
    lock_people(actor.pk)
    require(may_claim(actor, task, now=now, facts=claimer_facts(actor, task)))
    claim = Claim(
        bureau_id=task.bureau_id,
        quarter=task.quarter,
        task=task,
        employee=actor,
        way=Claim.Way.CLAIMED,
        part=_part_of_next(task),
        at=now,
    )
    claim.bureau = actor.bureau
    claim.save(force_insert=True)
    record_claim(claim, "claim.claim", actor=actor, after={"way": claim.way, "part": claim.part, "at": now})
    if not occupy(task, now):
        current = Task.objects.select_related("quarter").get(pk=task.pk)
        require(takes_claims(actor, current, now))
        raise Conflict(_("名额刚刚被抢完；可以看看其他任务。"), code="full")
    return claim


_OCCUPY = """
    UPDATE tasks_market_task SET places_taken = places_taken + 1
    WHERE id = %(task)s AND state = %(posted)s AND places_taken < places
        AND (posted_at IS NULL OR posted_at <= %(now)s) AND (claim_until IS NULL OR claim_until > %(now)s)
"""
"""What `Task.objects.claimable` says, written out because every claim that succeeds composes it anew."""


def occupy(task: Task, now: datetime) -> bool:
    """Takes one place by an UPDATE that names window and places; False if there is none any more."""
    moment = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(_OCCUPY, {"task": task.pk, "posted": str(Task.State.POSTED), "now": moment})
        return bool(cursor.rowcount == 1)


def lock_people(*ids: int) -> None:
    """The people's rows, in one order, until the end of the transaction."""
    list(Employee.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))


def _part_of_next(task: Task) -> str:
    """主办 for the first of a task that shares so, whose row is locked for it; nothing where parts do not matter."""
    if task.sharing != Task.Sharing.LEAD:
        return ""
    taken = lock_task(task).places_taken
    return Claim.Part.ASSISTANT if taken else Claim.Part.LEAD


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
    if claim.task.sharing == Task.Sharing.LEAD:
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
