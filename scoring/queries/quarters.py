"""A quarter as its page shows it: the rail of its steps, who and when, and what blocks the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.components import Step
from indicators.models import Quarter, QuarterStep
from organization.models import Employee
from scoring.models import ScoreRun
from scoring.queries.appeals import open_appeals
from scoring.queries.readiness import publicity_ends

State = Quarter.State


@dataclass(frozen=True, slots=True)
class QuarterLine:
    """One quarter in the list, ready to show."""

    code: str
    state: str
    state_label: str
    scored: str
    ranked: str
    missing: int
    scored_at: object
    provisional: bool
    corrections: int


def quarter_lines(user: Employee) -> list[QuarterLine]:
    """The user's bureau's quarters, newest first, each with its current run, in two queries."""
    runs: dict[int, list[ScoreRun]] = {}
    for run in ScoreRun.objects.visible_to(user).order_by("number"):
        runs.setdefault(run.quarter_id, []).append(run)
    lines = []
    for quarter in Quarter.objects.visible_to(user).order_by("-code"):
        of_quarter = runs.get(quarter.pk, [])
        current = next((run for run in of_quarter if run.is_current), None)
        lines.append(
            QuarterLine(
                code=quarter.code,
                state=quarter.state,
                state_label=str(quarter.get_state_display()),
                scored=str(current.scored) if current else "",
                ranked=str(current.ranked) if current else "",
                missing=current.missing if current else 0,
                scored_at=current.scored_at if current else None,
                provisional=bool(current and current.is_provisional),
                corrections=sum(run.kind == ScoreRun.Kind.CORRECTION for run in of_quarter),
            )
        )
    return lines


def rail_steps(quarter: Quarter, run: ScoreRun | None, today: date) -> list[Step]:
    """The steps of a quarter: done with who and when, now, next, and what blocks the next at first sight.

    The readiness list says everything that blocks; this says what can be known from the run alone.
    """
    entered: dict[str, QuarterStep] = {}
    for step in QuarterStep.objects.filter(quarter=quarter).select_related("by").order_by("at", "id"):
        entered[step.state] = step
    order = list(State)
    now = order.index(State(quarter.state))
    steps = []
    for position, state in enumerate(order):
        note = ""
        if position < now or (position == now and quarter.is_frozen):
            standing = "done"
        elif position == now:
            standing, note = "now", _note(quarter)
        else:
            blocked = _blocked(quarter, run, today) if position == now + 1 else ""
            standing, note = ("blocked", blocked) if blocked else ("next", "")
        found = entered.get(state) if position <= now else None
        steps.append(
            Step(
                label=state.label,
                state=standing,
                who=(found.by.name if found.by else _("系统")) if found else "",
                at=found.at if found else None,
                note=note,
            )
        )
    return steps


def may_be_provisional(quarter: Quarter, today: date) -> bool:
    """Whether the quarter still has provisional scores: it is running, and was not scored finally (scoring.md §1)."""
    if not quarter.takes_input or not quarter.period.contains(today):
        return False
    return not ScoreRun.objects.filter(quarter=quarter, is_current=True, as_of__isnull=True).exists()


def _note(quarter: Quarter) -> str:
    ends = publicity_ends(quarter) if quarter.state == State.PUBLICITY else None
    return _("公示到 %(day)s，期满没有未结申诉即自动发布") % {"day": f"{ends:%Y-%m-%d}"} if ends else ""


def _blocked(quarter: Quarter, run: ScoreRun | None, today: date) -> str:
    if quarter.state == State.PUBLICITY:
        ends, appeals = publicity_ends(quarter), open_appeals(quarter).count()
        if appeals:
            return ngettext("未结申诉 %(count)d 件", "未结申诉 %(count)d 件", appeals) % {"count": appeals}
        return _("公示未满期") if ends and today <= ends else ""
    if quarter.state != State.REVIEWING:
        return ""
    if run is None or run.is_provisional:
        return _("还没有正式计分")
    if run.missing:
        return ngettext("漏项和未确认 %(count)d 个", "漏项和未确认 %(count)d 个", run.missing) % {"count": run.missing}
    return ""
