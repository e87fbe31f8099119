"""One bureau beside another: what `test_access.py` asks by foreign addresses is asked here by foreign values.

Every parameter that a page reads, every field of a form, every second id of an address, as somebody who may use it.
"""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.models import F, Model
from django.http import HttpResponseBase, QueryDict
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from tests.flows.rights import RIGHTS, Holdings, Line, make_holdings, make_people

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]
MARKS = ("YIZI", "邻县")
FIRST = ("office", "admin", "director", "person", "discipline")
"""Who is asked first among those who may, since most pages show them most."""


class Town:
    def __init__(self) -> None:
        self.own = make_holdings("JIAZI", "本县", "2023Q2", correction=2)
        self.foreign = make_holdings(MARKS[0], MARKS[1], "2022Q4", correction=3)
        self.clients = {}
        for who, person in make_people(self.own).items():
            self.clients[who] = Client(raise_request_exception=False)
            self.clients[who].force_login(person)

    def client(self, allowed: frozenset[str]) -> Client:
        return self.clients[next((who for who in FIRST if who in allowed), min(allowed))]


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: Any) -> Iterator[Town]:
    with django_db_blocker.unblock(), transaction.atomic():
        town = Town()
        connection.check_constraints()  # once, else after every test
        yield town
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def text_of(response: HttpResponseBase, *echoes: str) -> str:
    """What can be read in an answer, without what it merely repeats of the question."""
    raw = b"".join(response.streaming_content) if response.streaming else response.content
    if raw[:4] == b"%PDF":
        said = "".join(page.extract_text() for page in PdfReader(BytesIO(raw)).pages)
    elif raw[:2] == b"PK":
        with zipfile.ZipFile(BytesIO(raw)) as book:
            said = b"".join(map(book.read, book.namelist())).decode("utf-8", "replace")
    else:
        said = raw.decode("utf-8", "replace")
    if r"\u" in said:
        said = said.encode("ascii", "backslashreplace").decode("unicode_escape")
    for echo in sorted(
        {form for one in echoes for form in (one, quote(one), urlencode({"": one})[1:])}, key=len, reverse=True
    ):
        said = said.replace(echo, "")
    return said


def marks_in(said: str) -> list[str]:
    return [mark for mark in MARKS if mark in said]


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
        filters = {part.partition("__")[0]: part for part in _filters_of(name)}
        for parameter in sorted((asked | set(filters.values())) - {"page"}):
            for value in values.get(parameter.partition("__")[0], ()):
                seen.add(parameter)
                with transaction.atomic():  # PostgreSQL ends a transaction with its first fault
                    answer = client.get(f"{url}?{urlencode({parameter: value})}", headers={"HX-Request": "true"})
                    if (answer.status_code >= 500 and name != "readyz") or marks_in(text_of(answer, value, url)):
                        shown.append((name, parameter, value, answer.status_code))
    assert shown == []
    assert {"department", "employee", "person", "q", "quarter"} <= seen


def _filters_of(name: str) -> list[str]:
    """What an API list can be narrowed by."""
    from django.urls import get_resolver

    found = get_resolver().reverse_dict.getlist(name)
    if not name.endswith("-list") or not found:
        return []
    from django.urls import resolve

    view = getattr(resolve(reverse(name)).func, "cls", None)
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
                if answer.status_code not in (403, 404, 405) or marks_in(text_of(answer, url, str(foreign[key]))):
                    holes.append((name, method, url, answer.status_code))
    assert holes == []
    assert tried


def test_put_reaches_nothing_of_another_bureau(town: Town) -> None:
    holes = []
    for name, line in RIGHTS.items():
        if line.ids(town.own) != line.ids(town.foreign):
            url = reverse(name, kwargs=line.ids(town.foreign))
            answer = _send(town.clients["office"], "put", url, line.body(town.foreign))
            if answer.status_code not in (403, 404, 405) or marks_in(text_of(answer, url)):
                holes.append((name, url, answer.status_code))
    assert holes == []


def _send(client: Client, method: str, url: str, body: Any) -> HttpResponseBase:
    """The answer; whatever it did is undone."""
    cookies = client.cookies.copy()
    with transaction.atomic():
        if method == "get":
            answer = client.get(url)
        elif url.startswith("/api/") or method == "put":
            answer = getattr(client, method)(url, body or {}, content_type="application/json")
        else:
            answer = getattr(client, method)(url, body or {"by": "isolation"})
        transaction.set_rollback(True)
    client.cookies = cookies  # type: ignore[assignment]  # the stub of Morsel copies as a dict
    return answer


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
                cookies = client.cookies.copy()
                with transaction.atomic():
                    as_json = {"content_type": "application/json"} if url.startswith("/api/") else {}
                    answer = getattr(client, method)(url, body, **as_json)
                    echoes = _texts(body)
                    bad = answer.status_code >= 500 or marks_in(text_of(answer, url, *echoes))
                    if bad or (answer.status_code < 400 and crossings()):
                        wrong.append((name, method, field, answer.status_code))
                    transaction.set_rollback(True)
                client.cookies = cookies  # type: ignore[assignment]
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
