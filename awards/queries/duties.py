"""What of the selections waits for a person, for the to-do centre."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from awards.models import COMMITTEE, RUNS_SELECTIONS, Selection
from awards.queries.nominees import nominators
from awards.queries.selections import State, open_objections, page_of
from awards.queries.votes import stars_to_vote, voted_for, voter_of
from common.components import Duty
from common.workdays import WorkCalendar
from organization.models import Employee

RUNNING = (State.NOMINATING, State.BALLOTING, State.DECIDING, State.PUBLICITY)


def duties_of(user: Employee, *, today: date, calendar: WorkCalendar) -> list[Duty]:
    """Everything of the selections that waits for this person."""
    return list(_waiting(user, today))


def _waiting(user: Employee, today: date) -> Iterator[Duty]:
    """Nominating, voting, deciding, answering objections; one query where no selection is going on."""
    for one in Selection.objects.filter(bureau=user.bureau_id, state__in=RUNNING).order_by("pk"):
        if one.state == State.NOMINATING:
            yield from _nominating(user, one, today)
        elif one.state == State.BALLOTING:
            yield from _voting(user, one, today)
        elif one.state == State.DECIDING and user.has_role(*COMMITTEE):
            yield Duty(_("五星评选待审定"), reverse("awards:decision", args=[one.pk]))
        elif one.state == State.PUBLICITY and user.has_role(*RUNS_SELECTIONS):
            number = open_objections(one)
            if number:
                words = ngettext("待答复 %(n)d 条五星异议", "待答复 %(n)d 条五星异议", number)
                yield Duty(words % {"n": number}, page_of(one))


def _nominating(user: Employee, selection: Selection, today: date) -> Iterator[Duty]:
    if today <= selection.nominate_until and nominators(user):
        yield Duty(_("五星评选可以提名"), reverse("awards:nominations", args=[selection.pk]), selection.nominate_until)


def _voting(user: Employee, selection: Selection, today: date) -> Iterator[Duty]:
    voter = voter_of(selection, user)
    if voter is None or today > selection.ballot_until:
        return
    done = voted_for(voter)
    left = sum(star.pk not in done for star in stars_to_vote(selection))
    if left:
        words = ngettext("五星投票还有 %(n)d 颗星", "五星投票还有 %(n)d 颗星", left)
        yield Duty(words % {"n": left}, reverse("awards:ballot", args=[selection.pk]), selection.ballot_until)
