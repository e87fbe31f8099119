"""What waits for a person in the showings, the talks and the review meeting: one list for the workbench.

A talk's line names nobody: it is counted for the two alone, and even over a shoulder tells no more than that there is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import Exists, Min, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from common.components import Duty
from common.questions import Found, Question, tallied
from indicators.queries.asked import Asked, Asker, DutyQuestion
from organization.models import Employee, PartyBranch
from reviews.models import Participant, Showing, ShowingBranch, Statement, Talk, TalkSuggestion
from reviews.queries import follow_ups, meetings, talks
from reviews.queries.matrix import schedule_until
from reviews.queries.showings import month_of, month_title

NEAR = timedelta(days=31)
"""A statement for a later month waits for nobody yet."""


def duties_of(asker: Asker) -> Iterator[DutyQuestion]:
    """Everything of reviews that waits for this person."""
    yield from _statements(asker.user, asker.today)
    yield from follow_ups.duties_of(asker)
    yield from _sessions(asker)
    yield from _talks(asker.user, asker.today)
    yield from meetings.duties_of(asker)


def _statements(user: Employee, today: date) -> Iterator[DutyQuestion]:
    """One's own statements of the coming sessions that are not handed in."""
    handed_in = Statement.objects.filter(showing=OuterRef("showing"), employee=user, handed_in_at__isnull=False)
    listed = Participant.objects.filter(
        employee=user,
        showing__state=Showing.State.SCHEDULED,
        showing__day__gte=today,
        showing__day__lte=today + NEAR,
    )
    waiting = listed.exclude(Exists(handed_in))
    yield Question(waiting, _to_state, key="showing", text="showing__month", day="showing__day")


def _sessions(asker: Asker) -> Iterator[DutyQuestion]:
    """For a secretary: the session of this month that is not scheduled, and those whose day has come."""
    led = PartyBranch.objects.filter(secretary=asker.user, bureau_id=asker.user.bureau_id)
    meets = ShowingBranch.objects.filter(branch=OuterRef("pk"), month=month_of(asker.today))
    yield Question(led.exclude(Exists(meets)), _to_schedule, counted=True)
    joined = ShowingBranch.objects.filter(branch__in=led).values("showing")
    ready = Showing.objects.filter(pk__in=joined, state=Showing.State.SCHEDULED, day__lte=asker.today)
    yield Question(ready, _to_hold, key="pk", text="month", day="day")


def _talks(user: Employee, today: date) -> Iterator[DutyQuestion]:
    mine = talks.waiting_for(user, today=today)
    yield Question(mine, _to_talk, note="state", day=Min("follow_up_on"), counted=True)
    suggested = f"{reverse('reviews:talks')}?show=suggested"
    arrange = tallied(ngettext_lazy("%(n)d 条谈话建议待安排", "%(n)d 条谈话建议待安排", "n"), suggested)
    yield Question(TalkSuggestion.objects.open().addressed_to(user), arrange, counted=True)


def _to_talk(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    """Each leads to its own list: the page by itself opens the first in which something waits."""
    page, state = f"{reverse('reviews:talks')}?show=", Talk.State
    waiting = {row.note: row for row in found}
    if row := waiting.get(state.WITH_EMPLOYEE):
        words = ngettext("%(n)d 份谈话记录待签字", "%(n)d 份谈话记录待签字", row.number)
        yield Duty(words % {"n": row.number}, f"{page}mine")
    if row := waiting.get(state.DRAFT):
        words = ngettext("%(n)d 份谈话记录没有写完", "%(n)d 份谈话记录没有写完", row.number)
        yield Duty(words % {"n": row.number}, f"{page}held")
    if row := waiting.get(state.SIGNED):
        words = ngettext("%(n)d 次谈话待回访", "%(n)d 次谈话待回访", row.number)
        yield Duty(words % {"n": row.number}, f"{page}due", row.day)


def _to_state(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    for row in found:
        yield Duty(_("%s三晒发言待提交") % month_title(row.text), reverse("reviews:statement", args=[row.key]), row.day)


def _to_schedule(asked: Asked, found: list[Found]) -> Iterator[Duty]:
    if found:
        month = month_of(asked.today)
        words = _("%s三晒待安排") % month_title(month)
        yield Duty(words, reverse("reviews:showing-new"), schedule_until(month, asked.calendar))


def _to_hold(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    for row in found:
        yield Duty(_("%s三晒待登记召开") % month_title(row.text), reverse("reviews:showing", args=[row.key]), row.day)
