"""Statements: kept while typed, handed in until the end of the day, never lost between two windows, a draft's owner's alone."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal

import pytest

from audit.models import Entry
from common.errors import Conflict, DomainError, InvalidInput, Refused
from indicators.models import Library
from notifications.models import Notification
from reviews.models import Statement
from reviews.queries.showings import moment_of
from reviews.queries.statements import is_late, material_of, plans_before, provisional_total, speakers_of
from reviews.services.scheduling import change_showing
from reviews.services.statements import LONGEST, Elsewhere, remind_statements
from scoring.services.scoring import score_quarter
from tests.factories import make_point, make_quarter, make_result
from tests.reviews.showings import DAY, TEXTS, TODAY, Room, at, make_room

pytestmark = pytest.mark.django_db
OTHER = {**TEXTS, "plans": "下月再减两件"}


build = make_room


@pytest.fixture
def room(built: Room) -> Room:
    return deepcopy(built)


class TestDraft:
    def test_it_is_kept_and_nobody_elses(self, room: Room) -> None:
        showing = room.schedule()
        kept = room.draft(showing, "bert", texts={"achievements": "办结三"})
        assert (kept.achievements, kept.plans, kept.handed_in_at) == ("办结三", "", None)
        for name in ("anna", "office", "discipline", "director", "carl"):
            assert not Statement.objects.visible_to(room.people[name]).exists()
        assert Statement.objects.visible_to(room.people["bert"]).get() == kept
        assert not Entry.objects.filter(action="statement.submit").exists()

    def test_another_window_does_not_overwrite(self, room: Room) -> None:
        showing = room.schedule()
        first = room.draft(showing, "bert", texts={"achievements": "甲"})
        room.draft(showing, "bert", texts={"achievements": "甲乙"}, known=first.updated_at, now=at(TODAY, 10))
        with pytest.raises(Elsewhere) as refusal:
            room.draft(showing, "bert", texts={"achievements": "丙"}, known=first.updated_at, now=at(TODAY, 11))
        assert refusal.value.stored.achievements == "甲乙"
        assert Statement.objects.get().achievements == "甲乙"
        stored = refusal.value.stored.updated_at
        assert room.draft(showing, "bert", texts={"achievements": "丙"}, known=stored).achievements == "丙"

    def test_two_windows_that_began_empty(self, room: Room) -> None:
        showing = room.schedule()
        room.draft(showing, "bert", texts={"achievements": "甲"})
        with pytest.raises(Elsewhere):
            room.draft(showing, "bert", texts={"achievements": "乙"}, known=None)

    def test_the_same_words_from_another_window_are_no_conflict(self, room: Room) -> None:
        showing = room.schedule()
        first = room.draft(showing, "bert")
        again = room.draft(showing, "bert", known=None, now=at(TODAY, 15))
        assert again.updated_at == first.updated_at

    def test_too_long_is_said_at_the_part(self, room: Room) -> None:
        with pytest.raises(InvalidInput) as refusal:
            room.draft(room.schedule(), "bert", texts={"plans": "长" * (LONGEST + 1)})
        assert set(refusal.value.fields) == {"plans"}


class TestHandIn:
    def test_all_three_parts(self, room: Room) -> None:
        showing = room.schedule()
        with pytest.raises(InvalidInput) as refusal:
            room.hand_in(showing, "bert", texts={"achievements": "甲", "plans": " 　"})
        assert set(refusal.value.fields) == {"shortcomings", "plans"}
        handed_in = room.hand_in(showing, "bert")
        assert handed_in.texts == TEXTS
        assert Statement.objects.visible_to(room.people["carl"]).get() == handed_in
        assert Entry.objects.get(action="statement.submit").after == TEXTS

    def test_until_the_end_of_the_day(self, room: Room) -> None:
        showing = room.schedule()
        room.hand_in(showing, "bert", today=DAY, now=at(DAY, 23))
        with pytest.raises(Conflict, match="截止到三晒当天"):
            room.hand_in(showing, "carl", today=DAY + timedelta(days=1))
        change_showing(showing=showing, actor=room.people["anna"], day=DAY + timedelta(days=1), today=DAY)
        assert room.hand_in(showing, "carl", today=DAY + timedelta(days=1))

    def test_what_is_changed_afterwards_waits_until_it_is_handed_in_again(self, room: Room) -> None:
        showing = room.schedule()
        first = room.hand_in(showing, "bert")
        changed = room.draft(showing, "bert", texts=OTHER, known=first.updated_at, now=at(TODAY, 10))
        assert (changed.texts, changed.drafted) == (TEXTS, OTHER)
        assert changed.handed_in_at == first.handed_in_at
        assert speakers_of(showing)[1].statement.plans == TEXTS["plans"]
        again = room.hand_in(showing, "bert", texts=OTHER, known=changed.updated_at, now=at(TODAY, 11))
        assert (again.texts, again.pending) == (OTHER, None)
        line = Entry.objects.filter(action="statement.submit").latest("pk")
        assert (line.before, line.after) == ({"plans": TEXTS["plans"]}, {"plans": OTHER["plans"]})

    def test_typed_back_to_what_was_handed_in_nothing_waits(self, room: Room) -> None:
        showing = room.schedule()
        room.hand_in(showing, "bert")
        changed = room.draft(showing, "bert", texts=OTHER, known=Statement.objects.get().updated_at)
        assert room.draft(showing, "bert", known=changed.updated_at).pending is None

    def test_nothing_once_it_was_held(self, room: Room) -> None:
        showing = room.schedule()
        draft = room.draft(showing, "bert")
        room.hold(showing)
        for act in (room.draft, room.hand_in):
            with pytest.raises(Conflict, match="已经召开"):
                act(showing, "bert", known=draft.updated_at, today=DAY)
        assert Statement.objects.get().handed_in_at is None

    @pytest.mark.parametrize("name", ["emil", "office", "discipline", "director", "admin", "plain"])
    def test_by_those_on_the_list_alone(self, room: Room, name: str) -> None:
        showing = room.schedule()
        for act in (room.draft, room.hand_in):
            with pytest.raises(Refused, match="名单"):
                act(showing, name)

    def test_not_from_another_bureau(self, room: Room) -> None:
        showing = room.schedule()
        room.people["bert"] = make_room("YY").people["bert"]
        with pytest.raises(DomainError, match="其他单位"):
            room.hand_in(showing, "bert")


class TestSpeakers:
    def test_states(self, room: Room) -> None:
        showing = room.schedule()
        room.hand_in(showing, "bert")
        showing.bureau.stands_on = TODAY
        assert [one.label for one in speakers_of(showing)] == ["待提交", "已提交", "待提交", "待提交"]
        showing.bureau.stands_on = DAY + timedelta(days=1)
        assert [one.label for one in speakers_of(showing)] == ["未提交", "已提交", "未提交", "未提交"]

    def test_late_is_after_the_day(self, room: Room) -> None:
        showing = room.schedule()
        statement = room.hand_in(showing, "bert")
        assert not is_late(statement, showing)
        statement.handed_in_at = at(DAY + timedelta(days=1), 0)
        assert is_late(statement, showing)

    def test_last_months_plan_stands_beside(self, room: Room) -> None:
        may = room.schedule(day=date(2023, 5, 15))
        room.hand_in(may, "bert", today=date(2023, 5, 15))
        room.draft(may, "carl", today=date(2023, 5, 15))
        june = room.schedule()
        plans = {one.employee.name: one.plan for one in speakers_of(june)}
        assert plans["bert"] is not None
        assert (plans["bert"].title, plans["bert"].text) == ("2023年5月的打算", TEXTS["plans"])
        assert plans["carl"] is None  # never handed in

    def test_the_nearest_month_counts_and_none_long_ago(self, room: Room) -> None:
        for month in (5, 6):
            showing = room.schedule(day=date(2023, month, 15))
            room.hand_in(showing, "bert", today=TODAY if month == 6 else date(2023, 5, 15), texts=OTHER)
        bert = [room.people["bert"].pk]
        assert plans_before("2023-07", bert)[bert[0]].month == "2023-06"
        assert plans_before("2023-10", bert) == {}

    def test_a_demonstrations_moment_lies_on_its_day(self, room: Room) -> None:
        room.stand_on(TODAY)
        assert moment_of(room.bureau).date() == TODAY


class TestMaterial:
    def test_the_running_score_and_what_it_lost(self, room: Room) -> None:
        bert = room.people["bert"]
        make_quarter(room.bureau, "2023Q2")
        point = make_point(room.bureau, "K1", library=Library.COMMON, name="发票受理差错", full=Decimal(4))
        for person in room.people.values():
            make_result(person, point, "2023Q2", value=2 if person == bert else 0)
        score_quarter(bureau=room.bureau, quarter_code="2023Q2", actor=None, as_of=date(2023, 6, 28))
        found = material_of(bert, now=at(DAY))
        assert found is not None
        assert found.standing.text == f"2023年二季度到目前预计得 {found.score.total} 分。"
        assert [one.text for one in found.lost] == [f"“K1 发票受理差错”失 {found.costs[0].lost} 分。"]
        assert provisional_total(bert, now=at(DAY)) == found.score.total

    def test_none_while_nothing_is_scored(self, room: Room) -> None:
        assert material_of(room.people["bert"], now=at(DAY)) is None
        make_quarter(room.bureau, "2023Q2")
        assert material_of(room.people["bert"], now=at(DAY)) is None
        assert provisional_total(room.people["bert"], now=at(DAY)) is None


class TestReminders:
    def test_the_working_day_before_and_the_day(self, room: Room) -> None:
        showing = room.schedule()
        room.hand_in(showing, "bert")
        asked = Notification.objects.filter(subject="请在 2023-06-15 前提交三晒发言")
        counts = [remind_statements(room.bureau, today=date(2023, 6, day)) for day in (13, 14, 14, 15, 16)]
        assert counts == [0, 3, 0, 3, 0]
        assert not asked.filter(recipient=room.people["bert"]).exists()
