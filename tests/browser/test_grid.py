"""The entry grid in a real browser, as a liaison uses it: typing, moving, pasting from Excel, mending, undoing, filtering."""

from __future__ import annotations

import re
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.urls import reverse
from playwright.sync_api import Browser, Locator, Page, expect

from indicators.models import Result
from indicators.services.entering import enter_result
from tests.browser.test_accessibility import FAULTS
from tests.browser.visiting import Visit
from tests.factories import make_bureau, make_department, make_employee, make_point, make_quarter, make_result

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TODAY = date(2023, 3, 1)
WITHIN = 8_000
PASTE = """text => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


class Desk:
    """Three people and four nodes; the last point is a tier, one result is confirmed and one was returned."""

    def __init__(self) -> None:
        self.bureau = make_bureau(is_demo=True, stands_on=TODAY)
        self.own, self.assessing = (make_department(self.bureau, code) for code in ("D01", "D02"))
        self.people = [
            make_employee(self.bureau, f"20{n}", department=self.own, name=name, roles=["liaison"] if n == 1 else [])
            for n, name in enumerate(("安娜", "包力", "陈思"), start=1)
        ]
        make_quarter(self.bureau)
        common: dict[str, Any] = {"library": "common", "assessor": self.assessing}
        self.points = [make_point(self.bureau, f"K00{n}", **common) for n in range(1, 4)]
        self.points.append(make_point(self.bureau, "K004", method="tier", **common))
        self.confirmed = make_result(self.people[2], self.points[0], value=0, points=4)
        make_result(self.people[1], self.points[0], value=3, state=Result.State.RETURNED, return_reason="缺佐证")

    def values(self) -> dict[str, str]:
        rows = Result.objects.values_list("employee__number", "point__code", "value", "tier")
        return {f"{number} {code}": tier or f"{value:f}" for number, code, value, tier in rows}


@pytest.fixture
def desk(settings: Any) -> Desk:
    settings.DEBUG = True  # static files come from where they lie
    return Desk()


def cell(page: Page, row: int, column: int) -> Locator:
    return page.locator(f"table[role=grid] tbody tr:nth-child({row}) td:nth-child({column + 1})")


def opened(live_server: Any, browser: Browser, desk: Desk, width: int = 1440) -> Visit:
    visit = Visit(browser, live_server.url, desk.people[0], width)
    visit.open(reverse("indicators:grid"))
    return visit


def test_typing_moving_and_mending(live_server: Any, browser: Browser, desk: Desk) -> None:
    visit = opened(live_server, browser, desk)
    page, state = visit.page, visit.page.locator("[data-grid-state]")
    cell(page, 1, 1).click()
    page.keyboard.type("2")
    page.keyboard.press("Tab")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    page.keyboard.type("1.5")
    page.keyboard.press("ArrowRight")
    expect(cell(page, 1, 1)).to_contain_text("3.00", timeout=WITHIN)
    expect(cell(page, 2, 2)).to_have_class(re.compile("is-error"), timeout=WITHIN)
    expect(state).to_contain_text("1 格没有保存")
    page.keyboard.press("ArrowLeft")
    line = page.locator(".grid-input")
    expect(line).to_be_focused()
    expect(line).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#grid-about")).to_contain_text("应当是整数")
    page.keyboard.press("F2")
    expect(line).to_have_value("1.5")
    page.keyboard.press("Escape")
    expect(cell(page, 2, 2)).to_contain_text("1.5")
    page.keyboard.type("0")
    page.keyboard.press("Enter")
    expect(cell(page, 2, 2)).to_contain_text("4.00", timeout=WITHIN)
    expect(cell(page, 2, 2)).not_to_have_class(re.compile("is-error"))
    cell(page, 1, 4).click()
    page.keyboard.type("2")  # the second tier
    page.keyboard.press("Enter")
    expect(cell(page, 1, 4)).to_have_text("良3.40", timeout=WITHIN)
    assert desk.values() == {
        "201 K001": "2", "201 K002": "1", "202 K002": "0", "201 K004": "良", "202 K001": "3", "203 K001": "0",
    }  # fmt: skip
    assert visit.faults == []


def test_what_is_closed_says_why(live_server: Any, browser: Browser, desk: Desk) -> None:
    visit = opened(live_server, browser, desk)
    page = visit.page
    cell(page, 3, 1).click()
    expect(page.locator(".grid-input")).to_have_attribute("readonly", "")
    expect(page.locator("#grid-about")).to_contain_text("已经确认，不能再改")
    page.keyboard.type("9")
    page.keyboard.press("Enter")
    expect(cell(page, 3, 1)).to_have_text("04.00")
    cell(page, 2, 1).click()
    expect(page.locator("#grid-about")).to_contain_text("缺佐证")
    assert visit.faults == []


def test_a_block_is_pasted_and_undone(live_server: Any, browser: Browser, desk: Desk) -> None:
    visit = opened(live_server, browser, desk)
    page = visit.page
    cell(page, 1, 1).click()
    page.evaluate(PASTE, '1\t2\t3\t优\r\n4\t5\tx\t"良"\r\n7\t8\t0\t差\t超出\r\n')
    expect(cell(page, 1, 4)).to_contain_text("4.00", timeout=WITHIN)
    expect(cell(page, 3, 4)).to_contain_text("2.00", timeout=WITHIN)
    expect(cell(page, 2, 3)).to_have_class(re.compile("is-error"))
    expect(cell(page, 3, 1)).to_have_text("04.00")  # confirmed: left out
    assert len(desk.values()) == 11
    page.keyboard.press("Control+z")
    expect(cell(page, 1, 1)).to_have_text("", timeout=WITHIN)
    expect(cell(page, 2, 1)).to_contain_text("3")
    expect(cell(page, 2, 3)).to_have_text("")
    expect(page.locator("[data-grid-state]")).to_contain_text("已保存", timeout=WITHIN)
    assert desk.values() == {"202 K001": "3", "203 K001": "0"}
    expect(page.locator("[data-undo]")).to_be_disabled()
    assert visit.faults == []


def test_a_colleagues_change_is_a_conflict_at_the_cell(live_server: Any, browser: Browser, desk: Desk) -> None:
    visit = opened(live_server, browser, desk)
    page = visit.page
    colleague = desk.people[1]
    given = Decimal(5)
    enter_result(employee=colleague, point=desk.points[1], period="2023Q1", actor=colleague, today=TODAY, value=given)
    cell(page, 2, 2).click()
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    expect(cell(page, 2, 2)).to_contain_text("5", timeout=WITHIN)
    cell(page, 2, 2).click()
    expect(page.locator("#grid-about")).to_contain_text("刚刚有人把这一格改成“5”")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    expect(cell(page, 2, 2)).to_contain_text("3.50", timeout=WITHIN)
    assert visit.faults == []


def test_a_filter_leaves_what_has_to_be_done(live_server: Any, browser: Browser, desk: Desk) -> None:
    visit = opened(live_server, browser, desk)
    page = visit.page
    page.get_by_role("button", name="已退回").click()
    expect(page.locator("table[role=grid] tbody tr:visible")).to_have_count(1)
    expect(page.locator("table[role=grid] thead th:visible")).to_have_count(2)
    page.get_by_role("button", name="没有填的").click()
    expect(page.locator("table[role=grid] tbody tr:visible")).to_have_count(3)
    page.get_by_role("button", name="全部").click()
    expect(page.locator("table[role=grid] thead th:visible")).to_have_count(5)
    assert visit.faults == []


def test_only_one_stop_of_the_keyboard_is_in_the_grid(live_server: Any, browser: Browser, desk: Desk) -> None:
    visit = opened(live_server, browser, desk)
    page = visit.page
    assert page.locator("table[role=grid] :is(input, button, [tabindex='0'])").count() == 1
    cell(page, 1, 1).click()
    for key in ("ArrowRight", "ArrowDown", "End", "Home", "Control+ArrowDown"):
        page.keyboard.press(key)
        expect(page.locator(".grid-input")).to_be_focused()
    expect(page.locator("td[aria-selected=true]")).to_have_count(1)
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    expect(page.locator("td[aria-selected=true]")).to_have_count(4)
    assert visit.faults == []
    axe = Path(project.BASE_DIR, "node_modules", "axe-core", "axe.min.js")
    if axe.is_file():  # it sets styles of its own, which the page's policy reports
        page.evaluate(axe.read_text())
        assert page.evaluate(FAULTS) == []


def test_a_phone_has_a_card_for_each_person(live_server: Any, browser: Browser, desk: Desk) -> None:
    visit = opened(live_server, browser, desk, 390)
    page = visit.page
    page.get_by_role("button", name="安娜").click()
    expect(page.get_by_role("button", name="安娜")).to_have_attribute("aria-expanded", "true")
    cell(page, 1, 1).click()
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(cell(page, 1, 1)).to_contain_text("3.00", timeout=WITHIN)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    visit.keep("grid")
    assert visit.faults == []


def test_forty_people_and_thirty_nodes_stay_quick(live_server: Any, browser: Browser, desk: Desk) -> None:
    for number in range(37):
        make_employee(desk.bureau, f"3{number:02d}", department=desk.own)
    for number in range(26):
        make_point(desk.bureau, f"P{number:02d}", library="common", assessor=desk.assessing)
    visit = opened(live_server, browser, desk)
    page = visit.page
    expect(page.locator("table[role=grid] tbody td")).to_have_count(1200)
    cell(page, 1, 5).click()
    took = page.evaluate(
        """() => {
          const begun = performance.now();
          for (let step = 0; step < 50; step += 1) {
            document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: step % 2 ? "ArrowDown" : "ArrowRight", bubbles: true, cancelable: true }));
          }
          return (performance.now() - begun) / 50;
        }"""
    )
    assert took < 50, took  # milliseconds for a step
    cell(page, 1, 5).click()
    begun = time.monotonic()
    page.evaluate(PASTE, "\n".join("\t".join(["1"] * 26) for _row in range(40)))
    expect(page.locator("[data-grid-state]")).to_contain_text("已保存 1040 格", timeout=30_000)
    assert time.monotonic() - begun < 30
    assert Result.objects.count() == 1042
    visit.keep("grid")
    assert visit.faults == []
