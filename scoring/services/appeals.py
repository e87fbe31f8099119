"""申诉: filed, answered, decided by people; upheld, the correction and the run that follows from it (domain.md, Quarter's end)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.services import record
from common import storage
from common.components import quarter_label
from common.errors import Conflict, InvalidInput
from common.exact import plain
from common.text import for_the_record
from indicators.models import Result
from indicators.queries import version_of
from indicators.services.corrections import correct_result
from indicators.services.quarters import opened_for_correction
from notifications.services import notify
from organization.files import file_lines, keep_rows
from organization.models import Bureau, Employee
from organization.queries import work_calendar
from scoring.models import Appeal, AppealFile, Score, ScoreRun
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
    page_of,
    periods_of,
    run_reason,
)
from scoring.queries.corrections import Moved, moves_of_correction, preview_of_correction
from scoring.services.corrections import add_correction_run, correct_adjustment
from scoring.services.scoring import lock_quarter
from tasks_market.services.acceptance import correct_quality
from tasks_market.services.steps import filled, require

_spoken_quarter = lazy(quarter_label, str)
Side, State, Subject = Appeal.Side, Appeal.State, Appeal.Subject
FOLDER = "appeals"


@dataclass(frozen=True, slots=True)
class Correction:
    """What an upheld appeal puts in place of what was: of a result its input (`period` where the appeal is about
    several nodes), of an adjustment other `points` or `refuse`, of a claim its `quality`."""

    period: str = ""
    value: Decimal | None = None
    tier: str = ""
    target: Decimal | None = None
    exempt: bool = False
    note: str = ""
    refuse: bool = False
    points: Decimal | None = None
    quality: Decimal | None = None


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
        _tell(appeal, answerers(appeal), gettext_lazy("%(name)s%(quarter)s得分的申诉，请在 %(due)s 前答复"), "file")
        if side == Side.ASSESSOR:
            subject = gettext_lazy("考评部门对您%(quarter)s的得分提出申诉：%(line)s")
            _tell(appeal, [appeal.employee], subject, "file")
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
        _tell(appeal, deciders(appeal), subject, "answer")
        told = gettext_lazy("对“%(line)s”的申诉已有答复，等待裁定")
        _tell(appeal, _parties(appeal), told, "answered", body=answer)
    return appeal


@transaction.atomic
def withdraw_appeal(*, appeal: Appeal, actor: Employee, now: datetime) -> Appeal:
    """撤回, as long as nobody has decided. Raises Refused, Conflict."""
    appeal = fresh(appeal)
    require(may_withdraw_appeal(actor, appeal))
    waiting = answerers(appeal) if appeal.state == State.FILED else deciders(appeal)
    take(appeal, state=State.WITHDRAWN, decided_at=now)
    _record(appeal, "appeal.withdraw", actor=actor)
    _tell(appeal, waiting, gettext_lazy("%(name)s%(quarter)s得分的申诉已撤回"), "withdraw")
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
            change = _apply(appeal, correction, actor=actor, reason=reason, now=now)
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
    _tell(appeal, [*_parties(appeal), *answered], subject, "decide", body=reason)
    if run is not None:
        _tell_moved(appeal, run)
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
            change = _apply(appeal, correction, actor=actor, reason="", now=now)
            moves = preview_of_correction(quarter)
        transaction.set_rollback(True)
    return Preview(change, moves)


def remind_appeals(bureau: Bureau, *, today: date) -> int:
    """Reminds who answers and who decides on the working day before a limit, on its day, and daily once it has passed.

    Each person is told once a day; nothing is decided by itself. Returns how many were told.
    """
    told = 0
    for appeal in _related().filter(bureau=bureau, state__in=Appeal.OPEN).order_by("pk"):
        late = appeal.state == State.FILED and today > appeal.answer_due
        if appeal.state == State.FILED and _is_day_to_remind(appeal.answer_due, today):
            subject = (
                gettext_lazy("%(name)s%(quarter)s得分的申诉答复已逾期（%(due)s），请尽快答复")
                if late
                else gettext_lazy("%(name)s%(quarter)s得分的申诉，请在 %(due)s 前答复")
            )
            told += _tell(appeal, answerers(appeal), subject, f"remind-answer:{today}", due=appeal.answer_due)
        if (late or appeal.state == State.ANSWERED) and _is_day_to_remind(appeal.decide_due, today):
            subject = (
                gettext_lazy("%(name)s%(quarter)s得分的申诉裁定已逾期（%(due)s），请尽快裁定")
                if today > appeal.decide_due
                else gettext_lazy("%(name)s%(quarter)s得分的申诉，请在 %(due)s 前裁定")
            )
            told += _tell(appeal, deciders(appeal), subject, f"remind-decide:{today}", due=appeal.decide_due)
    return told


def _is_day_to_remind(due: date, today: date) -> bool:
    return today >= due or today == work_calendar().add(due, -1)


# What a decision corrects ----------------------------------------------------------------------------------------


def _apply(
    appeal: Appeal, correction: Correction | None, *, actor: Employee, reason: str, now: datetime
) -> dict[str, Any] | None:
    """Writes the correction through the services of what it corrects; its row before and after, as the appeal keeps it."""
    if appeal.subject == Subject.OTHER:
        return None
    if correction is None:
        raise InvalidInput(_("裁定成立要写明更正后的内容。"), fields={"correction": _("请填写更正后的内容")})
    if appeal.subject == Subject.RESULT:
        return _apply_to_result(appeal, correction, actor=actor, reason=reason)
    if appeal.subject == Subject.CLAIM:
        claim = appeal.claim
        assert claim is not None
        if correction.quality is None:
            sentence = _("请填写更正后的质量系数")
            raise InvalidInput(sentence, fields={"quality": sentence})
        corrected = correct_quality(claim=claim, actor=actor, quality=correction.quality, reason=reason)
        before = Decimal(1) if claim.quality is None else claim.quality
        return {"before": {"quality": plain(before)}, "after": {"quality": plain(corrected.quality or Decimal(0))}}
    adjustment = appeal.adjustment
    assert adjustment is not None
    if not correction.refuse and correction.points is None:
        sentence = _("请填写更正后的分值，或选择不予计入")
        raise InvalidInput(sentence, fields={"points": sentence})
    points = None if correction.refuse else correction.points
    fixed = correct_adjustment(adjustment=adjustment, actor=actor, points=points, reason=reason, now=now)
    return {
        "before": {"points": str(adjustment.points), "state": adjustment.state},
        "after": {"points": str(fixed.points), "state": fixed.state},
    }


def _apply_to_result(appeal: Appeal, correction: Correction, *, actor: Employee, reason: str) -> dict[str, Any]:
    point = appeal.point
    assert point is not None
    period = appeal.period or correction.period
    if period not in periods_of(appeal):
        sentence = _("请选择要更正的节点")
        raise InvalidInput(sentence, fields={"period": sentence})
    old = Result.objects.filter(employee=appeal.employee_id, point=point, period=period).first()
    before = _input_of(old)
    result = correct_result(
        quarter=appeal.quarter,
        employee=appeal.employee,
        point=point,
        period=period,
        actor=actor,
        reason=reason,
        value=correction.value,
        tier=correction.tier,
        target=correction.target,
        exempt=correction.exempt,
        note=correction.note,
    )
    return {"period": period, "before": before, "after": _input_of(result)}


def _input_of(result: Result | None) -> dict[str, Any]:
    """A node's input with its points, as numbers are written."""
    if result is None:
        return {}
    found: dict[str, Any] = {
        name: None if value is None else plain(value)
        for name, value in (("value", result.value), ("target", result.target))
    }
    points = None if result.points is None else str(result.points)
    return found | {"tier": result.tier, "exempt": result.exempt, "note": result.note, "points": points}


# Steps -----------------------------------------------------------------------------------------------------------


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


def _related() -> Any:
    return Appeal.objects.select_related(
        "bureau", "quarter__bureau", "employee__department", "filed_by", "answered_by", "assessor", "point",
        "claim__task__department", "adjustment__quarter", "run", "corrected_run",
    )  # fmt: skip


def fresh(appeal: Appeal) -> Appeal:
    """The appeal as it stands, with everything that an act on it looks at."""
    found: Appeal = _related().get(pk=appeal.pk)
    return found


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


def _tell(
    appeal: Appeal,
    people: Iterable[Employee],
    subject: Promise,
    occasion: str,
    *,
    body: str = "",
    due: date | None = None,
) -> int:
    """Tells people of a step of the appeal; the day in the sentence is by default the one that it waits for."""
    waits = appeal.answer_due if appeal.state == State.FILED else appeal.decide_due
    sentence = for_the_record(
        subject,
        name=appeal.employee.name,
        quarter=_spoken_quarter(appeal.quarter.code),
        line=appeal.line,
        due=due or waits,
    )
    return notify(
        recipients=people,
        subject=sentence,
        body=body or appeal.line,
        url=page_of(appeal),
        occasion=f"appeal.{occasion}:{appeal.pk}",
        private=True,
    )


def _tell_moved(appeal: Appeal, run: ScoreRun) -> None:
    """Tells everybody whose total moved; they acknowledge the new one again."""
    numbers = [one.number for one in moves_of_correction(run) if one.total_before != one.total_after]
    notify(
        recipients=Employee.objects.filter(scores__run=run, number__in=numbers),
        subject=for_the_record(
            gettext_lazy("您%s的总分因申诉更正而变动，请查看并重新知悉"), _spoken_quarter(appeal.quarter.code)
        ),
        body=run.reason,
        url=f"{reverse('reports:mine')}?quarter={appeal.quarter.code}",
        occasion=f"score.moved:{run.pk}",
        private=True,
    )
