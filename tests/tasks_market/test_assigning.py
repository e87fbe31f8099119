"""派单: what the window leaves is handed on, assigned, and may be objected to once."""

from __future__ import annotations

from copy import deepcopy

import pytest

from audit.models import Entry
from common.errors import Conflict, InvalidInput, Refused
from notifications.models import Notification
from organization.models import Department
from tasks_market import jobs
from tasks_market.models import Claim, ClaimEvent, Task
from tasks_market.queries.board import duties
from tasks_market.queries.candidates import candidates
from tasks_market.services.assigning import assign, close_windows, decide_objection, object_to
from tests.factories import make_absence, make_post
from tests.tasks_market.market import DAY, HOUR, NOW, Market

pytestmark = pytest.mark.django_db


def build() -> Market:
    return Market()


@pytest.fixture
def market(built: Market) -> Market:
    return deepcopy(built)


def closed(market: Market, **values) -> Task:
    return market.task(**{"state": "closed", "claim_until": NOW - HOUR} | values)


def test_windows_close_by_themselves_and_the_deputy_is_told_once(market):
    passed, running = market.task(claim_until=NOW), market.task()
    assert [close_windows(NOW), close_windows(NOW)] == [1, 0]
    assert [market.again(passed).state, market.again(running).state] == ["closed", "posted"]
    told = Notification.objects.get()
    assert told.recipient == market.deputy
    assert "5 个名额" in told.subject
    assert Entry.objects.get().action == "task.close"
    assert duties(market.deputy, now=NOW).unclaimed == [passed]
    assert duties(market.other, now=NOW).count == 0


def test_a_full_task_closes_without_a_word_and_no_deputy_means_the_office(market):
    market.task(claim_until=NOW, places=1, places_taken=1)
    close_windows(NOW)
    assert not Notification.objects.exists()
    Department.objects.update(deputy=None)
    market.task(claim_until=NOW)
    close_windows(NOW)
    assert Notification.objects.get().recipient == market.office


def test_the_minutes_job_is_safe_twice(market):
    task = market.task(claim_until=NOW)
    jobs.close_windows()
    jobs.close_windows()
    assert market.again(task).state == "closed"
    assert Entry.objects.filter(action="task.close").count() == 1


def test_the_deputy_in_charge_assigns_several_at_once(market):
    task = closed(market, places=2)
    claims = assign(task=task, people=[market.staff, market.other], actor=market.deputy, now=NOW)
    assert [(claim.way, claim.assigned_by_id, claim.state) for claim in claims] == [
        ("assigned", market.deputy.pk, "held")
    ] * 2
    assert market.again(task).places_taken == 2
    assert set(Notification.objects.values_list("recipient", flat=True)) == {market.staff.pk, market.other.pk}
    assert list(Entry.objects.values_list("action", flat=True)) == ["claim.assign"] * 2
    assert ClaimEvent.objects.filter(kind="assigned", by=market.deputy).count() == 2


def test_a_window_that_has_just_passed_is_closed_on_the_way(market):
    task = market.task(claim_until=NOW)
    assign(task=task, people=[market.staff], actor=market.deputy, now=NOW)
    assert market.again(task).state == "closed"


def test_one_of_a_shared_task_leads(market):
    task = closed(market, sharing="lead", places=3)
    assign(task=task, people=[market.staff, market.other], actor=market.office, now=NOW)
    assign(task=market.again(task), people=[market.head], actor=market.office, now=NOW)
    assert sorted(Claim.objects.values_list("part", flat=True)) == ["assistant", "assistant", "lead"]


def test_whoever_assigns_says_who_leads(market):
    task = closed(market, sharing="lead", places=3)
    with pytest.raises(InvalidInput, match="先选中"):
        assign(task=task, people=[market.staff], lead=market.other, actor=market.office, now=NOW)
    assign(task=task, people=[market.staff, market.other], lead=market.other, actor=market.office, now=NOW)
    assert dict(Claim.objects.values_list("employee_id", "part")) == {
        market.staff.pk: "assistant",
        market.other.pk: "lead",
    }
    assert market.other.notifications.get().subject == f"任务“{task.name}”派给了您，由您主办"
    again = market.again(task)
    with pytest.raises(Conflict) as caught:
        assign(task=again, people=[market.head], lead=market.head, actor=market.office, now=NOW)
    assert caught.value.code == "led"
    with pytest.raises(InvalidInput):
        assign(task=closed(market), people=[market.head], lead=market.head, actor=market.office, now=NOW)


def test_who_may_not_assign(market):
    task = closed(market)
    for person in (market.staff, market.head, market.other):
        with pytest.raises(Refused):
            assign(task=task, people=[market.staff], actor=person, now=NOW)
    with pytest.raises(Conflict) as early:
        assign(task=market.task(), people=[market.staff], actor=market.deputy, now=NOW)
    assert early.value.code == "window"


def test_all_or_none(market):
    task = closed(market, places=2)
    make_absence(market.other, NOW.date())
    with pytest.raises(Refused, match="病假"):
        assign(task=task, people=[market.staff, market.other], actor=market.deputy, now=NOW)
    people = [market.staff, market.head, market.liaison]
    with pytest.raises(Conflict, match="只剩 2 个名额"):
        assign(task=task, people=people, actor=market.deputy, now=NOW)
    with pytest.raises(InvalidInput):
        assign(task=task, people=[], actor=market.deputy, now=NOW)
    assert not Claim.objects.exists()
    assert market.again(task).places_taken == 0


def test_an_objection_upheld_frees_the_place(market):
    task = closed(market, places=1)
    claim = assign(task=task, people=[market.staff], actor=market.deputy, now=NOW)[0]
    object_to(claim=claim, actor=market.staff, reason="正在外地出差", now=NOW)
    assert duties(market.office, now=NOW).objections == [claim]
    claim.refresh_from_db()
    with pytest.raises(Refused):
        decide_objection(claim=claim, actor=market.staff, upheld=True, answer="同意", now=NOW)
    decide_objection(claim=claim, actor=market.deputy, upheld=True, answer="另派他人", now=NOW)
    assert not Claim.objects.exists()
    assert market.again(task).places_taken == 0
    assert list(ClaimEvent.objects.values_list("kind", flat=True)) == ["assigned", "objected", "upheld"]
    lines = Entry.objects.order_by("pk").values_list("action", flat=True)
    assert list(lines) == ["claim.assign", "claim.object", "claim.uphold"]


def test_an_objection_is_made_once(market):
    claim = assign(task=closed(market), people=[market.staff], actor=market.deputy, now=NOW)[0]
    with pytest.raises(InvalidInput):
        object_to(claim=claim, actor=market.staff, reason=" ", now=NOW)
    object_to(claim=claim, actor=market.staff, reason="忙", now=NOW)
    claim.refresh_from_db()
    decide_objection(claim=claim, actor=market.deputy, upheld=False, answer="可以协调", now=NOW)
    claim.refresh_from_db()
    assert (claim.state, claim.objection_answer) == ("held", "可以协调")
    with pytest.raises(Conflict) as caught:
        object_to(claim=claim, actor=market.staff, reason="还是忙", now=NOW)
    assert caught.value.code == "once"


def test_what_was_claimed_is_not_objected_to(market):
    with pytest.raises(Conflict):
        object_to(claim=market.claim(), actor=market.staff, reason="忙", now=NOW)


def test_candidates_by_post_skill_and_load(market, django_assert_num_queries):
    post = make_post(market.a)
    expert = market.person(market.b, post=post)
    away = market.person()
    make_absence(away, NOW.date() - DAY)
    market.claim(market.staff, "accepted", quality="1.1")
    market.claim(market.head, "started", task=market.task(difficulty="high"))
    market.claim(market.head, "held")
    task = closed(market, post=post)
    with django_assert_num_queries(8):
        found = candidates(task, now=NOW)
    rows = {row.employee.pk: row for row in found}
    assert [row.employee.pk for row in found][:2] == [expert.pk, market.staff.pk]
    assert found[-1].employee.pk == away.pk
    assert "病假" in str(found[-1].may.message)
    staff, head = rows[market.staff.pk], rows[market.head.pk]
    assert (staff.accepted, staff.alike, str(staff.quality), staff.open_claims) == (1, 1, "1.10", 0)
    assert (head.open_claims, str(head.load), head.accepted) == (2, "2.7", 0)
    for _n in range(3):
        market.person()
    with django_assert_num_queries(8):
        candidates(task, now=NOW)
