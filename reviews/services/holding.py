"""三晒当天: the order of speaking, who was there, the minutes; holding it closes the statements and draws who rates whom."""

from __future__ import annotations

import random
from collections.abc import Mapping, MutableSequence, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from django.db import transaction
from django.utils.translation import gettext as _

from common.errors import ChangedElsewhere, Conflict, InvalidInput
from common.text import clauses, clean, written
from organization.models import Employee
from reviews.models import Participant, Showing
from reviews.permissions.showings import may_change_showing, may_hold_showing, may_write_minutes
from reviews.queries.showings import first_of
from reviews.services.ratings import draw_ratings
from reviews.services.scheduling import lock_showing, record_showing, refresh_participants
from tasks_market.services.steps import require

LONGEST_MINUTES = 10_000
Attendance = Participant.Attendance


@dataclass(frozen=True, slots=True)
class Attended:
    """Whether somebody was there; whoever was not has a reason."""

    attendance: str
    reason: str = ""


class Dice(Protocol):
    def shuffle(self, x: MutableSequence[Any], /) -> None: ...


@transaction.atomic
def order_speakers(*, showing: Showing, actor: Employee, people: Sequence[int]) -> None:
    """Puts the people on the list (ids of employees) into this order of speaking; who is not named speaks after them.

    Raises Refused, Conflict.
    """
    showing = lock_showing(showing)
    require(may_change_showing(actor, showing))
    rows = list(Participant.objects.filter(showing=showing))
    place = {person: at for at, person in enumerate(people)}
    rows.sort(key=lambda one: (place.get(one.employee_id, len(place)), one.position, one.pk))
    before = {one.pk: one.position for one in rows}
    for position, one in enumerate(rows, start=1):
        one.position = position
    if before == {one.pk: one.position for one in rows}:
        return
    Participant.objects.bulk_update(rows, ["position"])
    names = Participant.objects.filter(showing=showing).order_by("position").values_list("employee__name", flat=True)
    record_showing(showing, "showing.order", actor=actor, after={"order": list(names)})


@transaction.atomic
def draw_order(*, showing: Showing, actor: Employee, dice: Dice | None = None) -> None:
    """抽签: an order of speaking by lot. Raises Refused, Conflict."""
    people = list(Participant.objects.filter(showing=showing).order_by("pk").values_list("employee_id", flat=True))
    (dice or random.SystemRandom()).shuffle(people)
    order_speakers(showing=showing, actor=actor, people=people)


@transaction.atomic
def hold_showing(
    *,
    showing: Showing,
    actor: Employee,
    held_on: date,
    attendance: Mapping[int, Attended],
    today: date,
    now: datetime,
) -> Showing:
    """登记召开: everybody on the list (by the employee's id) was there or not; statements close, ratings are drawn.

    Raises InvalidInput with a sentence for each person without an entry or a reason (`attendance-<id>`, `reason-<id>`),
    Refused, Conflict, also when the list has changed since it was filled in.
    """
    refresh_participants(showing=showing)
    showing = lock_showing(showing)
    require(may_hold_showing(actor, showing, today=today))
    _require_day(showing, held_on, today)
    rows = list(Participant.objects.filter(showing=showing).select_related("employee"))
    _take_attendance(rows, attendance)
    values = {"state": Showing.State.HELD, "held_on": held_on, "held_by": actor, "held_at": now}
    if Showing.objects.filter(pk=showing.pk, state=Showing.State.SCHEDULED).update(**values) != 1:
        raise Conflict(_("这次三晒刚刚被别人登记过；请刷新页面再看。"))
    for name, value in values.items():
        setattr(showing, name, value)
    Participant.objects.bulk_update(rows, ["attendance", "reason"])
    counts = {str(kind): sum(one.attendance == kind for one in rows) for kind in Attendance}
    record_showing(showing, "showing.hold", actor=actor, after={"held_on": held_on, **counts})
    draw_ratings(showing=showing, actor=actor, now=now)
    return showing


@transaction.atomic
def save_minutes(*, showing: Showing, actor: Employee, text: str, known: str) -> Showing:
    """会议记录, until the showing is closed; `known` is what the window last showed as saved.

    Raises Refused, InvalidInput, Conflict where somebody else has written since (nothing is overwritten).
    """
    showing = lock_showing(showing)
    require(may_write_minutes(actor, showing))
    text, known = (written(one) for one in (text, known))
    if len(text) > LONGEST_MINUTES:
        sentence = _("会议记录有 %(n)d 字，最多 %(most)d 字。") % {"n": len(text), "most": LONGEST_MINUTES}
        raise InvalidInput(sentence, fields={"minutes": sentence})
    if showing.minutes == text:
        return showing
    if showing.minutes != known:
        raise ChangedElsewhere(_("会议记录刚刚被别人改过，这里的内容没有保存；请复制后刷新页面再并入。"))
    before, showing.minutes = showing.minutes, text
    showing.save(update_fields=["minutes"])
    record_showing(showing, "showing.minutes", actor=actor, before={"minutes": before}, after={"minutes": text})
    return showing


def _require_day(showing: Showing, held_on: date, today: date) -> None:
    if first_of(showing.month) <= held_on <= today:
        return
    sentence = _("实际召开日期应当在 %(first)s 到今天（%(today)s）之间。") % {
        "first": first_of(showing.month),
        "today": today,
    }
    raise InvalidInput(sentence, fields={"held_on": sentence})


def _take_attendance(rows: Sequence[Participant], attendance: Mapping[int, Attended]) -> None:
    """Puts what was entered on the list; InvalidInput with every fault at once."""
    faults: dict[str, str] = {}
    for one in rows:
        entered = attendance.get(one.employee_id)
        name = one.employee.name
        if entered is None or entered.attendance not in Attendance:
            faults[f"attendance-{one.employee_id}"] = _("请登记%s是否到会。") % name
            continue
        one.attendance, one.reason = entered.attendance, clean(entered.reason)[:200]
        if not one.was_there and not one.reason:
            faults[f"reason-{one.employee_id}"] = _("请写明%s没有到会的原因。") % name
        elif one.was_there:
            one.reason = ""
    if faults:
        raise InvalidInput(clauses(faults.values()), fields=faults)
    if not any(one.was_there for one in rows):
        raise InvalidInput(_("没有一个人到会，不能登记为已召开；改期请改安排。"))
