"""What of the indicators waits for a person: own facts to report, results to judge, requests to decide, the roster."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from common.components import Duty
from common.composed import composed_once
from common.questions import Found, Question, tallied
from indicators.deadlines import held_nodes
from indicators.models import Item, Library, PointVersion, Quarter, Result
from indicators.queries import assessing, nodes_within
from indicators.queries.asked import Asked, Asker, DutyQuestion
from indicators.queries.holdings import period_label
from indicators.queries.requests import requests_about, requests_waiting_for
from indicators.queries.rosters import roster_is_due
from organization.models import Employee, Role

REPORT, ASSESS = "report", "assess"
"""The kinds of the duties: about own facts, and an assessor's."""


def duties_of(asker: Asker) -> Iterator[DutyQuestion]:
    """What of the indicators waits for this person to judge or decide."""
    yield from _judging(asker.user)
    if asker.user.has_role(Role.Kind.DEPARTMENT_HEAD, Role.Kind.DEPUTY_DIRECTOR, Role.Kind.DIRECTOR):
        yield Question(requests_about(asker.user), _requests, counted=True)


def own_duties(asked: Asked) -> Iterator[Duty]:
    """What the working quarter asks of this person: the department's list, and own facts in the order of their days."""
    quarter = asked.quarter
    if quarter and roster_is_due(asked.user, quarter):
        yield Duty(_("本季人员名单待确认"), f"{reverse('indicators:rosters')}?quarter={quarter.code}", None, ASSESS)
    if quarter and quarter.takes_input:
        yield from sorted(_reporting(asked, quarter), key=lambda duty: duty.due or asked.today)


class _Entered(NamedTuple):
    """A point that the person enters by hand, as its version in force has it."""

    point: int
    code: str
    name: str
    cycle: str
    deadline: str
    taken_on: date | None


def next_report(asked: Asked, quarter: Quarter) -> Duty | None:
    """The own node of the quarter that is to be reported first; None where all that is entered by hand is reported."""
    return min(_reporting(asked, quarter), key=lambda duty: duty.due or date.max, default=None)


def _reporting(asked: Asked, quarter: Quarter) -> Iterator[Duty]:
    """The nodes of one's own points that are entered by hand and have no input yet, or were returned (scoring.md §2)."""
    user = asked.user
    entered = {(point, period): state for point, period, state in _results(quarter.pk, user.pk)}
    for row in _entered_by_hand(user.bureau_id, quarter.pk, user.pk, code=quarter.code):
        point = _Entered(*row)
        nodes = nodes_within(point.cycle, point.deadline, quarter.code, asked.calendar)
        for node in held_nodes(nodes, joined=user.joined_on, left=user.left_on, taken_on=point.taken_on):
            state = entered.get((point.point, node.period))
            if state in (None, Result.State.RETURNED):
                yield Duty(
                    _node_words(point, node.period, state), _node_url(user, point.code, node.period), node.due, REPORT
                )


@composed_once
def _results(quarter: int, person: int) -> QuerySet[Any, Any]:
    return Result.objects.filter(quarter=quarter, employee=person).order_by().values_list("point", "period", "state")


@composed_once
def _entered_by_hand(bureau: int, quarter: int, person: int, *, code: str) -> QuerySet[Any, Any]:
    """Of `points_in_force` those that the person enters: a library has hundreds, of which few are anybody's."""
    held = Item.objects.filter(quarter=quarter, employee=person, point=OuterRef("point")).order_by()
    own = Q(point__library=Library.COMMON) | Exists(held)
    here = PointVersion.objects.in_force(code).filter(own, point__bureau=bureau, withdrawn=False)
    rows = here.exclude(source=PointVersion.Source.MACHINE).order_by("point__code")
    return rows.values_list("point", "point__code", "name", "cycle", "deadline", Subquery(held.values("taken_on")))


def _node_words(point: _Entered, period: str, state: str | None) -> str:
    names = {"code": point.code, "name": point.name, "period": period_label(period)}
    if state is None:
        return _("%(code)s %(name)s（%(period)s）待填报") % names
    return _("%(code)s %(name)s（%(period)s）被退回，待补正") % names


def _node_url(user: Employee, code: str, period: str) -> str:
    return reverse("indicators:report", args=[user.number, code, period])


def _judging(user: Employee) -> Iterator[DutyQuestion]:
    queue = reverse("indicators:assess")
    review = tallied(
        ngettext_lazy("待初审 %(n)d 条结果", "待初审 %(n)d 条结果", "n"), f"{queue}?step={assessing.REVIEW}"
    )
    confirm = tallied(
        ngettext_lazy("待确认 %(n)d 条结果", "待确认 %(n)d 条结果", "n"), f"{queue}?step={assessing.CONFIRM}"
    )
    if user.has_role(*assessing.JUDGES):
        yield Question(assessing.duty_queue(user, assessing.REVIEW), review, counted=True)
        yield Question(assessing.duty_queue(user, assessing.CONFIRM), confirm, counted=True)


def _requests(asked: Asked, found: list[Found]) -> Iterator[Duty]:
    """Who decides on a request takes several queries, so that it is asked only where there is one."""
    number = requests_waiting_for(asked.user) if found else 0
    if number:
        words = ngettext("待决定 %(n)d 份领取申请", "待决定 %(n)d 份领取申请", number)
        yield Duty(words % {"n": number}, reverse("indicators:requests"))
