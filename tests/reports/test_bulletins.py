"""通报: what the draft says and whom it names, who may do what when, and that what was published stays."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from audit.models import Entry
from common.errors import Conflict, InvalidInput, Refused
from indicators.models import Quarter, Result
from indicators.queries.asked import Asked
from indicators.services.quarters import opened_for_correction
from notifications.models import Notification
from organization.models import Bureau
from organization.queries import work_calendar
from reports import services_bulletins as services
from reports.bulletin_files import word_name
from reports.models import Bulletin, BulletinReceipt
from reports.queries.bulletin_figures import SECTIONS
from reports.queries.bulletins import (
    Block,
    blocks,
    correction_since,
    digest_of,
    figures_of,
    is_intact,
    proposed_number,
    reading_of,
    strange_numbers,
)
from reports.queries.duties_bulletin import duties_of
from scoring.services.publishing import correct_quarter
from scoring.services.scoring import score_quarter
from tests.duties import asked_for
from tests.factories import make_department, make_employee
from tests.reports.bulletins import DAY, NOW, draft, make_desk, publish, published, save, submit, with_quarter_after
from tests.reports.world import World, add_quarter

pytestmark = pytest.mark.django_db
State = Bulletin.State


build = make_desk


@pytest.fixture
def world(built: World) -> World:
    return deepcopy(built)


def values(bulletin: Bulletin) -> dict[str, str]:
    return {one.key: one.value for one in figures_of(bulletin).figures}


def with_department_of(people: int, world: World) -> World:
    """2023Q2, in which so many of 丁股 made no fault, 甲股 one each and the others four."""
    department = make_department(world.bureau, "XSD", name="丁股")
    for place in range(people):
        name = f"dan{place}"
        world.people[name] = make_employee(world.bureau, f"XSD{place}", name=name, department=department)
    faults = dict.fromkeys(world.people, 4) | dict.fromkeys(("head", "anna", "bert"), 1)
    faults |= {name: 0 for name in world.people if name.startswith("dan")}
    add_quarter(world, "2023Q2", faults, state=Quarter.State.PUBLISHED)
    return world


def told(world: World, name: str) -> list[str]:
    return list(
        Notification.objects.filter(recipient=world.people[name]).order_by("pk").values_list("subject", flat=True)
    )


def labels(world: World, name: str) -> list[str]:
    found = asked_for(duties_of, Asked(world.people[name], DAY, work_calendar()))
    return [str(one.label) for one in found]


class TestDraft:
    def test_counts_the_scores_of_the_run(self, world: World) -> None:
        bulletin = draft(world)
        found = values(bulletin)
        assert (found["scored"], found["ranked"]) == ("10", "7")
        assert (found["mean"], found["highest"], found["lowest"], found["spread"]) == (
            "80.36",
            "90.00",
            "75.00",
            "15.00",
        )
        assert (found["people_lost"], found["people_share"]) == ("9", "90.00")
        assert (found["departments_lost"], found["departments_share"]) == ("2", "100.00")
        # 30 · Σ(4 − n/2) / (4 · 10): faults 1, 0, 2, 3 and six times 4
        assert (found["common"], found["individual"], found["competitive"]) == ("62.50", "100.00", "0.00")
        assert "平均 80.36 分，最高 90.00 分，最低 75.00 分，最大分差 15.00 分。" in bulletin.overview

    def test_every_number_of_the_text_has_its_figure_and_page(self, world: World) -> None:
        with_quarter_after(world)
        bulletin = draft(world, "2023Q2")
        figures = figures_of(bulletin)
        assert [strange_numbers(getattr(bulletin, name), figures) for name in SECTIONS] == [[], [], [], []]
        known = {one.key for one in figures.figures}
        assert all(set(one.keys) <= known for one in figures.sentences)
        assert all(one.url for one in figures.figures)

    def test_a_number_typed_by_hand_is_told(self, world: World) -> None:
        figures = figures_of(draft(world))
        text = "（一）情况\n2023年3月共 10 人，平均 80.36 分，提高 3.21 分，完成 99%。"
        assert strange_numbers(text, figures) == ["3.21", "99"]

    def test_beside_the_quarter_before(self, world: World) -> None:
        with_quarter_after(world)
        found = figures_of(draft(world, "2023Q2"))
        assert found.quarter_before == "2023Q1"
        rows = {one.label: (one.before, one.now, one.change) for one in found.moved}
        assert rows["平均分"] == ("80.36", "76.88", "−3.48")
        assert rows["最大分差"] == ("15.00", "15.00", "0.00")
        first = found.departments[0]
        assert (first.name, first.mean, first.before, first.change, first.moved) == (
            "乙股",
            "78.00",
            "75.94",
            "+2.06",
            1,
        )

    def test_needs_final_scores(self) -> None:
        world = make_desk("ZZ", state=Quarter.State.REVIEWING)
        with pytest.raises(Conflict, match="还没有公示"):
            draft(world)
        assert not Bulletin.objects.exists()

    def test_one_a_quarter(self, world: World) -> None:
        draft(world)
        with pytest.raises(Conflict, match="已经有通报"):
            draft(world)

    @pytest.mark.parametrize("who", ["director", "deputy", "discipline", "admin", "head", "anna"])
    def test_by_the_office_alone(self, world: World, who: str) -> None:
        with pytest.raises(Refused, match="绩效办"):
            draft(world, by=who)

    def test_leaves_a_line(self, world: World) -> None:
        bulletin = draft(world)
        entry = Entry.objects.get(action="bulletin.draft")
        assert (entry.target, entry.after) == ("2023年一季度通报", {"run": 1})
        assert bulletin.title == "关于2023年一季度绩效考评情况的通报"


class TestNames:
    """The bulletin goes to everybody."""

    @pytest.mark.parametrize(("view", "named"), [("own", set()), ("top", {"anna", "head"}), ("all", {"anna", "head"})])
    def test_only_those_whom_the_ranking_shows(self, view: str, named: set[str]) -> None:
        world = make_desk("ZZ", view=view)
        bulletin = draft(world)
        text = "".join(getattr(bulletin, name) for name in SECTIONS)
        assert {name for name in world.people if f"股{name}" in text} == named
        assert not [name for name in ("cora", "dora") if name in str(bulletin.figures)]

    @pytest.mark.parametrize(("people", "left_out"), [(1, {"丁股", "甲股"}), (2, {"丁股", "甲股"}), (3, set())])
    def test_neither_a_department_of_few_nor_what_is_left_of_the_sum_shows_a_persons_figure(
        self, people: int, left_out: set[str]
    ) -> None:
        found = figures_of(draft(with_department_of(people, make_desk("ZZ")), "2023Q2"))
        listed = [one.name for one in found.departments]
        assert set(listed) == {"甲股", "乙股", "丁股"} - left_out
        assert found.departments_left_out == len(left_out)
        assert [one.rank for one in found.departments] == list(range(1, len(listed) + 1))
        assert all(one.before for one in found.departments if one.name != "丁股")

    def test_the_departments_of_few_are_listed_where_the_ranking_is_open(self) -> None:
        found = figures_of(draft(with_department_of(1, make_desk("ZZ", view="all")), "2023Q2"))
        assert [(one.name, one.people) for one in found.departments] == [("丁股", 1), ("甲股", 3), ("乙股", 5)]

    def test_ends_of_a_ranking_of_few_are_not_compared(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("reports.queries.bulletin_counting.FEWEST", 9)
        assert figures_of(draft(with_quarter_after(world), "2023Q2")).moved == ()

    @pytest.mark.parametrize(("fewest", "shown"), [(9, ["K001"]), (10, [])])
    def test_a_point_at_which_few_lost_is_left_out(
        self, fewest: int, shown: list[str], world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("reports.queries.bulletin_counting.FEWEST", fewest)
        assert [one.code for one in figures_of(draft(world)).points] == shown


class TestWriting:
    def test_keeps_what_is_typed_without_a_line(self, world: World) -> None:
        bulletin = draft(world)
        kept = save(world, bulletin, title="新标题", problems="写过的")
        assert (kept.title, kept.problems, kept.version) == ("新标题", "写过的", 2)
        assert kept.overview == bulletin.overview
        assert not Entry.objects.filter(action="bulletin.edit").exists()

    def test_a_title_is_one_line_and_names_a_file(self, world: World) -> None:
        bulletin = save(world, draft(world), title="关于一季度\n 绩效考评/讲评的通报")
        assert bulletin.title == "关于一季度绩效考评/讲评的通报"
        assert word_name(bulletin) == "关于一季度绩效考评讲评的通报.docx"

    def test_two_windows_do_not_overwrite_each_other(self, world: World) -> None:
        bulletin = draft(world)
        save(world, bulletin, overview="一处")
        with pytest.raises(services.Elsewhere) as refused:
            save(world, bulletin, overview="另一处")
        assert refused.value.stored.overview == "一处"
        assert save(world, bulletin, overview="一处").version == 2  # the same words are no conflict
        assert save(world, bulletin, overview="另一处", known=2).version == 3  # who has seen them may

    def test_a_title_is_needed_and_length_has_an_end(self, world: World) -> None:
        bulletin = draft(world)
        with pytest.raises(InvalidInput, match="标题"):
            save(world, bulletin, title=" ")
        with pytest.raises(InvalidInput, match="太长"):
            save(world, bulletin, overview="长" * 20_001)

    @pytest.mark.parametrize("who", ["director", "deputy", "discipline", "admin", "anna"])
    def test_by_the_office_alone(self, world: World, who: str) -> None:
        bulletin = draft(world)
        with pytest.raises(Refused, match="绩效办"):
            save(world, bulletin, by=who, overview="x")

    def test_not_while_it_is_reviewed_nor_afterwards(self, world: World) -> None:
        bulletin = submit(world, draft(world))
        with pytest.raises(Conflict, match="正在送审"):
            save(world, bulletin, overview="x")
        bulletin = publish(world, bulletin)
        with pytest.raises(Conflict, match="已经印发"):
            save(world, bulletin, overview="x")

    def test_a_section_is_drawn_again_and_the_others_stay(self, world: World) -> None:
        bulletin = draft(world)
        drawn = bulletin.overview
        bulletin = save(world, bulletin, overview="自己写的", problems="也是自己写的")
        office = world.people["office"]
        again = services.redraw_bulletin(bulletin=bulletin, actor=office, today=DAY, sections=("overview",))
        assert (again.overview, again.problems) == (drawn, "也是自己写的")
        entry = Entry.objects.get(action="bulletin.recount")
        assert (entry.before["overview"], entry.after["overview"]) == ("自己写的", drawn)
        with pytest.raises(InvalidInput):
            services.redraw_bulletin(bulletin=bulletin, actor=office, today=DAY, sections=("state",))

    def test_headings_are_short_lines_with_a_number(self) -> None:
        text = "（一）得分情况\n共 10 人。\n\n（二）" + "长" * 40
        assert blocks(text) == [Block("得分情况", heading=True), Block("共 10 人。"), Block("（二）" + "长" * 40)]


class TestDeciding:
    def test_the_way_to_publication(self, world: World) -> None:
        bulletin = submit(world, draft(world))
        assert told(world, "director") == ["2023年一季度通报待签发"]
        assert told(world, "office") == []
        assert labels(world, "director") == ["2023年一季度通报待签发"]
        bulletin = publish(world, bulletin)
        assert (bulletin.state, bulletin.number, bulletin.published_on) == ("published", "绩〔2023〕1号", DAY)
        assert is_intact(Bulletin.objects.select_related("quarter").get())
        assert all("2023年一季度绩效通报已印发，请阅读" in told(world, name) for name in world.people)
        assert labels(world, "anna") == ["请阅读2023年一季度绩效通报"]
        lines = list(
            Entry.objects.filter(action__startswith="bulletin.").order_by("pk").values_list("action", flat=True)
        )
        assert lines == ["bulletin.draft", "bulletin.submit", "bulletin.publish"]
        assert Entry.objects.get(action="bulletin.publish").after["digest"] == bulletin.digest

    def test_returned_with_a_remark_and_handed_in_again(self, world: World) -> None:
        bulletin = submit(world, draft(world))
        with pytest.raises(InvalidInput, match="退回意见"):
            services.return_bulletin(bulletin=bulletin, actor=world.people["director"], remark=" ")
        back = services.return_bulletin(bulletin=bulletin, actor=world.people["director"], remark="数字再核")
        assert (back.state, back.returned) == ("draft", "数字再核")
        assert Entry.objects.get(action="bulletin.return").reason == "数字再核"
        assert labels(world, "office") == ["2023年一季度通报被退回，待修改"]
        again = submit(world, back)
        assert again.returned == ""
        assert told(world, "director") == ["2023年一季度通报待签发"] * 2

    def test_what_changed_since_it_was_read_is_not_signed(self, world: World) -> None:
        read = submit(world, draft(world))
        back = services.return_bulletin(bulletin=read, actor=world.people["director"], remark="数字再核")
        submit(world, save(world, back, overview="另一种说法。"))
        with pytest.raises(Conflict, match="看过现在的文字"):
            publish(world, read)

    def test_who_handed_it_in_does_not_sign_it(self, world: World) -> None:
        bulletin = submit(world, draft(world))
        with pytest.raises(Refused, match="由您送审"):
            publish(world, bulletin, by="office")
        with pytest.raises(Refused, match="由您送审"):
            services.return_bulletin(bulletin=bulletin, actor=world.people["office"], remark="x")

    @pytest.mark.parametrize("who", ["deputy", "discipline", "admin", "head", "anna"])
    def test_nobody_else(self, world: World, who: str) -> None:
        bulletin = submit(world, draft(world))
        with pytest.raises(Refused, match="局长或绩效办"):
            publish(world, bulletin, by=who)

    def test_an_empty_one_is_not_handed_in(self, world: World) -> None:
        bulletin = save(world, draft(world), overview="")
        with pytest.raises(Conflict, match="还没有写"):
            submit(world, bulletin)

    def test_not_before_the_quarter_is_published(self) -> None:
        world = make_desk("ZZ", state=Quarter.State.PUBLICITY)
        bulletin = submit(world, draft(world))
        with pytest.raises(Conflict, match="还没有发布"):
            publish(world, bulletin)

    def test_a_number_once_in_a_bureau_and_proposed_in_turn(self, world: World) -> None:
        with_quarter_after(world)
        assert proposed_number(world.bureau, 2023) == "绩效通报〔2023〕1号"
        published(world)
        assert proposed_number(world.bureau, 2023) == "绩〔2023〕2号"
        assert proposed_number(world.bureau, 2024) == "绩〔2024〕1号"
        second = submit(world, draft(world, "2023Q2"))
        with pytest.raises(InvalidInput, match="已经用过"):
            publish(world, second)
        assert Bulletin.objects.get(pk=second.pk).state == State.REVIEW
        publish(world, second, number="绩〔2023〕2号")
        other = make_desk("YY")
        assert published(other).number == "绩〔2023〕1号"

    def test_scores_that_moved_stop_it(self) -> None:
        world = make_desk("ZZ", state=Quarter.State.PUBLICITY)
        bulletin = submit(world, draft(world))
        score_quarter_again(world, state=Quarter.State.PUBLISHED)
        with pytest.raises(Conflict, match="重新计过分"):
            publish(world, bulletin)
        back = services.return_bulletin(bulletin=bulletin, actor=world.people["director"], remark="重新取数")
        with pytest.raises(Conflict, match="重新计过分"):
            submit(world, back)
        back = services.redraw_bulletin(bulletin=back, actor=world.people["office"], today=DAY)
        assert values(back)["highest"] == "86.25"
        assert publish(world, submit(world, back)).state == State.PUBLISHED


def score_quarter_again(world: World, *, state: str) -> None:
    Quarter.objects.filter(bureau=world.bureau).update(state=Quarter.State.REVIEWING)
    Result.objects.filter(employee=world.people["anna"], point__code="K001").update(value=1, points="3.50")
    score_quarter(bureau=world.bureau, quarter_code="2023Q1", actor=None)
    Quarter.objects.filter(bureau=world.bureau).update(state=state)


class TestFrozen:
    def test_a_correction_leaves_it_and_says_so(self, world: World) -> None:
        bulletin = published(world)
        before = Bulletin.objects.values().get()
        quarter = Quarter.objects.get(code="2023Q1")
        with opened_for_correction(quarter):
            Result.objects.filter(employee=world.people["anna"], point__code="K001").update(value=1, points="3.50")
        run = correct_quarter(
            bureau=world.bureau, quarter_code="2023Q1", actor=world.people["office"], reason="申诉成立"
        )
        assert Bulletin.objects.values().get() == before
        found = Bulletin.objects.select_related("quarter").get()
        assert correction_since(found) == run
        assert is_intact(found)
        assert values(bulletin)["highest"] == "90.00"

    @pytest.mark.parametrize(
        ("column", "value"),
        [("overview", "改过"), ("title", "改过"), ("number", "改过"), ("published_on", DAY + timedelta(1))],
    )
    def test_whatever_is_changed_behind_the_services_shows(self, world: World, column: str, value: Any) -> None:
        bulletin = published(world)
        Bulletin.objects.update(**{column: value})
        assert not is_intact(Bulletin.objects.select_related("quarter").get(pk=bulletin.pk))

    def test_words_and_digest_changed_together_show_by_the_log(self, world: World) -> None:
        bulletin = published(world)
        bulletin.overview = "改过"
        bulletin.digest = digest_of(bulletin)
        bulletin.save()
        assert not is_intact(Bulletin.objects.select_related("quarter").get())

    def test_a_changed_figure_shows(self, world: World) -> None:
        bulletin = published(world)
        bulletin.figures["departments"][0]["mean"] = "99.99"
        bulletin.save()
        assert not is_intact(Bulletin.objects.select_related("quarter").get())

    def test_nothing_more_is_decided(self, world: World) -> None:
        bulletin = published(world)
        director = world.people["director"]
        for act in (
            lambda: publish(world, bulletin),
            lambda: services.return_bulletin(bulletin=bulletin, actor=director, remark="x"),
            lambda: services.redraw_bulletin(bulletin=bulletin, actor=world.people["office"], today=DAY),
        ):
            with pytest.raises(Conflict, match="已经印发"):
                act()


class TestReading:
    def test_the_first_opening_is_the_receipt(self, world: World) -> None:
        bulletin, anna = published(world), world.people["anna"]
        assert services.mark_read(bulletin=bulletin, actor=anna, now=NOW) is True
        assert services.mark_read(bulletin=bulletin, actor=anna, now=NOW + timedelta(1)) is False
        assert BulletinReceipt.objects.get().at == NOW
        assert labels(world, "anna") == []

    def test_a_draft_and_a_stranger_leave_none(self, world: World) -> None:
        other = make_desk("YY")
        assert not services.mark_read(bulletin=draft(other), actor=other.people["director"], now=NOW)
        assert not services.mark_read(bulletin=published(world), actor=other.people["anna"], now=NOW)
        assert not BulletinReceipt.objects.exists()

    def test_shares_by_department(self, world: World) -> None:
        bulletin = published(world)
        for name in ("anna", "head"):
            services.mark_read(bulletin=bulletin, actor=world.people[name], now=NOW)
        reading = reading_of(bulletin, DAY)
        assert (reading.whole.read, reading.whole.people, str(reading.whole.share)) == (2, 10, "20.00")
        assert [(one.label, one.read, one.people) for one in reading.departments] == [("乙股", 0, 7), ("甲股", 2, 3)]
        assert {one.name for one in reading.unread} == set(world.people) - {"anna", "head"}

    def test_reminded_once_a_day(self, world: World) -> None:
        bulletin, office = published(world), world.people["office"]
        services.mark_read(bulletin=bulletin, actor=world.people["anna"], now=NOW)
        assert services.remind_readers(bulletin=bulletin, actor=office, today=DAY) == 9
        assert services.remind_readers(bulletin=bulletin, actor=office, today=DAY) == 0
        assert services.remind_readers(bulletin=bulletin, actor=office, today=DAY + timedelta(1)) == 9
        assert "请阅读2023年一季度绩效通报" not in told(world, "anna")
        assert Entry.objects.filter(action="bulletin.remind").count() == 2
        with pytest.raises(Refused, match="绩效办"):
            services.remind_readers(bulletin=bulletin, actor=world.people["director"], today=DAY)


class TestDuties:
    def test_to_write_to_hand_in_and_done(self, world: World) -> None:
        assert labels(world, "office") == ["2023年一季度通报待起草"]
        bulletin = draft(world)
        assert labels(world, "office") == ["2023年一季度通报待送审"]
        submit(world, bulletin)
        assert labels(world, "office") == []
        assert labels(world, "anna") == []

    def test_not_while_the_quarter_is_shown(self) -> None:
        assert labels(make_desk("ZZ", state=Quarter.State.PUBLICITY), "office") == []


def test_who_sees_which(world: World) -> None:
    with_quarter_after(world)
    other = make_desk("YY")
    first, second = published(world), draft(world, "2023Q2")
    published(other)
    everything = {
        name for name in world.people if set(Bulletin.objects.visible_to(world.people[name])) == {first, second}
    }
    assert everything == {"office", "director", "deputy", "discipline"}
    for name in set(world.people) - everything:
        assert list(Bulletin.objects.visible_to(world.people[name])) == [first]
    assert Bureau.objects.count() == 2
