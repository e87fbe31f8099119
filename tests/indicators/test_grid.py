"""The grid of a department: what it shows to whom, and how its cells are saved, each by itself."""

import json
import time
from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from indicators.models import Quarter, Result
from indicators.queries import points_in_force
from indicators.queries.grid import Grid, grid
from organization.models import Employee
from organization.queries import work_calendar
from tests.factories import (
    make_bureau,
    make_department,
    make_employee,
    make_item,
    make_point,
    make_quarter,
    make_result,
)

pytestmark = pytest.mark.django_db
State = Result.State
PAGE_QUERIES, SAVE_QUERIES = 15, 16
TODAY = date(2023, 3, 1)


class Office:
    """The people of one department with a monthly, a quarterly, a tier and a machine point; assessed by another one."""

    def __init__(self) -> None:
        self.bureau = make_bureau(is_demo=True, stands_on=TODAY)
        self.own, self.assessing = (make_department(self.bureau, code) for code in ("D01", "D02"))
        self.liaison = make_employee(self.bureau, "201", department=self.own, roles=["liaison"], name="联络")
        self.staff = make_employee(self.bureau, "202", department=self.own, name="王敏")
        self.assessor = make_employee(self.bureau, "301", department=self.assessing, roles=["department_head"])
        self.office = make_employee(self.bureau, "302", department=self.assessing, roles=["office"])
        self.quarter = make_quarter(self.bureau)
        common: dict[str, Any] = {"library": "common", "assessor": self.assessing}
        self.faults = make_point(self.bureau, "K001", **common)
        self.tiers = make_point(self.bureau, "K002", method="tier", **common)
        self.machine = make_point(self.bureau, "K003", source="machine", **common)
        self.monthly = make_point(self.bureau, "K020", cycle="month", department=self.own, assessor=self.own)
        make_item(self.staff, self.monthly)

    def client(self, who: Employee | None = None) -> Client:
        client = Client()
        client.force_login(who or self.liaison)
        return client

    def grid(self, who: Employee | None = None) -> Grid:
        versions = points_in_force(self.bureau, "2023Q1")
        return grid(
            who or self.liaison, self.quarter, self.own, versions=versions, today=TODAY, calendar=work_calendar()
        )

    def save(self, *cells: list[str], who: Employee | None = None, quarter: str = "2023Q1") -> Any:
        return self.client(who).post(
            reverse("indicators:grid-save", args=[quarter]),
            {"cells": list(cells)},
            content_type="application/json",
            headers={"accept": "application/json"},
        )


build = Office


@pytest.fixture
def house(built: Office) -> Office:
    return deepcopy(built)


def page(client: Client, **parameters: str) -> str:
    return client.get(reverse("indicators:grid"), parameters).content.decode()


def test_every_node_that_somebody_answers_for_has_its_cell(house: Office) -> None:
    make_result(house.staff, house.faults, value=2, points=Decimal(3), state=State.REPORTED, late=True)
    make_result(house.staff, house.monthly, "2023-01", value=0, state=State.RETURNED, return_reason="缺佐证")
    make_result(house.staff, house.machine, value=1, source="machine")
    shown = house.grid()
    assert [(column.code, column.period) for column in shown.columns] == [
        ("K001", "2023Q1"), ("K002", "2023Q1"), ("K003", "2023Q1"),
        ("K020", "2023-01"), ("K020", "2023-02"), ("K020", "2023-03"),
    ]  # fmt: skip
    kinds = {line.name: "".join(cell.kind for cell in line.cells) for line in shown.lines}
    assert kinds == {"联络": "eeknnn", "王敏": "rekxme"}
    cells = shown.lines[1].cells
    assert (cells[0].text, cells[0].points, cells[0].late) == ("2", "3.00", True)
    assert cells[3].why == "缺佐证"
    assert (shown.nodes, shown.empty, shown.overdue, shown.returned, shown.late) == (9, 5, 1, 1, 1)


def test_the_page_hides_what_machines_fill_until_it_is_asked_for(house: Office) -> None:
    client = house.client()
    assert 'data-p="K003"' not in page(client)
    assert 'data-p="K003"' in page(client, source="")
    assert 'data-p="K020"' not in page(client, library="common")


def test_who_opens_which_grid(house: Office) -> None:
    for person in (house.staff, make_employee(house.bureau, roles=["director"])):
        assert house.client(person).get(reverse("indicators:grid")).status_code == 403
    assert "王敏" in page(house.client())
    other = str(house.own.pk)
    assert "王敏" not in page(house.client(house.assessor), department=other)  # the own department's, whatever is asked
    assessed = page(house.client(house.assessor), view="assessed", department=other)
    assert "王敏" in assessed
    assert 'data-p="K020"' not in assessed  # the own department assesses it
    assert "王敏" in page(house.client(house.office), department=other)


def test_a_grid_without_anybody_says_what_to_do(house: Office) -> None:
    empty = make_department(house.bureau, "D09")
    assert "没有要填的节点" in page(house.client(house.office), department=str(empty.pk))


def test_a_settled_quarter_is_shown_and_not_written(house: Office) -> None:
    Quarter.objects.update(state=Quarter.State.PUBLICITY)
    assert "只能查看" in page(house.client(), quarter="2023Q1")
    answer = house.save(["202", "K001", "2023Q1", "1", ""]).json()["cells"][0]
    assert "公示" in answer["error"]


def test_late_entry_is_said_before(house: Office) -> None:
    assert "迟报" in page(house.client())
    house.bureau.stands_on = date(2023, 3, 27)
    house.bureau.save()
    assert "采集窗口已于 3月26日 关闭，现在填报记为迟报" in page(house.client())


def test_a_block_is_answered_cell_by_cell(house: Office) -> None:
    answers = house.save(
        ["202", "K001", "2023Q1", "１", ""],
        ["202", "K002", "2023Q1", "良", ""],
        ["202", "K002", "2023Q1", "甲", "良"],
        ["201", "K001", "2023Q1", "一", ""],
        ["201", "K003", "2023Q1", "1", ""],
        ["201", "K020", "2023-01", "1", ""],
        ["999", "K001", "2023Q1", "1", ""],
        ["201", "K999", "2023Q1", "1", ""],
        ["201", "K001", "2023Q2", "1", ""],
    ).json()["cells"]
    assert answers[0] == {"v": "1", "p": "3.50", "s": "r", "l": False}
    assert (answers[1]["v"], answers[1]["p"]) == ("良", "3.40")
    assert [answer.get("error", "")[:6] for answer in answers[2:]] == [
        "没有“甲”这", "“一”不是数", "这是机考数据", "联络 在 2", "本单位没有工", "2023Q1", "期间 202",
    ]  # fmt: skip
    assert answers[2]["v"] == "良"  # what stands there
    assert Result.objects.count() == 2


def test_a_cell_changed_by_somebody_else_is_a_conflict_with_the_new_content(house: Office) -> None:
    house.save(["202", "K001", "2023Q1", "1", ""])
    answer = house.save(["202", "K001", "2023Q1", "3", ""]).json()["cells"][0]
    assert (answer["code"], answer["v"], answer["p"]) == ("conflict", "1", "3.50")
    assert "刚刚有人" in answer["error"]


def test_undoing_writes_the_earlier_content_back(house: Office) -> None:
    house.save(["202", "K001", "2023Q1", "1", ""])
    house.save(["202", "K001", "2023Q1", "3", "1"])
    assert house.save(["202", "K001", "2023Q1", "1", "3"]).json()["cells"][0]["v"] == "1"
    assert house.save(["202", "K001", "2023Q1", "", "1"]).json()["cells"][0]["v"] == ""
    assert not Result.objects.exists()
    actions = list(Entry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["result.enter"] * 3 + ["result.clear"]


def test_rights_are_asked_for_each_cell(house: Office) -> None:
    stranger = make_employee(house.bureau, department=make_department(house.bureau), roles=["liaison"])
    answers = house.save(["202", "K001", "2023Q1", "1", ""], who=stranger).json()["cells"]
    assert "只能填报" in answers[0]["error"]
    assessed = house.save(["202", "K001", "2023Q1", "1", ""], ["202", "K020", "2023-01", "1", ""], who=house.assessor)
    cells = assessed.json()["cells"]
    assert cells[0]["s"] == "v"  # what the assessing department enters waits for its confirmation alone
    assert "只能填报" in cells[1]["error"]
    assert house.save(["202", "K001", "2023Q1", "1", ""], who=house.staff).status_code == 403


def test_another_bureau_is_not_found(house: Office) -> None:
    foreign = make_bureau("YY")
    make_quarter(foreign, "2022Q4")
    somebody = make_employee(foreign, "777")
    assert house.save(["202", "K001", "2022Q4", "1", ""], quarter="2022Q4").status_code == 404
    answer = house.save([somebody.number, "K001", "2023Q1", "1", ""]).json()["cells"][0]
    assert answer["error"] == house.save(["nobody", "K001", "2023Q1", "1", ""]).json()["cells"][0]["error"].replace(
        "nobody", somebody.number
    )


@pytest.mark.parametrize(
    "body",
    [
        "", "[]", "{}", "null", '{"cells": 1}', '{"cells": ["abcd"]}', '{"cells": [[1, 2, 3, 4, 5]]}',
        '{"cells": [["202", "K001", "2023Q1", "1"]]}', '{"cells": [null]}', "[" * 100_000, "\xff",
    ],
)  # fmt: skip
def test_what_is_no_block_is_refused_as_a_whole(house: Office, body: str) -> None:
    url = reverse("indicators:grid-save", args=["2023Q1"])
    headers = {"accept": "application/json"}
    response = house.client().post(url, body, content_type="application/json", headers=headers)
    assert response.status_code == 400
    assert "没有保存" in response.json()["message"]


def test_a_form_is_no_block(house: Office) -> None:
    response = house.client().post(reverse("indicators:grid-save", args=["2023Q1"]), {"cells": "x"})
    assert response.status_code == 400


def test_hostile_cells_are_answered_and_harmless(house: Office) -> None:
    hostile = ["\0", "\ud800", "=1+1", "<script>", "9" * 5000, "9" * 37 + ".5", "1e999", "-0.0001", "'; drop table"]
    cells = [[text, "K001", "2023Q1", "1", ""] for text in hostile]
    cells += [["202", text, "2023Q1", "1", ""] for text in hostile]
    cells += [["202", "K001", text, "1", ""] for text in hostile]
    cells += [["202", "K001", "2023Q1", text, ""] for text in hostile[1:]]
    cells += [["202", "K001", "2023Q1", "1", text] for text in hostile[1:]]
    answers = house.save(*cells).json()["cells"]
    assert all(answer.get("error") for answer in answers)
    assert not Result.objects.exists()


def test_too_many_cells_are_refused_at_once(house: Office) -> None:
    response = house.save(*[["202", "K001", "2023Q1", "1", ""]] * 2001)
    assert response.status_code == 400
    assert "2000" in response.json()["message"]


def test_page_and_block_cost_the_same_with_one_row_and_three(house: Office, django_assert_num_queries: Any) -> None:
    make_result(house.staff, house.faults, value=2, state=State.REPORTED)
    client = house.client()
    page(client)
    with django_assert_num_queries(PAGE_QUERIES):
        page(client)
    url = reverse("indicators:grid-save", args=["2023Q1"])
    with django_assert_num_queries(SAVE_QUERIES):
        client.post(url, {"cells": [["201", "K001", "2023Q1", "1", ""]]}, content_type="application/json")
    for number in range(2):
        person = make_employee(house.bureau, f"40{number}", department=house.own)
        make_item(person, house.monthly)
        make_result(person, make_point(house.bureau, department=house.own), value=1)
    with django_assert_num_queries(PAGE_QUERIES):
        page(client)
    cells = [[number, "K002", "2023Q1", "优", ""] for number in ("201", "400", "401")]
    with django_assert_num_queries(SAVE_QUERIES):
        assert not any(
            "error" in cell
            for cell in client.post(url, {"cells": cells}, content_type="application/json").json()["cells"]
        )


def test_forty_people_and_thirty_nodes_are_small_and_quick(house: Office) -> None:
    people = [make_employee(house.bureau, f"5{number:02d}", department=house.own) for number in range(38)]
    points = [make_point(house.bureau, f"P{number:02d}", library="common") for number in range(28)]
    client = house.client()
    html = page(client)
    assert len(html.encode()) < 120_000
    numbers = ["201", "202", *(person.number for person in people)]
    cells = [[number, code, "2023Q1", "1", ""] for number in numbers for code in ["K001", *(p.code for p in points)]]
    url = reverse("indicators:grid-save", args=["2023Q1"])
    begun = time.perf_counter()
    answers = client.post(url, json.dumps({"cells": cells}), content_type="application/json").json()["cells"]
    assert len(answers) == 1160
    assert not any("error" in answer for answer in answers)
    assert time.perf_counter() - begun < 20  # a handful of seconds on a quiet machine
    assert Result.objects.count() == 1160
    assert Entry.objects.filter(action="result.enter").count() == 1160
    assert Result.objects.filter(points=Decimal("3.50")).count() == 1160
