"""加减分: how far each has come, what the cap leaves of it, and what looks like the same matter."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from common.components import Step
from common.exact import format2
from common.text import clean
from indicators.queries import scheme_in_force
from organization.models import Employee, Role
from scoring.models import Adjustment, AdjustmentStep

State = Adjustment.State
LEADING_GROUP = (Role.Kind.DIRECTOR, Role.Kind.DEPUTY_DIRECTOR)
"""Who decides on pluses and minuses (审定)."""
WAY: tuple[Adjustment.State, ...] = (State.REQUESTED, State.REVIEWED, State.APPROVED, State.COUNTED)
UNDERWAY = WAY[:3]
ALIKE = 0.6
"""From which likeness of its words on another matter of the quarter is shown beside one."""


@dataclass(frozen=True, slots=True)
class Capped:
    """The counted pluses of a person's quarter with one more, and the cap over them (scoring.md §3)."""

    total: Decimal
    cap: Decimal

    @property
    def sentence(self) -> str:
        values = {"total": format2(self.total), "cap": format2(self.cap)}
        if self.total > self.cap:
            return _("本季加分合计 %(total)s，封顶 %(cap)s，超出部分不计。") % values
        return _("本季加分合计 %(total)s，封顶 %(cap)s。") % values


def capped(adjustment: Adjustment) -> Capped | None:
    """The pluses of the quarter with this one counted; None for a minus, which no cap concerns."""
    if adjustment.kind != Adjustment.Kind.PLUS:
        return None
    counted = Adjustment.objects.filter(
        quarter=adjustment.quarter_id, employee=adjustment.employee_id, kind=adjustment.kind, state=State.COUNTED
    ).exclude(pk=adjustment.pk)
    others = counted.aggregate(total=Sum("points"))["total"] or Decimal(0)
    own = Decimal(0) if adjustment.state == State.REFUSED else adjustment.points
    quarter = adjustment.quarter
    return Capped(others + own, scheme_in_force(quarter.bureau, quarter.code).plus_cap)


def similar(adjustment: Adjustment) -> list[Adjustment]:
    """Others of the same person, quarter and kind whose matter reads much the same: the same matter counts once."""
    rows = Adjustment.objects.filter(
        quarter=adjustment.quarter_id, employee=adjustment.employee_id, kind=adjustment.kind
    ).exclude(state=State.REFUSED)
    return [row for row in rows.exclude(pk=adjustment.pk).order_by("day", "pk") if alike(row.matter, adjustment.matter)]


def alike(one: str, other: str) -> bool:
    """Whether two matters may be the same one in other words."""
    first, second = clean(one).casefold(), clean(other).casefold()
    return first in second or second in first or SequenceMatcher(None, first, second).ratio() >= ALIKE


def rail(adjustment: Adjustment) -> list[Step]:
    """申请 → 初审 → 审定 → 计入 with who and when; what was recorded directly has one step, a refusal says why."""
    taken = list(adjustment.steps.select_related("by").order_by("at", "pk"))
    asked = [place for place, step in enumerate(taken) if step.state == State.REQUESTED]
    if not asked and adjustment.state not in UNDERWAY:
        return _direct(adjustment, taken)
    last = {step.state: step for step in taken[asked[-1] if asked else 0 :]}
    refused = last.get(State.REFUSED)
    steps = []
    for state in WAY:
        step = last.get(state)
        if step:
            steps.append(_done(state, step))
        elif refused:
            steps.append(Step(state.label, "blocked", _who(refused), refused.at, refused.reason))
            break
        else:
            waits = not steps or steps[-1].state == "done"
            steps.append(Step(state.label, "now" if waits else "next", note=_whose(state) if waits else ""))
    if adjustment.state == State.REFUSED and steps[-1].state == "done":  # counted first, then taken out
        steps.append(_taken_out(adjustment, refused))
    return steps


def _direct(adjustment: Adjustment, taken: list[AdjustmentStep]) -> list[Step]:
    steps = [
        Step(_("直接登记"), "done", adjustment.entered_by.name if adjustment.entered_by else "", adjustment.entered_at)
    ]
    refused = next((step for step in reversed(taken) if step.state == State.REFUSED), None)
    return [*steps, _taken_out(adjustment, refused)] if adjustment.state == State.REFUSED else steps


def _taken_out(adjustment: Adjustment, refused: AdjustmentStep | None) -> Step:
    """The refusal of what counted; one by an upheld appeal has its reason there and no step of its own."""
    if refused:
        return Step(State.REFUSED.label, "blocked", _who(refused), refused.at, refused.reason)
    who = adjustment.counted_by.name if adjustment.counted_by else ""
    return Step(State.REFUSED.label, "blocked", who, adjustment.counted_at)


def _done(state: Adjustment.State, step: AdjustmentStep) -> Step:
    return Step(state.label, "done", _who(step), step.at, step.reason)


def _who(step: AdjustmentStep) -> str:
    return step.by.name if step.by else ""


def _whose(state: Adjustment.State) -> str:
    return _("待局领导审定") if state == State.APPROVED else _("待绩效办办理")


def waiting_rows(user: Employee) -> QuerySet[Adjustment] | None:
    """The pluses and minuses that wait for the user's step, never one's own; None for whoever has no step in them."""
    states: list[str] = []
    if user.has_role(Role.Kind.OFFICE):
        states += [State.REQUESTED, State.APPROVED]
    if user.has_role(*LEADING_GROUP):
        states.append(State.REVIEWED)
    if not states:
        return None
    return Adjustment.objects.filter(bureau=user.bureau_id, state__in=states).exclude(employee=user)


def waiting_for(user: Employee) -> dict[str, int]:
    """How many of them there are, by the state they are in."""
    rows = waiting_rows(user)
    found: dict[str, int] = {}
    for state in rows.order_by().values_list("state", flat=True) if rows is not None else ():
        found[state] = found.get(state, 0) + 1
    return found
