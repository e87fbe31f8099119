"""What the workbook brings in lives on in the market: states, places, announcements, and again without a change."""

from __future__ import annotations

import pytest

from tasks_market.models import Claim, Task
from tests.exchange.books import put, small_book
from tests.exchange.conftest import take  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db


@pytest.fixture
def imported(take):  # noqa: F811
    take(small_book())
    return take


def test_states_and_places_follow_the_rows(imported):
    for task in Task.objects.all():
        assert task.places_taken == task.claims.count() <= task.places
        assert task.announced is (task.posted_at is not None)
    for claim in Claim.objects.all():
        assert claim.state == (claim.outcome or "held")


def test_an_outcome_that_comes_later_settles_the_claim(imported):
    first = Claim.objects.order_by("task__number", "employee__number").first()
    Claim.objects.filter(pk=first.pk).update(state="handed_in", outcome="", quality=None, accepted_on=None)
    report = imported(small_book())
    first.refresh_from_db()
    assert (first.state, first.outcome) == ("accepted", "accepted")
    assert report.updated == 1
    assert imported(small_book()).updated == 0


def test_a_claim_of_the_market_counts_against_the_places_of_the_file(imported):
    task = Task.objects.get(number="T2")
    before = task.places_taken
    imported({"抢派单": put(small_book(), "抢派单", 3, "质量系数", 1)["抢派单"]})
    task.refresh_from_db()
    assert task.places_taken == before
