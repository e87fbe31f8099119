"""What the workbook brings in lives on in the market: states, places, announcements, and again without a change."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from exchange.exporting import write_bureau
from organization.models import Bureau, Employee
from tasks_market.models import Claim, Task
from tasks_market.services import acceptance, assigning, claiming, doing, drafting
from tests.exchange.books import put, small_book
from tests.exchange.conftest import take  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
NOW = timezone.localtime().replace(tzinfo=None, microsecond=0)
"""A sheet shows whole seconds of the bureau's clock."""


@pytest.fixture
def imported(take):  # noqa: F811
    take(small_book())
    return take


def test_states_and_places_follow_the_rows(imported):
    for task in Task.objects.all():
        assert task.places_taken == task.claims.count() <= task.places
        assert task.announced is (task.posted_at is not None)
    for claim in Claim.objects.all():
        assert claim.state == (claim.outcome or "held")


def test_an_outcome_that_comes_later_settles_the_claim(imported):
    first = Claim.objects.order_by("task__number", "employee__number").first()
    Claim.objects.filter(pk=first.pk).update(state="handed_in", outcome="", quality=None, accepted_on=None)
    report = imported(small_book())
    first.refresh_from_db()
    assert (first.state, first.outcome) == ("accepted", "accepted")
    assert report.updated == 1
    assert imported(small_book()).updated == 0


def test_a_claim_of_the_market_counts_against_the_places_of_the_file(imported):
    task = Task.objects.get(number="T2")
    before = task.places_taken
    imported({"抢派单": put(small_book(), "抢派单", 3, "质量系数", 1)["抢派单"]})
    task.refresh_from_db()
    assert task.places_taken == before


def live_book():
    """The small book with T1 posted and T2 in its window today, its lead's place and one more free."""
    book = small_book()
    for name, value in (
        ("亮单时间", None),
        ("抢单截止", NOW + timedelta(days=3)),
        ("完成时限", NOW + timedelta(days=9)),
    ):
        put(book, "急难险重任务", 2, name, value)
    put(book, "急难险重任务", 3, "亮单时间", NOW - timedelta(days=1))
    put(book, "急难险重任务", 3, "抢单截止", NOW + timedelta(days=3))
    put(book, "急难险重任务", 3, "名额", 3)
    put(book, "急难险重任务", 3, "完成时限", NOW + timedelta(days=9))
    del book["抢派单"][1:]
    return put(book, "人员", 2, "角色", "绩效办")


def person(number):
    return Employee.objects.select_related("bureau", "department").get(number=number)


def task(number):
    return Task.objects.select_related("bureau", "quarter", "department").get(number=number)


@pytest.fixture
def lively(take):  # noqa: F811
    """A bureau in which people have posted, claimed, worked and accepted since its workbook came in."""
    take(live_book())
    now = timezone.now()
    office = person("1001")
    drafting.post_task(task=task("T1"), actor=office, now=now)
    claim = claiming.claim_task(task=task("T1"), actor=person("1002"), now=now)
    claim = doing.hand_in(claim=claim, actor=person("1002"), report="办结", now=now)
    acceptance.accept(claim=claim, actor=office, quality=None, comment="好", now=now)
    claiming.claim_task(task=task("T2"), actor=person("1003"), now=now, part="assistant")
    return take


def snapshot():
    return [list(model.objects.order_by("pk").values()) for model in (Task, Claim)]


def test_the_same_workbook_beside_live_claims_changes_nothing(lively):
    before = snapshot()
    report = lively(live_book())
    assert (report.problems, report.created, report.updated) == ([], 0, 0)
    assert snapshot() == before
    assert Claim.objects.get(task__number="T1").state == "accepted"
    assert Claim.objects.get(task__number="T2").part == "assistant"


def test_rows_of_the_workbook_leave_an_acceptance_of_the_market_alone(lively):
    """The claim stands in the file as it was before it was accepted: its empty cells clear nothing."""
    before = snapshot()
    book = live_book()
    claim = Claim.objects.select_related("employee").get(task__number="T1")
    at = timezone.localtime(claim.at).replace(tzinfo=None, microsecond=0)
    book["抢派单"].append(["T1", claim.employee.number, "抢单", None, at, None, None, None])
    report = lively(book)
    assert (report.problems, report.created, report.updated) == ([], 0, 0)
    assert snapshot() == before


def test_what_goes_out_beside_live_claims_comes_in_again(lively, tmp_path):
    """Here without a change, and elsewhere as the same market; a lead's place that is still free is no fault."""
    out = tmp_path / "out.xlsx"
    write_bureau(Bureau.objects.get(), out)
    report = lively(out)
    assert (report.problems, report.created, report.updated) == ([], 0, 0)
    for model in (Claim, Task):
        model.objects.all().delete()
    report = lively(out)
    assert report.problems == []
    parts = dict(Claim.objects.values_list("task__number", "part"))
    assert parts == {"T1": "", "T2": "assistant"}
    assert task("T2").state == "posted"


def test_a_task_that_nobody_can_lead_any_more_is_a_fault(take):  # noqa: F811
    """Once the window has closed somebody leads; a file that says otherwise is wrong."""
    book = live_book()
    book["抢派单"].append(["T2", "1003", "抢单", "协办", datetime(2023, 1, 9, 9), None, None, None])
    assert take(book).problems == []
    assert assigning.close_windows(timezone.now() + timedelta(days=4)) == 1
    book = put(live_book(), "急难险重任务", 3, "抢单截止", NOW)
    put(book, "急难险重任务", 3, "任务编号", "T9")
    book["抢派单"].append(["T9", "1003", "抢单", "协办", datetime(2023, 1, 9, 9), None, None, None])
    assert [problem.sheet for problem in take(book).problems] == ["抢派单"]


def test_a_cancelled_task_does_not_go_out(lively, tmp_path):
    drafting.cancel_task(task=task("T2"), actor=person("1001"), reason="不办了", now=timezone.now())
    out = tmp_path / "out.xlsx"
    write_bureau(Bureau.objects.get(), out)
    report = lively(out)
    assert (report.problems, report.created, report.updated) == ([], 0, 0)
    titles = {sheet.title: sheet.counts.unchanged for sheet in report.sheets}
    assert (titles["急难险重任务"], titles["抢派单"]) == (1, 1)
