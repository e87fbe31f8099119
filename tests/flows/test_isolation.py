"""One bureau beside another: what `test_access.py` asks by foreign addresses is asked here by foreign values.

Every parameter that a page reads, every field of a form, every second id of an address, as somebody who may use it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.db import transaction
from django.db.models import F, Model
from django.http import HttpResponseBase
from django.test import Client
from django.urls import resolve, reverse

from tests.flows.asking import clients_of, foreign_marks, make_foreign, make_own, text_of, undone, who_sees_most
from tests.flows.rights import RIGHTS, Holdings, Line, make_people

pytestmark = [pytest.mark.django_db, pytest.mark.sweep, pytest.mark.usefixtures("quiet")]


@dataclass
class Town:
    own: Holdings
    foreign: Holdings
    clients: dict[str, Client]

    def client(self, allowed: frozenset[str]) -> Client:
        return self.clients[who_sees_most(allowed)]


def build() -> Town:
    own = make_own()
    return Town(own, make_foreign(), clients_of(make_people(own), raise_request_exception=False))


def values_of(other: Holdings) -> dict[str, list[str]]:
    """The neighbour's ids, codes and names under the words by which pages ask for such things."""
    person = [str(other.person.pk), other.person.number]
    department = [str(other.department.pk), other.department.code]
    point = [str(other.point.pk), other.point.code]
    return {
        "bureau": [str(other.bureau.pk), other.bureau.code],
        "quarter": [other.quarter.code],
        "period": [other.quarter.code],
        "department": department,
        "of": [*department, person[0]],
        "branch": [str(other.branch.pk), other.branch.code],
        "category": [str(other.category.pk)],
        "employee": person, "employee_no": person[1:], "person": person, "people": person, "member": person,
        "lead": person, "to": person,
        "point": point, "points": point, "scores": [str(other.score.pk)], "list": [str(other.use.needs.pk)],
        "task": [str(other.market.posted.pk), other.market.posted.number],
        "item": [str(other.item.pk)], "ids": [str(other.result.pk)], "requests": [str(other.asked.pk)],
        "suggestion": [str(other.talks.suggestion.pk)], "line": [str(other.warned.pk)],
        "q": [other.person.name, other.person.number, other.point.code], "search": [other.person.name],
    }  # fmt: skip


def readable() -> Iterator[tuple[str, Line, frozenset[str]]]:
    for name, line in RIGHTS.items():
        if line.get and name != "set_language":
            yield name, line, line.get


def test_no_parameter_leads_to_another_bureau(town: Town, asked: set[str]) -> None:
    """Own pages, fragments, lists, files and resources, asked for the neighbour's things; two ways: page and fragment."""
    values, shown, seen = values_of(town.foreign), [], set()
    for name, line, allowed in readable():
        client, url = town.client(allowed), reverse(name, kwargs=line.ids(town.own))
        asked.clear()
        with transaction.atomic():
            client.get(f"{url}?page=1")
        filters = {part.partition("__")[0]: part for part in _filters_of(name, url)}
        for parameter in sorted((asked | set(filters.values())) - {"page"}):
            for value in values.get(parameter.partition("__")[0], ()):
                seen.add(parameter)
                with transaction.atomic():  # PostgreSQL ends a transaction with its first fault
                    answer = client.get(f"{url}?{urlencode({parameter: value})}", headers={"HX-Request": "true"})
                    if (answer.status_code >= 500 and name != "readyz") or foreign_marks(text_of(answer, value, url)):
                        shown.append((name, parameter, value, answer.status_code))
    assert shown == []
    assert {"department", "employee", "person", "q", "quarter"} <= seen


def _filters_of(name: str, url: str) -> list[str]:
    """What an API list can be narrowed by."""
    view = getattr(resolve(url).func, "cls", None) if name.endswith("-list") else None
    filters = getattr(view, "filterset_class", None)
    return [*filters.base_filters] if filters else list(getattr(view, "filterset_fields", None) or ())


def test_of_two_ids_in_an_address_neither_may_be_the_neighbours(town: Town) -> None:
    """An own letter with a foreign item, a foreign result with own evidence, …"""
    holes, tried = [], 0
    for name, line in RIGHTS.items():
        own, foreign = line.ids(town.own), line.ids(town.foreign)
        for key in (key for key in own if len(own) > 1 and own[key] != foreign[key]):
            url = reverse(name, kwargs={**own, key: foreign[key]})
            for method in ("get", "post", "put", "patch", "delete"):
                allowed = line.allowed(method) if method != "put" else line.get
                if allowed is None:
                    continue
                answer = _send(town.client(allowed), method, url, line.body(town.own))
                tried += 1
                if answer.status_code not in (403, 404, 405) or foreign_marks(text_of(answer, url, str(foreign[key]))):
                    holes.append((name, method, url, answer.status_code))
    assert holes == []
    assert tried


def test_put_reaches_nothing_of_another_bureau(town: Town) -> None:
    holes = []
    for name, line in RIGHTS.items():
        if line.ids(town.own) != line.ids(town.foreign):
            url = reverse(name, kwargs=line.ids(town.foreign))
            answer = _send(town.clients["office"], "put", url, line.body(town.foreign))
            if answer.status_code not in (403, 404, 405) or foreign_marks(text_of(answer, url)):
                holes.append((name, url, answer.status_code))
    assert holes == []


def _send(client: Client, method: str, url: str, body: Any) -> HttpResponseBase:
    """The answer; whatever it did is undone."""
    with undone(client):
        if method == "get":
            return client.get(url)
        if url.startswith("/api/") or method == "put":
            return getattr(client, method)(url, body or {}, content_type="application/json")
        return getattr(client, method)(url, body or {"by": "isolation"})


def swapped(own: Any, foreign: Any) -> Iterator[tuple[str, Any]]:
    """The own body, each time with one value in it that is the neighbour's: an id, a code, or a list of such."""
    if isinstance(own, list) and isinstance(foreign, list) and own and foreign and isinstance(own[0], dict):
        for field, body in swapped(own[0], foreign[0]):
            yield field, [body]
    elif isinstance(own, dict) and isinstance(foreign, dict):
        for field in own.keys() & foreign.keys():
            if own[field] != foreign[field]:
                yield field, {**own, field: foreign[field]}
        for field in foreign.keys() - own.keys():  # fields that are named by an id
            yield field, {**own, field: foreign[field]}


def test_no_field_of_a_form_takes_the_neighbours(town: Town) -> None:
    """Each body that the application takes, with one value of the neighbour's in it; refused, or of no effect there."""
    wrong, tried = [], 0
    for name, line in RIGHTS.items():
        url = reverse(name, kwargs=line.ids(town.own))
        for method in ("post", "patch"):
            allowed = line.allowed(method)
            for field, body in swapped(line.body(town.own), line.body(town.foreign)) if allowed else ():
                tried += 1
                client = town.client(allowed)
                with undone(client):
                    as_json = {"content_type": "application/json"} if url.startswith("/api/") else {}
                    answer = getattr(client, method)(url, body, **as_json)
                    echoes = _texts(body)
                    bad = answer.status_code >= 500 or foreign_marks(text_of(answer, url, *echoes))
                    if bad or (answer.status_code < 400 and crossings()):
                        wrong.append((name, method, field, answer.status_code))
    assert wrong == []
    assert tried > 10


def _texts(body: Any) -> list[str]:
    """All texts and ids in a body."""
    if isinstance(body, dict | list):
        return [text for one in (body.values() if isinstance(body, dict) else body) for text in _texts(one)]
    return [str(body)]


def crossings() -> list[str]:
    """References from a row of one bureau to a row of another."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        home = path_to_bureau(model)
        for field in model._meta.local_fields if home else ():
            target = field.related_model
            if not isinstance(target, type) or not issubclass(target, Model) or field.name == home.split("__")[0]:
                continue
            there = path_to_bureau(target)
            if there:
                rows = model._default_manager.filter(**{f"{field.name}__isnull": False})
                if rows.exclude(**{home: F(f"{field.name}__{there}")}).exists():
                    found.append(f"{model._meta.label}.{field.name}")
    return found


def path_to_bureau(model: type[Model]) -> str:
    """The look-up from a model to its bureau; "" for what belongs to none."""
    fields = {field.name: field for field in model._meta.local_fields}
    if "bureau" in fields:
        return "bureau"
    for name, field in fields.items():
        target = field.related_model
        if field.is_relation and not field.null and isinstance(target, type) and target is not model:
            further = path_to_bureau(target)
            if further:
                return f"{name}__{further}"
    return ""


def test_the_two_bureaus_of_the_test_hold_nothing_of_each_other(town: Town) -> None:
    assert crossings() == []
