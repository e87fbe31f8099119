"""Showings are scheduled: one a month, a year's at once, several branches together; changed, cancelled, settings."""

from __future__ import annotations

from copy import deepcopy
from datetime import date

import pytest
from django.db.models import F

from audit.models import Entry
from common.errors import Conflict, InvalidInput, Refused
from common.workdays import WorkCalendar
from notifications.models import Notification
from organization.models import CalendarDay, CalendarYear
from reviews.models import Participant, ReviewSettings, Showing, Statement
from reviews.queries.showings import month_of, months_after, settings_of, theme_day_in
from reviews.services.scheduling import (
    Place,
    cancel_showing,
    change_showing,
    refresh_coming,
    refresh_participants,
    schedule_showing,
    schedule_year,
)
from reviews.services.settings import set_review_settings
from tests.factories import make_employee, make_placement
from tests.reviews.showings import DAY, TODAY, Room, at, make_room

pytestmark = pytest.mark.django_db


build = make_room


@pytest.fixture
def room(built: Room) -> Room:
    return deepcopy(built)


def told(room: Room, name: str) -> list[str]:
    return list(
        Notification.objects.filter(recipient=room.people[name]).order_by("pk").values_list("subject", flat=True)
    )


class TestThemeDay:
    def test_the_next_working_day_but_within_the_month(self) -> None:
        closed = {date(2023, 6, 22): False, date(2023, 6, 23): False}
        calendar = WorkCalendar(closed)
        assert theme_day_in("2023-06", 15, calendar) == date(2023, 6, 15)
        assert theme_day_in("2023-06", 22, calendar) == date(2023, 6, 26)
        assert theme_day_in("2023-07", 15, calendar) == date(2023, 7, 17)
        assert theme_day_in("2026-02", 28, calendar) == date(2026, 2, 27)  # Saturday, the last of the month

    @pytest.mark.parametrize(
        ("month", "number", "found"),
        [("2023-06", 0, "2023-06"), ("2023-12", 1, "2024-01"), ("2023-01", -1, "2022-12"), ("2023-06", 12, "2024-06")],
    )
    def test_months_are_counted_over_the_year(self, month: str, number: int, found: str) -> None:
        assert months_after(month, number) == found

    def test_a_month_is_named_as_in_the_table(self) -> None:
        assert month_of(date(2023, 6, 1)) == "2023-06"


class TestOne:
    def test_members_are_on_the_list_and_told(self, room: Room) -> None:
        showing = room.schedule(place="三楼", topic="学习")
        assert room.names(showing) == ["anna", "bert", "carl", "dora"]
        assert told(room, "bert") == ["2023年6月三晒定在 6月15日，请在当天前提交发言"]
        assert told(room, "fred") == []
        line = Entry.objects.get(action="showing.schedule")
        assert (line.after["branches"], line.after["people"]) == ("第A支部", 4)

    def test_of_a_day_that_has_passed_nobody_is_asked_for_a_statement(self, room: Room) -> None:
        room.schedule(day=date(2023, 6, 8))
        assert told(room, "bert") == ["补登了 6月8日的三晒（2023年6月），请核对到会情况"]

    def test_one_a_month_and_the_branch_is_named(self, room: Room) -> None:
        room.schedule()
        with pytest.raises(Conflict, match="第A支部 2023年6月已经安排过"):
            room.schedule(day=date(2023, 6, 20))
        assert Showing.objects.count() == 1

    @pytest.mark.parametrize("name", ["bert", "emil", "discipline", "director", "admin", "plain"])
    def test_only_its_secretary_and_the_office(self, room: Room, name: str) -> None:
        with pytest.raises(Refused, match="书记"):
            room.schedule(by=name)
        assert room.schedule(by="office").scheduled_by == room.people["office"]

    def test_not_of_another_bureau(self, room: Room) -> None:
        other = make_room("YY")
        room.branches["A"] = other.branches["A"]
        with pytest.raises(Refused, match="其他单位"):
            room.schedule(by="office")

    @pytest.mark.parametrize("day", [date(2023, 4, 30), date(2024, 7, 1)])
    def test_not_far_from_today(self, room: Room, day: date) -> None:
        with pytest.raises(InvalidInput):
            room.schedule(day=day)

    def test_no_branch_is_a_sentence(self, room: Room) -> None:
        with pytest.raises(InvalidInput, match="请选择"):
            schedule_showing(branches=[], day=DAY, actor=room.people["anna"], today=TODAY, now=at(TODAY))


class TestTogether:
    def test_several_branches_hold_one(self, room: Room) -> None:
        showing = room.schedule("A", "B", by="emil")
        assert {one.branch.name for one in showing.joined.all()} == {"第A支部", "第B支部"}
        assert len(room.names(showing)) == 6
        assert Participant.objects.get(showing=showing, employee=room.people["fred"]).branch == room.branches["B"]

    def test_a_branch_that_has_one_is_refused_by_name(self, room: Room) -> None:
        room.schedule("B", by="emil")
        with pytest.raises(Conflict) as refusal:
            room.schedule("A", "B")
        assert "第B支部" in refusal.value.message
        assert "第A支部" not in refusal.value.message
        assert Showing.objects.count() == 1


class TestYear:
    def series(self, room: Room, by: str = "anna", year: int = 2023, today: date = TODAY):
        people, branch = room.people, room.branches["A"]
        return schedule_year(
            branch=branch, year=year, actor=people[by], today=today, now=at(today), at=Place(place="三楼")
        )

    def test_the_coming_theme_days(self, room: Room) -> None:
        series = self.series(room)
        assert [showing.day for showing in series.made] == [
            date(2023, 6, 15), date(2023, 7, 17), date(2023, 8, 15), date(2023, 9, 15), date(2023, 10, 16),
            date(2023, 11, 15), date(2023, 12, 15),
        ]  # fmt: skip
        assert told(room, "bert") == ["第A支部安排了 2023 年的 7 次三晒"]
        assert {showing.place for showing in series.made} == {"三楼"}

    def test_the_calendar_of_the_state_council_is_kept(self, room: Room) -> None:
        CalendarDay.objects.create(day=date(2023, 6, 15), is_workday=False, name="假")
        CalendarYear.objects.filter(year=2023).update(revision=F("revision") + 1)
        assert self.series(room).made[0].day == date(2023, 6, 16)

    def test_months_that_have_one_are_left_and_named(self, room: Room) -> None:
        earlier = room.schedule(day=date(2023, 7, 20))
        series = self.series(room)
        assert series.left == ["2023-07"]
        assert "2023年7月已经安排过" in series.sentence
        earlier.refresh_from_db()
        assert earlier.day == date(2023, 7, 20)
        again = self.series(room)
        assert (again.made, len(again.left)) == ([], 7)
        assert again.sentence.startswith("没有新的安排")

    def test_a_theme_day_that_has_passed_is_left_out(self, room: Room) -> None:
        assert self.series(room, today=date(2023, 6, 16)).made[0].month == "2023-07"
        assert self.series(room, year=2023, today=date(2023, 12, 20)).sentence == "这一年没有剩下的主题党日。"

    def test_this_year_or_the_next(self, room: Room) -> None:
        assert len(self.series(room, year=2024).made) == 12
        with pytest.raises(InvalidInput):
            self.series(room, year=2025)

    def test_not_by_a_member(self, room: Room) -> None:
        with pytest.raises(Refused):
            self.series(room, by="bert")


class TestChange:
    def change(
        self, room: Room, showing: Showing, day: date = DAY, by: str = "anna", today: date = TODAY, **place: str
    ):
        return change_showing(showing=showing, actor=room.people[by], day=day, today=today, at=Place(**place))

    def test_a_new_day_is_told_also_when_an_old_one_returns(self, room: Room) -> None:
        showing = room.schedule()
        for day in (date(2023, 6, 20), DAY, date(2023, 6, 20)):
            self.change(room, showing, day)
        assert told(room, "bert")[1:] == [
            "2023年6月三晒改为 6月20日，请留意时间和地点",
            "2023年6月三晒改为 6月15日，请留意时间和地点",
            "2023年6月三晒改为 6月20日，请留意时间和地点",
        ]
        assert Entry.objects.filter(action="showing.change").count() == 3

    def test_a_topic_alone_is_told_to_nobody(self, room: Room) -> None:
        self.change(room, room.schedule(), topic="新主题")
        assert len(told(room, "bert")) == 1

    def test_nothing_changed_leaves_no_line(self, room: Room) -> None:
        self.change(room, room.schedule())
        assert not Entry.objects.filter(action="showing.change").exists()

    @pytest.mark.parametrize("day", [date(2023, 7, 3), date(2023, 6, 1)])
    def test_within_the_month_and_not_behind(self, room: Room, day: date) -> None:
        with pytest.raises(InvalidInput):
            self.change(room, room.schedule(), day)

    def test_not_once_held(self, room: Room) -> None:
        showing = room.schedule()
        room.hold(showing)
        with pytest.raises(Conflict, match="已经召开"):
            self.change(room, showing, topic="x")

    def test_the_secretary_of_any_branch_that_joins(self, room: Room) -> None:
        showing = room.schedule("A", "B")
        assert self.change(room, showing, by="emil", topic="x").topic == "x"
        with pytest.raises(Refused):
            self.change(room, showing, by="fred", topic="y")


class TestCancel:
    def test_drafts_go_with_it_and_all_are_told(self, room: Room) -> None:
        showing = room.schedule()
        room.draft(showing, "bert")
        cancel_showing(showing=showing, actor=room.people["anna"])
        assert not Showing.objects.exists()
        assert not Statement.objects.exists()
        assert told(room, "bert")[-1] == "原定 6月15日的三晒（2023年6月）已取消"
        assert room.schedule()  # the month is free again

    def test_not_once_somebody_handed_in(self, room: Room) -> None:
        showing = room.schedule()
        room.hand_in(showing, "bert")
        with pytest.raises(Conflict, match="已经有 1 人提交了发言，不能取消"):
            cancel_showing(showing=showing, actor=room.people["anna"])
        assert Showing.objects.exists()

    def test_twice_is_a_sentence(self, room: Room) -> None:
        showing = room.schedule()
        cancel_showing(showing=Showing.objects.get(), actor=room.people["anna"])
        with pytest.raises(Conflict, match="已经取消"):
            cancel_showing(showing=showing, actor=room.people["anna"])


class TestList:
    def test_it_follows_the_branch_until_held(self, room: Room) -> None:
        showing = room.schedule()
        make_employee(room.bureau, name="neu", branch=room.branches["A"])
        moved = room.people["carl"]
        make_placement(moved, date(2023, 6, 10), branch=room.branches["B"])
        room.people["bert"].left_on = date(2023, 6, 14)
        room.people["bert"].save()
        assert refresh_participants(showing=showing) == 3
        assert room.names(showing) == ["anna", "dora", "neu"]
        assert refresh_coming(TODAY) == 0
        room.hold(showing)
        make_employee(room.bureau, name="late", branch=room.branches["A"])
        assert refresh_participants(showing=showing) == 0

    def test_the_branch_of_the_day_counts(self, room: Room) -> None:
        make_placement(room.people["carl"], date(2023, 6, 20), branch=room.branches["B"])
        showing = room.schedule()
        assert "carl" in room.names(showing)
        change_showing(showing=showing, actor=room.people["anna"], day=date(2023, 6, 21), today=TODAY)
        assert "carl" not in room.names(showing)


class TestSettings:
    def test_defaults_where_no_row(self, room: Room) -> None:
        found = settings_of(room.bureau)
        assert (found.pk, found.theme_day, found.peers_each, found.low_rank_percent, found.fall_places) == (
            None, 15, 3, 10, 20,
        )  # fmt: skip

    def test_set_with_a_line(self, room: Room) -> None:
        set_review_settings(bureau=room.bureau, actor=room.people["office"], theme_day=20, peers_each=3)
        set_review_settings(bureau=room.bureau, actor=room.people["office"], theme_day=20)
        assert settings_of(room.bureau).theme_day == 20
        line = Entry.objects.get(action="review_settings.set")
        assert (line.before, line.after) == ({"theme_day": 15}, {"theme_day": 20})

    @pytest.mark.parametrize("name", ["anna", "director", "discipline", "admin", "plain"])
    def test_by_the_office_alone(self, room: Room, name: str) -> None:
        with pytest.raises(Refused):
            set_review_settings(bureau=room.bureau, actor=room.people[name], theme_day=20)

    def test_what_cannot_be_is_said_at_the_field(self, room: Room) -> None:
        with pytest.raises(InvalidInput) as refusal:
            set_review_settings(bureau=room.bureau, actor=room.people["office"], theme_day=31, peers_each=0)
        assert set(refusal.value.fields) == {"theme_day", "peers_each"}
        assert not ReviewSettings.objects.exists()
