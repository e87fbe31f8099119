"""What the page of one appeal shows: its rail, its sheet, what was corrected, and the forms of what the reader may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from common.components import Change, Step
from common.exact import plain
from common.verdict import Verdict
from common.workdays import WorkCalendar
from indicators.models import PointVersion, Result
from indicators.queries import version_of
from organization.models import Employee
from organization.queries import work_calendar
from organization.requests import PersonRequest
from scoring.forms import AnswerAppealForm, RejectAppealForm, UpholdAppealForm
from scoring.models import Adjustment, Appeal, AppealFile, Score
from scoring.permissions import may_answer_appeal, may_decide_appeal, may_withdraw_appeal
from scoring.queries.appeals import DECIDERS, due_of, moves_shown, periods_of
from scoring.queries.corrections import Moved
from scoring.services.appeals import Preview

State = Appeal.State


@dataclass(frozen=True)
class AppealPage:
    """Everything on the page of one appeal, for one reader; forms that came back with errors replace the blank ones."""

    appeal: Appeal
    request: PersonRequest
    bound: dict[str, forms.Form]
    preview: Preview | None = None

    @property
    def today(self) -> date:
        return self.request.user.bureau.today

    @property
    def calendar(self) -> WorkCalendar:
        return work_calendar()

    @property
    def due(self) -> date | None:
        return due_of(self.appeal)

    @cached_property
    def version(self) -> PointVersion | None:
        return version_of(self.appeal.point_id, self.appeal.quarter) if self.appeal.point_id else None

    @cached_property
    def may_answer(self) -> Verdict:
        return may_answer_appeal(self.request.user, self.appeal)

    @cached_property
    def may_decide(self) -> Verdict:
        return may_decide_appeal(self.request.user, self.appeal, today=self.today)

    @cached_property
    def may_withdraw(self) -> Verdict:
        return may_withdraw_appeal(self.request.user, self.appeal)

    @property
    def shows_decision(self) -> bool:
        """The office and the director see why they may not decide yet; nobody else asks."""
        return self.appeal.is_open and self.request.user.has_role(*DECIDERS)

    @cached_property
    def answer_form(self) -> forms.Form:
        return self.bound.get("answer") or AnswerAppealForm()

    @cached_property
    def reject_form(self) -> forms.Form:
        return self.bound.get("reject") or RejectAppealForm(prefix="reject")

    @cached_property
    def uphold_form(self) -> forms.Form:
        return self.bound.get("uphold") or uphold_form(self.appeal, self.version)

    @property
    def rejects(self) -> bool:
        return "reject" in self.bound

    @cached_property
    def result(self) -> Result | None:
        """The result as it stands, if the reader may see it."""
        if self.appeal.point_id is None or not self.appeal.period:
            return None
        rows = Result.objects.visible_to(self.request.user).select_related("entered_by", "reviewed_by", "confirmed_by")
        appeal = self.appeal
        found: Result | None = rows.filter(
            employee=appeal.employee_id, point=appeal.point_id, period=appeal.period
        ).first()
        return found

    @property
    def standing(self) -> str:
        """The input of that result as it stands."""
        found = self.result
        if found is None or found.exempt:
            return _("不适用") if found else ""
        return found.tier or ("–" if found.value is None else plain(found.value))

    @cached_property
    def files(self) -> list[AppealFile]:
        return list(self.appeal.files.select_related("by"))

    @cached_property
    def scores(self) -> dict[str, Score]:
        """The score that was objected to, and the corrected one, where the reader may open them."""
        appeal = self.appeal
        rows = Score.objects.filter(run__in=filter(None, [appeal.run_id, appeal.corrected_run_id]))
        rows = rows.filter(employee=appeal.employee_id).explained_to(self.request.user).defer("inputs")
        return {"before" if one.run_id == appeal.run_id else "after": one for one in rows}

    @cached_property
    def changes(self) -> list[Change]:
        return changes_of(self.appeal.change)

    @cached_property
    def moves(self) -> list[Moved]:
        return moves_shown(self.appeal, self.request.user)

    @cached_property
    def moved_by_preview(self) -> list[Change]:
        return changes_of(self.preview.change) if self.preview else []

    @cached_property
    def rail(self) -> list[Step]:
        return rail_of(self.appeal)


def rail_of(appeal: Appeal) -> list[Step]:
    """提出 → 答复 → 裁定 → 更正, each with who and when, or what it waits for."""
    withdrawn = appeal.state == State.WITHDRAWN
    if appeal.answered_at:
        answer = Step(_("答复"), "done", _name(appeal.answered_by), appeal.answered_at)
    elif appeal.state == State.FILED:
        answer = Step(_("答复"), "now", note=_("%s 前") % appeal.answer_due)
    else:
        answer = Step(_("答复"), "next" if withdrawn else "blocked", note="" if withdrawn else _("期满没有答复"))
    if withdrawn:
        decision = Step(_("裁定"), "blocked", _name(appeal.filed_by), appeal.decided_at, _("提出人已撤回"))
    elif appeal.decided_at:
        decision = Step(
            _("裁定"), "done", _name(appeal.decided_by), appeal.decided_at, appeal.get_state_display()
        )  # fmt: skip
    else:
        state = "now" if appeal.state == State.ANSWERED else "next"
        decision = Step(_("裁定"), state, note=_("%s 前") % appeal.decide_due)
    if appeal.state == State.UPHELD:
        run = appeal.corrected_run
        note = _("第 %d 次计分") % run.number if run else _("重新计分，得分不变")
        correction = Step(_("更正"), "done", at=run.scored_at if run else appeal.decided_at, note=note)
    else:
        correction = Step(_("更正"), "next", note=_("维持原得分") if appeal.state == State.REJECTED else "")
    return [Step(_("提出"), "done", _name(appeal.filed_by), appeal.filed_at), answer, decision, correction]


def _name(person: Employee | None) -> str:
    return person.name if person else ""


def changes_of(change: dict[str, Any] | None) -> list[Change]:
    """What a decision corrected, field by field, only what differs."""
    if not change:
        return []
    labels = {
        "value": _("完成值"), "tier": _("档次"), "target": _("目标值"), "exempt": _("不适用"), "note": _("说明"),
        "points": _("得分") if "period" in change else _("分值"), "state": _("状态"), "quality": _("质量系数"),
    }  # fmt: skip
    before, after = change["before"], change["after"]
    return [
        Change(label, _said(name, before.get(name)), _said(name, after.get(name)))
        for name, label in labels.items()
        if name in after and before.get(name) != after[name] and (before.get(name) or after[name])
    ]


def _said(name: str, value: Any) -> str:
    if name == "exempt":
        return _("是") if value else _("否")
    if name == "state":
        return str(Adjustment.State(value).label)
    return "–" if value in (None, "") else str(value)


def uphold_form(appeal: Appeal, version: PointVersion | None, data: Any = None, **options: Any) -> UpholdAppealForm:
    """The correction's form, filled with what stands."""
    return UpholdAppealForm(
        data,
        appeal=appeal,
        version=version,
        periods=periods_of(appeal),
        initial=_standing(appeal),
        prefix="uphold",
        **options,
    )


def _standing(appeal: Appeal) -> dict[str, Any]:
    if appeal.claim is not None:
        return {"quality": "1.00" if appeal.claim.quality is None else appeal.claim.quality}
    if appeal.adjustment is not None:
        return {"points": appeal.adjustment.points}
    if appeal.point_id is None or not appeal.period:
        return {}
    found = Result.objects.filter(employee=appeal.employee_id, point=appeal.point_id, period=appeal.period).first()
    if found is None:
        return {}
    numbers = {"value": found.value, "target": found.target}
    return {name: plain(value) for name, value in numbers.items() if value is not None} | {
        "tier": found.tier,
        "exempt": found.exempt,
        "note": found.note,
    }
