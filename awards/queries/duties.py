"""What of the selections waits for a person, for the to-do centre."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Exists, Min, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from awards.models import (
    COMMITTEE,
    RUNS_SELECTIONS,
    BallotCast,
    Nomination,
    Objection,
    Selection,
    StarCategory,
    Voter,
)
from awards.queries.nominees import SPEAKERS
from awards.queries.selections import State
from common.components import Duty
from common.questions import Found, Question
from indicators.queries.asked import Asked, Asker, DutyQuestion
from organization.models import Employee, PartyBranch


def duties_of(asker: Asker) -> Iterator[DutyQuestion]:
    """Nominating, voting, deciding, answering objections."""
    yield from _nominating(asker.user, asker.today)
    yield from _voting(asker.user, asker.today)
    here = Selection.objects.filter(bureau=asker.user.bureau_id)
    if asker.user.has_role(*COMMITTEE):
        yield Question(here.filter(state=State.DECIDING), _to_decide, key="pk")
    if asker.user.has_role(*RUNS_SELECTIONS):
        shown = here.filter(state=State.PUBLICITY)
        objections = Objection.objects.filter(selection__in=shown, answered_at__isnull=True)
        yield Question(objections, _to_answer, key="selection", counted=True)


def _nominating(user: Employee, today: date) -> Iterator[DutyQuestion]:
    """For those who speak for a department and for the secretaries of branches, as `nominators` says, until they did."""
    rows = Selection.objects.filter(bureau=user.bureau_id, state=State.NOMINATING, nominate_until__gte=today)
    if not user.has_role(*SPEAKERS):
        rows = rows.filter(Exists(PartyBranch.objects.filter(secretary=user, bureau=user.bureau_id)))
    own = Nomination.objects.filter(category__selection=OuterRef("pk"), nominated_by=user, withdrawn_at__isnull=True)
    yield Question(rows.exclude(Exists(own)), _to_nominate, key="pk", day="nominate_until")


def _voting(user: Employee, today: date) -> Iterator[DutyQuestion]:
    """The stars with a nominee for which a voter has not voted, while the ballot is open."""
    stars = StarCategory.objects.filter(
        selection__bureau=user.bureau_id, selection__state=State.BALLOTING, selection__ballot_until__gte=today
    )
    mine = Voter.objects.filter(employee=user, selection=OuterRef("selection"))
    nominated = Nomination.objects.filter(category=OuterRef("pk"), withdrawn_at__isnull=True)
    cast = BallotCast.objects.filter(category=OuterRef("pk"), voter__employee=user)
    left = stars.filter(Exists(mine), Exists(nominated)).exclude(Exists(cast))
    yield Question(left, _to_vote, key="selection", day=Min("selection__ballot_until"), counted=True)


def _to_nominate(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    for row in found:
        yield Duty(_("五星评选可以提名"), reverse("awards:nominations", args=[row.key]), row.day)


def _to_vote(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    for row in found:
        words = ngettext("五星投票还有 %(n)d 颗星", "五星投票还有 %(n)d 颗星", row.number)
        yield Duty(words % {"n": row.number}, reverse("awards:ballot", args=[row.key]), row.day)


def _to_decide(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    for row in found:
        yield Duty(_("五星评选待审定"), reverse("awards:decision", args=[row.key]))


def _to_answer(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    for row in found:
        words = ngettext("待答复 %(n)d 条五星异议", "待答复 %(n)d 条五星异议", row.number)
        yield Duty(words % {"n": row.number}, reverse("awards:selection", args=[row.key]))
