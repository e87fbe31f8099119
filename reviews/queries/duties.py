"""What waits for a person in the showings, the talks and the review meeting: one list for the workbench.

A talk's line names nobody: it is counted for the two alone, and even over a shoulder tells no more than that there is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.components import Duty
from common.workdays import WorkCalendar
from organization.models import Employee, PartyBranch
from reviews.models import Participant, Showing, ShowingBranch, Statement
from reviews.queries import follow_ups, meetings, talks
from reviews.queries.matrix import schedule_until
from reviews.queries.showings import month_of, month_title

NEAR = timedelta(days=31)
"""A statement for a later month waits for nobody yet."""


def duties_of(user: Employee, *, today: date, calendar: WorkCalendar) -> list[Duty]:
    """Everything of reviews that waits for this person, the nearest limit first, what has none last."""
    found = [
        *_statements(user, today),
        *follow_ups.duties_of(user, today),
        *_sessions(user, today, calendar),
        *_talks(user, today),
        *meetings.duties_of(user, today),
    ]
    return sorted(found, key=lambda duty: duty.due or date.max)


def _statements(user: Employee, today: date) -> Iterator[Duty]:
    """One's own statements of the coming sessions that are not handed in."""
    handed_in = Statement.objects.filter(showing=OuterRef("showing"), employee=user, handed_in_at__isnull=False)
    listed = Participant.objects.filter(
        employee=user,
        showing__state=Showing.State.SCHEDULED,
        showing__day__gte=today,
        showing__day__lte=today + NEAR,
    )
    waiting = listed.exclude(Exists(handed_in)).order_by("showing__day", "pk")
    for showing, month, day in waiting.values_list("showing", "showing__month", "showing__day"):
        words = _("%s三晒发言待提交") % month_title(month)
        yield Duty(words, reverse("reviews:statement", args=[showing]), day)


def _sessions(user: Employee, today: date, calendar: WorkCalendar) -> Iterator[Duty]:
    """For a secretary: the session of this month that is not scheduled, and those whose day has come."""
    month = month_of(today)
    meets = ShowingBranch.objects.filter(branch=OuterRef("pk"), month=month)
    led = PartyBranch.objects.filter(secretary=user, bureau_id=user.bureau_id).annotate(meets=Exists(meets))
    branches = list(led.order_by("code"))
    if not branches:
        return
    if not all(branch.meets for branch in branches):
        words = _("%s三晒待安排") % month_title(month)
        yield Duty(words, reverse("reviews:showing-new"), schedule_until(month, calendar))
    joined = ShowingBranch.objects.filter(branch__in=branches).values("showing")
    ready = Showing.objects.filter(pk__in=joined, state=Showing.State.SCHEDULED, day__lte=today)
    for showing in ready.order_by("day", "pk"):
        words = _("%s三晒待登记召开") % month_title(showing.month)
        yield Duty(words, reverse("reviews:showing", args=[showing.pk]), showing.day)


def _talks(user: Employee, today: date) -> Iterator[Duty]:
    waiting, page = talks.duties_of(user, today), reverse("reviews:talks")
    if waiting.sign:
        yield Duty(
            ngettext("%(n)d 份谈话记录待签字", "%(n)d 份谈话记录待签字", waiting.sign) % {"n": waiting.sign}, page
        )
    if waiting.write:
        words = ngettext("%(n)d 份谈话记录没有写完", "%(n)d 份谈话记录没有写完", waiting.write)
        yield Duty(words % {"n": waiting.write}, page)
    if waiting.follow_up:
        words = ngettext("%(n)d 次谈话待回访", "%(n)d 次谈话待回访", waiting.follow_up)
        yield Duty(words % {"n": waiting.follow_up}, page, waiting.follow_up_on)
    if waiting.suggested:
        words = ngettext("%(n)d 条谈话建议待安排", "%(n)d 条谈话建议待安排", waiting.suggested)
        yield Duty(words % {"n": waiting.suggested}, page)
