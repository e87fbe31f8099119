"""加减分: 申请 → 初审 → 审定 → 计入: who may, in which order, with what basis, and what enters a score."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from rest_framework.test import APIClient

from audit.models import Entry
from common.errors import Conflict, Frozen, InvalidInput, Refused
from indicators.models import Library, Quarter
from notifications.models import Notification
from scoring.models import Adjustment, AdjustmentFile, AdjustmentStep, Score
from scoring.queries import adjustments as queries
from scoring.queries import readiness
from scoring.services.adjustments import (
    STEPS,
    AdjustmentFacts,
    change_adjustment,
    names_document,
    record_adjustment,
    refuse_adjustment,
    request_adjustment,
    step_adjustment,
)
from scoring.services.scoring import score_quarter
from tests.factories import (
    make_adjustment,
    make_bureau,
    make_department,
    make_employee,
    make_point,
    make_quarter,
    make_result,
    make_scheme_setting,
)

pytestmark = pytest.mark.django_db
State = Adjustment.State
TODAY = date(2023, 3, 1)
BASIS = "县局通报，溪税发〔2023〕3号"


class House:
    """A department with head, liaison and staff, and everybody else of domain.md's table."""

    def __init__(self) -> None:
        self.bureau = make_bureau()
        self.department, self.elsewhere = make_department(self.bureau, "D01"), make_department(self.bureau, "D02")
        here: dict[str, Any] = {"department": self.department}
        self.staff = make_employee(self.bureau, "101", name="张三", **here)
        self.colleague = make_employee(self.bureau, "102", **here)
        self.head = make_employee(self.bureau, "103", roles=["department_head"], **here)
        self.liaison = make_employee(self.bureau, "104", roles=["liaison"], **here)
        there: dict[str, Any] = {"department": self.elsewhere}
        self.other_head = make_employee(self.bureau, "201", roles=["department_head"], **there)
        self.office = make_employee(self.bureau, "202", roles=["office"], **there)
        self.second = make_employee(self.bureau, "203", roles=["office"], **there)
        self.deputy = make_employee(self.bureau, "204", roles=["deputy_director"], **there)
        self.director = make_employee(self.bureau, "205", roles=["director"], **there)
        self.discipline = make_employee(self.bureau, "206", roles=["discipline"], **there)
        self.admin = make_employee(self.bureau, "207", roles=["system_admin"], **there)
        self.stranger = make_employee(make_bureau("YY"), "901", roles=["office", "director"])
        self.quarter = make_quarter(self.bureau)

    @property
    def everybody(self) -> dict[str, Any]:
        return {
            name: person
            for name, person in vars(self).items()
            if name not in ("bureau", "department", "elsewhere", "quarter")
        }

    def facts(self, **values: Any) -> AdjustmentFacts:
        defaults: dict[str, Any] = {
            "employee": self.staff,
            "day": date(2023, 2, 1),
            "kind": "plus",
            "points": Decimal("1.50"),
            "matter": "获省局表彰",
            "basis": BASIS,
        }
        return AdjustmentFacts(**defaults | values)

    def request(self, actor: Any = None, files: Any = (), **values: Any) -> Adjustment:
        return request_adjustment(facts=self.facts(**values), actor=actor or self.head, today=TODAY, files=files)

    def step(self, adjustment: Adjustment, actor: Any, to: str = "") -> Adjustment:
        return step_adjustment(adjustment=adjustment, to=to or STEPS[adjustment.state], actor=actor, today=TODAY)

    def counted(self, **values: Any) -> Adjustment:
        found = self.request(**values)
        for actor in (self.office, self.deputy, self.office):
            found = self.step(found, actor)
        return found


build = House


@pytest.fixture
def house(built: House) -> House:
    return deepcopy(built)


def paper(name: str = "通报.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, "表彰名单".encode())


# The way --------------------------------------------------------------------------------------------------------------


def test_the_four_steps_are_dated_signed_and_logged(house: House) -> None:
    found = house.counted()
    assert (found.state, found.entered_by, found.counted_by) == (State.COUNTED, house.head, house.office)
    steps = list(AdjustmentStep.objects.values_list("state", "by__number"))
    assert steps == [("requested", "103"), ("reviewed", "202"), ("approved", "204"), ("counted", "202")]
    acts = list(Entry.objects.filter(action__startswith="adjustment").order_by("pk").values_list("action", flat=True))
    assert acts == ["adjustment.request", "adjustment.review", "adjustment.approve", "adjustment.count"]


@pytest.mark.parametrize(
    ("name", "plus", "minus"),
    [
        ("staff", True, False),
        ("colleague", False, False),
        ("head", True, True),
        ("liaison", True, True),
        ("other_head", False, False),
        ("office", True, True),
        ("second", True, True),
        ("deputy", False, False),
        ("director", False, False),
        ("discipline", False, False),
        ("admin", False, False),
        ("stranger", False, False),
    ],
)
def test_who_asks_for_whom(house: House, name: str, plus: bool, minus: bool) -> None:
    for kind, allowed in (("plus", plus), ("minus", minus)):
        if allowed:
            assert house.request(house.everybody[name], kind=kind).state == State.REQUESTED
        else:
            with pytest.raises(Refused):
                house.request(house.everybody[name], kind=kind)


def test_every_step_has_its_people(house: House) -> None:
    """Each person on each state: the office reviews and counts, the leading group decides, nobody else anything."""
    allowed = {
        State.REQUESTED: {"office", "second"},
        State.REVIEWED: {"deputy", "director"},
        State.APPROVED: {"office", "second"},
    }
    found = house.request()
    for (state, people), (name, person) in product(allowed.items(), house.everybody.items()):
        Adjustment.objects.update(state=state)
        found.refresh_from_db()
        for act in (
            lambda: house.step(found, person),  # noqa: B023
            lambda: refuse_adjustment(adjustment=found, actor=person, reason="依据不足"),  # noqa: B023
        ):
            Adjustment.objects.update(state=state)
            found.refresh_from_db()
            if name in people:
                assert act().state != state
            else:
                with pytest.raises(Refused):
                    act()
                assert Adjustment.objects.get().state == state


def test_steps_come_in_order(house: House) -> None:
    people = {State.REVIEWED: house.office, State.APPROVED: house.deputy, State.COUNTED: house.office}
    found = house.request()
    for state, to in product(State, people):
        if STEPS.get(state) == to:
            continue
        Adjustment.objects.update(state=state)
        found.refresh_from_db()
        with pytest.raises(Conflict):
            house.step(found, people[to], to)
        assert Adjustment.objects.get().state == state


def test_whoever_was_faster_wins(house: House) -> None:
    found = house.request()
    again = Adjustment.objects.get()
    house.step(found, house.office)
    with pytest.raises(Conflict, match="刚刚被别人"):
        house.step(again, house.second)
    assert Entry.objects.filter(action="adjustment.review").count() == 1


def test_nobody_decides_on_an_own_one(house: House) -> None:
    own = house.request(house.second, employee=house.office)
    with pytest.raises(Refused, match="本人"):
        house.step(own, house.office)
    own = house.step(own, house.second)
    with pytest.raises(Refused):
        house.step(house.step(house.request(house.second, employee=house.deputy), house.office), house.deputy)
    own = house.step(own, house.director)
    with pytest.raises(Refused, match="本人"):
        house.step(own, house.office)
    house.step(own, house.second)
    with pytest.raises(Refused, match="本人"):
        refuse_adjustment(adjustment=Adjustment.objects.get(pk=own.pk), actor=house.office, reason="退")


def test_nobody_records_an_own_one_directly(house: House) -> None:
    with pytest.raises(Refused, match="本人"):
        record_adjustment(facts=house.facts(employee=house.office), actor=house.office)
    minus = house.facts(employee=house.discipline, kind="minus", disciplinary=True)
    with pytest.raises(Refused, match="本人"):
        record_adjustment(facts=minus, actor=house.discipline)
    other = make_adjustment(house.staff)
    with pytest.raises(Refused, match="本人"):
        change_adjustment(adjustment=other, facts=house.facts(employee=house.office), actor=house.office)


@pytest.mark.parametrize(("state", "error"), [("publicity", Conflict), ("published", Frozen)])
def test_a_settled_quarter_takes_no_step(house: House, state: str, error: type[Exception]) -> None:
    found = house.request()
    Quarter.objects.update(state=state)
    for act in (
        lambda: house.request(matter="另一件"),
        lambda: house.step(found, house.office),
        lambda: refuse_adjustment(adjustment=found, actor=house.office, reason="退"),
    ):
        with pytest.raises(error, match="2023Q1"):
            act()
    assert Adjustment.objects.get().state == State.REQUESTED


# The basis ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("basis", "named"),
    [
        ("溪税发〔2023〕3号", True),
        ("见税办函[2023]12号文", True),
        ("《通报》（2022）第 8 号", True),
        ("２０２３年表彰", False),
        ("会议纪要", False),
        ("2023年3号", False),
    ],
)
def test_a_document_is_known_by_its_number(basis: str, named: bool) -> None:
    assert names_document(basis) is named


def test_a_request_needs_a_document_or_its_number(house: House) -> None:
    with pytest.raises(InvalidInput, match="文号") as refused:
        house.request(basis="会议纪要")
    assert list(refused.value.fields) == ["basis"]
    found = house.request(basis="会议纪要", files=[paper()])
    file = found.files.get()
    assert (file.name, file.by) == ("通报.txt", house.head)
    assert Entry.objects.get(action="adjustment.request").after["files"] == [f"{file.name} {file.sha256}"]


def test_what_cannot_be_leaves_no_file_behind(house: House, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    with pytest.raises(InvalidInput):
        house.request(files=[paper("木马.exe")])
    with pytest.raises(InvalidInput):
        house.request(points=Decimal(0), files=[paper()])
    assert not Adjustment.objects.exists()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_disciplinary_minuses_are_not_asked_for(house: House) -> None:
    with pytest.raises(InvalidInput, match="纪检"):
        house.request(kind="minus", disciplinary=True)


def test_the_same_matter_counts_once_and_may_be_asked_for_again_when_refused(house: House) -> None:
    found = house.request()
    with pytest.raises(Conflict, match="同一事由"):
        house.request(house.liaison)
    refuse_adjustment(adjustment=found, actor=house.office, reason="没有依据文件")
    again = house.request(house.liaison, files=[paper()], points=Decimal(2))
    assert (again.pk, again.state, again.points, again.counted_at) == (found.pk, State.REQUESTED, Decimal(2), None)
    assert [step.state for step in queries.rail(again)] == ["done", "now", "next", "next"]


def test_what_was_approved_is_not_changed_silently(house: House) -> None:
    for found in (house.request(matter="一"), house.counted(matter="二")):
        with pytest.raises(Conflict, match="重新申请"):
            change_adjustment(adjustment=found, facts=house.facts(points=Decimal(3)), actor=house.office)


# What enters a score --------------------------------------------------------------------------------------------------


def test_only_what_is_counted_enters_a_score(house: House) -> None:
    make_result(house.staff, make_point(house.bureau, library=Library.COMMON))
    found = house.request()
    for actor in (house.office, house.deputy, house.office):
        score_quarter(bureau=house.bureau, quarter_code="2023Q1", actor=None)
        assert Score.objects.current().get(employee=house.staff).adjustments == 0
        found = house.step(found, actor)
    score_quarter(bureau=house.bureau, quarter_code="2023Q1", actor=None)
    assert Score.objects.current().get(employee=house.staff).adjustments == Decimal("1.50")


def test_what_is_underway_stands_in_the_readiness_list(house: House) -> None:
    found = house.request()
    line = next(one for one in readiness(house.quarter, today=TODAY).obstacles if one.kind == "adjustments")
    assert (line.overridable, line.count, [one.number for one in line.people]) == (True, 1, ["101"])
    assert "获省局表彰" in line.people[0].details[0]
    refuse_adjustment(adjustment=found, actor=house.office, reason="退")
    assert "adjustments" not in [one.kind for one in readiness(house.quarter, today=TODAY).obstacles]


# What deciders see ----------------------------------------------------------------------------------------------------


def test_the_cap_is_said_with_this_one_counted(house: House) -> None:
    make_adjustment(house.staff, points=Decimal("4.00"))
    make_adjustment(house.staff, date(2023, 5, 1), points=Decimal("4.00"))
    found = house.request()
    capped = queries.capped(found)
    assert capped is not None
    assert capped.sentence == "本季加分合计 5.50，封顶 5.00，超出部分不计。"
    make_scheme_setting(house.bureau, "加分上限", "8")
    assert queries.capped(found).sentence == "本季加分合计 5.50，封顶 8.00。"
    assert queries.capped(house.request(kind="minus")) is None


def test_a_similar_matter_of_the_quarter_is_shown(house: House) -> None:
    close = house.request(matter="获得省局表彰", day=date(2023, 2, 3))
    house.request(matter="抗洪抢险", day=date(2023, 2, 4))
    house.request(matter="获省局表彰", employee=house.colleague)
    refuse_adjustment(
        adjustment=house.request(matter="获省局通报表彰", day=date(2023, 2, 5)), actor=house.office, reason="退"
    )
    assert queries.similar(house.request()) == [close]


def test_the_rail_says_who_when_and_where_it_was_refused(house: House) -> None:
    found = house.step(house.request(), house.office)
    refuse_adjustment(adjustment=found, actor=house.deputy, reason="与考点重复")
    found.refresh_from_db()
    steps = queries.rail(found)
    assert [(step.label, step.state, step.who) for step in steps] == [
        ("申请", "done", house.head.name),
        ("初审", "done", house.office.name),
        ("审定", "blocked", house.deputy.name),
    ]
    assert steps[-1].note == "与考点重复"


def test_the_rail_of_what_was_recorded_directly_has_one_step(house: House) -> None:
    found = record_adjustment(facts=house.facts(), actor=house.office)
    assert [(step.label, step.state) for step in queries.rail(found)] == [("直接登记", "done")]
    refuse_adjustment(adjustment=found, actor=house.office, reason="重复")
    found.refresh_from_db()
    assert [(step.label, step.state) for step in queries.rail(found)][1:] == [("不予计入", "blocked")]
    imported = make_adjustment(house.staff, entered_by=house.office)
    assert [step.who for step in queries.rail(imported)] == [house.office.name]


def test_a_counted_one_that_is_taken_out_keeps_its_way(house: House) -> None:
    found = house.counted()
    refuse_adjustment(adjustment=found, actor=house.office, reason="撤销表彰")
    found.refresh_from_db()
    assert [step.state for step in queries.rail(found)] == ["done"] * 4 + ["blocked"]


# Who is told, who sees ------------------------------------------------------------------------------------------------


def test_deciders_are_told_once_a_day_and_the_outcome_at_once(house: House) -> None:
    for matter in ("一", "二"):
        house.request(matter=matter)
    assert {one.recipient for one in Notification.objects.all()} == {house.office, house.second}
    Notification.objects.all().delete()
    found = house.counted(matter="三")
    told = Notification.objects.filter(url=f"/adjustments/{found.pk}/")
    assert {one.recipient for one in told} == {house.staff, house.head}
    assert "已计入2023年一季度得分" in told[0].subject
    Notification.objects.all().delete()
    refuse_adjustment(adjustment=house.request(matter="四"), actor=house.office, reason="依据不足")
    told = Notification.objects.filter(subject__contains="不予计入")
    assert {(one.recipient, one.body) for one in told} == {(house.staff, "依据不足"), (house.head, "依据不足")}


def test_who_sees_an_adjustment_and_its_files(house: House) -> None:
    found = house.request(files=[paper()])
    seen = {name for name, one in house.everybody.items() if Adjustment.objects.visible_to(one).exists()}
    assert seen == {"staff", "head", "liaison", "office", "second", "deputy", "director", "discipline"}
    files = {name for name, one in house.everybody.items() if AdjustmentFile.objects.visible_to(one).exists()}
    assert files == seen
    Adjustment.objects.update(entered_by=house.colleague)
    assert Adjustment.objects.visible_to(house.colleague).get() == found


def test_the_duties_leave_out_ones_own(house: House) -> None:
    house.request()
    house.request(house.second, employee=house.office)
    house.step(house.request(house.second, employee=house.deputy), house.office)
    assert queries.waiting_for(house.office) == {State.REQUESTED: 1}
    assert queries.waiting_for(house.second) == {State.REQUESTED: 2}
    assert queries.waiting_for(house.deputy) == {}
    assert queries.waiting_for(house.director) == {State.REVIEWED: 1}
    assert queries.waiting_for(house.staff) == {}


def test_the_workbench_says_what_waits(house: House, client: Any) -> None:
    house.request()
    for person, words in ((house.office, "待初审 1 条加减分"), (house.head, "")):
        client.force_login(person)
        page = client.get("/").content.decode()
        assert ("/adjustments/?state=requested" in page and words in page) if words else "条加减分" not in page


# Pages ----------------------------------------------------------------------------------------------------------------

FORM = {"employee": "101", "day": "2023-02-01", "kind": "plus", "points": "1.5", "matter": "获省局表彰", "basis": BASIS}


def test_the_way_through_the_pages(house: House, client: Any) -> None:
    client.force_login(house.head)
    page = client.post(reverse("scoring:adjustment-request"), FORM | {"files": paper()}, follow=True).content.decode()
    assert "申请已提交" in page
    assert "本季加分合计 1.50，封顶 5.00" in page
    assert "初审通过" not in page
    found = Adjustment.objects.get()
    for person, word, name in (
        (house.office, "初审通过", "review"),
        (house.director, "审定通过", "approve"),
        (house.office, "计入得分", "count"),
    ):
        client.force_login(person)
        assert "1 条待您办理" in client.get(reverse("scoring:adjustments")).content.decode()
        assert word in client.get(reverse("scoring:adjustment", args=[found.pk])).content.decode()
        client.post(reverse(f"scoring:adjustment-{name}", args=[found.pk]), {"note": "同意"})
    found.refresh_from_db()
    assert found.state == State.COUNTED
    file = client.get(reverse("scoring:adjustment-file", args=[found.files.get().pk]))
    assert b"".join(file.streaming_content).decode() == "表彰名单"
    client.force_login(house.colleague)
    assert client.get(reverse("scoring:adjustment-file", args=[found.files.get().pk])).status_code == 404


def test_staff_ask_for_a_plus_of_their_own(house: House, client: Any) -> None:
    client.force_login(house.staff)
    page = client.get(reverse("scoring:adjustment-request")).content.decode()
    assert 'name="employee"' not in page
    assert 'value="minus"' not in page
    client.post(reverse("scoring:adjustment-request"), FORM | {"employee": "102"})
    assert Adjustment.objects.get().employee == house.staff


def test_a_faulty_request_comes_back_with_its_sentence(house: House, client: Any) -> None:
    client.force_login(house.head)
    answer = client.post(reverse("scoring:adjustment-request"), FORM | {"basis": "会议纪要"})
    assert answer.status_code == 422
    assert "文号" in answer.content.decode()
    assert client.post(reverse("scoring:adjustment-request"), FORM | {"employee": "201"}).status_code == 403


def test_a_warning_names_the_similar_matter(house: House, client: Any) -> None:
    house.request(matter="获得省局表彰", day=date(2023, 2, 3))
    client.force_login(house.head)
    page = client.post(reverse("scoring:adjustment-request"), FORM, follow=True).content.decode()
    assert "同一事项只计一次" in page
    assert "获得省局表彰" in page


def test_everybody_lists_what_they_may_see(house: House, client: Any) -> None:
    make_adjustment(house.staff, matter="甲事")
    make_adjustment(house.office, matter="乙事")
    shown = {
        "staff": "甲事", "head": "甲事", "liaison": "甲事", "admin": "", "other_head": "乙事", "deputy": "甲事乙事",
        "discipline": "甲事乙事", "stranger": "",
    }  # fmt: skip
    for name, matters in shown.items():
        client.force_login(house.everybody[name])
        page = client.get(reverse("scoring:adjustments")).content.decode()
        assert "".join(word for word in ("甲事", "乙事") if word in page) == matters, name


def test_the_page_costs_the_same_for_one_and_three_similar(
    house: House, client: Any, django_assert_num_queries: Any
) -> None:
    found = house.request()
    client.force_login(house.office)
    for more in (1, 2):
        for number in range(more):
            house.request(matter=f"获省局表彰{more}{number}", files=[paper()])
        with django_assert_num_queries(12):
            client.get(reverse("scoring:adjustment", args=[found.pk]))


# The API --------------------------------------------------------------------------------------------------------------


def api_of(person: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(person)
    return client


def test_the_way_over_the_api(house: House) -> None:
    url = "/api/v1/adjustments/"
    given = {**FORM, "employee_no": "101"}
    made = api_of(house.head).post(url, given, format="json")
    assert (made.status_code, made.data["state"], made.data["points"]) == (201, "requested", "1.50")
    own = f"{url}{made.data['id']}/"
    assert api_of(house.deputy).post(f"{own}approve/").status_code == 409
    assert api_of(house.head).post(f"{own}review/").status_code == 403
    assert api_of(house.colleague).get(own).status_code == 404
    assert api_of(house.stranger).post(f"{own}review/").status_code == 404
    for person, act in ((house.office, "review"), (house.deputy, "approve"), (house.office, "count")):
        assert api_of(person).post(f"{own}{act}/", {"note": "同意"}, format="json").status_code == 200
    assert api_of(house.staff).get(own).data["counted_by"] == "202"
    assert api_of(house.office).post(f"{own}refuse/", {"reason": "撤销"}, format="json").data["state"] == "refused"
    assert api_of(house.head).get(f"{url}?state=refused").data["count"] == 1
