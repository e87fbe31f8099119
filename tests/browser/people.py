"""The people of a small bureau at their browsers: each signs in, reads, types and presses as a person would.

The clock is moved for the whole process (time-machine), so that pages, sessions and jobs all stand on the same day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import time_machine
from playwright.sync_api import Browser, Error, Locator, Page, expect

from tests.browser.visiting import IDLE, Watched
from tests.factories import ZONE

PASSWORD = "Kao-Ping-361"  # what everybody of the test chooses after the initial one
PATIENCE = 60_000  # milliseconds; a machine with other work is slow, not wrong
PEOPLE = {
    "admin": ("101", "管理"),
    "office": ("102", "纪小效"),
    "director": ("103", "局长"),
    "deputy": ("104", "丁副局"),
    "head": ("105", "石股长"),
    "liaison": ("106", "连络"),
    "anna": ("107", "安娜"),
    "bert": ("108", "包力"),
    "assessor": ("109", "考股长"),
}


class Clock:
    """The day and hour on which everything stands; it goes on ticking from there."""

    def __init__(self) -> None:
        self._travel: Any = None

    def to(self, when: str) -> None:
        """`2023-04-03 09:00` in Shanghai."""
        self.stop()
        self._travel = time_machine.travel(datetime.fromisoformat(when).replace(tzinfo=ZONE), tick=True)
        self._travel.start()

    def stop(self) -> None:
        if self._travel is not None:
            self._travel.stop()
            self._travel = None


class Person(Watched):
    """Somebody at an own browser; how often they pressed is kept in `clicks`."""

    def __init__(self, browser: Browser, address: str, number: str, name: str, password: str = PASSWORD) -> None:
        self.number, self.name, self.password = number, name, password
        self.clicks = 0
        context = browser.new_context(
            viewport={"width": 1440, "height": 900}, locale="zh-CN", timezone_id="Asia/Shanghai", base_url=address
        )
        context.set_default_timeout(PATIENCE)
        super().__init__(context.new_page(), address)

    def note(self, fault: str) -> None:
        super().note(f"{self.name} on {self.page.url}: {fault}")

    def open(self, path: str) -> Page:
        """The page, signed in: whoever has been away for long is asked for the password again."""
        self.page.goto(path)
        if urlsplit(self.page.url).path == "/login/":
            self.sign_in()
        return self.page

    def sign_in(self) -> None:
        self.page.get_by_label("工号").fill(self.number)
        self.page.get_by_label("密码").fill(self.password)
        self.page.get_by_role("button", name="登录", exact=True).click()
        self.settle()

    def choose_password(self, initial: str) -> None:
        """The first sign-in: an initial password opens nothing but the page for a new one."""
        self.page.goto("/login/")
        self.page.get_by_label("工号").fill(self.number)
        self.page.get_by_label("密码").fill(initial)
        self.press("登录")
        self.page.locator("[name=old_password]").fill(initial)
        self.page.locator("[name=new_password1]").fill(self.password)
        self.page.locator("[name=new_password2]").fill(self.password)
        self.press("保存新密码")

    def field(self, label: str) -> Locator:
        """By its label, with or without the star of what is required."""
        return self.page.get_by_label(re.compile(rf"^\s*{re.escape(label)}\s*\*?\s*$")).first

    def fill(self, label: str, value: str) -> None:
        self.field(label).fill(value)

    def choose(self, label: str, option: str) -> None:
        self.field(label).select_option(label=option)

    def follow(self, name: str, within: Locator | None = None) -> None:
        self.clicks += 1
        (within or self.page).get_by_role("link", name=name, exact=True).first.click()
        self.settle()

    def press(self, name: str | re.Pattern[str], within: Locator | None = None) -> None:
        """Presses the button, and says yes where the page asks again."""
        self.clicks += 1
        button = (within or self.page).get_by_role("button", name=name, exact=isinstance(name, str)).first
        asks = button.evaluate("button => Boolean(button.closest('[data-confirm]'))")
        button.click()
        if asks:
            self.clicks += 1
            self.page.locator("[data-confirm-yes]").click()
        self.settle()

    def settle(self) -> None:
        """Until what a click set off has come back; a page that makes way for the next one is asked again."""
        self.page.wait_for_timeout(20)
        for _again in range(4000):
            try:
                self.page.evaluate(IDLE)
            except Error:
                self.page.wait_for_timeout(5)
            else:
                if not self.under_way:
                    return
            self.page.wait_for_timeout(5)
        raise AssertionError([request.url for request in self.under_way])

    def does(self, duty: str) -> None:
        """Opens the to-do centre and follows one of its lines to where it is done."""
        self.open("/todo/")
        self.follow(duty)

    def owes_no_more(self, duty: str) -> None:
        self.open("/todo/")
        expect(self.page.locator("main")).not_to_contain_text(duty, timeout=PATIENCE)

    def sees(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.locator("body")).to_contain_text(text, timeout=PATIENCE)

    def heading(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(text, timeout=PATIENCE)

    def told(self, text: str) -> None:
        expect(self.page.locator("[data-toast]", has_text=text).first).to_be_visible(timeout=PATIENCE)

    def download(self, trigger: Locator, *, asks: bool = False) -> BytesIO:
        """The file that a link or a button brings."""
        self.clicks += 1
        with self.page.expect_download() as download:
            trigger.click()
            if asks:
                self.page.locator("[data-confirm-yes]").click()
        return BytesIO(download.value.path().read_bytes())


class World:
    """The people of the bureau and the clock that they all live by."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.clock = Clock()
        self.people = {key: Person(browser, address, *who) for key, who in PEOPLE.items()}
        self.last = self.people["admin"]

    def __getitem__(self, key: str) -> Person:
        self.last = self.people[key]
        return self.last

    def faults(self) -> list[str]:
        return [fault for person in self.people.values() for fault in person.faults]


@contextmanager
def step(name: str) -> Iterator[None]:
    """Names the act in the report of a failure: `公示: …`."""
    try:
        yield
    except Exception as fault:
        fault.add_note(f"step: {name}")
        raise
