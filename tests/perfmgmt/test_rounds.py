"""The two rounds of the suite together leave no test out."""

from itertools import combinations

import pytest

from tests.rounds import DATABASE_FIXTURES, Round, rounds_of

MARKS = [marks for n in range(6) for marks in combinations(("browser", "once", "postgres", "sweep", "django_db"), n)]


@pytest.mark.parametrize("marks", MARKS)
@pytest.mark.parametrize("fixtures", [(), ("tmp_path",), ("live_server", "page"), ("db",)])
def test_every_test_has_a_round(marks: tuple[str, ...], fixtures: tuple[str, ...]) -> None:
    assert rounds_of(marks, fixtures)


@pytest.mark.parametrize("fixture", sorted(DATABASE_FIXTURES))
def test_what_touches_the_database_runs_on_both(fixture: str) -> None:
    assert rounds_of((), ("request", fixture)) == rounds_of(("django_db",), ()) == {Round.FIRST, Round.SECOND}


def test_what_touches_none_runs_once() -> None:
    assert rounds_of(("parametrize",), ("tmp_path",)) == {Round.FIRST}


def test_what_no_database_decides_runs_once_but_never_without_the_wall() -> None:
    assert rounds_of(("once", "django_db"), ("client",)) == {Round.FIRST}
    assert rounds_of(("once", "sweep", "django_db"), ("client",)) == {Round.SECOND}


@pytest.mark.parametrize("mark", ["browser", "postgres", "sweep"])
def test_pages_races_and_sweeps_run_with_postgresql(mark: str) -> None:
    assert rounds_of((mark, "django_db"), ("live_server",)) == {Round.SECOND}
