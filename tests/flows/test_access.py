"""Every address of the application, as everybody: of another bureau nothing, of the own one what domain.md allows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import HttpResponseBase
from django.template import Template, engines
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from organization.models import Employee
from tests.flows.asking import (
    FOREIGN_NAME,
    client_of,
    clients_of,
    fingerprint,
    foreign_marks,
    make_foreign,
    make_own,
    text_of,
    undone,
)
from tests.flows.rights import RIGHTS, SHARED_QUARTER, Holdings, make_people, make_shut_out, new_task

pytestmark = [pytest.mark.django_db, pytest.mark.sweep, pytest.mark.usefixtures("quiet")]
METHODS = ("get", "post", "patch", "delete")
OPEN = {
    "healthz", "metrics", "readyz", "set_language", "schema", "api-docs", "token", "organization:login", "organization:logout",
    "awards:verify", "organization:sign-on", "organization:sign-on-back",
}  # fmt: skip
NO_METHODS = {"set_language"}  # Django's own view leads a stray method home
FRAME = "errors/base.html"
DEBUG_ONLY = {"ui:components", "ui:job", "ui:refusal"}


def addresses() -> Iterator[tuple[str, str]]:
    """The name of every address with its pattern; the one without a name answers 404 to what is no address."""

    def walk(patterns: Any, before: str, space: str) -> Iterator[tuple[str, str]]:
        for one in patterns:
            if not isinstance(one, URLPattern):
                yield from walk(
                    one.url_patterns, before + str(one.pattern), f"{one.namespace}:" if one.namespace else space
                )
            elif one.name:
                yield f"{space}{one.name}", before + str(one.pattern)

    return walk(get_resolver().url_patterns, "", "")


NAMES = sorted({name for name, _pattern in addresses()} - DEBUG_ONLY)


@dataclass
class Town:
    """The bureau whose people try, and the neighbour whose things they try."""

    own: Holdings
    foreign: Holdings
    people: dict[str, Employee]
    shut_out: dict[str, Employee | None]


def build() -> Town:
    own, foreign = make_own(), make_foreign()
    return Town(own, foreign, make_people(own), make_shut_out(own))


@pytest.fixture
def _unframed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal without the navigation around it, which costs as much as asking; every other page here has its frame."""
    engine = engines["django"].engine
    blocks = "".join(f"{{% block {name} %}}{{% endblock %}}" for name in ("code", "sentence", "advice"))
    engine.get_template(FRAME)
    cached = engine.template_loaders[0].get_template_cache
    monkeypatch.setitem(cached, FRAME, Template(blocks, engine=engine))


def send(client: Client, method: str, url: str, body: Any = None) -> HttpResponseBase:
    """The answer; every refusal is a sentence, under the API in its shape."""
    is_api = url.startswith("/api/")
    form = body or {"by": "access"}  # an empty form counts as none
    response = (
        getattr(client, method)(url, body or {}, content_type="application/json")
        if is_api and method != "get"
        else getattr(client, method)(url, {} if method == "get" else form)
    )
    if response.status_code in (401, 403, 404, 409) or (is_api and response.status_code >= 400):
        said = text_of(response)
        assert re.search("[一-鿿]", said), (method, url, said)
        if is_api:
            refusal = json.loads(response.content)
            assert set(refusal) == {"code", "message", "fields"}, (method, url, said)
            assert re.search("[一-鿿]", refusal["message"]), (method, url, said)
    return response


def ask(client: Client, method: str, url: str, body: Any = None) -> tuple[int, str]:
    """The status, and all that can be read in the answer."""
    response = send(client, method, url, body)
    said = text_of(response, url, url.partition("?")[0])
    return response.status_code, said + response.headers.get("Location", "")


def status_of(client: Client, method: str, url: str, body: Any = None) -> int:
    """The status; whatever it did is undone. Books and documents are made, and read by other tests."""
    with undone(client):
        response = send(client, method, url, body)
        if response.streaming:
            b"".join(response.streaming_content)
    return response.status_code


def test_every_address_has_its_line() -> None:
    assert set(RIGHTS) == set(NAMES)


@pytest.mark.usefixtures("_unframed")
def test_nothing_of_another_bureau_opens_shows_or_changes(town: Town) -> None:
    """Ids, codes and numbers of the neighbour in every address that takes some, by every method that it knows."""
    named = {name: line for name, line in RIGHTS.items() if line.ids(town.own) != line.ids(town.foreign)}
    assert len(named) > 40
    clients = clients_of(town.people)
    before, holes = fingerprint(), []
    for who, client in clients.items():
        for name, line in named.items():
            url = reverse(name, kwargs=line.ids(town.foreign))
            for method in filter(line.allowed, METHODS):
                status, said = ask(client, method, url, line.body(town.foreign))
                if status not in (403, 404) or foreign_marks(said):
                    holes.append((who, method, url, status, foreign_marks(said)))
    assert holes == []
    assert fingerprint() == before


def test_lists_and_forms_show_nothing_of_another_bureau(town: Town) -> None:
    """Pages without an id, asked for the neighbour's quarter, department, point and person."""
    other = town.foreign
    asked = urlencode({
        "bureau": other.bureau.pk, "quarter": other.quarter.code, "department": other.department.pk,
        "employee": other.person.pk, "point": other.point.pk, "page": 1,
    })  # fmt: skip
    shown = []
    for who in ("employee", "head", "director", "office", "discipline", "admin"):  # whose pages differ
        client = client_of(town.people[who])
        for name, line in RIGHTS.items():
            if line.get is None or who not in line.get or line.ids(town.own):
                continue
            url = reverse(name)
            status, said = ask(client, "get", f"{url}?{asked}")
            if (status >= 500 and name != "readyz") or foreign_marks(said):
                shown.append((who, url, status, foreign_marks(said)))
    assert shown == []


def test_the_neighbours_ids_in_a_body_are_refused(town: Town) -> None:
    own, other, office = town.own, town.foreign, client_of(town.people["office"])
    fact = {"period": SHARED_QUARTER, "employee_no": other.person.number, "point": other.point.code, "value": "1"}
    employee = {"number": "777", "name": "新人", "department": other.department.code, "category": "一般干部"}
    place = {"department": other.department.pk, "category": other.category.pk, "effective_from": "2023-05-01"}
    mixed = {"point": other.point.code, "value": "1", "period": SHARED_QUARTER, "employee_no": own.person.number}
    tries: list[tuple[str, str, Any]] = [
        ("post", "/api/v1/results/", fact),
        ("post", "/api/v1/results/", mixed),
        ("post", "/api/v1/results/facts/", [fact]),
        ("post", "/api/v1/tasks/", {**new_task(own), "department": other.department.code}),
        ("post", f"/api/v1/tasks/{own.market.closed.pk}/assign/", {"people": [other.person.number]}),
        ("patch", f"/api/v1/tasks/{own.market.draft.pk}/", {"open_to": [other.department.code]}),
        ("post", f"{reverse('tasks_market:assign')}?task={own.market.closed.number}", {"people": other.person.pk}),
        ("post", f"{reverse('tasks_market:assign')}?task={other.market.closed.number}", {"people": own.person.pk}),
        ("post", reverse("tasks_market:post-list"), {"tasks": other.market.draft.pk}),
        ("post", "/api/v1/items/", {**fact, "quarter": SHARED_QUARTER}),
        ("post", "/api/v1/employees/", employee),
        ("patch", f"/api/v1/employees/{own.person.number}/", {"department": other.department.code}),
        ("patch", f"/api/v1/employees/{own.person.number}/", {"post": other.post.code}),
        ("patch", f"/api/v1/departments/{own.department.code}/", {"deputy": other.person.number}),
        ("patch", f"/api/v1/branches/{own.branch.code}/", {"secretary": other.person.number}),
        ("post", "/api/v1/posts/", {"code": "X", "name": "岗", "department": other.department.code}),
        ("post", reverse("organization:person-place", args=[own.person.number]), place),
        ("post", reverse("organization:person-new"), {**place, "number": "777", "name": "新人"}),
        ("post", reverse("organization:place", args=["departments", own.department.pk]),
         {"code": own.department.code, "name": "股", "kind": "office", "deputy": other.person.pk}),
        ("post", reverse("indicators:take_on", args=[own.quarter.code]),
         {"employee": other.person.number, "point": other.point.code}),
        ("post", reverse("scoring:adjustment-new"),
         {"employee": other.person.number, "day": "2023-02-01", "kind": "plus", "points": "1", "matter": "事",
          "basis": "据"}),
    ]  # fmt: skip
    before = fingerprint()
    for method, url, body in tries:
        status, said = ask(office, method, url, body)
        assert 400 <= status < 500, (url, status)
        assert FOREIGN_NAME not in said, url
    assert fingerprint() == before


@pytest.mark.usefixtures("_unframed")
@pytest.mark.parametrize("method", METHODS)
def test_everybody_opens_what_the_table_allows(town: Town, method: str) -> None:
    clients = clients_of(town.people)
    wrong = []
    for name, line in RIGHTS.items():
        allowed, url = line.allowed(method), reverse(name, kwargs=line.ids(town.own))
        if allowed is None:
            if method in ("get", "post") or url.startswith("/api/"):
                status, _said = ask(clients["office"], method, url)
                if status != 405 and name not in NO_METHODS:
                    wrong.append((name, method, "office", status))
            continue
        for who, client in clients.items():
            status = status_of(client, method, url, line.body(town.own))
            if (status not in (403, 404)) != (who in allowed) or (status >= 500 and name != "readyz"):
                wrong.append((name, method, who, status))
    assert wrong == []


def test_whoever_is_shut_out_gets_in_nowhere(town: Town) -> None:
    wrong = []
    for who, person in town.shut_out.items():
        client = client_of(person)
        for name, line in RIGHTS.items():
            if name in OPEN or (name, who) == ("organization:password", "must_change"):
                continue
            url = reverse(name, kwargs=line.ids(town.own))
            method = "get" if line.get is not None else "post"
            response = getattr(client, method)(url)
            gate = "organization:password" if who == "must_change" else "organization:login"
            shut = (
                response.status_code == (403 if who == "must_change" else 401)
                if url.startswith("/api/")
                else response.status_code == 302 and response["Location"].startswith(reverse(gate))
            )
            if not shut:
                wrong.append((who, url, response.status_code))
    assert wrong == []


def test_a_form_from_elsewhere_is_refused(town: Town) -> None:
    """Posts without the token of a page of ours: forms, htmx fragments and the API in a browser's session."""
    client = client_of(town.people["office"], enforce_csrf_checks=True)
    before = fingerprint()
    for name in ("organization:person-new", "exchange:exports", "scoring:score", "audit:verify", "quarter-score",
                 "department-list", "organization:logout", "notifications:read-all"):  # fmt: skip
        line = RIGHTS[name]
        status, _said = ask(client, "post", reverse(name, kwargs=line.ids(town.own)))
        assert status == 403, name
    assert fingerprint() == before
