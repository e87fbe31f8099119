"""What a selection's days bring about by themselves: the ballot opens, it closes, the stars are published."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy

from awards.models import RUNS_SELECTIONS, Selection
from awards.permissions.selections import can_be_published
from awards.queries.nominees import standing
from awards.queries.selections import State
from awards.services.deciding import publish_stars
from awards.services.selections import lock_selection, tell
from awards.services.voting import close_ballot, open_ballot
from organization.queries import holders

WAITING = (State.NOMINATING, State.BALLOTING, State.PUBLICITY)


def due_selections() -> list[Selection]:
    """The selections of running bureaus for which the clock has something to do today."""
    running = Selection.objects.filter(state__in=WAITING, bureau__stands_on__isnull=True)
    return [one for one in running.select_related("bureau", "quarter").order_by("pk") if is_due(one, one.bureau.today)]


def is_due(selection: Selection, today: date) -> bool:
    """Whether a day that moves the selection on has come."""
    if selection.state == State.NOMINATING:
        return selection.ballot_from <= today
    if selection.state == State.BALLOTING:
        return selection.ballot_until < today
    until = selection.publicity_until
    return selection.state == State.PUBLICITY and until is not None and until < today


@transaction.atomic
def advance(selection: Selection, *, today: date, now: datetime) -> Selection:
    """The one step that is due, by the clock; twice, or at once in two workers, it is taken once: who waits for the lock
    finds the next state.

    What waits for people is told to the office once a day: no nomination to vote on, an objection without an answer."""
    selection = lock_selection(selection.pk)
    if not is_due(selection, today):
        return selection
    if selection.state == State.BALLOTING:
        return close_ballot(selection=selection, actor=None, today=today, now=now)
    if selection.state == State.NOMINATING:
        if standing(selection).exists():
            return open_ballot(selection=selection, actor=None, today=today, now=now)
        sentence = gettext_lazy("%(quarter)s五星评选还没有人获得提名，投票没有开始")
    elif can_be_published(selection, today=today):
        return publish_stars(selection=selection, actor=None, today=today, now=now)
    else:
        sentence = gettext_lazy("%(quarter)s五星公示期已满，还有异议没有答复，没有公布")
    office = holders(selection.bureau, today, *RUNS_SELECTIONS)
    tell(selection, office, sentence, f"blocked:{selection.state}:{today}")
    return selection
