"""What people and scanners write into addresses: every page and list answers in a sentence, never with a fault (500)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.flows.asking import clients_of, make_own, text_of, who_sees_most
from tests.flows.rights import RIGHTS, Holdings, make_people

pytestmark = [pytest.mark.django_db, pytest.mark.sweep, pytest.mark.usefixtures("quiet")]
VALUES = ("%00", "-1", "9" * 21, "abc%27%22%3B", "2023Q9%FF%ED%A0%80", "x" * 3000)


@dataclass
class Town:
    own: Holdings
    clients: dict[str, Client]


def build() -> Town:
    own = make_own()
    return Town(own, clients_of(make_people(own), raise_request_exception=False))


def readers() -> list[tuple[str, str]]:
    """Every address that can be read, with somebody who may."""
    return [(name, who_sees_most(line.get)) for name, line in RIGHTS.items() if line.get]


@pytest.mark.parametrize(("name", "who"), readers())
def test_no_parameter_breaks_a_page(town: Town, asked: set[str], name: str, who: str) -> None:
    client, url = town.clients[who], reverse(name, kwargs=RIGHTS[name].ids(town.own))
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
def test_a_nul_is_refused_in_a_sentence(town: Town, accept: str) -> None:
    client = town.clients["office"]
    addresses = [f"{reverse('reports:mine')}?quarter=%00", f"{reverse('quarter-list')}?bureau=a%00b"]
    answers = [client.get(url, headers={"Accept": accept}) for url in addresses]
    answers.append(client.post(reverse("notifications:read-all"), {"a": "\0"}, headers={"Accept": accept}))
    for answer in answers:
        assert answer.status_code == 400
        assert "空字符" in (
            answer.json()["message"] if answer["Content-Type"] == "application/json" else text_of(answer)
        )
    assert answers[1].json()["code"] == "nul"


def test_a_nul_in_a_path_is_no_address(town: Town) -> None:
    client = town.clients["office"]
    for path in ("/people/%00/", "/quarters/2023%00Q1/", "/api/v1/quarters/%00/", "/api/v1/employees/a%00/"):
        assert client.get(path).status_code == 404
