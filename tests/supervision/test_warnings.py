"""Warning sheets: who is concerned, when they are made, who signs until when, and what a signature keeps."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta

import pytest
from django.db.models import Value
from django.db.models.functions import Concat
from django.utils import timezone

from audit.models import Entry
from common.digest import digest_of_text
from common.errors import Conflict, InvalidInput, Refused
from common.workdays import WorkCalendar
from indicators.models import PointVersion, Quarter
from indicators.queries.asked import Asked
from indicators.sources import find_source
from notifications.models import Notification
from organization.models import CalendarYear, Department, Role
from organization.queries import work_calendar
from supervision import jobs
from supervision.facts import warnings_signed
from supervision.models import Escalation, Warned, WarningSheet, WarningSignature
from supervision.queries.duties import duties_of
from supervision.queries.warning_texts import changes_today, text_of, verified
from supervision.services.warning_rounds import escalate_unsigned, settle_warnings
from supervision.services.warnings import sign_lines
from supervision.warning_clocks import first_workday, levels_reached, limits
from tests.duties import asked_for
from tests.factories import make_absence, make_employee, make_item, make_point, make_result, make_version, moment
from tests.supervision.warned import HEAD_DUE, LIAISON_DUE, MADE, MONTH, NODE, Town, make_town

pytestmark = pytest.mark.django_db
Outcome, Side = Warned.Outcome, WarningSignature.Side
PLAIN = WorkCalendar()


def build() -> Town:
    return make_town()


@pytest.fixture
def town(built: Town) -> Town:
    return deepcopy(built)


def told(town: Town, who: str) -> list[str]:
    return list(
        Notification.objects.filter(recipient=town.people[who]).order_by("pk").values_list("subject", flat=True)
    )


class TestClocks:
    def test_the_first_working_day_passes_a_weekend_and_a_holiday(self) -> None:
        assert first_workday("2023-07", PLAIN) == date(2023, 7, 3)
        assert first_workday("2023-05", WorkCalendar({date(2023, 5, day): False for day in (1, 2, 3)})) == date(
            2023, 5, 4
        )

    def test_the_liaison_has_three_working_days_before_the_node_and_made_up_days_count(self) -> None:
        assert limits(NODE, MADE, PLAIN) == (HEAD_DUE, LIAISON_DUE)
        saturday = WorkCalendar({date(2023, 7, 22): True})
        assert limits(NODE, MADE, saturday).liaison == date(2023, 7, 21)

    def test_who_came_too_late_for_that_has_the_next_working_day(self) -> None:
        assert limits(date(2023, 7, 4), MADE, PLAIN) == (date(2023, 7, 4), date(2023, 7, 4))
        assert limits(NODE, date(2023, 7, 21), PLAIN) == (date(2023, 7, 24), date(2023, 7, 24))

    def test_an_unsigned_line_goes_up_a_level_a_working_day(self) -> None:
        friday = date(2023, 7, 7)
        reached = {day: len(levels_reached(friday, friday + timedelta(days=day), PLAIN)) for day in range(-1, 7)}
        assert reached == {-1: 0, 0: 1, 1: 1, 2: 1, 3: 2, 4: 3, 5: 4, 6: 4}


class TestMaking:
    def test_each_department_gets_what_its_people_answer_for(self, town: Town) -> None:
        assert town.make() == 5
        lines = Warned.objects.values_list("sheet__department__code", "point__code", "period")
        assert set(lines) == {
            ("A", "C1", MONTH),
            ("A", "K1", MONTH),
            ("B", "C1", MONTH),
            ("C", "C1", MONTH),
            ("O", "C1", MONTH),
        }
        line = town.line("K1")
        assert (line.due, line.head_due, line.liaison_due) == (NODE, HEAD_DUE, LIAISON_DUE)
        assert line.holders == [{"number": town.people["anna"].number, "name": "anna"}]
        assert town.line("C1").holders == []
        assert "每月25日" in line.requirement
        assert line.standard == "逐户核实"
        assert Entry.objects.filter(action="warning.make", actor_id=None).count() == 4

    def test_not_before_the_first_working_day(self, town: Town) -> None:
        assert town.make(today=date(2023, 7, 2)) == 0
        assert not WarningSheet.objects.exists()

    def test_twice_makes_nothing_more_and_tells_nobody_again(self, town: Town) -> None:
        town.make()
        count = Notification.objects.count()
        assert told(town, "head") == told(town, "liaison") == ["A股2023年7月预警提醒表：2 项待签字"]
        assert town.make(today=date(2023, 7, 4)) == 0
        assert Notification.objects.count() == count

    def test_after_a_standstill_a_later_day_makes_them_whole(self, town: Town) -> None:
        assert town.make(today=date(2023, 7, 28)) == 5
        assert town.line("K1").due == NODE

    def test_what_comes_in_mid_month_gets_in_unless_its_node_has_passed(self, town: Town) -> None:
        town.make()
        for name, day in (("K3", "每月28日"), ("K4", "每月5日")):
            point = make_point(town.bureau, name, cycle="month", deadline=day, department=town.departments["A"])
            town.points[name] = point
            make_item(town.people["anna"], point, town.quarter)
        founded = town.departments["D"]
        make_employee(town.bureau, "9900", department=founded)
        assert town.make(today=date(2023, 7, 12)) == 2
        assert town.line("K3").head_due == date(2023, 7, 17)
        assert set(WarningSheet.objects.values_list("department__code", flat=True)) == set("ABCDO")
        assert told(town, "head")[-1] == "A股2023年7月预警提醒表增加 1 项，请签字"
        assert not Warned.objects.filter(point=town.points["K4"]).exists()

    def test_a_node_on_days_off_belongs_to_the_month_of_its_working_day(self, town: Town) -> None:
        point = make_point(town.bureau, "K5", cycle="month", deadline="每月1日", department=town.departments["A"])
        make_item(town.people["anna"], point, town.quarter)
        town.make(today=date(2023, 9, 1), month="2023-09")
        lines = Warned.objects.filter(point=point)
        # 1 October is a holiday: its node is of the next quarter, which has no row yet; 1 September is a working day.
        assert [(line.period, line.due) for line in lines] == [("2023-09", date(2023, 9, 1))]

    def test_a_leaver_holds_nothing_of_a_node_after_the_last_day(self, town: Town) -> None:
        anna = town.people["anna"]
        anna.left_on = date(2023, 7, 10)
        anna.save()
        town.make()
        assert not Warned.objects.filter(point=town.points["K1"]).exists()

    def test_a_year_without_its_calendar_is_said_on_the_sheet(self, town: Town) -> None:
        CalendarYear.objects.filter(year=2023).delete()
        town.make()
        assert not town.sheet().knows_calendar

    def test_the_job_makes_no_sheet_in_a_demonstration(self, town: Town) -> None:
        jobs.make_warnings()
        assert not WarningSheet.objects.exists()


class TestSigners:
    def test_head_and_liaison_where_both_are_there(self, town: Town) -> None:
        assert (town.signers("head"), town.signers("liaison")) == (["head"], ["liaison"])

    def test_one_person_with_both_roles_signs_for_the_liaison_and_the_leader_for_the_head(self, town: Town) -> None:
        assert (town.signers("head", "B"), town.signers("liaison", "B")) == (["deputy"], ["both"])

    def test_without_either_the_leader_and_then_the_office(self, town: Town) -> None:
        assert town.signers("liaison", "C") == ["deputy"]
        assert town.signers("head", "C") == ["office", "office2"]
        assert town.signers("liaison", "O") == ["office", "office2"]

    def test_without_a_liaison_the_head_stands_in_and_the_leader_for_the_head(self, town: Town) -> None:
        Role.objects.filter(employee=town.people["liaison"]).delete()
        assert (town.signers("liaison"), town.signers("head")) == (["head"], ["deputy"])
        assert town.signers("liaison", other="head") == ["deputy"]  # the head had signed before

    def test_who_is_away_is_stood_in_for(self, town: Town) -> None:
        make_absence(town.people["head"], MADE, MADE)
        assert town.signers("head") == ["deputy"]


class TestSigning:
    def test_a_signature_keeps_who_when_and_the_text_as_shown(self, town: Town) -> None:
        town.make()
        (signature,) = town.sign("head", "head", "K1")
        line = town.line("K1")
        assert (signature.by, signature.at, signature.late) == (town.people["head"], moment(MADE, 9), False)
        assert "考点：K1 清理欠税" in signature.text
        assert "承担人：anna" in signature.text
        assert signature.digest == digest_of_text(signature.text)
        assert verified(signature, line).holds
        entry = Entry.objects.get(action="warning.sign")
        assert entry.after["sha256"] == signature.digest

    def test_several_at_once_are_signed_and_logged_singly(self, town: Town) -> None:
        town.make()
        assert len(town.sign("head", "head")) == 2
        digests = set(WarningSignature.objects.values_list("digest", flat=True))
        assert len(digests) == Entry.objects.filter(action="warning.sign").count() == 2

    def test_a_late_signature_counts_and_is_marked(self, town: Town) -> None:
        town.make()
        (on_the_day,) = town.sign("head", "head", "K1", today=HEAD_DUE)
        (late,) = town.sign("liaison", "liaison", "K1", today=date(2023, 7, 21))
        assert (on_the_day.late, late.late) == (False, True)

    @pytest.mark.parametrize(
        ("who", "side"),
        [("liaison", "head"), ("head", "liaison"), ("anna", "head"), ("deputy", "head"), ("office", "head"),
         ("director", "head"), ("discipline", "liaison"), ("admin", "liaison"), ("both", "head")],
    )  # fmt: skip
    def test_nobody_else_signs(self, town: Town, who: str, side: str) -> None:
        town.make()
        with pytest.raises(Refused):
            town.sign(who, side, "K1")
        assert not WarningSignature.objects.exists()

    def test_not_both_sides_by_one_person(self, town: Town) -> None:
        town.make()
        town.sign("head", "head", "K1")
        Role.objects.filter(employee=town.people["liaison"]).delete()
        with pytest.raises(Refused, match="两个人"):
            town.sign("head", "liaison", "K1")
        assert len(town.sign("deputy", "liaison", "K1")) == 1

    def test_not_twice(self, town: Town) -> None:
        town.make()
        town.sign("head", "head", "K1")
        with pytest.raises(Conflict, match="已经签过"):
            town.sign("head", "head")  # all or none
        assert WarningSignature.objects.count() == 1

    def test_not_what_was_not_shown(self, town: Town) -> None:
        town.make()
        sheet, line = town.sheet(), town.line("K1")
        head, other = town.person("head"), town.line("C1", "B")
        for digests, error in (
            ({}, InvalidInput), ({other.pk: "x"}, InvalidInput), ({line.pk: "0" * 64}, Conflict)
        ):  # fmt: skip
            with pytest.raises(error):
                sign_lines(sheet=sheet, side="head", digests=digests, actor=head, today=MADE, now=moment(MADE))
        with pytest.raises(InvalidInput):
            sign_lines(sheet=sheet, side="x", digests={line.pk: "x"}, actor=head, today=MADE, now=moment(MADE))

    def test_not_in_a_quarter_that_is_shown(self, town: Town) -> None:
        town.make()
        Quarter.objects.update(state=Quarter.State.PUBLICITY)
        with pytest.raises(Conflict, match="已经公示"):
            town.sign("head", "head", "K1")

    def test_what_was_changed_behind_the_back_does_not_verify(self, town: Town) -> None:
        town.make()
        (signature,) = town.sign("head", "head", "K1")
        Warned.objects.update(standard="放宽")
        assert not verified(signature, town.line("K1")).as_on_sheet
        signature.text = signature.text.replace("逐户", "抽查")
        assert not verified(signature, town.line("K1")).intact

    def test_text_and_digest_rewritten_together_differ_from_the_log(self, town: Town) -> None:
        town.make()
        (signature,) = town.sign("head", "head", "K1")
        Warned.objects.update(standard="放宽")
        signature.text = text_of(town.line("K1"))
        signature.digest = digest_of_text(signature.text)
        found = verified(signature, town.line("K1"))
        assert (found.intact, found.as_on_sheet, found.as_logged, found.holds) == (True, True, False, False)
        assert "与审计日志里签字时的记录不同" in found.sentence

    def test_a_department_that_is_renamed_leaves_what_was_signed(self, town: Town) -> None:
        town.make()
        (signature,) = town.sign("head", "head", "K1")
        Department.objects.update(name=Concat("name", Value("（新）")))
        assert verified(signature, town.line("K1")).holds
        assert changes_today([town.line("K1")], work_calendar()) == {}

    def test_a_revision_and_a_new_holder_are_told_with_their_difference(self, town: Town) -> None:
        town.make()
        assert changes_today([town.line("K1"), town.line("C1")], work_calendar()) == {}
        make_version(
            town.points["K1"], number=2, from_quarter="2023Q3", name="清理欠税", standard="逐户核实并公告",
            cycle="month", deadline="每月25日", department=town.departments["A"],
        )  # fmt: skip
        make_item(town.people["carl"], town.points["K1"], town.quarter)
        line = town.line("K1")
        changes = {change.label: change for change in changes_today([line], work_calendar())[line.pk]}
        assert set(changes) >= {"质量标准", "承担人"}
        assert (changes["质量标准"].before, changes["质量标准"].after) == ("逐户核实", "逐户核实并公告")
        assert "carl" in str(changes["承担人"].after)


class TestOutcome:
    def settle(self, town: Town, day: date) -> dict[str, tuple[str, int | None]]:
        settle_warnings(bureau=town.bureau, today=day, now=moment(day))
        return {line.point.code: (line.outcome, line.missing) for line in Warned.objects.filter(sheet=town.sheet())}

    def test_done_with_the_last_result(self, town: Town) -> None:
        town.make()
        assert self.settle(town, NODE)["K1"] == ("open", None)
        make_result(town.people["anna"], town.points["K1"], "2023-07")
        assert self.settle(town, NODE)["K1"] == ("done", None)
        assert Entry.objects.filter(action="warning.settle").count() == 1

    def test_overdue_the_day_after_with_how_many_are_missing(self, town: Town) -> None:
        town.make()
        make_result(town.people["carl"], town.points["C1"], "2023-07", entered_at=moment(NODE))
        found = self.settle(town, date(2023, 7, 26))
        assert found == {"C1": ("overdue", 3), "K1": ("overdue", 1)}
        assert self.settle(town, date(2023, 7, 27)) == found

    @pytest.mark.parametrize(("day", "outcome"), [(NODE, ("done", None)), (date(2023, 7, 26), ("overdue", 1))])
    def test_after_downtime_it_is_what_it_would_have_been(
        self, town: Town, day: date, outcome: tuple[str, int | None]
    ) -> None:
        town.make()
        make_result(town.people["anna"], town.points["K1"], "2023-07", entered_at=moment(day, 23))
        assert self.settle(town, date(2023, 8, 14))["K1"] == outcome

    def test_a_machine_enters_after_the_day(self, town: Town) -> None:
        town.make()
        machine = PointVersion.Source.MACHINE
        late = moment(date(2023, 7, 26))
        make_result(town.people["anna"], town.points["K1"], "2023-07", source=machine, entered_at=late)
        assert self.settle(town, date(2023, 8, 14))["K1"] == ("done", None)

    def test_dropped_when_withdrawn(self, town: Town) -> None:
        town.make()
        make_version(town.points["K1"], number=2, from_quarter="2023Q3", withdrawn=True)
        assert self.settle(town, MADE)["K1"] == ("dropped", None)
        with pytest.raises(Conflict, match="不再考核"):
            town.sign("head", "head", "K1")


class TestEscalation:
    def up(self, town: Town, day: date) -> int:
        return escalate_unsigned(bureau=town.bureau, today=day)

    def test_one_level_a_working_day_each_once(self, town: Town) -> None:
        town.make()
        town.sign("head", "head", "C1")
        days = [date(2023, 7, day) for day in (5, 6, 7, 8, 10, 11, 12)]
        for day in days:
            self.up(town, day)
            self.up(town, day)
        rows = Escalation.objects.filter(line=town.line("K1"), side="head").order_by("on")
        assert [(one.level, one.on.day) for one in rows] == [
            ("liaison", 6),
            ("head", 7),
            ("deputy", 10),
            ("office", 11),
        ]
        assert not Escalation.objects.filter(line=town.line("C1")).exists()
        assert told(town, "liaison")[1:] == ["A股2023年7月预警有 1 项部门负责人一方还没有签字"]
        assert told(town, "head")[1:] == ["A股2023年7月预警有 1 项部门负责人一方还没有签字"]
        assert "A股2023年7月预警有 1 项部门负责人一方还没有签字" in told(town, "office")

    def test_all_levels_after_a_long_standstill(self, town: Town) -> None:
        town.make()
        self.up(town, date(2023, 7, 24))
        assert Escalation.objects.filter(line=town.line("K1"), side="head").count() == 4
        assert Escalation.objects.filter(line=town.line("K1"), side="liaison").count() == 3

    def test_where_nobody_is_at_a_level_those_above_hear_of_it(self, town: Town) -> None:
        town.make()
        before = len(told(town, "deputy"))
        self.up(town, HEAD_DUE)
        assert len(told(town, "deputy")) > before  # C has neither liaison nor head

    def test_nothing_on_days_off_nor_about_what_is_done(self, town: Town) -> None:
        town.make()
        assert self.up(town, date(2023, 7, 8)) == 0
        Warned.objects.update(outcome=Outcome.DONE, settled_at=timezone.now())
        assert self.up(town, date(2023, 7, 10)) == 0

    def test_the_job_runs_the_round_of_every_running_bureau(self, town: Town) -> None:
        town.bureau.is_demo, town.bureau.stands_on = False, None
        town.bureau.save()
        town.make()
        jobs.watch_warnings_of(town.bureau.pk, "2023-07-26")
        assert Warned.objects.filter(outcome=Outcome.OVERDUE).count() == 5
        assert Escalation.objects.exists()


class TestFact:
    def measured(self, town: Town, today: date) -> dict[str, list[bool]]:
        names = {person.pk: name for name, person in town.people.items()}
        found: dict[str, list[bool]] = {}
        for one in warnings_signed(town.bureau, date(2023, 7, 1), date(2023, 7, 31), today):
            found.setdefault(names[one.employee_id], []).append(one.kept)
        return found

    def test_in_time_late_and_never(self, town: Town) -> None:
        town.make()
        assert self.measured(town, MADE) == {}
        town.sign("head", "head", "K1")
        town.sign("liaison", "liaison", "K1", today=date(2023, 7, 21))
        found = self.measured(town, date(2023, 7, 24))
        assert sorted(found["head"]) == [False, True]
        assert found["liaison"] == [False, False]
        assert found["both"] == [False, False]

    def test_what_was_done_before_owes_no_signature(self, town: Town) -> None:
        town.make()
        Warned.objects.update(outcome=Outcome.DONE, settled_at=moment(MADE))
        assert self.measured(town, date(2023, 7, 31)) == {}

    def test_it_is_a_source_for_points(self) -> None:
        source = find_source("warnings_signed")
        assert source is not None
        assert str(source.label) == "预警按时签字"


class TestDuties:
    def duties(self, town: Town, who: str, today: date = MADE) -> list[tuple[str, date | None]]:
        found = asked_for(duties_of, Asked(town.person(who), today, work_calendar()))
        return [(str(one.label), one.due) for one in found]

    def test_each_side_has_its_own_with_its_limit(self, town: Town) -> None:
        town.make()
        assert self.duties(town, "head") == [("A股2023年7月预警有 2 项待签字（部门负责人）", HEAD_DUE)]
        assert self.duties(town, "liaison") == [("A股2023年7月预警有 2 项待签字（联络员）", LIAISON_DUE)]
        assert [label for label, _due in self.duties(town, "deputy")] == [
            "B股2023年7月预警有 1 项待签字（部门负责人）", "C股2023年7月预警有 1 项待签字（联络员）"
        ]  # fmt: skip
        assert len(self.duties(town, "office")) == 3
        for who in ("anna", "discipline", "admin", "director"):
            assert self.duties(town, who) == []

    def test_gone_with_the_signature(self, town: Town) -> None:
        town.make()
        town.sign("head", "head")
        assert self.duties(town, "head") == []
