"""考评: results are opened, reviewed, confirmed or returned; each step is dated, signed and logged singly (domain.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import services as audit
from common.errors import Conflict, InvalidInput
from common.text import for_the_record
from common.verdict import Verdict
from indicators import permissions
from indicators.models import PointVersion, Quarter, Result, ResultOpening
from indicators.queries import version_of, versions_of
from indicators.queries.assessing import JUDGES, Waiting, duties
from indicators.services.quarters import lock_for_input
from indicators.services.results import label_of
from notifications.services import notify
from organization.models import Employee, Role
from organization.queries import know_heads, know_roles, work_calendar

State = Result.State
MOST_AT_ONCE = 200
"""How many opened results one press takes: four pages of the queue."""

STEPS: dict[str, tuple[set[str], str]] = {
    State.REVIEWED: ({State.REPORTED}, "result.review"),
    State.CONFIRMED: ({State.REVIEWED}, "result.confirm"),
    State.RETURNED: ({State.REPORTED, State.REVIEWED}, "result.return"),
}
"""For each state: from where it is reached, and the name of the act."""


@transaction.atomic
def open_result(*, result: Result, actor: Employee, now: datetime) -> Result:
    """The result as it stands now, and that the actor has seen it so; without that it is not taken together with others.

    Nothing is noted of readers who may neither review nor confirm it. The row is locked, so that an entry comes
    either before what is shown or after the moment that is noted.
    """
    rows = Result.objects.select_for_update(no_key=True, of=("self",))
    found = rows.select_related("employee__department", "point", "quarter__bureau", "bureau").get(pk=result.pk)
    if may_judge(actor, found):
        ResultOpening.objects.update_or_create(result=found, by=actor, defaults={"at": now})
    return found


def may_judge(person: Employee, result: Result) -> Verdict:
    """Whether the person has any part in the assessment of the result: its review or its confirmation."""
    review = permissions.may_review(person, result)
    if review:
        return review
    version = version_of(result.point, result.quarter)
    return permissions.may_confirm(person, result, version) if version else review


@transaction.atomic
def review_result(*, result: Result, actor: Employee, seen: datetime | None = None) -> Result:
    """The head's first review of a reported result.

    `seen` is when the input was entered that the actor has looked at; Conflict if another has come since. Raises
    Refused, Conflict, Frozen.
    """
    result = _fresh(result)
    permissions.may_review(actor, result).require()
    return _move(result, State.REVIEWED, actor=actor, seen=seen, reviewed_by=actor, reviewed_at=timezone.now())


@transaction.atomic
def confirm_result(*, result: Result, actor: Employee, seen: datetime | None = None) -> Result:
    """The assessing department's confirmation, by which a result counts in the final score; else as `review_result`."""
    result = _fresh(result)
    permissions.may_confirm(actor, result, version(result)).require()
    return _move(result, State.CONFIRMED, actor=actor, seen=seen, confirmed_by=actor, confirmed_at=timezone.now())


@transaction.atomic
def return_result(*, result: Result, actor: Employee, reason: str, seen: datetime | None = None) -> Result:
    """Sends a result back; whoever entered it and its employee are told at once. Also raises InvalidInput."""
    result = _fresh(result)
    permissions.may_return(actor, result, version(result)).require()
    reason = reason.strip()
    if not reason:
        raise InvalidInput(_("退回要写明理由。"), fields={"reason": _("请写明退回的理由")})
    _move(result, State.RETURNED, actor=actor, seen=seen, return_reason=reason)
    _tell_of_return(result, actor)
    return result


@dataclass(slots=True)
class Taken:
    """What one press on several results did: each that was taken, and each that was not with the sentence why."""

    done: list[Result] = field(default_factory=list)
    refused: list[tuple[Result, str]] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)


def review_opened(*, ids: Sequence[int], actor: Employee) -> Taken:
    """初审 of several results that the actor has opened since they were entered; see `_take_opened`."""
    return _take_opened(ids, State.REVIEWED, actor)


def confirm_opened(*, ids: Sequence[int], actor: Employee) -> Taken:
    """确认 of several results that the actor has opened since they were entered; see `_take_opened`."""
    return _take_opened(ids, State.CONFIRMED, actor)


@transaction.atomic
def _take_opened(ids: Sequence[int], to: str, actor: Employee) -> Taken:
    """One step for each of the results, each by the same rule as alone and with a line of its own in the log.

    What may not be taken stays as it is and is named with its sentence; the others are taken all the same, for a press
    on fifty rows is not lost because a colleague was faster on one. Raises InvalidInput for none or too many.
    """
    ids = list(dict.fromkeys(ids))
    if not ids:
        raise InvalidInput(_("还没有勾选；请先打开核对，再勾选要办理的结果。"))
    if len(ids) > MOST_AT_ONCE:
        raise InvalidInput(_("一次最多办理 %(most)d 条，现在是 %(now)d 条。") % {"most": MOST_AT_ONCE, "now": len(ids)})
    seen = Result.objects.visible_to(actor).filter(pk__in=ids)
    closed = _lock_quarters(Quarter.objects.filter(pk__in=seen.values("quarter")))
    rows = list(
        Result.objects.select_for_update(of=("self",))
        .filter(pk__in=seen.values("pk"))
        .select_related("employee__department", "point", "quarter__bureau", "bureau")
        .order_by("pk")
    )
    know_roles(row.employee for row in rows)
    if to == State.REVIEWED:
        know_heads(row.employee.department for row in rows)
    judge = _Judge(to, actor, rows, closed)
    taken = Taken(unknown=[pk for pk in ids if pk not in {row.pk for row in rows}])
    for row in rows:
        sentence = judge.no(row)
        if sentence:
            taken.refused.append((row, sentence))
        else:
            taken.done.append(row)
    _write(taken.done, to, actor)
    return taken


class _Judge:
    """What stands against each of several results, found in as many queries for two hundred as for one."""

    def __init__(self, to: str, actor: Employee, rows: Sequence[Result], closed: dict[int, str]) -> None:
        self.to, self.actor, self.closed = to, actor, closed
        self.openings = dict(ResultOpening.objects.filter(result__in=rows, by=actor).values_list("result_id", "at"))
        self.versions = versions_of(rows)

    def no(self, row: Result) -> str:
        """The sentence against the row; empty if it may be taken."""
        if row.quarter_id in self.closed:
            return self.closed[row.quarter_id]
        verdict = self._verdict(row)
        if not verdict:
            return str(verdict.message)
        if row.state not in STEPS[self.to][0]:
            return _out_of_order(row, self.to)
        opened = self.openings.get(row.pk)
        if opened is None:
            return _("您还没有打开看过这一条；请打开核对后再办理。")
        if row.entered_at is not None and opened < row.entered_at:
            return _("您打开之后又重新填报了；请再打开核对。")
        return ""

    def _verdict(self, row: Result) -> Verdict:
        if self.to == State.REVIEWED:
            return permissions.may_review(self.actor, row)
        version = self.versions.get((row.point_id, row.quarter.code))
        if version is None:
            return Verdict.no(_not_in_force(row))
        return permissions.may_confirm(self.actor, row, version)


def _lock_quarters(quarters: Iterable[Quarter]) -> dict[int, str]:
    """Locks the quarters in their order; the sentences of those that take nothing any more."""
    closed = {}
    for quarter in sorted(quarters, key=lambda row: row.code):
        try:
            lock_for_input(quarter)
        except Conflict as error:
            closed[quarter.pk] = error.message
    return closed


def _write(rows: Sequence[Result], to: str, actor: Employee) -> None:
    now = timezone.now()
    who, when = ("reviewed_by", "reviewed_at") if to == State.REVIEWED else ("confirmed_by", "confirmed_at")
    sources, action = STEPS[to]
    waiting = Result.objects.filter(pk__in=[row.pk for row in rows], state__in=sources)
    if waiting.update(state=to, **{who: actor, when: now}) != len(rows):
        raise Conflict(_("有结果刚刚被别人处理了，一条也没有办理；请刷新页面再看。"))
    audit.record_many(
        audit.compose(
            actor=actor,
            action=action,
            bureau=row.bureau,
            target=row,
            label=label_of(row),
            before={"state": row.state},
            after={"state": to},
        )
        for row in rows
    )
    for row in rows:
        row.state = to
        setattr(row, who, actor)
        setattr(row, when, now)


def _fresh(result: Result) -> Result:
    rows = Result.objects.select_related("employee__department", "point", "quarter__bureau", "bureau")
    return rows.get(pk=result.pk)


def version(result: Result) -> PointVersion:
    """The version by which the result is judged; Conflict if the point is not assessed in its quarter any more."""
    found = version_of(result.point, result.quarter)
    if found is None:
        raise Conflict(_not_in_force(result))
    return found


def _not_in_force(result: Result) -> str:
    return _("考点 %(point)s 在 %(quarter)s 已经停用，这条结果不再办理。") % {
        "point": result.point.code,
        "quarter": result.quarter.code,
    }


def _out_of_order(result: Result, to: str) -> str:
    return _("这条结果现在是“%(now)s”，不能变为“%(to)s”。") % {
        "now": result.get_state_display(),
        "to": State(to).label,
    }


def _move(result: Result, to: str, *, actor: Employee, seen: datetime | None, **signature: Any) -> Result:
    """One step of a result, by an UPDATE that names the state and the entry that it was read in."""
    lock_for_input(result.quarter)
    expected = result.state
    sources, action = STEPS[to]
    if expected not in sources:
        raise Conflict(_out_of_order(result, to))
    if seen is not None and seen != result.entered_at:
        raise Conflict(_("您打开之后又重新填报了；请再打开核对。"), code="entered_again")
    if _as_read(result).update(state=to, **signature) != 1:
        raise Conflict(_("这条结果刚刚被别人处理了；请刷新页面再看。"))
    audit.record(
        actor=actor,
        action=action,
        bureau=result.bureau,
        target=result,
        label=label_of(result),
        before={"state": expected},
        after={"state": to},
        reason=signature.get("return_reason", ""),
    )
    result.state = to
    for name, content in signature.items():
        setattr(result, name, content)
    return result


def _as_read(result: Result) -> QuerySet[Result]:
    """The row, as long as neither its state nor its entry has moved since it was read."""
    return Result.objects.filter(pk=result.pk, state=result.state, entered_at=result.entered_at)


def _tell_of_return(result: Result, actor: Employee) -> None:
    """Once for each return, whoever entered it and whoever it is about."""
    people = {person.pk: person for person in (result.entered_by, result.employee) if person and person != actor}
    notify(
        recipients=people.values(),
        subject=for_the_record(
            gettext_lazy("%(point)s %(period)s 的结果被退回，请改正后重新填报"),
            point=result.point.code,
            period=result.period,
        ),
        body=for_the_record(
            gettext_lazy("%(person)s；退回人 %(actor)s；理由：%(reason)s"),
            person=result.employee.name,
            actor=actor.name,
            reason=result.return_reason,
        ),
        url=reverse("indicators:result", args=[result.pk]),
        occasion=f"result.return:{result.pk}:{timezone.now().isoformat()}",
    )


def remind_of_waiting(*, today: date) -> int:
    """Each working morning: tells everybody once how many results wait for their review and confirmation; returns how
    many people were told. A demonstration, whose calendar stands still, is left in peace."""
    if not work_calendar().is_workday(today):
        return 0
    unsettled = Result.objects.filter(state__in=(State.REPORTED, State.REVIEWED), bureau__stands_on__isnull=True)
    bureaus = unsettled.order_by().values("bureau").distinct()
    people = Employee.objects.in_post_between(today, today).filter(
        bureau__in=bureaus,
        is_active=True,
        pk__in=Role.objects.in_force(today).filter(kind__in=JUDGES).values("employee"),
    )
    told = 0
    for person in people.select_related("bureau").order_by("bureau", "pk").iterator(chunk_size=500):
        waiting = duties(person)
        if waiting.review or waiting.confirm:
            told += notify(
                recipients=[person],
                subject=_waiting_words(waiting),
                body=for_the_record(gettext_lazy("请打开核对后办理；退回要写明理由。")),
                url=reverse("indicators:assess"),
                occasion=f"result.waiting:{today}",
            )
    return told


def _waiting_words(waiting: Waiting) -> str:
    words = [
        for_the_record(sentence, n=number)
        for sentence, number in (
            (gettext_lazy("%(n)d 条结果待初审"), waiting.review),
            (gettext_lazy("%(n)d 条结果待确认"), waiting.confirm),
        )
        if number
    ]
    return "，".join(words)
