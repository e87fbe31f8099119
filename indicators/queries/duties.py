"""What of the indicators waits for a person: own facts to report, results to judge, requests to decide, the roster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from common.components import Duty
from common.questions import Found, Question, tallied
from common.workdays import WorkCalendar
from indicators.models import Item, Library, PointVersion, Quarter, Result
from indicators.models.points import PointVersionQuerySet
from indicators.queries import assessing, nodes_held
from indicators.queries.asked import Asked
from indicators.queries.holdings import period_label
from indicators.queries.requests import requests_about, requests_waiting_for
from indicators.queries.rosters import roster_is_due
from organization.models import Employee, Role

REPORT = "report"
"""The kind of the duties about own facts; the others are an assessor's."""


def duties_of(asked: Asked) -> Iterator[Duty | Question[Duty]]:
    """Everything of the indicators that waits for this person; own nodes come in the order of their days."""
    yield from _judging(asked.user)
    yield from _deciding(asked.user, asked.quarter)
    if asked.quarter is not None and asked.quarter.takes_input:
        nodes = _reporting(asked.user, asked.quarter, asked.calendar)
        yield from sorted(nodes, key=lambda duty: duty.due or asked.today)


def next_report(user: Employee, quarter: Quarter, calendar: WorkCalendar) -> Duty | None:
    """The own node of the quarter that is to be reported first; None where all that is entered by hand is reported."""
    return min(_reporting(user, quarter, calendar), key=lambda duty: duty.due or date.max, default=None)


def _reporting(user: Employee, quarter: Quarter, calendar: WorkCalendar) -> Iterator[Duty]:
    """The nodes of one's own points that are entered by hand and have no input yet, or were returned (scoring.md §2)."""
    own = {"quarter": quarter, "employee": user}
    held = dict(Item.objects.filter(**own).order_by().values_list("point_id", "taken_on"))
    results = Result.objects.filter(**own).order_by().values_list("point_id", "period", "state")
    entered = {(point, period): state for point, period, state in results}
    for version in _entered_by_hand(user, quarter, held):
        for node in nodes_held(version, quarter.code, user, taken_on=held.get(version.point_id), calendar=calendar):
            state = entered.get((version.point_id, node.period))
            if state in (None, Result.State.RETURNED):
                yield Duty(
                    _node_words(version, node.period, state), _node_url(user, version, node.period), node.due, REPORT
                )


def _entered_by_hand(user: Employee, quarter: Quarter, held: Iterable[int]) -> PointVersionQuerySet:
    """Of `points_in_force` those that the person enters: a library has hundreds, of which few are anybody's."""
    own = Q(point__library=Library.COMMON) | Q(point__in=held)
    here = PointVersion.objects.in_force(quarter.code).filter(own, point__bureau=user.bureau_id, withdrawn=False)
    rows = here.exclude(source=PointVersion.Source.MACHINE).select_related("point").order_by("point__code")
    return rows.only("name", "cycle", "deadline", "point__code")


def _node_words(version: PointVersion, period: str, state: str | None) -> str:
    names = {"code": version.point.code, "name": version.name, "period": period_label(period)}
    if state is None:
        return _("%(code)s %(name)s（%(period)s）待填报") % names
    return _("%(code)s %(name)s（%(period)s）被退回，待补正") % names


def _node_url(user: Employee, version: PointVersion, period: str) -> str:
    return reverse("indicators:report", args=[user.number, version.point.code, period])


def _judging(user: Employee) -> Iterator[Question[Duty]]:
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


def _deciding(user: Employee, quarter: Quarter | None) -> Iterator[Duty | Question[Duty]]:
    """What a head owes to those who ask for points, and the list of the department."""
    if not user.has_role(Role.Kind.DEPARTMENT_HEAD, Role.Kind.DEPUTY_DIRECTOR, Role.Kind.DIRECTOR):
        return
    yield Question(requests_about(user), partial(_requests, user), counted=True)
    if quarter and roster_is_due(user, quarter):
        yield Duty(_("本季人员名单待确认"), f"{reverse('indicators:rosters')}?quarter={quarter.code}")


def _requests(user: Employee, found: list[Found]) -> Iterator[Duty]:
    """Who decides on a request takes several queries, so that it is asked only where there is one."""
    number = requests_waiting_for(user) if found else 0
    if number:
        words = ngettext("待决定 %(n)d 份领取申请", "待决定 %(n)d 份领取申请", number)
        yield Duty(words % {"n": number}, reverse("indicators:requests"))
