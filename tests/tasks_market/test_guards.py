"""What must not happen, tried: in a frozen quarter, across bureaus, with files, at a window's very second."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from common.errors import Conflict, Refused
from indicators.models import Quarter
from tasks_market.models import Claim, ClaimFile, Extension, Task
from tasks_market.services import acceptance, assigning, claiming, doing
from tests.factories import make_bureau, make_employee
from tests.tasks_market.market import NOW, Market, later

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4 hello"


def build() -> Market:
    return Market()


@pytest.fixture
def market(built: Market) -> Market:
    return deepcopy(built)


def _claimed(market: Market) -> Claim:
    return market.claim()


def _assigned(market: Market) -> Claim:
    return market.claim(way="assigned", assigned_by=market.deputy)


def _objected(market: Market) -> Claim:
    return market.claim(way="assigned", assigned_by=market.deputy, objection="忙", objected_at=NOW)


def _handed_in(market: Market) -> Claim:
    return market.claim(state="handed_in")


def _decide(claim: Claim, market: Market) -> None:
    asked = Extension.objects.create(claim=claim, asked_at=NOW, asked_until=later(days=30), reason="忙")
    doing.decide_extension(extension=asked, actor=market.deputy, granted=True, now=NOW)


ACTS: dict[str, tuple[Callable[[Market], Claim], Callable[[Claim, Market], object]]] = {
    "withdraw": (_claimed, lambda c, m: claiming.withdraw_claim(claim=c, actor=m.staff, now=NOW)),
    "start": (_claimed, lambda c, m: doing.start(claim=c, actor=m.staff, now=NOW)),
    "hand in": (_claimed, lambda c, m: doing.hand_in(claim=c, actor=m.staff, report="好了", now=NOW)),
    "extend": (
        _claimed,
        lambda c, m: doing.ask_extension(claim=c, actor=m.staff, until=later(days=30), reason="忙", now=NOW),
    ),
    "decide extension": (_claimed, _decide),
    "object": (_assigned, lambda c, m: assigning.object_to(claim=c, actor=m.staff, reason="忙", now=NOW)),
    "decide objection": (
        _objected,
        lambda c, m: assigning.decide_objection(claim=c, actor=m.deputy, upheld=True, answer="好", now=NOW),
    ),
    "accept": (
        _handed_in,
        lambda c, m: acceptance.accept(claim=c, actor=m.deputy, quality=None, comment="好", now=NOW),
    ),
    "return": (_handed_in, lambda c, m: acceptance.send_back(claim=c, actor=m.deputy, reason="缺", now=NOW)),
    "refuse": (_handed_in, lambda c, m: acceptance.refuse(claim=c, actor=m.deputy, reason="缺", now=NOW)),
}


@pytest.mark.parametrize("state", [Quarter.State.PUBLICITY, Quarter.State.PUBLISHED])
@pytest.mark.parametrize("act", ACTS)
def test_nothing_moves_in_a_quarter_that_is_shown_or_published(market: Market, act: str, state: str) -> None:
    make, do = ACTS[act]
    claim = make(market)
    before = Claim.objects.filter(pk=claim.pk).values().get()
    Quarter.objects.filter(pk=market.quarter.pk).update(state=state)
    claim = Claim.objects.select_related("bureau", "employee", "task__quarter", "task__department").get(pk=claim.pk)
    with pytest.raises(Conflict) as refused:
        do(claim, market)
    assert refused.value.code == "quarter"
    assert Claim.objects.filter(pk=claim.pk).values().get() == before


@pytest.mark.parametrize("act", ACTS)
def test_a_stranger_does_nothing(market: Market, act: str) -> None:
    """Somebody else of the bureau, and everybody of another one, whatever the role."""
    make, do = ACTS[act]
    claim = make(market)
    foreign = make_employee(make_bureau("OT"), roles=["office", "deputy_director"])
    for stranger in (market.other, foreign):
        market.staff = market.deputy = stranger
        with pytest.raises(Refused):
            do(claim, market)
        Extension.objects.filter(claim=claim).delete()


@pytest.mark.parametrize("act", ["accept", "return", "refuse"])
def test_nobody_judges_the_own_claim(market: Market, act: str) -> None:
    claim = market.claim(market.deputy, state="handed_in")
    with pytest.raises(Refused) as refused:
        ACTS[act][1](claim, market)
    assert refused.value.code == "own"


def test_a_deputy_decides_only_in_the_own_departments(market: Market) -> None:
    claim = market.claim(state="handed_in", task=market.task(department=market.b))
    with pytest.raises(Refused):
        acceptance.accept(claim=claim, actor=market.deputy, quality=None, comment="好", now=NOW)


def test_nobody_of_another_bureau_is_assigned(market: Market) -> None:
    task = market.task(claim_until=NOW)
    with pytest.raises(Refused):
        assigning.assign(task=task, people=[make_employee(make_bureau("OT"))], actor=market.deputy, now=NOW)
    assert not task.claims.exists()


def test_the_windows_end_is_outside_and_its_start_inside(market: Market) -> None:
    """Also for who read the task a moment before: the statement that takes the place asks again."""
    task = market.task(posted_at=NOW, claim_until=later(hours=1))
    with pytest.raises(Conflict):
        claiming.claim_task(task=task, actor=market.staff, now=NOW - timedelta(microseconds=1))
    for moment, taken in ((later(hours=1), False), (later(hours=1) - timedelta(microseconds=1), True), (NOW, True)):
        assert claiming.occupy(task, moment) is taken


@pytest.mark.parametrize("state", Task.State.values)
@pytest.mark.parametrize("posted_at", [None, NOW])
@pytest.mark.parametrize("claim_until", [None, later(hours=1)])
def test_a_place_is_taken_exactly_where_the_board_shows_one(
    market: Market, state: str, posted_at: datetime | None, claim_until: datetime | None
) -> None:
    """The statement that takes it is written out and must say the same as the query."""
    task = market.task(state=state, posted_at=posted_at, claim_until=claim_until, places=9, places_taken=8)
    moments = [edge + timedelta(microseconds=step) for edge in (NOW, later(hours=1)) for step in (-1, 0, 1)]
    for moment in moments:
        shown = Task.objects.claimable(moment).filter(pk=task.pk).exists()
        assert claiming.occupy(task, moment) is shown, moment
        Task.objects.filter(pk=task.pk).update(places_taken=8)
    Task.objects.filter(pk=task.pk).update(places_taken=9)
    assert not any(claiming.occupy(task, moment) for moment in moments)


def test_a_hand_in_that_fails_leaves_no_file(market: Market, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    files = [SimpleUploadedFile("a.pdf", PDF)]
    with patch.object(doing, "record_claim", side_effect=RuntimeError), pytest.raises(RuntimeError):
        doing.hand_in(claim=market.claim(), actor=market.staff, report="好了", now=NOW, files=files)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not ClaimFile.objects.exists()


@pytest.mark.parametrize("name", ["../../etc/a.pdf", "..\\..\\a.pdf", "a\r\nSet-Cookie: x=1.pdf", '"><script>.pdf'])
def test_a_files_name_stays_a_name(client: Client, market: Market, settings: Any, tmp_path: Path, name: str) -> None:
    settings.MEDIA_ROOT = tmp_path
    claim = market.claim()
    files = [SimpleUploadedFile(name, PDF)]
    doing.hand_in(claim=claim, actor=market.staff, report="好了", now=NOW, files=files)
    kept = ClaimFile.objects.get()
    assert (tmp_path / kept.stored).resolve().is_relative_to(tmp_path / "market")
    client.force_login(market.other)
    answer = client.get(reverse("tasks_market:file", args=[kept.pk]))
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer
    assert b"<script>" not in client.get(reverse("tasks_market:task", args=[claim.task.number])).content


def test_a_lost_file_is_a_sentence(client: Client, market: Market, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    files = [SimpleUploadedFile("a.pdf", PDF)]
    doing.hand_in(claim=market.claim(), actor=market.staff, report="好了", now=NOW, files=files)
    kept = ClaimFile.objects.get()
    (tmp_path / kept.stored).unlink()
    client.force_login(market.staff)
    answer = client.get(reverse("tasks_market:file", args=[kept.pk]))
    assert answer.status_code == 409
    assert "a.pdf" in answer.content.decode()


def test_the_poll_that_finds_nothing_new_is_cheap(
    client: Client, market: Market, django_assert_max_num_queries: Any
) -> None:
    """Everybody asks it every few seconds: session, person, roles, and the version's two."""
    market.task()
    client.force_login(market.staff)
    shown = client.get(reverse("tasks_market:board")).context["board"].version
    with django_assert_max_num_queries(5):
        answer = client.get(reverse("tasks_market:board"), {"v": shown, "lane": "open"}, headers={"HX-Request": "true"})
    assert answer.status_code == 204


@pytest.mark.parametrize("role", ["deputy", "office"])
def test_the_page_of_assigning_is_cheap(
    client: Client, market: Market, role: str, django_assert_max_num_queries: Any
) -> None:
    market.task(claim_until=NOW, places=3)
    market.claim(state="handed_in")
    client.force_login(getattr(market, role))
    with django_assert_max_num_queries(20):
        assert client.get(reverse("tasks_market:assign")).status_code == 200
