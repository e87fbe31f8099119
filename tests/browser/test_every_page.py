"""Every page of the application, found by its address, as people who may open it: wide, narrow, and in English.

`RIGHTS` has a line for every address (`tests/flows/test_access.py` holds it to that), so a new page is visited from its
first day. What is no page (a file, a fragment, what leads on) drops out by its answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Response

from organization.models import Employee
from tests.browser.reading import Reading, chinese_left, latin_left, words_of_people
from tests.browser.test_accessibility import AXE, FAULTS, NEEDS_AXE
from tests.browser.visiting import Visit
from tests.flows.rights import RIGHTS, Holdings, make_holdings, make_people

pytestmark = NEEDS_AXE
WIDE, NARROW = 1440, 390
FULLEST = ("office", "director", "admin", "person", "head", "secretary", "deputy", "discipline")
BESIDE = ("person", "employee")  # who also opens what the office runs
NOT_OURS = {"api-docs"}  # Swagger's page
BARE = ("工作台 · 361 绩效", "· 361 绩效", "361 绩效")  # the title of a page that gives itself none
CODE = "JIAZI"


class Look(Visit):
    """A signed-in browser that also reads the policy of every answer of the application."""

    def __init__(self, browser: Browser, address: str, person: Employee) -> None:
        super().__init__(browser, address, person, WIDE)
        self.page.on("response", self._policed)

    def _policed(self, answer: Response) -> None:
        if "/static/" not in answer.url:
            given = answer.headers.get("content-security-policy", "")
            policy = {name: sources for name, *sources in (part.split() for part in given.split(";") if part)}
            if policy != settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]:
                self.faults.append(f"policy of {answer.url}: {given}")

    def faults_of(self, path: str) -> Iterator[str]:
        self.faults.clear()
        self.resize(WIDE)
        self.open(path)
        yield from _words(path, Reading(self.page.content()))
        self.resize(NARROW)
        self.measure(path)
        yield from self.faults

    def barriers(self) -> Iterator[str]:
        """What axe finds on the open page, at both widths; it sets styles, which the page's policy reports.

        Contrast is half of its work and the same at both, but for what `test_accessibility.py` looks at.
        """
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        for width in (NARROW, WIDE):
            self.resize(width)
            yield from (f"at {width} px {fault}" for fault in self.page.evaluate(FAULTS, width == WIDE))


def _words(path: str, page: Reading) -> Iterator[str]:
    if page.headings != 1:
        yield f"{page.headings} headings h1"
    if page.title in BARE and path != "/":
        yield f"title {page.title!r}"
    yield from (f"not Chinese: {text!r}" for text in latin_left(page, CODE))


def readers_of(name: str) -> list[str]:
    """Who sees most of a page, then somebody of the ranks."""
    may = RIGHTS[name].get or ()
    fullest = [who for who in FULLEST if who in may][:1]
    return list(dict.fromkeys([*fullest, *[who for who in BESIDE if who in may][:1]]))


def is_page(answer: HttpResponseBase) -> bool:
    return answer.status_code == 200 and not answer.streaming and answer.content.startswith(b"<!doctype html>")


def in_english(person: Employee | None) -> Client:
    client = Client()
    if person is not None:
        client.force_login(person)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def addresses(own: Holdings) -> Iterator[tuple[str, str]]:
    for name, line in RIGHTS.items():
        if line.get is not None and name not in NOT_OURS:
            yield name, reverse(name, kwargs=line.ids(own))


def _without_an_account(look: Look, own: Holdings, written: re.Pattern[str]) -> Iterator[str]:
    look.page.context.clear_cookies()
    for path in (reverse("organization:login"), reverse("awards:verify", args=[own.honour.token])):
        english = Reading(in_english(None).get(path).content.decode())
        faults = [*chinese_left(english, written), *look.faults_of(path), *look.barriers()]
        yield from (f"{path} without an account: {fault}" for fault in faults)


def _refusals(person: Employee, written: re.Pattern[str]) -> Iterator[str]:
    """An address that is none, and one that is not for this person."""
    chinese = Client()
    chinese.force_login(person)
    for path, status in (("/nowhere/", 404), (reverse("exchange:imports"), 403)):
        answer = chinese.get(path)
        assert answer.status_code == status
        english = Reading(in_english(person).get(path).content.decode())
        faults = [*_words(path, Reading(answer.content.decode())), *chinese_left(english, written)]
        yield from (f"{path} refused: {fault}" for fault in faults)


def test_every_page(browser: Browser, live_server: Any, settings: Any) -> None:
    """One bureau for all of it, one window a person; the English is read without a browser."""
    settings.DEBUG = True  # static files come from where they lie
    own = make_holdings(CODE, "本县", "2023Q2", correction=2)
    people, written = make_people(own), words_of_people()
    english = {who: in_english(person) for who, person in people.items()}
    looks: dict[str, Look] = {}
    faults, seen = [], 0
    for name, path in addresses(own):
        for who in readers_of(name):
            answer = english[who].get(path)
            if not is_page(answer):
                continue
            left = chinese_left(Reading(answer.content.decode()), written)
            faults += [f"{path} as {who} in English: {text!r}" for text in left]
            if who not in looks:
                looks[who] = Look(browser, live_server.url, people[who])
            found = list(looks[who].faults_of(path))
            if who == readers_of(name)[0]:
                found += looks[who].barriers()
            faults += [f"{path} as {who}: {fault}" for fault in found]
            seen += 1
    faults += _without_an_account(Look(browser, live_server.url, people["employee"]), own, written)
    faults += _refusals(people["employee"], written)
    assert not faults, "\n".join(faults)
    assert seen > 200
