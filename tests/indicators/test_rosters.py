"""名单确认: the list as scoring would place people, its signature, and what voids it."""

from __future__ import annotations

from copy import deepcopy
from datetime import date

import pytest

from audit.models import Entry
from common.errors import Conflict, Frozen, InvalidInput, Refused
from indicators.models import Quarter, RosterSignature
from indicators.queries.rosters import Roster, roster_is_due, roster_of, rosters
from indicators.services.rosters import quarters_to_watch, remind_of_rosters, sign_roster, tell_signers
from notifications.models import Notification
from organization.models import Department, Employee
from scoring.queries import readiness
from scoring.queries.outcomes import score_now
from tests.factories import make_absence, make_bureau, make_department, make_employee, make_placement, sign_rosters
from tests.indicators.taking import TODAY, Town

pytestmark = pytest.mark.django_db


def build() -> Town:
    return Town()


@pytest.fixture
def town(built: Town) -> Town:
    return deepcopy(built)


def listed(town: Town, department: Department | None = None, today: date = TODAY) -> Roster:
    found = roster_of(town.quarter, department or town.here, today=today)
    assert found is not None
    return found


def sign(town: Town, person: Employee, reason: str = "", digest: str = "", today: date = TODAY) -> RosterSignature:
    return sign_roster(
        quarter=town.quarter,
        department=town.here,
        digest=digest or listed(town, today=today).digest,
        actor=person,
        today=today,
        reason=reason,
    )


def numbers(roster: Roster) -> list[str]:
    return [line.number for line in roster.lines]


class TestList:
    def test_names_category_post_and_absences(self, town: Town) -> None:
        make_absence(town.staff, date(2023, 1, 9), date(2023, 1, 20))
        make_absence(town.staff, date(2023, 3, 1), None, "study")
        make_absence(town.staff, date(2022, 3, 1), date(2022, 4, 1))
        line = listed(town).lines[0]
        assert (line.number, line.name, line.category, line.post) == ("101", "张三", "一般干部", "G01岗")
        assert line.remark == "病假 2023-01-09 至 2023-01-20、脱产学习 2023-03-01 起"

    def test_stands_in_the_order_of_categories(self, town: Town) -> None:
        town.person("999", category="中层正职")
        assert numbers(listed(town)) == ["999", "101", "102", "103", "104"]

    def test_places_everybody_as_scoring_does_on_the_quarters_last_day(self, town: Town) -> None:
        """Movers, leavers and joiners of all kinds, against the engine's own outcome."""
        last = date(2023, 3, 31)
        make_placement(town.staff, date(2023, 3, 31), department=town.there)
        make_placement(town.colleague, date(2023, 4, 1), department=town.there)
        leaver = town.person("301", left_on=date(2023, 2, 1))
        make_placement(leaver, date(2023, 2, 20), department=town.there)
        town.person("302", left_on=date(2022, 12, 31))
        town.person("303", joined_on=last)
        town.person("304", joined_on=date(2023, 4, 1))
        categories = dict(town.bureau.categories.values_list("pk", "name"))
        codes = dict(town.bureau.departments.values_list("pk", "code"))
        scored = {
            (person.score.input.number, codes[person.department_id], categories[person.category_id])
            for person in score_now(town.quarter).people
        }
        found = {
            (line.number, roster.department.code, line.category)
            for roster in rosters(town.quarter, today=date(2023, 5, 1))
            for line in roster.lines
        }
        assert found == scored

    def test_stands_as_of_today_while_the_quarter_runs(self, town: Town) -> None:
        make_placement(town.staff, date(2023, 3, 1), department=town.there)
        town.person("303", joined_on=date(2023, 3, 1))
        assert numbers(listed(town)) == ["101", "102", "103", "104"]
        assert numbers(listed(town, today=date(2023, 3, 1))) == ["102", "103", "104", "303"]
        assert listed(town, today=date(2023, 9, 1)).day == date(2023, 3, 31)

    def test_a_department_without_people_has_none(self, town: Town) -> None:
        empty = make_department(town.bureau, "D09")
        assert roster_of(town.quarter, empty, today=TODAY) is None
        assert [one.department.code for one in rosters(town.quarter, today=TODAY)] == ["D01", "D02"]

    def test_reads_the_same_in_every_language(self, town: Town) -> None:
        from django.utils import translation

        make_absence(town.staff, date(2023, 1, 9), date(2023, 1, 20))
        digest = listed(town).digest
        with translation.override("en"):
            assert listed(town).digest == digest

    def test_costs_the_same_for_one_and_three_departments(self, town: Town, django_assert_num_queries: type) -> None:
        with django_assert_num_queries(8):
            rosters(town.quarter, today=TODAY)
        for code in ("D07", "D08", "D09"):
            make_absence(town.person(f"4{code}", department=make_department(town.bureau, code)), date(2023, 2, 1))
        sign_rosters(town.quarter, TODAY)
        with django_assert_num_queries(8):
            assert len(rosters(town.quarter, today=TODAY)) == 5


class TestSignature:
    def test_keeps_who_when_and_what_was_read(self, town: Town) -> None:
        signature = sign(town, town.head)
        assert (signature.by, signature.reason, signature.digest) == (town.head, "", listed(town).digest)
        assert [line["number"] for line in signature.lines] == ["101", "102", "103", "104"]
        assert listed(town).state == "signed"
        entry = Entry.objects.get(action="roster.sign")
        assert (entry.actor_id, entry.target, entry.after["people"]) == (town.head.pk, "2023Q1 征收股", 4)
        with pytest.raises(Conflict, match="已经确认过"):
            sign(town, town.head)

    def test_falls_when_somebody_comes_goes_or_changes_category(self, town: Town) -> None:
        sign(town, town.head)
        make_placement(town.staff, date(2023, 2, 1), department=town.there)
        make_placement(town.colleague, date(2023, 2, 1), category=town.bureau.categories.get(name="中层副职"))
        town.person("888", name="新人")
        changed = listed(town)
        assert changed.state == "changed"
        difference = changed.difference
        assert difference is not None
        assert [line.name for line in difference.came] == ["新人"]
        assert [(gone.line.name, gone.to) for gone in difference.gone] == [("张三", "法制股")]
        assert [(one.line.name, one.before, one.after) for one in difference.altered] == [
            ("李四", "一般干部", "中层副职")
        ]
        assert difference.sentence == "增加 1 人，减少 1 人，1 人信息有变"
        sign(town, town.head)
        assert listed(town).state == "signed"
        assert RosterSignature.objects.count() == 2  # the first one stays

    def test_holds_again_when_the_list_is_as_it_was(self, town: Town) -> None:
        sign(town, town.head)
        absence = make_absence(town.staff, date(2023, 3, 1))
        assert listed(town).state == "changed"
        absence.delete()
        assert listed(town).state == "signed"

    def test_is_not_given_to_a_list_that_was_not_shown(self, town: Town) -> None:
        shown = listed(town).digest
        town.person("888")
        with pytest.raises(Conflict, match="名单刚刚有变"):
            sign(town, town.head, digest=shown)
        assert not RosterSignature.objects.exists()

    def test_belongs_to_the_head(self, town: Town) -> None:
        discipline, admin = town.person("301", roles=["discipline"]), town.person("302", roles=["system_admin"])
        director = town.person("303", roles=["director"])
        foreign = make_employee(make_bureau("YY"), roles=["department_head", "office"])
        for person in (town.staff, town.liaison, town.other_head, town.deputy, director, discipline, admin, foreign):
            with pytest.raises(Refused):
                sign(town, person)
        assert not Entry.objects.exists()

    @pytest.mark.parametrize("away", ["absent", "none"])
    def test_falls_to_the_leader_in_charge_without_a_head(self, town: Town, away: str) -> None:
        if away == "absent":
            make_absence(town.head, date(2023, 2, 1), date(2023, 2, 28))
        else:
            town.head.role_set.all().delete()
        with pytest.raises(Refused, match="由赵局确认"):
            sign(town, town.head)
        assert sign(town, town.deputy).reason == ""

    def test_is_given_by_the_office_with_a_reason(self, town: Town) -> None:
        with pytest.raises(InvalidInput, match="写明理由"):
            sign(town, town.office)
        assert sign(town, town.office, reason="负责人出差").reason == "负责人出差"
        assert Entry.objects.get(action="roster.sign").reason == "负责人出差"

    def test_belongs_to_a_quarter_that_has_begun_and_is_not_published(self, town: Town) -> None:
        Quarter.objects.update(state="open")
        with pytest.raises(Conflict, match="2023Q1 还没有开始"):
            sign(town, town.head)
        for state in ("reviewing", "publicity"):
            RosterSignature.objects.all().delete()
            Quarter.objects.update(state=state)
            sign(town, town.head)
        Quarter.objects.update(state="published")
        with pytest.raises(Frozen, match="2023Q1 已经发布"):
            sign(town, town.head)


class TestReadiness:
    def obstacle(self, town: Town) -> object:
        found = [one for one in readiness(town.quarter, today=TODAY).obstacles if one.kind == "rosters"]
        return found[0] if found else None

    def test_names_the_departments_with_their_cure(self, town: Town) -> None:
        sign(town, town.head)
        town.person("888")
        one = self.obstacle(town)
        assert one.sentence == ("没有确认名单的部门 2 个，其中 1 个签字后名单有变：征收股、法制股；请部门负责人确认。")
        assert one.overridable
        assert one.url == "/rosters/?quarter=2023Q1"
        assert [(row.name, row.details, row.url) for row in one.people] == [
            ("征收股", ("增加 1 人",), "/rosters/2023Q1/D01/"),
            ("法制股", ("未确认",), "/rosters/2023Q1/D02/"),
        ]
        sign_rosters(town.quarter, TODAY)
        assert self.obstacle(town) is None

    def test_stands_on_the_heads_workbench_when_it_is_time(self, town: Town) -> None:
        def due(person: Employee) -> bool:
            return roster_is_due(person, Quarter.objects.get())

        assert not due(town.head)  # while the quarter collects
        Quarter.objects.update(state="reviewing")
        assert [due(person) for person in (town.head, town.staff, town.liaison)] == [True, False, False]
        sign(town, town.head)
        assert not due(town.head)


class TestReminder:
    def test_reaches_who_is_to_sign_once_a_day(self, town: Town) -> None:
        assert remind_of_rosters(quarter=town.quarter, actor=town.office, today=TODAY) == 2
        notice = Notification.objects.get(recipient=town.head)
        assert (notice.subject, notice.url) == ("请确认征收股2023年一季度的人员名单", "/rosters/2023Q1/D01/")
        assert Entry.objects.get(action="roster.remind").after["departments"] == ["征收股", "法制股"]
        with pytest.raises(Conflict, match="今天已经提醒过"):
            remind_of_rosters(quarter=town.quarter, actor=town.office, today=TODAY)

    def test_leaves_out_who_has_signed(self, town: Town) -> None:
        sign(town, town.head)
        remind_of_rosters(quarter=town.quarter, actor=town.office, today=TODAY)
        assert [notice.recipient for notice in Notification.objects.all()] == [town.other_head]

    def test_is_the_offices(self, town: Town) -> None:
        for person in (town.head, town.deputy, town.staff):
            with pytest.raises(Refused):
                remind_of_rosters(quarter=town.quarter, actor=person, today=TODAY)


class TestNightly:
    def test_tells_of_a_changed_list_once_for_each_change(self, town: Town) -> None:
        def told() -> int:
            return tell_signers(quarter=Quarter.objects.select_related("bureau").get(), today=TODAY)

        sign(town, town.head)
        assert told() == 0  # signed, and elsewhere not due while the quarter collects
        town.person("888")
        assert (told(), told()) == (1, 0)
        notice = Notification.objects.get()
        assert (notice.recipient, notice.subject, notice.body) == (
            town.head, "征收股2023年一季度的人员名单有变，需要重新确认", "增加 1 人",
        )  # fmt: skip
        town.person("889")
        assert told() == 1
        Quarter.objects.update(state="reviewing")
        assert (told(), told()) == (1, 0)  # the other department's is due now

    def test_watches_running_bureaus_and_unsettled_quarters(self, town: Town) -> None:
        assert quarters_to_watch() == []  # a calendar that stands still
        town.bureau.stands_on, town.bureau.is_demo = None, False
        town.bureau.save()
        assert quarters_to_watch() == [town.quarter]
        Quarter.objects.update(state="published")
        assert quarters_to_watch() == []
