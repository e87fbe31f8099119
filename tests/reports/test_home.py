"""The workbench: what each role finds on coming in, and what a new installation says."""

from copy import deepcopy
from datetime import date
from decimal import Decimal

import pytest
import time_machine

from indicators.models import Quarter
from notifications.models import Notification
from organization.models import Employee
from organization.queries import work_calendar
from reports.models import Bulletin
from tests.factories import make_bureau, make_employee, make_item, make_point, make_quarter, moment
from tests.reports.world import add_quarter, make_world

pytestmark = pytest.mark.django_db


build = make_world


@pytest.fixture
def world(built):
    return deepcopy(built)


def bench(client, person):
    client.force_login(person)
    response = client.get("/")
    assert response.status_code == 200
    return response.context["bench"], response.content.decode()


def test_the_heading_is_ones_own_standing(client, world):
    _bench, page = bench(client, world.people["head"])
    assert "2023年一季度总分 86.25，单位第 2 名" in page
    assert f"/scores/{world.score('head').pk}/" in page


def test_the_running_quarter_stands_beside_the_last_one(client, world):
    add_quarter(world, "2023Q2", {"anna": 2}, state=Quarter.State.COLLECTING)
    found, page = bench(client, world.people["anna"])
    assert (str(found.final.score.total), str(found.provisional.score.total)) == ("90.00", "82.50")
    assert [cost.label for cost in found.costs] == ["K001 政治学习"]
    assert "2023年二季度预计得分 82.50" in page
    assert "2023年一季度总分 90.00，单位第 1 名" in page
    assert [(one.score.quarter, one.change, one.score.is_final) for one in found.years] == [
        ("2023Q2", Decimal("-7.50"), False),
        ("2023Q1", None, True),
    ]
    assert f"/scores/{world.score('anna', '2023Q2').pk}/#{found.costs[0].anchor}" in page


def test_what_waits_comes_first_with_its_clock(client, world):
    add_quarter(world, "2023Q2", {}, state=Quarter.State.COLLECTING)
    world.people["anna"].results.filter(quarter__code="2023Q2", point__code="K001").delete()
    node = ("K001 政治学习（本季）待填报", date(2023, 6, 25))
    with time_machine.travel(moment(date(2023, 6, 20)), tick=False):
        ahead, page = bench(client, world.people["anna"])
        assert [(duty.label, duty.due) for duty, _kind in ahead.first] == [node, ("请查看并知悉2023年一季度得分", None)]
        assert (ahead.finding, ahead.overdue_count) == ("2 件待办，最近的一件剩 2 个工作日", 0)
        assert page.index("最近的一件剩 2 个工作日") < page.index("K001") < page.index("2023年二季度预计得分")
        assert "全部 2 件待办" in page
    with time_machine.travel(moment(date(2023, 6, 25)), tick=False):
        assert bench(client, world.people["anna"])[0].finding == "2 件待办，1 件今天截止"
    with time_machine.travel(moment(date(2023, 6, 29)), tick=False):
        late, page = bench(client, world.people["anna"])
        assert (late.first[0][0].due, late.overdue_count) == (date(2023, 6, 25), 1)
        assert late.finding == "2 件待办，1 件已经逾期"
        assert "按漏项计 0 分" in page


def test_what_others_wait_for_comes_before_what_has_time(client, world):
    add_quarter(world, "2023Q2", {}, state=Quarter.State.COLLECTING)
    world.people["anna"].results.filter(quarter__code="2023Q2", point__code="K001").delete()
    with time_machine.travel(moment(date(2023, 6, 1)), tick=False):
        found, _page = bench(client, world.people["anna"])
    assert [duty.due for duty, _kind in found.first] == [None, date(2023, 6, 25)]
    assert [duty.due for duty in found.todo.duties] == [date(2023, 6, 25), None]


def test_late_nodes_do_not_hide_what_can_be_done(client, world):
    add_quarter(world, "2023Q2", {}, state=Quarter.State.COLLECTING)
    anna = world.people["anna"]
    for number in range(8):
        make_point(world.bureau, f"K2{number:02d}", library="common")
    anna.results.filter(quarter__code="2023Q2").delete()
    with time_machine.travel(moment(date(2023, 6, 29)), tick=False):
        found, page = bench(client, anna)
    assert found.overdue_count == 10
    assert [duty.kind for duty, _kind in found.first] == ["report", "report", "score"]
    assert "10 个节点已到期" in page


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("office", []),
        ("director", []),
        ("deputy", []),
        ("discipline", []),
        ("head", ["平均分", "最大分差", "扣分面"]),
        ("anna", []),
        ("admin", []),
    ],
)
def test_a_head_sees_the_department_and_leaders_have_the_cockpit(client, world, name, labels):
    found, page = bench(client, world.people[name])
    assert [figure.label for figure in found.figures] == labels
    assert ('id="cockpit"' in page) == (name in ("office", "director", "deputy", "discipline"))


def test_the_system_administrator_sees_accounts_and_jobs(client, world):
    Employee.objects.filter(pk=world.people["dora"].pk).update(must_change_password=True)
    found, page = bench(client, world.people["admin"])
    assert [(figure.label, figure.number) for figure in found.accounts] == [
        ("在职账号", "10"),
        ("未改初始密码", "1"),
        ("被锁定", "0"),
    ]
    assert "作业还没有执行过" in page
    for name in ("anna", "office", "director"):
        assert 'id="accounts"' not in bench(client, world.people[name])[1]


def test_a_heads_figures_are_the_departments(client, world):
    found, _page = bench(client, world.people["head"])
    assert [figure.number for figure in found.figures] == ["86.25", "7.50", "66.67"]


def test_the_office_sees_what_is_not_ready(client, world):
    add_quarter(world, "2023Q2", {}, state=Quarter.State.COLLECTING)
    found, page = bench(client, world.people["office"])
    assert [step.state for step in found.rail] == ["now", "next", "next", "next"]
    assert [(figure.label, figure.number) for figure in found.readiness] == [
        ("漏项和未确认", "0"),
        ("未确认结果", "0"),
        ("无个性任务", "0"),
    ]
    assert "/quarters/2023Q2/#ready" in page
    assert bench(client, world.people["anna"])[0].rail == []


def test_notices_are_ones_own(client, world):
    for name in ("anna", "bert"):
        Notification.objects.create(
            bureau=world.bureau,
            recipient=world.people[name],
            subject=f"给 {name}",
            created_at=moment(date(2023, 4, 1)),
            occasion=name,
        )
    _bench, page = bench(client, world.people["anna"])
    assert "给 anna" in page
    assert "给 bert" not in page


def test_what_was_published_last_is_one_click_away(client, world):
    Bulletin.objects.create(
        bureau=world.bureau,
        quarter=Quarter.objects.get(code="2023Q1"),
        number="绩效通报〔2023〕1号",
        state=Bulletin.State.PUBLISHED,
        run=world.score("anna").run,
        overview="总体平稳。",
        figures={},
        digest="0" * 64,
        drafted_by=world.people["office"],
        drafted_at=moment(date(2023, 4, 20)),
        published_at=moment(date(2023, 4, 28)),
        published_on=date(2023, 4, 28),
    )
    found, page = bench(client, world.people["anna"])
    assert [(one.label, one.day) for one in found.published] == [("2023年一季度绩效通报", date(2023, 4, 28))]
    assert "2023-04-28 印发" in page


def test_a_new_installation_says_what_comes_next(client):
    bureau = make_bureau("ZZ")
    _bench, page = bench(client, make_employee(bureau, name="新来的"))
    assert "新来的，欢迎使用 361 绩效" in page
    assert "还没有您的得分" in page


def test_somebody_new_learns_what_to_do_and_by_when(client):
    bureau = make_bureau("ZZ")
    quarter, person = make_quarter(bureau, "2023Q2"), make_employee(bureau, name="新来的")
    point = make_point(bureau, "K101")
    with time_machine.travel(moment(date(2023, 6, 20)), tick=False):
        found, page = bench(client, person)
        assert [(step.label, step.due, step.done) for step in found.first_steps] == [
            ("领取本岗位的个性考点", date(2023, 6, 25), False),
            ("到时限前填报结果", date(2023, 6, 25), False),
            ("到任务市场抢一单", None, False),
            ("每天看一眼得分", None, False),
        ]
        assert "2023年二季度从这里开始" in page
        make_item(person, point, quarter)
        assert bench(client, person)[0].first_steps[0].done
    Quarter.objects.filter(pk=quarter.pk).update(state=Quarter.State.PUBLISHED)
    assert bench(client, person)[0].first_steps == []


@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("anna", 14), ("head", 16), ("deputy", 14), ("director", 15), ("office", 16), ("discipline", 14), ("admin", 20),
    ],
)  # fmt: skip
def test_the_number_of_queries(client, world, django_assert_num_queries, name, queries):
    add_quarter(world, "2023Q2", {}, state=Quarter.State.COLLECTING)
    client.force_login(world.people[name])
    work_calendar()  # its days are kept by the process
    with django_assert_num_queries(queries):
        client.get("/")
