"""申诉: the days of filing, answering and deciding, who may what, and what an upheld appeal corrects to the cent."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F

from audit.models import Entry
from common.errors import Conflict, InvalidInput, Refused
from indicators.models import CorrectionPass, Quarter, Result
from indicators.services.quarters import opened_for_correction
from notifications.models import Notification
from organization.models import CalendarDay, CalendarYear, Department
from scoring.jobs import remind_appeals
from scoring.models import Adjustment, Appeal, AppealFile, Score, ScoreRun
from scoring.queries import explanation, moves_of_correction, readiness
from scoring.queries.appeals import answerers, appeal_window, disputed_line, to_answer, to_decide
from scoring.services.appeal_corrections import Correction
from scoring.services.appeal_notices import remind_appeals as remind
from scoring.services.appeals import preview_decision, withdraw_appeal
from scoring.services.publishing import NotReady, start_publicity
from scoring.services.scoring import score_quarter
from tasks_market.models import Claim
from tests.factories import make_employee, make_scheme_setting
from tests.scoring import naive
from tests.scoring.appeals import BEGAN, LAST, Court, at, make_court

pytestmark = pytest.mark.django_db
D = Decimal
State = Appeal.State


build = make_court


@pytest.fixture
def court(built: Court) -> Court:
    return deepcopy(built)


def told(person: str, court: Court) -> list[str]:
    rows = Notification.objects.filter(recipient=court.people[person]).order_by("pk")
    return list(rows.values_list("subject", flat=True))


class TestFiling:
    def test_a_line_of_ones_own(self, court: Court) -> None:
        before = court.totals()
        appeal = court.file("K1", files=[SimpleUploadedFile("记录.txt", b"x")])
        assert (appeal.line, appeal.figure, appeal.subject) == ("K1 考点K1 · 2023Q1", D("3.00"), "result")
        assert (appeal.side, appeal.state, appeal.period) == ("assessed", "filed", "2023Q1")
        assert appeal.result == Result.objects.get(employee=court.people["anna"], point=court.points["K1"])
        assert appeal.assessor == court.departments["B"]
        assert (appeal.answer_due, appeal.decide_due) == (date(2023, 4, 13), date(2023, 4, 20))
        assert AppealFile.objects.get(appeal=appeal).name == "记录.txt"
        entry = Entry.objects.get(action="appeal.file")
        assert (entry.reason, entry.after["figure"]) == ("次数有误", "3.00")
        assert court.totals() == before  # the score stands meanwhile

    @pytest.mark.parametrize(
        ("what", "subject", "figure"),
        [
            ("K2", "result", "4.20"),
            ("K3", "result", "4.00"),
            ("claim", "claim", "1.92"),
            ("plus", "adjustment", "0.50"),
            ("individual", "other", None),
            ("linkage", "other", "-0.10"),
            ("total", "other", None),
        ],
    )
    def test_from_any_line(self, court: Court, what: str, subject: str, figure: str | None) -> None:
        appeal = court.file(what)
        assert appeal.subject == subject
        assert figure is None or appeal.figure == D(figure)

    def test_every_line_of_the_sheet_that_has_a_name_can_be_objected_to(self, court: Court) -> None:
        score = court.score("anna")
        assert all(disputed_line(score, court.key(what)) for what in ("K1", "K2", "K3", "claim", "plus", "common"))
        assert disputed_line(score, "node-1-2022Q4") is None
        with pytest.raises(InvalidInput, match="没有这一行"):
            court.file("node-1-2022Q4")

    @pytest.mark.parametrize("day", [BEGAN, LAST])
    def test_on_every_day_of_the_window(self, court: Court, day: date) -> None:
        assert court.file(today=day).filed_at == at(day)

    def test_the_day_after_it_is_refused_with_what_to_do(self, court: Court) -> None:
        with pytest.raises(Conflict, match=r"5 个工作日内提出，2023-04-17 已经截止.*办理更正计分"):
            court.file(today=date(2023, 4, 18))
        assert not Appeal.objects.exists()

    def test_made_up_working_days_count_and_holidays_do_not(self, court: Court) -> None:
        CalendarDay.objects.update_or_create(day=date(2023, 4, 15), defaults={"is_workday": True})  # a Saturday
        _touch_calendar()
        assert appeal_window(court.quarter).last == date(2023, 4, 15)
        CalendarDay.objects.update_or_create(day=date(2023, 4, 12), defaults={"is_workday": False})
        _touch_calendar()
        assert appeal_window(court.quarter).last == date(2023, 4, 17)
        appeal = court.file(today=date(2023, 4, 11))
        assert appeal.answer_due == date(2023, 4, 15)

    def test_the_limits_are_settings(self, court: Court) -> None:
        for key, days in (("申诉提出期限", "2"), ("申诉答复期限", "1"), ("申诉裁定期限", "4")):
            make_scheme_setting(court.bureau, key, days)
        appeal = court.file(today=date(2023, 4, 12))
        assert (appeal.answer_due, appeal.decide_due) == (date(2023, 4, 13), date(2023, 4, 19))
        with pytest.raises(Conflict, match="2 个工作日"):
            court.file("K2", today=date(2023, 4, 13))

    def test_before_publicity_there_is_nothing_to_object_to(self, court: Court) -> None:
        Quarter.objects.update(state=Quarter.State.REVIEWING)
        with pytest.raises(Conflict, match="还没有公示"):
            court.file()

    def test_after_an_early_publication_the_days_still_run(self, court: Court) -> None:
        court.publish(BEGAN, override="上级要求")
        assert court.file(today=LAST).state == State.FILED
        with pytest.raises(Conflict, match="已经截止"):
            court.file("K2", today=date(2023, 4, 18))

    def test_one_open_appeal_about_a_line(self, court: Court) -> None:
        first = court.file()
        with pytest.raises(Conflict, match="正在办理"):
            court.file()
        court.file("K2")
        withdraw_appeal(appeal=first, actor=court.people["anna"], now=at(BEGAN))
        assert court.file().pk != first.pk

    def test_needs_a_reason(self, court: Court) -> None:
        with pytest.raises(InvalidInput, match="理由"):
            court.file(ground=" ")

    @pytest.mark.parametrize("who", ["assessor", "clerk"])
    def test_the_assessing_department_about_its_results(self, court: Court, who: str) -> None:
        appeal = court.file("K2", by=who, of="anna")
        assert (appeal.side, appeal.filed_by.name, appeal.employee.name) == ("assessor", who, "anna")
        assert any("考评部门对您" in subject for subject in told("anna", court))
        with pytest.raises(Refused, match="本部门负责考评"):
            court.file("claim", by=who, of="anna")

    def test_nobody_else(self, court: Court) -> None:
        other = make_court("YY")
        for who in ("bert", "head", "liaison", "deputy", "director", "office", "discipline", "admin"):
            with pytest.raises(Refused):
                court.file("K1", by=who, of="anna")
        court.people["stranger"] = other.people["assessor"]
        with pytest.raises(Refused):
            court.file("K1", by="stranger", of="anna")


class TestAnswering:
    @pytest.mark.parametrize(
        ("what", "answering"),
        [
            ("K1", {"assessor", "clerk"}),
            ("claim", {"deputy"}),
            ("plus", {"office", "second"}),
            ("total", {"office", "second"}),
        ],
    )
    def test_by_whom(self, court: Court, what: str, answering: set[str]) -> None:
        appeal = court.file(what)
        assert {one.name for one in answerers(appeal)} == answering
        assert {name for name, one in court.people.items() if to_answer(one).exists()} == answering
        assert all(any("请在 2023-04-13 前答复" in one for one in told(name, court)) for name in answering)
        for name in court.people.keys() - answering:
            with pytest.raises(Refused):
                court.answer(appeal, name)
        answered = court.answer(appeal, sorted(answering)[0], today=date(2023, 4, 11))
        assert (answered.state, answered.decide_due) == (State.ANSWERED, date(2023, 4, 18))
        assert any("已有答复" in one for one in told("anna", court))
        assert any("请在 2023-04-18 前裁定" in one for one in told("director", court))
        assert Entry.objects.get(action="appeal.answer").after["answer"] == "已核对原始记录"

    def test_what_the_assessing_department_objects_to_the_office_answers(self, court: Court) -> None:
        appeal = court.file("K1", by="assessor", of="anna")
        assert {one.name for one in answerers(appeal)} == {"office", "second"}
        assert {name for name, one in court.people.items() if to_answer(one).exists()} == {"office", "second"}
        with pytest.raises(Refused, match="当事人"):
            court.answer(appeal, "assessor")
        with pytest.raises(Refused):
            court.answer(appeal, "clerk")
        assert court.answer(appeal, "office").state == State.ANSWERED

    def test_where_nobody_is_left_the_office_answers(self, court: Court) -> None:
        for name in ("assessor", "clerk"):
            court.people[name].role_set.all().delete()
        appeal = court.file("K1")
        assert {one.name for one in answerers(appeal)} == {"office", "second"}
        assert to_answer(court.people["office"]).get() == appeal
        Department.objects.update(deputy=None)
        Claim.objects.update(accepted_by=None)
        assert {one.name for one in answerers(court.file("claim"))} == {"office", "second"}
        assert to_answer(court.people["office"]).count() == 2

    def test_once(self, court: Court) -> None:
        appeal = court.answer(court.file())
        with pytest.raises(Conflict, match="待裁定"):
            court.answer(appeal, "clerk")


class TestDeciding:
    def test_after_the_answer_or_its_limit(self, court: Court) -> None:
        appeal = court.file()
        with pytest.raises(Conflict, match="2023-04-13；答复后或期满后才能裁定"):
            court.decide(appeal, today=date(2023, 4, 13), upheld=False)
        assert not to_decide(court.people["office"], today=date(2023, 4, 13)).exists()
        assert to_decide(court.people["office"], today=date(2023, 4, 14)).get() == appeal
        assert court.decide(appeal, today=date(2023, 4, 14), upheld=False).state == State.REJECTED

    def test_by_whom(self, court: Court) -> None:
        appeal = court.answer(court.file())
        for name in court.people.keys() - {"office", "second", "director"}:
            with pytest.raises(Refused):
                court.decide(appeal, name, upheld=False)
        assert court.decide(appeal, "director", upheld=False).decided_by.name == "director"

    def test_nobody_about_oneself_or_what_one_filed(self, court: Court) -> None:
        own = court.answer(court.file("K1", by="office"))
        with pytest.raises(Refused, match="涉及本人"):
            court.decide(own, "office", upheld=False)
        court.decide(own, "second", upheld=False)
        make_role_of_assessor(court)
        filed = court.answer(court.file("K1", by="second", of="anna"), "office")
        with pytest.raises(Refused, match="涉及本人"):
            court.decide(filed, "second", upheld=False)

    def test_rejected_the_score_stays(self, court: Court) -> None:
        before = court.totals()
        appeal = court.decide(court.answer(court.file()), upheld=False)
        assert (appeal.state, appeal.decision, appeal.corrected_run) == (State.REJECTED, "经复核", None)
        assert court.totals() == before
        assert ScoreRun.objects.count() == 1
        assert any("裁定不成立" in one for one in told("anna", court))
        assert any("裁定不成立" in one for one in told("assessor", court))
        assert Entry.objects.get(action="appeal.reject").reason == "经复核"

    def test_needs_a_reason_and_a_correction_that_differs(self, court: Court) -> None:
        appeal = court.answer(court.file())
        for correction, sentence in (
            ({}, "更正后的内容"),
            ({"note": "无"}, "请填写更正后的数据"),
            ({"value": D(2)}, "与原来一样"),
            ({"value": D("1.5")}, "整数"),
            ({"tier": "优"}, "档次"),
        ):
            with pytest.raises(InvalidInput, match=sentence):
                court.decide(appeal, **correction)
        for what, correction in (
            ("claim", {"quality": D("0.8")}),
            ("plus", {"points": D("0.5")}),
            ("plus", {"note": "无"}),
        ):
            known = Appeal.objects.filter(line=disputed_line(court.score("anna"), court.key(what)).line).first()
            other = known or court.answer(court.file(what), "deputy" if what == "claim" else "office")
            with pytest.raises(InvalidInput):
                court.decide(other, **correction)
        assert not Entry.objects.filter(action__endswith=".correct").exists()
        assert not CorrectionPass.objects.exists()

    def test_twice_is_refused(self, court: Court) -> None:
        appeal = court.decide(court.answer(court.file()), value=D(1))
        with pytest.raises(Conflict, match="成立"):
            court.decide(appeal, value=D(0))

    def test_withdrawn_while_open_by_who_filed(self, court: Court) -> None:
        appeal = court.file()
        with pytest.raises(Refused, match="提出人"):
            withdraw_appeal(appeal=appeal, actor=court.people["bert"], now=at(BEGAN))
        assert withdraw_appeal(appeal=appeal, actor=court.people["anna"], now=at(BEGAN)).state == State.WITHDRAWN
        with pytest.raises(Conflict, match="已撤回"):
            withdraw_appeal(appeal=appeal, actor=court.people["anna"], now=at(BEGAN))
        assert any("已撤回" in one for one in told("clerk", court))


def make_role_of_assessor(court: Court) -> None:
    """The second of the office moves to the assessing department as its liaison too."""
    second = court.people["second"]
    second.role_set.create(kind="liaison", starts_on=date(2000, 1, 1))
    second.department = court.departments["B"]
    second.save()
    vars(second).pop("roles", None)


def _touch_calendar() -> None:
    """What the calendar's page does: the cached calendar is of another revision."""
    CalendarYear.objects.update(revision=F("revision") + 1)


CORRECTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "K1": ("assessor", {"value": D(0)}),
    "K2": ("assessor", {"tier": "优", "note": "按新口径"}),
    "K3": ("assessor", {"value": D(95)}),  # a machine's, corrected nowhere else
    "exempt": ("assessor", {"exempt": True}),
    "claim": ("deputy", {"quality": D("1.1")}),
    "plus": ("office", {"points": D("2.00")}),
    "refuse": ("office", {"refuse": True}),
}


def expected(court: Court, name: str) -> Fraction:
    """The total by the naive scorer from the rows as they stand."""
    person = court.people[name]
    items = []
    for point in court.points.values():
        version = point.versions.get()
        rows = Result.objects.filter(employee=person, point=point)
        if not rows:
            continue
        parameters = dict(pair.split("=") for pair in version.parameters.split(";"))
        nodes = [{"value": one.value, "target": one.target, "tier": one.tier, "exempt": one.exempt} for one in rows]
        items.append({
            "library": point.library, "full": version.full, "method": version.method, "parameters": parameters,
            "nodes": nodes,
        })  # fmt: skip
    claims = [
        {
            "base": one.task.base,
            "difficulty": "中",
            "quality": one.quality,
            "sharing": "各得",
            "part": "",
            "accepted": 1,
        }
        for one in Claim.objects.filter(employee=person, outcome="accepted")
    ]
    plus = [
        {"plus": one.kind == "plus", "points": one.points}
        for one in Adjustment.objects.filter(employee=person, state="counted")
    ]
    scheme = {
        "共性权重": 30, "个性权重": 60, "竞争性上限": 10, "难度系数中": "1.2", "主办份额": "0.8", "加分上限": 5,
        "联动系数": "0.1", "联动上限": 2,
    }  # fmt: skip
    departments = {"A": 90, "B": 92}
    place = next(one for one, row in court.departments.items() if row.pk == person.department_id)
    given = {"items": items, "claims": claims, "adjustments": plus, "department": place}
    return naive.score(given, scheme, departments)["total"]


@pytest.mark.parametrize("published", [False, True])
@pytest.mark.parametrize("what", CORRECTIONS)
def test_upheld_to_the_cent(court: Court, what: str, published: bool) -> None:
    answering, correction = CORRECTIONS[what]
    line = {"exempt": "K2", "refuse": "plus"}.get(what, what)
    first, before = court.score("anna"), court.totals()
    if published:
        court.publish(BEGAN, override="上级要求")
    appeal = court.answer(court.file(line), answering)
    preview = preview_decision(
        appeal=appeal, actor=court.people["office"], today=BEGAN, now=at(BEGAN), correction=Correction(**correction)
    )
    assert court.totals() == before  # tried, and taken back
    assert not Entry.objects.filter(action__endswith=".correct").exists()
    decided = court.decide(appeal, **correction)
    after = court.totals()
    assert Fraction(after["anna"]) == expected(court, "anna") != Fraction(before["anna"])
    assert {name: total for name, total in after.items() if name != "anna"} == {
        name: total for name, total in before.items() if name != "anna"
    }
    run = decided.corrected_run
    assert run is not None
    assert (run.kind, run.number, run.is_current) == ("correction", 2, True)
    assert preview.moves == moves_of_correction(run)
    assert preview.change
    assert preview.change["after"] == decided.change["after"]
    court.quarter.refresh_from_db()
    assert court.quarter.state == ("published" if published else "publicity")
    earlier = Score.objects.select_related("run").get(pk=first.pk)
    assert explanation(earlier).adds_up  # the earlier run stays readable
    assert earlier.total == before["anna"]
    assert not CorrectionPass.objects.exists()
    assert any("因申诉更正而变动" in one for one in told("anna", court))
    assert not any("因申诉更正而变动" in one for one in told("bert", court))
    assert {entry.action for entry in Entry.objects.filter(action__endswith=".correct")} > {"score.correct"}


def test_the_change_says_what_was_and_what_is(court: Court) -> None:
    Result.objects.filter(employee=court.people["anna"], point=court.points["K1"]).update(points=D("3.00"))
    appeal = court.decide(court.answer(court.file()), value=D(0), note="两次均属系统故障")
    before, after = appeal.change["before"], appeal.change["after"]
    assert (before["value"], before["points"], after["value"], after["points"]) == ("2", "3.00", "0", "4.00")
    assert after["note"] == "两次均属系统故障"
    result = Result.objects.get(employee=court.people["anna"], point=court.points["K1"])
    assert (result.state, result.confirmed_by.name, result.late) == ("confirmed", "office", False)


def test_a_machine_result_stays_a_machines(court: Court) -> None:
    court.decide(court.answer(court.file("K3")), value=D(100))
    result = Result.objects.get(employee=court.people["anna"], point=court.points["K3"])
    assert (result.source, result.value) == ("machine", D(100))


def test_a_missing_node_is_filled(court: Court) -> None:
    Result.objects.filter(employee=court.people["bert"], point=court.points["K1"]).delete()
    court.quarter.state = Quarter.State.REVIEWING
    court.quarter.save()
    score_quarter(bureau=court.bureau, quarter_code="2023Q1", actor=None)
    Quarter.objects.update(state=Quarter.State.PUBLICITY)
    appeal = court.file("K1", by="bert")
    assert (appeal.result, appeal.figure) == (None, D("0.00"))
    appeal = court.decide(court.answer(appeal), value=D(1))
    assert appeal.change["before"] == {}
    assert Fraction(court.totals()["bert"]) == expected(court, "bert")


def test_something_else_is_scored_again_as_its_inputs_stand(court: Court) -> None:
    appeal = court.decide(court.answer(court.file("linkage"), "office"))
    assert (appeal.state, appeal.corrected_run, appeal.change) == (State.UPHELD, None, None)
    appeal = court.answer(court.file("linkage"), "office")
    with_pass = court.departments["A"].scores.get()
    with transaction.atomic(), opened_for_correction(court.quarter):
        with_pass.score = D(94)
        with_pass.save()
    appeal = court.decide(appeal)
    moved = {one.number for one in moves_of_correction(appeal.corrected_run)}
    assert moved == {court.people[name].number for name in ("anna", "bert", "head", "liaison", "assessor", "clerk")}


class TestPublishing:
    def test_never_with_an_open_appeal_whatever_the_reason(self, court: Court) -> None:
        appeal = court.file()
        obstacle = next(one for one in readiness(court.quarter, today=LAST).obstacles if one.kind == "appeals")
        assert (obstacle.overridable, obstacle.count, obstacle.people[0].name) == (False, 1, "anna")
        assert "未结的申诉 1 件" in obstacle.sentence
        with pytest.raises(NotReady, match="未结的申诉"):
            court.publish(override="急")
        court.answer(appeal)
        with pytest.raises(NotReady, match="未结的申诉"):
            court.publish(override="急")
        court.decide(appeal, value=D(0))
        assert court.publish(override="名单另行确认").is_frozen

    def test_the_command_never_passes_one_over(self, court: Court, capsys: pytest.CaptureFixture[str]) -> None:
        court.file()
        with pytest.raises((CommandError, SystemExit)) as refused:
            call_command("publish_quarter", "2023Q1", "--bureau", "XS", "--force", "急")
        said = capsys.readouterr()
        assert "未结的申诉 1 件" in f"{refused.value}{said.out}{said.err}"
        assert not Quarter.objects.get().is_frozen

    def test_publicity_may_begin_again_with_one(self, court: Court) -> None:
        court.file()
        Quarter.objects.update(state=Quarter.State.REVIEWING)
        start_publicity(
            bureau=court.bureau, quarter_code="2023Q1", actor=court.people["office"], today=LAST, override="退回后"
        )
        assert Quarter.objects.get().state == Quarter.State.PUBLICITY


class TestReminders:
    def reminded(self, court: Court, day: date) -> set[str]:
        Notification.objects.all().delete()
        remind(court.bureau, today=day)
        assert remind(court.bureau, today=day) == 0  # twice tells once
        return {row.recipient.name for row in Notification.objects.select_related("recipient")}

    def test_who_answers_the_day_before_on_the_day_and_daily_after_it(self, court: Court) -> None:
        court.file(today=date(2023, 4, 14))  # a Friday; answered by Wednesday 19
        speakers, deciding = {"assessor", "clerk"}, {"office", "second", "director"}
        days = {day: self.reminded(court, date(2023, 4, day)) for day in (17, 18, 19, 20, 21)}
        assert days == {17: set(), 18: speakers, 19: speakers, 20: speakers, 21: speakers}
        assert self.reminded(court, date(2023, 4, 25)) == speakers | deciding  # the decision is due on the 26th
        assert "逾期" in told("assessor", court)[0]

    def test_who_decides(self, court: Court) -> None:
        appeal = court.answer(court.file("K1", by="office"), today=date(2023, 4, 11))  # decided by Tuesday 18
        days = {day: self.reminded(court, date(2023, 4, day)) for day in (14, 15, 17, 18, 22)}
        impartial = {"second", "director"}
        assert days == {14: set(), 15: set(), 17: impartial, 18: impartial, 22: impartial}
        court.decide(appeal, "second", upheld=False)
        assert self.reminded(court, date(2023, 4, 23)) == set()

    def test_nothing_is_decided_by_itself_and_a_demonstration_reminds_nobody(self, court: Court) -> None:
        appeal = court.file()
        remind_appeals()
        appeal.refresh_from_db()
        assert appeal.state == State.FILED
        assert Notification.objects.filter(occasion__startswith="appeal.remind").exists()
        Notification.objects.all().delete()
        court.bureau.is_demo, court.bureau.stands_on = True, date(2023, 9, 1)
        court.bureau.save()
        remind_appeals()
        assert not Notification.objects.exists()


class TestWhoReads:
    def test_exactly(self, court: Court) -> None:
        other = make_court("YY")
        by_line = {what: court.file(what) for what in ("K1", "claim", "plus")}
        everybody = {"anna", "head", "deputy", "director", "office", "second", "discipline"}
        seen = {
            what: {name for name, one in court.people.items() if Appeal.objects.visible_to(one).filter(pk=row.pk)}
            for what, row in by_line.items()
        }
        assert seen == {
            "K1": everybody | {"assessor", "clerk"},
            "claim": everybody,
            "plus": everybody,
        }
        assert not any(Appeal.objects.visible_to(one).exists() for one in other.people.values())

    def test_who_accepted_the_claim_reads_what_is_said_of_it(self, court: Court) -> None:
        judge = make_employee(court.bureau, name="judge", department=court.departments["C"])
        Claim.objects.update(accepted_by=judge)
        appeal = court.file("claim")
        assert Appeal.objects.visible_to(judge).get() == appeal
        assert {one.name for one in answerers(appeal)} == {"judge", "deputy"}
        other = court.file("K1")
        assert other not in Appeal.objects.visible_to(judge)
