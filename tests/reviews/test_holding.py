"""The day itself: the order of speaking, attendance, minutes; who may do what."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta
from typing import Any

import pytest

from audit.models import Entry
from common.errors import Conflict, InvalidInput, Refused
from reviews.models import Showing
from reviews.services.holding import LONGEST_MINUTES, Attended, draw_order, order_speakers, save_minutes
from reviews.services.scheduling import refresh_participants
from tests.factories import make_employee
from tests.reviews.showings import DAY, TODAY, Room, make_room

pytestmark = pytest.mark.django_db
ABSENT = Attended("absent", "未请假")
EXCUSED = Attended("excused", "出差")


build = make_room


@pytest.fixture
def room(built: Room) -> Room:
    return deepcopy(built)


@pytest.fixture
def showing(room: Room) -> Showing:
    return room.schedule()


class Backwards:
    """Dice that turn the row round."""

    def shuffle(self, x: Any, /) -> None:
        x.reverse()


class TestOrder:
    def test_named_first_the_others_after_them(self, room: Room, showing: Showing) -> None:
        people = [room.people[name].pk for name in ("dora", "bert")]
        order_speakers(showing=showing, actor=room.people["anna"], people=people)
        assert room.names(showing) == ["dora", "bert", "anna", "carl"]
        assert Entry.objects.get(action="showing.order").after == {"order": ["dora", "bert", "anna", "carl"]}
        order_speakers(showing=showing, actor=room.people["anna"], people=people)
        assert Entry.objects.filter(action="showing.order").count() == 1

    def test_by_lot(self, room: Room, showing: Showing) -> None:
        draw_order(showing=showing, actor=room.people["anna"], dice=Backwards())
        assert room.names(showing) == ["dora", "carl", "bert", "anna"]
        draw_order(showing=showing, actor=room.people["anna"])
        assert sorted(room.names(showing)) == ["anna", "bert", "carl", "dora"]

    def test_who_comes_later_speaks_last(self, room: Room, showing: Showing) -> None:
        draw_order(showing=showing, actor=room.people["anna"], dice=Backwards())
        make_employee(room.bureau, name="neu", branch=room.branches["A"])
        refresh_participants(showing=showing)
        assert room.names(showing) == ["dora", "carl", "bert", "anna", "neu"]

    @pytest.mark.parametrize("name", ["bert", "emil", "discipline", "director", "admin"])
    def test_by_who_leads_alone(self, room: Room, showing: Showing, name: str) -> None:
        with pytest.raises(Refused):
            draw_order(showing=showing, actor=room.people[name])


class TestHold:
    def test_attendance_is_kept_and_the_peers_are_drawn(self, room: Room, showing: Showing) -> None:
        attendance = room.attendance(showing, carl=EXCUSED, dora=ABSENT)
        held = room.hold(showing, attendance=attendance)
        assert (held.state, held.held_on, held.held_by) == ("held", DAY, room.people["anna"])
        rows = {one.employee.name: (one.attendance, one.reason) for one in held.participants.select_related("employee")}
        assert rows == {
            "anna": ("present", ""), "bert": ("present", ""), "carl": ("excused", "出差"), "dora": ("absent", "未请假"),
        }  # fmt: skip
        assert Entry.objects.get(action="showing.hold").after == {
            "held_on": "2023-06-15", "present": 2, "excused": 1, "absent": 1,
        }  # fmt: skip
        pairs = set(held.ratings.filter(kind="peer").values_list("rater__name", "ratee__name"))
        assert pairs == {("anna", "bert"), ("bert", "anna")}

    def test_everybody_has_an_entry_and_who_was_not_there_a_reason(self, room: Room, showing: Showing) -> None:
        attendance = room.attendance(showing, carl=Attended("absent"), dora=Attended("gone"))
        del attendance[room.people["bert"].pk]
        with pytest.raises(InvalidInput) as refusal:
            room.hold(showing, attendance=attendance)
        ids = {name: room.people[name].pk for name in ("bert", "carl", "dora")}
        assert set(refusal.value.fields) == {
            f"attendance-{ids['bert']}", f"reason-{ids['carl']}", f"attendance-{ids['dora']}",
        }  # fmt: skip
        showing.refresh_from_db()
        assert showing.state == Showing.State.SCHEDULED

    def test_somebody_must_be_there(self, room: Room, showing: Showing) -> None:
        nobody = dict.fromkeys(room.attendance(showing), EXCUSED)
        with pytest.raises(InvalidInput, match="没有一个人"):
            room.hold(showing, attendance=nobody)

    def test_not_before_its_day(self, room: Room, showing: Showing) -> None:
        with pytest.raises(Conflict, match="还没有到召开日期"):
            room.hold(showing, today=TODAY)

    @pytest.mark.parametrize("held_on", [date(2023, 5, 31), DAY + timedelta(days=1)])
    def test_on_a_day_of_its_month_or_later_that_has_come(self, room: Room, showing: Showing, held_on: date) -> None:
        with pytest.raises(InvalidInput) as refusal:
            room.hold(showing, held_on=held_on)
        assert "held_on" in refusal.value.fields

    def test_made_up_for_in_the_next_month(self, room: Room, showing: Showing) -> None:
        assert room.hold(showing, today=date(2023, 7, 3)).held_on == date(2023, 7, 3)

    def test_once(self, room: Room, showing: Showing) -> None:
        room.hold(showing)
        with pytest.raises(Conflict, match="已经召开"):
            room.hold(Showing.objects.get())

    def test_who_has_joined_since_is_asked_for(self, room: Room, showing: Showing) -> None:
        attendance = room.attendance(showing)
        new = make_employee(room.bureau, name="neu", branch=room.branches["A"])
        with pytest.raises(InvalidInput) as refusal:
            room.hold(showing, attendance=attendance)
        assert set(refusal.value.fields) == {f"attendance-{new.pk}"}

    @pytest.mark.parametrize("name", ["bert", "emil", "discipline", "director", "admin"])
    def test_by_who_leads_alone(self, room: Room, showing: Showing, name: str) -> None:
        with pytest.raises(Refused, match="书记"):
            room.hold(showing, by=name)

    def test_by_the_office_for_all(self, room: Room, showing: Showing) -> None:
        assert room.hold(showing, by="office").held_by == room.people["office"]


class TestMinutes:
    def save(self, room: Room, showing: Showing, text: str, known: str = "", by: str = "anna") -> Showing:
        return save_minutes(showing=showing, actor=room.people[by], text=text, known=known)

    def test_kept_with_a_line(self, room: Room, showing: Showing) -> None:
        self.save(room, showing, "一、发言\r\n二、点评 ")
        assert Showing.objects.get().minutes == "一、发言\n二、点评"
        assert Entry.objects.get(action="showing.minutes").after == {"minutes": "一、发言\n二、点评"}

    def test_nobody_overwrites_anothers(self, room: Room, showing: Showing) -> None:
        self.save(room, showing, "甲")
        with pytest.raises(Conflict, match="没有保存"):
            self.save(room, showing, "乙", by="office")
        assert self.save(room, showing, "甲乙", known="甲", by="office").minutes == "甲乙"
        assert self.save(room, showing, "甲乙", known="old").minutes == "甲乙"  # the same words are no conflict

    def test_not_once_closed_and_not_too_long(self, room: Room, showing: Showing) -> None:
        with pytest.raises(InvalidInput, match="最多"):
            self.save(room, showing, "字" * (LONGEST_MINUTES + 1))
        held = room.hold(showing)
        Showing.objects.update(state="closed", ratings_opened_at=held.held_at)
        with pytest.raises(Conflict, match="已经办结"):
            self.save(room, showing, "甲")

    @pytest.mark.parametrize("name", ["bert", "emil", "discipline", "director", "admin"])
    def test_by_who_leads_alone(self, room: Room, showing: Showing, name: str) -> None:
        with pytest.raises(Refused):
            self.save(room, showing, "甲", by=name)
