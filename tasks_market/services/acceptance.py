"""验收: quality and a sentence, or back with a reason (domain.md, Task market). The points follow from scoring.md §3."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from common.errors import Conflict, InvalidInput
from common.exact import plain
from indicators.services.quarters import lock_for_input
from notifications.services import notify
from organization.models import Employee
from tasks_market.models import Claim, ClaimEvent
from tasks_market.permissions import may_accept, may_refuse
from tasks_market.services.steps import filled, fresh, move, note_event, page_of, record_claim, require

BEST_QUALITY = Decimal("1.2")
Event = ClaimEvent.Kind


@transaction.atomic
def accept(*, claim: Claim, actor: Employee, quality: Decimal | None, comment: str, now: datetime) -> Claim:
    """Accepts what was handed in, with a quality of 0 to 1.2 (None counts 1) and a sentence; its points count at once.

    Raises Refused, Conflict (also for a quarter in publicity or published), InvalidInput.
    """
    claim = fresh(claim)
    require(may_accept(actor, claim))
    comment = filled(comment, "comment", _("请写一句验收意见。"))
    _check_quality(quality)
    lock_for_input(claim.task.quarter)
    move(
        claim,
        Claim.State.ACCEPTED,
        outcome=Claim.Outcome.ACCEPTED,
        quality=quality,
        comment=comment,
        accepted_by=actor,
        accepted_at=now,
        accepted_on=localtime(now).date(),
    )
    note_event(claim, Event.ACCEPTED, actor=actor, now=now, note=comment)
    after = {"state": claim.state, "outcome": claim.outcome, "quality": quality, "accepted_on": claim.accepted_on}
    record_claim(
        claim, "claim.accept", actor=actor, before={"state": Claim.State.HANDED_IN}, after=after, reason=comment
    )
    _tell(claim, _("任务“%(task)s”验收通过，质量系数 %(quality)s"), comment, now, quality=quality)
    return claim


@transaction.atomic
def send_back(*, claim: Claim, actor: Employee, reason: str, now: datetime) -> Claim:
    """退回重办: what was handed in goes back to work, with a reason. Raises Refused, Conflict, InvalidInput."""
    claim = fresh(claim)
    require(may_accept(actor, claim))
    reason = filled(reason, "reason", _("请写明退回的理由。"))
    move(claim, Claim.State.STARTED, return_reason=reason)
    note_event(claim, Event.RETURNED, actor=actor, now=now, note=reason)
    states = {"before": {"state": Claim.State.HANDED_IN}, "after": {"state": claim.state}}
    record_claim(claim, "claim.return", actor=actor, reason=reason, **states)
    _tell(claim, _("任务“%(task)s”被退回，请按意见重办"), reason, now)
    return claim


@transaction.atomic
def refuse(*, claim: Claim, actor: Employee, reason: str, now: datetime) -> Claim:
    """未通过: what was handed in does not do, or was never handed in and is overdue; it brings no points.

    Raises Refused, Conflict, InvalidInput.
    """
    claim = fresh(claim)
    require(may_refuse(actor, claim, now=now))
    reason = filled(reason, "reason", _("请写明未通过的理由。"))
    lock_for_input(claim.task.quarter)
    before = {"state": claim.state}
    move(
        claim,
        Claim.State.REFUSED,
        outcome=Claim.Outcome.REFUSED,
        comment=reason,
        accepted_by=actor,
        accepted_at=now,
        accepted_on=localtime(now).date(),
    )
    note_event(claim, Event.REFUSED, actor=actor, now=now, note=reason)
    after = {"state": claim.state, "outcome": claim.outcome}
    record_claim(claim, "claim.refuse", actor=actor, before=before, after=after, reason=reason)
    _tell(claim, _("任务“%(task)s”验收未通过"), reason, now)
    return claim


@transaction.atomic
def correct_quality(*, claim: Claim, actor: Employee, quality: Decimal, reason: str) -> Claim:
    """更正: the quality that an upheld appeal gives to a claim that was accepted; acceptance and its comment stay.

    Who may decide is the caller's to ask, and a settled quarter has to be opened for the correction. Raises Conflict if
    it is not, or if the claim was not accepted, InvalidInput.
    """
    claim = fresh(claim)
    _check_quality(quality)
    lock_for_input(claim.task.quarter)
    before = Decimal(1) if claim.quality is None else claim.quality
    if quality == before:
        sentence = _("更正后的质量系数与原来一样；要维持原结果，请裁定申诉不成立。")
        raise InvalidInput(sentence, fields={"quality": sentence})
    if Claim.objects.filter(pk=claim.pk, state=Claim.State.ACCEPTED).update(quality=quality) != 1:
        raise Conflict(_("这项任务没有验收通过，没有质量系数可以更正；请刷新页面再看。"))
    claim.quality = quality
    record_claim(
        claim, "claim.correct", actor=actor, before={"quality": before}, after={"quality": quality}, reason=reason
    )
    return claim


def _check_quality(quality: Decimal | None) -> None:
    if quality is None:
        return
    if not quality.is_finite() or not 0 <= quality <= BEST_QUALITY or round(quality, 2) != quality:
        sentence = _("质量系数应当在 0 到 1.2 之间，最多两位小数，现在是 %s") % quality
        raise InvalidInput(sentence, fields={"quality": sentence})


def _tell(claim: Claim, subject: str, body: str, now: datetime, *, quality: Decimal | None = None) -> None:
    names = {"task": claim.task.name, "quality": "1" if quality is None else plain(quality)}
    notify(
        recipients=[claim.employee],
        subject=subject % names,
        body=body,
        url=page_of(claim.task),
        occasion=f"claim.{claim.state}:{claim.pk}:{now:%Y%m%d%H%M%S}",
    )
