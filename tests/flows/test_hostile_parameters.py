"""What people and scanners write into addresses: every page and list answers in a sentence, never with a fault (500)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from tests.flows.rights import RIGHTS, Holdings, make_holdings, make_people

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]
VALUES = ("%00", "-1", "9" * 21, "abc%27%22%3B", "2023Q9%FF%ED%A0%80", "x" * 3000)


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[Holdings, dict[str, Client]]]:
    with django_db_blocker.unblock(), transaction.atomic():
        own = make_holdings("JIAZI", "本县", "2023Q2", correction=2)
        clients = {}
        for who, person in make_people(own).items():
            clients[who] = Client(raise_request_exception=False)
            clients[who].force_login(person)
        connection.check_constraints()  # once, else after every test
        yield own, clients
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def readers() -> list[tuple[str, str]]:
    """Every address that can be read, with somebody who may."""
    known = [(name, line.get) for name, line in RIGHTS.items() if line.get]
    first = ("office", "admin", "director", "person")
    return [(name, next((who for who in first if who in get), min(get))) for name, get in known]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names by which pages have asked their addresses for something."""
    names: set[str] = set()
    for method in ("get", "getlist", "__getitem__", "__contains__"):
        plain = getattr(QueryDict, method)

        def spy(query: QueryDict, name: str, *rest: Any, plain: Any = plain) -> Any:
            if not query._mutable:  # an address or a form as it came
                names.add(name)
            return plain(query, name, *rest)

        monkeypatch.setattr(QueryDict, method, spy)
    return names


@pytest.mark.parametrize(("name", "who"), readers())
def test_no_parameter_breaks_a_page(
    town: tuple[Holdings, dict[str, Client]], asked: set[str], name: str, who: str
) -> None:
    own, clients = town
    client, url = clients[who], reverse(name, kwargs=RIGHTS[name].ids(own))
    client.get(f"{url}?page=1")
    broken = []
    for parameter in sorted(asked):
        for value in VALUES:
            with transaction.atomic():  # PostgreSQL ends a transaction with its first fault
                response = client.get(f"{url}?{parameter}={value}")
                if response.status_code >= 500 and name != "readyz":
                    broken.append((parameter, value[:20], response.status_code))
                    transaction.set_rollback(True)
    assert broken == []


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_nul_is_refused_in_a_sentence(town: tuple[Holdings, dict[str, Client]], accept: str) -> None:
    client = town[1]["office"]
    addresses = [f"{reverse('reports:mine')}?quarter=%00", f"{reverse('quarter-list')}?bureau=a%00b"]
    answers = [client.get(url, headers={"Accept": accept}) for url in addresses]
    answers.append(client.post(reverse("notifications:read-all"), {"a": "\0"}, headers={"Accept": accept}))
    for answer in answers:
        assert answer.status_code == 400
        assert "空字符" in (answer.json()["message"] if answer["Content-Type"] == "application/json" else _text(answer))
    assert answers[1].json()["code"] == "nul"


def test_a_nul_in_a_path_is_no_address(town: tuple[Holdings, dict[str, Client]]) -> None:
    client = town[1]["office"]
    for path in ("/people/%00/", "/quarters/2023%00Q1/", "/api/v1/quarters/%00/", "/api/v1/employees/a%00/"):
        assert client.get(path).status_code == 404


def _text(answer: Any) -> str:
    return str(answer.content.decode())
