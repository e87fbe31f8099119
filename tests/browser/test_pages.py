"""Every page of the navigation, opened as every role in a real browser, wide and narrow.

No complaint in the console (a refused style or script is one), no request to another host, no page wider than its
window. With SCREENSHOTS=folder each page is kept as a picture.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request

from tests.reports.world import World, add_quarter, make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTHS = (1440, 390)
READERS = ("director", "deputy", "office", "discipline", "head", "anna", "admin")
IDLE = "() => new Promise(done => requestAnimationFrame(() => requestIdleCallback(() => done())))"
SCREENSHOTS = os.environ.get("SCREENSHOTS", "")


@pytest.fixture
def world(settings) -> World:
    settings.DEBUG = True  # static files come from where they lie
    world = make_world()
    add_quarter(world, "2023Q2", {"anna": 2}, state="collecting")
    return world


class Visit:
    """A signed-in page that notes what goes wrong on it."""

    def __init__(self, browser: Browser, address: str, person: object, width: int) -> None:
        self.address, self.width = address, width
        self.faults: list[str] = []
        self.under_way: set[Request] = set()
        client = Client()
        client.force_login(person)
        context = browser.new_context(
            viewport={"width": width, "height": 900}, locale="zh-CN", is_mobile=width < 600, base_url=address
        )
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}])
        self.page: Page = context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", self._failed)
        self.page.on("request", self._asked)
        self.page.on("requestfinished", self._answered)
        self.page.on("requestfailed", self._answered)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"{message.type}: {message.text}")

    def _failed(self, error: Error) -> None:
        self.faults.append(f"error: {error}")

    def _asked(self, request: Request) -> None:
        self.under_way.add(request)
        if urlsplit(request.url).scheme in ("http", "https") and not request.url.startswith(self.address):
            self.faults.append(f"another host: {request.url}")

    def _answered(self, request: Request) -> None:
        self.under_way.discard(request)

    def open(self, path: str) -> None:
        answer = self.page.goto(path)
        self.settle()
        if answer is None or answer.status != 200:
            self.faults.append(f"{path}: status {answer and answer.status}")
        self.measure(path)

    def settle(self) -> None:
        """Until the page has nothing to do and nothing to fetch; "networkidle" waits half a second more every time."""
        self.page.evaluate(IDLE)
        while self.under_way:
            self.page.wait_for_timeout(5)
            self.page.evaluate(IDLE)

    def measure(self, path: str) -> None:
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        if wide > self.width:
            self.faults.append(f"{path}: {wide} px wide in a window of {self.width}")

    def resize(self, width: int) -> None:
        self.width = width
        self.page.set_viewport_size({"width": width, "height": 900})

    def keep(self, name: str) -> None:
        if SCREENSHOTS:
            folder = Path(SCREENSHOTS)
            folder.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=folder / f"{name}-{self.width}.png", full_page=True)

    def entries(self) -> list[str]:
        links = self.page.locator(".nav a").all()
        return [urlsplit(link.get_attribute("href") or "").path for link in links]


@pytest.mark.parametrize("reader", READERS)
def test_every_entry_of_the_navigation(live_server, browser, world, reader):
    visit = Visit(browser, live_server.url, world.people[reader], WIDTHS[0])
    visit.open("/")
    entries = visit.entries()
    assert {"/", "/scores/mine/", "/ranking/"} <= set(entries)
    for path in entries:
        visit.resize(WIDTHS[0])
        visit.open(path)
        for width in WIDTHS:
            visit.resize(width)
            visit.measure(path)
            visit.keep(f"{reader}{path.replace('/', '-').rstrip('-')}")
    assert visit.faults == []


def test_from_the_ranking_to_the_last_input(live_server, browser, world):
    visit = Visit(browser, live_server.url, world.people["office"], 1440)
    visit.open("/ranking/?quarter=2023Q1")
    visit.page.get_by_role("link", name="bert").click()
    visit.page.wait_for_url("**/scores/*/")
    assert visit.page.get_by_text("4.00 − 2 次 × 0.5").is_visible()
    visit.page.get_by_role("link", name="head").click()
    assert visit.page.get_by_role("heading", name="head 2023年一季度总分 86.25").is_visible()
    assert visit.faults == []


def test_a_choice_in_the_filter_answers_at_once(live_server, browser, world):
    visit = Visit(browser, live_server.url, world.people["office"], 1440)
    visit.open("/ranking/?quarter=2023Q1")
    visit.page.get_by_label("部门").select_option("XSA")
    visit.page.wait_for_url("**department=XSA**")
    assert visit.page.locator(".table-ranking tbody tr").count() == 3
    assert visit.faults == []


def test_the_report_is_downloaded(live_server, browser, world):
    visit = Visit(browser, live_server.url, world.people["office"], 1440)
    visit.open("/ranking/?quarter=2023Q1")
    with visit.page.expect_download() as download:
        visit.page.get_by_role("button", name="导出得分表").click()
    assert download.value.suggested_filename == "XS县税务局得分2023Q1.xlsx"
    assert visit.faults == []
