"""三晒 at a glance: what each person finds there, and the workbench's list of what waits."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common.workdays import WorkCalendar
from indicators.queries.asked import Asked
from reports.queries.todo import todo
from reviews.models import FollowUp, Showing, ShowingBranch, Talk
from reviews.queries.duties import duties_of
from reviews.queries.overview import BranchYear, branch_year
from tests.duties import asked_for
from tests.factories import make_branch, make_employee, moment
from tests.reviews.rhythm import JUNE, TODAY, Rhythm, make_rhythm

pytestmark = pytest.mark.django_db
CALENDAR = WorkCalendar()
LARGEST_PAGE = 60 * 1024
WIDEST = 30
"""Branches on a page."""


def build() -> Rhythm:
    made = make_rhythm()
    made.room.stand_on(TODAY)
    return made


@pytest.fixture
def rhythm(built: Rhythm) -> Rhythm:
    return deepcopy(built)


def year_of(rhythm: Rhythm, who: str, branch: str = "A", today: date = TODAY) -> BranchYear:
    found = rhythm.room.branches[branch]
    return branch_year(found, 2023, user=rhythm.room.people[who], today=today, calendar=CALENDAR)


def page(rhythm: Rhythm, who: str, address: str = "") -> str:
    answer = rhythm.room.client(who).get(address or reverse("reviews:showings"))
    assert answer.status_code == 200
    return answer.content.decode()


def duties(rhythm: Rhythm, who: str, today: date = TODAY) -> dict[str, date | None]:
    found = asked_for(duties_of, Asked(rhythm.room.people[who], today, CALENDAR))
    return {str(duty.label): duty.due for duty in found}


# The year of a branch ---------------------------------------------------------------------------------------------


def test_a_member_finds_the_months_of_the_branch_with_the_own_part_in_them(rhythm: Rhythm) -> None:
    months = {month.cell.number: month for month in year_of(rhythm, "dora").months}
    assert list(months) == [6, 5, 4]
    assert [months[number].statement for number in (4, 5, 6)] == ["none", "none", "due"]
    assert months[6].due == JUNE
    rhythm.room.draft(rhythm.june, "dora")
    assert year_of(rhythm, "dora").months[0].statement == "draft"
    assert year_of(rhythm, "bert").months[2].statement == "done"


def test_ballots_have_three_working_days(rhythm: Rhythm) -> None:
    rhythm.room.hold(rhythm.june, today=JUNE)
    first = year_of(rhythm, "dora", today=JUNE).first_due
    assert first is not None
    assert (first.cell.number, first.ballots, first.due) == (5, 3, date(2023, 6, 7))


def test_the_heading_is_what_is_due_first(rhythm: Rhythm) -> None:
    assert "三晒已召开，还有 3 位同志等您评价" in page(rhythm, "dora")  # of the session of 2 June
    rhythm.may.ratings.all().delete()
    rhythm.april["A"].ratings.all().delete()
    said = page(rhythm, "dora")
    assert "6月15日开三晒，您的发言还没有提交" in said
    assert "剩 3 个工作日" in said
    rhythm.room.hand_in(rhythm.june, "dora")
    assert "下一次三晒在 6月15日" in page(rhythm, "dora")


def test_somebody_else_finds_the_branch_and_no_columns_of_the_own(rhythm: Rhythm) -> None:
    said = page(rhythm, "office", reverse("reviews:branch-showings", args=["XSA"]))
    assert "第A支部2023年应开 2 次三晒，按月召开 1 次" in said
    assert "逾月补开 1 次" in said
    assert "我的发言" not in said


def test_who_has_no_branch_is_told_so(rhythm: Rhythm) -> None:
    assert "您还不在任何党支部" in page(rhythm, "plain")


def test_a_secretary_schedules_from_here_a_member_does_not(rhythm: Rhythm) -> None:
    assert reverse("reviews:showing-new") in page(rhythm, "anna")
    assert reverse("reviews:showing-new") not in page(rhythm, "bert")
    assert reverse("reviews:showing-new") not in page(rhythm, "discipline")


def test_who_leads_another_branch_looks_at_it_too(rhythm: Rhythm) -> None:
    third = make_branch(rhythm.room.bureau, "XSC", name="第C支部", secretary=rhythm.room.people["anna"])
    make_employee(rhythm.room.bureau, branch=third)
    assert "第C支部" in page(rhythm, "anna")
    assert "还没有安排三晒" not in page(rhythm, "anna", reverse("reviews:branch-showings", args=["XSC"]))


@pytest.mark.parametrize(
    ("who", "status"),
    [("anna", 200), ("bert", 200), ("office", 200), ("director", 200), ("discipline", 200)]
    + [(name, 403) for name in ("emil", "fred", "admin", "plain")],
)
def test_a_branchs_year_is_for_its_people_and_those_who_oversee(rhythm: Rhythm, who: str, status: int) -> None:
    assert rhythm.room.client(who).get(reverse("reviews:branch-showings", args=["XSA"])).status_code == status


def test_another_bureaus_branch_is_not_there(rhythm: Rhythm) -> None:
    make_rhythm("YY")
    answer = rhythm.room.client("office").get(reverse("reviews:branch-showings", args=["YYA"]))
    assert answer.status_code == 404


# The matrix -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["office", "director", "discipline"])
def test_those_who_oversee_find_the_matrix(rhythm: Rhythm, who: str) -> None:
    said = page(rhythm, who)
    assert "2023年各支部应开 4 次三晒，按月召开 2 次，占 50.00%" in said
    assert "逾月补开 1 次，缺开 1 次" in said
    assert "与第B支部联合召开" in said
    assert reverse("reviews:showing", args=[rhythm.june.pk]) in said


@pytest.mark.parametrize("who", ["bert", "admin", "plain", "anna"])
def test_others_do_not(rhythm: Rhythm, who: str) -> None:
    assert "table-matrix" not in page(rhythm, who)


def test_a_year_without_sessions_and_a_year_that_is_none(rhythm: Rhythm) -> None:
    rhythm.room.stand_on(date(2024, 1, 3))
    assert "2024年还没有到期的三晒" in page(rhythm, "office")
    assert "应开" in page(rhythm, "office", reverse("reviews:showings") + "?year=2023")
    for asked in ("1999", "x", "-1", "²"):
        assert "2024年" in page(rhythm, "office", reverse("reviews:showings") + f"?year={asked}")


def queries_of(rhythm: Rhythm, who: str) -> int:
    client = rhythm.room.client(who)
    client.get(reverse("reviews:showings"))
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("reviews:showings"))
    return len(queries)


def test_both_pages_cost_the_same_however_much_there_is(rhythm: Rhythm) -> None:
    assert (queries_of(rhythm, "office"), queries_of(rhythm, "dora")) == (14, 17)
    make_employee(rhythm.room.bureau, branch=make_branch(rhythm.room.bureau))
    rhythm.room.schedule("A", day=date(2023, 7, 17))
    assert (queries_of(rhythm, "office"), queries_of(rhythm, "dora")) == (14, 17)


def test_a_page_of_the_matrix_stays_small(rhythm: Rhythm) -> None:
    bureau = rhythm.room.bureau
    branches = [make_branch(bureau, f"XSZ{number:02d}") for number in range(WIDEST)]
    for branch in branches:
        make_employee(bureau, branch=branch)
    showings = Showing.objects.bulk_create(
        Showing(bureau=bureau, month=f"2023-{month:02d}", day=date(2023, month, 15), scheduled_at=moment(TODAY))
        for _branch in branches
        for month in range(6, 13)
    )
    ShowingBranch.objects.bulk_create(
        ShowingBranch(showing=showing, branch=branches[number // 7], month=showing.month)
        for number, showing in enumerate(showings)
    )
    said = page(rhythm, "office")
    assert said.count('class="row-title"') == WIDEST + 1  # and the sums
    assert len(said.encode()) <= LARGEST_PAGE


# What waits, on the workbench -------------------------------------------------------------------------------------


def test_a_statement_waits_with_its_day_until_it_is_handed_in(rhythm: Rhythm) -> None:
    assert duties(rhythm, "fred")["2023年6月三晒发言待提交"] == JUNE
    rhythm.room.hand_in(rhythm.june, "fred")
    assert "2023年6月三晒发言待提交" not in duties(rhythm, "fred")


def test_a_later_months_statement_waits_for_nobody_yet(rhythm: Rhythm) -> None:
    rhythm.room.schedule("B", day=date(2023, 7, 17), by="emil")
    assert "2023年7月三晒发言待提交" not in duties(rhythm, "fred")
    assert "2023年7月三晒发言待提交" in duties(rhythm, "fred", JUNE + timedelta(days=1))


def test_a_secretary_schedules_and_holds(rhythm: Rhythm) -> None:
    assert "2023年6月三晒待登记召开" not in duties(rhythm, "emil")
    assert duties(rhythm, "emil", JUNE)["2023年6月三晒待登记召开"] == JUNE
    assert duties(rhythm, "emil", date(2023, 7, 3))["2023年7月三晒待安排"] == date(2023, 7, 7)
    assert not [label for label in duties(rhythm, "fred", date(2023, 7, 3)) if "安排" in label]


def test_the_nearest_limit_comes_first_and_ballots_and_tasks_are_among_them(rhythm: Rhythm) -> None:
    FollowUp.objects.create(
        showing=rhythm.may, owner=rhythm.room.people["dora"], task="整理台账", due_on=date(2023, 6, 30), made_at=moment(TODAY)
    )  # fmt: skip
    found = duties(rhythm, "dora")
    assert found["2023年5月三晒：为 3 位同志写评价"] == date(2023, 6, 7)
    assert found["三晒跟进：整理台账"] == date(2023, 6, 30)
    days = [duty.due for duty in todo(rhythm.room.people["dora"], TODAY, CALENDAR).of("review") if duty.due]
    assert sorted(days) == days != []


def test_a_talk_waits_for_its_two_and_names_nobody(rhythm: Rhythm) -> None:
    people = rhythm.room.people
    Talk.objects.create(
        bureau=rhythm.room.bureau, employee=people["bert"], talker=people["anna"], branch=rhythm.room.branches["A"],
        kind="coach", held_on=TODAY, affirmation="好", analysis="析", requirements="求", written_at=moment(TODAY),
        state=Talk.State.WITH_EMPLOYEE,
    )  # fmt: skip
    told = {who: [label for label in duties(rhythm, who) if "谈话" in label] for who in people}
    assert {who: labels for who, labels in told.items() if labels} == {"bert": ["1 份谈话记录待签字"]}


def test_the_workbench_shows_what_waits_with_its_clock(rhythm: Rhythm) -> None:
    said = rhythm.room.client("fred").get("/").content.decode()
    assert "2023年6月三晒发言待提交" in said
    assert reverse("reviews:statement", args=[rhythm.june.pk]) in said
    assert "剩 3 个工作日" in said


def test_what_waits_costs_the_same_however_much_it_is(rhythm: Rhythm, django_assert_num_queries: Any) -> None:
    fred = rhythm.room.people["fred"]
    assert fred.roles == frozenset()
    with django_assert_num_queries(1):
        asked_for(duties_of, Asked(fred, TODAY, CALENDAR))
    for number in range(3):
        FollowUp.objects.create(
            showing=rhythm.may, owner=fred, task=f"事项{number}", due_on=TODAY, made_at=moment(TODAY)
        )
    with django_assert_num_queries(1):
        asked_for(duties_of, Asked(fred, TODAY, CALENDAR))
