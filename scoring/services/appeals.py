"""申诉: filed, answered, decided by people; upheld, the correction and the run that follows from it (domain.md, Quarter's end)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.services import record
from common import storage
from common.errors import Conflict, InvalidInput
from indicators.queries import version_of
from indicators.services.quarters import opened_for_correction
from organization.files import file_lines, keep_rows
from organization.models import Employee
from scoring.models import Appeal, AppealFile, Score
from scoring.permissions import (
    may_answer_appeal,
    may_appeal_as_assessor,
    may_decide_appeal,
    may_file_appeal,
    may_withdraw_appeal,
)
from scoring.queries.appeals import (
    Disputed,
    answer_limit,
    answerers,
    deciders,
    decision_limit,
    disputed_line,
    run_reason,
)
from scoring.queries.corrections import Moved, preview_of_correction
from scoring.services.appeal_corrections import Correction, correct
from scoring.services.appeal_notices import tell, tell_moved
from scoring.services.corrections import add_correction_run
from scoring.services.scoring import lock_quarter
from tasks_market.services.steps import filled, require

Side, State = Appeal.Side, Appeal.State
FOLDER = "appeals"


@dataclass(frozen=True, slots=True)
class Preview:
    """What a decision would change: the corrected row before and after, and everybody whom it moves."""

    change: dict[str, Any] | None
    moves: list[Moved]


@transaction.atomic
def file_appeal(
    *,
    score: Score,
    key: str,
    actor: Employee,
    ground: str,
    today: date,
    now: datetime,
    wanted: str = "",
    files: Sequence[File[bytes]] = (),
) -> Appeal:
    """提出申诉 about the line `key` of a score: by the assessed, or by the assessing department about its result.

    The score stands meanwhile. Raises Refused, Conflict (also outside the days for it, and for a second open appeal
    about the line), InvalidInput.
    """
    quarter = lock_quarter(score.bureau, score.quarter.code)  # no publication passes between looking and filing
    score = Score.objects.select_related("run", "quarter__bureau", "bureau", "employee__department").get(pk=score.pk)
    line = disputed_line(score, key)
    version = version_of(line.point_id, quarter) if line and line.point_id else None
    side = Side.ASSESSED if actor.pk == score.employee_id else Side.ASSESSOR
    if side == Side.ASSESSOR:
        require(may_appeal_as_assessor(actor, version.assessor_id if version else None))
    require(may_file_appeal(actor, score, today=today))
    if line is None:
        sentence = _("得分明细里没有这一行；请从得分明细上的“申诉”进入。")
        raise InvalidInput(sentence, fields={"line": sentence})
    ground = filled(ground, "ground", _("请写明申诉的理由。"))
    storage.check(files)
    if Appeal.objects.open().filter(quarter=quarter, employee=score.employee, side=side, line=line.line).exists():
        raise Conflict(_("对“%s”的申诉正在办理；请在原申诉里查看进度。") % line.line, code="open")
    answer_due, decide_due = answer_limit(quarter, today)
    appeal = Appeal(
        bureau=score.bureau,
        quarter=quarter,
        employee=score.employee,
        side=side,
        filed_by=actor,
        filed_at=now,
        assessor=version.assessor if version else None,
        run=score.run,
        ground=ground,
        wanted=wanted.strip(),
        answer_due=answer_due,
        decide_due=decide_due,
        **_columns(line),
    )
    with storage.storing(FOLDER) as store:
        appeal.save()
        kept = keep_rows(AppealFile, map(store, files), actor=actor, now=now, appeal=appeal)
        _record(
            appeal,
            "appeal.file",
            actor=actor,
            after={"line": appeal.line, "figure": appeal.figure, "wanted": appeal.wanted, "files": file_lines(kept)},
            reason=ground,
        )
        tell(appeal, answerers(appeal), gettext_lazy("%(name)s%(quarter)s得分的申诉，请在 %(due)s 前答复"), "file")
        if side == Side.ASSESSOR:
            subject = gettext_lazy("考评部门对您%(quarter)s的得分提出申诉：%(line)s")
            tell(appeal, [appeal.employee], subject, "file")
    return appeal


@transaction.atomic
def answer_appeal(
    *,
    appeal: Appeal,
    actor: Employee,
    answer: str,
    today: date,
    now: datetime,
    files: Sequence[File[bytes]] = (),
) -> Appeal:
    """答复: what the assessor says to it; from here the limit of the decision runs. Raises Refused, Conflict, InvalidInput."""
    appeal = fresh(appeal)
    require(may_answer_appeal(actor, appeal))
    answer = filled(answer, "answer", _("请写明答复意见。"))
    storage.check(files)
    due = decision_limit(appeal.quarter, today)
    take(appeal, state=State.ANSWERED, answer=answer, answered_by=actor, answered_at=now, decide_due=due)
    with storage.storing(FOLDER) as store:
        kept = keep_rows(AppealFile, map(store, files), actor=actor, now=now, appeal=appeal)
        _record(appeal, "appeal.answer", actor=actor, after={"answer": answer, "files": file_lines(kept)})
        subject = gettext_lazy("%(name)s%(quarter)s得分的申诉已答复，请在 %(due)s 前裁定")
        tell(appeal, deciders(appeal), subject, "answer")
        told = gettext_lazy("对“%(line)s”的申诉已有答复，等待裁定")
        tell(appeal, _parties(appeal), told, "answered", body=answer)
    return appeal


@transaction.atomic
def withdraw_appeal(*, appeal: Appeal, actor: Employee, now: datetime) -> Appeal:
    """撤回, as long as nobody has decided. Raises Refused, Conflict."""
    appeal = fresh(appeal)
    require(may_withdraw_appeal(actor, appeal))
    waiting = answerers(appeal) if appeal.state == State.FILED else deciders(appeal)
    take(appeal, state=State.WITHDRAWN, decided_at=now)
    _record(appeal, "appeal.withdraw", actor=actor)
    tell(appeal, waiting, gettext_lazy("%(name)s%(quarter)s得分的申诉已撤回"), "withdraw")
    return appeal


@transaction.atomic
def decide_appeal(
    *,
    appeal: Appeal,
    actor: Employee,
    upheld: bool,
    reason: str,
    today: date,
    now: datetime,
    correction: Correction | None = None,
) -> Appeal:
    """裁定: not upheld, or upheld with the correction that follows and a run of scores beside the earlier one.

    The correction is written past the freezing of the quarter and scored in the same transaction; an appeal about
    something else (categories, department scores) takes none and has the quarter scored again as its inputs stand.
    Raises Refused, Conflict, InvalidInput.
    """
    quarter = lock_quarter(appeal.bureau, appeal.quarter.code)  # before the appeal: no publication, no other decision
    appeal = fresh(appeal)
    require(may_decide_appeal(actor, appeal, today=today))
    reason = filled(reason, "reason", _("请写明裁定的理由。"))
    change, run = None, None
    if upheld:
        with opened_for_correction(quarter):
            change = correct(appeal, correction, actor=actor, reason=reason, now=now)
            run = add_correction_run(quarter, actor=actor, reason=run_reason(appeal))
    take(
        appeal,
        state=State.UPHELD if upheld else State.REJECTED,
        decision=reason,
        decided_by=actor,
        decided_at=now,
        change=change,
        corrected_run=run,
    )
    _record(
        appeal,
        "appeal.uphold" if upheld else "appeal.reject",
        actor=actor,
        before=change["before"] if change else None,
        after=(change["after"] if change else {}) | ({"run": run.number} if run else {}),
        reason=reason,
    )
    subject = gettext_lazy("对“%(line)s”的申诉裁定成立") if upheld else gettext_lazy("对“%(line)s”的申诉裁定不成立")
    answered = [appeal.answered_by] if appeal.answered_by else answerers(appeal)
    tell(appeal, [*_parties(appeal), *answered], subject, "decide", body=reason)
    if run is not None:
        tell_moved(appeal, run)
    return appeal


def preview_decision(
    *, appeal: Appeal, actor: Employee, today: date, now: datetime, correction: Correction | None = None
) -> Preview:
    """What upholding the appeal would change and whom it would move: done, looked at, and taken back.

    Raises as `decide_appeal`.
    """
    with transaction.atomic():
        quarter = lock_quarter(appeal.bureau, appeal.quarter.code)
        appeal = fresh(appeal)
        require(may_decide_appeal(actor, appeal, today=today))
        with opened_for_correction(quarter):
            change = correct(appeal, correction, actor=actor, reason="", now=now)
            moves = preview_of_correction(quarter)
        transaction.set_rollback(True)
    return Preview(change, moves)


def _columns(line: Disputed) -> dict[str, Any]:
    return {
        "subject": line.subject,
        "line": line.line[:300],
        "figure": line.figure,
        "point_id": line.point_id,
        "period": line.period,
        "result_id": line.result_id,
        "claim_id": line.claim_id,
        "adjustment_id": line.adjustment_id,
    }


def fresh(appeal: Appeal) -> Appeal:
    """The appeal as it stands, with everything that an act on it looks at."""
    return Appeal.objects.whole().get(pk=appeal.pk)


def take(appeal: Appeal, **values: Any) -> None:
    """Moves an appeal by an UPDATE that names the state it was read in; Conflict if somebody was faster."""
    if Appeal.objects.filter(pk=appeal.pk, state=appeal.state).update(**values) != 1:
        raise Conflict(_("这份申诉刚刚被别人处理过；请刷新页面再看。"))
    for name, value in values.items():
        setattr(appeal, name, value)


def _parties(appeal: Appeal) -> list[Employee]:
    return [appeal.employee, appeal.filed_by]


def _record(
    appeal: Appeal,
    action: str,
    *,
    actor: Employee,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    label = f"{appeal.employee} {appeal.quarter.code} {appeal.line}"
    record(
        actor=actor,
        action=action,
        bureau=appeal.bureau,
        target=appeal,
        label=label,
        before=before,
        after=after,
        reason=reason,
    )
