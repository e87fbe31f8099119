"""Bureaus and branches have long names; no page is wider than its window for them, also on the narrowest phones."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from organization.models import Bureau, PartyBranch
from tests.browser.visiting import Visit
from tests.reports.bridge import make_bridge
from tests.reports.land import make_land

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "江南省澄江市国家级经济技术开发区（自由贸易试验区）税务局暨涉税违法举报中心"


@pytest.fixture(autouse=True)
def _static_files(settings: Any) -> None:
    settings.DEBUG = True  # they come from where they lie


@pytest.mark.parametrize("width", [1440, 360])
def test_bureaus_side_by_side(live_server: Any, browser: Browser, width: int) -> None:
    land = make_land()
    Bureau.objects.update(name=LONG)
    visit = Visit(browser, live_server.url, land.readers["office"], width)
    visit.open("/upward/")
    assert visit.faults == []


def test_branches_in_the_cockpit(live_server: Any, browser: Browser) -> None:
    world = make_bridge()
    PartyBranch.objects.update(name="法制与收入核算联合党支部")
    visit = Visit(browser, live_server.url, world.people["director"], 360)
    visit.open("/dashboard/")
    assert visit.faults == []
