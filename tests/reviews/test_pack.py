"""会议材料: figures that add up to the explanations, ranks and gaps, trend, freezing, and what it costs."""

from __future__ import annotations

import json
from copy import deepcopy
from decimal import Decimal
from itertools import pairwise

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.test.utils import CaptureQueriesContext

from indicators.models import Quarter
from reviews.models import LostPoint, ReviewMeeting
from reviews.queries.meetings import later_run, pack_shown
from reviews.queries.pack import Pack, thawed
from reviews.queries.packing import _places, lost_lines, pack_of
from scoring.models import ScoreRun
from scoring.services.scoring import score_quarter
from tests.factories import make_bureau, make_employee, make_quarter, make_result
from tests.reviews.meetings import Hall, independent_losses, make_hall

pytestmark = pytest.mark.django_db
D = Decimal


def build() -> Hall:
    return make_hall()


@pytest.fixture
def hall(built: Hall) -> Hall:
    return deepcopy(built)


def pack(hall: Hall) -> Pack:
    return pack_of(ScoreRun.objects.select_related("quarter").get(quarter=hall.quarter, is_current=True))


class TestLostPoints:
    def test_they_are_the_sum_over_the_explanations(self, hall: Hall) -> None:
        names = {row.pk: row.name for row in hall.departments.values()}
        found = {(names[one.department_id], one.code): (D(one.lost), one.people) for one in pack(hall).lost}
        assert found == independent_losses(hall)
        assert found["A股", "K1"] == (D("1.50"), 2)  # anna 1.00, bert 0.50
        assert found["A股", "K3"] == (D("0.17"), 1)  # the mean of 2.00, 1.50 and 2.00 is 1.83

    def test_points_and_departments_add_up_to_the_same_total(self, hall: Hall) -> None:
        made = pack(hall)
        whole = sum(lost for lost, _people in independent_losses(hall).values())
        assert D(made.health.lost) == whole
        assert sum(D(one.lost) for one in made.points) == whole
        assert made.points[0].code == "K1"
        assert (made.points[0].people, made.points[0].departments) == (4, 3)

    def test_the_rows_of_a_meeting_are_those_of_the_pack(self, hall: Hall) -> None:
        meeting = hall.prepare()
        rows = {(one.department_id, one.point_id): (one.lost, one.people) for one in LostPoint.objects.all()}
        lines = lost_lines(meeting.run)
        assert rows == {(one.department_id, one.point_id): (D(one.lost), one.people) for one in lines}
        assert lines == pack(hall).lost


class TestRanks:
    def test_departments_by_the_mean_of_totals_with_the_gap_to_the_next_above(self, hall: Hall) -> None:
        rows = pack(hall).departments
        assert [one.rank for one in rows] == [1, 2, 3]
        assert rows[0].gap == ""
        for above, below in pairwise(rows):
            assert D(below.gap) == D(above.mean) - D(below.mean)
        by_name = {one.name: one for one in rows}
        assert by_name["A股"].people == 4

    def test_the_organisational_score_has_a_rank_of_its_own(self, hall: Hall) -> None:
        rows = {one.name: (one.score, one.score_rank, one.score_gap) for one in pack(hall).departments}
        assert rows == {"A股": ("90.00", 2, "2.00"), "B股": ("92.00", 1, ""), "D股": ("", None, "")}

    def test_categories_name_their_ends_and_nobody_twice(self, hall: Hall) -> None:
        (category,) = pack(hall).categories  # leaders stand in no bureau ranking
        assert (category.name, category.people) == ("一般干部", 7)
        people = [one.name for one in category.top + category.bottom]
        assert len(people) == len(set(people)) == 6
        assert category.bottom[-1].gap != ""

    def test_equal_means_share_a_rank(self) -> None:
        assert _places({1: D(90), 2: D(91), 3: D(91), 4: D(89)}) == {
            2: (1, ""), 3: (1, "0"), 1: (3, "1"), 4: (4, "1"),
        }  # fmt: skip


class TestTrend:
    def test_the_quarters_before_stand_in_their_order(self, hall: Hall) -> None:
        earlier = make_quarter(hall.bureau, "2022Q4", Quarter.State.REVIEWING)
        score_quarter(bureau=hall.bureau, quarter_code="2022Q4", actor=None)
        Quarter.objects.filter(pk=earlier.pk).update(state=Quarter.State.PUBLISHED)
        make_quarter(hall.bureau, "2022Q3")
        made = pack(hall)
        assert made.quarters == ("2022Q4", "2023Q1")
        assert {len(one.means) for one in made.trend} == {2}
        line = next(one for one in made.trend if one.name == "A股")
        assert line.means[1] == next(one.mean for one in made.departments if one.name == "A股")
        assert line.coverages[1] == "50.00"  # anna and bert of four

    def test_of_nothing(self) -> None:
        bureau = make_bureau("LEER")
        quarter = make_quarter(bureau, "2023Q1", Quarter.State.REVIEWING)
        score_quarter(bureau=bureau, quarter_code="2023Q1", actor=None)
        made = pack_of(ScoreRun.objects.select_related("quarter").get(quarter=quarter))
        assert (made.departments, made.lost, made.health.mean) == ((), (), "")


class TestFreezing:
    def test_it_comes_back_as_it_went(self, hall: Hall) -> None:
        made = pack(hall)
        assert thawed(json.loads(json.dumps(made.frozen(), cls=DjangoJSONEncoder))) == made

    def test_a_correction_after_the_meeting_changes_nothing_of_it(self, hall: Hall) -> None:
        meeting = hall.held()
        before = pack_shown(meeting)
        hall.correct(faults=0)
        meeting = ReviewMeeting.objects.select_related("quarter__bureau").get()
        assert pack_shown(meeting) == before
        run = later_run(meeting)
        assert run is not None and (before.run, run.number) == (1, 2) if before else False
        assert pack(hall) != before

    def test_before_it_follows_the_run_that_counts(self, hall: Hall) -> None:
        meeting = hall.prepare()
        hall.correct(faults=0)
        shown = pack_shown(meeting)
        assert shown is not None
        assert shown.run == 2


def test_it_costs_the_same_for_more_people(hall: Hall) -> None:
    with CaptureQueriesContext(connection) as few:
        pack(hall)
    Quarter.objects.filter(pk=hall.quarter.pk).update(state=Quarter.State.REVIEWING)
    for _number in range(5):
        person = make_employee(hall.bureau, department=hall.departments["B"])
        make_result(person, hall.points["K1"], value=1)
    score_quarter(bureau=hall.bureau, quarter_code="2023Q1", actor=None)
    with CaptureQueriesContext(connection) as more:
        pack(hall)
    assert len(few) == len(more) == 7
