"""结果运用: lists drawn from published scores, decided by people, signed once; who sees and does what."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from audit.models import Entry
from awards.grading import Word
from awards.models import UseLine, UseList, UseSettings
from awards.permissions import uses as permissions
from awards.queries.uses import counted, decisions_on, digest_of, lines_of, outdated, quota_of
from awards.services.uses import (
    adopt_suggestions,
    ask_for_signature,
    decide_line,
    draw_list,
    set_use_settings,
    sign_list,
)
from common.errors import Conflict, InvalidInput, Refused
from indicators.models import Quarter
from notifications.models import Notification
from tests.awards.sample import NOW
from tests.factories import make_adjustment
from tests.reports.world import World, add_quarter, make_world

pytestmark = pytest.mark.django_db
Kind = UseList.Kind


def draw(world: World, kind: str = Kind.QUARTERLY_GRADE, period: str = "2023Q1", **given: Any) -> UseList:
    return draw_list(bureau=world.bureau, kind=kind, period=period, actor=world.people["office"], now=NOW, **given)


def line_of(use_list: UseList, name: str) -> UseLine:
    return UseLine.objects.select_related("use_list__bureau").get(use_list=use_list, employee__name=name)


def decide(world: World, line: UseLine, word: str, note: str = "", by: str = "office") -> UseLine:
    return decide_line(line=line, decision=word, note=note, actor=world.people[by], now=NOW)


def finish(world: World, use_list: UseList) -> UseList:
    """Every suggestion decided as it is and the list signed."""
    for line in lines_of(use_list):
        if line.suggestion and not line.decision:
            decide(world, line, line.suggestion)
    return sign(world, use_list)


def sign(world: World, use_list: UseList, by: str = "director") -> UseList:
    fresh = UseList.objects.select_related("bureau").get(pk=use_list.pk)
    digest = digest_of(fresh, lines_of(fresh))
    return sign_list(use_list=fresh, digest=digest, actor=world.people[by], now=NOW)


build = make_world


@pytest.fixture
def world(built: World) -> World:
    return deepcopy(built)


class TestDrawing:
    def test_only_from_published_scores(self, world):
        add_quarter(world, "2023Q2", {"anna": 0}, state=Quarter.State.PUBLICITY)
        with pytest.raises(InvalidInput, match="还没有已发布的得分"):
            draw(world, period="2023Q2")
        assert not UseList.objects.exists()

    @pytest.mark.parametrize(
        ("kind", "period"), [("quarterly_grade", "2023"), ("annual_grade", "2023Q1"), ("training", "2023Q9"), ("promotion", "x")]
    )  # fmt: skip
    def test_every_kind_has_its_period(self, world, kind, period):
        with pytest.raises(InvalidInput):
            draw(world, kind, period)

    def test_who_is_not_ranked_is_listed_with_the_reason_and_no_suggestion(self, world):
        use_list = draw(world)
        dora, director = line_of(use_list, "dora"), line_of(use_list, "director")
        assert (dora.suggestion, dora.reason) == ("", "不参加排名：在岗不足二分之一")
        assert (director.suggestion, director.reason) == ("", "局领导不参加单位排名")

    def test_misconduct_is_never_suggested_good(self, world):
        before = draw(world)
        assert line_of(before, "anna").suggestion == Word.GOOD
        make_adjustment(world.people["anna"], kind="minus", disciplinary=True, matter="酒驾", points=1)
        again = draw(world)
        line = line_of(again, "anna")
        assert line.suggestion == Word.BETTER
        assert "违纪减分" in line.reason
        assert line.figures["misconduct"] == ["酒驾"]

    def test_a_tie_at_the_border_is_shown_and_left_to_people(self, world):
        best = dict.fromkeys(("head", "anna", "bert", "cora"), 0)
        add_quarter(world, "2023Q2", best, state=Quarter.State.PUBLISHED)
        tied = draw(world, period="2023Q2")
        assert quota_of(tied).places == 3, "8 are ranked"
        assert {
            line.employee.name for line in lines_of(tied) if line.at_border and line.suggestion == Word.GOOD
        } == set(best)
        assert line_of(tied, "anna").reason == "单位排名第 1，4 人并列，名额只剩 3 个，由人决定"
        with pytest.raises(Conflict, match="并列在界线上"):
            adopt_suggestions(
                use_list=tied, actor=world.people["office"], now=NOW, only=[line_of(tied, name).pk for name in best]
            )
        for name in ("head", "anna", "bert"):
            decide(world, line_of(tied, name), Word.GOOD)
        decide(world, line_of(tied, "cora"), Word.BETTER, "上季已评好")
        assert (quota_of(tied).used, quota_of(tied).left) == (3, 0)

    def test_drawing_again_keeps_decisions_whose_suggestion_stands(self, world):
        use_list = draw(world)
        anna, cora = line_of(use_list, "anna"), line_of(use_list, "cora")
        decide(world, anna, anna.suggestion)
        decide(world, cora, Word.POOR, "核实有误")
        make_adjustment(world.people["anna"], kind="minus", disciplinary=True, matter="酒驾", points=1)
        again = draw(world)
        assert again.pk == use_list.pk
        assert line_of(again, "anna").decision == "", "the suggestion changed"
        assert line_of(again, "cora").decision == Word.POOR
        assert line_of(again, "cora").pk == cora.pk
        entry = Entry.objects.filter(action="use.draw").latest("pk")
        assert (entry.after["again"], entry.after["dropped"]) == (True, 1)

    def test_the_quota_of_the_year_widens_only_with_a_basis(self, world):
        add_quarter(world, "2023Q2", {"anna": 1, "bert": 0}, state=Quarter.State.PUBLISHED)
        with pytest.raises(InvalidInput, match="批准依据"):
            draw(world, Kind.ANNUAL_GRADE, "2023", percent=25)
        with pytest.raises(InvalidInput, match="最多 25%"):
            draw(world, Kind.ANNUAL_GRADE, "2023", percent=26, basis="批文")
        use_list = draw(world, Kind.ANNUAL_GRADE, "2023", percent=25, basis="市局〔2023〕9 号")
        assert (use_list.quota_percent, use_list.quota_basis) == (25, "市局〔2023〕9 号")
        assert Entry.objects.filter(action="use.draw").latest("pk").reason == "市局〔2023〕9 号"

    def test_the_office_draws(self, world):
        for name in ("director", "deputy", "discipline", "head", "anna", "admin"):
            with pytest.raises(Refused):
                draw_list(
                    bureau=world.bureau, kind=Kind.QUARTERLY_GRADE, period="2023Q1", actor=world.people[name], now=NOW
                )


class TestDeciding:
    def test_a_decision_leaves_its_line(self, world):
        line = line_of(draw(world), "cora")
        decided = decide(world, line, line.suggestion)
        assert (decided.decision, decided.decided_by, decided.decided_at) == (
            line.suggestion,
            world.people["office"],
            NOW,
        )
        entry = Entry.objects.get(action="use.decide")
        assert entry.before == {"decision": "", "note": ""}
        assert entry.after == {"decision": line.suggestion, "note": "", "suggestion": line.suggestion}
        assert "cora" in entry.target

    def test_departing_from_the_suggestion_needs_a_reason(self, world):
        line = line_of(draw(world), "cora")
        with pytest.raises(InvalidInput, match="写明理由"):
            decide(world, line, Word.FAIR)
        assert decide(world, line, Word.FAIR, "两次被投诉").departs

    def test_a_decision_can_be_taken_back_before_signing(self, world):
        line = line_of(draw(world), "anna")
        decide(world, line, line.suggestion)
        back = decide(world, line, "")
        assert (back.decision, back.decided_by, back.decided_at) == ("", None, None)

    def test_only_the_words_of_the_list(self, world):
        with pytest.raises(InvalidInput, match="好、较好、一般、较差、不定等次"):
            decide(world, line_of(draw(world), "anna"), Word.TALK, "x")

    def test_adopting_is_logged_line_by_line(self, world):
        use_list = draw(world)
        suggested = [line for line in lines_of(use_list) if line.suggestion and not line.at_border]
        assert adopt_suggestions(use_list=use_list, actor=world.people["office"], now=NOW) == len(suggested)
        assert Entry.objects.filter(action="use.decide").count() == len(suggested)
        with pytest.raises(Conflict, match="没有可以采纳"):
            adopt_suggestions(use_list=use_list, actor=world.people["office"], now=NOW)

    def test_office_and_director_decide(self, world):
        use_list = draw(world)
        line = line_of(use_list, "anna")
        for name in ("deputy", "discipline", "head", "anna", "admin"):
            with pytest.raises(Refused):
                decide(world, line, line.suggestion, by=name)
        assert decide(world, line, line.suggestion, by="director").decision


class TestSigning:
    def test_signed_once_by_the_director_with_the_digest_of_the_lines(self, world):
        use_list = draw(world)
        signed = finish(world, use_list)
        kept = UseList.objects.select_related("bureau").get(pk=use_list.pk)
        assert (kept.state, kept.signed_by, kept.signed_at) == ("signed", world.people["director"], NOW)
        assert kept.digest == signed.digest == digest_of(kept, lines_of(kept))
        assert Entry.objects.get(action="use.sign").after == {"lines": counted(kept).lines, "sha256": kept.digest}
        UseLine.objects.filter(use_list=kept, employee__name="anna").update(decision=Word.POOR)
        assert digest_of(kept, lines_of(kept)) != kept.digest

    def test_nothing_changes_a_signed_list(self, world):
        use_list = draw(world)
        finish(world, use_list)
        line = line_of(use_list, "anna")
        for act in (
            lambda: draw(world),
            lambda: decide(world, line, Word.POOR, "x"),
            lambda: adopt_suggestions(use_list=use_list, actor=world.people["office"], now=NOW),
            lambda: sign(world, use_list),
        ):
            with pytest.raises(Conflict, match="已经签发"):
                act()

    def test_not_while_suggestions_are_undecided(self, world):
        use_list = draw(world)
        with pytest.raises(Conflict, match=f"还有 {counted(use_list).waiting} 条建议没有决定"):
            sign(world, use_list)

    def test_not_beyond_the_quota(self, world):
        use_list = draw(world)
        for line in lines_of(use_list):
            if line.suggestion:
                decide(world, line, Word.GOOD, "都好")
        quota = quota_of(use_list)
        assert quota.exceeded
        with pytest.raises(Conflict, match=rf"评为“好”的有 {quota.used} 人，超过 40% 以内的 {quota.places} 名"):
            sign(world, use_list)
        assert UseList.objects.get(pk=use_list.pk).is_draft

    def test_not_what_has_changed_since_it_was_shown(self, world):
        use_list = draw(world)
        adopt_suggestions(use_list=use_list, actor=world.people["office"], now=NOW)
        for line in lines_of(use_list):
            if line.suggestion and not line.decision:
                decide(world, line, Word.BETTER, "不用尽名额")
        shown = digest_of(use_list, lines_of(use_list))
        decide(world, line_of(use_list, "cora"), Word.FAIR, "再核")
        with pytest.raises(Conflict, match="刚刚有变动"):
            sign_list(use_list=use_list, digest=shown, actor=world.people["director"], now=NOW)

    def test_not_after_a_correction_of_the_scores(self, world):
        use_list = draw(world)
        adopt_suggestions(use_list=use_list, actor=world.people["office"], now=NOW)
        run = use_list.basis["runs"]["2023Q1"]
        UseList.objects.filter(pk=use_list.pk).update(basis=use_list.basis | {"runs": {"2023Q1": run + 1}})
        stale = UseList.objects.get(pk=use_list.pk)
        assert outdated(stale) == ["2023Q1"]
        with pytest.raises(Conflict, match="重新拟定"):
            sign(world, stale)

    def test_the_director_signs_and_the_office_asks(self, world):
        use_list = draw(world)
        for line in lines_of(use_list):
            if line.suggestion:
                decide(world, line, Word.BETTER, "" if line.suggestion == Word.BETTER else "平衡")
        for name in ("office", "deputy", "discipline", "head", "anna", "admin"):
            with pytest.raises(Refused):
                sign(world, use_list, by=name)
        assert ask_for_signature(use_list=use_list, actor=world.people["office"], today=date(2023, 9, 1)) == 1
        with pytest.raises(Conflict, match="今天已经提请过"):
            ask_for_signature(use_list=use_list, actor=world.people["office"], today=date(2023, 9, 1))
        told = Notification.objects.get(recipient=world.people["director"], occasion__startswith="use.ask")
        assert told.subject == "请签发2023年一季度考核等次名单"
        sign(world, use_list)
        graded = Notification.objects.filter(occasion=f"use.graded:{use_list.pk}")
        assert set(graded.values_list("recipient__name", flat=True)) == {
            line.employee.name for line in lines_of(use_list) if line.decision
        }


class TestWhoSees:
    def test_the_exact_lists_and_lines(self, world):
        other = make_world("YY")
        draft, signed = draw(world, Kind.TRAINING, "2023Q1"), draw(world)
        foreign = draw(other)
        finish(other, foreign)
        finish(world, signed)
        shown = {name: set(UseList.objects.visible_to(one)) for name, one in world.people.items()}
        everything = {draft, signed}
        assert {name: lists for name, lists in shown.items() if lists} == dict.fromkeys(
            ("office", "director", "deputy", "discipline", "head"), everything
        )
        of = {
            name: set(UseLine.objects.visible_to(one).filter(use_list=signed).values_list("employee__name", flat=True))
            for name, one in world.people.items()
        }
        whole = {line.employee.name for line in lines_of(signed)}
        for name in ("office", "director", "deputy", "discipline"):
            assert of[name] == whole
        assert of["head"] == {"head", "anna", "bert"}
        for name in ("anna", "bert", "cora", "dora", "admin"):
            assert of[name] == {name}

    def test_a_head_sees_no_draft_but_the_training_needs(self, world):
        grades, needs = draw(world), draw(world, Kind.TRAINING, "2023Q1")
        head = world.people["head"]
        assert set(UseList.objects.visible_to(head)) == {needs}
        assert not UseLine.objects.visible_to(head).filter(use_list=grades).exists()
        seen = UseLine.objects.visible_to(head).filter(use_list=needs)
        assert {line.department for line in seen} <= {head.department}

    def test_ones_own_decision_only_once_it_is_signed(self, world):
        use_list = draw(world)
        anna = world.people["anna"]
        adopt_suggestions(use_list=use_list, actor=world.people["office"], now=NOW)
        assert not UseLine.objects.visible_to(anna).exists()
        assert decisions_on(anna) == []
        finish(world, use_list)
        (told,) = decisions_on(anna)
        assert (told.period, told.period_label, told.signed_by) == ("2023Q1", "2023年一季度", "director")
        assert told.decision == line_of(use_list, "anna").decision_label

    def test_pages_open_to_readers(self, world):
        may = {name for name, one in world.people.items() if permissions.may_read_uses(one)}
        assert may == {"office", "director", "deputy", "discipline", "head"}


class TestSettings:
    def test_the_office_changes_what_is_suggested_from_now_on(self, world):
        office_ = world.people["office"]
        set_use_settings(bureau=world.bureau, values={"good_percent": 50, "fair_percent": 0}, actor=office_)
        assert UseSettings.objects.get(bureau=world.bureau).good_percent == 50
        entry = Entry.objects.get(action="use.set")
        assert (entry.before, entry.after) == (
            {"good_percent": 40, "fair_percent": 10},
            {"good_percent": 50, "fair_percent": 0},
        )
        use_list = draw(world)
        assert use_list.quota_percent == 50
        assert not [line for line in lines_of(use_list) if line.suggestion == Word.FAIR]
        with pytest.raises(InvalidInput, match="不能低于"):
            set_use_settings(bureau=world.bureau, values={"excellent_percent": 30}, actor=office_)
        with pytest.raises(Refused):
            set_use_settings(bureau=world.bureau, values={"good_percent": 60}, actor=world.people["director"])
