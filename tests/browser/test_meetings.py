"""讲评会 in a real browser: an explanation is kept in its row, and the wall goes through the agenda by keys."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect

from reviews.models import ReviewMeeting
from tests.browser.visiting import Visit
from tests.reviews.meetings import BEGAN, Hall, make_hall

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def hall(settings: Any) -> Hall:
    settings.DEBUG = True  # static files come from where they lie
    made = make_hall()
    made.at(BEGAN)
    return made


@pytest.fixture
def meeting(hall: Hall) -> ReviewMeeting:
    return hall.prepare()


@pytest.mark.parametrize("width", [1440, 390])
def test_an_explanation_is_kept_in_its_row(
    live_server: Any, browser: Browser, hall: Hall, meeting: ReviewMeeting, width: int
) -> None:
    lost, other = hall.lost(meeting, "A", "K1"), hall.lost(meeting, "A", "K2")
    visit = Visit(browser, live_server.url, hall.people["head"], width)
    visit.open(reverse("reviews:meeting-explanations", args=[meeting.pk]))
    page, row = visit.page, visit.page.locator(f"#loss{lost.pk}")
    page.locator(f"#loss{other.pk}").get_by_label("原因").evaluate("field => { field.dataset.stays = 'yes'; }")
    row.get_by_label("原因").fill("佐证传得晚")
    row.get_by_label("原因").press("Tab")
    expect(row).to_contain_text("未填完")
    expect(row.get_by_label("整改措施")).to_be_focused()  # saving takes the cursor from nobody
    row.get_by_label("整改措施").fill("当天传佐证")
    row.get_by_label("整改措施").press("Tab")
    expect(row).to_contain_text("已说明")
    expect(row).to_contain_text("head · ")
    expect(page.locator("[data-stays]")).to_have_count(1)  # the page was not drawn anew
    visit.keep("explanations")
    lost.refresh_from_db()
    assert (lost.cause, lost.measure) == ("佐证传得晚", "当天传佐证")
    assert lost.filled_at
    assert visit.faults == []


def test_the_wall_goes_through_the_agenda_by_keys(
    live_server: Any, browser: Browser, hall: Hall, meeting: ReviewMeeting
) -> None:
    hall.explain(hall.lost(meeting, "A", "K1"), cause="佐证传得晚")
    titles = list(meeting.agenda.values_list("title", flat=True))
    visit = Visit(browser, live_server.url, hall.people["office"], 1440)
    visit.open(reverse("reviews:meeting-show", args=[meeting.pk]))
    page, place = visit.page, visit.page.locator(".wall-at")
    expect(place).to_contain_text(f"1 / {len(titles)}")
    page.keyboard.press("ArrowLeft")
    for key, at in (("ArrowRight", 2), ("PageDown", 3), ("ArrowLeft", 2)):
        page.keyboard.press(key)
        expect(place).to_contain_text(f"{at} / {len(titles)}")
        expect(page.get_by_role("heading", level=1)).to_have_text(titles[at - 1])
    expect(page.locator(".wall-table")).to_contain_text("佐证传得晚")
    visit.keep("meeting-wall")
    page.keyboard.press("Escape")
    page.wait_for_url(f"**{reverse('reviews:meeting', args=[meeting.pk])}")
    assert visit.faults == []
