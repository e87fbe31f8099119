"""Pages of showings: what each role finds, forms that come back, the draft's fragment, the wall, and what they cost."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from notifications.models import Notification
from reviews.models import Showing, Statement
from reviews.services.statements import LONGEST
from tests.factories import make_absence, make_employee
from tests.reviews.showings import DAY, TEXTS, TODAY, Room, make_room

pytestmark = [pytest.mark.django_db, pytest.mark.once]
HTMX = {"HTTP_HX_REQUEST": "true"}


def build() -> Room:
    room = make_room()
    room.stand_on(TODAY)
    for person in room.people.values():
        person.bureau = room.bureau
    return room


@pytest.fixture
def room(built: Room) -> Room:
    return deepcopy(built)


@pytest.fixture
def showing(room: Room) -> Showing:
    return room.schedule(place="三楼会议室")


def text(response: Any) -> str:
    return str(response.content.decode())


def url(name: str, showing: Showing) -> str:
    return reverse(f"reviews:{name}", args=[showing.pk])


class TestSession:
    @pytest.mark.parametrize("name", ["anna", "bert", "office", "director", "discipline"])
    def test_read_by_the_branch_and_those_who_see_all(self, room: Room, showing: Showing, name: str) -> None:
        page = text(room.client(name).get(url("showing", showing)))
        assert "第A支部2023年6月三晒：0 / 4 人已提交发言" in page
        assert "三楼会议室" in page

    @pytest.mark.parametrize("name", ["emil", "fred", "admin", "plain"])
    def test_for_others_there_is_none(self, room: Room, showing: Showing, name: str) -> None:
        for page in ("showing", "projector", "statement", "showing-edit", "showing-hold"):
            assert room.client(name).get(url(page, showing)).status_code == 404

    def test_nor_in_another_bureau(self, room: Room, showing: Showing) -> None:
        other = make_room("YY")
        for name in ("office", "anna", "director"):
            assert other.client(name).get(url("showing", showing)).status_code == 404
            assert other.client(name).post(url("showing-cancel", showing)).status_code == 404

    def test_what_was_handed_in_is_shown_and_a_draft_is_not(self, room: Room, showing: Showing) -> None:
        room.hand_in(showing, "bert")
        room.draft(showing, "carl", texts={"achievements": "还没想好"})
        for name in ("anna", "office", "discipline", "dora"):
            page = text(room.client(name).get(url("showing", showing)))
            assert TEXTS["achievements"] in page
            assert "还没想好" not in page

    def test_what_waits_after_handing_in_is_its_writers_alone(self, room: Room, showing: Showing) -> None:
        known = room.hand_in(showing, "bert").updated_at
        room.draft(showing, "bert", texts={**TEXTS, "plans": "改了一半"}, known=known)
        assert "改了一半" not in text(room.client("anna").get(url("showing", showing)))
        assert "改了一半" in text(room.client("bert").get(url("statement", showing)))

    def test_tools_are_the_leaders(self, room: Room, showing: Showing) -> None:
        for name, expected in {"anna": True, "office": True, "bert": False, "director": False}.items():
            page = text(room.client(name).get(url("showing", showing)))
            assert ("抽签定次序" in page) is expected
            assert (url("showing-edit", showing) in page) is expected
        room.stand_on(DAY)
        assert url("showing-hold", showing) in text(room.client("anna").get(url("showing", showing)))

    def test_the_order_is_moved_by_a_button_and_by_numbers(self, room: Room, showing: Showing) -> None:
        client, ids = room.client("anna"), {name: room.people[name].pk for name in ("anna", "bert", "carl", "dora")}
        response = client.post(url("showing-order", showing), {"act": f"up-{ids['carl']}"}, **HTMX)
        assert response.status_code == 200
        assert room.names(showing) == ["anna", "carl", "bert", "dora"]
        client.post(url("showing-order", showing), {f"position-{ids['dora']}": "0", f"position-{ids['anna']}": "x"})
        assert room.names(showing) == ["dora", "anna", "carl", "bert"]
        client.post(url("showing-order", showing), {"act": "down-999"})
        client.post(url("showing-order", showing), {"act": "draw"})
        assert sorted(room.names(showing)) == ["anna", "bert", "carl", "dora"]
        assert room.client("bert").post(url("showing-order", showing), {"act": "draw"}).status_code == 403

    def test_it_costs_the_same_for_one_and_for_many(self, room: Room, showing: Showing) -> None:
        counts = []
        room.client("anna").get(url("showing", showing))  # reads the calendar, once a process
        for names in (["bert"], ["carl", "dora"]):
            for name in names:
                room.hand_in(showing, name)
            client = room.client("anna")
            with CaptureQueriesContext(connection) as queries:
                response = client.get(url("showing", showing))
            counts.append(len(queries))
            assert len(response.content) < 60_000
        assert counts == [13, 13]


class TestScheduling:
    def test_one_is_scheduled(self, room: Room) -> None:
        page = room.client("anna").get(reverse("reviews:showing-new"))
        assert 'value="2023-06-15"' in text(page)
        data = {"branches": [room.branches["A"].pk], "day": "2023-06-15", "starts_at": "15:00", "place": "三楼"}
        response = room.client("anna").post(reverse("reviews:showing-new"), data)
        made = Showing.objects.get()
        assert response.headers["Location"] == url("showing", made)
        again = room.client("anna").post(reverse("reviews:showing-new"), data)
        assert again.status_code == 422
        assert "已经安排过三晒" in text(again)

    def test_the_year(self, room: Room) -> None:
        data = {"branch": room.branches["A"].pk, "year": "2023", "starts_at": "", "place": ""}
        assert room.client("emil").post(reverse("reviews:showing-year"), data).status_code == 422  # not the own one
        response = room.client("anna").post(reverse("reviews:showing-year"), data, follow=True)
        assert "已安排 7 次三晒" in text(response)

    @pytest.mark.parametrize("name", ["bert", "plain", "discipline", "director", "admin"])
    def test_refused_with_a_sentence(self, room: Room, name: str) -> None:
        for page in ("showing-new", "showing-year"):
            response = room.client(name).get(reverse(f"reviews:{page}"))
            assert response.status_code == 403
            assert "支部书记" in text(response)

    def test_changed_and_cancelled(self, room: Room, showing: Showing) -> None:
        client = room.client("anna")
        assert client.get(url("showing-edit", showing)).status_code == 200
        wrong = client.post(url("showing-edit", showing), {"day": "2023-07-01"})
        assert (wrong.status_code, "应当在2023年6月以内" in text(wrong)) == (422, True)
        client.post(url("showing-edit", showing), {"day": "2023-06-16", "place": "四楼"})
        showing.refresh_from_db()
        assert (showing.day, showing.place) == (date(2023, 6, 16), "四楼")
        assert room.client("bert").post(url("showing-cancel", showing)).status_code == 403
        assert "已取消" in text(client.post(url("showing-cancel", showing), follow=True))
        assert not Showing.objects.exists()

    def test_settings(self, room: Room) -> None:
        page = reverse("reviews:showing-settings")
        assert room.client("anna").get(page).status_code == 403
        client = room.client("office")
        data = {"theme_day": "20", "peers_each": "4", "low_rank_percent": "10", "fall_places": "20"}
        assert client.post(page, data | {"theme_day": "31"}).status_code == 422
        assert "已保存" in text(client.post(page, data, follow=True))
        assert 'value="20"' in text(client.get(page))

    def test_the_list(self, room: Room, showing: Showing) -> None:
        page = reverse("reviews:showing-list")
        assert "请在 6月15日 前提交三晒发言" in text(room.client("bert").get(page))
        assert "还没有安排三晒" in text(room.client("plain").get(page))
        counts = []
        for number in (0, 2):
            for month in range(number):
                room.schedule(day=date(2023, 7 + month, 17))
            client = room.client("office")
            with CaptureQueriesContext(connection) as queries:
                client.get(page)
            counts.append(len(queries))
        assert counts == [10, 10]


class TestStatement:
    def post(self, room: Room, showing: Showing, name: str = "bert", page: str = "statement-draft", **data: Any) -> Any:
        extra = HTMX if page == "statement-draft" else {}
        return room.client(name).post(url(page, showing), data, **extra)

    def test_the_page_offers_last_months_plan(self, room: Room, showing: Showing) -> None:
        may = room.schedule(day=date(2023, 5, 15))
        room.hand_in(may, "bert", today=date(2023, 5, 15))
        page = text(room.client("bert").get(url("statement", showing)))
        assert "2023年5月的打算" in page
        assert TEXTS["plans"] in page

    def test_a_draft_answers_when_it_was_saved(self, room: Room, showing: Showing) -> None:
        first = self.post(room, showing, achievements="甲", known="")
        assert first.status_code == 200
        assert "已保存" in text(first)
        assert "<textarea" not in text(first)
        second = self.post(room, showing, achievements="甲乙", known=self.hidden(first))
        assert "已保存" in text(second)
        assert Statement.objects.get().achievements == "甲乙"

    def hidden(self, response: Any) -> str:
        return text(response).split('name="known" value="')[1].split('"')[0].replace("&#x2B;", "+")

    def test_another_window_is_named_and_nothing_lost(self, room: Room, showing: Showing) -> None:
        first = self.post(room, showing, achievements="甲", known="")
        self.post(room, showing, achievements="别处写的", known=self.hidden(first))
        stale = self.post(room, showing, achievements="这里写的", known=self.hidden(first))
        assert stale.status_code == 409
        assert "别处写的" in text(stale)
        assert Statement.objects.get().achievements == "别处写的"
        chosen = text(stale).split('data-known="')[1].split('"')[0]
        assert self.post(room, showing, achievements="这里写的", known=chosen).status_code == 200
        assert Statement.objects.get().achievements == "这里写的"

    def test_handed_in_by_the_button(self, room: Room, showing: Showing) -> None:
        missing = self.post(room, showing, page="statement", achievements="甲", known="")
        assert missing.status_code == 422
        assert "请写“晒不足”" in text(missing)
        assert "甲" in text(missing)  # what was typed comes back
        done = self.post(room, showing, page="statement", **TEXTS, known="")
        assert done.headers["Location"] == url("showing", showing)
        assert "重新提交" in text(room.client("bert").get(url("statement", showing)))

    def test_handing_in_over_another_window_comes_back_with_both(self, room: Room, showing: Showing) -> None:
        self.post(room, showing, achievements="别处写的", known="")
        stale = self.post(room, showing, page="statement", **TEXTS, known="")
        assert stale.status_code == 422
        assert TEXTS["achievements"] in text(stale)
        assert "别处写的" in text(stale)

    @pytest.mark.parametrize("known", ["", "gestern", "2023-99-99T00:00:00", "2023-06-12T09:00:00"])
    def test_a_hostile_moment_is_another_window(self, room: Room, showing: Showing, known: str) -> None:
        self.post(room, showing, achievements="甲", known="")
        assert self.post(room, showing, achievements="乙", known=known).status_code == 409

    def test_too_long(self, room: Room, showing: Showing) -> None:
        response = self.post(room, showing, achievements="长" * (LONGEST + 1), known="")
        assert response.status_code == 422
        assert f"最多 {LONGEST} 字" in text(response)

    def test_not_for_who_is_not_on_the_list_or_late(self, room: Room, showing: Showing) -> None:
        assert room.client("office").get(url("statement", showing)).status_code == 403
        room.stand_on(DAY + timedelta(days=1))
        late = room.client("bert").get(url("statement", showing))
        assert late.status_code == 403
        assert "截止到三晒当天" in text(late)


class TestHolding:
    def data(self, room: Room, **others: tuple[str, str]) -> dict[str, str]:
        found = {"held_on": DAY.isoformat()}
        for name in ("anna", "bert", "carl", "dora"):
            attendance, reason = others.get(name, ("present", ""))
            pk = room.people[name].pk
            found |= {f"attendance-{pk}": attendance, f"reason-{pk}": reason}
        return found

    def test_held_by_the_form(self, room: Room, showing: Showing) -> None:
        room.stand_on(DAY)
        make_absence(room.people["carl"], DAY)
        client = room.client("anna")
        page = text(client.get(url("showing-hold", showing)))
        assert 'value="离岗"' in page  # whoever is away is entered as such, without saying why
        wrong = client.post(url("showing-hold", showing), self.data(room, carl=("absent", "")))
        assert wrong.status_code == 422
        assert "请写明carl没有到会的原因" in text(wrong)
        done = client.post(url("showing-hold", showing), self.data(room, carl=("absent", "未请假")), follow=True)
        assert "到会 3 人" in text(done)
        assert Notification.objects.filter(occasion__startswith="showing.draw").count() == 3
        assert client.get(url("showing-hold", showing)).status_code == 403

    def test_not_before_the_day_and_not_by_members(self, room: Room, showing: Showing) -> None:
        assert "还没有到召开日期" in text(room.client("anna").get(url("showing-hold", showing)))
        room.stand_on(DAY)
        assert room.client("bert").post(url("showing-hold", showing), self.data(room)).status_code == 403

    def test_minutes_are_kept_while_typed(self, room: Room, showing: Showing) -> None:
        client = room.client("anna")
        saved = client.post(url("showing-minutes", showing), {"minutes": "一", "known": ""}, **HTMX)
        assert "已保存" in text(saved)
        stale = client.post(url("showing-minutes", showing), {"minutes": "二", "known": ""}, **HTMX)
        assert stale.status_code == 409
        assert client.post(url("showing-minutes", showing), {"minutes": "一二", "known": "一"}).status_code == 302
        assert "一二" in text(room.client("bert").get(url("showing", showing)))
        assert room.client("bert").post(url("showing-minutes", showing), {"minutes": "x"}).status_code == 403


class TestProjector:
    def test_one_at_a_time(self, room: Room, showing: Showing) -> None:
        room.hand_in(showing, "bert")
        page = text(room.client("carl").get(url("projector", showing), {"at": "2"}))
        assert "bert" in page
        assert TEXTS["plans"] in page
        assert "2 / 4" in page
        assert 'class="side"' not in page  # no navigation
        assert "没有提交发言" in text(room.client("carl").get(url("projector", showing)))

    @pytest.mark.parametrize("at", ["0", "-1", "99", "x", "٣", "9" * 40])
    def test_any_place_shows_somebody(self, room: Room, showing: Showing, at: str) -> None:
        assert room.client("carl").get(url("projector", showing), {"at": at}).status_code == 200

    def test_scores_only_when_switched_on_and_only_by_who_leads(self, room: Room, showing: Showing) -> None:
        page, score = url("projector", showing), "本季还没有得分"
        assert score not in text(room.client("anna").get(page))
        assert score in text(room.client("anna").get(page, {"scores": "1"}))
        assert score in text(room.client("office").get(page, {"scores": "1"}))
        for name in ("bert", "director", "discipline"):
            assert score not in text(room.client(name).get(page, {"scores": "1"}))

    def test_the_fragment_is_the_wall_alone(self, room: Room, showing: Showing) -> None:
        fragment = text(room.client("anna").get(url("projector", showing), **HTMX))
        assert fragment.lstrip().startswith("<main")

    def test_an_empty_list_is_a_sentence(self, room: Room, showing: Showing) -> None:
        showing.participants.all().delete()
        assert "名单上还没有人" in text(room.client("anna").get(url("projector", showing)))


def test_a_member_who_moved_away_still_reads_what_was_held(room: Room, showing: Showing) -> None:
    room.stand_on(DAY)
    room.hold(showing)
    moved = room.people["bert"]
    moved.branch = room.branches["B"]
    moved.save()
    assert room.client("bert").get(url("showing", showing)).status_code == 200
    new = make_employee(room.bureau, name="neu", branch=room.branches["A"])
    room.people["neu"] = new
    assert room.client("neu").get(url("showing", showing)).status_code == 200
