"""A form that is sent off twice in a row: the second time changes nothing, and says so where it is refused."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from organization.models import Employee
from tests.flows.asking import client_of, fingerprint, make_own, undone
from tests.flows.pressing import PRESSES, Press, publishable
from tests.flows.rights import Holdings, make_people

pytestmark = [pytest.mark.django_db, pytest.mark.sweep, pytest.mark.usefixtures("quiet")]


@dataclass
class Town:
    own: Holdings
    people: dict[str, Employee]


def build() -> Town:
    own = make_own()
    people = make_people(own)
    publishable(own)
    return Town(own, people)


@pytest.mark.parametrize("press", PRESSES, ids=str)
def test_the_second_press_changes_nothing(town: Town, press: Press) -> None:
    client = client_of(town.people[press.who])
    with undone(client):
        untouched = fingerprint()
        assert press.send(client, town.own).status_code < 400
        done = fingerprint()
        assert done != untouched
        assert press.send(client, town.own).status_code < 500
        assert fingerprint() == done
