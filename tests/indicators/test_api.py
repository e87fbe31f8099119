from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from indicators.models import Item, Quarter, Result, ResultOpening
from organization.models import Employee
from tests.factories import (
    make_bureau,
    make_department,
    make_employee,
    make_item,
    make_point,
    make_quarter,
    make_result,
    make_version,
)

pytestmark = pytest.mark.django_db
API = "/api/v1"


class House:
    def __init__(self) -> None:
        self.bureau = make_bureau()
        self.own, self.assessing = (make_department(self.bureau, code) for code in ("D01", "D02"))
        self.quarter = make_quarter(self.bureau)
        self.office = make_employee(self.bureau, "100", roles=["office"], department=self.assessing)
        self.staff = make_employee(self.bureau, "101", department=self.own)
        self.colleague = make_employee(self.bureau, "102", department=self.own)
        self.head = make_employee(self.bureau, "103", department=self.own, roles=["department_head"])
        self.assessor = make_employee(self.bureau, "104", department=self.assessing, roles=["liaison"])
        self.stranger = make_employee(make_bureau("YY"), "900", roles=["office"])
        self.point = make_point(self.bureau, "K001", library="common", assessor=self.assessing)
        self.machine = make_point(self.bureau, "K090", library="common", source="machine", assessor=self.assessing)


def build() -> House:
    return House()


@pytest.fixture
def house(built: House) -> House:
    return deepcopy(built)


def client_of(person: Employee) -> APIClient:
    client = APIClient()
    client.force_authenticate(person)
    return client


def rows(person: Employee, url: str) -> list[dict[str, Any]]:
    answer = client_of(person).get(API + url)
    assert answer.status_code == 200
    assert set(answer.data) == {"count", "next", "previous", "results"}
    return list(answer.data["results"])


def test_nobody_reads_without_a_token() -> None:
    for resource in ("points", "items", "results", "employees"):
        answer = APIClient().get(f"{API}/{resource}/")
        assert answer.status_code == 401
        assert set(answer.data) == {"code", "message", "fields"}


def test_the_schema_has_no_warnings() -> None:
    GENERATOR_STATS.reset()
    schema = SchemaGenerator(api_version="v1").get_schema(request=None, public=True)
    assert not GENERATOR_STATS
    for path in ("points/", "items/", "results/facts/", "results/{id}/return/", "bureaus/", "employees/{number}/"):
        assert f"{API}/{path}" in schema["paths"]


def test_points_come_in_the_version_of_the_quarter_as_strings(house: House) -> None:
    make_version(house.point, from_quarter="2023Q2", full=Decimal("5.5"))
    make_point(house.stranger.bureau, "K900")
    fulls = {
        code: {row["code"]: row["full"] for row in rows(house.staff, f"/points/?quarter={code}")}
        for code in ("2023Q1", "2023Q2")
    }
    assert fulls == {"2023Q1": {"K001": "4.00", "K090": "4.00"}, "2023Q2": {"K001": "5.50", "K090": "4.00"}}
    one = client_of(house.staff).get(f"{API}/points/{house.point.pk}/").data
    assert (one["id"], one["version"], one["rule"], one["department"]) == (
        house.point.pk,
        2,
        "每次扣 0.5 分，扣完为止",
        None,
    )
    assert client_of(house.staff).get(f"{API}/points/?quarter=x").status_code == 400


def test_another_bureaus_rows_are_not_found(house: House) -> None:
    point = make_point(house.stranger.bureau, "K900", library="common")
    result = make_result(house.stranger, point)
    item = make_item(house.stranger, make_point(house.stranger.bureau, "K901"))
    client = client_of(house.office)
    for url in (f"points/{point.pk}", f"results/{result.pk}", f"items/{item.pk}", "employees/900", "bureaus/YY"):
        answer = client.get(f"{API}/{url}/")
        assert (answer.status_code, answer.data["code"]) == (404, "not_found"), url
    assert client.post(f"{API}/results/{result.pk}/confirm/").status_code == 404
    assert client.delete(f"{API}/items/{item.pk}/").status_code == 404


def test_results_are_read_by_those_whom_they_concern(house: House) -> None:
    make_result(house.staff, house.point, value=1, points=Decimal("3.5"))
    seeing = {
        name
        for name, person in vars(house).items()
        if isinstance(person, Employee) and rows(person, "/results/?quarter=2023Q1")
    }
    assert seeing == {"staff", "head", "assessor", "office"}
    row = rows(house.staff, "/results/")[0]
    assert (row["value"], row["points"], row["period"], row["employee_no"]) == ("1", "3.50", "2023Q1", "101")


def test_a_result_goes_its_way(house: House) -> None:
    answer = client_of(house.staff).post(
        f"{API}/results/", {"period": "2023Q1", "employee_no": "101", "point": "K001", "value": "1"}, format="json"
    )
    assert (answer.status_code, answer.data["state"], answer.data["points"]) == (201, "reported", "3.50")
    url = f"{API}/results/{answer.data['id']}"
    assert client_of(house.staff).post(f"{url}/review/").status_code == 403
    assert client_of(house.colleague).post(f"{url}/review/").status_code == 404
    assert client_of(house.head).post(f"{url}/return/", {"reason": ""}, format="json").status_code == 400
    assert client_of(house.head).post(f"{url}/return/", {"reason": "缺佐证"}, format="json").data["state"] == "returned"
    Result.objects.update(state="reported")
    assert client_of(house.head).post(f"{url}/review/").data["state"] == "reviewed"
    assert client_of(house.head).post(f"{url}/review/").status_code == 409
    assert client_of(house.assessor).post(f"{url}/confirm/").data["confirmed_by"] == "104"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"value": "-1"}, "value"),
        ({"value": "many"}, "value"),
        ({"value": "1e999999999"}, "value"),
        ({"point": "K404"}, "point"),
        ({"period": "2023-13"}, "period"),
        ({"period": "x"}, "point"),
        ({"employee_no": "900"}, "employee_no"),
    ],
)
def test_a_refusal_names_the_field(house: House, given: dict[str, str], field: str) -> None:
    entry = {"period": "2023Q1", "employee_no": "101", "point": "K001", "value": "1"} | given
    answer = client_of(house.office).post(f"{API}/results/", entry, format="json")
    assert answer.status_code == 400
    assert set(answer.data) == {"code", "message", "fields"}
    assert list(answer.data["fields"]) == [field]


def test_machine_facts_come_in_lists(house: House) -> None:
    facts = [{"period": "2023Q1", "employee_no": number, "point": "K090", "value": 1} for number in ("101", "102")]
    client = client_of(house.office)
    assert client.post(f"{API}/results/facts/", facts, format="json").data == {
        "created": 2,
        "updated": 0,
        "unchanged": 0,
    }
    assert client.post(f"{API}/results/facts/", facts, format="json").data == {
        "created": 0,
        "updated": 0,
        "unchanged": 2,
    }
    wrong = client.post(f"{API}/results/facts/", [*facts, {"period": "2023Q1"}], format="json")
    assert wrong.status_code == 400
    assert {(row["row"], row["field"]) for row in wrong.data["fields"]["rows"]} == {(2, "employee_no"), (2, "point")}
    unknown = client.post(f"{API}/results/facts/", [facts[0] | {"employee_no": "404"}], format="json")
    assert [(row["row"], row["field"]) for row in unknown.data["fields"]["rows"]] == [(0, "employee_no")]
    assert client.post(f"{API}/results/facts/", {"not": "a list"}, format="json").status_code == 400
    assert client.post(f"{API}/results/facts/", facts * 2501, format="json").status_code == 400
    assert client_of(house.assessor).post(f"{API}/results/facts/", facts, format="json").status_code == 403
    assert Result.objects.count() == 2


def test_a_published_quarter_refuses_by_name(house: House) -> None:
    Quarter.objects.update(state=Quarter.State.PUBLISHED)
    facts = [{"period": "2023Q1", "employee_no": "101", "point": "K090", "value": 1}]
    answer = client_of(house.office).post(f"{API}/results/facts/", facts, format="json")
    assert (answer.status_code, answer.data["code"]) == (409, "frozen")
    assert "2023Q1" in answer.data["message"]


def test_the_office_enters_items(house: House) -> None:
    make_point(house.bureau, "K020", department=house.own)
    given = {"quarter": "2023Q1", "employee_no": "101", "point": "K020", "taken_on": "2023-01-09"}
    assert client_of(house.colleague).post(f"{API}/items/", given, format="json").status_code == 403
    made = client_of(house.office).post(f"{API}/items/", given, format="json")
    assert (made.status_code, made.data["name"]) == (201, house.staff.name)
    assert [row["id"] for row in rows(house.staff, "/items/")] == [made.data["id"]]
    assert rows(house.colleague, "/items/") == []
    assert client_of(house.office).post(f"{API}/items/", given, format="json").status_code == 409
    assert client_of(house.office).delete(f"{API}/items/{made.data['id']}/").status_code == 204
    assert not Item.objects.exists()


@pytest.mark.parametrize(("resource", "queries"), [("points", 2), ("items", 2), ("results", 2)])
def test_lists_cost_the_same_with_one_row_and_three(
    house: House, resource: str, queries: int, django_assert_num_queries: Any
) -> None:
    client = client_of(house.office)
    make_result(house.staff, make_point(house.bureau), "2023Q1")
    client.get(f"{API}/{resource}/?quarter=2023Q1")
    with django_assert_num_queries(queries):
        client.get(f"{API}/{resource}/?quarter=2023Q1")
    for person in (house.head, house.assessor):
        make_result(person, make_point(house.bureau), "2023Q1")
    with django_assert_num_queries(queries):
        assert len(client.get(f"{API}/{resource}/?quarter=2023Q1").data["results"]) >= 3


@pytest.mark.parametrize("row", [None, "x", 1, [], {}])
def test_a_fact_that_is_no_object_is_a_fault_of_its_row(house: House, row: Any) -> None:
    good = {"period": "2023Q1", "employee_no": "101", "point": "K090", "value": "1"}
    answer = client_of(house.office).post(f"{API}/results/facts/", [good, row], format="json")
    assert answer.status_code == 400
    assert {fault["row"] for fault in answer.data["fields"]["rows"]} == {1}
    assert Result.objects.count() == 0


def test_open_then_take_together(house: House) -> None:
    results = [make_result(one, house.point, state="reviewed") for one in (house.staff, house.colleague)]
    ids = [result.pk for result in results]
    assessor = client_of(house.assessor)
    assert client_of(house.staff).post(f"{API}/results/{ids[0]}/open/").status_code == 403
    assert client_of(house.stranger).post(f"{API}/results/{ids[0]}/open/").status_code == 404
    assert assessor.post(f"{API}/results/{ids[0]}/open/").data["id"] == ids[0]
    ResultOpening.objects.update(at=timezone.now())
    answer = assessor.post(f"{API}/results/confirm-opened/", {"ids": [*ids, 99999]}, format="json")
    assert (answer.status_code, answer.data["done"]) == (200, ids[:1])
    assert [(one["id"], one["message"][:7]) for one in answer.data["refused"]] == [
        (ids[1], "您还没有打开看"),
        (99999, "没有找到，或不"),
    ]
    assert client_of(house.staff).post(f"{API}/results/confirm-opened/", {"ids": ids}, format="json").status_code == 403
    for ids in ([], [10**30], list(range(1, 10_001))):
        assert assessor.post(f"{API}/results/confirm-opened/", {"ids": ids}, format="json").status_code == 400
    assert (
        assessor.post(f"{API}/results/review-opened/", {"ids": list(range(1, 300))}, format="json").status_code == 400
    )
