"""How the sweeps ask: two bureaus, a browser for each person, and what can be read in an answer."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode

from django.apps import apps
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from pypdf import PdfReader

from organization.models import Employee
from tests.flows.rights import Holdings, make_holdings

FOREIGN_CODE, FOREIGN_NAME = FOREIGN_MARKS = ("YIZI", "邻县")
"""Every code and every name of the neighbour begins so."""
SEE_MOST = ("office", "admin", "director", "person", "discipline")


def make_own() -> Holdings:
    return make_holdings("JIAZI", "本县", "2023Q2", correction=2)


def make_foreign() -> Holdings:
    return make_holdings(FOREIGN_CODE, FOREIGN_NAME, "2022Q4", correction=3)


def foreign_marks(said: str) -> list[str]:
    return [mark for mark in FOREIGN_MARKS if mark in said]


def client_of(person: Employee | None, **options: Any) -> Client:
    """A browser in which the person is logged in, or nobody."""
    client = Client(**options)
    if person is not None:
        client.force_login(person)
    return client


def clients_of(people: Mapping[str, Employee | None], **options: Any) -> dict[str, Client]:
    return {who: client_of(person, **options) for who, person in people.items()}


def who_sees_most(allowed: frozenset[str]) -> str:
    """Of those who may open a page, the one to whom most pages show most."""
    return next((who for who in SEE_MOST if who in allowed), min(allowed))


def fingerprint() -> str:
    """Changes with any row of the application's tables."""
    digest = hashlib.sha256()
    for model in apps.get_models():
        if model._meta.app_label not in ("sessions", "axes"):
            rows = list(model._default_manager.order_by("pk").values_list())
            digest.update(repr((model._meta.label, rows)).encode())
    return digest.hexdigest()


@contextmanager
def undone(client: Client) -> Iterator[None]:
    """Whatever is done inside is undone afterwards, a logout among it."""
    cookies = client.cookies.copy()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    client.cookies = cookies  # type: ignore[assignment]  # the stub of Morsel copies as a dict


def text_of(answer: HttpResponseBase, *echoes: str) -> str:
    """What can be read in an answer: a page, JSON, a PDF or a workbook, without what it merely repeats of the question."""
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if raw[:4] == b"%PDF":
        said = "".join(page.extract_text() for page in PdfReader(BytesIO(raw)).pages)
    elif raw[:2] == b"PK":
        with zipfile.ZipFile(BytesIO(raw)) as book:
            said = b"".join(map(book.read, book.namelist())).decode("utf-8", "replace")
    else:
        said = raw.decode("utf-8", "replace")
    if r"\u" in said:  # JSON
        said = said.encode("ascii", "backslashreplace").decode("unicode_escape")
    repeated = {form for one in echoes for form in (one, quote(one), urlencode({"": one})[1:])}
    for one in sorted(repeated, key=len, reverse=True):
        said = said.replace(one, "")
    return said
