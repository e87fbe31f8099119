"""Branches that do not keep the rhythm are reminded: the secretary, and of a missed month the office too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext_lazy as _

from common.text import for_the_record
from common.workdays import WorkCalendar
from notifications.services import notify
from organization.models import Bureau, Employee, PartyBranch, Role
from organization.queries import holders, work_calendar
from reviews.models import Showing, ShowingBranch
from reviews.queries.matrix import first_month, rate_until, schedule_until
from reviews.queries.showings import last_day, month_of, month_title, months_after, peopled_months

_spoken_month = lazy(month_title, str)


@dataclass(frozen=True, slots=True)
class Reminder:
    """What the secretary of a branch is told once; `occasion` names it for all time."""

    branch: PartyBranch
    sentence: str
    url: str
    occasion: str
    for_office: bool = False


@transaction.atomic
def remind_of_showings(*, bureau: Bureau, today: date) -> int:
    """On a working day: tells secretaries what their branches owe, each once of an occasion; returns how many were told.

    A branch without a secretary is the office's matter. A bureau that never had a session is left in peace.
    """
    calendar = work_calendar()
    if not calendar.is_workday(today):
        return 0
    office, told = list(holders(bureau, today, Role.Kind.OFFICE)), 0
    for one in reminders(bureau, today=today, calendar=calendar):
        secretary = one.branch.secretary if _can_act(one.branch.secretary, today) else None
        people = [secretary] if secretary else office
        told += notify(
            recipients=[*people, *office] if one.for_office else people,
            subject=one.sentence,
            url=one.url,
            occasion=one.occasion,
        )
    return told


def reminders(bureau: Bureau, *, today: date, calendar: WorkCalendar) -> Iterator[Reminder]:
    """Everything that is due on the day, whether it has been told or not."""
    begun = first_month(bureau)
    if not begun:
        return
    month = month_of(today)
    before = months_after(month, -1)
    branches = list(
        PartyBranch.objects.filter(bureau=bureau, members__in=Employee.objects.in_post_between(today, today))
        .select_related("secretary")
        .distinct()
        .order_by("code")
    )
    scheduled = set(ShowingBranch.objects.filter(branch__in=branches, month=month).values_list("branch_id", flat=True))
    if today >= schedule_until(month, calendar):
        yield from (_unscheduled(one, month) for one in branches if one.pk not in scheduled)
    for joined in _open_sessions(bureau):
        yield from _of_session(joined, today, calendar)
    if before >= begun:
        met = ShowingBranch.objects.filter(branch__in=branches, month=before, showing__held_on__isnull=False)
        kept = set(met.values_list("branch_id", flat=True))
        owed = peopled_months([one.pk for one in branches if one.pk not in kept], [before])
        yield from (_missed(one, before) for one in branches if (one.pk, before) in owed)


def _open_sessions(bureau: Bureau) -> Iterable[ShowingBranch]:
    joined = ShowingBranch.objects.filter(showing__bureau=bureau).exclude(showing__state=Showing.State.CLOSED)
    return joined.select_related("showing", "branch__secretary").order_by("showing__day", "branch__code")


def _of_session(joined: ShowingBranch, today: date, calendar: WorkCalendar) -> Iterator[Reminder]:
    """A session whose day has passed, or whose ballots stay out; once its month is over, it is missed instead."""
    showing = joined.showing
    url = reverse("reviews:showing", args=[showing.pk])
    values = {
        "branch": joined.branch.name,
        "month": _spoken_month(showing.month),
        "day": showing.held_on or showing.day,
    }
    if showing.held_on is None:
        if showing.day < today <= last_day(showing.month):
            sentence = _("%(branch)s%(month)s三晒原定 %(day)s 召开，还没有登记召开，请登记或改期")
            yield _reminder(joined.branch, sentence, values, url, f"showing.not-held:{showing.pk}:{showing.day}")
    elif not showing.ratings_are_open and today > rate_until(showing.held_on, calendar):
        sentence = _("%(branch)s%(month)s三晒（%(day)s 召开）的互评还没有交齐，请催交或办结")
        yield _reminder(joined.branch, sentence, values, url, f"showing.ratings:{showing.pk}")


def _unscheduled(branch: PartyBranch, month: str) -> Reminder:
    sentence = _("%(branch)s%(month)s三晒还没有安排，请确定主题党日")
    values = {"branch": branch.name, "month": _spoken_month(month)}
    return _reminder(branch, sentence, values, reverse("reviews:showings"), f"showing.unscheduled:{branch.pk}:{month}")


def _missed(branch: PartyBranch, month: str) -> Reminder:
    sentence = _("%(branch)s%(month)s没有开展三晒，请尽快补开并说明原因")
    values = {"branch": branch.name, "month": _spoken_month(month)}
    url, occasion = reverse("reviews:showings"), f"showing.missed:{branch.pk}:{month}"
    return Reminder(branch, for_the_record(sentence, **values), url, occasion, for_office=True)


def _reminder(
    branch: PartyBranch, sentence: Promise, values: Mapping[str, object], url: str, occasion: str
) -> Reminder:
    return Reminder(branch, for_the_record(sentence, **values), url, occasion)


def _can_act(secretary: Employee | None, today: date) -> bool:
    return secretary is not None and secretary.is_active and secretary.in_post_on(today)
