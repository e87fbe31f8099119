"""A month scheduled twice at once, a statement handed in while the session is held or cancelled, two windows of one person."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import pytest

from audit.models import Entry
from common.errors import Conflict
from reviews.models import Showing, Statement
from reviews.services import holding, scheduling, statements
from tests.concurrency.together import at_once, met, once_met, only_sentences, without_row_locks
from tests.reviews.showings import DAY, TEXTS, make_room

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@contextmanager
def guards(guarded: bool, *patches: Any) -> Any:
    with ExitStack() as stack:
        for one in patches if guarded else (*patches, without_row_locks()):
            stack.enter_context(one)
        yield


@pytest.mark.parametrize("guarded", [True, False])
def test_a_month_is_scheduled_once(guarded: bool) -> None:
    """The secretary of A alone, and that of B for both: one wins, the other reads a sentence, not a failure."""
    room = make_room()
    looked = patch.object(scheduling, "taken_in", met(scheduling.taken_in))
    with guards(guarded, looked):
        raised = at_once([lambda: room.schedule("A"), lambda: room.schedule("A", "B", by="emil")])
    assert Showing.objects.count() == 1  # the constraint stands behind the lock
    assert sorted(error is None for error in raised) == [False, True]
    assert only_sentences(raised) is guarded


@pytest.mark.parametrize("guarded", [True, False])
def test_nothing_is_handed_in_after_the_session(guarded: bool) -> None:
    """The writer has been let in when the secretary presses 登记召开."""
    room = make_room()
    showing = room.schedule()
    looked = patch.object(statements, "may_write_statement", met(statements.may_write_statement))
    with guards(guarded, looked):
        raised = at_once([lambda: room.hand_in(showing, "bert", today=DAY), once_met(lambda: room.hold(showing))])
    assert raised == [None, None]
    acts = list(Entry.objects.filter(action__in=("statement.submit", "showing.hold")).order_by("pk"))
    assert (acts[0].action == "statement.submit") is guarded


@pytest.mark.parametrize("guarded", [True, False])
def test_what_was_handed_in_is_not_cancelled_away(guarded: bool) -> None:
    room = make_room()
    showing = room.schedule()
    looked = patch.object(scheduling, "record_showing", met(scheduling.record_showing))
    with guards(guarded, looked):
        raised = at_once(
            [
                lambda: scheduling.cancel_showing(showing=showing, actor=room.people["anna"]),
                once_met(lambda: room.hand_in(showing, "bert")),
            ]
        )
    lost = Entry.objects.filter(action="statement.submit").exists() and not Statement.objects.exists()
    assert lost is not guarded
    if guarded:
        assert raised[0] is None
        assert isinstance(raised[1], Conflict)


@pytest.mark.parametrize("guarded", [True, False])
def test_two_windows_of_one_person(guarded: bool) -> None:
    """Both began empty: one is kept, the other hears of it."""
    room = make_room()
    showing = room.schedule()
    looked = patch.object(statements, "_opened", met(statements._opened))

    def types(text: str) -> Callable[[], object]:
        return lambda: room.draft(showing, "bert", texts={**TEXTS, "plans": text})

    with guards(guarded, looked):
        raised = at_once([types("甲"), types("乙")])
    assert sorted(error is None for error in raised) == [False, True]
    assert any(isinstance(error, statements.Elsewhere) for error in raised) is guarded


@pytest.mark.parametrize("guarded", [True, False])
def test_minutes_of_two_at_once(guarded: bool) -> None:
    room = make_room()
    showing = room.schedule()
    looked = patch.object(holding, "may_write_minutes", met(holding.may_write_minutes))

    def writes(text: str, by: str) -> Callable[[], object]:
        return lambda: holding.save_minutes(showing=showing, actor=room.people[by], text=text, known="")

    with guards(guarded, looked):
        raised = at_once([writes("甲", "anna"), writes("乙", "office")])
    assert (sorted(error is None for error in raised) == [False, True]) is guarded
