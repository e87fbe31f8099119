"""办理: start, note progress, hand in with files, ask for and decide an extension (domain.md, Task market)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.core.files.base import File
from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from common import storage
from common.errors import Conflict, InvalidInput
from notifications.services import notify
from organization.files import file_lines, keep_rows
from organization.models import Employee
from tasks_market.models import Claim, ClaimEvent, ClaimFile, Extension, ProgressNote
from tasks_market.permissions import may_ask_extension, may_decide_extension, may_hand_in, may_note, may_start
from tasks_market.queries import spoken
from tasks_market.services.assigning import office_of
from tasks_market.services.steps import filled, fresh, move, note_event, page_of, record_claim, require

Event = ClaimEvent.Kind


@transaction.atomic
def start(*, claim: Claim, actor: Employee, now: datetime) -> Claim:
    """开工: from here on the claim cannot be withdrawn. Raises Refused, Conflict."""
    require(may_start(actor, claim))
    before = {"state": claim.state}
    move(claim, Claim.State.STARTED, started_at=now)
    note_event(claim, Event.STARTED, actor=actor, now=now)
    record_claim(claim, "claim.start", actor=actor, before=before, after={"state": claim.state})
    return claim


@transaction.atomic
def note_progress(*, claim: Claim, actor: Employee, text: str, now: datetime) -> ProgressNote:
    """进展: a dated line on how far the work is; the last one said again is the same line.

    Raises Refused, Conflict, InvalidInput.
    """
    require(may_note(actor, claim))
    text = filled(text, "text", _("请写一写进展。"))
    Claim.objects.select_for_update(no_key=True).order_by().get(pk=claim.pk)
    last = claim.notes.last()
    if last is not None and (last.by_id, last.text) == (actor.pk, text):
        return last
    note = ProgressNote.objects.create(claim=claim, at=now, by=actor, text=text)
    record_claim(claim, "claim.note", actor=actor, after={"text": text})
    return note


@transaction.atomic
def hand_in(*, claim: Claim, actor: Employee, report: str, now: datetime, files: Sequence[File[bytes]] = ()) -> Claim:
    """交付: the report and its files wait for acceptance; what comes after the deadline is marked late.

    Files are checked before anything is written and taken away again if the transaction fails. Raises Refused, Conflict,
    InvalidInput.
    """
    claim = fresh(claim)
    require(may_hand_in(actor, claim))
    report = filled(report, "report", _("请写明完成情况。"))
    storage.check(files)
    before = {"state": claim.state}
    started = {} if claim.started_at else {"started_at": now}
    move(claim, Claim.State.HANDED_IN, handed_in_at=now, report=report, late=claim.deadline < now, **started)
    with storage.storing("market") as store:
        kept = keep_rows(ClaimFile, map(store, files), actor=actor, now=now, claim=claim)
        note_event(claim, Event.HANDED_IN, actor=actor, now=now)
        record_claim(
            claim,
            "claim.hand_in",
            actor=actor,
            before=before,
            after={
                "state": claim.state,
                "report": report,
                "late": claim.late,
                "files": file_lines(kept),
            },
        )
        _tell_judge(claim, _("%(name)s交付了任务“%(task)s”，请验收"), f"hand_in:{claim.pk}:{now:%Y%m%d%H%M%S}", report)
    return claim


@transaction.atomic
def ask_extension(*, claim: Claim, actor: Employee, until: datetime, reason: str, now: datetime) -> Extension:
    """申请延期, before the deadline, to a later date, with a reason. Raises Refused, Conflict, InvalidInput."""
    claim = fresh(claim)
    require(may_ask_extension(actor, claim, now=now))
    reason = filled(reason, "reason", _("请写明延期的理由。"))
    if until <= claim.deadline:
        sentence = _("延期后的时限应当晚于现在的时限 %s。") % spoken(claim.deadline)
        raise InvalidInput(sentence, fields={"until": sentence})
    Claim.objects.select_for_update().get(pk=claim.pk)
    if claim.extensions.filter(decision="").exists():
        raise Conflict(_("已有一份延期申请等待决定，不能再申请；请等分管局领导或绩效办答复。"), code="asked")
    extension = Extension.objects.create(claim=claim, asked_at=now, asked_until=until, reason=reason)
    note_event(claim, Event.EXTENSION_ASKED, actor=actor, now=now, note=reason)
    record_claim(claim, "claim.ask_extension", actor=actor, after={"due_at": until}, reason=reason)
    _tell_judge(claim, _("%(name)s申请任务“%(task)s”延期，请决定"), f"extension:{extension.pk}", reason)
    return extension


@transaction.atomic
def decide_extension(
    *,
    extension: Extension,
    actor: Employee,
    granted: bool,
    now: datetime,
    until: datetime | None = None,
    answer: str = "",
) -> Extension:
    """Grants an extension, to the date asked or another one, or denies it with a reason.

    Raises Refused, Conflict, InvalidInput.
    """
    claim = fresh(extension.claim)
    require(may_decide_extension(actor, claim))
    if not granted:
        answer = filled(answer, "answer", _("不同意延期要写明理由。"))
    new = (until or extension.asked_until) if granted else None
    if new is not None and new <= claim.deadline:
        sentence = _("延期后的时限应当晚于现在的时限 %s。") % spoken(claim.deadline)
        raise InvalidInput(sentence, fields={"until": sentence})
    values = {
        "decision": Extension.Decision.GRANTED if granted else Extension.Decision.DENIED,
        "granted_until": new,
        "answer": answer,
        "decided_by": actor,
        "decided_at": now,
    }
    if Extension.objects.filter(pk=extension.pk, decision="").update(**values) != 1:
        raise Conflict(_("延期申请刚刚被别人决定了；请刷新页面再看。"))
    for name, value in values.items():
        setattr(extension, name, value)
    before = {"due_at": claim.deadline}
    if new is not None:
        Claim.objects.filter(pk=claim.pk).update(due_at=new)
    note_event(claim, Event.EXTENDED if granted else Event.NOT_EXTENDED, actor=actor, now=now, note=answer)
    record_claim(
        claim,
        "claim.extend" if granted else "claim.not_extend",
        actor=actor,
        before=before,
        after={"due_at": new} if granted else None,
        reason=answer,
    )
    subject = _("任务“%(task)s”延期至 %(until)s") if granted else _("任务“%(task)s”不同意延期")
    notify(
        recipients=[claim.employee],
        subject=subject % {"task": claim.task.name, "until": spoken(new)},
        body=answer,
        url=page_of(claim.task),
        occasion=f"claim.extension:{extension.pk}:decided",
    )
    return extension


def remind_overdue(now: datetime) -> int:
    """Daily: tells everybody whose task is overdue, once a day; returns how many claims were reminded of."""
    late = Claim.objects.overdue(now).exclude(Q(bureau__stands_on__isnull=False)).select_related("employee", "task")
    told = 0
    for claim in late.order_by("pk"):
        told += notify(
            recipients=[claim.employee],
            subject=_("任务“%s”已经逾期，请尽快交付") % claim.task.name,
            body=_("完成时限 %s。") % spoken(claim.deadline),
            url=page_of(claim.task),
            occasion=f"claim.overdue:{claim.pk}:{localtime(now).date()}",
        )
    return told


def _tell_judge(claim: Claim, subject: str, occasion: str, body: str) -> None:
    """Tells the deputy director in charge, or the office where there is none or it is the person's own claim."""
    deputy = claim.task.department.deputy
    judges = [deputy] if deputy and deputy.pk != claim.employee_id else office_of(claim.bureau)
    notify(
        recipients=judges,
        subject=subject % {"name": claim.employee.name, "task": claim.task.name},
        body=body,
        url=page_of(claim.task),
        occasion=f"claim.{occasion}",
    )
