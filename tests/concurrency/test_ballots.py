"""A ballot under many hands: one vote a person and star, exact counters, none after the close, and limits that hold.

Each race runs with its guard and, as the control, without.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import pytest
from django.db import IntegrityError, connection

from audit.models import Entry
from awards.models import BallotCast, Nomination, Selection, StarAward, Tally, Voter
from awards.queries.votes import Counted, counted
from awards.services import clock, nominating, objections, voting
from awards.services.objections import object_to
from common.errors import Conflict, DomainError
from tests.awards.stars import DECIDED, Contest, make_contest
from tests.concurrency.together import at_once, met, once_met, only_sentences, without_row_locks
from tests.factories import make_employee, moment

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@contextmanager
def patched(*patches: Any) -> Any:
    with ExitStack() as stack:
        for one in patches:
            stack.enter_context(one)
        yield


@pytest.fixture
def contest() -> Contest:
    made = make_contest()
    made.open()
    for name in ("a1", "a2", "a3"):
        made.nominate(name)
    return made


def of_dedication(contest: Contest) -> Counted:
    return next(one for one in counted(contest.selection) if one.category.kind == "dedication")


@pytest.mark.parametrize("guarded", [True, False])
def test_a_double_press_is_one_ballot(contest: Contest, guarded: bool) -> None:
    """Two tabs with two choices: the second is told by a sentence. Without the lock only the constraint is left."""
    contest.open_ballot()
    looked = mock.patch.object(voting, "may_vote_for", met(voting.may_vote_for))
    controls = [] if guarded else [without_row_locks()]
    with patched(looked, *controls):
        raised = at_once([lambda: contest.vote("a5", "a1"), lambda: contest.vote("a5", "a2")])
    assert BallotCast.objects.count() == 1
    assert sum(Tally.objects.values_list("votes", flat=True)) == 1
    assert Entry.objects.filter(action="ballot.cast").count() == 1
    failed = [error for error in raised if error is not None]
    assert len(failed) == 1
    assert isinstance(failed[0], Conflict if guarded else IntegrityError)


FIFTY = 50


@pytest.mark.parametrize("guarded", [True, False])
def test_fifty_at_once_are_counted_exactly(contest: Contest, guarded: bool) -> None:
    """The control reads a counter and writes it back: votes are lost."""
    for number in range(FIFTY):
        contest.people[f"v{number}"] = make_employee(contest.bureau, f"XS-v{number:02d}", name=f"v{number}")
    contest.open_ballot()

    def reads_and_writes(category: Any, side: str, names: Any) -> None:
        for row in list(Tally.objects.filter(nomination__category=category, side=side, nomination_id__in=names)):
            Tally.objects.filter(pk=row.pk).update(votes=row.votes + 1)

    controls = [] if guarded else [without_row_locks(), mock.patch.object(voting, "_count", met(reads_and_writes))]
    choices = [("a1",) if number % 2 else ("a1", "a2") for number in range(FIFTY)]
    acts = [lambda number=number: contest.vote(f"v{number}", *choices[number]) for number in range(FIFTY)]
    with patched(*controls):
        raised = at_once(acts)
    assert raised == [None] * FIFTY
    assert BallotCast.objects.count() == FIFTY
    rows = Tally.objects.filter(side=Voter.Side.STAFF).select_related("nomination__employee")
    found = {row.nomination.employee.name: row.votes for row in rows}
    exact = {"a1": FIFTY, "a2": FIFTY // 2, "a3": 0}
    assert (found == exact) is guarded


def test_the_versions_of_rows_do_not_tell(contest: Contest) -> None:
    """After ballots for different people all counters of the star carry the transaction of the last one."""
    contest.open_ballot()
    contest.vote("a5", "a1")
    contest.vote("director", "a2")
    contest.vote("a6", abstain=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT xmin::text FROM awards_tally")
        assert len(cursor.fetchall()) == 1


@pytest.mark.parametrize("guarded", [True, False])
def test_no_ballot_after_the_count(contest: Contest, guarded: bool) -> None:
    """The ballot closes while somebody votes: the vote is in the count, or it is refused. Without the lock it comes into
    a result that has been shown."""
    contest.open_ballot()
    contest.vote("a5", "a1")
    seen: list[int] = []
    looked = mock.patch.object(voting, "may_vote_for", met(voting.may_vote_for))

    def close() -> None:
        contest.close()
        seen.append(of_dedication(contest).ballots.cast)

    controls = [] if guarded else [mock.patch.object(voting, "lock_category")]
    with patched(looked, *controls):
        raised = at_once([lambda: contest.vote("a6", "a2"), once_met(close)])
    assert only_sentences(raised)
    assert (of_dedication(contest).ballots.cast == seen[0]) is guarded


@pytest.mark.parametrize("guarded", [True, False])
def test_the_limit_of_stars_a_person_holds(contest: Contest, guarded: bool) -> None:
    """a1 stands for one star; department and branch nominate for two others at once, of which one is too many."""
    controls = [] if guarded else [without_row_locks()]
    counted_slowly = mock.patch.object(nominating, "stars_of", met(nominating.stars_of))
    acts = [
        lambda: contest.nominate("a1", "learning"),
        lambda: contest.nominate("a1", "service", by="secretary", branch=contest.branch),
    ]
    with patched(counted_slowly, *controls):
        raised = at_once(acts)
    assert only_sentences(raised)
    assert (Nomination.objects.filter(employee=contest.people["a1"]).count() == 2) is guarded


@pytest.mark.parametrize("guarded", [True, False])
def test_two_workers_open_one_ballot(contest: Contest, guarded: bool) -> None:
    contest.today = voting_day = contest.selection.ballot_from
    selection = contest.selection
    controls = [] if guarded else [without_row_locks()]
    listed = mock.patch.object(voting, "_voters", met(voting._voters))
    acts = [lambda: clock.advance(selection, today=voting_day, now=moment(voting_day))] * 2
    with patched(listed, *controls):
        raised = at_once(acts)
    assert Voter.objects.count() == contest.bureau.employees.count()
    assert Entry.objects.filter(action="selection.open_ballot").count() == 1
    assert (raised == [None, None]) is guarded


@pytest.mark.parametrize("guarded", [True, False])
def test_no_star_is_published_under_an_objection(contest: Contest, guarded: bool) -> None:
    """On the eve somebody objects while the office's clock publishes: one of the two comes first."""
    contest.open_ballot()
    contest.vote("a5", "a1")
    contest.close()
    contest.decide(dedication=["a1"])
    selection = contest.selection
    until = selection.publicity_until
    assert until is not None
    due = contest.today.max.replace(year=2023, month=6, day=1)

    def publish() -> None:
        clock.advance(selection, today=due, now=moment(due))

    controls = [] if guarded else [without_row_locks()]
    acts = [
        lambda: object_to(
            selection=selection, actor=contest.people["b1"], ground="不实", today=DECIDED, now=moment(DECIDED)
        ),
        once_met(publish),
    ]
    with patched(mock.patch.object(objections, "may_object", met(objections.may_object)), *controls):
        raised = at_once(acts)
    assert all(error is None or isinstance(error, DomainError) for error in raised)
    published = StarAward.objects.filter(state="published").exists()
    open_ones = Selection.objects.filter(objections__answered_at__isnull=True).exists()
    assert (published and open_ones) is not guarded
