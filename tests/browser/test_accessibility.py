"""axe-core finds no serious fault on what opens only while something goes on; `test_every_page.py` looks at the rest.

And the keyboard alone is enough: it skips the navigation, keeps its place in the filters and is caught by dialogs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page

from organization.models import Employee
from tests.browser.scenes import SCENES, Look
from tests.browser.visiting import Visit
from tests.reports.world import World, add_quarter, make_world

AXE = Path(settings.BASE_DIR, "node_modules", "axe-core", "axe.min.js")
NEEDS_AXE = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not AXE.is_file(), reason="axe-core comes with npm ci"),
]
pytestmark = NEEDS_AXE
FAULTS = """
async contrast => {
  const runOnly = { type: "tag", values: ["wcag2a", "wcag2aa"] };
  const rules = { "color-contrast": { enabled: contrast } };
  const { violations } = await axe.run(document, { runOnly, rules, resultTypes: ["violations"], preload: false });
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
}
"""
FOCUS = "() => document.activeElement.id || document.activeElement.tagName"
WIDTHS = (1440, 390, 360)


@pytest.fixture
def world(settings: Any) -> World:
    settings.DEBUG = True  # static files come from where they lie
    world = make_world()
    add_quarter(world, "2023Q2", {"anna": 2}, state="collecting")
    return world


@pytest.fixture
def signed_in(browser: Browser, live_server: Any, world: World) -> Iterator[Callable[[str], Page]]:
    """One window for the whole test; signing in as somebody else changes its cookie."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN", base_url=live_server.url)
    page = context.new_page()

    def sign_in(who: str) -> Page:
        client = Client()
        client.force_login(world.people[who])
        value = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])
        return page

    yield sign_in
    context.close()


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_no_page_on_the_way_has_a_fault(
    browser: Browser, live_server: Any, settings: Any, scene: Callable[[], Iterator[Look]]
) -> None:
    """What the navigation does not reach with an empty bureau: also nothing in the console, and no width overflown."""
    settings.DEBUG = True  # static files come from where they lie
    axe = AXE.read_text(encoding="utf-8")
    faults: list[str] = []
    visits: dict[Employee, Visit] = {}
    for person, path in scene():
        if person not in visits:
            visits[person] = Visit(browser, live_server.url, person, WIDTHS[0])
        visit = visits[person]
        answer = visit.page.goto(path)
        if answer is None or answer.status != 200:
            faults.append(f"{path}: status {answer and answer.status}")
        for width in WIDTHS:
            visit.resize(width)
            visit.measure(path)
        faults += [f"{path}: {fault}" for fault in visit.faults]
        for width in WIDTHS[:2]:
            visit.resize(width)
            visit.page.evaluate(axe)
            faults += [f"{path} at {width}: {fault}" for fault in visit.page.evaluate(FAULTS, True)]
        visit.faults.clear()  # axe sets styles of its own, which the page's policy reports
    assert faults == []


def test_the_keyboard_alone(signed_in):
    page = signed_in("office")
    page.goto("/ranking/?quarter=2023Q1")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate(FOCUS) == "main"
    page.get_by_label("部门").focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_url("**department=**")
    assert page.evaluate(FOCUS) == "id_department"
    page.get_by_role("link", name="bert").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/scores/*/")

    page.goto("/quarters/2023Q2/")
    opener = page.get_by_role("button", name="进入审核", exact=True)
    opener.focus()
    page.keyboard.press("Enter")
    box = page.locator("dialog[open]")
    box.wait_for()
    for _press in range(6):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    box.wait_for(state="detached")
    assert opener.evaluate("button => button === document.activeElement")
    assert page.get_by_text("采集", exact=True).first.is_visible()


def test_the_drawer_of_a_phone(signed_in):
    page = signed_in("anna")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/")
    toggle = page.locator("[data-nav-toggle]")
    toggle.focus()
    page.keyboard.press("Enter")
    assert toggle.get_attribute("aria-expanded") == "true"
    assert page.evaluate("!!document.activeElement.closest('#side')")
    page.keyboard.press("Escape")
    assert toggle.get_attribute("aria-expanded") == "false"
    assert toggle.evaluate("button => button === document.activeElement")
