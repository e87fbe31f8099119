"""议定事项: recorded, reported, settled, handed on; who sees which; reminders by working days."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from functools import partial
from typing import Any

import pytest

from audit.models import Entry
from common.errors import Conflict, InvalidInput, Refused
from notifications.models import Notification
from reviews.models import MeetingAction
from reviews.services import actions
from tests.factories import moment
from tests.reviews.meetings import DAY, PEOPLE, SITS, Hall, make_hall

pytestmark = pytest.mark.django_db
DUE = date(2023, 5, 10)


def build() -> Hall:
    return make_hall()


@pytest.fixture
def hall(built: Hall) -> Hall:
    return deepcopy(built)


def report(hall: Hall, action: MeetingAction, by: str = "anna", outcome: str = "办好了") -> MeetingAction:
    return actions.report_outcome(action=action, outcome=outcome, actor=hall.people[by], today=DAY, now=moment(DAY, 17))


def settle(hall: Hall, action: MeetingAction, by: str = "office", **values: Any) -> MeetingAction:
    given = {"done": True, "reason": ""} | values
    return actions.settle_action(action=action, actor=hall.people[by], now=moment(DAY, 18), **given)


def change(hall: Hall, action: MeetingAction, by: str = "office", **values: Any) -> MeetingAction:
    given = {
        "department": hall.departments["A"],
        "owner": hall.people["bert"],
        "due_on": DUE,
        "reason": "轮岗",
    } | values
    return actions.change_action(action=action, actor=hall.people[by], today=DAY, now=moment(DAY, 18), **given)


class TestWay:
    def test_recorded_reported_done(self, hall: Hall) -> None:
        action = hall.decide(hall.held())
        assert Notification.objects.filter(occasion=f"meeting-action.add:{action.pk}").get().recipient.name == "anna"
        with pytest.raises(InvalidInput, match="还没有报告"):
            settle(hall, action)
        report(hall, action)
        settle(hall, action)
        action.refresh_from_db()
        assert (action.state, action.outcome, action.settled_by) == ("done", "办好了", hall.people["office"])
        lines = Entry.objects.filter(action__startswith="meeting_action.").order_by("pk")
        assert list(lines.values_list("action", flat=True)) == [
            "meeting_action.add", "meeting_action.report", "meeting_action.finish",
        ]  # fmt: skip
        with pytest.raises(Conflict):
            report(hall, action)
        with pytest.raises(Conflict):
            settle(hall, action, done=False, reason="x")

    def test_dropped_with_a_reason(self, hall: Hall) -> None:
        action = hall.decide(hall.held())
        with pytest.raises(InvalidInput):
            settle(hall, action, done=False)
        settle(hall, action, done=False, reason="并入其他工作")
        action.refresh_from_db()
        assert (action.state, action.reason) == ("dropped", "并入其他工作")

    def test_handed_on_with_a_reason_and_both_told(self, hall: Hall) -> None:
        action = hall.decide(hall.held())
        with pytest.raises(InvalidInput):
            change(hall, action, reason="")
        with pytest.raises(InvalidInput, match="没有变"):
            change(hall, action, owner=hall.people["anna"])
        change(hall, action, due_on=date(2023, 5, 20))
        told = Notification.objects.filter(occasion__startswith="meeting-action.change")
        assert set(told.values_list("recipient__name", flat=True)) == {"anna", "bert"}
        line = Entry.objects.get(action="meeting_action.change")
        assert (line.before["due_on"], line.after["due_on"], line.reason) == ("2023-05-10", "2023-05-20", "轮岗")

    def test_only_after_the_meeting_and_with_a_day_ahead(self, hall: Hall) -> None:
        meeting = hall.prepare()
        with pytest.raises(Conflict, match="还没有召开"):
            hall.decide(meeting)
        held = hall.hold(meeting)
        with pytest.raises(InvalidInput):
            hall.decide(held, due_on=date(2023, 4, 1))
        other = make_hall("AN")
        with pytest.raises(InvalidInput):
            actions.add_action(
                meeting=held, task="x", department=hall.departments["A"], owner=other.people["anna"], due_on=DUE,
                actor=hall.people["office"], today=DAY, now=moment(DAY),
            )  # fmt: skip

    def test_goes_on_after_the_minutes_are_final(self, hall: Hall) -> None:
        meeting = hall.held()
        action = hall.decide(meeting)
        hall.close(meeting)
        report(hall, action)
        settle(hall, action)
        assert MeetingAction.objects.get().state == "done"


class TestRights:
    @pytest.mark.parametrize("act", ["report", "settle", "change", "decide"])
    def test_who_may(self, hall: Hall, act: str) -> None:
        meeting = hall.held()
        did = set()
        for name in PEOPLE:
            action = hall.decide(meeting)
            acts: dict[str, Callable[[], object]] = {
                "report": partial(report, hall, action, name),
                "settle": partial(settle, hall, action, name, reason="核实"),
                "change": partial(change, hall, action, name),
                "decide": partial(hall.decide, meeting, actor=hall.people[name]),
            }
            try:
                acts[act]()
                did.add(name)
            except Refused:
                pass
        assert did == ({"anna"} if act == "report" else {"office"})

    def test_who_sees_which(self, hall: Hall) -> None:
        meeting = hall.held()
        annas, berts = hall.decide(meeting), hall.decide(meeting, "bert")
        other = make_hall("AN")
        people = {**hall.people, "stranger": other.people["office"], "namesake": other.people["anna"]}
        seen = {name: set(MeetingAction.objects.visible_to(person)) for name, person in people.items()}
        expected = {name: {annas, berts} if name in SITS else set() for name in people}
        assert seen == expected | {"anna": {annas}, "bert": {berts}}


class TestReminding:
    @pytest.mark.parametrize(
        ("today", "told"),
        [
            (date(2023, 5, 4), 0),  # four working days before: Saturday the 6th is made up
            (date(2023, 5, 6), 1),  # three
            (date(2023, 5, 8), 0),
            (date(2023, 5, 9), 1),  # one
            (DUE, 0),
            (date(2023, 5, 11), 1),
            (date(2023, 5, 12), 1),
            (date(2023, 5, 13), 0),  # a Saturday
        ],
    )
    def test_three_and_one_before_and_daily_after(self, hall: Hall, today: date, told: int) -> None:
        hall.decide(hall.held())
        assert actions.remind_of_actions(bureau=hall.bureau, today=today) == told
        assert actions.remind_of_actions(bureau=hall.bureau, today=today) == 0

    def test_who_has_reported_is_left_alone(self, hall: Hall) -> None:
        report(hall, hall.decide(hall.held()))
        assert actions.remind_of_actions(bureau=hall.bureau, today=date(2023, 5, 11)) == 0
