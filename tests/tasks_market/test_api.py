"""The API of the market: the same rules and sentences as the pages, as every role."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from organization.models import Employee
from tasks_market.models import Task
from tests.factories import make_bureau, make_employee
from tests.tasks_market.market import Market

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def market(settings, tmp_path) -> Market:
    settings.MEDIA_ROOT = tmp_path
    return Market()


def signed_in(person: Employee) -> Client:
    client = Client()
    client.force_login(person)
    return client


def press(person: Employee, address: str, **body) -> tuple[int, dict]:
    answer = signed_in(person).post(f"/api/v1/{address}/", json.dumps(body), content_type="application/json")
    return answer.status_code, answer.json() if answer.content else {}


def running(market: Market, **values) -> Task:
    now = timezone.now()
    return market.task(**{"posted_at": now - HOUR, "claim_until": now + HOUR, "due_at": now + 9 * HOUR} | values)


def test_a_tasks_whole_life(market):
    now = timezone.now()
    status, task = press(
        market.head, "tasks", quarter="2023Q1", name="清欠", kind="urgent", difficulty="high", base="2.50", places=1,
        sharing="each", claim_until=(now + HOUR).isoformat(), due_at=(now + 9 * HOUR).isoformat(), department="A",
        requirement="清缴到位", open_to=["A"],
    )  # fmt: skip
    assert (status, task["state"], task["base"], task["open_to"]) == (201, "draft", "2.50", ["A"])
    address = f"tasks/{task['id']}"
    assert (
        press(market.staff, f"{address}/claim")[0] == 404
    )  # a draft is nobody's but its department's and the office's
    assert press(market.head, f"{address}/post")[0] == 403
    status, task = press(market.office, f"{address}/post")
    assert (status, task["market_state"]) == (200, "open")
    status, refusal = press(market.other, f"{address}/claim")
    assert (status, refusal["code"]) == (403, "department")
    status, claim = press(market.staff, f"{address}/claim")
    assert (status, claim["state"], claim["employee_no"]) == (201, "held", market.staff.number)
    status, refusal = press(market.liaison, f"{address}/claim")
    assert (status, refusal["code"]) == (409, "full")
    assert "名额" in refusal["message"]
    held = f"claims/{claim['id']}"
    assert press(market.other, f"{held}/start")[0] == 403
    assert press(market.staff, f"{held}/start")[1]["state"] == "started"
    assert press(market.staff, f"{held}/withdraw")[0] == 409
    report = {"report": "办结", "files": [SimpleUploadedFile("台账.pdf", b"%PDF-1.7")]}
    answer = signed_in(market.staff).post(f"/api/v1/{held}/hand-in/", report)
    assert (answer.status_code, answer.json()["state"]) == (200, "handed_in")
    assert press(market.deputy, f"{held}/return", reason="补充佐证")[1]["state"] == "started"
    assert press(market.staff, f"{held}/hand-in", report="已补")[0] == 200
    assert press(market.staff, f"{held}/accept", quality="1.00", comment="好")[0] == 403
    status, claim = press(market.deputy, f"{held}/accept", quality="1.10", comment="好")
    assert (status, claim["state"], claim["quality"]) == (200, "accepted", "1.10")
    assert press(market.office, f"{address}/cancel", reason="不做了")[0] == 409


def test_withdraw_and_assign(market):
    task = running(market, places=1)
    claim = press(market.staff, f"tasks/{task.pk}/claim")[1]
    assert press(market.staff, f"claims/{claim['id']}/withdraw") == (204, {})
    assert press(market.deputy, f"tasks/{task.pk}/assign", people=[market.other.number])[1]["code"] == "window"
    Task.objects.update(claim_until=timezone.now())
    status, claims = press(market.deputy, f"tasks/{task.pk}/assign", people=[market.other.number])
    assert (status, [claim["way"] for claim in claims]) == (201, ["assigned"])
    assert press(market.office, f"tasks/{task.pk}/assign", people=["no such"])[0] == 400


def test_a_claims_answer_is_what_is_read_later(market):
    """Also the second one: the serializer that answers is built once for all."""
    for person in (market.staff, market.other):
        status, claim = press(person, f"tasks/{running(market).pk}/claim")
        assert (status, claim["employee_no"]) == (201, person.number)
        assert signed_in(person).get(f"/api/v1/claims/{claim['id']}/").json() == claim


def test_lead_and_assistants_over_the_api(market):
    task = running(market, sharing="lead", places=4)
    shown = signed_in(market.staff).get(f"/api/v1/tasks/{task.pk}/").json()
    assert shown["lead_free"] is True
    assert press(market.staff, f"tasks/{task.pk}/claim", role="assistant")[1]["part"] == "assistant"
    assert press(market.other, f"tasks/{task.pk}/claim", role="boss")[0] == 400
    assert press(market.other, f"tasks/{task.pk}/claim", role="lead")[1]["part"] == "lead"
    status, refusal = press(market.head, f"tasks/{task.pk}/claim", role="lead")
    assert (status, refusal["code"]) == (409, "led")
    assert press(market.head, f"tasks/{task.pk}/claim")[1]["part"] == "assistant"
    plain = running(market)
    assert press(market.liaison, f"tasks/{plain.pk}/claim", role="lead")[0] == 400
    assert signed_in(market.staff).get(f"/api/v1/tasks/{plain.pk}/").json()["lead_free"] is None
    left = running(market, sharing="lead", state="closed", claim_until=timezone.now())
    people = [market.staff.number, market.other.number]
    claims = press(market.deputy, f"tasks/{left.pk}/assign", people=people, lead=market.other.number)[1]
    assert {claim["employee_no"]: claim["part"] for claim in claims} == {
        market.staff.number: "assistant",
        market.other.number: "lead",
    }


def test_an_objection_over_the_api(market):
    task = running(market, state="closed", claim_until=timezone.now(), places=2)
    people = [market.staff.number, market.other.number]
    first, second = press(market.deputy, f"tasks/{task.pk}/assign", people=people)[1]
    assert press(market.other, f"claims/{first['id']}/object", reason="忙")[0] == 403
    assert press(market.staff, f"claims/{first['id']}/object")[0] == 400
    status, claim = press(market.staff, f"claims/{first['id']}/object", reason="外出学习")
    assert (status, claim["objection"]) == (200, "外出学习")
    assert press(market.staff, f"claims/{first['id']}/object", reason="再提")[1]["code"] == "once"
    decide = f"claims/{first['id']}/decide-objection"
    assert press(market.staff, decide, upheld=True, answer="同意")[0] == 403
    assert press(market.deputy, decide, upheld=True)[0] == 400
    assert press(market.deputy, decide, upheld=True, answer="另派") == (204, {})
    press(market.other, f"claims/{second['id']}/object", reason="忙")
    status, claim = press(market.office, f"claims/{second['id']}/decide-objection", upheld=False, answer="可以协调")
    assert (status, claim["state"], claim["objection_answer"]) == (200, "held", "可以协调")
    assert market.again(task).places_taken == 1


def test_an_extension_over_the_api(market):
    task = running(market)
    claim = press(market.staff, f"tasks/{task.pk}/claim")[1]
    held, later = f"claims/{claim['id']}", timezone.now() + 20 * HOUR
    assert press(market.deputy, f"{held}/grant-extension")[0] == 404
    assert press(market.staff, f"{held}/ask-extension", until=timezone.now().isoformat(), reason="x")[0] == 400
    assert press(market.other, f"{held}/ask-extension", until=later.isoformat(), reason="x")[0] == 403
    status, asked = press(market.staff, f"{held}/ask-extension", until=later.isoformat(), reason="外出取证")
    assert (status, asked["decision"], asked["claim"]) == (201, "", claim["id"])
    shown = signed_in(market.staff).get(f"/api/v1/{held}/").json()
    assert shown["extension_asked"] == asked["asked_until"]
    assert press(market.staff, f"{held}/ask-extension", until=later.isoformat(), reason="x")[1]["code"] == "asked"
    assert press(market.staff, f"{held}/refuse-extension", answer="x")[0] == 403
    assert press(market.deputy, f"{held}/refuse-extension")[0] == 400
    assert press(market.deputy, f"{held}/refuse-extension", answer="按期办")[1]["decision"] == "denied"
    press(market.staff, f"{held}/ask-extension", until=later.isoformat(), reason="再请")
    status, granted = press(market.deputy, f"{held}/grant-extension", until=(later + HOUR).isoformat())
    assert (status, granted["decision"]) == (200, "granted")
    deadline = signed_in(market.staff).get(f"/api/v1/{held}/").json()["deadline"]
    assert deadline == granted["granted_until"]


def test_nothing_of_another_bureau(market):
    task, claim = running(market), market.claim()
    stranger = make_employee(make_bureau("YY"), roles=["office"])
    for address in (f"tasks/{task.pk}/claim", f"tasks/{task.pk}/cancel", f"claims/{claim.pk}/start"):
        assert press(stranger, address, reason="x")[0] == 404
    for address in ("tasks", "claims"):
        assert signed_in(stranger).get(f"/api/v1/{address}/").json()["count"] == 0
        assert signed_in(market.other).get(f"/api/v1/{address}/").json()["count"] > 0


def test_a_draft_is_edited_and_keeps_its_number(market):
    task = market.draft()
    client = signed_in(market.head)
    body = json.dumps({"places": 9, "number": "other"})
    answer = client.patch(f"/api/v1/tasks/{task.pk}/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["places"], answer.json()["number"]) == (200, 9, task.number)


@pytest.mark.parametrize("address", ["tasks", "claims"])
def test_lists_cost_the_same_for_one_and_for_three(market, address, django_assert_num_queries):
    client = signed_in(market.office)
    counts = {"tasks": 6, "claims": 6}
    market.claim()
    with django_assert_num_queries(counts[address]):
        assert client.get(f"/api/v1/{address}/").json()["count"] == 1
    for _n in range(2):
        market.claim()
    with django_assert_num_queries(counts[address]):
        assert client.get(f"/api/v1/{address}/").json()["count"] == 3
