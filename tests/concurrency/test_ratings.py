"""Two last raters at once, a draw pressed twice, a showing closed while somebody hands in: each guard and its twin."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import pytest

from audit.models import Entry
from common.errors import Conflict
from notifications.models import Notification
from reviews.models import Rating, Showing
from reviews.services import closing, ratings
from tests.concurrency.together import at_once, met, only_sentences, without_row_locks
from tests.reviews.rated import Rated, make_rated

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def rated() -> Rated:
    return make_rated()


@contextmanager
def patched(*patches: Any) -> Any:
    with ExitStack() as stack:
        for one in patches:
            stack.enter_context(one)
        yield


def handing_in(rated: Rated, who: str) -> Any:
    ballots = rated.written(who)
    return lambda: ratings.hand_in_ratings(
        showing=rated.showing, actor=rated.people[who], ballots=ballots, now=rated.showing.held_at
    )


@pytest.mark.parametrize("guarded", [True, False])
def test_two_last_raters_open_them_once_and_nobody_stays_blind(rated: Rated, guarded: bool) -> None:
    """Without the lock each sees the other's ballots missing, and they never open."""
    rated.draw()
    rated.hand_in_all("anna", "bert")
    slow = patch.object(ratings, "open_if_all_in", met(ratings.open_if_all_in))
    with patched(slow, *([] if guarded else [without_row_locks()])):
        raised = at_once([handing_in(rated, "anna"), handing_in(rated, "bert")])
    assert raised == [None, None]
    assert not Rating.objects.filter(handed_in_at__isnull=True).exists()
    opened = Showing.objects.get().ratings_opened_at is not None
    assert opened is guarded
    if guarded:
        assert Entry.objects.filter(action="showing.open_ratings").count() == 1
        assert Notification.objects.filter(occasion__startswith="showing.open:").count() == 5


@pytest.mark.parametrize("guarded", [True, False])
def test_a_draw_pressed_twice_is_made_once(rated: Rated, guarded: bool) -> None:
    """Behind the lock stands the unique pair; without the lock it speaks instead of a sentence."""
    slow = patch.object(ratings, "earlier_pairs", met(ratings.earlier_pairs))
    with patched(slow, *([] if guarded else [without_row_locks()])):
        raised = at_once([rated.draw, rated.draw])
    assert Rating.objects.count() == 19
    assert sum(error is None for error in raised) == 1
    assert only_sentences(raised) is guarded


@pytest.mark.parametrize("guarded", [True, False])
def test_nobody_hands_in_to_a_showing_that_is_being_closed(rated: Rated, guarded: bool) -> None:
    """What the line of the closing says is missing is missing for good."""
    rated.draw()
    rated.hand_in_all("anna")
    ballots = handing_in(rated, "anna")
    slow_look = patch.object(closing, "missing_raters", met(closing.missing_raters))
    slow_act = patch.object(ratings, "record_showing", met(ratings.record_showing))
    with patched(slow_look, slow_act, *([] if guarded else [without_row_locks()])):
        raised = at_once([ballots, lambda: rated.close(reason="出差")])
    said = Entry.objects.get(action="showing.complete").after["missing"]
    missing = Rating.objects.filter(handed_in_at__isnull=True).values("rater").distinct().count()
    assert (said == missing) is guarded
    if guarded:
        assert all(error is None or isinstance(error, Conflict) for error in raised)
