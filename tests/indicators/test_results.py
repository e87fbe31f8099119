from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from audit.models import Entry
from common.errors import Conflict, Frozen, InvalidInput, Refused
from indicators.models import Item, Quarter, Result
from indicators.services.assessing import confirm_result, return_result, review_result
from indicators.services.entering import enter_result
from indicators.services.facts import Fact, post_facts
from indicators.services.items import hand_back, take_on
from indicators.services.results import node_points
from tests.factories import (
    make_bureau,
    make_department,
    make_employee,
    make_item,
    make_point,
    make_quarter,
    make_result,
)

pytestmark = pytest.mark.django_db
IN_TIME, TOO_LATE = date(2023, 3, 26), date(2023, 3, 27)
State = Result.State


class House:
    """Two departments: staff of the one are assessed by the other."""

    def __init__(self) -> None:
        self.bureau = make_bureau()
        self.own, self.assessing = (make_department(self.bureau, code) for code in ("D01", "D02"))
        self.deputy = make_employee(self.bureau, roles=["deputy_director"])
        for department in (self.own, self.assessing):
            department.deputy = self.deputy
            department.save()
        self.office = make_employee(self.bureau, roles=["office"])
        self.staff = make_employee(self.bureau, department=self.own)
        self.colleague = make_employee(self.bureau, department=self.own)
        self.liaison = make_employee(self.bureau, department=self.own, roles=["liaison"])
        self.head = make_employee(self.bureau, department=self.own, roles=["department_head"])
        self.assessor = make_employee(self.bureau, department=self.assessing, roles=["liaison"])
        self.assessing_head = make_employee(self.bureau, department=self.assessing, roles=["department_head"])
        self.discipline = make_employee(self.bureau, roles=["discipline"])
        self.director = make_employee(self.bureau, roles=["director"])
        self.admin = make_employee(self.bureau, roles=["system_admin"])
        self.stranger = make_employee(make_bureau("YY"), roles=["office"])
        self.quarter = make_quarter(self.bureau)
        self.point = make_point(self.bureau, "K020", department=self.own, assessor=self.assessing)
        self.common = make_point(self.bureau, "K001", library="common", assessor=self.assessing)

    def enter(self, actor: Any, **given: Any) -> Result:
        values: dict[str, Any] = {"employee": self.staff, "point": self.common, "period": "2023Q1", "today": IN_TIME}
        return enter_result(actor=actor, **values | ({"value": Decimal(1)} if not given else {}) | given)


build = House


@pytest.fixture
def house(built: House) -> House:
    return deepcopy(built)


@pytest.mark.parametrize(
    ("method", "given", "points"),
    [
        ("deduct", {"value": Decimal(1)}, "3.50"),
        ("ratio", {"value": Decimal(97)}, "3.88"),
        ("ratio", {"value": Decimal(97), "target": Decimal(97)}, "4.00"),
        ("tier", {"tier": "良"}, "3.40"),
        ("count", {"value": Decimal(3)}, "1.50"),
        ("done", {"value": Decimal(2)}, "3.60"),
    ],
)
def test_points_follow_the_rule(house: House, method: str, given: dict[str, Any], points: str) -> None:
    point = make_point(house.bureau, library="common", method=method)
    assert house.enter(house.office, point=point, **given).points == Decimal(points)


def test_exempt_and_empty_nodes_have_no_points(house: House) -> None:
    version = house.common.versions.get()
    assert node_points(version, exempt=True) is None
    assert node_points(version) is None


def test_a_fact_is_dated_signed_and_logged(house: House) -> None:
    result = house.enter(house.staff)
    assert (result.state, result.entered_by, result.confirmed_by) == (State.REPORTED, house.staff, None)
    assert result.entered_at is not None
    assert not result.late
    entry = Entry.objects.get()
    assert (entry.action, entry.before, entry.after["points"]) == ("result.enter", None, "3.50")


def test_where_a_result_begins_depends_on_who_enters_it(house: House) -> None:
    states = {
        "own": house.enter(house.staff).state,
        "liaison": house.enter(house.liaison).state,
        "head": house.enter(house.head).state,
        "assessor": house.enter(house.assessor).state,
        "office": house.enter(house.office).state,
        "office about itself": house.enter(house.office, employee=house.office, value=Decimal(0)).state,
    }
    assert states == {
        "own": State.REPORTED,
        "liaison": State.REPORTED,
        "head": State.REPORTED,
        "assessor": State.REVIEWED,
        "office": State.CONFIRMED,
        "office about itself": State.REPORTED,
    }
    assert Result.objects.count() == 2


def test_who_may_not_enter_is_refused(house: House) -> None:
    others = (house.colleague, house.discipline, house.director, house.admin, house.deputy, house.stranger)
    for person in others:
        with pytest.raises(Refused):
            house.enter(person)
    assert not Result.objects.exists()


def test_late_input_counts_and_is_marked(house: House) -> None:
    assert house.enter(house.staff, value=Decimal(0), today=TOO_LATE).late


def test_only_the_office_marks_a_node_exempt(house: House) -> None:
    with pytest.raises(Refused):
        house.enter(house.staff, exempt=True)
    assert house.enter(house.office, exempt=True).points is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"value": Decimal(-1)}, "value"),
        ({"value": Decimal("1.5")}, "value"),
        ({"tier": "良"}, "tier"),
        ({"value": Decimal(1), "target": Decimal(2)}, "target"),
        ({"value": Decimal(1), "exempt": True}, "exempt"),
        ({"value": Decimal(1), "period": "2023-01"}, "period"),
        ({"value": Decimal(1), "period": "2023Q7"}, "period"),
        ({"value": Decimal(1), "period": "2023Q2"}, "period"),
    ],
)
def test_what_cannot_be_is_named_by_its_field(house: House, given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        house.enter(house.office, **given)
    assert list(refusal.value.fields) == [field]


def test_an_individual_result_needs_its_item(house: House) -> None:
    with pytest.raises(InvalidInput, match="没有领取"):
        house.enter(house.office, point=house.point, value=Decimal(0))
    make_item(house.staff, house.point)
    assert house.enter(house.office, point=house.point, value=Decimal(0)).points == Decimal(4)


def test_months_before_taking_on_and_after_leaving_are_no_nodes(house: House) -> None:
    point = make_point(house.bureau, cycle="month", department=house.own)
    make_item(house.staff, point, taken_on=date(2023, 2, 10))
    house.staff.left_on = date(2023, 2, 28)
    house.staff.save()
    for period in ("2023-01", "2023-03"):
        with pytest.raises(InvalidInput, match="2023-02"):
            house.enter(house.office, point=point, period=period, value=Decimal(0))
    house.enter(house.office, point=point, period="2023-02", value=Decimal(0))


def test_competitive_points_take_no_results(house: House) -> None:
    with pytest.raises(InvalidInput, match="竞争性"):
        house.enter(house.office, point=make_point(house.bureau, library="competitive"), value=Decimal(0))


@pytest.mark.parametrize(("state", "error"), [(Quarter.State.PUBLICITY, Conflict), (Quarter.State.PUBLISHED, Frozen)])
def test_a_settled_quarter_takes_nothing(house: House, state: str, error: type[Exception]) -> None:
    result = make_result(house.staff, house.common, state=State.REVIEWED)
    item = make_item(house.staff, house.point)
    Quarter.objects.update(state=state)
    house.quarter.refresh_from_db()
    acts = [
        lambda: house.enter(house.office, value=Decimal(0)),
        lambda: confirm_result(result=result, actor=house.assessor),
        lambda: take_on(employee=house.head, point=house.point, quarter=house.quarter, actor=house.office),
        lambda: hand_back(item=item, actor=house.office, today=date(2023, 2, 1)),
        lambda: post_facts(
            bureau=house.bureau,
            facts=[Fact("2023Q1", house.staff.number, make_machine(house).code, Decimal(0))],
            actor=house.office,
            today=IN_TIME,
        ),
    ]
    for act in acts:
        with pytest.raises(error, match="2023Q1"):
            act()
    assert not Entry.objects.exists()


def test_reported_reviewed_confirmed(house: House) -> None:
    result = house.enter(house.staff)
    review_result(result=result, actor=house.head)
    confirm_result(result=result, actor=house.assessor)
    result.refresh_from_db()
    assert (result.state, result.reviewed_by, result.confirmed_by) == (State.CONFIRMED, house.head, house.assessor)
    acts = list(Entry.objects.order_by("pk").values_list("action", flat=True))
    assert acts == ["result.enter", "result.review", "result.confirm"]


def test_steps_are_taken_in_order_and_once(house: House) -> None:
    result = house.enter(house.staff)
    with pytest.raises(Conflict):
        confirm_result(result=result, actor=house.assessor)
    review_result(result=result, actor=house.head)
    with pytest.raises(Conflict):
        review_result(result=result, actor=house.head)


def test_a_returned_result_carries_its_reason_until_it_is_entered_again(house: House) -> None:
    result = house.enter(house.staff)
    with pytest.raises(InvalidInput):
        return_result(result=result, actor=house.head, reason=" ")
    return_result(result=result, actor=house.head, reason="缺佐证")
    result.refresh_from_db()
    assert (result.state, result.return_reason) == (State.RETURNED, "缺佐证")
    assert Entry.objects.get(action="result.return").reason == "缺佐证"
    again = house.enter(house.staff, value=Decimal(0))
    assert (again.pk, again.state, again.return_reason) == (result.pk, State.REPORTED, "")


def test_who_reviews(house: House) -> None:
    result = make_result(house.staff, house.common, state=State.REPORTED)
    everybody = [house.staff, house.colleague, house.liaison, house.assessor, house.assessing_head, house.office]
    for person in [*everybody, house.deputy, house.director, house.stranger]:
        with pytest.raises(Refused):
            review_result(result=result, actor=person)
    review_result(result=result, actor=house.head)


def test_the_heads_own_result_goes_to_the_deputy_in_charge(house: House) -> None:
    result = make_result(house.head, house.common, state=State.REPORTED)
    with pytest.raises(Refused, match="本人"):
        review_result(result=result, actor=house.head)
    review_result(result=result, actor=house.deputy)


def test_who_confirms(house: House) -> None:
    result = make_result(house.staff, house.common, state=State.REVIEWED)
    for person in (house.staff, house.colleague, house.head, house.deputy, house.director, house.admin, house.stranger):
        with pytest.raises(Refused):
            confirm_result(result=result, actor=person)
    confirm_result(result=result, actor=house.assessing_head)


def test_an_assessing_department_confirms_its_own_people_by_its_head(house: House) -> None:
    member = make_employee(house.bureau, department=house.assessing)
    result = make_result(member, house.common, state=State.REVIEWED)
    for person in (member, house.assessor, house.deputy):
        with pytest.raises(Refused):
            confirm_result(result=result, actor=person)
    confirm_result(result=result, actor=house.assessing_head)


def test_and_its_head_by_the_deputy_in_charge(house: House) -> None:
    result = make_result(house.assessing_head, house.common, state=State.REVIEWED)
    for person in (house.assessing_head, house.assessor):
        with pytest.raises(Refused):
            confirm_result(result=result, actor=person)
    confirm_result(result=result, actor=house.deputy)


def test_nobody_confirms_an_own_result_not_even_the_office(house: House) -> None:
    result = make_result(house.office, house.common, state=State.REVIEWED)
    with pytest.raises(Refused, match="本人"):
        confirm_result(result=result, actor=house.office)


def test_a_confirmed_result_is_changed_by_the_office_only(house: House) -> None:
    make_result(house.staff, house.common)
    with pytest.raises(Conflict):
        house.enter(house.staff, value=Decimal(3))
    assert house.enter(house.office, value=Decimal(3)).points == Decimal("2.50")


# Machine facts --------------------------------------------------------------------------------------------------------


def make_machine(house: House) -> Any:
    found = house.bureau.points.filter(code="K090").first()
    return found or make_point(house.bureau, "K090", library="common", source="machine", assessor=house.assessing)


def test_machine_facts_count_at_once(house: House) -> None:
    point = make_machine(house)
    fact = Fact("2023Q1", house.staff.number, point.code, Decimal(1), note="系统取数")
    assert post_facts(bureau=house.bureau, facts=[fact], actor=house.office, today=IN_TIME) == (1, 0)
    result = Result.objects.get()
    assert (result.state, result.source, result.points) == (State.CONFIRMED, "machine", Decimal("3.50"))
    assert Entry.objects.get().action == "result.fact"
    assert post_facts(bureau=house.bureau, facts=[fact], actor=house.office, today=IN_TIME) == (0, 0)
    assert Entry.objects.count() == 1
    changed = Fact("2023Q1", house.staff.number, point.code, Decimal(2))
    assert post_facts(bureau=house.bureau, facts=[changed], actor=house.office, today=IN_TIME) == (0, 1)
    result.refresh_from_db()
    assert result.points == Decimal("3.00")


def test_machine_facts_are_all_or_nothing_with_every_fault_named(house: House) -> None:
    code, number = make_machine(house).code, house.staff.number
    facts = [
        Fact("2023Q1", number, code, Decimal(1)),
        Fact("2023-01", number, code, Decimal(1)),
        Fact("一季度", number, code, Decimal(1)),
        Fact("2023Q2", number, code, Decimal(1)),
        Fact("2023Q1", "404", code, Decimal(1)),
        Fact("2023Q1", house.stranger.number, code, Decimal(1)),
        Fact("2023Q1", number, "K404", Decimal(1)),
        Fact("2023Q1", number, "K001", Decimal(1)),
        Fact("2023Q1", house.head.number, code, Decimal(-1)),
        Fact("2023Q1", house.liaison.number, code),
        Fact("2023Q1", number, code, Decimal(2)),
    ]
    with pytest.raises(InvalidInput) as refusal:
        post_facts(bureau=house.bureau, facts=facts, actor=house.office, today=IN_TIME)
    rows = refusal.value.fields["rows"]
    assert [(row["row"], row["field"]) for row in rows] == [
        (1, "period"),
        (2, "period"),
        (3, "period"),
        (4, "employee_no"),
        (5, "employee_no"),
        (6, "point"),
        (7, "point"),
        (8, "value"),
        (9, "value"),
        (10, "period"),
    ]
    assert not Result.objects.exists()


def test_machine_facts_cost_the_same_for_one_and_three(house: House, django_assert_num_queries: Any) -> None:
    code = make_machine(house).code
    people = [house.staff, house.head, house.liaison, house.colleague]
    assert house.office.roles  # read once a request
    facts = [Fact("2023Q1", person.number, code, Decimal(1)) for person in people]
    for batch in (facts[:1], facts[1:]):
        with django_assert_num_queries(12):
            post_facts(bureau=house.bureau, facts=batch, actor=house.office, today=IN_TIME)


def test_only_the_office_posts_machine_facts(house: House) -> None:
    for person in (house.staff, house.liaison, house.admin, house.stranger):
        with pytest.raises(Refused):
            post_facts(bureau=house.bureau, facts=[], actor=person, today=IN_TIME)


# Items ----------------------------------------------------------------------------------------------------------------


def test_the_office_takes_on_and_hands_back_with_lines(house: House) -> None:
    item = take_on(
        employee=house.staff,
        point=house.point,
        quarter=house.quarter,
        actor=house.office,
        taken_on=date(2023, 1, 9),
    )
    with pytest.raises(Conflict):
        take_on(employee=house.staff, point=house.point, quarter=house.quarter, actor=house.office)
    hand_back(item=item, actor=house.office, today=date(2023, 2, 1), reason="岗位调整")
    assert not Item.objects.exists()
    assert list(Entry.objects.order_by("pk").values_list("action", flat=True)) == ["item.take_on", "item.hand_back"]


def test_an_item_with_results_stays(house: House) -> None:
    make_result(house.staff, house.point)
    with pytest.raises(Conflict, match="1 条"):
        hand_back(item=Item.objects.get(), actor=house.office, today=date(2023, 2, 1))


def test_what_cannot_be_taken_on(house: House) -> None:
    def refused(**changed: Any) -> bool:
        given: dict[str, Any] = {"employee": house.staff, "point": house.point, "quarter": house.quarter}
        with pytest.raises(InvalidInput):
            take_on(actor=house.office, **given | changed)
        return True

    left = make_employee(house.bureau, left_on=date(2022, 12, 31))
    assert refused(point=house.common)
    assert refused(point=make_point(house.bureau, library="competitive"))
    assert refused(point=make_point(house.bureau, from_quarter="2023Q2"))
    assert refused(taken_on=date(2023, 4, 1))
    assert refused(employee=left)
    assert refused(employee=house.stranger)


def test_only_the_office_enters_items(house: House) -> None:
    for person in (house.staff, house.head, house.discipline, house.director, house.admin, house.stranger):
        with pytest.raises(Refused):
            take_on(employee=house.staff, point=house.point, quarter=house.quarter, actor=person)


# Who sees what --------------------------------------------------------------------------------------------------------


def test_exactly_who_sees_a_result_and_an_item(house: House) -> None:
    result = make_result(house.staff, house.point)
    seeing = {
        name
        for name, person in vars(house).items()
        if hasattr(person, "number") and Result.objects.visible_to(person).filter(pk=result.pk).exists()
    }
    assert seeing == {
        "staff", "liaison", "head", "deputy", "assessor", "assessing_head", "office", "discipline", "director",
    }  # fmt: skip
    items = {
        name
        for name, person in vars(house).items()
        if hasattr(person, "number") and Item.objects.visible_to(person).exists()
    }
    assert items == seeing
