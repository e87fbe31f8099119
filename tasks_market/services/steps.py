"""What every act of the market does: turns a no into its refusal, moves a claim, leaves its lines."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from audit import services as audit
from common.errors import Conflict, InvalidInput
from common.verdict import Verdict
from notifications.services import notify
from organization.models import Employee
from tasks_market.models import Claim, ClaimEvent, Task

RIGHTS = frozenset({"refused", "foreign", "not_own", "own", "away", "not_in_post", "department"})
"""Codes of a no that lies with the person; every other no lies with the state of the thing and is a conflict."""


def require(verdict: Verdict) -> None:
    """Raises Refused (403) where the person may not, Conflict (409) where the thing is not in a state for it."""
    if not verdict and verdict.code not in RIGHTS:
        raise Conflict(verdict.message, code=verdict.code)
    verdict.require()


def filled(text: str, name: str, sentence: str) -> str:
    """The text without blanks around it. Raises InvalidInput for an empty one."""
    if not text.strip():
        raise InvalidInput(sentence, fields={name: sentence})
    return text.strip()


def move(claim: Claim, to: Claim.State, **values: Any) -> None:
    """Moves a claim by an UPDATE that names the state it was read in; Conflict if somebody was faster."""
    expected = Claim.State(claim.state)
    assert to in Claim.MOVES[expected], f"{expected} → {to}"
    values["state"] = to
    if Claim.objects.filter(pk=claim.pk, state=expected).update(**values) != 1:
        raise Conflict(_("这项任务刚刚被别人处理过；请刷新页面再看。"))
    for name, value in values.items():
        setattr(claim, name, value)


def note_event(claim: Claim, kind: str, *, actor: Employee | None, now: datetime, note: str = "") -> None:
    """A step on the claim's rail."""
    ClaimEvent.objects.create(
        task_id=claim.task_id, claim=claim, employee_id=claim.employee_id, kind=kind, at=now, by=actor, note=note
    )


def record_claim(
    claim: Claim, action: str, *, actor: Employee | None, before: Any = None, after: Any = None, reason: str = ""
) -> None:
    """The audit line of an act on a claim."""
    audit.record(
        actor=actor,
        action=action,
        bureau=claim.bureau,
        target=claim,
        label=f"{claim.task} {claim.employee}",
        before=before,
        after=after,
        reason=reason,
    )


def page_of(task: Task) -> str:
    """Where a message about the task leads."""
    return reverse("tasks_market:task", args=[task.number])


def fresh(claim: Claim) -> Claim:
    """The claim as it stands, with everything that a decision about it looks at; Conflict if it is gone."""
    related = Claim.objects.select_related("bureau", "employee", "task__quarter", "task__bureau", "task__department")
    found = related.filter(pk=claim.pk).order_by().first()
    if found is None:
        raise Conflict(_("这个名额刚刚退回；请刷新页面再看。"), code="gone")
    return found


def release(claim: Claim, kind: str, *, actor: Employee, now: datetime, note: str = "") -> None:
    """Takes a claim that has not begun off its task and gives its place back; the event stays.

    The person's and, where one leads, the task's row are locked by the caller. A lead who goes hands over to the first
    assistant, so that a task that is worked on always has exactly one.
    """
    # without the model's ordering, whose joins would lock task, quarter and bureau as well
    held = Claim.objects.order_by().select_for_update().filter(pk=claim.pk, state=Claim.State.HELD)
    if not list(held.values_list("pk")):
        raise Conflict(_("这项任务刚刚开工或已经退出；请刷新页面再看。"))
    note_event(claim, kind, actor=actor, now=now, note=note)
    Claim.objects.get(pk=claim.pk).delete()
    Task.objects.filter(pk=claim.task_id).update(places_taken=F("places_taken") - 1)
    if claim.part == Claim.Part.LEAD:
        _hand_over(claim, actor=actor, now=now)


def _hand_over(gone: Claim, *, actor: Employee, now: datetime) -> None:
    following = Claim.objects.filter(task=gone.task_id)
    if following.filter(outcome=Claim.Outcome.ACCEPTED).exists():
        raise Conflict(_("协办人已经验收，主办不能再退出；确有困难请联系绩效办。"), code="lead")
    name_lead(following.filter(state__in=Claim.OPEN), actor=actor, now=now)


def name_lead(among: QuerySet[Claim], *, actor: Employee | None, now: datetime) -> None:
    """主办 passes to whoever of these came first, who is told; the task's row is locked by the caller."""
    heir = among.select_related("employee", "task", "bureau").order_by("at", "pk").first()
    if heir is None:
        return
    Claim.objects.filter(pk=heir.pk).update(part=Claim.Part.LEAD)
    heir.part = Claim.Part.LEAD
    note_event(heir, ClaimEvent.Kind.LEAD, actor=actor, now=now)
    record_claim(
        heir, "claim.lead", actor=actor, before={"part": Claim.Part.ASSISTANT}, after={"part": Claim.Part.LEAD}
    )
    notify(
        recipients=[heir.employee],
        subject=_("您转为任务“%(task)s”的主办") % {"task": heir.task.name},
        url=page_of(heir.task),
        occasion=f"claim.lead:{heir.pk}:{now:%Y%m%d%H%M%S}",
    )
