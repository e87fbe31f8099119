"""考评: who has what in the queue, what opening allows, what one press on many takes, who is told."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from django.utils import timezone

from audit.models import Entry
from common.errors import Conflict, Frozen, InvalidInput, Refused
from indicators import permissions
from indicators.models import Library, Quarter, Result, ResultOpening
from indicators.queries import assessing as queries
from indicators.queries.dossier import Dossier, dossier_of
from indicators.queries.leniency import leniency
from indicators.services import assessing
from indicators.services.entering import enter_result
from notifications.models import Notification
from organization.queries import work_calendar
from tests.factories import (
    make_bureau,
    make_department,
    make_employee,
    make_point,
    make_quarter,
    make_result,
    make_version,
    moment,
)

pytestmark = pytest.mark.django_db
State = Result.State
IN_TIME = date(2023, 3, 20)


class House:
    """Two departments, each with a head, a liaison and staff; the second assesses the common point of everybody."""

    def __init__(self) -> None:
        self.bureau = make_bureau()
        self.deputy = make_employee(self.bureau, roles=["deputy_director"])
        self.own, self.assessing = (make_department(self.bureau, code, deputy=self.deputy) for code in ("D01", "D02"))
        self.staff = make_employee(self.bureau, "101", department=self.own, name="张三")
        self.head = make_employee(self.bureau, department=self.own, roles=["department_head"])
        self.liaison = make_employee(self.bureau, department=self.own, roles=["liaison"])
        self.assessor = make_employee(self.bureau, department=self.assessing, roles=["liaison"])
        self.assessing_head = make_employee(self.bureau, department=self.assessing, roles=["department_head"])
        self.member = make_employee(self.bureau, department=self.assessing)
        self.office = make_employee(self.bureau, department=self.assessing, roles=["office"])
        self.director = make_employee(self.bureau, department=self.assessing, roles=["director"])
        self.discipline = make_employee(self.bureau, department=self.assessing, roles=["discipline"])
        self.admin = make_employee(self.bureau, department=self.assessing, roles=["system_admin"])
        self.stranger = make_employee(make_bureau("YY"), roles=["office"])
        self.quarter = make_quarter(self.bureau)
        self.point = make_point(self.bureau, "K001", library=Library.COMMON, assessor=self.assessing)

    @property
    def everybody(self) -> list[Any]:
        return [
            self.deputy, self.staff, self.head, self.liaison, self.assessor, self.assessing_head, self.member, self.office,
            self.director, self.discipline, self.admin, self.stranger,
        ]  # fmt: skip

    def result(self, of: Any = None, state: str = State.REVIEWED, **values: Any) -> Result:
        point = values.pop("point", self.point)
        at = {"entered_at": timezone.now() - timedelta(hours=1), "confirmed_at": None}
        return make_result(of or self.staff, point, state=state, **at | values)

    def see(self, person: Any, *results: Result) -> list[int]:
        for result in results:
            assessing.open_result(result=result, actor=person, now=timezone.now())
        return [result.pk for result in results]

    def enter(self, actor: Any, value: int) -> Result:
        return enter_result(
            employee=self.staff,
            point=self.point,
            period="2023Q1",
            actor=actor,
            today=IN_TIME,
            value=Decimal(value),
        )


build = House


@pytest.fixture
def house(built: House) -> House:
    return deepcopy(built)


# The queue and the permissions say the same ---------------------------------------------------------------------------


def test_the_queue_is_what_one_may_take(house: House) -> None:
    """Every person against every employee's result: the rows of the queue are those whose verdict is yes."""
    others = make_point(house.bureau, "K002", library=Library.COMMON, assessor=house.own)
    people = [one for one in house.everybody if one.bureau_id == house.bureau.pk]
    for employee, point in product(people, (house.point, others)):
        house.result(employee, State.REPORTED if point == others else State.REVIEWED, point=point)
    versions = {point.pk: point.versions.get() for point in (house.point, others)}
    rows = list(Result.objects.select_related("employee__department", "bureau"))
    for person in house.everybody:
        review = {row.pk for row in rows if row.state == "reported" and permissions.may_review(person, row)}
        confirm = {
            row.pk
            for row in rows
            if row.state == "reviewed" and permissions.may_confirm(person, row, versions[row.point_id])
        }
        found = [{row.pk for row in queries.queue(person, step)} for step in ("review", "confirm")]
        assert found == [review, confirm], person
        waiting = queries.waiting(person)
        assert (waiting.review, waiting.confirm) == (len(review), len(confirm))
    assert {row.employee for row in queries.queue(house.head, "review")} == {house.staff, house.liaison}
    assert {row.employee for row in queries.queue(house.deputy, "review")} == {house.head, house.assessing_head}
    assert {row.employee for row in queries.queue(house.deputy, "confirm")} == {house.assessing_head}


def test_where_nobody_heads_a_department_a_leader_reviews(house: House) -> None:
    """The leader in charge; the leaders' own department, which nobody is in charge of, falls to the director."""
    led = make_department(house.bureau, "D90", deputy=house.deputy)
    leaders = make_department(house.bureau, "D91")
    alone, leader = make_employee(house.bureau, department=led), make_employee(house.bureau, department=leaders)
    first, second = (house.result(person, State.REPORTED) for person in (alone, leader))
    assert list(queries.queue(house.deputy, "review")) == [first]
    assert list(queries.queue(house.director, "review")) == [second]
    assert assessing.review_result(result=second, actor=house.director).state == State.REVIEWED
    with pytest.raises(Refused, match="无人分管的由局长办理"):
        assessing.review_result(result=first, actor=house.director)


def test_the_offices_second_review_is_no_duty(house: House) -> None:
    house.result()
    assert queries.queue(house.office, "confirm").count() == 1
    assert queries.duties(house.office) == queries.Waiting()
    assert queries.duties(house.assessor).confirm == 1


def test_the_version_of_the_quarter_says_who_assesses(house: House) -> None:
    make_version(house.point, from_quarter="2023Q2", assessor=house.own)
    first, second = house.result(), house.result(period="2023Q2")
    assert list(queries.queue(house.assessor, "confirm")) == [first]
    assert list(queries.queue(house.liaison, "confirm")) == []  # the second is about the own department
    assert list(queries.queue(house.head, "confirm")) == [second]


@pytest.mark.parametrize("state", [Quarter.State.PUBLICITY, Quarter.State.PUBLISHED])
def test_a_settled_quarter_waits_for_nobody(house: House, state: str) -> None:
    house.result()
    Quarter.objects.update(state=state)
    assert not queries.queue(house.assessor, "confirm").exists()


def test_a_withdrawn_point_waits_for_nobody(house: House) -> None:
    result = house.result()
    make_version(house.point, withdrawn=True)
    assert not queries.queue(house.assessor, "confirm").exists()
    with pytest.raises(Conflict, match="停用"):
        assessing.confirm_result(result=result, actor=house.assessor)


def test_the_clock_counts_working_days_from_entry_then_from_review(house: House) -> None:
    deadlines = queries.Deadlines(house.bureau, work_calendar())
    entered, reviewed = moment(date(2023, 3, 1)), moment(date(2023, 3, 8))
    waiting = house.result(state=State.REPORTED, entered_at=entered)
    assert deadlines.clock(waiting).due == date(2023, 3, 6)
    waiting.state, waiting.reviewed_at = State.REVIEWED, reviewed
    assert deadlines.clock(waiting).due == date(2023, 3, 15)


# Opening --------------------------------------------------------------------------------------------------------------


def test_only_who_judges_leaves_an_opening(house: House) -> None:
    result = house.result()
    for person in house.everybody:
        if person != house.stranger:
            assessing.open_result(result=result, actor=person, now=timezone.now())
    opened = set(ResultOpening.objects.values_list("by", flat=True))
    assert opened == {house.head.pk, house.assessor.pk, house.assessing_head.pk, house.office.pk}


def test_opening_again_keeps_one_row_with_the_last_moment(house: House) -> None:
    result = house.result()
    house.see(house.assessor, result)
    later = timezone.now() + timedelta(minutes=1)
    assessing.open_result(result=result, actor=house.assessor, now=later)
    assert ResultOpening.objects.get().at == later


# Many at once ---------------------------------------------------------------------------------------------------------


def test_opened_rows_go_together_each_with_its_line(house: House) -> None:
    results = [house.result(), house.result(house.liaison)]
    taken = assessing.confirm_opened(ids=house.see(house.assessor, *results), actor=house.assessor)
    assert (taken.done, taken.refused, taken.unknown) == (results, [], [])
    assert set(Result.objects.values_list("state", "confirmed_by")) == {(State.CONFIRMED, house.assessor.pk)}
    lines = Entry.objects.filter(action="result.confirm")
    assert {(line.target_id, line.before["state"], line.after["state"]) for line in lines} == {
        (str(result.pk), "reviewed", "confirmed") for result in results
    }


def test_reviewing_together(house: House) -> None:
    result = house.result(state=State.REPORTED)
    assessing.review_opened(ids=house.see(house.head, result), actor=house.head)
    result.refresh_from_db()
    assert (result.state, result.reviewed_by) == (State.REVIEWED, house.head)


def test_what_may_not_be_taken_is_named_and_the_others_go(house: House) -> None:
    """Unopened, opened by a colleague only, an own one, of another assessor, out of order: each with its sentence."""
    fine, unopened, colleagues, own, out_of_order = (
        house.result(),
        house.result(house.liaison),
        house.result(house.head),
        house.result(house.assessor),
        house.result(house.deputy, State.REPORTED),
    )
    elsewhere = house.result(point=make_point(house.bureau, library=Library.COMMON, assessor=house.own))
    house.see(house.assessing_head, colleagues)
    ids = [*house.see(house.assessor, fine, own, out_of_order, elsewhere), unopened.pk, colleagues.pk]
    taken = assessing.confirm_opened(ids=ids, actor=house.assessor)
    assert taken.done == [fine]
    reasons = {row.pk: sentence for row, sentence in taken.refused}
    assert "没有打开" in reasons[unopened.pk]
    assert "没有打开" in reasons[colleagues.pk]
    assert "本人" in reasons[own.pk]
    assert "待初审" in reasons[out_of_order.pk]
    assert taken.unknown == [elsewhere.pk] or "考评" in reasons[elsewhere.pk]
    assert Entry.objects.filter(action="result.confirm").count() == 1


def test_a_row_entered_again_has_to_be_opened_again(house: House) -> None:
    result = house.enter(house.staff, 1)
    house.see(house.head, result)
    house.enter(house.staff, 3)
    taken = assessing.review_opened(ids=[result.pk], actor=house.head)
    assert [sentence for _row, sentence in taken.refused] == ["您打开之后又重新填报了；请再打开核对。"]
    house.see(house.head, result)
    assert assessing.review_opened(ids=[result.pk], actor=house.head).done == [result]


def test_the_review_between_does_not_undo_an_opening(house: House) -> None:
    result = house.enter(house.staff, 1)
    house.see(house.assessor, result)
    assessing.review_result(result=result, actor=house.head)
    assert assessing.confirm_opened(ids=[result.pk], actor=house.assessor).done == [result]


def test_nothing_and_too_much_are_refused(house: House) -> None:
    with pytest.raises(InvalidInput, match="勾选"):
        assessing.confirm_opened(ids=[], actor=house.assessor)
    with pytest.raises(InvalidInput, match="200"):
        assessing.confirm_opened(ids=list(range(1, 300)), actor=house.assessor)


def test_another_bureaus_rows_are_not_known(house: House) -> None:
    result = house.result()
    taken = assessing.confirm_opened(ids=[result.pk], actor=house.stranger)
    assert (taken.done, taken.refused, taken.unknown) == ([], [], [result.pk])


@pytest.mark.parametrize("state", [Quarter.State.PUBLICITY, Quarter.State.PUBLISHED])
def test_rows_of_a_settled_quarter_are_named_with_it(house: House, state: str) -> None:
    result, running = house.result(), house.result(period="2023Q2")
    ids = house.see(house.assessor, result, running)
    Quarter.objects.filter(code="2023Q1").update(state=state)
    taken = assessing.confirm_opened(ids=ids, actor=house.assessor)
    assert taken.done == [running]
    assert [row for row, sentence in taken.refused if "2023Q1" in sentence] == [result]


def test_together_costs_the_same_for_one_and_many(house: House, django_assert_num_queries: Any) -> None:
    for people in (1, 3):
        results = [house.result(make_employee(house.bureau, department=house.own)) for _one in range(people)]
        ids = house.see(house.assessor, *results)
        with django_assert_num_queries(10):
            assert len(assessing.confirm_opened(ids=ids, actor=house.assessor).done) == people


# One by one -----------------------------------------------------------------------------------------------------------


def test_what_was_entered_since_it_was_read_is_not_confirmed(house: House) -> None:
    result = house.enter(house.staff, 1)
    seen = result.entered_at
    house.enter(house.staff, 3)
    with pytest.raises(Conflict, match="重新填报"):
        assessing.review_result(result=result, actor=house.head, seen=seen)
    again = Result.objects.get()
    assessing.review_result(result=again, actor=house.head, seen=again.entered_at)


def test_illegal_steps_are_refused(house: House) -> None:
    acts = {
        "review": lambda row: assessing.review_result(result=row, actor=house.head),
        "confirm": lambda row: assessing.confirm_result(result=row, actor=house.assessor),
        "return": lambda row: assessing.return_result(result=row, actor=house.assessor, reason="退"),
    }
    legal = {("review", "reported"), ("confirm", "reviewed"), ("return", "reviewed")}
    result = house.result()
    for name, state in product(acts, State.values):
        Result.objects.update(state=state)
        if (name, state) in legal:
            acts[name](result)
            continue
        with pytest.raises((Conflict, Refused)):
            acts[name](result)
        assert Result.objects.get().state == state


@pytest.mark.parametrize(("state", "error"), [(Quarter.State.PUBLICITY, Conflict), (Quarter.State.PUBLISHED, Frozen)])
def test_a_settled_quarter_refuses_by_name(house: House, state: str, error: type[Exception]) -> None:
    result = house.result()
    Quarter.objects.update(state=state)
    for act in (
        lambda: assessing.confirm_result(result=result, actor=house.assessor),
        lambda: assessing.return_result(result=result, actor=house.assessor, reason="退"),
    ):
        with pytest.raises(error, match="2023Q1"):
            act()


def test_a_return_is_told_at_once_to_who_entered_it_and_who_it_is_about(house: House) -> None:
    result = house.enter(house.liaison, 1)
    assessing.return_result(result=result, actor=house.head, reason=" 缺佐证 ")
    told = Notification.objects.order_by("recipient")
    assert {one.recipient for one in told} == {house.liaison, house.staff}
    assert "缺佐证" in told[0].body
    assert told[0].url == f"/results/{result.pk}/"
    house.enter(house.staff, 2)
    assessing.return_result(result=result, actor=house.head, reason="还是不对")
    assert Notification.objects.filter(recipient=house.staff).count() == 2


def test_who_returns_what_was_entered_by_the_head_is_not_told_of_it(house: House) -> None:
    result = house.enter(house.head, 1)
    assessing.return_result(result=result, actor=house.head, reason="自己改")
    assert [one.recipient for one in Notification.objects.all()] == [house.staff]


# What the assessor sees -----------------------------------------------------------------------------------------------


def seen(house: House, result: Result, person: Any) -> Dossier:
    found = assessing.open_result(result=result, actor=person, now=timezone.now())
    judges = bool(assessing.may_judge(person, found))
    return dossier_of(found, queries.Deadlines(house.bureau, work_calendar()), judges=judges)


def test_the_dossier_shows_working_last_quarter_and_the_others(house: House) -> None:
    make_result(house.staff, house.point, period="2023Q1", value=3)
    result = house.result(period="2023Q2", value=1, points=Decimal("3.50"))
    for value, person in ((0, house.head), (0, house.liaison), (2, house.member)):
        house.result(person, period="2023Q2", value=value)
    dossier = seen(house, result, house.assessor)
    assert (dossier.entered, dossier.working) == ("1", "4.00 − 1 次 × 0.5")
    assert [(row.period, row.entered) for row in dossier.before] == [("2023Q1", "3")]


def test_the_others_stand_as_bars_with_ones_own_place(house: House) -> None:
    result = house.result(points=Decimal("3.50"))
    for points, person in (("4.00", house.head), ("4.00", house.liaison), ("3.00", house.member)):
        house.result(person, points=Decimal(points))
    others = seen(house, result, house.assessor).others
    assert others is not None
    assert (others.number, str(others.mean), others.higher) == (3, "3.67", 2)
    assert [(bar.label, bar.number, bar.share, bar.own) for bar in others.bars] == [
        ("4.00", 2, 100, False),
        ("3.50", 0, 0, True),
        ("3.00", 1, 50, False),
    ]


def test_many_different_points_are_put_into_six_ranges(house: House) -> None:
    result = house.result(points=Decimal("4.00"))
    for step in range(12):
        house.result(make_employee(house.bureau), points=Decimal(step) / 4)
    others = seen(house, result, house.assessor).others
    assert others is not None
    assert len(others.bars) == 6
    assert sum(bar.number for bar in others.bars) == 12
    assert [bar.own for bar in others.bars] == [True] + [False] * 5


def test_who_it_is_about_does_not_see_the_others(house: House) -> None:
    result = house.result(points=Decimal(4))
    house.result(house.head, points=Decimal(3))
    assert seen(house, result, house.staff).others is None


def test_the_history_comes_from_the_log_and_else_from_the_row(house: House) -> None:
    imported = house.result(entered_by=house.office)
    assert [(one.what, one.who) for one in seen(house, imported, house.assessor).events] == [
        ("填报", str(house.office))
    ]
    result = house.enter(house.staff, 1) if imported.delete() else imported
    assessing.return_result(result=result, actor=house.head, reason="缺佐证")
    events = seen(house, result, house.head).events
    assert [(one.what, one.reason) for one in events] == [("退回", "缺佐证"), ("填报", "")]


def test_leniency_sets_the_department_beside_the_others(house: House) -> None:
    assert leniency(house.assessor, house.quarter) is None
    others = make_point(house.bureau, library=Library.COMMON, assessor=house.own)
    house.result(state=State.CONFIRMED, points=Decimal("3.00"))
    house.result(house.head, State.CONFIRMED, points=Decimal("4.00"))
    house.result(state=State.CONFIRMED, point=others, points=Decimal("2.00"))
    found = leniency(house.assessor, house.quarter)
    assert found is not None
    assert (found.results, str(found.own), str(found.others)) == (2, "87.50", "50.00")
    assert "87.50%" in found.sentence


# Reminders ------------------------------------------------------------------------------------------------------------

WORKDAY, SUNDAY = date(2023, 3, 20), date(2023, 3, 19)


def test_everybody_is_reminded_once_a_working_day_however_much_waits(house: House) -> None:
    for person in (house.staff, house.liaison, house.deputy):
        house.result(person)
    house.result(house.head, State.REPORTED)
    assert assessing.remind_of_waiting(today=SUNDAY) == 0
    assert assessing.remind_of_waiting(today=WORKDAY) == 3
    assert assessing.remind_of_waiting(today=WORKDAY) == 0
    told = dict(Notification.objects.values_list("recipient", "subject"))
    assert told == {
        house.assessor.pk: "3 条结果待确认",
        house.assessing_head.pk: "3 条结果待确认",
        house.deputy.pk: "1 条结果待初审",
    }
    assert assessing.remind_of_waiting(today=WORKDAY + timedelta(days=1)) == 3


def test_nobody_is_reminded_in_a_demonstration(house: House) -> None:
    house.result()
    house.bureau.is_demo, house.bureau.stands_on = True, WORKDAY
    house.bureau.save()
    assert assessing.remind_of_waiting(today=WORKDAY) == 0


def test_the_workbench_says_what_waits(house: House, client: Any) -> None:
    house.result()
    house.result(state=State.REPORTED, point=make_point(house.bureau, library=Library.COMMON, assessor=house.own))
    for person, label, url in (
        (house.assessor, "待确认 1 条结果", "/assessing/?step=confirm"),
        (house.head, "待初审 1 条结果", "/assessing/?step=review"),
    ):
        client.force_login(person)
        page = client.get("/").content.decode()
        assert label in page
        assert url in page
    client.force_login(house.staff)
    assert "等您办理" not in client.get("/").content.decode()
