"""加减分 and 部门得分: who may write them, what cannot be, what is logged, what a settled quarter refuses."""

from datetime import date
from decimal import Decimal

import pytest

from audit.models import Entry
from common.errors import Conflict, Frozen, InvalidInput, Refused
from indicators.models import Quarter
from scoring.models import Adjustment, DepartmentScore
from scoring.services.adjustments import AdjustmentFacts, change_adjustment, record_adjustment, refuse_adjustment
from scoring.services.department_scores import set_department_scores
from tests.factories import make_adjustment, make_bureau, make_department, make_employee, make_quarter

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def bureau():
    return make_bureau()


@pytest.fixture
def office(bureau):
    return make_employee(bureau, "900", roles=["office"])


@pytest.fixture
def staff(bureau):
    return make_employee(bureau, "101")


def facts(employee, **values):
    return AdjustmentFacts(
        **{
            "employee": employee,
            "day": date(2023, 2, 1),
            "kind": "plus",
            "points": D("1.50"),
            "matter": "获表彰",
            "basis": "溪税发〔2023〕3号",
            **values,
        }
    )


def test_the_office_records_and_it_counts_in_the_quarter_of_its_day(office, staff):
    adjustment = record_adjustment(facts=facts(staff), actor=office)
    assert (adjustment.quarter.code, adjustment.state, adjustment.points) == ("2023Q1", "counted", D("1.50"))
    entry = Entry.objects.get(action="adjustment.record")
    assert (entry.actor_id, entry.after["points"], entry.after["matter"]) == (office.pk, "1.50", "获表彰")


def test_discipline_records_disciplinary_minuses_and_nothing_else(bureau, staff):
    discipline = make_employee(bureau, roles=["discipline"])
    record_adjustment(facts=facts(staff, kind="minus", disciplinary=True), actor=discipline)
    with pytest.raises(Refused, match="绩效办"):
        record_adjustment(facts=facts(staff), actor=discipline)
    with pytest.raises(Refused):
        record_adjustment(facts=facts(staff, kind="minus"), actor=discipline)


@pytest.mark.parametrize("role", ["system_admin", "director", "department_head", "liaison"])
def test_nobody_else_records(bureau, staff, role):
    with pytest.raises(Refused):
        record_adjustment(facts=facts(staff), actor=make_employee(bureau, roles=[role]))
    assert not Adjustment.objects.exists()


def test_the_office_of_another_bureau_does_not(staff):
    with pytest.raises(Refused):
        record_adjustment(facts=facts(staff), actor=make_employee(make_bureau("YY"), roles=["office"]))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"points": D(0)}, "points"),
        ({"disciplinary": True}, "disciplinary"),
        ({"matter": " "}, "matter"),
        ({"basis": ""}, "basis"),
    ],
)
def test_what_cannot_be(office, staff, values, field):
    with pytest.raises(InvalidInput) as refused:
        record_adjustment(facts=facts(staff, **values), actor=office)
    assert list(refused.value.fields) == [field]


def test_the_same_matter_twice_is_refused(office, staff):
    record_adjustment(facts=facts(staff), actor=office)
    with pytest.raises(Conflict, match="不要重复登记"):
        record_adjustment(facts=facts(staff, points=D(2)), actor=office)


@pytest.mark.parametrize(("state", "error"), [("publicity", Conflict), ("published", Frozen)])
def test_a_settled_quarter_takes_nothing(bureau, office, staff, state, error):
    adjustment = make_adjustment(staff)
    Quarter.objects.update(state=state)
    with pytest.raises(error):
        record_adjustment(facts=facts(staff), actor=office)
    with pytest.raises(error):
        change_adjustment(adjustment=Adjustment.objects.get(), facts=facts(staff), actor=office)
    with pytest.raises(error):
        change_adjustment(adjustment=adjustment, facts=facts(staff, day=date(2023, 5, 1)), actor=office)
    with pytest.raises(error):
        refuse_adjustment(adjustment=adjustment, actor=office, reason="重复")


def test_a_change_logs_only_what_changed_and_may_move_the_quarter(office, staff):
    adjustment = record_adjustment(facts=facts(staff), actor=office)
    change_adjustment(adjustment=adjustment, facts=facts(staff, day=date(2023, 4, 1)), actor=office)
    adjustment.refresh_from_db()
    assert adjustment.quarter.code == "2023Q2"
    entry = Entry.objects.get(action="adjustment.change")
    assert (entry.before, entry.after) == ({"day": "2023-02-01"}, {"day": "2023-04-01"})


def test_refusing_keeps_the_row_with_its_reason_in_the_log(office, staff):
    adjustment = record_adjustment(facts=facts(staff), actor=office)
    with pytest.raises(InvalidInput):
        refuse_adjustment(adjustment=adjustment, actor=office, reason="")
    refuse_adjustment(adjustment=adjustment, actor=office, reason="依据不足")
    assert Adjustment.objects.get().state == Adjustment.State.REFUSED
    assert Entry.objects.get(action="adjustment.refuse").reason == "依据不足"
    with pytest.raises(Conflict):
        refuse_adjustment(adjustment=adjustment, actor=office, reason="依据不足")


class TestDepartmentScores:
    def test_sets_changes_and_takes_away_with_one_line(self, bureau, office):
        quarter = make_quarter(bureau)
        one, two, three = (make_department(bureau, code) for code in ("D1", "D2", "D3"))
        set_department_scores(quarter=quarter, scores={one: D("90.5"), two: D(80), three: None}, actor=office)
        changed = set_department_scores(quarter=quarter, scores={one: None, two: D(80), three: D(0)}, actor=office)
        assert changed == 2
        assert dict(DepartmentScore.objects.values_list("department__code", "score")) == {"D2": D(80), "D3": D(0)}
        assert Entry.objects.filter(action="department_score.set").count() == 2
        last = Entry.objects.filter(action="department_score.set").latest("pk")
        assert last.before == {"D1股": "90.50", "D3股": ""}
        assert last.after == {"D1股": "", "D3股": "0"}

    def test_only_the_office_and_only_own_departments(self, bureau, office):
        quarter = make_quarter(bureau)
        with pytest.raises(Refused):
            set_department_scores(quarter=quarter, scores={}, actor=make_employee(bureau, roles=["system_admin"]))
        foreign = make_department(make_bureau("YY"))
        with pytest.raises(InvalidInput, match="不是本单位的部门"):
            set_department_scores(quarter=quarter, scores={foreign: D(1)}, actor=office)

    def test_not_in_a_published_quarter(self, bureau, office):
        quarter = make_quarter(bureau, state=Quarter.State.PUBLISHED)
        with pytest.raises(Frozen):
            set_department_scores(quarter=quarter, scores={make_department(bureau): D(1)}, actor=office)


def test_what_was_taken_out_meanwhile_is_not_brought_back_by_a_change(office, staff):
    read = record_adjustment(facts=facts(staff), actor=office)
    refuse_adjustment(adjustment=Adjustment.objects.get(pk=read.pk), actor=office, reason="重复")
    with pytest.raises(Conflict, match="已经不予计入"):
        change_adjustment(adjustment=read, facts=facts(staff, points=D(2)), actor=office)
    read.refresh_from_db()
    assert (read.state, read.points) == (Adjustment.State.REFUSED, D("1.50"))
