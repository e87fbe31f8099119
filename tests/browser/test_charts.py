"""The charts of `/_ui/` and of the ranking: drawn to the width, told under the pointer, grey on paper, light to fetch."""

from __future__ import annotations

import gzip
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import include, path
from playwright.sync_api import Browser, Error, Response, expect

import perfmgmt.urls
from tests.browser.visiting import Visit
from tests.reports.world import World, make_world
from tests.weight import FIRST_VISIT

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.browser.test_charts"),
]
urlpatterns = [path("_ui/", include("common.ui.urls")), *perfmgmt.urls.urlpatterns]  # `/_ui/` exists with DEBUG only
handler404 = perfmgmt.urls.handler404
KINDS = {"histogram": 16, "bars": 6, "slope": 8, "multiples": 24}  # figures in the samples
CLIPPED = """svg => {
  const box = svg.getBoundingClientRect();
  return [...svg.querySelectorAll("text")].map(one => [one.textContent, one.getBoundingClientRect()])
    .filter(([, at]) => at.left < box.left - 2 || at.right > box.right + 2 || at.bottom > box.bottom + 2).map(([text]) => text);
}"""


@pytest.fixture
def world(settings: Any) -> World:
    settings.DEBUG = True  # static files come from where they lie
    return make_world()


@pytest.mark.parametrize("width", [1440, 390])
def test_every_kind_is_drawn_and_told(live_server: Any, browser: Browser, world: World, width: int) -> None:
    visit = Visit(browser, live_server.url, world.people["office"], width)
    visit.open("/_ui/")
    for kind, figures in KINDS.items():
        box = visit.page.locator(f"#c-{kind}")
        expect(box.locator(".chart-mark")).to_have_count(figures)
        assert box.locator("svg").evaluate(CLIPPED) == []
    for kind, told in {"histogram": "80–82\n人数 31", "bars": "纳税服务股\n部门平均分 88.41"}.items():
        mark = visit.page.locator(f'#c-{kind} [data-tip="{told.replace(chr(10), chr(92) + "a ")}"]')
        mark.locator(".chart-area").hover(force=True)
        assert visit.page.locator(f"#c-{kind} .chart-tip").text_content() == told
        visit.page.keyboard.press("Escape")
        expect(visit.page.locator(".chart-tip")).to_have_count(0)
    assert visit.faults == []


def test_a_chart_follows_the_window_and_the_paper(live_server: Any, browser: Browser, world: World) -> None:
    visit = Visit(browser, live_server.url, world.people["office"], 1440)
    visit.open("/_ui/")
    drawing = visit.page.locator("#c-bars svg")
    wide = drawing.get_attribute("viewBox")
    visit.resize(390)
    expect(drawing).not_to_have_attribute("viewBox", wide or "")
    visit.page.emulate_media(media="print")
    fills = visit.page.eval_on_selector_all(
        ".chart-bar, .chart-column", "all => all.map(one => getComputedStyle(one).fill)"
    )
    shades = {tuple(re.findall(r"\d+", fill)) for fill in fills}
    assert all(len(set(shade)) == 1 for shade in shades)
    assert len(shades) == 2  # one's own stands out on paper, too
    assert visit.faults == []


def test_all_that_the_browser_fetches_for_a_page_with_a_chart(live_server: Any, browser: Browser, world: World) -> None:
    client = Client()
    client.force_login(world.people["office"])
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108  # Playwright marks what it calls
    page.goto(f"{live_server.url}/ranking/?quarter=2023Q1", wait_until="networkidle")
    expect(page.locator(".chart svg")).to_have_count(1)
    assert sum(_sent(answer) for answer in answers) <= FIRST_VISIT


def _sent(answer: Response) -> int:
    try:
        return len(gzip.compress(answer.body()))
    except Error:  # a redirect has no body
        return 0
