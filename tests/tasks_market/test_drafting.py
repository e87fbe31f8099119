"""亮单: who drafts, edits, posts and cancels, and who sees what before it is posted."""

from __future__ import annotations

from copy import deepcopy

import pytest

from audit.models import Entry
from common.errors import Conflict, DomainError, InvalidInput, Refused
from indicators.models import Quarter
from notifications.models import Notification
from organization.models import Employee
from tasks_market.models import Claim, Task
from tasks_market.services.drafting import announce_posted, cancel_task, draft_task, edit_task, post_list, post_task
from tests.factories import make_bureau, make_employee
from tests.tasks_market.market import DAY, HOUR, NOW, Market

pytestmark = pytest.mark.django_db


def build() -> Market:
    return Market()


@pytest.fixture
def market(built: Market) -> Market:
    return deepcopy(built)


def values(market: Market, **changed) -> dict:
    given = {
        "name": "欠税清缴攻坚", "kind": "difficult", "difficulty": "high", "base": 3, "places": 4, "sharing": "split",
        "claim_until": NOW + DAY, "due_at": NOW + 9 * DAY, "department": market.a, "requirement": "清缴到位",
    }  # fmt: skip
    return given | changed


def draft(market: Market, actor=None, **changed) -> Task:
    return draft_task(quarter=market.quarter, actor=actor or market.office, now=NOW, **values(market, **changed))


def test_departments_draft_for_themselves_and_the_office_for_all(market):
    numbers = [draft(market, actor).number for actor in (market.head, market.liaison, market.office)]
    assert numbers == ["XS-2023Q1-001", "XS-2023Q1-002", "XS-2023Q1-003"]
    for actor in (market.staff, market.deputy, market.person(market.b, "department_head")):
        with pytest.raises(Refused):
            draft(market, actor)
    line = Entry.objects.earliest("pk")
    assert (line.action, line.after["name"], line.after["department"]) == ("task.draft", "欠税清缴攻坚", "征管股")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"base": 0}, "base"),
        ({"places": 0}, "places"),
        ({"name": " "}, "name"),
        ({"requirement": ""}, "requirement"),
        ({"claim_until": NOW + 9 * DAY}, "claim_until"),
    ],
)
def test_what_cannot_be_is_named_at_its_field(market, changed, field):
    with pytest.raises(InvalidInput) as caught:
        draft(market, **changed)
    assert set(caught.value.fields) == {field}


def test_numbers_are_unique_and_places_are_of_the_bureau(market):
    draft(market, number="T9")
    with pytest.raises(InvalidInput, match="T9"):
        draft(market, number="T9")
    stranger = make_bureau("YY")
    with pytest.raises(DomainError):
        draft(market, department=make_employee(stranger).department)


def test_a_draft_is_edited_by_its_department_and_what_is_posted_by_the_office(market):
    task = draft(market, market.head)
    edit_task(task=task, actor=market.liaison, places=6, open_to=[market.a])
    line = Entry.objects.latest("pk")
    assert (line.action, line.before["places"], line.after["places"]) == ("task.change", 4, 6)
    assert line.after["open_to"] == ["征管股"]
    edit_task(task=task, actor=market.liaison, places=6)
    assert Entry.objects.count() == 2  # nothing changed, nothing told
    post_task(task=task, actor=market.office, now=NOW)
    with pytest.raises(Refused):
        edit_task(task=task, actor=market.head, places=7)
    edit_task(task=task, actor=market.office, places=7)
    Task.objects.update(places_taken=1)
    with pytest.raises(Conflict):
        edit_task(task=task, actor=market.office, base=9)


def test_only_the_office_posts(market):
    task = draft(market, market.head)
    with pytest.raises(Refused):
        post_task(task=task, actor=market.head, now=NOW)
    post_task(task=task, actor=market.office, now=NOW)
    task.refresh_from_db()
    assert (task.state, task.posted_at, task.announced, task.posted_by_id) == ("posted", NOW, True, market.office.pk)
    assert Notification.objects.count() == Employee.objects.count()
    with pytest.raises(Conflict):
        post_task(task=task, actor=market.office, now=NOW)


def test_a_list_is_posted_at_once_or_not_at_all(market):
    tasks = [draft(market) for _n in range(3)]
    late = draft(market, claim_until=NOW - HOUR)
    with pytest.raises(InvalidInput, match=late.number):
        post_list(tasks=[*tasks, late], actor=market.office, now=NOW)
    assert not Task.objects.filter(state="posted").exists()
    post_list(tasks=tasks, actor=market.office, now=NOW)
    assert Notification.objects.filter(recipient=market.staff).get().subject == "新亮单 3 项任务，欢迎抢单"
    assert Entry.objects.filter(action="task.post").count() == 3


def test_what_is_posted_for_later_is_announced_then_and_once(market):
    task = draft(market)
    with pytest.raises(InvalidInput):
        post_task(task=task, actor=market.office, now=NOW, at=NOW - HOUR)
    post_task(task=task, actor=market.office, now=NOW, at=NOW + HOUR)
    assert not Notification.objects.exists()
    assert [announce_posted(NOW), announce_posted(NOW + HOUR), announce_posted(NOW + HOUR)] == [0, 1, 0]
    assert Notification.objects.filter(recipient=market.staff).count() == 1


def test_who_sees_a_draft(market):
    shown = {"posted": market.task(), "draft": market.draft(), "other": market.draft(department=market.b)}
    stranger = make_employee(make_bureau("ZZ"))

    def seen(person: Employee) -> set[str]:
        rows = Task.objects.visible_to(person)
        return {name for name, task in shown.items() if task in rows}

    for person in (market.office, market.deputy, market.person(market.b, "discipline")):
        assert seen(person) == {"posted", "draft", "other"}
    assert seen(market.head) == seen(market.liaison) == {"posted", "draft"}
    assert seen(market.staff) == seen(market.other) == {"posted"}
    assert seen(stranger) == set()


def test_cancelling_frees_who_works_on_it_and_tells_them(market):
    task = market.task()
    claim = market.claim(task=task, state="started")
    with pytest.raises(InvalidInput):
        cancel_task(task=task, actor=market.office, reason="", now=NOW)
    with pytest.raises(Refused):
        cancel_task(task=task, actor=market.head, reason="不做了", now=NOW)
    cancel_task(task=task, actor=market.office, reason="上级已统一部署", now=NOW)
    claim.refresh_from_db()
    task = market.again(task)
    assert (claim.state, task.state, task.places_taken) == ("cancelled", "cancelled", 0)
    assert Claim.objects.open().count() == 0
    assert market.staff.notifications.get().body == "上级已统一部署"
    assert Entry.objects.get().reason == "上级已统一部署"


def test_what_brought_points_is_not_cancelled(market):
    task = market.task()
    market.claim(task=task, state="accepted")
    with pytest.raises(Conflict):
        cancel_task(task=task, actor=market.office, reason="不做了", now=NOW)
    Quarter.objects.update(state="published")
    with pytest.raises(Conflict):
        cancel_task(task=market.again(market.task()), actor=market.office, reason="不做了", now=NOW)
