"""The market in a real browser: a claim of somebody else shows without a reload, the reader's own one with a toast.

Neither raises a complaint in the console, wide or narrow.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Route, expect

from tasks_market.models import Claim, Task
from tasks_market.services.claiming import claim_task
from tests.browser.visiting import Visit
from tests.factories import make_bureau, make_claim, make_department, make_employee, make_quarter, make_task

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WITHIN = 8_000
"""Milliseconds within which everybody's page has to follow: two polls on a busy machine."""


class Market:
    def __init__(self) -> None:
        now = timezone.now()
        self.bureau = make_bureau()
        self.deputy = make_employee(self.bureau, roles=["deputy_director"], name="丁副局")
        department = make_department(self.bureau, "D01", deputy=self.deputy)
        self.anna = make_employee(self.bureau, department=department, name="安娜")
        self.boris = make_employee(self.bureau, department=department, name="包力")
        quarter = make_quarter(self.bureau, "2023Q3")
        values: dict[str, Any] = {"quarter": quarter, "department": department, "due_at": now + timedelta(days=9)}
        values |= {"state": "posted", "announced": True, "posted_at": now, "claim_until": now + timedelta(days=2)}
        self.task = make_task(self.bureau, "T1", places=3, **values)
        self.untouched = make_task(self.bureau, "T2", places=2, **values)


@pytest.fixture
def market(settings: Any) -> Market:
    settings.DEBUG = True  # static files come from where they lie
    return Market()


@pytest.mark.parametrize("width", [1440, 390])
def test_everybodys_page_follows_a_claim(live_server: Any, browser: Browser, market: Market, width: int) -> None:
    visit = Visit(browser, live_server.url, market.anna, width)
    visit.open(reverse("tasks_market:board"))
    row = visit.page.locator(f"#task-{market.task.pk}")
    expect(row).to_contain_text("还剩 3 / 3 个名额")
    visit.page.locator(f"#worth-{market.task.pk} summary").click()
    claim_task(task=market.task, actor=market.boris, now=timezone.now())
    expect(row).to_contain_text("还剩 2 / 3 个名额", timeout=WITHIN)
    expect(row).to_have_class("task is-changed")
    expect(visit.page.locator(f"#task-{market.untouched.pk}")).to_have_class("task")
    expect(visit.page.locator(f"#worth-{market.task.pk}")).to_have_attribute("open", "")
    visit.page.locator(f"#worth-{market.task.pk} summary").click()
    _press_and_stay(visit, row, f"#task-{market.untouched.pk}")
    expect(visit.page.locator("[data-toast]")).to_contain_text("已抢到")
    expect(visit.page.locator("#market-lead")).to_contain_text("您手上有 1 项没有办结")
    visit.keep("market-board")
    assert Claim.objects.filter(task=market.task).count() == 2
    assert visit.faults == []


def _press_and_stay(visit: Visit, row: Locator, neighbour: str) -> None:
    """By keyboard: only the row changes, what lies below stays where it is, and the focus goes on from the button."""
    button = row.get_by_role("button", name="抢单")
    button.focus()
    place = visit.page.locator(neighbour).bounding_box()
    button.press("Enter")
    expect(row).to_contain_text("待开工")
    expect(row).to_have_class("task is-mine is-changed")
    expect(row.get_by_role("link", name="待开工")).to_be_focused()
    now = visit.page.locator(neighbour).bounding_box()
    assert place is not None
    assert now is not None
    assert abs(place["y"] - now["y"]) < 1


@pytest.mark.parametrize("width", [1440, 390])
def test_a_claim_that_reaches_the_limit_greys_the_others(
    live_server: Any, browser: Browser, market: Market, width: int
) -> None:
    for _number in range(2):
        make_claim(make_task(market.bureau, quarter=market.task.quarter), market.anna, state="held")
    visit = Visit(browser, live_server.url, market.anna, width)
    visit.open(reverse("tasks_market:board"))
    visit.page.locator(f"#task-{market.task.pk}").get_by_role("button", name="抢单").click()
    expect(visit.page.locator(f"#task-{market.untouched.pk}")).to_contain_text("同时承担以 3 项为限")
    expect(visit.page.locator(f"#task-{market.task.pk}").get_by_role("link", name="待开工")).to_be_focused()
    visit.keep("market-limit")
    assert visit.faults == []


@pytest.mark.parametrize("width", [1440, 390])
def test_the_task_page_follows_while_somebody_writes(
    live_server: Any, browser: Browser, market: Market, width: int
) -> None:
    """Who holds the places changes on the open page; the report that is being written stays, with its cursor."""
    own = make_claim(market.task, market.anna, state="started", started_at=timezone.now())
    visit = Visit(browser, live_server.url, market.anna, width)
    visit.open(reverse("tasks_market:task", args=["T1"]))
    visit.page.locator(f"#fold-hand_in-{own.pk} summary").click()
    report = visit.page.locator(f"#fold-hand_in-{own.pk} textarea")
    report.click()
    report.press_sequentially("已约谈三户")
    claim_task(task=Task.objects.get(pk=market.task.pk), actor=market.boris, now=timezone.now())
    expect(visit.page.locator("#held")).to_contain_text("2 人承担", timeout=3 * WITHIN)
    expect(visit.page.locator(".holders")).to_contain_text("包力")
    expect(visit.page.locator("#places")).to_contain_text("还剩 1 / 3 个名额")
    expect(report).to_have_value("已约谈三户")
    expect(report).to_be_focused()
    visit.keep("market-task-live")
    assert visit.faults == []


def test_the_working_follows_the_slider(live_server: Any, browser: Browser, market: Market) -> None:
    claim = make_claim(market.task, market.anna, state="handed_in", report="办结", handed_in_at=timezone.now())
    visit = Visit(browser, live_server.url, market.deputy, 1440)
    visit.open(reverse("tasks_market:task", args=["T1"]))
    visit.page.get_by_label("质量系数滑块").fill("0.5")
    expect(visit.page.locator(f"#accept-{claim.pk}-quality")).to_have_value("0.50")
    expect(visit.page.locator(f"#worth-of-{claim.pk}")).to_contain_text("质量 0.5 = 1.20")
    visit.page.get_by_label("验收意见").fill("基本完成")
    visit.page.get_by_role("button", name="验收通过").click()
    expect(visit.page.locator(f"#claim-{claim.pk}")).to_contain_text("得分 1.20")
    visit.keep("market-task")
    assert visit.faults == []


@pytest.mark.parametrize("width", [1440, 390])
def test_two_are_ticked_and_one_of_them_leads(live_server: Any, browser: Browser, market: Market, width: int) -> None:
    """On a phone the waiting tasks come first, the boxes can be pressed, and the button stays in sight."""
    Task.objects.filter(pk=market.task.pk).update(
        sharing="lead", state="closed", claim_until=timezone.now() - timedelta(minutes=1)
    )
    visit = Visit(browser, live_server.url, market.deputy, width)
    visit.open(reverse("tasks_market:assign"))
    waiting, candidates = visit.page.locator("#waiting"), visit.page.locator("#candidates")
    above = waiting.bounding_box()["y"] < candidates.bounding_box()["y"]
    assert above or width > 1100
    for name in ("安娜", "包力"):
        visit.page.get_by_label(f"选择{name}", exact=True).check()
    visit.page.get_by_label("由包力主办").check()
    expect(visit.page.get_by_role("button", name="派给选中的人")).to_be_in_viewport()
    visit.keep("market-assign")
    visit.page.get_by_role("button", name="派给选中的人").click()
    expect(visit.page.locator("[data-toast]")).to_contain_text("包力（主办）")
    assert dict(Claim.objects.values_list("employee__name", "part")) == {"安娜": "assistant", "包力": "lead"}
    assert visit.faults == []


def test_a_form_is_handed_in_once_whichever_of_its_buttons_are_pressed(
    live_server: Any, browser: Browser, market: Market
) -> None:
    """存为草拟 and 存并再拟一项 make a task each; the answer of the first is on its way when the second is pressed."""
    posts: list[str] = []

    def answer(route: Route) -> None:
        if route.request.method == "POST":
            posts.append(route.request.post_data or "")
            route.fulfill(status=204)  # leaves the browser where it is, as an answer that is slow to come does
        else:
            route.continue_()

    office = make_employee(market.bureau, roles=["office"])
    visit = Visit(browser, live_server.url, office, 1440)
    visit.open(reverse("tasks_market:new"))
    visit.page.route("**/drafts/new/", answer)
    form = visit.page.locator("main form")
    first, other = form.get_by_role("button", name="存为草拟"), form.get_by_role("button", name="存并再拟一项")
    for button in (first, other, first):
        button.dispatch_event("click")
        visit.page.wait_for_timeout(100)
    expect(first).to_be_disabled()
    assert len(posts) == 1
