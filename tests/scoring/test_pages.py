"""Pages of quarters, adjustments and department scores: who opens them, what they do, what they cost."""

from copy import deepcopy
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from indicators.models import Library, Quarter, Result
from indicators.services.quarters import opened_for_correction
from scoring.models import Adjustment, DepartmentScore, ScoreRun, ScoringJob
from scoring.services.scoring import score_quarter
from tests.factories import (
    make_adjustment,
    make_bureau,
    make_department,
    make_employee,
    make_point,
    make_quarter,
    make_result,
    sign_rosters,
)

pytestmark = [pytest.mark.django_db, pytest.mark.once]
QUARTER = "/quarters/2023Q1/"


def build():
    bureau = make_bureau()
    employee = make_employee(bureau, "101", name="张三")
    make_result(employee, make_point(bureau, "K1", library=Library.COMMON))
    make_result(employee, make_point(bureau, "K2"))
    score_quarter(bureau=bureau, quarter_code="2023Q1", actor=None)
    return bureau


@pytest.fixture
def bureau(built):
    return deepcopy(built)


@pytest.fixture
def enter(client, bureau):
    def enter(*roles, of=None):
        user = make_employee(of or bureau, roles=roles, joined_on=date(2024, 1, 1))  # not scored
        client.force_login(user)
        return user

    return enter


@pytest.mark.parametrize("address", ["/quarters/", QUARTER, QUARTER + "readiness/", "/department-scores/"])
@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("office", 200),
        ("director", 200),
        ("discipline", 200),
        ("deputy_director", 403),
        ("department_head", 403),
        ("liaison", 403),
        ("system_admin", 403),
    ],
)
def test_who_opens_what(client, enter, address, role, status):
    enter(role)
    assert client.get(address).status_code == status


def test_who_may_not_see_quarters_is_told_of_quarters(client, enter):
    enter("system_admin")
    page = client.get("/quarters/").content.decode()
    assert "季度的计分和发布只对局长、绩效办和纪检开放" in page
    assert "发布前检查" not in page


@pytest.mark.parametrize("address", [QUARTER, QUARTER + "readiness/", QUARTER + "correction/"])
def test_a_quarter_of_another_bureau_is_not_there(client, enter, address):
    enter("office", of=make_bureau("YY"))
    assert client.get(address).status_code == 404
    assert client.post(QUARTER + "move/", {"to": "reviewing"}).status_code == 404
    assert client.post(QUARTER + "score/").status_code == 404


def test_the_quarter_page_tells_the_finding_and_the_rail(client, enter):
    enter("office")
    page = client.get(QUARTER).content.decode()
    assert "2023年一季度：计分 1 人，1 人参与单位排名" in page
    assert 'class="rail"' in page
    assert "进入审核" in page


def test_discipline_reads_without_buttons(client, enter):
    enter("discipline")
    page = client.get(QUARTER).content.decode()
    assert "重新计分" not in page
    assert "计分和推进季度由绩效办办理" in page


def test_every_line_of_the_readiness_list_links_to_its_cure(client, enter, bureau):
    enter("office")
    make_employee(bureau, "102", name="李四")
    Result.objects.filter(point__code="K2").update(state="reported")
    score_quarter(bureau=bureau, quarter_code="2023Q1", actor=None)
    page = client.get(QUARTER + "readiness/").content.decode()
    results, items = reverse("indicators:results"), reverse("indicators:items")
    assert f"{results}?quarter=2023Q1&amp;state=missing&amp;q=102" in page
    assert f"{results}?quarter=2023Q1&amp;state=waiting&amp;q=101" in page
    assert f"{items}?quarter=2023Q1&amp;q=102" in page
    assert "办理：本人、部门联络员或部门负责人补录" in page
    for address in (f"{results}?quarter=2023Q1&state=missing&q=102", f"{items}?quarter=2023Q1&q=102"):
        assert client.get(address).status_code == 200
    unconfirmed = client.get(f"{results}?quarter=2023Q1&state=waiting&q=101")
    assert [row.number for row in unconfirmed.context["rows"]] == ["101"]


def test_without_scripts_the_readiness_list_is_a_page(client, enter, bureau):
    enter("office")
    assert "<html" in client.get(QUARTER + "readiness/").content.decode()
    fragment = client.get(QUARTER + "readiness/", headers={"HX-Request": "true"})
    assert "<html" not in fragment.content.decode()


def test_an_outdated_run_says_so(client, enter, bureau):
    enter("office")
    Result.objects.filter(point__code="K1").update(value=3)
    page = client.get(QUARTER + "readiness/").content.decode()
    assert "输入已变，需要重新计分" in page
    assert f'action="{QUARTER}score/"' in page


def test_the_button_scores_in_a_job_with_progress(client, enter, bureau, django_capture_on_commit_callbacks):
    enter("office")
    Result.objects.filter(point__code="K1").update(value=1)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(QUARTER + "score/").status_code == 302
    job = ScoringJob.objects.get()
    assert job.state == "done"
    address = reverse("scoring:job", args=["2023Q1", job.pk])
    assert client.get(address)["Location"] == QUARTER  # opened as an address, not fetched by the page
    progress = client.get(address, headers={"HX-Request": "true"})
    assert progress.status_code == 286
    assert "计分 1 人" in progress.content.decode()
    assert ScoreRun.objects.get().scores.get().common == Decimal("26.25")


def test_a_running_job_is_on_the_page(client, enter, bureau):
    user = enter("office")
    quarter = Quarter.objects.get()
    ScoringJob.objects.create(
        bureau=bureau, quarter=quarter, requested_by=user, created_at="2023-04-01T00:00Z", state="running"
    )
    page = client.get(QUARTER).content.decode()
    assert 'hx-trigger="every 1s"' in page
    client.post(QUARTER + "score/")
    assert ScoringJob.objects.count() == 1


def test_moving_on_and_back_to_publication(client, enter):
    enter("office")
    sign_rosters(Quarter.objects.get())

    def move(to, reason=""):
        page = client.post(QUARTER + "move/", {"to": to, "reason": reason}, follow=True).content.decode()
        return Quarter.objects.get().state, page

    assert move("reviewing")[0] == "reviewing"
    state, page = move("collecting")
    assert state == "reviewing"
    assert "退回上一步要写明理由" in page
    assert move("collecting", "补录")[0] == "collecting"
    assert move("reviewing")[0] == "reviewing"
    assert move("publicity")[0] == "publicity"
    state, page = move("published")
    assert state == "publicity"
    assert "公示到" in page
    assert move("published", "上级要求")[0] == "published"
    assert move("nonsense")[0] == "published"


@pytest.mark.parametrize("role", ["discipline", "deputy_director", "department_head", "system_admin", "liaison"])
def test_nobody_else_moves_a_quarter(client, enter, role):
    enter(role)
    for to in ("reviewing", "publicity", "published"):
        assert client.post(QUARTER + "move/", {"to": to, "reason": "急"}).status_code == 403
    assert client.post(QUARTER + "score/").status_code == 403
    assert client.get(QUARTER + "correction/").status_code == 403
    assert Quarter.objects.get().state == "collecting"


def test_a_correction_shows_who_would_move_then_who_moved(client, enter, bureau):
    enter("director")
    assert client.get(QUARTER + "correction/").status_code == 302
    Quarter.objects.update(state=Quarter.State.PUBLISHED)
    assert "没有得分或名次需要更正" in client.get(QUARTER + "correction/").content.decode()
    with opened_for_correction(Quarter.objects.get()):
        Result.objects.filter(point__code="K1").update(value=1)
    page = client.get(QUARTER + "correction/").content.decode()
    assert "会改变 1 人的得分或名次" in page
    assert "−3.75" in page
    assert client.post(QUARTER + "correction/", {"reason": ""}).status_code == 422
    done = client.post(QUARTER + "correction/", {"reason": "申诉成立"}, follow=True).content.decode()
    assert "改变了 1 人的得分或名次" in done
    assert "申诉成立" in done
    assert QUARTER + "corrections/2/" in client.get(QUARTER).content.decode()
    assert "已发布的得分与现有输入一致" in client.get(QUARTER + "readiness/").content.decode()


class TestAdjustments:
    form = {"employee": "101", "day": "2023-02-01", "kind": "plus", "points": "1.5", "matter": "表彰", "basis": "文件"}

    def test_the_office_records_changes_and_refuses(self, client, enter):
        enter("office")
        assert client.post("/adjustments/new/", self.form).status_code == 302
        adjustment = Adjustment.objects.get()
        address = f"/adjustments/{adjustment.pk}/"
        assert client.post(address, self.form | {"points": "2"}).status_code == 302
        adjustment.refresh_from_db()
        assert adjustment.points == 2
        client.post(address + "refuse/", {"reason": "依据不足"})
        adjustment.refresh_from_db()
        assert adjustment.state == "refused"
        assert "不予计入" in client.get(address).content.decode()

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({"employee": "999"}, "本单位没有工号为 999 的干部"),
            ({"points": "0"}, "0.01"),
            ({"points": "1.555"}, "小数"),
            ({"disciplinary": "on"}, "只有减分才能标为违纪"),
        ],
    )
    def test_a_faulty_form_comes_back_with_its_sentence(self, client, enter, changed, sentence):
        enter("office")
        answer = client.post("/adjustments/new/", self.form | changed)
        assert answer.status_code == 422
        assert sentence in answer.content.decode()

    def test_discipline_records_disciplinary_minuses_only(self, client, enter):
        enter("discipline")
        assert client.post("/adjustments/new/", self.form).status_code == 422
        minus = self.form | {"kind": "minus", "disciplinary": "on"}
        assert client.post("/adjustments/new/", minus).status_code == 302
        assert Adjustment.objects.get().disciplinary

    def test_discipline_does_not_change_the_office_s(self, client, enter, bureau):
        adjustment = make_adjustment(bureau.employees.get(number="101"))
        enter("discipline")
        address = f"/adjustments/{adjustment.pk}/"
        assert client.get(address).status_code == 200
        assert client.post(address, self.form).status_code == 403
        assert client.post(address + "refuse/", {"reason": "x"}).status_code == 403

    @pytest.mark.parametrize("role", ["director", "deputy_director", "system_admin", "department_head"])
    def test_nobody_else_records(self, client, enter, role):
        enter(role)
        assert client.get("/adjustments/new/").status_code == 403
        assert client.post("/adjustments/new/", self.form).status_code == 403

    def test_another_bureau_s_is_not_there(self, client, enter, bureau):
        adjustment = make_adjustment(bureau.employees.get(number="101"))
        enter("office", of=make_bureau("YY"))
        assert client.get(f"/adjustments/{adjustment.pk}/").status_code == 404
        assert client.post(f"/adjustments/{adjustment.pk}/refuse/", {"reason": "x"}).status_code == 404
        assert adjustment.employee.name not in client.get("/adjustments/").content.decode()

    def test_the_list_filters(self, client, enter, bureau):
        enter("office")
        employee = bureau.employees.get(number="101")
        make_adjustment(employee, matter="立功")
        make_adjustment(employee, date(2023, 5, 1), matter="迟到", kind="minus", disciplinary=True)
        assert "2 条加减分" in client.get("/adjustments/").content.decode()
        for query, shown, hidden in (
            ("quarter=2023Q1", "立功", "迟到"),
            ("kind=disciplinary", "迟到", "立功"),
            ("q=立功", "立功", "迟到"),
        ):
            page = client.get(f"/adjustments/?{query}").content.decode()
            assert shown in page
            assert f'<td data-label="事由">{hidden}' not in page

    def test_the_list_costs_the_same_for_one_and_three(self, client, enter, bureau):
        enter("office")
        counts = []
        for rows in (1, 2):
            for _row in range(rows):
                make_adjustment(make_employee(bureau, department=make_department(bureau)))
            with CaptureQueriesContext(connection) as queries:
                client.get("/adjustments/")
            counts.append(len(queries))
        assert counts == [9, 9]


class TestDepartmentScores:
    def test_the_office_sets_them_on_one_sheet(self, client, enter, bureau):
        enter("office")
        department = bureau.departments.get()
        answer = client.post("/department-scores/?quarter=2023Q1", {f"department_{department.pk}": "91.25"})
        assert answer.status_code == 302
        assert DepartmentScore.objects.get().score == Decimal("91.25")
        assert "1 个部门有得分，平均 91.25" in client.get("/department-scores/?quarter=2023Q1").content.decode()

    def test_others_read(self, client, enter, bureau):
        enter("director")
        department = bureau.departments.get()
        assert client.get("/department-scores/?quarter=2023Q1").status_code == 200
        answer = client.post("/department-scores/?quarter=2023Q1", {f"department_{department.pk}": "91.25"})
        assert answer.status_code == 403
        assert not DepartmentScore.objects.exists()

    def test_a_published_quarter_only_shows(self, client, enter):
        enter("office")
        Quarter.objects.update(state=Quarter.State.PUBLISHED)
        assert "部门得分不能再改" in client.get("/department-scores/?quarter=2023Q1").content.decode()

    def test_without_any_quarter(self, client, enter):
        enter("office", of=make_bureau("YY"))
        assert "还没有季度" in client.get("/department-scores/").content.decode()


def test_the_list_of_quarters_costs_the_same_for_one_and_three(client, enter, bureau):
    enter("office")
    counts = []
    for codes in (["2023Q1"], ["2023Q2", "2023Q3"]):
        for code in codes:
            make_quarter(bureau, code)
            score_quarter(bureau=bureau, quarter_code=code, actor=None)
        with CaptureQueriesContext(connection) as queries:
            client.get("/quarters/")
        counts.append(len(queries))
    assert counts == [7, 7]
