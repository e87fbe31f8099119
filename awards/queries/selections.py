"""五星评选: what a bureau has agreed, the pool of a run, how far a selection has come, and what waits for whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from awards import pool
from awards.models import COMMITTEE, RUNS_SELECTIONS, AwardSettings, Objection, PoolMember, Selection, SelectionStep
from common.components import Step
from common.text import for_the_record
from common.workdays import WorkCalendar
from indicators.models import Quarter
from organization.models import Bureau, Employee, Role
from scoring import formula
from scoring.models import Score, ScoreRun

State = Selection.State
READS_OBJECTIONS = (*COMMITTEE, *RUNS_SELECTIONS, Role.Kind.DISCIPLINE)
"""Who reads all objections; everybody reads the own ones."""
SEES_POOL = (Role.Kind.OFFICE, Role.Kind.DIRECTOR, Role.Kind.DEPUTY_DIRECTOR, Role.Kind.DISCIPLINE)


def settings_of(bureau: Bureau) -> AwardSettings:
    """What the bureau has agreed, or the defaults of domain.md as an unsaved row."""
    return AwardSettings.objects.filter(bureau=bureau).first() or AwardSettings(bureau=bureau)


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a selection that is not in publicity yet."""

    nominate_until: date
    ballot_from: date
    ballot_until: date


def days_from(today: date, agreed: AwardSettings, calendar: WorkCalendar) -> Days:
    """The days of a selection that opens today, in working days: the ballot begins on the one after the nominations."""
    nominate_until = calendar.add(today, agreed.nomination_days)
    ballot_from = calendar.add(nominate_until, 1)
    return Days(nominate_until, ballot_from, calendar.add(ballot_from, agreed.ballot_days - 1))


# The pool ---------------------------------------------------------------------------------------------------------


def pool_of(run: ScoreRun) -> list[PoolMember]:
    """Everybody scored in a run, with standing and reason, unsaved; by rank, then by staff number."""
    scheme = formula.SchemeValues.from_mapping(run.scheme)
    scores = {one.pk: one for one in Score.objects.filter(run=run).select_related("category")}
    people = [
        pool.Scored(
            key=one.pk,
            bureau_rank=one.bureau_rank,
            disciplinary=any(minus.disciplinary for minus in formula.adjustments_of(one.inputs)),
            why_not=str(one.reason),
        )
        for one in scores.values()
    ]
    return [
        PoolMember(
            employee_id=scores[placed.scored.key].employee_id,
            department_id=scores[placed.scored.key].department_id,
            bureau_rank=placed.scored.bureau_rank,
            standing=placed.standing,
            reason=_reason(placed, scores[placed.scored.key]),
        )
        for placed in pool.pool(people, scheme)
    ]


def _reason(placed: pool.Placed, score: Score) -> str:
    """Why somebody is in or out, in the installation's language: it is kept with the row."""
    rank = placed.scored.bureau_rank
    if placed.standing == pool.NOT_RANKED:
        if score.reason:
            return for_the_record(gettext_lazy("不参加排名：%s"), Score.Reason(score.reason).label)
        return for_the_record(gettext_lazy("%s不参加单位排名"), score.category.name)
    sentences = {
        pool.IN: gettext_lazy("单位排名第 %(rank)d，在前 %(limit)d 名以内"),
        pool.OUT_BY_RANK: gettext_lazy("单位排名第 %(rank)d，候选池到第 %(limit)d 名为止"),
        pool.OUT_BY_DISCIPLINE: gettext_lazy("单位排名第 %(rank)d，但本季有违纪减分，不递补"),
    }
    return for_the_record(sentences[placed.standing], rank=rank, limit=placed.limit)


def quarters_to_select(bureau: Bureau) -> list[Quarter]:
    """The published quarters without a selection, the newest first."""
    taken = Selection.objects.filter(bureau=bureau).exclude(state=State.CANCELLED)
    published = Quarter.objects.filter(bureau=bureau, state=Quarter.State.PUBLISHED)
    return list(published.exclude(pk__in=taken.values("quarter_id")).order_by("-code"))


# Where it stands --------------------------------------------------------------------------------------------------


def page_of(selection: Selection) -> str:
    return reverse("awards:selection", args=[selection.pk])


def next_limit(selection: Selection, today: date) -> date | None:
    """The day that the selection waits for, None where it waits for people without a limit."""
    return {
        State.NOMINATING: selection.nominate_until if today <= selection.nominate_until else selection.ballot_from,
        State.BALLOTING: selection.ballot_until,
        State.PUBLICITY: selection.publicity_until,
    }.get(State(selection.state))


def current_selection(bureau: Bureau) -> Selection | None:
    """The selection that is going on, else the last published one."""
    rows = Selection.objects.filter(bureau=bureau).exclude(state=State.CANCELLED).select_related("quarter", "bureau")
    going_on = rows.exclude(state=State.PUBLISHED).order_by("-quarter__code", "-pk").first()
    return going_on or rows.order_by("-quarter__code", "-pk").first()


RAIL = (State.NOMINATING, State.BALLOTING, State.DECIDING, State.PUBLICITY, State.PUBLISHED)


def rail_of(selection: Selection, steps: Iterable[SelectionStep]) -> list[Step]:
    """提名 → 投票 → 审定 → 公示 → 公布, each with who began it and when, or until when it lasts."""
    begun = {step.state: step for step in steps}
    cancelled = begun.get(State.CANCELLED) if selection.state == State.CANCELLED else None
    at = RAIL.index(State(selection.state)) if cancelled is None else -1
    notes = {
        State.NOMINATING: _("到 %s 止") % selection.nominate_until,
        State.BALLOTING: _("%(first)s 至 %(last)s") % {"first": selection.ballot_from, "last": selection.ballot_until},
        State.PUBLICITY: _("到 %s 止") % selection.publicity_until if selection.publicity_until else "",
    }
    rail = []
    for place, state in enumerate(RAIL):
        step = begun.get(state) if cancelled or place <= at else None
        where = "next" if step is None else "now" if place == at and state != State.PUBLISHED else "done"
        who = (step.by.name if step.by else _("系统")) if step else ""
        rail.append(Step(state.label, where, who, step.at if step else None, notes.get(state, "")))
    if cancelled:
        who = cancelled.by.name if cancelled.by else ""
        rail = [one for one in rail if one.state == "done"]
        rail.append(Step(State.CANCELLED.label, "blocked", who, cancelled.at, cancelled.reason))
    return rail


def open_objections(selection: Selection) -> int:
    """How many objections keep the stars from being published."""
    return Objection.objects.filter(selection=selection, answered_at__isnull=True).count()


def sees_whole_pool(user: Employee) -> bool:
    """Office, leading group and discipline read everybody's reason; others see who is in, and their own line."""
    return user.has_role(*SEES_POOL)
