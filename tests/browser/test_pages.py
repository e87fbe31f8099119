"""Every page of the navigation, opened as every role in a real browser, wide and narrow.

No complaint in the console (a refused style or script is one), no request to another host, no page wider than its
window.
"""

from __future__ import annotations

import pytest

from tests.browser.visiting import Visit
from tests.reports.world import World, add_quarter, make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTHS = (1440, 390)
READERS = ("director", "deputy", "office", "discipline", "head", "anna", "admin")


@pytest.fixture
def world(settings) -> World:
    settings.DEBUG = True  # static files come from where they lie
    world = make_world()
    add_quarter(world, "2023Q2", {"anna": 2}, state="collecting")
    return world


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
