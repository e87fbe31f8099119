"""Three showings as machine facts: the points that name a source get their values from it."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from indicators.models import Library, PointVersion, Result
from indicators.services.facts import compute_facts
from indicators.sources import find_source
from reviews.facts import showings_attended, statements_handed_in
from reviews.models import Participant, Showing, Statement
from tests.factories import make_point, make_quarter, moment
from tests.reviews.rated import Rated, make_rated, make_showing

pytestmark = pytest.mark.django_db
FIRST, LAST, TODAY = date(2023, 4, 1), date(2023, 6, 30), date(2023, 6, 30)


def build() -> Rated:
    """May as it was; in June Anna was absent without a word and Bert had no statement."""
    rated = make_rated()
    june = make_showing(rated, day=date(2023, 6, 15))
    june.participants.filter(employee=rated.people["anna"]).update(attendance=Participant.Attendance.ABSENT)
    Statement.objects.filter(showing=june, employee=rated.people["bert"]).update(handed_in_at=None)
    return rated


@pytest.fixture
def rated(built: Rated) -> Rated:
    return deepcopy(built)


def told(measure: Any, rated: Rated, first: date = FIRST, last: date = LAST) -> dict[str, list[tuple[date, bool]]]:
    names = {person.pk: name for name, person in rated.people.items()}
    found: dict[str, list[tuple[date, bool]]] = {}
    for one in sorted(measure(rated.bureau, first, last, TODAY), key=lambda one: one.day):
        found.setdefault(names[one.employee_id], []).append((one.day, one.kept))
    return found


MAY, JUNE = date(2023, 5, 15), date(2023, 6, 15)
BOTH = [(MAY, True), (JUNE, True)]


def test_attendance_counts_each_showing_held_but_not_for_who_was_excused(rated: Rated) -> None:
    assert told(showings_attended, rated) == {
        "secretary": BOTH, "anna": [(MAY, True), (JUNE, False)], "bert": BOTH, "carl": BOTH, "dora": BOTH,
    }  # fmt: skip


def test_statements_count_each_showing_held(rated: Rated) -> None:
    broken = [(MAY, False), (JUNE, False)]
    assert told(statements_handed_in, rated) == {
        "secretary": BOTH, "anna": BOTH, "bert": [(MAY, True), (JUNE, False)], "carl": BOTH, "dora": BOTH, "emil": broken,
    }  # fmt: skip


def test_a_showing_entered_after_its_day_asked_nobody_for_a_statement(rated: Rated) -> None:
    Showing.objects.filter(month="2023-06").update(scheduled_at=moment(date(2023, 6, 16), 0))
    assert told(statements_handed_in, rated)["bert"] == [(MAY, True)]
    assert told(showings_attended, rated)["anna"] == [(MAY, True), (JUNE, False)]


@pytest.mark.parametrize("measure", [showings_attended, statements_handed_in])
def test_only_what_was_held_in_the_days_asked_for_counts(rated: Rated, measure: Any) -> None:
    make_showing(rated, ("B",), day=date(2023, 6, 20), held=False)
    assert "fred" not in told(measure, rated)
    assert [day for day, _kept in told(measure, rated, first=date(2023, 6, 1))["carl"]] == [JUNE]
    assert told(measure, rated, last=date(2023, 5, 14)) == {}


def test_the_day_is_the_one_on_which_it_was_held(rated: Rated) -> None:
    Showing.objects.filter(month="2023-05").update(held_on=date(2023, 7, 3))
    assert told(showings_attended, rated)["carl"] == [(JUNE, True)]


@pytest.mark.parametrize(("source", "method", "values"), [
    ("showings_attended", PointVersion.Method.DEDUCT, {"anna": "1", "carl": "0", "emil": "0"}),
    ("showings_attended", PointVersion.Method.RATIO, {"anna": "50", "carl": "100", "emil": "100"}),
    ("statements_handed_in", PointVersion.Method.COUNT, {"bert": "1", "carl": "2", "emil": "0"}),
    ("statements_handed_in", PointVersion.Method.RATIO, {"bert": "50", "carl": "100", "emil": "0"}),
])  # fmt: skip
def test_a_machine_point_gets_its_values(rated: Rated, source: str, method: str, values: dict[str, str]) -> None:
    quarter = make_quarter(rated.bureau, "2023Q2")
    point = make_point(rated.bureau, library=Library.COMMON, source="machine", method=method)
    point.fact_source = source
    point.save()
    compute_facts(quarter=quarter, today=TODAY)
    found = {
        name: f"{Result.objects.get(point=point, employee=rated.people[name]).value.normalize():f}" for name in values
    }
    assert found == values
    assert set(Result.objects.values_list("origin", flat=True)) == {str(find_source(source).label)}
