"""跟进事项, and what waits for a person around a showing that was held: ballots, tasks, the closing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.components import Duty
from organization.models import Employee
from organization.queries import work_calendar
from reviews.models import FollowUp, Rating, Showing, ShowingBranch
from reviews.models.showings import FollowUpQuerySet
from reviews.queries.matrix import rate_until
from reviews.queries.showings import last_day, month_of, month_title, months_after


@dataclass(frozen=True, slots=True)
class FollowUpRow:
    """A follow-up as lists show it; `showing_url` leads to the summary that it stands in."""

    pk: int
    task: str
    owner: str
    owner_number: str
    due_on: date
    outcome: str
    done_at: datetime | None
    month: str
    showing_url: str
    own: bool

    @property
    def is_done(self) -> bool:
        return self.done_at is not None


def last_day_for(showing: Showing) -> date:
    """The last day that a follow-up of a held showing may be due on: the end of the month after it."""
    assert showing.held_on is not None
    return last_day(months_after(month_of(showing.held_on), 1))


def open_for(user: Employee) -> list[FollowUpRow]:
    """What this person still has to do, the nearest day first."""
    return rows_of(FollowUp.objects.open().filter(owner=user), user)


def of_showing(showing: Showing, user: Employee) -> list[FollowUpRow]:
    return rows_of(FollowUp.objects.filter(showing=showing), user)


def carried_into(showing: Showing, user: Employee) -> list[FollowUpRow]:
    """What a showing has to hear about: all that the branches agreed upon in the month before, and what is open of
    earlier ones."""
    branches = ShowingBranch.objects.filter(showing=showing).values("branch")
    earlier = ShowingBranch.objects.filter(branch__in=branches, month__lt=showing.month)
    before = months_after(showing.month, -1)
    found = FollowUp.objects.filter(showing__in=earlier.values("showing"))
    return rows_of(found.filter(Q(showing__month=before) | Q(done_at__isnull=True)), user)


def rows_of(follow_ups: FollowUpQuerySet, user: Employee) -> list[FollowUpRow]:
    """As lists show them, the nearest day first."""
    return [
        FollowUpRow(
            pk=one.pk,
            task=one.task,
            owner=one.owner.name,
            owner_number=one.owner.number,
            due_on=one.due_on,
            outcome=one.outcome,
            done_at=one.done_at,
            month=month_title(one.showing.month),
            showing_url=reverse("reviews:summary", args=[one.showing_id]),
            own=one.owner_id == user.pk,
        )
        for one in follow_ups.select_related("owner", "showing").order_by("due_on", "pk")
    ]


def duties_of(user: Employee, today: date) -> list[Duty]:
    """What waits for this person, in three queries: ballots to hand in, showings to close, follow-ups with their days."""
    return [*_ballots(user), *_closings(user), *_tasks(user)]


def _ballots(user: Employee) -> Iterable[Duty]:
    waiting = Rating.objects.filter(rater=user, handed_in_at__isnull=True, showing__state=Showing.State.HELD)
    counted = waiting.values_list("showing", "showing__month", "showing__held_on").annotate(Count("pk"))
    for pk, month, held_on, number in counted.order_by("showing"):
        label = ngettext("%(month)s三晒：为 %(n)d 位同志写评价", "%(month)s三晒：为 %(n)d 位同志写评价", number)
        words = label % {"month": month_title(month), "n": number}
        yield Duty(words, reverse("reviews:ratings", args=[pk]), rate_until(held_on, work_calendar()))


def _closings(user: Employee) -> Iterable[Duty]:
    led = ShowingBranch.objects.filter(branch__secretary=user).values("showing")
    ready = Showing.objects.filter(pk__in=led, state=Showing.State.HELD, ratings_opened_at__isnull=False)
    for pk, month in ready.order_by("month", "pk").values_list("pk", "month"):
        label = _("%(month)s三晒的互评已交齐，可以办结") % {"month": month_title(month)}
        yield Duty(label, reverse("reviews:summary", args=[pk]))


def _tasks(user: Employee) -> Iterable[Duty]:
    page = reverse("reviews:follow-ups")
    for pk, task, due in FollowUp.objects.open().filter(owner=user).values_list("pk", "task", "due_on"):
        yield Duty(_("三晒跟进：%s") % task, f"{page}#follow-up-{pk}", due)
