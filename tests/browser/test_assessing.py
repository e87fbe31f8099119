"""The assessor's desk in a real browser: rows open beside the queue, go one by one, together, or back with a reason."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect

from indicators.models import Result, ResultOpening
from tests.browser.visiting import Visit
from tests.factories import make_employee
from tests.indicators.test_assessing import House

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
State = Result.State


@pytest.fixture
def rows(settings: Any) -> tuple[House, list[Result]]:
    settings.DEBUG = True  # static files come from where they lie
    house = House()
    people = [
        make_employee(house.bureau, f"3{number}", name=name, department=house.own)
        for number, name in enumerate("甲乙丙丁")
    ]
    return house, [house.result(person, points=4) for person in people]


def states() -> list[str]:
    return list(Result.objects.order_by("employee__number").values_list("state", flat=True))


def test_open_confirm_tick_and_return(live_server: Any, browser: Browser, rows: tuple[House, list[Result]]) -> None:
    house, results = rows
    visit = Visit(browser, live_server.url, house.assessor, 1440)
    visit.open(f"{reverse('indicators:assess')}?step=confirm")
    page, panel = visit.page, visit.page.locator("#opened")
    line = [page.locator(f"#row-{result.pk}") for result in results]
    expect(page.get_by_role("heading", level=1)).to_have_text("4 条结果待您确认")
    expect(line[0].locator(".tick")).to_be_disabled()

    line[0].click()
    expect(panel).to_contain_text("其他 3 人平均 4.00 分")
    expect(line[0].locator(".tick")).to_be_enabled()
    visit.keep("assess-open")
    panel.get_by_role("button", name="确认").click()
    expect(panel.locator("article")).to_have_attribute("data-result", str(results[1].pk))  # the next one opens itself
    expect(page.locator("[data-toast]")).to_contain_text("已确认，计入得分")
    expect(line[0]).to_contain_text("已确认")
    expect(page.get_by_role("heading", level=1)).to_have_text("3 条结果待您确认")
    expect(page.locator(".tabs .count")).to_have_text(["0", "3", "0"])
    assert states() == [State.CONFIRMED, State.REVIEWED, State.REVIEWED, State.REVIEWED]

    panel.get_by_text("退回改正").click()
    panel.get_by_role("button", name="退回", exact=True).click()
    expect(panel).to_contain_text("请选择常用理由，或写明退回的理由")
    panel.get_by_label("常用理由").select_option(index=1)
    panel.get_by_role("button", name="退回", exact=True).click()
    expect(panel.locator("article")).to_have_attribute("data-result", str(results[2].pk))
    assert states()[1] == State.RETURNED

    page.locator("body").press("ArrowDown")
    expect(panel.locator("article")).to_have_attribute("data-result", str(results[3].pk))
    line[2].locator(".tick").check()
    line[3].locator(".tick").check()
    page.get_by_role("button", name="确认所选 2").click()
    expect(page.locator("[data-confirm-dialog]")).to_contain_text("所选 2 条都已打开核对")
    page.locator("[data-confirm-yes]").click()
    expect(page.locator("[data-toast]")).to_contain_text("已确认 2 条")
    expect(page.get_by_role("heading", level=1)).to_have_text("没有待确认的结果")
    assert states() == [State.CONFIRMED, State.RETURNED, State.CONFIRMED, State.CONFIRMED]
    assert ResultOpening.objects.count() == 4
    assert [
        fault for fault in visit.faults if "422" not in fault
    ] == []  # the browser notes every answer that is a refusal


def test_on_a_phone_a_row_is_a_page(live_server: Any, browser: Browser, rows: tuple[House, list[Result]]) -> None:
    house, results = rows
    visit = Visit(browser, live_server.url, house.assessor, 390)
    visit.open(f"{reverse('indicators:assess')}?step=confirm")
    visit.page.locator(f"#row-{results[0].pk} a").click()
    visit.page.wait_for_url(f"**/results/{results[0].pk}/**")
    visit.keep("assess-result")
    visit.page.get_by_role("button", name="确认", exact=True).click()
    visit.page.wait_for_url(f"**/results/{results[1].pk}/**")
    expect(visit.page.get_by_role("heading", level=1)).to_contain_text("乙 K001")
    assert states()[0] == State.CONFIRMED
    assert visit.faults == []
