"""五星 in a real browser: nominated, voted for on a phone without a trace of the choice, and a certificate that verifies."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect

from awards.models import BallotCast, Nomination
from organization.models import Bureau
from tests.awards.honours import make_star
from tests.awards.stars import BALLOT_FROM, DEEDS, OPENED, Contest, make_contest
from tests.browser.visiting import Visit
from tests.factories import make_bureau, make_employee

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def contest(settings: Any) -> Contest:
    settings.DEBUG = True  # static files come from where they lie
    made = make_contest(is_demo=True, stands_on=OPENED)
    made.open()
    return made


def test_a_head_nominates(live_server: Any, browser: Browser, contest: Contest) -> None:
    visit = Visit(browser, live_server.url, contest.people["head"], 1440)
    visit.open(reverse("awards:selection", args=[contest.selection.pk]))
    page = visit.page
    page.get_by_role("link", name="提名", exact=True).click()
    page.get_by_label("星级").select_option(str(contest.star().pk))
    page.get_by_label("干部").select_option(label="a2（A股）")
    page.get_by_label("事迹").fill("认真")
    page.get_by_role("button", name="提名", exact=True).click()
    expect(page.locator("#id_deeds_error")).to_be_visible()
    expect(page.get_by_label("干部").locator("option:checked")).to_have_text("a2（A股）")
    page.get_by_label("事迹").fill(DEEDS)
    page.get_by_role("button", name="提名", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 人获得提名")
    expect(page.locator(".star-card", has_text=DEEDS)).to_contain_text("head提名")
    visit.keep("nominations")
    assert Nomination.objects.get().employee == contest.people["a2"]
    assert [fault for fault in visit.faults if "422" not in fault] == []  # the browser notes the refusal


def test_a_ballot_on_a_phone_is_never_repeated_and_counts_after_the_close(
    live_server: Any, browser: Browser, contest: Contest
) -> None:
    for name in ("a1", "a2", "a3"):
        contest.nominate(name)
    contest.nominate("a1", "learning")
    selection = contest.open_ballot()
    Bureau.objects.update(stands_on=BALLOT_FROM)
    for voter, names in {"a6": ("a1", "a2"), "a7": ("a1", "a3"), "a8": ("a1", "a2"), "b1": ("a2",)}.items():
        contest.vote(voter, *names)

    visit = Visit(browser, live_server.url, contest.people["a5"], 390)
    visit.open(reverse("awards:selection", args=[selection.pk]))
    page, shares = visit.page, visit.page.locator(".nominee-row .num")
    expect(shares).to_have_count(0)
    page.get_by_role("link", name="去投票").click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("敬业之星：最多选 2 人")
    page.get_by_label("a1").check()
    page.get_by_label("a3").check()
    visit.keep("ballot")
    page.get_by_role("button", name="投票").click()
    expect(page.locator("[data-confirm-dialog]")).to_contain_text("投出后不能查看也不能更改")
    page.locator("[data-confirm-yes]").click()
    expect(heading).to_have_text("学习之星：最多选 2 人")
    expect(page.locator("[data-toast]")).to_have_text("选票已投出，还有 1 颗星。")
    assert page.url.endswith(reverse("awards:ballot-star", args=[selection.pk, "learning"]))
    page.go_back()
    expect(heading).to_have_text("敬业之星：您已投票")
    expect(page.get_by_role("checkbox")).to_have_count(0)
    assert "a3" not in page.locator("main").inner_text()
    page.get_by_role("link", name="继续").click()
    page.get_by_label("弃权：这颗星谁也不选").check()
    page.get_by_role("button", name="投票").click()
    page.locator("[data-confirm-yes]").click()
    expect(page.locator("#turnout + p, .good").last).to_contain_text("您的选票已全部投出")
    expect(shares).to_have_count(0)
    assert BallotCast.objects.filter(voter__employee=contest.people["a5"]).count() == 2

    contest.close()
    page.reload()
    expect(heading).to_have_text("投票已经结束，等待委员会审定")
    star = page.get_by_role("article", name="敬业之星")
    expect(star.locator(".nominee-row b")).to_have_text(["a1", "a2", "a3"])
    expect(star.locator(".nominee-row .num")).to_have_text(["80.00", "60.00", "40.00"])
    visit.keep("stars-counted")
    assert visit.faults == []


def test_a_star_hangs_on_the_wall_and_its_certificate_verifies(
    live_server: Any, browser: Browser, settings: Any
) -> None:
    settings.DEBUG = True  # static files come from where they lie
    anna = make_employee(make_bureau(), "201", name="安娜")
    award = make_star(anna)
    visit = Visit(browser, live_server.url, anna, 390)
    visit.open(reverse("awards:wall"))
    page = visit.page
    expect(page.locator("ul.wall > li")).to_have_count(1)
    visit.keep("wall")
    page.get_by_role("link", name="安娜", exact=True).click()
    expect(page.locator(".deed")).to_contain_text(award.serial)
    certificate = page.get_by_role("link", name="打印证书")
    certificate.evaluate("link => link.setAttribute('download', '')")  # a window for PDF is the browser's own affair
    with page.expect_download() as download:
        certificate.click()
    assert download.value.suggested_filename == f"荣誉证书 {award.serial} 安娜.pdf"
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    assert visit.faults == []

    stranger = browser.new_context(base_url=live_server.url, viewport={"width": 390, "height": 844}).new_page()
    stranger.goto(reverse("awards:verify", args=[award.token]))
    expect(stranger.get_by_role("heading", level=1)).to_have_text("证书有效")
    facts = stranger.locator(".facts dd")
    expect(facts).to_have_text(["安娜", "敬业之星", "2023年一季度", "XS县税务局"])
    answer = stranger.goto(reverse("awards:verify", args=["x" * 43]))
    assert answer is not None
    assert answer.status == 404
    expect(stranger.get_by_role("heading", level=1)).to_have_text("查不到这张证书")
    assert stranger.evaluate("document.documentElement.scrollWidth") <= 390
