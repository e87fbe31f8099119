"""An explanation comes from the snapshot, adds up on every level, and outlives what it explains."""

from decimal import Decimal

import pytest
from django.core.management import call_command

from indicators.models import Library, PointVersion
from organization.models import Department
from scoring.models import Score
from scoring.queries import explanation
from scoring.services.scoring import score_quarter
from tests.factories import (
    make_adjustment,
    make_claim,
    make_department_score,
    make_employee,
    make_point,
    make_result,
    make_task,
)
from tests.scoring.test_scoring import worked as worked  # noqa: PLC0414  # the worked example of scoring.md

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def score(worked):
    score_quarter(bureau=worked.bureau, quarter_code="2023Q1", actor=None)
    return Score.objects.select_related("run").get()


def test_parts_add_up_to_the_stored_total(score):
    explained = explanation(score)
    assert explained.adds_up
    assert [(part.key, part.figure) for part in explained.parts] == [
        ("common", "26.79"),
        ("individual", "37.25"),
        ("competitive", "4.71"),
        ("adjustments", "0.50"),
        ("linkage", "0.15"),
    ]
    assert explained.parts[-1].running == explained.total.figure == "69.40"


def test_items_and_nodes_carry_their_rows(score):
    common = explanation(score).parts[0]
    assert [(line.label.split()[0], line.figure, line.full) for line in common.children] == [
        ("K001", "3.83", "4.00"),
        ("K002", "5.10", "6.00"),
        ("K003", "—", ""),
    ]
    first = common.children[0]
    assert first.point_id == score.bureau.points.get(code="K001").pk
    assert [node.figure for node in first.children] == ["3.50", "4.00", "4.00"]
    assert [node.running for node in first.children] == ["3.50", "7.50", "11.50"]
    results = score.employee.results.filter(point__code="K001").order_by("period").values_list("pk", flat=True)
    assert [node.result_id for node in first.children] == list(results)
    assert common.children[-1].running == "8.93"


def test_claims_and_adjustments_carry_their_rows_and_basis(score):
    _common, _individual, claims, adjustments, _linkage = explanation(score).parts
    assert [line.claim_id for line in claims.children] == list(score.employee.claims.values_list("pk", flat=True))
    assert {line.adjustment_id for line in adjustments.children} == set(
        score.employee.adjustments.values_list("pk", flat=True)
    )
    assert adjustments.children[0].basis == "会议纪要"
    assert [line.figure for line in adjustments.children] == ["-0.50", "1.00"]


def test_missing_and_unconfirmed_nodes_say_so(worked):
    unconfirmed = make_point(worked.bureau, "K023", full=D(1))
    make_result(worked, unconfirmed, state="reviewed")
    score_quarter(bureau=worked.bureau, quarter_code="2023Q1", actor=None)
    explained = explanation(Score.objects.select_related("run").get())
    items = {line.label.split()[0]: line for line in explained.parts[1].children}
    assert items["K022"].missing
    assert items["K022"].children[0].result_id is None
    assert items["K023"].children[0].trace == {"state": "待确认"}
    assert items["K023"].children[0].result_id is not None
    assert explained.missing == 2


def test_an_explanation_outlives_later_changes(score):
    before = [str(line) for line in explanation(score).lines]
    PointVersion.objects.update(name="改名", full=D(99), parameters="每次扣分=9")
    Department.objects.update(name="改名")
    score.employee.results.all().delete()
    score.employee.adjustments.all().delete()
    assert [str(line) for line in explanation(Score.objects.select_related("run").get()).lines] == before


def test_every_score_of_a_busy_bureau_adds_up(worked):
    bureau = worked.bureau
    for number in range(6):
        person = make_employee(bureau, department=bureau.departments.get(code="D02"))
        make_result(person, bureau.points.get(code="K001"), "2023-02", value=number)
        make_result(person, make_point(bureau, f"BUSY{number}", method="count", full=D("2.5")), value=number)
        make_claim(make_task(bureau, base=D("3.33"), sharing="each"), person, quality=D("0.7") + D(number) / 10)
        make_adjustment(person, kind="minus", points=D(20))
        make_adjustment(person, points=D("5.5"))
    make_department_score(bureau.departments.create(code="D03", name="三股", kind="office"), "71.37")
    score_quarter(bureau=bureau, quarter_code="2023Q1", actor=None)
    scores = Score.objects.select_related("run")
    assert len(scores) == 7
    assert all(explanation(one).adds_up for one in scores)
    assert 0 in {one.total for one in scores}  # the floor at zero is explained, too


def test_the_command_ends_every_line_in_its_figure(score, capsys):
    call_command("explain_score", "2023q1", "１０１")
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "总分 69.40"
    figures = [line.rsplit(" ", 1)[-1] for line in lines]
    assert all(figure == "—" or D(figure) is not None for figure in figures)
    tops = [D(figure) for line, figure in zip(lines, figures, strict=True) if not line.startswith(" ")]
    assert sum(tops[:-1]) == tops[-1]


def test_the_common_library_is_explained_for_everybody(worked):
    make_employee(worked.bureau, "102")
    score_quarter(bureau=worked.bureau, quarter_code="2023Q1", actor=None)
    codes = {point.code for point in worked.bureau.points.filter(library=Library.COMMON)}
    for score in Score.objects.select_related("run"):
        assert {line.label.split()[0] for line in explanation(score).parts[0].children} == codes
