"""Suggestions of talks: what in a published quarter gives rise to one, who learns of it, what becomes of it."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from audit.models import Entry
from common.errors import Conflict, InvalidInput, Refused
from indicators.models import Quarter
from notifications.models import Notification
from organization.models import Employee
from reviews.jobs import suggest_talks as nightly
from reviews.models import ReviewSettings, Talk, TalkSuggestion, Trigger
from reviews.queries.suggestions import KIND_OF, SuggestionRow, causes, last_places, open_suggestions, suggestion_rows
from reviews.queries.talks import duties_of
from reviews.services.suggestions import dismiss_suggestion, suggest_talks
from reviews.services.talks import start_talk
from scoring.models import Appeal, Score, ScoreRun
from tests.factories import make_branch, make_bureau, make_employee, make_quarter
from tests.reviews.talks import NOW, TODAY, Village, draft, make_suggestion, make_village

pytestmark = pytest.mark.django_db


build = make_village


@pytest.fixture
def village(built: Village) -> Village:
    return deepcopy(built)


def publish(people: list[Employee | None], code: str, state: str = Quarter.State.PUBLISHED) -> Quarter:
    """A quarter whose ranking is the list; None is a place of somebody who does not matter (nobody has the row)."""
    bureau = next(one for one in people if one).bureau
    quarter = make_quarter(bureau, code)
    run = ScoreRun.objects.create(
        bureau=bureau, quarter=quarter, scheme={}, scored_at=NOW, ranked=len(people), scored=len(people)
    )
    for rank, one in enumerate(people, 1):
        if one is not None:
            Score.objects.create(
                run=run, bureau=bureau, quarter=quarter, employee=one, number=one.number, name=one.name,
                department=one.department, category=one.category, common=0, individual=0, competitive=0,
                adjustments=0, linkage=0, total=0, ranked=True, bureau_rank=rank, inputs={},
            )  # fmt: skip
    Quarter.objects.filter(pk=quarter.pk).update(state=state)
    return Quarter.objects.select_related("bureau").get(pk=quarter.pk)


def appeal(employee: Employee, quarter: Quarter, **values: Any) -> Appeal:
    given = {"state": Appeal.State.REJECTED, "side": Appeal.Side.ASSESSED, "line": "总分与名次"} | values
    return Appeal.objects.create(
        bureau=employee.bureau, quarter=quarter, employee=employee, filed_by=employee, filed_at=NOW, subject="other",
        run=quarter.runs.get(), ground="不服", answer_due=TODAY, decide_due=TODAY, **given,
    )  # fmt: skip


def places(before: int, *people: Employee, after: int = 0) -> list[Employee | None]:
    return [*[None] * before, *people, *[None] * after]


def found(quarter: Quarter) -> list[tuple[str, str]]:
    names = dict(Employee.objects.values_list("pk", "name"))
    return [(names[one.employee_id], str(one.trigger)) for one in causes(quarter)]


# What gives rise to one --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ranked", "percent", "last"), [(205, 10, 20), (19, 10, 1), (9, 10, 1), (1, 10, 1), (20, 50, 10)]
)
def test_the_last_tenth_is_rounded_down_and_at_least_one(ranked: int, percent: int, last: int) -> None:
    assert last_places(ranked, percent) == last


def test_the_last_places_of_the_ranking(village: Village) -> None:
    quarter = publish(places(17, village["head"], village["employee"], village["colleague"]), "2023Q1")
    assert found(quarter) == [("艾工", "low_rank"), ("柯同", "low_rank")]
    assert causes(quarter)[0].reason == "2023年一季度单位排名第 19 名（共 20 人），在后 10%"
    ReviewSettings.objects.create(bureau=village.bureau, low_rank_percent=15)
    assert found(quarter) == [("贺责", "low_rank"), ("艾工", "low_rank"), ("柯同", "low_rank")]


def test_a_fall_of_twenty_places_against_the_published_quarter_before(village: Village) -> None:
    employee, colleague = village["employee"], village["colleague"]
    publish([employee, colleague, *places(30)], "2023Q1")
    quarter = publish([*places(20), employee, colleague, *places(80)], "2023Q2")
    assert found(quarter) == [("艾工", "fall"), ("柯同", "fall")]
    assert causes(quarter)[0].reason == "2023年二季度单位排名第 21 名，上季度第 1 名，下滑 20 位"
    ReviewSettings.objects.create(bureau=village.bureau, fall_places=21)
    assert found(quarter) == []


def test_a_quarter_before_that_is_not_published_is_no_measure(village: Village) -> None:
    publish([village["employee"], *places(30)], "2023Q1", Quarter.State.PUBLICITY)
    assert found(publish([*places(25), village["employee"], *places(80)], "2023Q2")) == []


def test_rejected_appeals_of_the_assessed_are_one_cause_a_person(village: Village) -> None:
    quarter = publish(places(0, village["employee"], village["colleague"], village["head"], after=20), "2023Q1")
    appeal(village["employee"], quarter)
    appeal(village["employee"], quarter, line="另一行")
    appeal(village["colleague"], quarter, state=Appeal.State.UPHELD)
    appeal(village["head"], quarter, side=Appeal.Side.ASSESSOR)
    assert found(quarter) == [("艾工", "appeal")]
    assert causes(quarter)[0].reason == "2023年一季度得分的 2 件申诉裁定不成立"


def test_each_cause_proposes_one_of_the_four_kinds() -> None:
    assert set(KIND_OF) == set(Trigger)
    assert set(KIND_OF.values()) == set(Talk.Kind)


# Making them -------------------------------------------------------------------------------------------------------


def test_suggestions_are_made_once_for_all_time_from_published_quarters(village: Village) -> None:
    employee = village["employee"]
    quarter = publish(places(9, employee), "2023Q1")
    publish(places(9, village["colleague"]), "2023Q2", Quarter.State.PUBLICITY)
    assert suggest_talks(village.bureau, today=TODAY, now=NOW) == 1
    assert suggest_talks(village.bureau, today=TODAY + timedelta(days=1), now=NOW) == 0
    made = TalkSuggestion.objects.get()
    assert (made.employee, made.branch, made.quarter, made.trigger, made.state) == (
        employee, employee.branch, quarter, "low_rank", "open",
    )  # fmt: skip
    dismiss_suggestion(suggestion=made, actor=village["secretary"], reason="刚谈过", now=NOW)
    assert suggest_talks(village.bureau, today=TODAY + timedelta(days=2), now=NOW) == 0


def test_nobody_who_left_is_suggested(village: Village) -> None:
    publish(places(9, village["employee"]), "2023Q1")
    Employee.objects.filter(pk=village["employee"].pk).update(left_on=TODAY - timedelta(days=1))
    assert suggest_talks(village.bureau, today=TODAY, now=NOW) == 0


def test_an_open_suggestion_goes_with_its_person_to_another_branch(village: Village) -> None:
    moved, stays = make_suggestion(village["employee"]), make_suggestion(village["colleague"])
    other = make_branch(village.bureau, secretary=village["other_head"])
    Employee.objects.filter(pk=village["employee"].pk).update(branch=other)
    suggest_talks(village.bureau, today=TODAY, now=NOW)
    moved.refresh_from_db()
    stays.refresh_from_db()
    assert (moved.branch, stays.branch) == (other, village["colleague"].branch)


def test_the_nightly_job_leaves_a_demonstration_alone(village: Village, settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = True
    publish(places(9, village["employee"]), "2023Q1")
    village.bureau.is_demo, village.bureau.stands_on = True, TODAY
    village.bureau.save()
    nightly.apply()
    assert not TalkSuggestion.objects.exists()


# Who learns of them ------------------------------------------------------------------------------------------------


def who_sees(village: Village, one: TalkSuggestion) -> set[str]:
    return {
        who for who, person in village.stage if TalkSuggestion.objects.visible_to(person).filter(pk=one.pk).exists()
    }


def rows_of(person: Employee) -> list[SuggestionRow]:
    return suggestion_rows(person, open_suggestions(person))


def who_acts(village: Village, one: TalkSuggestion) -> set[str]:
    return {who for who, person in village.stage if duties_of(person, TODAY).suggested} & who_sees(village, one)


def test_a_suggestion_is_seen_by_the_secretary_and_discipline_and_by_nobody_else(village: Village) -> None:
    one = make_suggestion(village["employee"])
    assert who_sees(village, one) == {"secretary", "discipline"}
    assert {who for who, person in village.stage if duties_of(person, TODAY).suggested} == {"secretary"}
    assert {who for who, person in village.stage if open_suggestions(person)} == {"secretary", "discipline"}
    assert [rows_of(village[who])[0].addressed for who in ("secretary", "discipline")] == [True, False]


def test_about_a_secretary_the_leader_in_charge_sees_it_never_the_person(village: Village) -> None:
    department = village["secretary"].department
    department.deputy = village["other_deputy"]
    department.save()
    one = make_suggestion(village["secretary"])
    assert who_sees(village, one) == {"other_deputy", "discipline"}
    assert who_acts(village, one) == {"other_deputy"}


def test_where_nobody_leads_the_branch_the_leader_in_charge_sees_it(village: Village) -> None:
    headless = make_branch(village.bureau)
    Employee.objects.filter(pk=village["employee"].pk).update(branch=headless)
    Employee.objects.filter(pk=village["head"].pk).update(branch=None)
    for who in ("employee", "head"):
        assert who_sees(village, make_suggestion(Employee.objects.get(pk=village[who].pk))) == {"deputy", "discipline"}


def test_discipline_does_not_see_one_about_itself(village: Village) -> None:
    assert who_sees(village, make_suggestion(village["discipline"])) == {"other_secretary"}


def test_whoever_is_to_act_is_told_without_a_name(village: Village) -> None:
    publish(places(25, village["employee"], village["colleague"], village["secretary"]), "2023Q1")
    village["secretary"].department.__class__.objects.update(deputy=village["deputy"])
    assert suggest_talks(village.bureau, today=TODAY, now=NOW) == 2
    told = Notification.objects.all()
    assert {(one.recipient.name, one.subject) for one in told} == {
        ("舒记", "有新的谈话建议，请查看并安排"), ("付管", "有新的谈话建议，请查看并安排"),
    }  # fmt: skip
    lines = Entry.objects.filter(action="talk.suggest")
    assert [(one.actor, one.target, one.before, one.after) for one in lines] == [("系统", "谈心谈话", None, None)]
    assert {who for who, person in village.stage if Entry.objects.visible_to(person).filter(pk__in=lines)} == {
        "discipline"
    }


# What becomes of them ----------------------------------------------------------------------------------------------


def test_putting_one_aside_needs_a_reason_and_the_right_person(village: Village) -> None:
    one = make_suggestion(village["employee"])
    for who in ("discipline", "head", "director", "office"):
        with pytest.raises(Refused):
            dismiss_suggestion(suggestion=one, actor=village[who], reason="不必", now=NOW)
    with pytest.raises(InvalidInput):
        dismiss_suggestion(suggestion=one, actor=village["secretary"], reason=" ", now=NOW)
    dismiss_suggestion(suggestion=one, actor=village["secretary"], reason="刚谈过", now=NOW)
    one.refresh_from_db()
    assert (one.state, one.decision, one.decided_by, one.decided_at) == (
        "dismissed",
        "刚谈过",
        village["secretary"],
        NOW,
    )
    with pytest.raises(Conflict):
        dismiss_suggestion(suggestion=one, actor=village["secretary"], reason="再说", now=NOW)


def test_one_is_taken_up_once(village: Village) -> None:
    one, secretary = make_suggestion(village["employee"]), village["secretary"]
    given: dict[str, Any] = {"employee": one.employee, "draft": draft(), "today": TODAY, "now": NOW, "suggestion": one}
    with pytest.raises(Refused):
        start_talk(actor=village["head"], **given)
    talk = start_talk(actor=secretary, **given)
    with pytest.raises(Conflict):  # with the suggestion as it was read before
        start_talk(actor=secretary, **given)
    assert list(Talk.objects.all()) == [talk]


def test_another_bureaus_quarters_give_rise_to_nothing(village: Village) -> None:
    other = make_bureau("ZZ")
    publish(places(9, make_employee(other, branch=make_branch(other))), "2023Q1")
    assert suggest_talks(village.bureau, today=TODAY, now=NOW) == 0
