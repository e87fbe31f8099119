"""score_quarter: gathers one bureau's inputs, scores, ranks, writes only what changed."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import Entry
from common.errors import Frozen, InvalidInput, Refused
from common.upsert import upsert
from indicators.models import Library, Quarter, Result
from scoring.models import Score, ScoreRun
from scoring.queries import first_standing, score_now
from scoring.services import scoring
from scoring.services.scoring import score_as_it_stands, score_quarter
from tests.factories import (
    make_absence,
    make_adjustment,
    make_bureau,
    make_claim,
    make_department,
    make_department_score,
    make_employee,
    make_item,
    make_placement,
    make_point,
    make_quarter,
    make_result,
    make_scheme_setting,
    make_task,
)

pytestmark = pytest.mark.django_db
D = Decimal


def run_of(bureau, code="2023Q1", **options):
    return score_quarter(bureau=bureau, quarter_code=code, actor=None, **options)


def score_of(employee):
    return Score.objects.current().get(employee=employee)


@pytest.fixture
def worked():
    """The worked example of scoring.md as rows: employee 101 of 2023Q1."""
    bureau = make_bureau()
    home, other = make_department(bureau, "D01"), make_department(bureau, "D02")
    employee = make_employee(bureau, "101", department=home)
    common = {"library": Library.COMMON}
    k001 = make_point(bureau, "K001", **common, full=D(4), cycle="month")
    for month, faults in (("01", 1), ("02", 0), ("03", 0)):
        make_result(employee, k001, f"2023-{month}", value=faults)
    make_result(employee, make_point(bureau, "K002", **common, full=D(6), method="tier"), tier="良")
    make_result(employee, make_point(bureau, "K003", **common, full=D(2)), exempt=True)
    make_result(employee, make_point(bureau, "K020", full=D(5), method="ratio"), value=97)
    make_result(employee, make_point(bureau, "K021", full=D(3), method="done"), value=2)
    make_item(employee, make_point(bureau, "K022", full=D(4)))
    make_claim(make_task(bureau, "T1", base=D(2), difficulty="high"), employee, quality=D(1))
    make_claim(make_task(bureau, "T2", base=D("1.5")), employee, quality=D("0.95"))
    make_adjustment(employee, points=D(1))
    make_adjustment(employee, points=D("0.5"), kind="minus")
    make_department_score(home, "92.00")
    make_department_score(other, "89.00")
    return employee


def test_the_worked_example_of_scoring_md(worked):
    run = run_of(worked.bureau)
    score = score_of(worked)
    assert (score.common, score.individual, score.competitive) == (D("26.79"), D("37.25"), D("4.71"))
    assert (score.adjustments, score.linkage, score.total) == (D("0.50"), D("0.15"), D("69.40"))
    assert (run.scored, run.ranked, run.missing) == (1, 1, 1)
    assert (score.bureau_rank, score.category_rank, score.in_pool, score.missing) == (1, 1, True, 1)


def test_everybody_in_post_is_scored_and_nobody_else():
    bureau = make_bureau()
    for number, joined, left in (
        ("1", None, None),
        ("2", date(2023, 3, 31), None),
        ("3", None, date(2023, 1, 1)),
        ("4", date(2023, 4, 1), None),
        ("5", None, date(2022, 12, 31)),
    ):
        make_employee(bureau, number, joined_on=joined, left_on=left)
    make_employee(make_bureau("YY"), "6")
    make_quarter(bureau)
    run = run_of(bureau)
    assert list(run.scores.values_list("number", flat=True).order_by("number")) == ["1", "2", "3"]
    assert run.ranked == 1
    assert dict(run.scores.values_list("number", "reason")) == {"1": "", "2": "share", "3": "share"}


def test_department_and_category_are_those_of_the_last_day():
    bureau = make_bureau()
    old, new = make_department(bureau, "D01"), make_department(bureau, "D02")
    make_quarter(bureau)
    moved = make_employee(bureau, "1", department=old)
    make_placement(moved, date(2023, 3, 31), department=new, category=bureau.categories.get(name="中层副职"))
    later = make_employee(bureau, "2", department=old)
    make_placement(later, date(2023, 4, 1), department=new)
    leaver = make_employee(bureau, "3", department=old, left_on=date(2023, 3, 15))
    make_placement(leaver, date(2023, 3, 16), department=new)
    run_of(bureau)
    assert score_of(moved).department == new
    assert score_of(moved).category.name == "中层副职"
    assert score_of(later).department == old
    assert score_of(leaver).department == old


@pytest.mark.parametrize("state", [Result.State.REPORTED, Result.State.REVIEWED, Result.State.RETURNED])
def test_only_confirmed_results_count(state):
    bureau = make_bureau()
    employee = make_employee(bureau)
    make_result(employee, make_point(bureau, library=Library.COMMON), state=state)
    run = run_of(bureau)
    assert score_of(employee).common == 0
    assert run.missing == 1


def test_nodes_before_joining_or_taking_on_count_nothing_and_miss_nothing():
    bureau = make_bureau()
    employee = make_employee(bureau, joined_on=date(2023, 2, 10))
    common = make_point(bureau, library=Library.COMMON, cycle="month")
    make_result(employee, common, "2023-01", value=8)
    make_result(employee, common, "2023-02")
    make_result(employee, common, "2023-03")
    individual = make_point(bureau, cycle="month")
    make_item(employee, individual, taken_on=date(2023, 3, 31))
    make_result(employee, individual, "2023-03")
    assert run_of(bureau).missing == 0
    assert (score_of(employee).common, score_of(employee).individual) == (D(30), D(60))


def test_statuses_of_the_last_day_and_short_presence_are_not_ranked():
    bureau = make_bureau()
    make_quarter(bureau)
    on_trial, past_trial, charged, away = (make_employee(bureau, str(n)) for n in range(1, 5))
    make_absence(on_trial, date(2023, 1, 1), date(2023, 3, 31), "probation")
    make_absence(past_trial, date(2023, 1, 1), date(2023, 3, 30), "probation")
    make_absence(charged, date(2023, 3, 31), None, "investigation")
    make_absence(away, date(2023, 1, 1), date(2023, 3, 1), "sick")
    run_of(bureau)
    reasons = {one: score_of(one).reason for one in (on_trial, past_trial, charged, away)}
    assert list(reasons.values()) == ["probation", "", "investigation", "share"]
    assert score_of(away).bureau_rank is None
    assert score_of(away).ranked is False


def test_leaders_get_no_bureau_rank_but_one_in_their_category():
    bureau = make_bureau()
    make_quarter(bureau)
    leader = make_employee(bureau, category="局领导")
    make_employee(bureau)
    run = run_of(bureau)
    assert run.ranked == 1
    assert (score_of(leader).ranked, score_of(leader).bureau_rank, score_of(leader).category_rank) == (True, None, 1)
    assert not score_of(leader).in_pool


def test_a_disciplinary_minus_leaves_the_pool_and_nobody_moves_up():
    bureau = make_bureau()
    make_quarter(bureau)
    first, second = make_employee(bureau, "1"), make_employee(bureau, "2")
    point = make_point(bureau, library=Library.COMMON)
    make_result(first, point, value=0)
    make_result(second, point, value=4)
    make_adjustment(first, kind="minus", points=D("0.01"), disciplinary=True)
    run_of(bureau)
    assert score_of(first).bureau_rank == 1
    assert [score_of(one).in_pool for one in (first, second)] == [False, False]


def test_a_split_task_counts_all_accepted_claims_also_of_leavers():
    bureau = make_bureau()
    stays, gone = make_employee(bureau), make_employee(bureau, left_on=date(2022, 12, 1))
    task = make_task(bureau, sharing="split", base=D(3), difficulty="low")
    make_claim(task, stays)
    make_claim(task, gone)
    make_claim(task, make_employee(bureau), outcome="refused")
    run_of(bureau)
    assert score_of(stays).competitive == D("1.50")


def test_scoring_again_writes_no_row(worked):
    run_of(worked.bureau)
    before = ScoreRun.objects.values().get()
    with CaptureQueriesContext(connection) as queries:
        run_of(worked.bureau)
    assert [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))] == []
    assert ScoreRun.objects.values().get() == before


def test_only_changed_rows_are_written_and_keep_their_id(worked, monkeypatch):
    colleague = make_employee(worked.bureau, "102")
    run_of(worked.bureau)
    kept, changed = score_of(worked), score_of(colleague)
    make_adjustment(colleague, points=D(2))
    written = []

    def watched(model, columns, rows, **options):
        if model is Score:
            written.extend(rows)
        upsert(model, columns, rows, **options)

    monkeypatch.setattr(scoring, "upsert", watched)
    run_of(worked.bureau)
    assert [(row[3], row[4]) for row in written] == [(colleague.pk, "102")]
    assert score_of(worked).pk == kept.pk
    assert score_of(colleague).pk == changed.pk
    assert score_of(colleague).total == changed.total + 2


def test_somebody_who_was_never_in_post_loses_the_row(worked):
    colleague = make_employee(worked.bureau, "102")
    run_of(worked.bureau)
    colleague.left_on = date(2022, 12, 31)
    colleague.save()
    assert run_of(worked.bureau).scored == 1
    assert list(Score.objects.values_list("number", flat=True)) == ["101"]


def test_the_order_of_rows_changes_nothing(worked):
    def snapshot():
        return [
            {name: value for name, value in row.items() if name not in ("id", "run_id", "digest", "inputs")}
            for row in Score.objects.order_by("number").values()
        ]

    for number in range(102, 108):
        make_result(make_employee(worked.bureau, str(number)), make_point(worked.bureau), value=number - 102)
    run_of(worked.bureau)
    first = snapshot()
    results = list(Result.objects.order_by("-pk"))
    Result.objects.all().delete()
    ScoreRun.objects.all().delete()
    for result in results:
        result.pk = None
        result.save(force_insert=True)
    run_of(worked.bureau)
    assert snapshot() == first


def test_the_number_of_queries_does_not_grow_with_people_and_results(worked):
    quarter = Quarter.objects.get()
    bureau = worked.bureau
    score_now(quarter)  # warms the calendar
    with CaptureQueriesContext(connection) as one:
        score_now(quarter)
    for _number in range(3):
        employee = make_employee(bureau)
        make_absence(employee, date(2023, 1, 9), date(2023, 1, 10))
        make_result(employee, make_point(bureau))
        make_claim(make_task(bureau), employee)
        make_adjustment(employee)
    with CaptureQueriesContext(connection) as four:
        score_now(quarter)
    assert (len(one), len(four)) == (11, 11)


def test_a_published_quarter_is_frozen(worked):
    run_of(worked.bureau)
    Quarter.objects.update(state=Quarter.State.PUBLISHED)
    make_adjustment(worked, points=D(3))
    with pytest.raises(Frozen, match="已经发布"):
        run_of(worked.bureau)
    assert score_of(worked).total == D("69.40")


def test_weights_that_do_not_add_up_are_refused_with_a_sentence(worked):
    make_scheme_setting(worked.bureau, "共性权重", "35")
    with pytest.raises(InvalidInput, match="应当等于 100，现在是 105"):
        run_of(worked.bureau)


def test_a_quarter_that_is_not_there_is_refused_with_a_sentence():
    with pytest.raises(InvalidInput, match="没有 2023Q4 这个季度"):
        run_of(make_bureau(), "2023Q4")


def test_the_scheme_is_that_of_the_quarter(worked):
    make_scheme_setting(worked.bureau, "联动系数", "0.2")
    make_scheme_setting(worked.bureau, "联动系数", "5", from_quarter="2023Q2")
    run = run_of(worked.bureau)
    assert score_of(worked).linkage == D("0.30")
    assert run.scheme["联动系数"] == "0.2"


def test_only_the_office_scores_and_the_act_is_in_the_log(worked):
    office = make_employee(worked.bureau, "900", roles=["office"])
    with pytest.raises(Refused):
        score_quarter(bureau=worked.bureau, quarter_code="2023Q1", actor=worked)
    with pytest.raises(Refused):
        score_quarter(
            bureau=worked.bureau, quarter_code="2023Q1", actor=make_employee(make_bureau("YY"), roles=["office"])
        )
    score_quarter(bureau=worked.bureau, quarter_code="2023Q1", actor=office)
    entry = Entry.objects.get(action="score.run")
    assert entry.actor_id == office.pk
    assert (entry.after["scored"], entry.after["changed"]) == (2, 2)


class TestProvisional:
    def test_only_nodes_past_their_deadline_count(self):
        bureau = make_bureau()
        employee = make_employee(bureau)
        point = make_point(bureau, library=Library.COMMON, cycle="month", deadline="每月20日")
        make_result(employee, point, "2023-01", value=0)
        quarter = make_quarter(bureau)
        assert first_standing(quarter, employee, today=date(2023, 1, 20), now=timezone.now()).common == 0
        assert first_standing(quarter, employee, today=date(2023, 1, 21), now=timezone.now()).common == 30
        assert first_standing(quarter, employee, today=date(2023, 2, 21), now=timezone.now()).common == 15
        assert first_standing(quarter, employee, today=date(2023, 2, 21), now=timezone.now()).missing == 1

    def test_somebody_not_in_post_has_none(self):
        bureau = make_bureau()
        employee = make_employee(bureau, left_on=date(2022, 12, 31))
        assert first_standing(make_quarter(bureau), employee, today=date(2023, 2, 1), now=timezone.now()) is None

    def test_the_night_scores_provisionally_before_the_end_and_finally_after(self, worked):
        def night(today):
            return score_as_it_stands(bureau=worked.bureau, quarter_code="2023Q1", today=today)

        assert night(date(2023, 3, 1)).as_of == date(2023, 3, 1)
        assert score_of(worked).missing == 0
        assert night(date(2023, 4, 1)).as_of is None
        assert score_of(worked).total == D("69.40")

    def test_what_the_office_scored_finally_stays_final(self, worked):
        run_of(worked.bureau)
        run = score_as_it_stands(bureau=worked.bureau, quarter_code="2023Q1", today=date(2023, 3, 1))
        assert run.as_of is None
        assert ScoreRun.objects.count() == 1
