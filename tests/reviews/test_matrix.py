"""Branch × month: what each cell says, what adds up to what, and that it costs the same however many there are."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from common.workdays import WorkCalendar
from organization.models import Employee
from reviews.models import Showing, ShowingBranch
from reviews.queries.matrix import (
    LABELS,
    SIGNS,
    TONES,
    Figures,
    Mark,
    mark_of,
    matrix,
    rate_until,
    schedule_until,
    years_of,
)
from reviews.queries.showings import last_day
from tests.factories import make_branch, make_bureau, make_employee, make_placement, moment
from tests.reviews.rhythm import TODAY, Rhythm, make_rhythm

pytestmark = pytest.mark.django_db


build = make_rhythm


@pytest.fixture
def rhythm(built: Rhythm) -> Rhythm:
    return deepcopy(built)


def marks(rhythm: Rhythm, name: str, today: date = TODAY) -> list[str]:
    found = matrix(rhythm.room.bureau, 2023, today=today)
    row = next(row for row in found.rows if row.branch == rhythm.room.branches[name])
    return [str(cell.mark) for cell in row.cells]


def test_every_mark_has_its_word_its_sign_and_its_tone() -> None:
    assert set(LABELS) == set(SIGNS) == set(TONES) == set(Mark)


@pytest.mark.parametrize(
    ("day", "held_on", "today", "mark"),
    [
        (date(2023, 5, 15), date(2023, 5, 31), date(2023, 6, 20), Mark.HELD),
        (date(2023, 5, 15), date(2023, 6, 1), date(2023, 6, 20), Mark.LATE),
        (date(2023, 5, 15), None, date(2023, 6, 1), Mark.MISSED),
        (date(2023, 5, 15), None, date(2023, 5, 31), Mark.OVERDUE),
        (date(2023, 5, 15), None, date(2023, 5, 16), Mark.OVERDUE),
        (date(2023, 5, 15), None, date(2023, 5, 15), Mark.SCHEDULED),
        (None, None, date(2023, 6, 1), Mark.MISSED),
        (None, None, date(2023, 5, 31), Mark.OPEN),
        (None, None, date(2023, 4, 30), Mark.OPEN),
    ],
)
def test_how_a_branch_stands_in_may(day: date | None, held_on: date | None, today: date, mark: Mark) -> None:
    showing = Showing(month="2023-05", day=day, held_on=held_on) if day else None
    assert mark_of("2023-05", showing, today=today, begun="2023-01") == mark


def test_months_before_the_bureau_began_are_not_missed() -> None:
    today = date(2023, 6, 1)
    assert mark_of("2023-03", None, today=today, begun="2023-04") == Mark.NONE
    assert mark_of("2023-03", None, today=today, begun="") == Mark.NONE
    assert mark_of("2023-04", None, today=today, begun="2023-04") == Mark.MISSED


def test_a_branch_owes_nothing_before_it_was_founded_or_after_its_people_left(rhythm: Rhythm) -> None:
    room = rhythm.room
    new = make_branch(room.bureau, "N", name="新支部")
    moved = make_employee(room.bureau, "new", name="new", branch=room.branches["B"])
    make_placement(moved, date(2023, 7, 1), branch=new)
    Employee.objects.filter(pk=moved.pk).update(branch=new)
    for name in ("emil", "fred"):
        Employee.objects.filter(pk=room.people[name].pk).update(left_on=date(2023, 6, 30))
    room.branches["N"] = new
    today = date(2023, 9, 20)
    assert marks(rhythm, "N", today)[:9] == ["none"] * 6 + ["missed", "missed", "open"]
    assert marks(rhythm, "B", today)[6:8] == ["none", "none"]
    assert marks(rhythm, "A", today)[6:8] == ["missed", "missed"]


def test_days_are_counted_as_the_calendar_has_them() -> None:
    calendar = WorkCalendar({date(2023, 5, day): False for day in (1, 2, 3)})
    assert last_day("2023-02") == date(2023, 2, 28)
    assert last_day("2023-12") == date(2023, 12, 31)
    assert schedule_until("2023-05", calendar) == date(2023, 5, 10)
    assert rate_until(date(2023, 5, 12), calendar) == date(2023, 5, 17)


def test_each_branch_in_each_month(rhythm: Rhythm) -> None:
    assert marks(rhythm, "A") == ["none"] * 3 + ["held", "late", "scheduled"] + ["open"] * 6
    assert marks(rhythm, "B") == ["none"] * 3 + ["held", "missed", "scheduled"] + ["open"] * 6
    assert marks(rhythm, "B", today=date(2023, 6, 16))[5] == "overdue"
    assert marks(rhythm, "B", today=date(2023, 7, 1))[5] == "missed"


def test_rows_columns_and_all_of_it_add_up(rhythm: Rhythm) -> None:
    found = matrix(rhythm.room.bureau, 2023, today=TODAY)
    a, b = found.rows
    assert [(row.kept, row.late, row.missed, row.due, str(row.rhythm)) for row in (a, b)] == [
        (1, 1, 0, 2, "50.00"),
        (1, 0, 1, 2, "50.00"),
    ]
    april, may, june = found.columns[3:6]
    assert [(column.kept, column.due) for column in (april, may, june)] == [(2, 2), (0, 2), (0, 0)]
    assert (found.total.kept, found.total.due, str(found.total.rhythm)) == (2, 4, "50.00")
    assert found.sessions == 3


def test_shares_come_from_the_lists_of_what_was_held(rhythm: Rhythm) -> None:
    a, b = matrix(rhythm.room.bureau, 2023, today=TODAY).rows
    assert a.cells[3].figures == Figures(listed=4, present=3, stated=3)
    assert a.cells[3].figures.short == "75·75"
    assert a.figures == Figures(listed=8, present=7, stated=3)
    assert (str(a.figures.attendance), str(a.figures.statements)) == ("87.50", "37.50")
    assert b.figures == Figures(listed=2, present=2, stated=0)
    assert Figures(listed=1000, present=999, stated=0).short == "99·0"  # 100 means everybody


def test_a_session_of_several_branches_stands_with_each_and_counts_its_own_people(rhythm: Rhythm) -> None:
    rhythm.room.hand_in(rhythm.june, "emil")
    found = matrix(rhythm.room.bureau, 2023, today=TODAY)
    a, b = (row.cells[5] for row in found.rows)
    assert a.showing == b.showing == rhythm.june
    assert (a.together, b.together) == ("与第B支部联合召开", "与第A支部联合召开")
    assert (a.figures, b.figures) == (Figures(listed=4), Figures(listed=2, stated=1))
    assert [(one.showing, one.number, one.branches) for one in found.exchanges] == [
        (rhythm.june, 6, "第A支部、第B支部")
    ]


def test_a_draft_is_no_statement(rhythm: Rhythm) -> None:
    rhythm.room.draft(rhythm.june, "fred")
    assert matrix(rhythm.room.bureau, 2023, today=TODAY).rows[1].cells[5].figures.stated == 0


def test_branches_without_people_and_sessions_are_left_out(rhythm: Rhythm) -> None:
    make_branch(rhythm.room.bureau, "EMPTY")
    assert len(matrix(rhythm.room.bureau, 2023, today=TODAY).rows) == 2


def test_nothing_of_another_bureau(rhythm: Rhythm) -> None:
    other = make_rhythm("YY")
    found = matrix(rhythm.room.bureau, 2023, today=TODAY)
    assert {row.branch.bureau_id for row in found.rows} == {rhythm.room.bureau.pk}
    assert other.june.pk not in {cell.showing.pk for cell in found.total.cells if cell.showing}


def test_the_years_to_choose_from(rhythm: Rhythm) -> None:
    assert years_of(rhythm.room.bureau, date(2024, 1, 2)) == [2024, 2023]
    assert years_of(make_bureau("NEW"), date(2024, 1, 2)) == [2024]


def test_it_costs_the_same_however_many_branches_there_are(rhythm: Rhythm, django_assert_num_queries: Any) -> None:
    small = make_bureau("SMALL")
    only = make_branch(small)
    make_employee(small, branch=only)
    met = Showing.objects.create(bureau=small, month="2023-06", day=TODAY, scheduled_at=moment(TODAY))
    ShowingBranch.objects.create(showing=met, branch=only, month="2023-06")
    with django_assert_num_queries(5):
        assert len(matrix(small, 2023, today=TODAY).rows) == 1
    make_employee(rhythm.room.bureau, branch=make_branch(rhythm.room.bureau))
    with django_assert_num_queries(7):  # it has missed a month, so who was there is asked
        assert len(matrix(rhythm.room.bureau, 2023, today=TODAY).rows) == 3
