"""What a stored score was made from: both formats of the snapshot, what is seen as a change, and what a reader costs."""

import hashlib
import json
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from indicators.models import PointVersion, Quarter, Result
from indicators.rules import parse_rule
from indicators.services.quarters import opened_for_correction
from organization.models import Employee
from scoring import formula
from scoring.models import Acknowledgement, RunBasis, Score, ScoreRun
from scoring.queries import as_it_stands, explanation, is_outdated, score_now
from scoring.queries.acknowledgements import acknowledged_at
from scoring.queries.losses import held_points
from scoring.queries.snapshots import Snapshots, inputs_of
from scoring.services.acknowledgements import acknowledge
from scoring.services.publishing import correct_quarter
from scoring.services.scoring import score_quarter
from tests.factories import (
    make_adjustment,
    make_claim,
    make_employee,
    make_item,
    make_point,
    make_result,
    make_task,
    moment,
)
from tests.scoring.test_scoring import worked as worked  # noqa: PLC0414  # the worked example of scoring.md

pytestmark = pytest.mark.django_db
D = Decimal


def run_of(bureau):
    return score_quarter(bureau=bureau, quarter_code="2023Q1", actor=None)


def score_of(employee):
    return Score.objects.current().select_related("run", "quarter").get(employee=employee)


def in_first_format():
    """Stores every score as it was stored before there was a second format."""
    for score in Score.objects.select_related("run"):
        told = {name: score.inputs[name] for name in ("in_post_share", "bases")}
        text = formula.first_text(inputs_of(score), **told)
        Score.objects.filter(pk=score.pk).update(inputs=json.loads(text), digest=formula.first_digest(text))
    RunBasis.objects.all().delete()


@pytest.fixture
def town(worked):
    """The worked example, its results gone through by two clerks, with one of everything that a snapshot tells apart."""
    bureau = worked.bureau
    clerk, chief = make_employee(bureau, "900", name='王"芳\\|'), make_employee(bureau, "901", name="李静")
    results = Result.objects.order_by("pk")
    results.update(entered_by=clerk, reviewed_by=chief, reviewed_at=moment(date(2023, 4, 2)), confirmed_by=clerk)
    first, second, third, *_rest = results
    Result.objects.filter(pk=first.pk).update(note="见\n“台账”|1", reviewed_by=None, reviewed_at=None)
    Result.objects.filter(pk=second.pk).update(state=Result.State.REVIEWED, note="还在核")
    Result.objects.filter(pk=third.pk).update(entered_at=None, note="只有人")
    aimed = make_point(bureau, "K030", full=D(3), method="ratio")
    make_result(worked, aimed, value=D("80.50"), target=D(90))
    late = make_employee(bureau, "102", joined_on=date(2023, 2, 10), department=worked.department)
    make_item(late, make_point(bureau, "K040", cycle="month"), taken_on=date(2023, 3, 1))
    make_result(late, bureau.points.get(code="K001"), "2023-02", value=2)
    make_claim(make_task(bureau, "T3", sharing="split"), late)
    make_adjustment(late, kind="minus", points=D(1), disciplinary=True)
    run_of(bureau)
    return bureau


def told():
    """Every sheet, down to who did what when."""
    return {
        score.number: [(str(line), line.ref, line.version, dict(line.trace)) for line in explanation(score).lines]
        for score in Score.objects.select_related("run")
    }


def test_both_formats_explain_the_same(town):
    before, figures = told(), {one.number: explanation(one) for one in Score.objects.select_related("run")}
    assert all(explained.adds_up for explained in figures.values())
    inputs = {score.number: inputs_of(score) for score in Score.objects.select_related("run")}
    in_first_format()
    assert {score.inputs["format"] for score in Score.objects.all()} == {1}
    assert told() == before
    assert {score.number: inputs_of(score) for score in Score.objects.select_related("run")} == inputs
    for score in Score.objects.select_related("run"):
        assert explanation(score).parts == figures[score.number].parts


def test_the_snapshot_says_who_did_what_when(town, worked):
    common = inputs_of(score_of(worked)).items[0]
    assert [(node.value, dict(node.trace)) for node in common.nodes] == [
        (
            D(1),
            {
                "entered_by": '王"芳\\|（900）',
                "entered_at": "2023-03-31 09:00",
                "confirmed_by": '王"芳\\|（900）',
                "confirmed_at": "2023-03-31 09:00",
                "note": "见\n“台账”|1",
            },
        ),
        (None, {"state": "reviewed"}),
        (
            D(0),
            {
                "entered_by": '王"芳\\|（900）',
                "reviewed_by": "李静（901）",
                "reviewed_at": "2023-04-02 09:00",
                "confirmed_by": '王"芳\\|（900）',
                "confirmed_at": "2023-03-31 09:00",
                "note": "只有人",
            },
        ),
    ]


def test_the_snapshot_is_one_text_and_scores_to_the_same_figures(town):
    """What the engine works out by pieces is what an explanation works out again."""
    outcome = score_now(Quarter.objects.get())
    assert len(outcome.people) == 4
    for person in outcome.people:
        assert person.snapshot == json.dumps(person.inputs, ensure_ascii=False, separators=(",", ":"))
        assert person.digest == f"2:{hashlib.sha256(person.snapshot.encode()).hexdigest()[:62]}"
        figures = {name: value for name, value in person.columns().items() if hasattr(person.score, name)}
        assert {name: getattr(person.score, name) for name in figures} == figures
        assert "total" in figures
        stored = Score.objects.get(number=person.number)
        assert (stored.inputs, stored.digest) == (person.inputs, person.digest)
    assert ScoreRun.objects.get().basis.points == outcome.points


def test_the_text_of_the_first_format_is_as_it_ever_was():
    """To the letter: the digests of published scores were made from it."""
    item = formula.ItemInput(
        "K001",
        "考点",
        "common",
        D("4.00"),
        parse_rule("deduct", "每次扣分=0.5"),
        (
            formula.NodeInput(
                "2023-01", date(2023, 1, 20), D(1), ref="7", trace={"note": "见", "entered_by": "王（9）"}
            ),
            formula.NodeInput("2023-02", date(2023, 2, 20)),
        ),
        2,
        "5",
    )
    inputs = formula.EmployeeInput(
        "101",
        '某"某',
        (item,),
        (formula.ClaimInput("T1", "任务", D("2.00"), "high", "each", ref="8"),),
        (formula.AdjustmentInput(date(2023, 2, 1), True, D("1.00"), "事由", False, "3"),),
        formula.LinkageInput(D("92.00"), D("181.00"), 2),
    )
    assert formula.first_text(inputs, in_post_share="3/4", bases={"3": "纪要"}) == (
        '{"adjustments":[["2023-02-01",true,"1.00","事由",false,"3"]],"bases":{"3":"纪要"},'
        '"claims":[["T1","任务","2.00","high","each",null,"",1,0,"8"]],"format":1,"in_post_share":"3/4",'
        '"items":[["K001","考点","common","4.00",["deduct","每次扣分=0.5"],'
        '[["2023-01","2023-01-20","1","",null,false,"7",{"entered_by":"王（9）","note":"见"}],'
        '["2023-02","2023-02-20",null,"",null,false,"",{}]],2,"5"]],'
        '"linkage":["92.00","181.00",2],"name":"某\\"某","number":"101"}'
    )


class TestTheFirstFormatStays:
    def test_scored_again_from_the_same_nothing_is_written(self, town):
        in_first_format()
        rows = list(Score.objects.order_by("pk").values())
        assert not is_outdated(Quarter.objects.get())
        with CaptureQueriesContext(connection) as queries:
            run_of(town)
        assert [one["sql"] for one in queries if one["sql"].startswith(("INSERT", "UPDATE", "DELETE"))] == []
        assert list(Score.objects.order_by("pk").values()) == rows
        stored = score_of(Employee.objects.get(number="101"))
        assert as_it_stands(stored, now=timezone.now()) is stored

    def test_who_only_moves_in_rank_keeps_it_and_the_acknowledgement(self, town, worked):
        in_first_format()
        Quarter.objects.update(state=Quarter.State.PUBLICITY)
        seen = acknowledge(score=score_of(worked), actor=worked, now=timezone.now())
        rank = score_of(worked).bureau_rank
        Quarter.objects.update(state=Quarter.State.REVIEWING)
        other = make_employee(town, "103", department=worked.department)
        for month in ("01", "02", "03"):
            make_result(other, town.points.get(code="K001"), f"2023-{month}", value=0)
        make_result(other, town.points.get(code="K002"), tier="优")
        make_result(other, make_point(town, "K050", method="done"), value=0)
        run_of(town)
        assert score_of(worked).bureau_rank > rank
        assert (score_of(worked).inputs["format"], score_of(other).inputs["format"]) == (1, 2)
        assert acknowledged_at(score_of(worked)) == seen.at
        assert explanation(score_of(worked)).adds_up
        assert explanation(score_of(other)).adds_up

    def test_a_correction_changes_only_whom_it_concerns(self, town, worked):
        in_first_format()
        other = Employee.objects.get(number="102")
        office = make_employee(town, "902", roles=["office"], joined_on=date(2023, 7, 1))
        Quarter.objects.update(state=Quarter.State.PUBLISHED)
        quarter = Quarter.objects.get()
        for person in (worked, other):
            Acknowledgement.objects.create(
                score=score_of(person), digest=score_of(person).digest, total=score_of(person).total, at=timezone.now()
            )
        assert not is_outdated(quarter)
        with opened_for_correction(quarter):
            Result.objects.filter(employee=other, period="2023-02").update(value=3)
        assert is_outdated(quarter)
        assert correct_quarter(bureau=town, quarter_code="2023Q1", actor=office, reason="申诉成立").number == 2
        assert acknowledged_at(score_of(worked)) is not None
        assert acknowledged_at(score_of(other)) is None
        assert [score_of(one).inputs["format"] for one in (worked, other)] == [1, 2]
        assert not is_outdated(quarter)


CHANGES = {
    "rule": lambda: PointVersion.objects.filter(point__code="K001").update(parameters="每次扣分=0.25"),
    "name": lambda: PointVersion.objects.filter(point__code="K001").update(name="新名"),
    "full points": lambda: PointVersion.objects.filter(point__code="K001").update(full=D("4.01")),
    "due day": lambda: PointVersion.objects.filter(point__code="K001").update(deadline="每月10日"),
}
OF_ONE = {
    "who entered": lambda row: {"entered_by": Employee.objects.get(number="901")},
    "when reviewed": lambda row: {"reviewed_at": moment(date(2023, 4, 3))},
    "who confirmed": lambda row: {"confirmed_by": Employee.objects.get(number="900")},
    "note": lambda row: {"note": "另一句"},
    "state": lambda row: {"state": Result.State.RETURNED},
    "another row": lambda row: {"pk": row.pk + 1000},
}


def digests():
    return {person.number: person.digest for person in score_now(Quarter.objects.get()).people}


@pytest.mark.parametrize("change", CHANGES)
def test_another_point_is_another_snapshot_for_all_who_hold_it(town, change):
    make_employee(town, "103", joined_on=date(2023, 3, 31))
    before = digests()
    CHANGES[change]()
    assert not {number for number, digest in digests().items() if digest == before[number]}
    assert is_outdated(Quarter.objects.get())
    run_of(town)
    assert not is_outdated(Quarter.objects.get())
    assert all(explanation(score).adds_up for score in Score.objects.select_related("run"))


@pytest.mark.parametrize("change", OF_ONE)
def test_another_act_is_another_snapshot_of_that_person_alone(town, change):
    before = digests()
    row = Result.objects.get(point__code="K030")
    given = OF_ONE[change](row)
    Result.objects.filter(pk=row.pk).update(**({"id": given["pk"]} if "pk" in given else given))
    assert {number for number, digest in digests().items() if digest != before[number]} == {"101"}


def test_a_point_that_one_person_took_on_is_theirs_alone(town):
    before = digests()
    PointVersion.objects.filter(point__code="K040").update(name="新名")
    assert {number for number, digest in digests().items() if digest != before[number]} == {"102"}


def test_the_name_of_whoever_acted_belongs_to_what_they_did(town):
    before = digests()
    Employee.objects.filter(number="901").update(name="李静宜")
    assert {number for number, digest in digests().items() if digest != before[number]} == {"101", "901"}


def test_the_points_of_a_run_are_read_once_for_many_scores(town, django_assert_num_queries):
    scores = list(Score.objects.select_related("run"))
    with django_assert_num_queries(1):
        held = list(held_points(scores))
    assert {one.employee_id for one in held} == {score.employee_id for score in scores}
    run = ScoreRun.objects.get()
    for score in scores:
        score.run = run
    list(held_points(scores))
    with django_assert_num_queries(0):  # the run has them by now
        list(held_points(scores))


def test_the_first_format_asks_for_no_points(town, django_assert_num_queries):
    in_first_format()
    scores, snapshots = list(Score.objects.all()), Snapshots()
    with django_assert_num_queries(0):
        assert [snapshots.inputs_of(score).number for score in scores] == [score.number for score in scores]


def test_somebody_who_leaves_a_run_takes_nothing_from_the_others(town, worked):
    """A point that nobody holds any more goes with it; what the others hold stays readable."""
    Employee.objects.filter(number="102").update(joined_on=None, left_on=date(2022, 12, 31))
    PointVersion.objects.filter(point__code="K040").update(withdrawn=True)
    run_of(town)
    assert explanation(score_of(worked)).adds_up
    assert "K040" not in {row[0] for row in ScoreRun.objects.get().basis.points.values()}
