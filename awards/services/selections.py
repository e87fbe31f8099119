"""A selection of the five stars: opened from a published quarter, edited while it runs, cancelled with a reason."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.services import record
from awards.models import PoolMember, Selection, SelectionStep, StarCategory, StarKind
from awards.permissions.selections import (
    may_cancel_selection,
    may_edit_categories,
    may_edit_days,
    may_open_selection,
)
from awards.queries.nominees import SPEAKERS
from awards.queries.selections import Days, days_from, page_of, pool_of, settings_of
from common.components import quarter_label
from common.errors import Conflict, InvalidInput
from common.text import for_the_record
from indicators.models import Quarter
from notifications.services import notify
from organization.models import Bureau, Employee, Role
from organization.queries import staff, work_calendar
from scoring.models import ScoreRun
from tasks_market.services.steps import filled, require

State = Selection.State
spoken_quarter = lazy(quarter_label, str)

CRITERIA = {
    StarKind.DEDICATION: gettext_lazy(
        "爱岗敬业、勇于担当，在急难险重任务中冲在前、扛得住；出勤、纪律良好，承担的工作按时保质完成，群众和同事公认。"
    ),
    StarKind.LEARNING: gettext_lazy(
        "勤学善思、学用结合，业务考试、岗位练兵、资格考试成绩突出，或主动传帮带、把学到的用来解决工作中的实际问题。"
    ),
    StarKind.SERVICE: gettext_lazy(
        "服务纳税人缴费人热情周到，一次办结、零投诉，主动解难题、降负担，得到纳税人缴费人、基层或兄弟部门好评。"
    ),
    StarKind.INNOVATION: gettext_lazy(
        "在征管、服务、内部管理中提出并落地新办法、新工具，有可以核实的成效，或被上级采用、在全局推广。"
    ),
    StarKind.PARTY_AFFAIRS: gettext_lazy(
        "党性强、作风正，认真履行支部职责，在组织生活、党建与业务融合、志愿服务和群众工作中发挥模范带头作用。"
    ),
}
"""The criteria that a selection starts with; the office edits them while nominations are taken."""


@transaction.atomic
def open_selection(*, quarter: Quarter, actor: Employee, today: date, now: datetime) -> Selection:
    """启动评选: freezes the pool of the quarter's current run, sets the five stars and the days.

    Raises Refused, Conflict where the quarter is not published or has a selection already.
    """
    locked = Quarter.objects.select_for_update(no_key=True).order_by().get(pk=quarter.pk)
    locked.bureau = quarter.bureau
    require(may_open_selection(actor, locked))
    run = ScoreRun.objects.get(quarter=locked, is_current=True)
    agreed = settings_of(locked.bureau)
    days = days_from(today, agreed, work_calendar())
    selection = Selection(
        bureau=locked.bureau,
        quarter=locked,
        run=run,
        leaders_percent=agreed.leaders_percent,
        most_categories=agreed.most_categories,
        nominate_until=days.nominate_until,
        ballot_from=days.ballot_from,
        ballot_until=days.ballot_until,
    )
    try:
        with transaction.atomic():
            selection.save()
    except IntegrityError as error:
        sentence = _("%s已经有一次五星评选；先取消原来的，才能重新启动。")
        raise Conflict(sentence % quarter_label(locked.code), code="exists") from error
    members = pool_of(run)
    for member in members:
        member.selection = selection
    PoolMember.objects.bulk_create(members)
    for kind in StarKind:
        criteria = for_the_record(CRITERIA[kind])
        StarCategory.objects.create(selection=selection, kind=kind, criteria=criteria, winners=agreed.winners_each)
    note_step(selection, State.NOMINATING, actor=actor, now=now)
    inside = sum(member.standing == PoolMember.Standing.IN for member in members)
    record_selection(
        selection,
        "selection.open",
        actor=actor,
        after={"run": run.number, "people": len(members), "pool": inside, **_as_text(days)},
    )
    tell(
        selection,
        nominating_people(locked.bureau, today),
        gettext_lazy("%(quarter)s五星评选开始，请在 %(due)s 前提名"),
        "nominate",
        due=selection.nominate_until,
    )
    return selection


@transaction.atomic
def change_category(
    *, category: StarCategory, actor: Employee, criteria: str | None = None, winners: int | None = None
) -> StarCategory:
    """Changes the criteria or the number of winners of a star while nominations are taken.

    Raises Refused, Conflict, InvalidInput.
    """
    selection = lock_selection(category.selection_id)
    require(may_edit_categories(actor, selection))
    category = StarCategory.objects.get(pk=category.pk)
    before = {"criteria": category.criteria, "winners": category.winners}
    if criteria is not None:
        category.criteria = filled(criteria, "criteria", _("请写明这颗星的评选条件。"))
    if winners is not None:
        category.winners = winners
    checked(category, exclude=("selection",))
    after = {"criteria": category.criteria, "winners": category.winners}
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        category.save(update_fields=changed)
        record(
            actor=actor,
            action="selection.change_category",
            bureau=selection.bureau,
            target=category,
            label=f"{selection.quarter.code} {category}",
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
    return category


@transaction.atomic
def change_days(
    *,
    selection: Selection,
    actor: Employee,
    today: date,
    nominate_until: date | None = None,
    ballot_from: date | None = None,
    ballot_until: date | None = None,
    publicity_until: date | None = None,
) -> Selection:
    """Moves days that have not passed; what is None stays. Raises Refused, Conflict, InvalidInput.

    The office may lengthen a step, or shorten one to end today at the earliest; publicity never below what was agreed.
    """
    selection = lock_selection(selection.pk)
    require(may_edit_days(actor, selection))
    wanted = {
        "nominate_until": nominate_until,
        "ballot_from": ballot_from,
        "ballot_until": ballot_until,
        "publicity_until": publicity_until,
    }
    changes = {name: day for name, day in wanted.items() if day is not None and day != getattr(selection, name)}
    before = {name: getattr(selection, name) for name in changes}
    for name, day in changes.items():
        _require_ahead(selection, name, day, today)
        setattr(selection, name, day)
    if not selection.nominate_until < selection.ballot_from <= selection.ballot_until:
        sentence = _("提名截止、投票开始、投票截止应当依次在后，投票从提名截止的次日起才能开始。")
        raise InvalidInput(sentence, fields=dict.fromkeys(changes, sentence))
    if changes:
        Selection.objects.filter(pk=selection.pk).update(**changes)
        record_selection(selection, "selection.change_days", actor=actor, before=before, after=changes)
    return selection


def _require_ahead(selection: Selection, name: str, day: date, today: date) -> None:
    standing = getattr(selection, name)
    if standing is None or standing < today or (name == "ballot_from" and selection.state != State.NOMINATING):
        sentence = _("这个日期已经过去，不能再改。")
        raise InvalidInput(sentence, fields={name: sentence})
    if day < today:
        sentence = _("日期不能早于今天（%s）。") % today
        raise InvalidInput(sentence, fields={name: sentence})
    if name == "publicity_until" and day < standing:
        sentence = _("公示期只能延长，不能缩短。")
        raise InvalidInput(sentence, fields={name: sentence})


@transaction.atomic
def cancel_selection(*, selection: Selection, actor: Employee, reason: str, now: datetime) -> Selection:
    """取消: a selection that is not published, with a reason; the quarter can then be selected from again.

    Raises Refused, Conflict, InvalidInput.
    """
    selection = lock_selection(selection.pk)
    require(may_cancel_selection(actor, selection))
    reason = filled(reason, "reason", _("请写明取消评选的理由。"))
    before = selection.state
    move_selection(selection, State.CANCELLED, actor=actor, now=now, reason=reason)
    record_selection(
        selection, "selection.cancel", actor=actor, before={"state": before}, after={"state": State.CANCELLED},
        reason=reason,
    )  # fmt: skip
    tell(
        selection,
        staff(selection.bureau, timezone.localdate(now)),
        gettext_lazy("%(quarter)s五星评选已取消"),
        "cancel",
        body=reason,
    )
    return selection


# What every act of a selection does --------------------------------------------------------------------------------


def lock_selection(pk: int) -> Selection:
    """The selection as it stands, locked until the transaction ends: nominating, opening, closing, deciding, objecting
    and publishing wait for each other; voting does not lock it (voting.py)."""
    Selection.objects.select_for_update(no_key=True).order_by().get(pk=pk)
    return Selection.objects.select_related("bureau", "quarter__bureau", "run").get(pk=pk)


def move_selection(
    selection: Selection, to: Selection.State, *, actor: Employee | None, now: datetime, reason: str = "", **values: Any
) -> None:
    """Moves a selection by an UPDATE that names the state it was read in; Conflict if somebody was faster."""
    expected = State(selection.state)
    assert to in Selection.MOVES[expected], f"{expected} → {to}"
    values["state"] = to
    if Selection.objects.filter(pk=selection.pk, state=expected).update(**values) != 1:
        raise Conflict(_("这次评选刚刚被别人推进过；请刷新页面再看。"))
    for name, value in values.items():
        setattr(selection, name, value)
    note_step(selection, to, actor=actor, now=now, reason=reason)


def note_step(
    selection: Selection, state: Selection.State, *, actor: Employee | None, now: datetime, reason: str = ""
) -> None:
    SelectionStep.objects.create(selection=selection, state=state, at=now, by=actor, reason=reason)


def record_selection(
    selection: Selection,
    action: str,
    *,
    actor: Employee | None,
    target: models.Model | None = None,
    label: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    """The audit line of an act, about the selection or something in it; `label` follows the quarter."""
    record(
        actor=actor,
        action=action,
        bureau=selection.bureau,
        target=target or selection,
        label=f"{selection.quarter.code} {label}".strip(),
        before=before,
        after=after,
        reason=reason,
    )


def tell(
    selection: Selection,
    people: Iterable[Employee],
    sentence: str | Promise,
    occasion: str,
    *,
    body: str = "",
    **named: Any,
) -> int:
    """Tells people of a step of the selection, of each occasion once; `sentence` may name quarter and `named`."""
    return notify(
        recipients=people,
        subject=for_the_record(sentence, quarter=spoken_quarter(selection.quarter.code), **named),
        body=body,
        url=page_of(selection),
        occasion=f"stars.{occasion}:{selection.pk}",
    )


def nominating_people(bureau: Bureau, today: date) -> list[Employee]:
    """Heads, liaisons and branch secretaries in post."""
    held = Role.objects.in_force(timezone.localdate()).filter(kind__in=SPEAKERS, employee__bureau=bureau)
    speaking = Q(pk__in=held.values("employee_id")) | Q(led_branches__bureau=bureau)
    return list(staff(bureau, today).filter(speaking).distinct())


def checked(row: models.Model, exclude: Iterable[str] = ()) -> None:
    """Raises InvalidInput with the sentence of each field that a model does not take."""
    try:
        row.clean_fields(exclude=set(exclude))
    except ValidationError as error:
        faults = {name: " ".join(found) for name, found in error.message_dict.items()}
        raise InvalidInput(next(iter(faults.values())), fields=faults) from error


def _as_text(days: Days) -> dict[str, date]:
    return {
        "nominate_until": days.nominate_until,
        "ballot_from": days.ballot_from,
        "ballot_until": days.ballot_until,
    }
