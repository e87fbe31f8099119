"""人员, 部门 and 党支部: dated placements, roles, and people named before they are known (workbook.md)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from organization.models import BEGINNING, Absence, Employee, Placement, Role
from tests.exchange.books import Book, only, put, small_book
from tests.exchange.conftest import TakeIn, counts, take_small_book, told


def people(**cells: object) -> Book:
    """The sheet 人员 with cells of 1003 changed, and a column 生效日期."""
    book = only(small_book(), "人员")
    for row in book["人员"]:
        row.append("生效日期" if row[0] == "工号" else None)
    for name, value in cells.items():
        put(book, "人员", 4, name, value)
    return book


def build() -> None:
    take_small_book()


@pytest.fixture
def person(built: None, db: None) -> Employee:
    return Employee.objects.get(number="1003")


def placed(person: Employee) -> list[tuple[date, str]]:
    return [(one.effective_from, one.department.code) for one in person.placements.select_related("department")]


def test_a_new_person_is_placed_from_joining_or_from_the_beginning(person: Employee) -> None:
    assert placed(person) == [(date(2012, 7, 1), "D2")]
    assert placed(Employee.objects.get(number="1001")) == [(BEGINNING, "D1")]
    assert person.sort_key == "qin wen"


def test_unchanged_places_make_no_placement(person: Employee, take: TakeIn) -> None:
    assert counts(take(people()))["人员"] == (0, 0, 4)
    assert Placement.objects.count() == 4


def test_a_move_without_a_day_holds_from_today(person: Employee, take: TakeIn) -> None:
    book = people(部门代码="D1", 岗位代码="G1")
    assert counts(take(book))["人员"] == (0, 1, 3)
    today = timezone.localdate()
    assert placed(person) == [(date(2012, 7, 1), "D2"), (today, "D1")]
    person.refresh_from_db()
    assert person.department.code == "D1"
    assert counts(take(book))["人员"] == (0, 0, 4)


def test_a_move_in_the_past_is_kept_with_its_day(person: Employee, take: TakeIn) -> None:
    book = people(部门代码="D1", 生效日期=date(2023, 5, 1))
    take(book)
    assert placed(person) == [(date(2012, 7, 1), "D2"), (date(2023, 5, 1), "D1")]
    assert counts(take(book))["人员"] == (0, 0, 4)


def test_a_move_to_come_leaves_today_alone(person: Employee, take: TakeIn) -> None:
    coming = timezone.localdate() + timedelta(days=30)
    book = people(部门代码="D1", 生效日期=coming)
    assert counts(take(book))["人员"] == (0, 1, 3)
    person.refresh_from_db()
    assert person.department.code == "D2"
    assert counts(take(book))["人员"] == (0, 0, 4)


def test_a_correction_of_the_same_day_replaces(person: Employee, take: TakeIn) -> None:
    take(people(部门代码="D1", 生效日期=date(2012, 7, 1)))
    assert placed(person) == [(date(2012, 7, 1), "D1")]


def test_an_absent_column_keeps_the_post(person: Employee, take: TakeIn) -> None:
    header = ["工号", "姓名", "单位代码", "部门代码", "序列"]
    take({"人员": [header, ["1003", "覃文", "AA", "D2", "中层副职"]]})
    person.refresh_from_db()
    assert person.post is not None
    assert person.category.name == "中层副职"


def test_roles_are_exactly_those_listed_from_today_on(person: Employee, take: TakeIn) -> None:
    head = Employee.objects.get(number="1002")
    assert set(head.role_set.values_list("kind", flat=True)) == {Role.Kind.DEPARTMENT_HEAD, Role.Kind.OFFICE}
    book = only(small_book(), "人员")
    put(book, "人员", 3, "角色", "干部；联络员; 绩效办")
    assert counts(take(book))["人员"] == (0, 1, 3)
    today = timezone.localdate()
    ended = head.role_set.get(kind=Role.Kind.DEPARTMENT_HEAD)
    assert ended.ends_on == today - timedelta(days=1)
    assert set(head.role_set.in_force(today).values_list("kind", flat=True)) == {Role.Kind.LIAISON, Role.Kind.OFFICE}
    assert counts(take(book))["人员"] == (0, 0, 4)


def test_a_role_given_and_taken_on_one_day_settles(person: Employee, take: TakeIn) -> None:
    for roles, created in (("联络员", 1), (None, 1), ("联络员", 1)):
        book = people(角色=roles)
        assert counts(take(book))["人员"] == (0, created, 3)
        assert counts(take(book))["人员"] == (0, 0, 4)
    assert person.role_set.count() == 1


def test_without_the_column_roles_stay(person: Employee, take: TakeIn) -> None:
    header = ["工号", "姓名", "单位代码", "部门代码", "序列"]
    take({"人员": [header, ["1002", "汤青", "AA", "D1", "中层正职"]]})
    assert Employee.objects.get(number="1002").role_set.in_force(timezone.localdate()).count() == 2


def test_leaders_of_places_are_resolved_after_people(person: Employee) -> None:
    assert person.bureau.departments.get(code="D1").deputy == Employee.objects.get(number="1001")
    assert person.bureau.branches.get().secretary == Employee.objects.get(number="1002")


def test_a_new_leader_of_a_known_place_is_one_update(person: Employee, take: TakeIn) -> None:
    book = put(only(small_book(), "部门"), "部门", 3, "分管局领导工号", "1001")
    report = take(book)
    assert counts(report)["部门"] == (0, 1, 1)
    assert report.sheets[0].changes[0].column == "分管局领导工号"


def test_an_absence_gets_its_end(person: Employee, take: TakeIn) -> None:
    sheet = [["工号", "类型", "起始日期", "截止日期"], ["1003", "病假", date(2023, 1, 9), None]]
    assert counts(take({"离岗": sheet}))["离岗"] == (0, 1, 0)
    assert Absence.objects.get().ends_on is None


def test_nobody_gives_a_role_to_oneself(person: Employee, take: TakeIn) -> None:
    Role.objects.create(employee=person, kind="office")
    refused = take(people(角色="绩效办；局长"), actor=person)
    assert told(refused) == ["人员!4 角色"]
    assert not refused.kept
    assert take(people(角色="绩效办"), actor=person).kept
    assert take(people(角色="绩效办；局长")).kept


def test_the_last_administrator_stays(person: Employee, take: TakeIn) -> None:
    Role.objects.create(employee=person, kind="system_admin")
    refused = take(people(角色="联络员"))
    assert told(refused) == ["人员!4 角色"]
    assert "最后一位系统管理员" in str(refused.problems[0].message)
    yesterday = timezone.localdate() - timedelta(days=1)
    assert told(take(people(角色="系统管理员", 离职日期=yesterday))) == ["人员!4 离职日期"]
    assert take(people(角色="系统管理员")).kept


def test_an_administrator_goes_when_another_comes_in_the_same_file(person: Employee, take: TakeIn) -> None:
    Role.objects.create(employee=person, kind="system_admin")
    assert take(put(people(角色="联络员"), "人员", 5, "角色", "系统管理员")).kept
    person = Employee.objects.get(pk=person.pk)
    assert "system_admin" not in person.roles
