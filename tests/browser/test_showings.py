"""三晒 in a real browser: what is typed is kept, the wall turns by keys, and ballots stay blind until the last one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from reviews.models import Participant, Rating, Showing, Statement
from scoring.services.scoring import score_quarter
from tests.browser.visiting import Visit
from tests.factories import make_point, make_quarter, make_result
from tests.reviews.rated import Rated, make_rated
from tests.reviews.showings import DAY, TEXTS, TODAY, Room, make_room

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SAVED = "**/statement/draft/"
CARET = "field => field.selectionStart"


@pytest.fixture
def room(settings: Any) -> Room:
    settings.DEBUG = True  # static files come from where they lie
    made = make_room()
    made.stand_on(TODAY)
    return made


@pytest.fixture
def rated(settings: Any) -> Rated:
    settings.DEBUG = True  # static files come from where they lie
    made = make_rated()
    made.draw()
    return made


def writing(visit: Visit, showing: Showing) -> Page:
    """The page of one's statement."""
    visit.open(reverse("reviews:statement", args=[showing.pk]))
    return visit.page


def agree(page: Page) -> None:
    page.locator("[data-confirm-yes]").click()


@pytest.mark.parametrize("width", [1440, 390])
def test_what_is_typed_is_kept_and_handed_in(live_server: Any, browser: Browser, room: Room, width: int) -> None:
    showing = room.schedule()
    visit = Visit(browser, live_server.url, room.people["bert"], width)
    page = writing(visit, showing)
    field, saved = page.locator("#id_achievements"), page.locator("#saved")
    field.click()
    field.press_sequentially("办结三件")
    page.keyboard.press("ArrowLeft")
    expect(saved).to_contain_text("已保存")
    expect(field).to_be_focused()
    assert field.evaluate(CARET) == 3
    with page.expect_response(SAVED):
        page.keyboard.type("十")
    expect(saved).to_contain_text("已保存")
    visit.keep("statement")
    page.reload()
    expect(field).to_have_value("办结三十件")
    assert Statement.objects.get().handed_in_at is None

    page.get_by_role("button", name="提交发言").click()
    expect(page.locator("#id_shortcomings_error")).to_contain_text("请写“晒不足”")
    expect(field).to_have_value("办结三十件")
    page.locator("#id_shortcomings").fill(TEXTS["shortcomings"])
    page.locator("#id_plans").fill(TEXTS["plans"])
    page.get_by_role("button", name="提交发言").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 / 4 人已提交发言")
    assert Statement.objects.get(handed_in_at__isnull=False).texts == TEXTS
    assert [fault for fault in visit.faults if "422" not in fault] == []  # the browser notes the refusal


def test_two_windows_offer_both_versions(live_server: Any, browser: Browser, room: Room) -> None:
    showing = room.schedule()
    visits = [Visit(browser, live_server.url, room.people["bert"], 1440) for _window in range(2)]
    first, second = (writing(visit, showing) for visit in visits)
    first.locator("#id_plans").fill("甲窗的打算")
    expect(first.locator("#saved")).to_contain_text("已保存")
    second.locator("#id_plans").fill("乙窗的打算")
    expect(second.locator("#saved")).to_contain_text("在别的窗口改过")
    assert Statement.objects.get().plans == "甲窗的打算"
    second.locator("#saved summary").click()
    expect(second.locator("#saved .paper", has_text="甲窗的打算")).to_be_visible()
    expect(second.locator("#id_plans")).to_have_value("乙窗的打算")
    second.get_by_role("button", name="以这里为准保存").click()
    expect(second.locator("#saved")).to_contain_text("已保存")
    assert Statement.objects.get().plans == "乙窗的打算"

    first.locator("#id_plans").fill("甲窗又改")
    first.get_by_role("link", name="用另一处的内容").click()
    expect(first.locator("#id_plans")).to_have_value("乙窗的打算")
    assert Statement.objects.get().plans == "乙窗的打算"
    assert [fault for visit in visits for fault in visit.faults if "409" not in fault] == []


def test_without_a_connection_it_is_tried_again(live_server: Any, browser: Browser, room: Room) -> None:
    showing = room.schedule()
    visit = Visit(browser, live_server.url, room.people["bert"], 390)
    visit.page.clock.install()
    page = writing(visit, showing)
    page.context.set_offline(True)
    page.locator("#id_plans").fill("下月清零")
    page.clock.fast_forward(2_000)
    expect(page.locator("#saved")).to_contain_text("没有保存，连接恢复后会自动再存")
    expect(page.locator("[data-toast]")).to_have_count(0)
    assert not Statement.objects.exists()
    page.context.set_offline(False)
    page.clock.fast_forward(6_000)
    expect(page.locator("#saved")).to_contain_text("已保存")
    expect(page.locator("#id_plans")).to_have_value("下月清零")
    assert Statement.objects.get().plans == "下月清零"
    expected = ("ERR_INTERNET_DISCONNECTED", "htmx:")  # the browser and htmx note that there was no answer
    assert [fault for fault in visit.faults if not any(word in fault for word in expected)] == []


def test_the_wall_turns_by_keys_and_keeps_scores_to_itself(live_server: Any, browser: Browser, room: Room) -> None:
    showing = room.schedule()
    point = make_point(room.bureau, library="common", full=Decimal(4), from_quarter="2023Q2")
    for person in room.people.values():
        make_result(person, point, "2023Q2", value=1)
    score_quarter(bureau=room.bureau, quarter_code=make_quarter(room.bureau, "2023Q2").code, actor=None)
    for name in ("anna", "bert", "carl"):
        room.hand_in(showing, name)
    names = room.names(showing)
    visit = Visit(browser, live_server.url, room.people["anna"], 1440)
    visit.open(reverse("reviews:projector", args=[showing.pk]))
    page, who, total = visit.page, visit.page.get_by_role("heading", level=1), visit.page.locator(".wall-total")
    expect(who).to_have_text(names[0])
    for key, place in (
        ("ArrowRight", 1),
        (" ", 2),
        ("PageDown", 3),
        ("ArrowRight", 3),
        ("ArrowLeft", 2),
        ("PageUp", 1),
    ):
        page.keyboard.press(key)
        expect(who).to_have_text(names[place])
        expect(total).to_have_count(0)
    expect(page.locator(".wall-parts")).to_contain_text(TEXTS["achievements"])
    assert "本季预计得分" not in page.content()
    page.get_by_role("link", name="显示得分", exact=True).click()
    expect(total).to_contain_text("本季预计得分")
    page.keyboard.press("ArrowRight")
    expect(who).to_have_text(names[2])
    expect(total).to_be_visible()
    visit.keep("projector")
    page.get_by_role("link", name="不显示得分").click()
    expect(total).to_have_count(0)
    page.get_by_role("button", name="全屏").click()
    expect(page.locator(":fullscreen")).to_have_count(1)
    page.keyboard.press("f")
    expect(page.locator(":fullscreen")).to_have_count(0)
    page.keyboard.press("Escape")
    page.wait_for_url(f"**{reverse('reviews:showing', args=[showing.pk])}")
    assert visit.faults == []


def test_it_is_held_with_who_was_there(live_server: Any, browser: Browser, room: Room) -> None:
    showing = room.schedule()
    room.hand_in(showing, "bert")
    room.stand_on(DAY)
    visit = Visit(browser, live_server.url, room.people["anna"], 390)
    visit.open(reverse("reviews:showing-hold", args=[showing.pk]))
    page, dora = visit.page, visit.page.get_by_role("row").filter(has_text="dora")
    dora.get_by_label("请假").check()
    page.get_by_role("button", name="登记召开").click()
    expect(page.locator("[data-confirm-dialog]")).to_contain_text("还没有提交发言的 3 人不能再提交")
    agree(page)
    expect(dora.locator(".field-error")).to_be_visible()
    expect(dora.get_by_label("请假")).to_be_checked()
    assert Showing.objects.get().state == Showing.State.SCHEDULED
    dora.get_by_label("dora没有到会的原因").fill("住院")
    visit.keep("showing-hold")
    page.get_by_role("button", name="登记召开").click()
    agree(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("到会 3 人，1 人提交了发言")
    away = Participant.objects.exclude(attendance="present")
    assert list(away.values_list("employee__name", "attendance", "reason")) == [("dora", "excused", "住院")]
    assert set(Rating.objects.values_list("rater__name", flat=True)) == {"anna", "bert", "carl"}
    assert [fault for fault in visit.faults if "422" not in fault] == []


@pytest.mark.parametrize("width", [1440, 390])
def test_ballots_are_blind_until_the_last_one_is_in(
    live_server: Any, browser: Browser, rated: Rated, width: int
) -> None:
    rated.hand_in_all("anna")
    visit = Visit(browser, live_server.url, rated.people["anna"], width)
    summary = reverse("reviews:summary", args=[rated.showing.pk])
    visit.open(summary)
    page = visit.page
    assert "说：为人实在" not in page.content()

    visit.open(reverse("reviews:ratings", args=[rated.showing.pk]))
    ballots, kept = page.locator(".ballot"), page.locator("#rating-saved")
    own = rated.ballots("anna")
    expect(ballots).to_have_count(len(own))
    for place, mark in enumerate((95, 90, 85)):
        ballots.nth(place).get_by_role("button", name=str(mark), exact=True).click()
        ballots.nth(place).get_by_label("评语").fill(f"第{place}位：肯干，材料要早交")
    expect(kept).to_contain_text("还没有提交")
    page.reload()
    expect(ballots.nth(2).locator("input[type=number]")).to_have_value("85")
    expect(ballots.nth(2).get_by_label("评语")).to_have_value("第2位：肯干，材料要早交")
    visit.keep("ratings")
    page.get_by_role("button", name="提交评价").click()
    expect(page.locator("[data-confirm-dialog]")).to_contain_text("提交后不能再改")
    agree(page)
    page.wait_for_url(f"**{summary}")
    expect(page.locator(".sheet")).to_contain_text("bert说：为人实在")
    expect(page.locator(".sheet")).to_contain_text("第0位：肯干，材料要早交")
    visit.keep("summary")
    assert sorted(one.mark or 0 for one in rated.ballots("anna")) == [85, 90, 95]
    assert Showing.objects.get().ratings_opened_at
    assert visit.faults == []
