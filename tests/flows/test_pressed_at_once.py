"""A form that is sent off twice at the same moment leaves what one press leaves in a twin of the bureau."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest
from django.apps import apps
from django.http import HttpResponseBase

from organization.models import Employee
from tests.concurrency.together import at_once
from tests.flows.asking import client_of, make_foreign, make_own
from tests.flows.pressing import AT_ONCE, PRESSES, Press, publishable
from tests.flows.rights import Holdings, make_people

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.postgres,
    pytest.mark.sweep,
    pytest.mark.usefixtures("quiet"),
]


def rows() -> Counter[str]:
    """How many rows each table holds."""
    models = [model for model in apps.get_models() if model._meta.app_label not in ("sessions", "axes")]
    return Counter({model._meta.label: model._default_manager.count() for model in models})


def pressed(press: Press, of: Holdings, person: Employee, *, times: int) -> tuple[list[int], dict[str, int]]:
    """How each of the presses was answered, and by how many rows the tables have grown."""
    statuses: list[int] = []

    def note(answer: HttpResponseBase) -> None:
        statuses.append(answer.status_code)

    clients = [client_of(person, raise_request_exception=False) for _time in range(times)]
    before = rows()
    raised = at_once([partial(lambda client: note(press.send(client, of)), client) for client in clients])
    assert raised == [None] * times, press
    after = rows()
    return sorted(statuses), {label: after[label] - before[label] for label in after if after[label] != before[label]}


def test_two_presses_at_once_leave_what_one_leaves() -> None:
    own, twin = make_own(), make_foreign()
    worlds = {"own": (own, make_people(own)), "twin": (twin, make_people(twin))}
    for world, _people in worlds.values():
        publishable(world)
    wrong = []
    for press in sorted((one for one in PRESSES if one.name in AT_ONCE), key=lambda one: AT_ONCE.index(one.name)):
        of, people = worlds["twin"]
        (once,), grown = pressed(press, of, people[press.who], times=1)
        of, people = worlds["own"]
        twice, grown_twice = pressed(press, of, people[press.who], times=2)
        if once >= 400 or twice[0] >= 400 or twice[1] >= 500 or grown != grown_twice:
            wrong.append((str(press), once, twice, grown, grown_twice))
    assert wrong == []
