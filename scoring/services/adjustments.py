"""加减分: 申请 → 初审 → 审定 → 计入 by office and leading group, or recorded directly by the office (直接登记).

Disciplinary minuses are recorded by the discipline role, too (domain.md, Results and Who may do what).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.services import record
from common import storage
from common.components import quarter_label
from common.errors import Conflict, InvalidInput
from common.quarters import QuarterCode
from common.text import clauses, for_the_record, half_width
from indicators.services.quarters import ensure_quarter, lock_for_input
from notifications.services import notify
from organization.files import file_lines, keep_rows
from organization.models import Employee, Role
from organization.queries import holders
from scoring.models import Adjustment, AdjustmentFile, AdjustmentQuerySet, AdjustmentStep
from scoring.permissions import (
    may_request_adjustment,
    may_step_adjustment,
    may_take_out_adjustment,
    may_write_adjustment,
)
from scoring.queries.adjustments import LEADING_GROUP

State = Adjustment.State
STEPS: dict[str, str] = {
    State.REQUESTED: State.REVIEWED,
    State.REVIEWED: State.APPROVED,
    State.APPROVED: State.COUNTED,
}
"""The way of a request: what each state leads to (domain.md, Words, 加减分)."""
ACTIONS: dict[str, str] = {
    State.REVIEWED: "adjustment.review",
    State.APPROVED: "adjustment.approve",
    State.COUNTED: "adjustment.count",
}
WAITING: dict[str, Promise] = {
    State.REQUESTED: gettext_lazy("有加减分申请待初审"),
    State.REVIEWED: gettext_lazy("有加减分待审定"),
    State.APPROVED: gettext_lazy("有加减分已审定，待计入"),
}
_DOCUMENT_NUMBER = re.compile(r"[〔\[(【]\s*\d{4}\s*[〕\])】]\s*第?\s*\d+\s*号")


@dataclass(frozen=True, slots=True)
class AdjustmentFacts:
    """What an adjustment says; `points` > 0 with at most two decimals, `disciplinary` only of a minus."""

    employee: Employee
    day: date
    kind: str
    points: Decimal
    matter: str
    basis: str
    disciplinary: bool = False


@transaction.atomic
def record_adjustment(*, facts: AdjustmentFacts, actor: Employee, files: Sequence[File[bytes]] = ()) -> Adjustment:
    """直接登记: writes a plus or minus that counts at once (计入) in the quarter of its day, with its basis.

    Raises Refused, InvalidInput for facts that cannot be, Conflict for the same matter twice, Frozen for a published
    quarter.
    """
    may_write_adjustment(actor, facts.employee.bureau, disciplinary=facts.disciplinary, of=facts.employee).require()
    _check(facts)
    quarter = ensure_quarter(facts.employee.bureau, str(QuarterCode.of(facts.day)), actor=actor)
    lock_for_input(quarter)
    _require_unique(facts, None)
    now = timezone.now()
    adjustment = Adjustment.objects.create(
        bureau=facts.employee.bureau,
        quarter=quarter,
        state=Adjustment.State.COUNTED,
        entered_by=actor,
        entered_at=now,
        counted_by=actor,
        counted_at=now,
        **_columns(facts),
    )
    _note_step(adjustment, actor, now, reason=for_the_record(gettext_lazy("直接登记")))
    with _kept(files, adjustment, actor, now) as kept:
        record(
            actor=actor,
            action="adjustment.record",
            target=adjustment,
            label=_label(adjustment),
            after=_facts(adjustment) | kept,
        )
    return adjustment


@transaction.atomic
def request_adjustment(
    *, facts: AdjustmentFacts, actor: Employee, today: date, files: Sequence[File[bytes]] = ()
) -> Adjustment:
    """申请: a plus or minus that counts only after 初审, 审定 and 计入. It needs a document or the number of one.

    What was refused before may be asked for again, with what was missing. Raises as `record_adjustment`.
    """
    may_request_adjustment(actor, facts.employee, plus=facts.kind == Adjustment.Kind.PLUS).require()
    _check(facts)
    if facts.disciplinary:
        sentence = _("违纪减分由纪检或绩效办直接登记，不走申请。")
        raise InvalidInput(sentence, fields={"disciplinary": sentence})
    if not files and not names_document(facts.basis):
        sentence = _("请上传依据文件，或在依据里写明文号，如“溪税发〔2023〕3号”")
        raise InvalidInput(sentence, fields={"basis": sentence})
    quarter = ensure_quarter(facts.employee.bureau, str(QuarterCode.of(facts.day)), actor=actor)
    lock_for_input(quarter)
    refused = _twins(facts).select_for_update().filter(state=State.REFUSED).first()
    _require_unique(facts, refused)
    now = timezone.now()
    adjustment = refused or Adjustment(bureau=facts.employee.bureau)
    before = _facts(refused) | {"state": refused.state} if refused else None
    adjustment.quarter, adjustment.state = quarter, State.REQUESTED
    adjustment.entered_by, adjustment.entered_at = actor, now
    adjustment.counted_by = adjustment.counted_at = None
    for name, value in _columns(facts).items():
        setattr(adjustment, name, value)
    adjustment.save()
    _note_step(adjustment, actor, now)
    with _kept(files, adjustment, actor, now) as kept:
        after = _facts(adjustment) | {"state": adjustment.state} | kept
        record(
            actor=actor,
            action="adjustment.request",
            target=adjustment,
            label=_label(adjustment),
            before=before,
            after=after,
        )
    _tell_next(adjustment, today)
    return adjustment


@transaction.atomic
def step_adjustment(*, adjustment: Adjustment, to: str, actor: Employee, today: date, note: str = "") -> Adjustment:
    """初审, 审定 or 计入: one step of a request. Only what is counted enters a score.

    Raises Refused, Conflict where the step does not follow from the state or somebody was faster, and as
    `lock_for_input` for a settled quarter.
    """
    expected = adjustment.state
    if STEPS.get(expected) != to:
        raise Conflict(
            _("这条加减分现在是“%(now)s”，不能变为“%(to)s”；请刷新页面再看。")
            % {"now": adjustment.get_state_display(), "to": State(to).label if to in State.values else to}
        )
    may_step_adjustment(actor, adjustment).require()
    lock_for_input(adjustment.quarter)
    now = timezone.now()
    counted = {"counted_by": actor, "counted_at": now} if to == State.COUNTED else {}
    if Adjustment.objects.filter(pk=adjustment.pk, state=expected).update(state=to, **counted) != 1:
        raise Conflict(_("这条加减分刚刚被别人办理了；请刷新页面再看。"))
    adjustment.refresh_from_db()
    _note_step(adjustment, actor, now, reason=note.strip())
    record(
        actor=actor,
        action=ACTIONS[to],
        target=adjustment,
        label=_label(adjustment),
        before={"state": expected},
        after={"state": to},
        reason=note.strip(),
    )
    if to == State.COUNTED:
        _tell_outcome(adjustment, actor, gettext_lazy("%(matter)s：%(kind)s %(points)s 已计入%(quarter)s得分"))
    else:
        _tell_next(adjustment, today)
    return adjustment


@transaction.atomic
def change_adjustment(*, adjustment: Adjustment, facts: AdjustmentFacts, actor: Employee) -> Adjustment:
    """Corrects an adjustment before its quarter is shown; both the old and the new quarter must still take input.

    Raises as `record_adjustment`, and Conflict for one that no longer counts.
    """
    for disciplinary, of in ((adjustment.disciplinary, adjustment.employee), (facts.disciplinary, facts.employee)):
        may_write_adjustment(actor, adjustment.bureau, disciplinary=disciplinary, of=of).require()
    if facts.employee.bureau_id != adjustment.bureau_id:
        raise InvalidInput(_("只能登记本单位人员的加减分。"), fields={"employee": _("请填写本单位人员的工号")})
    _check(facts)
    quarter = ensure_quarter(adjustment.bureau, str(QuarterCode.of(facts.day)), actor=actor)
    for one in sorted({adjustment.quarter, quarter}, key=lambda row: row.code):
        lock_for_input(one)
    adjustment = _still_counting(adjustment)
    _require_unique(facts, adjustment)
    before = _facts(adjustment)
    adjustment.quarter = quarter
    for name, value in _columns(facts).items():
        setattr(adjustment, name, value)
    after = _facts(adjustment)
    if before != after:
        adjustment.save()
        record(
            actor=actor,
            action="adjustment.change",
            target=adjustment,
            label=_label(adjustment),
            before={key: value for key, value in before.items() if after[key] != value},
            after={key: value for key, value in after.items() if before[key] != value},
        )
    return adjustment


@transaction.atomic
def refuse_adjustment(*, adjustment: Adjustment, actor: Employee, reason: str) -> Adjustment:
    """不予计入, at any step or after it counted; the row and its history stay. Raises as `record_adjustment`."""
    if adjustment.state == State.REFUSED:
        raise Conflict(_("这条加减分已经不予计入；请刷新页面再看。"))
    may_take_out_adjustment(actor, adjustment).require()
    if not reason.strip():
        raise InvalidInput(_("不予计入要写明理由。"), fields={"reason": _("请写明不予计入的理由")})
    lock_for_input(adjustment.quarter)
    before = adjustment.state
    now = timezone.now()
    taken = Adjustment.objects.filter(pk=adjustment.pk, state=before)
    if taken.update(state=State.REFUSED, counted_by=actor, counted_at=now) != 1:
        raise Conflict(_("这条加减分刚刚被别人办理了；请刷新页面再看。"))
    adjustment.refresh_from_db()
    _note_step(adjustment, actor, now, reason=reason.strip())
    record(
        actor=actor,
        action="adjustment.refuse",
        target=adjustment,
        label=_label(adjustment),
        before={"state": before},
        after={"state": adjustment.state},
        reason=reason.strip(),
    )
    _tell_outcome(
        adjustment, actor, gettext_lazy("%(matter)s：%(kind)s %(points)s 不予计入%(quarter)s得分"), body=reason.strip()
    )
    return adjustment


def _still_counting(adjustment: Adjustment) -> Adjustment:
    """The row as it stands, locked; Conflict if it was taken out or moved to another quarter since it was read."""
    rows = Adjustment.objects.select_for_update(of=("self",)).select_related("employee", "quarter", "bureau")
    found = rows.get(pk=adjustment.pk)
    if found.state == State.REFUSED:
        raise Conflict(_("这条加减分已经不予计入，不能再改；确需计入请重新登记。"))
    if found.state != State.COUNTED or found.steps.filter(state=State.APPROVED).exists():
        raise Conflict(_("这条加减分是申请、审定的，不能直接改；确有错误请不予计入，改好后重新申请。"))
    if found.quarter_id != adjustment.quarter_id:
        raise Conflict(_("这条加减分刚刚被别人改到另一季度；请刷新页面再看。"))
    return found


def _check(facts: AdjustmentFacts) -> None:
    faults: dict[str, object] = {}
    if facts.points <= 0:
        faults["points"] = _("分值应当大于 0；减分请在类型里选“减分”")
    if facts.disciplinary and facts.kind != Adjustment.Kind.MINUS:
        faults["disciplinary"] = _("只有减分才能标为违纪")
    if not facts.matter.strip():
        faults["matter"] = _("请写明事由")
    if not facts.basis.strip():
        faults["basis"] = _("请写明依据的文件或记录")
    if faults:
        raise InvalidInput(clauses(faults.values()), fields=faults)


def _require_unique(facts: AdjustmentFacts, own: Adjustment | None) -> None:
    twins = _twins(facts)
    if own is not None:
        twins = twins.exclude(pk=own.pk)
    if twins.exists():
        raise Conflict(
            _("%(person)s在 %(day)s 已有同一事由的%(kind)s；请修改那一条，不要重复登记。")
            % {"person": facts.employee.name, "day": facts.day, "kind": Adjustment.Kind(facts.kind).label}
        )


def _twins(facts: AdjustmentFacts) -> AdjustmentQuerySet:
    """The same matter of the same person and day: at most one row (`adjustment_once_a_matter`)."""
    return Adjustment.objects.filter(
        day=facts.day, employee=facts.employee, kind=facts.kind, matter=facts.matter.strip()
    ).order_by("pk")


def names_document(basis: str) -> bool:
    """Whether a basis names a document by its number: `溪税发〔2023〕3号`."""
    return bool(_DOCUMENT_NUMBER.search(half_width(basis)))


def _note_step(adjustment: Adjustment, actor: Employee, now: datetime, *, reason: str = "") -> None:
    AdjustmentStep.objects.create(adjustment=adjustment, state=adjustment.state, at=now, by=actor, reason=reason)


@contextmanager
def _kept(
    files: Sequence[File[bytes]], adjustment: Adjustment, actor: Employee, now: datetime
) -> Iterator[dict[str, Any]]:
    """Keeps the documents for the length of the act, for good if it succeeds; hands out what the log says of them."""
    storage.check(files)
    with storage.storing("adjustments") as store:
        kept = keep_rows(AdjustmentFile, map(store, files), actor=actor, now=now, adjustment=adjustment)
        yield {"files": file_lines(kept)} if kept else {}


def _tell_next(adjustment: Adjustment, today: date) -> None:
    """Whoever takes the next step, once a day however much waits; never whom it is about."""
    kinds = LEADING_GROUP if adjustment.state == State.REVIEWED else (Role.Kind.OFFICE,)
    notify(
        recipients=holders(adjustment.bureau, today, *kinds).exclude(pk=adjustment.employee_id),
        subject=for_the_record(WAITING[adjustment.state]),
        body=for_the_record(
            gettext_lazy("%(person)s：%(matter)s"), person=adjustment.employee, matter=adjustment.matter
        ),
        url=f"{reverse('scoring:adjustments')}?state={adjustment.state}",
        occasion=f"adjustment.{adjustment.state}:{today}",
    )


def _tell_outcome(adjustment: Adjustment, actor: Employee, sentence: Promise, *, body: str = "") -> None:
    """Whom it is about and whoever asked for it."""
    people = {
        person.pk: person for person in (adjustment.employee, adjustment.entered_by) if person and person != actor
    }
    notify(
        recipients=people.values(),
        subject=for_the_record(
            sentence,
            matter=adjustment.matter,
            kind=adjustment.get_kind_display(),
            points=adjustment.points,
            quarter=quarter_label(adjustment.quarter.code),
        ),
        body=body,
        url=reverse("scoring:adjustment", args=[adjustment.pk]),
        occasion=f"adjustment.outcome:{adjustment.pk}:{timezone.now().isoformat()}",
        private=True,
    )


def _columns(facts: AdjustmentFacts) -> dict[str, Any]:
    return {
        "employee": facts.employee,
        "day": facts.day,
        "kind": facts.kind,
        "points": facts.points,
        "matter": facts.matter.strip(),
        "basis": facts.basis.strip(),
        "disciplinary": facts.disciplinary,
    }


def _facts(adjustment: Adjustment) -> dict[str, Any]:
    return {
        "employee": str(adjustment.employee),
        "day": adjustment.day.isoformat(),
        "kind": adjustment.kind,
        "points": str(adjustment.points),
        "matter": adjustment.matter,
        "basis": adjustment.basis,
        "disciplinary": adjustment.disciplinary,
    }


def _label(adjustment: Adjustment) -> str:
    return f"{adjustment.employee} {adjustment}"
