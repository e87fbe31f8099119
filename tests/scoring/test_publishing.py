"""公示, 发布, 更正: what stands in the way, what a reason overrides, what stays frozen."""

from copy import deepcopy
from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from audit.models import Entry
from common.errors import Conflict, InvalidInput, Refused
from indicators.models import AssessmentPoint, Library, Quarter, QuarterStep, Result
from indicators.services.quarters import opened_for_correction
from notifications.models import Notification
from scoring.models import Score, ScoreRun
from scoring.queries import is_outdated, moves_of_correction, preview_of_correction, publicity_ends, readiness
from scoring.services.publishing import NotReady, correct_quarter, publish_quarter, start_publicity
from scoring.services.scoring import score_quarter
from tests.factories import (
    make_adjustment,
    make_bureau,
    make_claim,
    make_employee,
    make_item,
    make_point,
    make_quarter,
    make_result,
    make_scheme_setting,
    make_task,
    make_version,
    moment,
    sign_rosters,
)

pytestmark = pytest.mark.django_db
D = Decimal
TODAY = date(2023, 4, 6)


def build():
    """The office of a bureau with one quarter in review and one employee besides, everything entered and confirmed."""
    bureau = make_bureau()
    quarter = make_quarter(bureau, state=Quarter.State.REVIEWING)
    office = make_employee(bureau, "900", roles=["office"])
    staff = make_employee(bureau, "101")
    common, individual = make_point(bureau, "K1", library=Library.COMMON), make_point(bureau, "K2")
    for person in (office, staff):
        make_result(person, common)
        make_result(person, individual)
    sign_rosters(quarter)
    assert quarter.state == Quarter.State.REVIEWING
    return office


@pytest.fixture
def office(built):
    return deepcopy(built)


def kinds(quarter, today=TODAY):
    return [one.kind for one in readiness(quarter, today=today).obstacles]


def score(office):
    return score_quarter(bureau=office.bureau, quarter_code="2023Q1", actor=None)


def show(office, began=date(2023, 3, 28)):
    start_publicity(bureau=office.bureau, quarter_code="2023Q1", actor=office, today=TODAY)
    QuarterStep.objects.filter(state=Quarter.State.PUBLICITY).update(at=moment(began))
    return Quarter.objects.get()


def corrected(office, **values):
    """Another input in the published quarter, as an upheld appeal leaves it."""
    with opened_for_correction(Quarter.objects.get()):
        Result.objects.filter(employee=office, point__code="K1").update(**values)


def publish(office, **options):
    return publish_quarter(
        **{"bureau": office.bureau, "quarter_code": "2023Q1", "actor": office, "today": TODAY, **options}
    )


class TestReadiness:
    def test_names_what_is_missing_person_by_person(self, office):
        staff = make_employee(office.bureau, "102", name="李四")
        monthly = make_point(office.bureau, "K3", cycle="month")
        make_item(staff, monthly)
        make_result(staff, monthly, "2023-02", state=Result.State.REPORTED)
        sign_rosters(Quarter.objects.get())
        score(office)
        missing, unconfirmed, publicity = readiness(Quarter.objects.get(), today=TODAY).obstacles
        assert (missing.kind, unconfirmed.kind, publicity.kind) == ("missing", "unconfirmed", "publicity")
        (person,) = missing.people
        assert (person.number, person.name) == ("102", "李四")
        assert person.details == ("K1 2023Q1", "K3 2023-01", "K3 2023-03")
        assert unconfirmed.people[0].details == ("K3 2023-02",)
        assert unconfirmed.people[0].result_ids == (Result.objects.get(state="reported").pk,)
        assert "漏项 3 个，涉及 1 人" in missing.sentence

    def test_tells_nodes_that_are_late_from_those_whose_time_has_not_come(self, office):
        staff = make_employee(office.bureau, "102", name="李四")
        make_item(staff, make_point(office.bureau, "K3", cycle="month"))
        make_result(staff, AssessmentPoint.objects.get(code="K1"))
        missing, ahead = readiness(Quarter.objects.get(), today=date(2023, 3, 10)).obstacles[1:3]
        assert (missing.kind, missing.people[0].details) == ("missing", ("K3 2023-01", "K3 2023-02"))
        assert (ahead.kind, ahead.overridable, ahead.people) == ("ahead", True, ())
        assert "还有 1 个节点没有到期，最晚的 2023-03-24 到期" in ahead.sentence

    def test_a_quarter_without_a_score_or_with_an_old_one(self, office):
        quarter = Quarter.objects.get()
        assert kinds(quarter)[0] == "unscored"
        score(office)
        assert kinds(quarter) == ["publicity"]
        Result.objects.filter(employee=office, point__code="K1").update(value=2)
        assert kinds(quarter)[0] == "outdated"
        assert is_outdated(quarter)
        score(office)
        assert kinds(quarter) == ["publicity"]

    def test_the_reader_s_language_makes_no_run_old(self, office):
        Result.objects.filter(employee=office, point__code="K1").update(state="reviewed")
        score(office)
        with translation.override("en"):
            assert not is_outdated(Quarter.objects.get())

    def test_a_provisional_score_is_no_score(self, office):
        score_quarter(bureau=office.bureau, quarter_code="2023Q1", actor=None, as_of=TODAY)
        assert kinds(Quarter.objects.get()) == ["provisional", "publicity"]

    def test_people_without_individual_task(self, office):
        make_result(make_employee(office.bureau, "102"), office.bureau.points.get(code="K1"))
        score(office)
        (obstacle,) = [
            one for one in readiness(Quarter.objects.get(), today=TODAY).obstacles if one.kind == "no_individual"
        ]
        assert [one.number for one in obstacle.people] == ["102"]

    def test_tasks_that_nobody_has_accepted_yet(self, office):
        staff = make_employee(office.bureau, "102", name="李四")
        make_result(staff, office.bureau.points.get(code="K1"))
        make_item(staff, office.bureau.points.get(code="K2"))
        make_result(staff, office.bureau.points.get(code="K2"))
        for state in ("started", "handed_in", "accepted", "refused", "cancelled"):
            make_claim(make_task(office.bureau, f"T-{state}"), staff, state=state)
        other = make_quarter(office.bureau, "2023Q2")
        make_claim(make_task(office.bureau, "T-other", quarter=other), staff, state="held")
        sign_rosters(Quarter.objects.get(code="2023Q1"))
        score(office)
        unfinished, publicity = readiness(Quarter.objects.get(code="2023Q1"), today=TODAY).obstacles
        assert (unfinished.kind, unfinished.overridable, publicity.kind) == ("unfinished", True, "publicity")
        assert [(one.number, one.details) for one in unfinished.people] == [
            ("102", ("T-handed_in 待验收", "T-started 办理中"))
        ]
        assert "没有办结的任务 2 份，涉及 1 人" in unfinished.sentence
        assert publish(office, override="局长办公会同意")

    def test_a_broken_scheme_is_all_there_is_to_say(self, office):
        make_scheme_setting(office.bureau, "共性权重", "40")
        (obstacle,) = readiness(Quarter.objects.get(), today=TODAY).obstacles
        assert (obstacle.kind, obstacle.overridable) == ("scheme", False)


class TestPublishing:
    def test_goes_through_publicity_and_five_working_days(self, office):
        score(office)
        quarter = show(office, began=date(2023, 3, 28))  # Tuesday; 5 April 2023 (清明) is a weekday without a calendar
        assert quarter.state == Quarter.State.PUBLICITY
        assert publicity_ends(quarter) == date(2023, 4, 4)
        with pytest.raises(NotReady, match="公示到 2023-04-04 为止，还剩 1 个工作日"):
            publish(office, today=date(2023, 4, 4))
        assert publish(office, today=date(2023, 4, 5)).state == Quarter.State.PUBLISHED
        assert Entry.objects.filter(action="quarter.publish").count() == 1
        assert not Entry.objects.filter(action="quarter.override").exists()
        told = Notification.objects.order_by("pk").values_list("recipient__number", "subject")
        shown, published = "2023年一季度得分开始公示，请核对本人得分", "2023年一季度得分已发布"
        assert set(told) == {("101", shown), ("101", published), ("900", shown), ("900", published)}

    def test_without_publicity_only_with_a_reason(self, office):
        score(office)
        with pytest.raises(NotReady, match="还没有公示"):
            publish(office)
        publish(office, override="上级要求")
        entry = Entry.objects.get(action="quarter.override")
        assert entry.reason == "上级要求"
        assert entry.after["overridden"] == ["还没有公示；公示满 5 个工作日后才能发布。"]
        steps = QuarterStep.objects.order_by("pk").values_list("state", flat=True)
        assert list(steps) == ["publicity", "published"]

    def test_a_reason_overrides_missing_results_but_never_an_absent_or_old_score(self, office):
        with pytest.raises(NotReady, match="还没有计分"):
            publish(office, override="急")
        make_result(make_employee(office.bureau, "102"), office.bureau.points.get(code="K1"), state="reported")
        score(office)
        Result.objects.filter(employee=office, point__code="K2").update(value=1)
        with pytest.raises(NotReady, match="输入已变，需要重新计分") as refused:
            publish(office, override="急")
        assert len(refused.value.sentences) == 1
        score(office)
        with pytest.raises(NotReady) as refused:
            publish(office)
        assert len(refused.value.sentences) == 4  # unconfirmed, no individual task, the changed list, publicity
        assert publish(office, override="急").is_frozen

    def test_publicity_asks_for_the_list_to_be_empty_or_a_reason(self, office):
        make_employee(office.bureau, "102")
        score(office)
        with pytest.raises(NotReady, match="漏项"):
            show(office)
        start_publicity(bureau=office.bureau, quarter_code="2023Q1", actor=office, today=TODAY, override="补录无望")
        assert Quarter.objects.get().state == Quarter.State.PUBLICITY

    def test_who_may(self, office):
        refused = [
            make_employee(office.bureau, roles=roles)
            for roles in ([], ["department_head"], ["system_admin"], ["discipline"], ["deputy_director"])
        ]
        director = make_employee(office.bureau, roles=["director"])
        score(office)
        for person in [*refused, make_employee(make_bureau("YY"), roles=["office"])]:
            with pytest.raises(Refused):
                publish(office, actor=person, override="急")
        start_publicity(bureau=office.bureau, quarter_code="2023Q1", actor=office, today=TODAY, override="补录无望")
        assert publish(office, actor=director, override="局长办公会同意").is_frozen

    def test_twice_is_refused(self, office):
        score(office)
        publish(office, override="急")
        with pytest.raises(Conflict, match="已经发布"):
            publish(office, override="急")
        with pytest.raises(Conflict, match="已经公示"):
            start_publicity(bureau=office.bureau, quarter_code="2023Q1", actor=office, today=TODAY)


class TestFrozen:
    def test_neither_inputs_nor_versions_nor_scheme_change_a_published_score(self, office):
        score(office)
        publish(office, override="急")
        before = list(Score.objects.order_by("pk").values())
        with opened_for_correction(Quarter.objects.get()):
            Result.objects.filter(employee=office).update(value=4)
        make_version(office.bureau.points.get(code="K1"), full=D(9))
        make_scheme_setting(office.bureau, "共性权重", "20")
        assert list(Score.objects.order_by("pk").values()) == before


class TestCorrection:
    def correct(self, office, **options):
        return correct_quarter(
            **{"bureau": office.bureau, "quarter_code": "2023Q1", "actor": office, "reason": "申诉成立", **options}
        )

    def test_keeps_the_earlier_run_beside_it_and_says_who_moved(self, office):
        first = score(office)
        publish(office, override="急")
        corrected(office, value=2)
        assert [one.number for one in preview_of_correction(Quarter.objects.get())] == ["900"]
        run = self.correct(office)
        assert (run.number, run.kind, run.is_current, run.reason) == (2, "correction", True, "申诉成立")
        first.refresh_from_db()
        assert not first.is_current
        assert first.scores.get(employee=office).total == D("90.00")
        assert run.scores.get(employee=office).total == D("82.50")
        assert Score.objects.current().filter(employee=office).get().run == run
        (moved,) = [one for one in moves_of_correction(run) if one.number == "900"]
        assert (moved.total_before, moved.total_after, moved.difference) == ("90.00", "82.50", "-7.50")
        assert (moved.rank_before, moved.rank_after) == ("1", "2")
        assert (moved.pool_before, moved.pool_after) == (True, False)
        entry = Entry.objects.get(action="score.correct")
        assert (entry.reason, entry.before, entry.after["run"]) == ("申诉成立", {"run": 1}, 2)

    def test_a_second_correction_is_a_third_run(self, office):
        score(office)
        publish(office, override="急")
        for value in (1, 2):
            corrected(office, value=value)
            self.correct(office)
        assert list(ScoreRun.objects.values_list("number", "is_current")) == [(1, False), (2, False), (3, True)]

    def test_needs_a_reason_a_published_quarter_and_something_to_correct(self, office):
        score(office)
        with pytest.raises(InvalidInput, match="理由"):
            self.correct(office, reason=" ")
        with pytest.raises(Conflict, match="还没有发布"):
            self.correct(office)
        publish(office, override="急")
        with pytest.raises(Conflict, match="没有需要更正的"):
            self.correct(office)
        with pytest.raises(Refused):
            self.correct(office, actor=make_employee(office.bureau, roles=["discipline"]))
        assert ScoreRun.objects.count() == 1


def test_an_adjustment_dated_today_does_not_touch_another_quarter(office):
    score(office)
    make_adjustment(office, timezone.localdate())
    assert not is_outdated(Quarter.objects.get(code="2023Q1"))
