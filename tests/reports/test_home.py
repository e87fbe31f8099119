"""The workbench: what each role finds on coming in, and what a new installation says."""

from datetime import date

import pytest
import time_machine

from indicators.models import Quarter
from notifications.models import Notification
from tests.factories import make_bureau, make_employee, moment
from tests.reports.world import add_quarter, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


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
    assert "2023年二季度预计得分" in page


def test_open_nodes_stand_with_their_deadlines(client, world):
    add_quarter(world, "2023Q2", {}, state=Quarter.State.COLLECTING)
    world.people["anna"].results.filter(quarter__code="2023Q2", point__code="K001").delete()
    with time_machine.travel(moment(date(2023, 6, 20)), tick=False):
        ahead, page = bench(client, world.people["anna"])
        assert [(one.label, one.due) for one in ahead.nodes] == [("K001 政治学习（本季）待填报", date(2023, 6, 25))]
        assert ahead.overdue_count == 0
        assert "个工作日" in page
    with time_machine.travel(moment(date(2023, 6, 29)), tick=False):
        late, page = bench(client, world.people["anna"])
        assert ([one.due for one in late.nodes], late.overdue_count) == ([date(2023, 6, 25)], 1)
        assert "按漏项计 0 分" in page


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("office", ["平均分", "最大分差", "扣分面"]),
        ("director", ["平均分", "最大分差", "扣分面"]),
        ("head", ["平均分", "最大分差", "扣分面"]),
        ("anna", []),
        ("admin", []),
    ],
)
def test_key_figures_are_for_those_who_lead(client, world, name, labels):
    found, _page = bench(client, world.people[name])
    assert [figure.label for figure in found.figures] == labels


def test_a_heads_figures_are_the_departments(client, world):
    found, _page = bench(client, world.people["head"])
    assert [figure.number for figure in found.figures] == ["86.25", "7.50", "66.67"]


def test_the_office_sees_what_is_not_ready(client, world):
    add_quarter(world, "2023Q2", {}, state=Quarter.State.COLLECTING)
    found, page = bench(client, world.people["office"])
    assert [step.state for step in found.rail] == ["now", "next", "next", "next"]
    assert [(figure.label, figure.number) for figure in found.readiness] == [
        ("漏项", "0"),
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


def test_a_new_installation_says_what_comes_next(client):
    bureau = make_bureau()
    _bench, page = bench(client, make_employee(bureau, name="新来的"))
    assert "新来的，欢迎使用 361 绩效" in page
    assert "还没有您的得分" in page


def test_the_number_of_queries(client, world, django_assert_max_num_queries):
    add_quarter(world, "2023Q2", {}, state=Quarter.State.COLLECTING)
    client.force_login(world.people["office"])
    with django_assert_max_num_queries(45):  # thirty-three of them ask every app what waits
        client.get("/")
