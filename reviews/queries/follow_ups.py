"""跟进事项, and what waits for a person around a showing that was held: ballots, tasks, the closing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.components import Duty
from common.questions import Found, Question
from indicators.queries.asked import Asked, Asker, DutyQuestion
from organization.models import Employee
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


def duties_of(asker: Asker) -> Iterator[DutyQuestion]:
    """What waits for this person: ballots to hand in, showings to close, follow-ups with their days."""
    user = asker.user
    ballots = Rating.objects.filter(rater=user, handed_in_at__isnull=True, showing__state=Showing.State.HELD)
    yield Question(ballots, _to_rate, key="showing", text="showing__month", day="showing__held_on", counted=True)
    led = ShowingBranch.objects.filter(branch__secretary=user).values("showing")
    rated = Showing.objects.filter(pk__in=led, state=Showing.State.HELD, ratings_opened_at__isnull=False)
    yield Question(rated, _to_close, key="pk", text="month")
    agreed = FollowUp.objects.open().filter(owner=user)
    yield Question(agreed, _to_do, key="pk", text="task", day="due_on")


def _to_rate(asked: Asked, found: list[Found]) -> Iterator[Duty]:
    for row in found:
        label = ngettext("%(month)s三晒：为 %(n)d 位同志写评价", "%(month)s三晒：为 %(n)d 位同志写评价", row.number)
        words = label % {"month": month_title(row.text), "n": row.number}
        assert row.day is not None
        yield Duty(words, reverse("reviews:ratings", args=[row.key]), rate_until(row.day, asked.calendar))


def _to_close(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    for row in sorted(found, key=lambda row: row.text):
        label = _("%(month)s三晒的互评已交齐，可以办结") % {"month": month_title(row.text)}
        yield Duty(label, reverse("reviews:summary", args=[row.key]))


def _to_do(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    page = reverse("reviews:follow-ups")
    for row in found:
        yield Duty(_("三晒跟进：%s") % row.text, f"{page}#follow-up-{row.key}", row.day)
