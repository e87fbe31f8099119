from decimal import Decimal
from typing import Any

import pytest

from audit.models import Entry
from common.errors import Conflict, Frozen, InvalidInput, Refused
from indicators.models import AssessmentPoint, KeyWork, PointVersion, Quarter
from indicators.queries import points_in_force
from indicators.services.key_works import change_key_work, create_key_work
from indicators.services.points import DEMANDS, copy_year, create_point, last_version, revise_point, withdraw_point
from tests.factories import (
    make_bureau,
    make_department,
    make_employee,
    make_key_work,
    make_point,
    make_quarter,
    make_result,
    make_version,
)

pytestmark = pytest.mark.django_db
BASIS = {"reason": "标准过低", "requested_by": "征管股", "approved_by": "绩效领导小组"}


def demands_of(point: AssessmentPoint, **changed: Any) -> dict[str, Any]:
    last = last_version(point)
    return {name: getattr(last, name) for name in DEMANDS} | changed


def revise(point: AssessmentPoint, from_quarter: str, **demands: Any) -> PointVersion:
    return revise_point(point=point, from_quarter=from_quarter, demands=demands, actor=None, **BASIS)


def test_the_version_in_force_is_the_last_that_holds_by_then() -> None:
    bureau = make_bureau()
    point = make_point(bureau, full=Decimal(4))
    make_version(point, from_quarter="2023Q3", full=Decimal(5))
    make_version(point, from_quarter="2023Q4", withdrawn=True)
    fulls = {
        code: [version.full for version in points_in_force(bureau, code)] for code in ("2023Q1", "2023Q3", "2023Q4")
    }
    assert fulls == {"2023Q1": [Decimal("4.00")], "2023Q3": [Decimal("5.00")], "2023Q4": []}
    assert points_in_force(bureau, "2022Q4") == points_in_force(bureau, "2024Q1") == []


def test_of_two_versions_from_one_quarter_the_later_holds() -> None:
    bureau = make_bureau()
    point = make_point(bureau)
    make_version(point, full=Decimal(6))
    assert [version.full for version in points_in_force(bureau, "2023Q1")] == [Decimal("6.00")]


def test_points_in_force_cost_one_query_however_many(django_assert_num_queries: Any) -> None:
    bureau = make_bureau()
    make_point(bureau)
    with django_assert_num_queries(1):
        [version.key_work.name + version.assessor.name for version in points_in_force(bureau, "2023Q1")]
    for _ in range(2):
        make_version(make_point(bureau), from_quarter="2023Q2")
    with django_assert_num_queries(1):
        assert len(points_in_force(bureau, "2023Q2")) == 3


def test_a_point_is_created_with_its_first_version_and_a_line() -> None:
    bureau = make_bureau()
    office = make_employee(bureau, roles=["office"])
    model = make_point(bureau, "K001")
    point = create_point(
        bureau=bureau, year=2023, code="K002", library="individual", demands=demands_of(model), actor=office
    )
    version = point.versions.get()
    assert (version.number, version.from_quarter, version.created_by) == (1, "2023Q1", office)
    entry = Entry.objects.get()
    assert (entry.action, entry.target, entry.after["full"]) == ("point.create", "K002", "4.00")


def test_a_code_is_given_once_a_year() -> None:
    bureau = make_bureau()
    point = make_point(bureau, "K001")
    with pytest.raises(InvalidInput, match="K001"):
        create_point(bureau=bureau, year=2023, code="K001", library="individual", demands=demands_of(point), actor=None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("full", Decimal(0)),
        ("parameters", "每次扣分=0"),
        ("parameters", "目标=100"),
        ("deadline", "每月25日"),
        ("department", None),
    ],
)
def test_a_faulty_demand_is_named_by_its_field(field: str, value: object) -> None:
    point = make_point(make_bureau())
    with pytest.raises(InvalidInput) as refusal:
        revise(point, "2023Q2", **{field: value})
    assert list(refusal.value.fields) == [field]
    assert point.versions.count() == 1


def test_a_department_of_another_bureau_is_refused() -> None:
    point = make_point(make_bureau())
    with pytest.raises(InvalidInput) as refusal:
        revise(point, "2023Q2", assessor=make_department(make_bureau("YY")))
    assert list(refusal.value.fields) == ["assessor"]


def test_a_common_point_is_everybodys() -> None:
    bureau = make_bureau()
    point = make_point(bureau, library="common")
    with pytest.raises(InvalidInput) as refusal:
        revise(point, "2023Q2", department=make_department(bureau))
    assert list(refusal.value.fields) == ["department"]


def test_a_revision_adds_a_version_and_says_who_asked_and_approved() -> None:
    point = make_point(make_bureau(), parameters="每次扣分=0.5")
    version = revise(point, "2023Q2", parameters="每次扣分=1")
    assert (version.number, version.from_quarter, version.reason) == (2, "2023Q2", "标准过低")
    assert (version.requested_by, version.approved_by) == ("征管股", "绩效领导小组")
    assert point.versions.get(number=1).parameters == "每次扣分=0.5"
    entry = Entry.objects.get()
    assert entry.action == "point.revise"
    assert entry.before == {"from_quarter": "2023Q1", "parameters": "每次扣分=0.5"}
    assert entry.after == {"from_quarter": "2023Q2", "parameters": "每次扣分=1", "version": 2, "recounted": 0}


@pytest.mark.parametrize("missing", ["reason", "requested_by", "approved_by"])
def test_a_revision_needs_its_basis(missing: str) -> None:
    point = make_point(make_bureau())
    with pytest.raises(InvalidInput) as refusal:
        revise_point(point=point, from_quarter="2023Q2", demands={"name": "新"}, actor=None, **BASIS | {missing: " "})
    assert list(refusal.value.fields) == [missing]


def test_a_revision_without_a_change_is_refused() -> None:
    with pytest.raises(InvalidInput):
        revise(make_point(make_bureau()), "2023Q2")


@pytest.mark.parametrize("state", [Quarter.State.PUBLICITY, Quarter.State.PUBLISHED])
def test_a_revision_never_reaches_a_settled_quarter(state: str) -> None:
    bureau = make_bureau()
    point = make_point(bureau)
    make_quarter(bureau, "2023Q2", state)
    for code in ("2023Q1", "2023Q2"):
        with pytest.raises(Frozen, match="2023Q2"):
            revise(point, code, full=Decimal(9))
    assert revise(point, "2023Q3", full=Decimal(9)).number == 2


def test_a_revision_keeps_what_earlier_quarters_are_scored_by() -> None:
    bureau = make_bureau()
    point = make_point(bureau, full=Decimal(4))
    result = make_result(make_employee(bureau), point, "2023Q1", value=1, points=Decimal("3.50"))
    revise(point, "2023Q2", full=Decimal(8))
    result.refresh_from_db()
    assert result.points == Decimal("3.50")
    assert points_in_force(bureau, "2023Q1")[0].full == Decimal(4)


def test_results_of_the_revised_quarter_are_worked_out_anew() -> None:
    bureau = make_bureau()
    point = make_point(bureau, full=Decimal(4), parameters="每次扣分=0.5")
    result = make_result(make_employee(bureau), point, "2023Q2", value=1, points=Decimal("3.50"))
    revise(point, "2023Q2", parameters="每次扣分=1")
    result.refresh_from_db()
    assert result.points == Decimal("3.00")
    assert Entry.objects.get().after["recounted"] == 1


def test_a_revision_that_existing_results_do_not_fit_is_refused() -> None:
    bureau = make_bureau()
    point = make_point(bureau)
    make_result(make_employee(bureau), point, "2023Q2", value=1)
    with pytest.raises(Conflict, match="1 条"):
        revise(point, "2023Q2", method="tier", nature="qualitative", parameters="优=100;差=50")
    with pytest.raises(Conflict, match="1 条"):
        revise(point, "2023Q2", cycle="month", deadline="每月25日")
    assert point.versions.count() == 1


def test_versions_follow_each_other() -> None:
    point = make_point(make_bureau())
    revise(point, "2023Q3", name="新名称")
    with pytest.raises(InvalidInput, match="2023Q3"):
        revise(point, "2023Q2", name="更新的名称")
    assert revise(point, "2023Q3", name="更正的名称").number == 3


def test_a_revision_stays_in_the_points_year() -> None:
    with pytest.raises(InvalidInput, match="2023"):
        revise(make_point(make_bureau()), "2024Q1", name="新名称")


def test_a_withdrawn_point_leaves_the_library_and_comes_back_by_revision() -> None:
    bureau = make_bureau()
    point = make_point(bureau)
    withdraw_point(point=point, from_quarter="2023Q2", actor=None, **BASIS)
    assert [len(points_in_force(bureau, code)) for code in ("2023Q1", "2023Q2")] == [1, 0]
    assert Entry.objects.get().action == "point.withdraw"
    with pytest.raises(Conflict):
        withdraw_point(point=point, from_quarter="2023Q3", actor=None, **BASIS)
    revise(point, "2023Q3")
    assert len(points_in_force(bureau, "2023Q3")) == 1


def test_a_year_is_copied_once_with_its_key_works() -> None:
    bureau = make_bureau()
    work = make_key_work(bureau, "ZD01")
    kept = make_point(bureau, "K001", key_work=work)
    make_version(kept, from_quarter="2023Q3", full=Decimal(7))
    gone = make_point(bureau, "K002", key_work=work)
    make_version(gone, from_quarter="2023Q4", withdrawn=True)
    copied = copy_year(bureau=bureau, from_year=2023, to_year=2024, actor=None)
    assert (copied.key_works, copied.points, copied.kept) == (1, 1, 0)
    version = points_in_force(bureau, "2024Q1")[0]
    assert (version.point.code, version.number, version.full) == ("K001", 1, Decimal(7))
    assert version.key_work == KeyWork.objects.get(year=2024, code="ZD01")
    assert Entry.objects.get().action == "library.copy"
    assert copy_year(bureau=bureau, from_year=2023, to_year=2024, actor=None).kept == 1


def test_only_the_own_office_edits_libraries() -> None:
    bureau = make_bureau()
    point = make_point(bureau)
    strangers = [
        make_employee(bureau),
        *(
            make_employee(bureau, roles=[role])
            for role in ("director", "discipline", "system_admin", "department_head")
        ),
        make_employee(make_bureau("YY"), roles=["office"]),
    ]
    for person in strangers:
        with pytest.raises(Refused):
            revise_point(point=point, from_quarter="2023Q2", demands={"name": "新"}, actor=person, **BASIS)
        with pytest.raises(Refused):
            withdraw_point(point=point, from_quarter="2023Q2", actor=person, **BASIS)
        with pytest.raises(Refused):
            copy_year(bureau=bureau, from_year=2023, to_year=2024, actor=person)


def test_a_key_work_is_created_and_changed_with_its_lines() -> None:
    bureau = make_bureau()
    department = make_department(bureau)
    work = create_key_work(
        bureau=bureau, year=2023, code="ZD01", kind="party", name="主题教育", department=department, actor=None
    )
    change_key_work(key_work=work, kind="party", name="专题教育", department=department, actor=None)
    change_key_work(key_work=work, kind="party", name="专题教育", department=department, actor=None)
    assert list(Entry.objects.order_by("pk").values_list("action", flat=True)) == ["key_work.create", "key_work.change"]
    with pytest.raises(InvalidInput, match="ZD01"):
        create_key_work(
            bureau=bureau, year=2023, code="ZD01", kind="party", name="又一项", department=department, actor=None
        )
