"""Browsers that note what goes wrong on their pages; with SCREENSHOTS=folder they keep pictures."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request

IDLE = "() => new Promise(done => requestAnimationFrame(() => requestIdleCallback(() => done())))"
SCREENSHOTS = os.environ.get("SCREENSHOTS", "")


class Watched:
    """A page of a browser. What goes wrong on it is kept in `faults`: a complaint in its console (a refused style or
    script is one), an error of a script, a request to another host."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.faults: list[str] = []
        self.under_way: set[Request] = set()
        page.on("console", self._heard)
        page.on("pageerror", self._failed)
        page.on("request", self._asked)
        page.on("requestfinished", self._answered)
        page.on("requestfailed", self._answered)

    def note(self, fault: str) -> None:
        self.faults.append(fault)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.note(message.text)

    def _failed(self, error: Error) -> None:
        self.note(str(error))

    def _asked(self, request: Request) -> None:
        self.under_way.add(request)
        if urlsplit(request.url).scheme in ("http", "https") and not request.url.startswith(self.address):
            self.note(f"another host {request.url}")

    def _answered(self, request: Request) -> None:
        self.under_way.discard(request)


class Visit(Watched):
    """A signed-in page in a window of some width."""

    def __init__(self, browser: Browser, address: str, person: object, width: int) -> None:
        self.width = width
        client = Client()
        client.force_login(person)
        context = browser.new_context(
            viewport={"width": width, "height": 900}, locale="zh-CN", is_mobile=width < 600, base_url=address
        )
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}])
        super().__init__(context.new_page(), address)

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
