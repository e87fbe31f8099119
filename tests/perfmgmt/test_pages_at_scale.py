"""With a hundred bureaus and 20,000 people loaded, each hot page asks and reads what it does where its bureau is alone.

Rows are compared and not plans letter by letter: a table that fills a few pages PostgreSQL reads as a whole, rightly, and
with more rows by index. That there is an index to go over to then is tried by itself. docs/performance.md has the figures.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection, transaction
from django.test import Client

from audit.models import Entry, Seal
from indicators.models import Result
from notifications.models import Delivery, Notification
from organization.models import Employee
from scoring.models import Score
from tasks_market.models import Claim
from tests.perfmgmt.busy_bureau import BEFORE, CODE, PEOPLE, Busy, make_busy
from tests.perfmgmt.neighbours import analyze, copy_everything, emptied
from tests.perfmgmt.plans import Watch, watched

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]
BUREAUS = 100
FEW_PAGES = 64
"""Of 8 kB: a table that is as small as this is read as a whole sooner than its index is asked."""


@dataclass(frozen=True, slots=True)
class Page:
    who: str
    address: str | Callable[[Busy], str]
    method: str = "get"
    fragment: bool = False


PAGES = {
    "home of staff": Page("staff", "/"),
    "home of the office": Page("office", "/"),
    "to do of a head": Page("department_head 3", "/todo/"),
    "to do of the office": Page("office", "/todo/"),
    "to-do count": Page("staff", "/todo/count/", fragment=True),
    "ranking of the quarter before": Page("staff", f"/ranking/?quarter={BEFORE}"),
    "ranking of the office": Page("office", f"/ranking/?quarter={CODE}"),
    "ranking of departments": Page("director", f"/ranking/departments/?quarter={CODE}"),
    "own score": Page("staff", f"/scores/mine/?quarter={BEFORE}"),
    "market": Page("staff", "/market/"),
    "claim": Page("staff", lambda busy: f"/market/{quote(busy.free.number)}/claim/", "post", fragment=True),
    "own claims": Page("staff", "/market/mine/"),
    "own points": Page("staff", "/my/points/"),
    "results of a liaison": Page("liaison 0", "/results/"),
    "assessing of a liaison": Page("liaison 0", "/assessing/"),
    "grid of a liaison": Page("liaison 0", "/grid/"),
    "messages": Page("staff", "/notifications/"),
    "bell": Page("staff", "/notifications/bell/", fragment=True),
    "dashboard of the director": Page("director", "/dashboard/"),
    "ledger": Page("staff", "/ledger/"),
    "ledger of a department": Page("department_head 3", "/ledger/department/"),
    "ledger of the office": Page("office", "/ledger/office/"),
    "people": Page("office", "/people/"),
    "audit log": Page("discipline", "/audit/"),
    "warnings": Page("department_head 3", "/warnings/"),
}


@dataclass
class Town:
    busy: Busy
    alone: dict[str, Watch]
    small: set[str]
    """The tables that are read as a whole sooner than by an index."""


def visit(busy: Busy, page: Page) -> Watch:
    """The second time that the person opens the page: what a process keeps for itself it has by then."""
    user = busy.staff[0] if page.who == "staff" else busy.roles[page.who]
    address = page.address(busy) if callable(page.address) else page.address
    with transaction.atomic():
        client = Client(headers={"HX-Request": "true"} if page.fragment else {})
        client.force_login(Employee.objects.get(pk=user.pk))
        for looking in (nullcontext(Watch()), watched()):
            with transaction.atomic(), looking as watch:
                response = getattr(client, page.method)(address)
                assert response.status_code == 200, (address, response.status_code)
                transaction.set_rollback(True)
        transaction.set_rollback(True)
    return watch


@pytest.fixture(autouse=True, scope="module")
def _quiet() -> Iterator[None]:
    """Each sign-in and each request writes a line, which pytest would keep."""
    logging.disable(logging.INFO)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: Any, _quiet: None) -> Iterator[Town]:
    with django_db_blocker.unblock(), emptied():
        busy = make_busy()
        connection.check_constraints()
        analyze()
        alone = {name: visit(busy, page) for name, page in PAGES.items()}
        copy_everything(BUREAUS - 1, above=busy.above)
        yield Town(busy, alone, small_tables())


def small_tables() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relpages <= %s", [FEW_PAGES])
        return {name for (name,) in cursor.fetchall()}


def assert_the_neighbours_are_there(small: set[str]) -> None:
    """Else the rest would say nothing."""
    assert Employee.objects.count() == BUREAUS * PEOPLE
    for model, each in ((Result, 10), (Notification, 5), (Entry, 3), (Score, 2), (Claim, 2), (Delivery, 1)):
        assert model.objects.count() >= each * BUREAUS * (PEOPLE - 50), model
    assert not small & {model._meta.db_table for model in (Employee, Result, Notification, Entry, Seal, Score, Claim)}


def faults(town: Town, name: str) -> Iterator[str]:
    """The same statements; none looks through a table of any size; by index they read no more than all that was read alone."""
    alone, among = town.alone[name], visit(town.busy, PAGES[name])
    if among.texts != alone.texts:
        yield f"asks otherwise: {set(among.texts) ^ set(alone.texts)}"
    looked_through = {scan.table for scan in among.scans if scan.kind == "Seq Scan"}
    if large := looked_through - town.small:
        yield f"looks through {large}"
    read = sum(scan.rows for scan in among.scans if scan.kind != "Seq Scan")
    if read > 2 * alone.rows + 200:
        yield f"reads {read:.0f} rows, alone {alone.rows:.0f}"
    print(name, len(among.texts), round(alone.rows), round(read), round(among.rows - read), sep=" | ")  # pytest -rP


def without_index(town: Town, name: str) -> set[str]:
    """The tables that are looked through even where PostgreSQL avoids it if it can."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        among = visit(town.busy, PAGES[name])
        transaction.set_rollback(True)
    return {scan.table for scan in among.scans if scan.kind == "Seq Scan"}


def test_each_page_answers_as_if_its_bureau_were_alone(town: Town) -> None:
    """One test for all pages: the world is dear, and two processes would each make one."""
    assert_the_neighbours_are_there(town.small)
    found = {name: [*faults(town, name)] for name in PAGES}
    assert {name: of_page for name, of_page in found.items() if of_page} == {}
    assert {name: tables for name in PAGES if (tables := without_index(town, name))} == {}
