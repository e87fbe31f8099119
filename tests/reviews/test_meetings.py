"""讲评会 through its services: prepared, arranged, held with its pack, written up, closed and then unalterable."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta
from typing import Any

import pytest

from audit.models import Entry
from common.errors import Conflict, InvalidInput, Refused
from indicators.models import Quarter
from indicators.queries.asked import Asked
from indicators.services.quarters import move_quarter
from notifications.models import Notification
from organization.queries import work_calendar
from reviews.models import AgendaItem, LostPoint, ReviewMeeting
from reviews.queries.meetings import AgendaLine, duties_of, quarters_to_review
from reviews.queries.minutes import drafted_minutes, drafted_report
from reviews.queries.pack import thawed
from reviews.services import meetings
from tests.duties import asked_for
from tests.factories import moment
from tests.reviews.meetings import BEGAN, DAY, LEADERS, PEOPLE, SITS, Hall, make_hall

pytestmark = pytest.mark.django_db
State = ReviewMeeting.State


def build() -> Hall:
    return make_hall()


@pytest.fixture
def hall(built: Hall) -> Hall:
    return deepcopy(built)


def told(start: str) -> set[str]:
    return set(Notification.objects.filter(occasion__startswith=start).values_list("recipient__name", flat=True))


class TestPreparing:
    def test_it_is_set_up_by_the_custom(self, hall: Hall) -> None:
        meeting = hall.prepare()
        assert (meeting.state, meeting.chair, meeting.run.number) == (State.PREPARING, hall.people["director"], 1)
        assert meeting.explain_until == work_calendar().add(DAY, -3) == date(2023, 4, 17)
        kinds = list(meeting.agenda.values_list("kind", "department__code", "speaker__name"))
        assert kinds == [
            ("report", None, "office"),
            ("explain", "XSA", "head"),
            ("explain", "XSB", "head_b"),
            ("comment", None, "deputy"),
            ("comment", None, "other_deputy"),
            ("sum_up", None, "director"),
        ]
        assert Entry.objects.filter(action="meeting.prepare").get().after["run"] == 1

    def test_who_sits_in_it_is_told_and_who_explains_is_asked(self, hall: Hall) -> None:
        meeting = hall.prepare()
        assert told(f"meeting.prepare:{meeting.pk}") == SITS
        assert told(f"meeting.explain:{meeting.pk}") == {"head", "liaison", "head_b"}

    @pytest.mark.parametrize("name", sorted(PEOPLE.keys() - {"office"}))
    def test_only_the_office_prepares(self, hall: Hall, name: str) -> None:
        with pytest.raises(Refused):
            hall.prepare(name)

    def test_a_quarter_that_is_not_shown_has_no_meeting(self, hall: Hall) -> None:
        Quarter.objects.filter(pk=hall.quarter.pk).update(state=Quarter.State.REVIEWING)
        hall.quarter.refresh_from_db()
        with pytest.raises(Conflict, match="还没有公示"):
            hall.prepare()

    def test_one_meeting_a_quarter(self, hall: Hall) -> None:
        hall.prepare()
        with pytest.raises(Conflict, match="已经有讲评会"):
            hall.prepare()
        assert quarters_to_review(hall.people["office"]) == []

    @pytest.mark.parametrize(
        "given",
        [{"day": BEGAN - timedelta(1)}, {"explain_until": DAY + timedelta(1)}, {"explain_until": date(2023, 4, 1)}],
    )
    def test_days_that_do_not_fit(self, hall: Hall, given: dict[str, Any]) -> None:
        with pytest.raises(InvalidInput):
            hall.prepare(**given)
        assert not ReviewMeeting.objects.exists()

    def test_a_change_is_told_with_what_it_was(self, hall: Hall) -> None:
        meeting = hall.prepare()
        arrangement = meetings.Arrangement(date(2023, 4, 24), place="大会议室")
        meetings.change_meeting(
            meeting=meeting, arrangement=arrangement, actor=hall.people["office"], today=BEGAN, now=moment(BEGAN)
        )
        line = Entry.objects.get(action="meeting.change")
        assert (line.before["day"], line.after["day"]) == ("2023-04-20", "2023-04-24")
        assert told("meeting.change") == SITS

    def test_the_agenda_is_the_offices_until_the_meeting(self, hall: Hall) -> None:
        meeting = hall.prepare()
        lines = [AgendaLine(AgendaItem.Kind.OTHER, "学习文件"), AgendaLine(AgendaItem.Kind.SUM_UP, "总结")]
        meetings.set_agenda(meeting=meeting, lines=lines, actor=hall.people["office"])
        assert list(meeting.agenda.values_list("title", flat=True)) == ["学习文件", "总结"]
        with pytest.raises(InvalidInput):
            meetings.set_agenda(meeting=meeting, lines=[], actor=hall.people["office"])
        with pytest.raises(Refused):
            meetings.set_agenda(meeting=meeting, lines=lines, actor=hall.people["head"])
        hall.hold(meeting)
        with pytest.raises(Conflict, match="不能再改"):
            meetings.set_agenda(meeting=meeting, lines=lines, actor=hall.people["office"])


class TestHolding:
    def test_not_before_its_day(self, hall: Hall) -> None:
        meeting = hall.prepare()
        with pytest.raises(Conflict, match="还没有到"):
            hall.hold(meeting, today=DAY - timedelta(1))
        held = hall.hold(meeting)
        assert held.state == State.HELD
        with pytest.raises(Conflict, match="召开过"):
            hall.hold(meeting)

    def test_the_pack_is_frozen_by_the_run_that_counts(self, hall: Hall) -> None:
        meeting = hall.prepare()
        hall.correct(faults=0)
        held = hall.hold(meeting)
        assert held.run.number == 2
        frozen = thawed(ReviewMeeting.objects.get().pack)
        assert frozen.run == 2
        rows = {(one.department_id, one.point_id): str(one.lost) for one in LostPoint.objects.filter(lost__gt=0)}
        assert rows == {(one.department_id, one.point_id): one.lost for one in frozen.lost}
        assert Entry.objects.get(action="meeting.hold").after["run"] == 2

    def test_a_quarter_scored_again_in_publicity_is_followed(self, hall: Hall) -> None:
        """It keeps its run: what was drawn from the run's earlier figures must not stand beside the new pack."""
        meeting = hall.prepare()
        hall.score_again(faults=0)
        held = hall.hold(meeting)
        assert held.run.number == 1
        rows = {(one.department_id, one.point_id): str(one.lost) for one in LostPoint.objects.filter(lost__gt=0)}
        frozen = thawed(ReviewMeeting.objects.get().pack)
        assert rows == {(one.department_id, one.point_id): one.lost for one in frozen.lost}

    def test_not_while_its_quarter_is_taken_back(self, hall: Hall) -> None:
        meeting = hall.prepare()
        move_quarter(quarter=hall.quarter, to=Quarter.State.REVIEWING, actor=hall.people["office"], reason="有误")
        with pytest.raises(Conflict, match="已退回"):
            hall.hold(meeting)

    @pytest.mark.parametrize("name", ["head", "deputy", "director", "discipline", "admin", "anna"])
    def test_the_office_alone(self, hall: Hall, name: str) -> None:
        meeting = hall.prepare()
        with pytest.raises(Refused):
            hall.hold(meeting, name)


class TestWords:
    def test_each_writes_ones_own(self, hall: Hall) -> None:
        meeting = hall.held()
        now = moment(DAY, 16)
        meetings.write_report(meeting=meeting, text="汇报", actor=hall.people["office"])
        meetings.comment(meeting=meeting, text="先", actor=hall.people["deputy"], now=now)
        meetings.comment(meeting=meeting, text="点评", actor=hall.people["deputy"], now=now)
        meetings.sum_up(meeting=meeting, text="总结", actor=hall.people["director"])
        meeting.refresh_from_db()
        assert (meeting.report, meeting.summing_up) == ("汇报", "总结")
        assert [one.text for one in meeting.comments.all()] == ["点评"]
        actions = list(
            Entry.objects.filter(action__startswith="meeting.").order_by("pk").values_list("action", flat=True)
        )
        assert actions[-4:] == ["meeting.brief", "meeting.comment", "meeting.comment", "meeting.sum_up"]

    @pytest.mark.parametrize(
        ("act", "may"),
        [
            ("write_report", {"office"}),
            ("comment", {"deputy", "other_deputy"}),
            ("sum_up", {"director"}),
            ("save_minutes", {"office"}),
        ],
    )
    def test_and_nobody_elses(self, hall: Hall, act: str, may: set[str]) -> None:
        meeting, wrote = hall.held(), set()
        for name, person in hall.people.items():
            given: dict[str, Any] = {"now": moment(DAY)} if act == "comment" else {}
            try:
                getattr(meetings, act)(meeting=meeting, text="文", actor=person, **given)
                wrote.add(name)
            except Refused:
                pass
        assert wrote == may

    def test_who_takes_the_chair_sums_up(self, hall: Hall) -> None:
        meeting = hall.hold(hall.prepare(chair=hall.people["deputy"]))
        meetings.sum_up(meeting=meeting, text="总结", actor=hall.people["deputy"])
        assert ReviewMeeting.objects.get().summing_up == "总结"

    def test_the_report_is_drafted_with_the_packs_figures(self, hall: Hall) -> None:
        meeting = hall.held()
        made = thawed(meeting.pack)
        text = drafted_report(made)
        assert f"合计 {made.health.lost} 分" in text
        assert f"平均 {made.health.mean} 分" in text
        assert "扣分面" in text
        assert "%%" not in text

    def test_the_minutes_are_drafted_from_what_was_written(self, hall: Hall) -> None:
        meeting = hall.prepare()
        hall.explain(hall.lost(meeting, "A", "K1"), cause="培训不够。", measure="每周培训。")
        meeting = hall.hold(meeting)
        meetings.comment(meeting=meeting, text="抓紧整改", actor=hall.people["deputy"], now=moment(DAY))
        meetings.sum_up(meeting=meeting, text="说到做到", actor=hall.people["director"])
        hall.decide(meeting)
        meeting = ReviewMeeting.objects.select_related("quarter", "bureau", "chair").get()
        text = drafted_minutes(meeting)
        for words in (
            "培训不够，措施：每周培训",
            "deputy：抓紧整改",
            "说到做到",
            "1．整改（A股 anna，5月10日 前）",
            "director主持",
            "2 个部门说明",
        ):
            assert words in text
        assert "没有书面说明" in text


class TestClosing:
    def test_closed_with_minutes_and_then_unalterable(self, hall: Hall) -> None:
        meeting = hall.held()
        with pytest.raises(InvalidInput):
            hall.close(meeting, "  ")
        action = hall.decide(meeting)
        hall.close(meeting, "定稿的纪要")
        meeting.refresh_from_db()
        assert (meeting.state, meeting.minutes, meeting.closed_by) == (
            State.CLOSED,
            "定稿的纪要",
            hall.people["office"],
        )
        assert told(f"meeting.conclude:{meeting.pk}") == SITS
        office, now = hall.people["office"], moment(DAY)
        before = ReviewMeeting.objects.values().get()
        for act in (
            lambda: meetings.write_report(meeting=meeting, text="x", actor=office),
            lambda: meetings.save_minutes(meeting=meeting, text="x", actor=office),
            lambda: meetings.comment(meeting=meeting, text="x", actor=hall.people["deputy"], now=now),
            lambda: meetings.sum_up(meeting=meeting, text="x", actor=hall.people["director"]),
            lambda: meetings.set_agenda(meeting=meeting, lines=[AgendaLine("other", "x")], actor=office),
            lambda: hall.close(meeting, "y"),
            lambda: hall.decide(meeting),
            lambda: hall.hold(meeting),
        ):
            with pytest.raises(Conflict):
                act()
        assert ReviewMeeting.objects.values().get() == before
        assert list(meeting.actions.all()) == [action]


class TestSeen:
    def test_who_sees_the_meeting(self, hall: Hall) -> None:
        hall.prepare()
        other = make_hall("AN")
        people = {**hall.people, "stranger": other.people["office"]}
        seen = {name for name, person in people.items() if ReviewMeeting.objects.visible_to(person).exists()}
        assert seen == SITS

    def test_who_reads_explanations_before_and_after(self, hall: Hall) -> None:
        meeting = hall.prepare()
        departments = {row.pk: place for place, row in hall.departments.items()}

        def read() -> dict[str, str]:
            return {
                name: "".join(sorted({departments[one.department_id] for one in LostPoint.objects.visible_to(person)}))
                for name, person in hall.people.items()
            }

        leaders = dict.fromkeys(LEADERS, "ABD")
        nobody = dict.fromkeys(set(PEOPLE) - SITS, "")
        assert read() == leaders | nobody | {"head": "A", "liaison": "A", "head_b": "B"}
        hall.hold(meeting)
        assert read() == dict.fromkeys(SITS, "ABD") | nobody


class TestDuties:
    def duties(self, hall: Hall, name: str, today: date = BEGAN) -> list[tuple[str, date | None]]:
        found = asked_for(duties_of, Asked(hall.people[name], today, work_calendar()))
        return [(str(one.label), one.due) for one in found]

    def test_from_preparing_to_closing(self, hall: Hall) -> None:
        assert all(self.duties(hall, name) == [] for name in PEOPLE)
        meeting = hall.prepare()
        assert self.duties(hall, "head") == [("3 项扣分待说明", date(2023, 4, 17))]
        assert self.duties(hall, "deputy") == [("2023年一季度讲评会待点评分管部门", DAY)]
        assert self.duties(hall, "director") == self.duties(hall, "office") == self.duties(hall, "admin") == []
        hall.explain(hall.lost(meeting, "A", "K1"))
        assert self.duties(hall, "liaison") == [("2 项扣分待说明", date(2023, 4, 17))]
        meeting = hall.hold(meeting)
        assert self.duties(hall, "head") == []
        assert self.duties(hall, "director") == [("2023年一季度讲评会待总结", None)]
        assert self.duties(hall, "office") == [("2023年一季度讲评会纪要待定稿", None)]
        hall.decide(meeting)
        assert self.duties(hall, "anna") == [("议定事项：整改", date(2023, 5, 10))]
        meetings.comment(meeting=meeting, text="x", actor=hall.people["deputy"], now=moment(DAY))
        hall.close(meeting)
        assert {name for name in PEOPLE if self.duties(hall, name)} == {"anna"}
