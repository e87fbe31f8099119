"""The score sheet: it adds up on screen, and opens for those whom it concerns."""

import io
from copy import deepcopy
from datetime import date

import pytest
from django.core.management import call_command
from django.utils import timezone

from indicators.models import Evidence, PointVersion, Quarter, Result
from indicators.services.quarters import opened_for_correction
from organization.models import Department
from scoring.services.scoring import score_quarter
from tests.factories import make_adjustment, make_claim, make_employee, make_task, moment
from tests.reports.world import add_quarter, make_world

pytestmark = pytest.mark.django_db


build = make_world


@pytest.fixture
def world(built):
    return deepcopy(built)


def sheet_of(world, name):
    return f"/scores/{world.score(name).pk}/"


def test_the_working_is_written_out_and_adds_up(client, world):
    client.force_login(world.people["anna"])
    page = client.get(sheet_of(world, "anna")).content.decode()
    assert "30 × 4.00 ÷ 4.00 = 30.00" in page
    assert "30.00 + 60.00 + 0.00 + 0.00 + 0.00 = 90.00" in page


def test_input_and_who_entered_it_stand_on_the_sheet(client, world):
    client.force_login(world.people["bert"])
    page = client.get(sheet_of(world, "bert")).content.decode()
    assert "4.00 − 2 次 × 0.5" in page
    assert "填报 office（XS07）" in page
    assert 'href="/indicators/2023/K001/"' in page


def test_what_cost_most_is_the_share_of_the_total(client, world):
    client.force_login(world.people["bert"])
    costs = client.get(sheet_of(world, "bert")).context["costs"]
    assert [(cost.label, str(cost.lost)) for cost in costs] == [("K001 政治学习", "7.50")]


def test_missing_nodes_and_bases_are_named(client, world):
    quarter = Quarter.objects.create(bureau=world.bureau, code="2023Q2")
    make_adjustment(world.people["anna"], quarter.period.first_day, matter="表彰", basis="县局文件 3 号")
    add_quarter(world, "2023Q2", {}, state=Quarter.State.COLLECTING)
    world.people["anna"].results.filter(quarter=quarter, point__code="K001").delete()
    from scoring.services.scoring import score_quarter

    score_quarter(bureau=world.bureau, quarter_code="2023Q2", actor=None)
    client.force_login(world.people["anna"])
    page = client.get("/scores/mine/", {"quarter": "2023Q2"}).content.decode()
    assert "漏项" in page
    assert "依据：县局文件 3 号" in page


def test_what_waits_for_confirmation_is_not_called_missing(client, world):
    add_quarter(world, "2023Q2", {}, state=Quarter.State.COLLECTING)
    waiting = world.people["anna"].results.filter(quarter__code="2023Q2", point__code="K001")
    waiting.update(state=Result.State.REPORTED)
    score_quarter(bureau=world.bureau, quarter_code="2023Q2", actor=None)
    client.force_login(world.people["anna"])
    response = client.get("/scores/mine/", {"quarter": "2023Q2"})
    page = response.content.decode()
    assert "已填报，没有确认，暂按 0 分计" in page
    assert "未确认</span>" in page
    assert "漏项" not in page
    assert [cost.missing for cost in response.context["costs"]] == [False]
    client.force_login(world.people["office"])
    for address in ("/quarters/", "/quarters/2023Q2/"):
        assert "漏项和未确认" in client.get(address).content.decode()


@pytest.mark.parametrize(
    ("reader", "status"),
    [
        ("anna", 200), ("head", 200), ("office", 200), ("director", 200), ("discipline", 200),
        ("bert", 403), ("cora", 403), ("admin", 403), ("deputy", 403),
    ],
)  # fmt: skip
def test_a_sheet_is_for_those_whom_it_concerns(client, world, reader, status):
    client.force_login(world.people[reader])
    response = client.get(sheet_of(world, "anna"))
    assert response.status_code == status
    if status == 403:
        assert "得分明细只对本人" in response.content.decode()


def test_a_head_opens_no_other_department(client, world):
    PointVersion.objects.update(assessor=Department.objects.get(code="XSB"))
    client.force_login(world.people["head"])
    assert client.get(sheet_of(world, "cora")).status_code == 403


@pytest.mark.parametrize("role", ["department_head", "liaison"])
def test_the_assessing_department_sees_the_lines_that_it_assessed(client, world, role):
    PointVersion.objects.filter(point__code="K101").update(assessor=Department.objects.get(code="XSB"))
    assessor = make_employee(world.bureau, roles=[role], department=Department.objects.get(code="XSA"))
    client.force_login(assessor)
    page = client.get(sheet_of(world, "cora")).content.decode()
    assert "政治学习" in page
    assert "4.00 − 3 次 × 0.5" in page
    assert "填报 office（XS07）" in page
    for hidden in ("岗位业务", "78.75", "单位第", "总分 "):
        assert hidden not in page
    client.force_login(make_employee(world.bureau, department=assessor.department))
    assert client.get(sheet_of(world, "cora")).status_code == 403


def test_what_stands_behind_a_line(client, world):
    result = Result.objects.get(employee=world.people["bert"], point__code="K001")
    with opened_for_correction(result.quarter):
        Result.objects.filter(pk=result.pk).update(late=True, source="machine", origin="视频会议系统")
    file = Evidence.objects.create(
        result=result, stored="x", name="签到表.pdf", size=1, content_type="application/pdf", at=timezone.now()
    )
    client.force_login(world.people["bert"])
    page = client.get(sheet_of(world, "bert")).content.decode()
    assert "规则自2023年一季度起施行" in page
    assert "迟报" in page
    assert "机考：视频会议系统" in page
    assert f'<a href="/evidence/{file.pk}/">签到表.pdf</a>' in page
    assert "82.50" in page
    call = io.StringIO()
    call_command("explain_score", "2023Q1", "XS02", stdout=call)
    lines = call.getvalue().splitlines()
    (line,) = [one for one in lines if "签到表.pdf" in one]
    assert "填报 office（XS07）" in line
    assert "机考：视频会议系统 · 迟报 · 材料：签到表.pdf 3.00" in line
    assert lines[-1] == "总分 82.50"


def test_claims_and_adjustments_say_who_and_when(client):
    world = make_world("ZZ", state=Quarter.State.COLLECTING)
    anna, office = world.people["anna"], world.people["office"]
    make_claim(
        make_task(world.bureau, "T1"), anna, accepted_by=office, accepted_at=moment(date(2023, 3, 30)), late=True
    )
    make_adjustment(anna, entered_by=office, counted_by=office)
    score_quarter(bureau=world.bureau, quarter_code="2023Q1", actor=None)
    client.force_login(anna)
    page = client.get(sheet_of(world, "anna")).content.decode()
    assert "验收 office（ZZ07） 2023-03-30 09:00" in page
    assert "登记、计入 office（ZZ07） 2023-02-01 09:00" in page
    assert "迟报" in page


def test_a_deputy_opens_the_departments_in_charge(client, world):
    Department.objects.filter(code="XSA").update(deputy=world.people["deputy"])
    client.force_login(world.people["deputy"])
    assert client.get(sheet_of(world, "anna")).status_code == 200
    assert client.get(sheet_of(world, "cora")).status_code == 403


def test_another_bureaus_sheet_is_not_there(client, world):
    other = make_world("YS")
    client.force_login(world.people["office"])
    assert client.get(sheet_of(other, "anna")).status_code == 404


def test_neighbours_are_those_that_one_may_open(client, world):
    client.force_login(world.people["head"])
    neighbours = client.get(sheet_of(world, "head")).context["neighbours"]
    assert (neighbours.before.name, neighbours.after.name) == ("anna", "bert")
    last = client.get(sheet_of(world, "bert")).context["neighbours"]
    assert (last.before.name, last.after) == ("head", None)


def test_mine_is_the_newest_and_says_when_there_is_none(client, world):
    client.force_login(world.people["anna"])
    assert client.get("/scores/mine/").context["score"].quarter.code == "2023Q1"
    assert client.get("/scores/mine/", {"quarter": "2022Q4"}).status_code == 404
    client.force_login(make_employee(world.bureau))
    assert "还没有您的得分" in client.get("/scores/mine/").content.decode()


def test_the_number_of_queries_of_a_sheet(client, world, django_assert_num_queries):
    client.force_login(world.people["office"])
    url = sheet_of(world, "anna")
    client.get(url)
    with django_assert_num_queries(12):
        client.get(url)


def test_an_accepted_task_stands_on_the_sheet_at_once(client, world):
    add_quarter(world, "2023Q2", {}, state=Quarter.State.COLLECTING)
    quarter, anna = Quarter.objects.get(code="2023Q2"), world.people["anna"]
    client.force_login(anna)
    before = client.get("/scores/mine/", {"quarter": "2023Q2"})
    assert before.context["total"].figure == "75.00"
    task = make_task(world.bureau, "T9", quarter=quarter, base="5.00", difficulty="high")
    make_claim(task, anna, quality="1.2", accepted_at=timezone.now())
    make_claim(make_task(world.bureau, "T8", quarter=quarter, base="5.00", difficulty="high"), anna, quality="1")
    after = client.get("/scores/mine/", {"quarter": "2023Q2"})
    page = after.content.decode()
    assert after.context["total"].figure == "85.00"
    assert "基础分 5 × 难度 1.5 × 质量 1.2" in page
    assert "超过上限" in page
    api = client.get(f"/api/v1/scores/{world.score('anna', '2023Q2').pk}/explanation/").json()
    assert "85.00" in str(api)


def test_points_of_a_quarter_that_has_not_begun_are_there_too(client, world):
    """The task's page leads there; the night has scored nothing yet."""
    ahead = Quarter.objects.create(bureau=world.bureau, code="2099Q1")
    anna = world.people["anna"]
    client.force_login(anna)
    assert client.get("/scores/mine/", {"quarter": "2099Q1"}).status_code == 404
    make_claim(make_task(world.bureau, "T9", quarter=ahead), anna, accepted_at=timezone.now())
    page = client.get("/scores/mine/", {"quarter": "2099Q1"})
    assert page.context["total"].figure == "2.40"
    assert [(tab.label, tab.active) for tab in page.context["tabs"]] == [
        ("2099年一季度", True),
        ("2023年一季度", False),
    ]
    client.force_login(world.people["bert"])
    assert client.get("/scores/mine/", {"quarter": "2099Q1"}).status_code == 404
