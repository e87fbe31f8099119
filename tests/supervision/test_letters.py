"""督查督办函: numbers without a gap, the way of an item, its limits, and who may what."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from audit.models import Entry
from common.errors import Conflict, InvalidInput, Refused
from notifications.models import Notification
from organization.queries import work_calendar
from supervision.models import ItemExtension, ItemReport, Letter, LetterItem, ReportFile
from supervision.queries.letters import letter_rail
from supervision.services import letter_items, letters
from supervision.services.letters import letter_version, set_letter_settings
from tests.factories import make_department, moment
from tests.supervision.letters import DAY, DUE, LATE, Desk, fresh, make_desk

pytestmark = pytest.mark.django_db
State = Letter.State


def build() -> Desk:
    return make_desk()


@pytest.fixture
def desk(built: Desk) -> Desk:
    return deepcopy(built)


def told(person: str, desk: Desk) -> list[str]:
    rows = Notification.objects.filter(recipient=desk.people[person]).order_by("pk")
    return list(rows.values_list("subject", flat=True))


class TestDrafting:
    def test_a_draft_with_its_items(self, desk: Desk) -> None:
        letter = desk.draft(desk.facts(assisting="C", responsible="anna"), desk.facts("B", "更正台账"))
        first, second = letter.items.order_by("position")
        assert (letter.state, letter.number, letter.serial) == ("draft", "", None)
        assert (first.state, first.responsible, first.due_on) == ("planned", desk.people["anna"], DUE)
        assert [one.name for one in first.assisting.all()] == ["C股"]
        assert (second.department, second.position) == (desk.departments["B"], 2)
        entry = Entry.objects.get(action="letter.draft")
        assert entry.after["title"] == "欠税清理"
        assert len(entry.after["items"]) == 2
        assert not Notification.objects.exists()

    @pytest.mark.parametrize(("kind", "days"), [("on_site", 20), ("written", 15), ("desk", 10)])
    def test_the_limit_comes_from_the_kind(self, desk: Desk, kind: str, days: int) -> None:
        letter = desk.draft(desk.facts(due_on=None), kind=kind)
        assert letter.items.get().due_on == work_calendar().add(DAY, days)

    def test_a_bureau_has_its_own_limits(self, desk: Desk) -> None:
        set_letter_settings(bureau=desk.bureau, actor=desk.people["office"], desk_days=3, number_word="溪税督")
        letter = desk.draft(desk.facts(due_on=None), kind="desk")
        assert letter.items.get().due_on == date(2023, 9, 7)
        assert desk.issue(letter).number == "溪税督〔2023〕1号"
        entry = Entry.objects.get(action="letter_settings.set")
        assert entry.before == {"desk_days": "10", "number_word": "税督"}
        with pytest.raises(InvalidInput) as refused:
            set_letter_settings(bureau=desk.bureau, actor=desk.people["office"], minus_points=Decimal(0))
        assert set(refused.value.fields) == {"minus_points"}

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"matter": " "}, "督办事项"), ({"problem": ""}, "存在问题"), ({"requirement": ""}, "整改要求"),
            ({"matter": "长" * 201}, "超过 200 字"),
        ],
    )  # fmt: skip
    def test_an_item_says_everything(self, desk: Desk, change: dict[str, str], sentence: str) -> None:
        with pytest.raises(InvalidInput, match=sentence):
            desk.draft(replace(desk.facts(), **change))
        assert not Letter.objects.exists()

    def test_places_and_people_fit(self, desk: Desk) -> None:
        with pytest.raises(InvalidInput, match="不能同时是协办"):
            desk.draft(desk.facts(assisting="A"))
        with pytest.raises(InvalidInput, match="不在主办或协办部门"):
            desk.draft(desk.facts(responsible="carl"))
        foreign = make_department(make_desk("YY").bureau)
        with pytest.raises(InvalidInput, match="本单位"):
            desk.draft(replace(desk.facts(), department=foreign))
        with pytest.raises(InvalidInput):
            desk.draft(kind="telepathy")

    def test_a_draft_is_written_again(self, desk: Desk) -> None:
        letter = desk.draft()
        known = letter_version(letter)
        given: dict[str, Any] = {
            "kind": "desk", "title": "新标题", "items": [desk.facts("B")], "actor": desk.people["office2"], "today": DAY,
        }  # fmt: skip
        letters.change_letter(letter=letter, known=known, **given)
        assert [item.department.name for item in letter.items.all()] == ["B股"]
        entry = Entry.objects.get(action="letter.change")
        assert (entry.before["title"], entry.after["title"]) == ("欠税清理", "新标题")
        with pytest.raises(Conflict, match="别处改过") as refused:
            letters.change_letter(letter=letter, known=known, **given)
        assert refused.value.code == "elsewhere"

    def test_a_draft_is_thrown_away_and_no_number_is_missing(self, desk: Desk) -> None:
        letters.discard_letter(letter=desk.draft(), actor=desk.people["office"])
        assert not Letter.objects.exists()
        assert Entry.objects.filter(action="letter.discard").exists()
        assert desk.issued().serial == 1


class TestIssuing:
    def test_numbers_follow_each_other_in_bureau_and_year(self, desk: Desk) -> None:
        numbers = [desk.issued().number for _ in range(3)]
        assert numbers == [f"税督〔2023〕{n}号" for n in (1, 2, 3)]
        assert make_desk("YY").issued().number == "税督〔2023〕1号"
        later = desk.draft(desk.facts(due_on=date(2024, 3, 1)))
        assert desk.issue(later, today=date(2024, 1, 8)).number == "税督〔2024〕1号"

    def test_everybody_whom_it_concerns_is_told(self, desk: Desk) -> None:
        letter = desk.issued(desk.facts(assisting="C", responsible="anna"))
        item = letter.items.get()
        assert (item.state, item.assigned_on, letter.issued_on) == ("assigned", DAY, DAY)
        reached = {name for name in desk.people if told(name, desk)}
        assert reached == {"head", "liaison", "anna", "helper", "deputy"}
        assert "请在 2023-09-25 前反馈" in told("liaison", desk)[0]
        assert Entry.objects.get(action="letter.dispatch").after == {"number": letter.number, "items": 1}

    def test_what_is_refused(self, desk: Desk) -> None:
        with pytest.raises(InvalidInput, match="还没有督办事项"):
            desk.issue(letters.draft_letter(
                bureau=desk.bureau, kind="desk", title="空", items=[], actor=desk.people["office"], today=DAY,
                now=moment(DAY),
            ))  # fmt: skip
        letter = desk.draft()
        with pytest.raises(InvalidInput, match="已经到了"):
            desk.issue(letter, today=DUE)
        desk.issue(letter)
        with pytest.raises(Conflict, match="已经交办过"):
            desk.issue(letter)
        with pytest.raises(Conflict, match="不能再改"):
            letters.discard_letter(letter=letter, actor=desk.people["office"])
        assert Letter.objects.filter(serial__isnull=False).count() == 1

    def test_revoked_the_number_stays(self, desk: Desk) -> None:
        letter = desk.issued(desk.facts(), desk.facts("B"))
        desk.ask(letter.items.get(position=1))
        with pytest.raises(InvalidInput):
            letters.revoke_letter(letter=letter, reason=" ", **desk.by("office", DAY))
        letters.revoke_letter(letter=letter, reason="依据有误", **desk.by("office", DAY))
        letter.refresh_from_db()
        assert (letter.state, letter.number) == ("revoked", "税督〔2023〕1号")
        assert {item.state for item in letter.items.all()} == {"dropped"}
        assert ItemExtension.objects.get().granted is False
        assert "已撤回" in told("head_b", desk)[-1]
        assert [step.state for step in letter_rail(letter)] == ["done", "done", "blocked"]
        assert desk.issued().serial == 2
        with pytest.raises(Conflict):
            desk.report(letter.items.get(position=1))


class TestAnswering:
    def test_reported_with_evidence_checked_and_closed(self, desk: Desk) -> None:
        item = desk.item(desk.facts(responsible="anna"))
        report = desk.report(item, files=[SimpleUploadedFile("清册.txt", b"x")])
        assert (fresh(item).state, report.late) == ("reported", False)
        assert ReportFile.objects.get(report=report).name == "清册.txt"
        entry = Entry.objects.get(action="letter_item.report")
        assert entry.after["files"][0].startswith("清册.txt ")
        assert "请审核" in told("office", desk)[-1]
        desk.check(item, remark="属实")
        found = fresh(item)
        assert (found.state, found.settlement, found.settled_by) == ("closed", "属实", desk.people["office"])
        assert found.letter.state == "closed", "the letter closes by itself with its last item"
        assert "已销号" in told("liaison", desk)[-1]
        assert Entry.objects.filter(action__in=["letter_item.close_out", "letter.close_out"]).count() == 2
        letters.archive_letter(letter=found.letter, actor=desk.people["office"], now=moment(LATE))
        assert Letter.objects.get().state == "archived"
        assert [step.state for step in letter_rail(Letter.objects.get())] == ["done"] * 5

    def test_a_letter_waits_for_its_last_item(self, desk: Desk) -> None:
        letter = desk.issued(desk.facts(), desk.facts("B"))
        first, second = letter.items.order_by("position")
        desk.report(first)
        desk.check(first)
        assert Letter.objects.get().state == "issued"
        with pytest.raises(Conflict, match="全部事项销号"):
            letters.archive_letter(letter=letter, actor=desk.people["office"], now=moment(DUE))
        with pytest.raises(InvalidInput):
            letter_items.drop_item(item=second, reason="", **desk.by("office", DUE))
        letter_items.drop_item(item=second, reason="已并入专项", **desk.by("office", DUE))
        assert (fresh(second).state, Letter.objects.get().state) == ("dropped", "closed")

    def test_sent_back_with_a_remark(self, desk: Desk) -> None:
        item = desk.item()
        desk.report(item, today=DAY)
        with pytest.raises(InvalidInput, match="退回重办要写明"):
            desk.check(item, accepted=False, today=DAY)
        desk.check(item, accepted=False, today=DAY, remark="缺清册")
        assert (fresh(item).state, fresh(item).due_on) == ("returned", DUE)
        desk.report(item, today=DUE, text="已补")
        with pytest.raises(InvalidInput, match="新的期限"):
            desk.check(item, accepted=False, remark="仍缺")
        with pytest.raises(InvalidInput, match="晚于"):
            desk.check(item, accepted=False, remark="仍缺", new_due=DUE)
        desk.check(item, accepted=False, remark="仍缺", new_due=date(2023, 10, 13))
        assert (fresh(item).state, fresh(item).due_on) == ("returned", date(2023, 10, 13))
        assert ItemReport.objects.filter(accepted=False).count() == 2

    def test_late_is_late(self, desk: Desk) -> None:
        assert desk.report(desk.item(), today=LATE).late

    def test_others_contribute(self, desk: Desk) -> None:
        item = desk.item(desk.facts(assisting="C", responsible="anna"))
        for who in ("helper", "anna"):
            letter_items.contribute(item=item, text="协办情况", **desk.by(who, DAY))
        assert fresh(item).state == "assigned"
        assert "有补充情况" in told("liaison", desk)[-1]
        for who in ("emil", "cora", "liaison", "office", "admin"):
            with pytest.raises(Refused):
                letter_items.contribute(item=item, text="协办情况", **desk.by(who, DAY))
        desk.report(item)
        desk.check(item)
        assert ItemReport.objects.filter(contribution=True, accepted__isnull=True).count() == 2

    def test_a_file_that_is_refused_leaves_nothing(self, desk: Desk) -> None:
        item = desk.item()
        with pytest.raises(InvalidInput):
            desk.report(item, files=[SimpleUploadedFile("x.exe", b"x")])
        assert fresh(item).state == "assigned"
        assert not ItemReport.objects.exists()


class TestExtending:
    def test_granted_to_a_day(self, desk: Desk) -> None:
        item = desk.item()
        extension = desk.ask(item)
        assert "申请延期" in told("office", desk)[-1]
        with pytest.raises(Conflict, match="正在等"):
            desk.ask(item)
        desk.decide(extension, new_due=date(2023, 10, 10))
        assert fresh(item).due_on == date(2023, 10, 10)
        assert "同意延期到 2023-10-10" in told("liaison", desk)[-1]
        assert Entry.objects.get(action="letter_item.extend").before == {"due_on": "2023-09-25"}
        with pytest.raises(Conflict, match="审批过"):
            desk.decide(extension, granted=False, decision="不行")

    def test_declined_with_a_reason(self, desk: Desk) -> None:
        item = desk.item()
        extension = desk.ask(item)
        with pytest.raises(InvalidInput):
            desk.decide(extension, granted=False)
        desk.decide(extension, granted=False, decision="时间够用")
        assert fresh(item).due_on == DUE
        desk.ask(item)

    @pytest.mark.parametrize("today", [DUE, LATE])
    def test_not_from_the_limit_on(self, desk: Desk, today: date) -> None:
        with pytest.raises(Conflict, match="之前申请"):
            desk.ask(desk.item(), today=today)

    def test_only_to_a_later_day(self, desk: Desk) -> None:
        item = desk.item()
        with pytest.raises(InvalidInput, match="晚于现在的期限"):
            desk.ask(item, wanted=DUE)
        extension = desk.ask(item)
        with pytest.raises(InvalidInput, match="晚于"):
            desk.decide(extension, today=LATE, new_due=LATE)

    def test_reporting_lays_it_aside(self, desk: Desk) -> None:
        item = desk.item()
        extension = desk.ask(item)
        desk.report(item)
        extension.refresh_from_db()
        assert (extension.granted, extension.decided_by) == (False, None)
        with pytest.raises(Conflict):
            desk.decide(extension)


class TestWhoMay:
    OFFICE = {"office", "office2"}

    def able(self, desk: Desk, act: Any) -> set[str]:
        """Who is not refused; what the service then says of the thing's state is another matter."""
        found = set()
        for name in desk.people:
            try:
                act(name)
            except Refused:
                continue
            except (Conflict, InvalidInput):
                pass
            found.add(name)
        return found

    def test_only_the_office_writes(self, desk: Desk) -> None:
        letter = desk.issued()
        item = letter.items.get()
        assert self.able(desk, lambda name: desk.draft(by=name)) == self.OFFICE
        assert self.able(desk, lambda name: desk.issue(letter, by=name)) == self.OFFICE
        assert (
            self.able(desk, lambda name: letters.revoke_letter(letter=letter, reason="", **desk.by(name, DAY)))
            == self.OFFICE
        )
        assert (
            self.able(desk, lambda name: letter_items.drop_item(item=item, reason="", **desk.by(name, DAY)))
            == self.OFFICE
        )
        assert self.able(desk, lambda name: desk.check(item, by=name)) == self.OFFICE
        assert self.able(
            desk, lambda name: set_letter_settings(bureau=desk.bureau, actor=desk.people[name])
        ) == self.OFFICE  # fmt: skip

    def test_head_and_liaison_of_the_leading_department_answer(self, desk: Desk) -> None:
        item = desk.item(desk.facts(assisting="C"))
        assert self.able(desk, lambda name: desk.report(item, by=name, text="")) == {"head", "liaison"}
        assert self.able(desk, lambda name: desk.ask(item, by=name, wanted=DAY)) == {"head", "liaison"}
        extension = desk.ask(item)
        assert self.able(desk, lambda name: desk.decide(extension, granted=False, by=name)) == self.OFFICE

    def test_nobody_checks_an_own_report(self, desk: Desk) -> None:
        from tests.factories import make_role

        make_role(desk.people["office2"], "liaison")
        letter = desk.issued(desk.facts("O"), desk.facts("O", responsible="office"))
        own, responsible = letter.items.order_by("position")
        desk.report(own, by="office2")
        with pytest.raises(Refused, match="不能由您审核"):
            desk.check(own, by="office2")
        desk.check(own, by="office")
        extension = desk.ask(responsible, by="office2")
        with pytest.raises(Refused, match="您本人申请"):
            desk.decide(extension, by="office2")
        desk.report(responsible, by="office2")
        with pytest.raises(Refused):
            desk.check(responsible, by="office")
        with pytest.raises(Refused):
            letter_items.drop_item(item=responsible, reason="不办", **desk.by("office", DAY))

    def test_another_bureau_has_no_say(self, desk: Desk) -> None:
        letter, item = desk.issued(), desk.item()
        stranger = make_desk("YY")
        with pytest.raises(Refused, match="其他单位"):
            stranger.issue(letter)
        with pytest.raises(Refused, match="其他单位"):
            stranger.report(item)
        with pytest.raises(Refused, match="其他单位"):
            stranger.ask(item)

    def test_exactly_those_see_it(self, desk: Desk) -> None:
        draft = desk.draft()
        letter = desk.issued(desk.facts(assisting="C"), desk.facts("A", responsible="anna"))

        def seeing(one: Letter) -> set[str]:
            return {name for name, person in desk.people.items() if one in Letter.objects.visible_to(person)}

        everywhere = {"office", "office2", "director", "discipline"}
        assert seeing(draft) == everywhere
        assert seeing(letter) == everywhere | {"head", "liaison", "anna", "helper", "cora", "deputy"}
        stranger = make_desk("YY")
        assert not any(Letter.objects.visible_to(person).exists() for person in stranger.people.values())
        report = desk.report(letter.items.get(position=1), files=[SimpleUploadedFile("a.txt", b"x")])
        file = ReportFile.objects.get(report=report)
        able = {name for name, person in desk.people.items() if file in ReportFile.objects.visible_to(person)}
        assert able == seeing(letter)
        assert not ReportFile.objects.visible_to(stranger.people["office"]).exists()


def test_a_department_head_elsewhere_leads_nothing_here(desk: Desk) -> None:
    item = desk.item()
    with pytest.raises(Refused):
        desk.report(item, by="head_b")
    assert LetterItem.objects.get().state == "assigned"
