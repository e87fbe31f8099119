"""谈心谈话 in a real browser: written, signed by both, and nothing at all for anybody else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect

from organization.models import Bureau
from reviews.models import Talk
from tests.browser.visiting import Visit
from tests.reviews.talks import TODAY, VIEW, WORDS, Village, make_village

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STRANGERS = ("colleague", "director", "office", "admin", "other_secretary")


@pytest.fixture
def village(settings: Any) -> Village:
    settings.DEBUG = True  # static files come from where they lie
    made = make_village()
    Bureau.objects.filter(pk=made.bureau.pk).update(is_demo=True, stands_on=TODAY)
    return made


def test_a_talk_from_the_first_word_to_the_second_signature(
    live_server: Any, browser: Browser, village: Village
) -> None:
    talker = Visit(browser, live_server.url, village["head"], 1440)
    talker.open(reverse("reviews:talks"))
    page = talker.page
    page.get_by_role("link", name="新的谈话").click()
    page.get_by_label("谈话对象").select_option(str(village["employee"].pk))
    page.get_by_label("地点").fill("谈话室")
    page.get_by_role("button", name="写谈话记录").click()
    words = page.get_by_label("肯定成绩")
    words.click()
    words.press_sequentially("窗口零诉")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#kept")).to_contain_text("已自动保存")
    expect(words).to_be_focused()
    page.keyboard.type("投")
    expect(words).to_have_value(WORDS["affirmation"])
    talk = Talk.objects.get()
    page.get_by_role("button", name="保存并核对").click()
    expect(page.locator(".form-foot")).to_contain_text("都写完才能签字")
    page.get_by_role("link", name="继续写").click()
    expect(words).to_have_value(WORDS["affirmation"])
    page.get_by_label("分析问题").fill(WORDS["analysis"])
    page.get_by_label("提出要求").fill(WORDS["requirements"])
    page.get_by_role("button", name="保存并核对").click()
    talker.keep("talk-draft")
    page.get_by_role("button", name="签字，送本人").click()
    expect(page.locator("[data-confirm-dialog]")).to_contain_text("送艾工签字")
    page.locator("[data-confirm-yes]").click()
    expect(page.locator(".signs")).to_contain_text("核对一致")

    other = Visit(browser, live_server.url, village["employee"], 390)
    other.open(reverse("reviews:talks"))
    page = other.page
    expect(page.get_by_role("heading", level=1)).to_have_text("1 份谈话记录待您签字")
    page.get_by_role("link", name="艾工").click()
    expect(page.locator(".sheet")).to_contain_text(WORDS["requirements"])
    page.get_by_label("本人意见").fill(VIEW)
    page.get_by_role("button", name="签字").click()
    page.locator("[data-confirm-yes]").click()
    expect(page.locator("[data-toast]")).to_contain_text("双方已签字")
    expect(page.locator(".signs").get_by_text("核对一致")).to_have_count(2)
    expect(page.get_by_role("button", name="签字")).to_have_count(0)
    other.keep("talk-signed")
    talk.refresh_from_db()
    assert (talk.state, talk.view) == (Talk.State.SIGNED, VIEW)
    assert talker.faults + other.faults == []

    for stranger in STRANGERS:
        sees_nothing(Visit(browser, live_server.url, village[stranger], 1440), talk)
    nobody = browser.new_context(base_url=live_server.url).new_page()
    nobody.goto(reverse("reviews:talk", args=[talk.pk]))
    expect(nobody).to_have_url(re.compile("/login/"))


def sees_nothing(visit: Visit, talk: Talk) -> None:
    """Neither the list nor the workbench nor the address tells that there was a talk."""
    page, telling = visit.page, ("艾工", "贺责", "1 份", *WORDS.values())
    for path in (reverse("reviews:talks"), reverse("home")):
        page.goto(path)
        shown = page.locator("main").inner_text()
        assert [word for word in telling if word in shown] == []
    answer = page.goto(reverse("reviews:talk", args=[talk.pk]))
    assert answer is not None
    assert answer.status == 404
    assert [fault for fault in visit.faults if "404" not in fault] == []
    visit.page.context.close()
