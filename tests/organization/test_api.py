from datetime import date
from typing import Any

import pytest
from rest_framework.test import APIClient

from audit.models import Entry
from organization.models import Department, Employee
from tests.factories import make_bureau, make_department, make_employee, make_post

pytestmark = pytest.mark.django_db
API = "/api/v1"


def client_of(person: Employee) -> APIClient:
    client = APIClient()
    client.force_authenticate(person)
    return client


def test_everybody_reads_the_own_bureau_and_nothing_else() -> None:
    bureau, other = make_bureau(), make_bureau("YY")
    staff = make_employee(bureau, "101", department=make_department(bureau, "D01"))
    make_employee(other, "901", department=make_department(other, "D90"))
    client = client_of(staff)
    seen = {
        resource: [row.get("code", row.get("number")) for row in client.get(f"{API}/{resource}/").data["results"]]
        for resource in ("bureaus", "departments", "employees")
    }
    assert seen == {"bureaus": ["XS"], "departments": ["D01"], "employees": ["101"]}
    for url in ("bureaus/YY", "departments/D90", "employees/901"):
        assert client.get(f"{API}/{url}/").status_code == 404


def test_the_office_writes_places_and_people_with_audit_lines() -> None:
    bureau = make_bureau()
    office = make_employee(bureau, "100", roles=["office"], department=make_department(bureau, "D01"))
    client = client_of(office)
    department = {"code": "D02", "name": "税政股", "kind": "office", "is_assessor": True, "deputy": "100"}
    assert client.post(f"{API}/departments/", department, format="json").status_code == 201
    assert client.post(f"{API}/departments/", department, format="json").status_code == 400
    post = {"code": "G01", "name": "税政岗", "department": "D02", "duties": ""}
    assert client.post(f"{API}/posts/", post, format="json").status_code == 201
    branch = {"code": "P01", "name": "第一党支部", "secretary": "100"}
    assert client.post(f"{API}/branches/", branch, format="json").status_code == 201
    person = {"number": "101", "name": "单立", "department": "D02", "post": "G01", "category": "一般干部"}
    assert client.post(f"{API}/employees/", person, format="json").status_code == 201
    changed = client.patch(f"{API}/departments/D02/", {"name": "税政一股"}, format="json")
    assert changed.data["name"] == "税政一股"
    changed = client.patch(f"{API}/bureaus/XS/", {"ranking_view": "all", "code": "ZZ"}, format="json")
    assert (changed.data["ranking_view"], changed.data["code"]) == ("all", "XS")
    actions = list(Entry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == [
        "department.add",
        "post.add",
        "partybranch.add",
        "employee.add",
        "department.change",
        "bureau.change",
    ]


def test_a_move_is_dated() -> None:
    bureau = make_bureau()
    office = make_employee(bureau, "100", roles=["office"], department=make_department(bureau, "D01"))
    staff = make_employee(bureau, "101", department=Department.objects.get())
    post = make_post(make_department(bureau, "D02"), "G02")
    given = {"department": "D02", "post": "G02", "effective_from": "2023-04-01", "name": "新名"}
    answer = client_of(office).patch(f"{API}/employees/101/", given, format="json")
    assert (answer.status_code, answer.data["name"], answer.data["department"]) == (200, "新名", "D02")
    assert staff.placements.get(effective_from=date(2023, 4, 1)).post == post


@pytest.mark.parametrize("role", ["", "liaison", "department_head", "director", "discipline"])
def test_others_do_not_write(role: str) -> None:
    bureau = make_bureau()
    person = make_employee(bureau, "100", roles=[role] if role else [], department=make_department(bureau, "D01"))
    client = client_of(person)
    department = {"code": "D02", "name": "税政股", "kind": "office"}
    answers = [
        client.post(f"{API}/departments/", department, format="json"),
        client.patch(f"{API}/departments/D01/", {"name": "改名"}, format="json"),
        client.patch(f"{API}/employees/100/", {"name": "改名"}, format="json"),
        client.patch(f"{API}/bureaus/XS/", {"name": "改名"}, format="json"),
    ]
    for answer in answers:
        assert answer.status_code == 403
        assert answer.data["message"]


def test_places_of_another_bureau_cannot_be_named() -> None:
    bureau, other = make_bureau(), make_bureau("YY")
    office = make_employee(bureau, "100", roles=["office"], department=make_department(bureau, "D01"))
    make_department(other, "D90")
    post = {"code": "G01", "name": "岗", "department": "D90"}
    answer = client_of(office).post(f"{API}/posts/", post, format="json")
    assert (answer.status_code, list(answer.data["fields"])) == (400, ["department"])


@pytest.mark.parametrize("resource", ["departments", "employees"])
def test_lists_cost_the_same_with_one_row_and_three(resource: str, django_assert_num_queries: Any) -> None:
    bureau = make_bureau()
    person = make_employee(bureau, department=make_department(bureau))
    client = client_of(person)
    for _ in range(2):
        with django_assert_num_queries(2):
            client.get(f"{API}/{resource}/")
        for _ in range(2):
            make_employee(bureau, department=make_department(bureau, deputy=person))
