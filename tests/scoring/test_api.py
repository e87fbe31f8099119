"""The API of quarters and scores: fixed names, the same rights as the pages."""

from copy import deepcopy
from datetime import date

import pytest
from rest_framework.test import APIClient

from indicators.models import Library, Quarter
from organization.models import Bureau, Employee
from scoring.models import Score
from scoring.services.scoring import score_quarter
from tests.factories import make_bureau, make_employee, make_point, make_result

pytestmark = pytest.mark.django_db
FIELDS = {
    "employee_no", "name", "department", "category", "common", "individual", "competitive", "adjustments", "linkage",
    "total", "ranked", "bureau_rank", "category_rank", "in_pool", "reason",
}  # fmt: skip


def build():
    bureau = make_bureau()
    common = make_point(bureau, library=Library.COMMON)
    for faults, number in enumerate(("101", "102", "103")):
        employee = make_employee(bureau, number)
        make_result(employee, common, value=faults)
        make_result(employee, make_point(bureau))
    make_employee(bureau, "104", category="局领导")
    score_quarter(bureau=bureau, quarter_code="2023Q1", actor=None)
    return bureau


@pytest.fixture
def bureau(built):
    return deepcopy(built)


def api(user):
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def office(bureau):
    return make_employee(bureau, "900", roles=["office"], joined_on=date(2024, 1, 1))  # not scored


def test_scores_have_the_fixed_names_and_strings(office):
    answer = api(office).get("/api/v1/scores/?quarter=2023q1").json()
    assert (answer["count"], answer["next"], answer["previous"]) == (4, None, None)
    first, *_others, last = answer["results"]
    assert first.keys() >= FIELDS
    assert (first["employee_no"], first["total"], first["bureau_rank"], first["in_pool"]) == ("101", "90.00", 1, True)
    assert (last["employee_no"], last["bureau_rank"], last["category_rank"], last["ranked"]) == ("104", None, 1, True)


def test_staff_get_their_own_until_publicity(bureau):
    client = api(bureau.employees.get(number="103"))
    numbers = [row["employee_no"] for row in client.get("/api/v1/scores/?quarter=2023Q1").json()["results"]]
    assert numbers == ["103"]
    Quarter.objects.update(state="published")
    Bureau.objects.update(ranking_view="all")
    user = Employee.objects.get(number="103")
    rows = api(user).get("/api/v1/scores/?quarter=2023Q1").json()["results"]
    assert [row["employee_no"] for row in rows] == ["101", "102", "103", "104"]
    refused = api(user).get(f"/api/v1/scores/{rows[0]['id']}/explanation/")
    assert refused.status_code == 403
    assert refused.json()["code"] == "refused"
    assert "绩效办" in refused.json()["message"]


def test_an_explanation_ends_in_the_total(office):
    score = Score.objects.get(number="102")
    answer = api(office).get(f"/api/v1/scores/{score.pk}/explanation/").json()
    assert answer["total"] == answer["lines"][-1]["figure"] == str(score.total) == "86.25"
    node = next(line for line in answer["lines"] if line["kind"] == "node")
    assert node["trace"]["confirmed_at"] == "2023-03-31 09:00"


def test_another_bureau_s_scores_and_quarters_are_not_there(bureau):
    client = api(make_employee(make_bureau("YY"), roles=["office"]))
    score = Score.objects.first()
    assert client.get("/api/v1/scores/").json()["count"] == 0
    assert client.get(f"/api/v1/scores/{score.pk}/").status_code == 404
    assert client.get(f"/api/v1/scores/{score.pk}/explanation/").status_code == 404
    for address in ("", "readiness/"):
        assert client.get(f"/api/v1/quarters/2023Q1/{address}").status_code == 404
    for address in ("score/", "publish/"):
        assert client.post(f"/api/v1/quarters/2023Q1/{address}").status_code == 404


def test_quarters_are_known_by_their_code(office):
    answer = api(office).get("/api/v1/quarters/2023q1/").json()
    assert answer == {
        "id": "2023Q1",
        "bureau": "XS",
        "state": "collecting",
        "first_day": "2023-01-01",
        "last_day": "2023-03-31",
    }
    assert [one["id"] for one in api(office).get("/api/v1/quarters/?bureau=XS").json()["results"]] == ["2023Q1"]


def test_score_readiness_and_publish(office):
    client = api(office)
    assert client.post("/api/v1/quarters/2023Q1/score/").json()["scored"] == 4
    answer = client.get("/api/v1/quarters/2023Q1/readiness/").json()
    assert answer["ready"] is False
    assert [one["kind"] for one in answer["obstacles"]] == ["missing", "no_individual", "rosters", "publicity"]
    refused = client.post("/api/v1/quarters/2023Q1/publish/", {}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_ready")
    assert len(refused.json()["fields"]["readiness"]) == 4
    published = client.post("/api/v1/quarters/2023Q1/publish/", {"reason": "上级要求"}, format="json")
    assert published.json()["state"] == "published"
    frozen = client.post("/api/v1/quarters/2023Q1/score/")
    assert (frozen.status_code, frozen.json()["code"]) == (409, "frozen")


@pytest.mark.parametrize("role", ["system_admin", "deputy_director", "department_head", "discipline"])
def test_nobody_else_scores_or_publishes(bureau, role):
    client = api(make_employee(bureau, roles=[role]))
    assert client.post("/api/v1/quarters/2023Q1/score/").status_code == 403
    assert client.post("/api/v1/quarters/2023Q1/publish/", {"reason": "急"}, format="json").status_code == 403


def test_nobody_unknown(bureau):
    assert APIClient().get("/api/v1/scores/").status_code == 401
