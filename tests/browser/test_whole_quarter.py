"""One whole quarter of a small bureau, from the first account to the exports, driven through pages by its people.

By rows come only the bureau, its rank categories and its administrator; what the clock would do is called as the
clock's own task. Everything else somebody does who would do it, signed in, on a page, on the day on which it is due.

The scores by hand (scoring.md §3; 高 counts 1.6 in this bureau's scheme; the departments have 92 and 89, mean 90.50):

- Anna: C = 30 · 3.50 / 4 = 26.25, I = 60 · 4.85 / 5 = 58.20, K = 2 · 1.6 · 0.95 = 3.04, L = 0.1 · 1.50 = 0.15,
  together 87.64; after her appeal C = 30 · 4.00 / 4 = 30.00, together 91.39.
- Bert: C = 30.00, I = 60 · 4.50 / 5 = 54.00, K = 1.5 · 1.2 · 1 = 1.80, L = 0.15, together 85.95.
- The administrator: C = 30.00 in a department without a score; corrected to that of Anna and Bert, 30.15.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import LONG
from tests.browser.people import World, step
from tests.browser.quarter_begins import libraries, market, organize, take
from tests.browser.quarter_ends import appeal, bulletin, correct, exports, publish, score, stars
from tests.browser.quarter_runs import results, rosters, showings, warnings

pytestmark = pytest.mark.browser

STEPS = [
    organize, libraries, take, market, showings, warnings, results, rosters,
    score, appeal, publish, correct, stars, bulletin, exports,
]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_one_whole_quarter(live_server: Any, browser: Browser, settings: Any) -> None:
    settings.DEBUG = True  # static files come from where they lie
    settings.SESSION_COOKIE_AGE = LONG  # everybody signs in once; how sessions end is tested elsewhere
    world = World(browser, live_server.url)
    try:
        for act in STEPS:
            with step(act.__name__):
                act(world)
            assert world.faults() == []
    finally:
        world.clock.stop()
