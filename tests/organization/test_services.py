"""People, roles, absences, places and the calendar: what is done, refused, and written into the log."""

from datetime import date, timedelta

import pytest
from rest_framework.authtoken.models import Token

from audit.models import Entry
from common.errors import Conflict, InvalidInput, Refused
from organization.jobs import apply_dated_changes
from organization.models import BEGINNING, Absence, CalendarDay, Department, Employee, Role
from organization.names import sort_key
from organization.queries import placement_in_force, work_calendar
from organization.services import calendar, people, places, roles
from tests.factories import (
    make_absence,
    make_branch,
    make_bureau,
    make_department,
    make_employee,
    make_placement,
    make_post,
    make_role,
)

pytestmark = pytest.mark.django_db

TODAY = date(2023, 3, 1)


@pytest.fixture
def bureau():
    return make_bureau("XS")


@pytest.fixture
def office(bureau):
    return make_employee(bureau, "100", name="王敏", roles=["office"])


@pytest.fixture
def staff(bureau):
    return make_employee(bureau, "102", name="张伟")


@pytest.fixture
def stranger():
    return make_employee(make_bureau("YS"), "900", roles=["office", "system_admin"])


def line() -> tuple[str, str, dict | None, dict | None]:
    entry = Entry.objects.order_by("pk").last()
    assert entry is not None
    return entry.action, entry.target, entry.before, entry.after


def place(actor: Employee, employee: Employee, day: date, **values):
    held = {"department": employee.department, "category": employee.category, "post": None, "branch": None}
    return people.place_employee(actor=actor, employee=employee, effective_from=day, today=TODAY, **{**held, **values})


class TestPeople:
    def test_add(self, bureau, office):
        department, category = office.department, office.category
        person = people.add_employee(
            actor=office, bureau=bureau, number=" ２００", name=" 曾 小明 ", department=department, category=category
        )
        assert (person.number, person.name, person.sort_key) == ("200", "曾 小明", "zeng xiao ming")
        assert person.placements.get().effective_from == BEGINNING
        assert line()[0] == "employee.add"
        assert line()[3]["number"] == "200"

    def test_number_is_taken_anywhere(self, bureau, office, stranger):
        with pytest.raises(InvalidInput, match="工号 900 已经有人使用"):
            people.add_employee(
                actor=office,
                bureau=bureau,
                number="900",
                name="王",
                department=office.department,
                category=office.category,
            )

    @pytest.mark.parametrize("name", ["department", "category", "post", "branch"])
    def test_places_are_of_the_own_bureau(self, office, staff, stranger, name):
        foreign = {
            "department": stranger.department,
            "category": stranger.category,
            "post": make_post(stranger.department),
            "branch": make_branch(stranger.bureau),
        }[name]
        with pytest.raises(InvalidInput) as refusal:
            place(office, staff, TODAY, **{name: foreign})
        assert list(refusal.value.fields) == [name]

    def test_post_is_of_the_department(self, bureau, office, staff):
        with pytest.raises(InvalidInput, match="不属于"):
            place(office, staff, TODAY, post=make_post(make_department(bureau)))

    def test_change(self, office, staff):
        days = {"joined_on": date(2023, 2, 1), "left_on": None}
        people.change_employee(actor=office, employee=staff, name="张 炜", sort_key="zhang wei", today=TODAY, **days)
        assert line() == (
            "employee.change",
            "张 炜（102）",
            {"name": "张伟", "sort_key": "102", "joined_on": None},
            {"name": "张 炜", "sort_key": "zhang wei", "joined_on": "2023-02-01"},
        )
        before = Entry.objects.count()
        people.change_employee(actor=office, employee=staff, name="张 炜", sort_key="zhang wei", today=TODAY, **days)
        assert Entry.objects.count() == before

    def test_nobody_leaves_before_joining(self, office, staff):
        with pytest.raises(InvalidInput, match="早于入职日期"):
            people.change_employee(
                actor=office,
                employee=staff,
                name="张伟",
                sort_key="z",
                joined_on=date(2023, 2, 1),
                left_on=date(2023, 1, 31),
                today=TODAY,
            )

    @pytest.mark.parametrize("who", ["staff", "stranger"])
    def test_who_may_not(self, request, office, staff, stranger, who):
        actor = request.getfixturevalue(who)
        with pytest.raises(Refused):
            place(actor, office, TODAY)
        with pytest.raises(Refused):
            people.add_absence(actor=actor, employee=office, kind="sick", starts_on=TODAY)
        with pytest.raises(Refused):
            roles.grant_role(actor=actor, employee=office, kind="liaison", starts_on=TODAY)


class TestPlacements:
    def test_past_and_present_ones_reach_the_columns_future_ones_later(self, bureau, office, staff):
        first, second, third = staff.department, make_department(bureau), make_department(bureau)
        place(office, staff, TODAY, department=second)
        staff.refresh_from_db()
        assert staff.department == second
        assert line()[0] == "placement.add"
        assert line()[2:] == ({"department": first.name}, {"effective_from": "2023-03-01", "department": second.name})
        place(office, staff, TODAY + timedelta(days=1), department=third)
        staff.refresh_from_db()
        assert staff.department == second
        assert list(staff.placements.values_list("department", flat=True)) == [first.pk, second.pk, third.pk]

        assert people.apply_dated_changes(bureau=bureau, today=TODAY + timedelta(days=1)) == 1
        staff.refresh_from_db()
        assert staff.department == third
        assert line()[0] == "placement.take_effect"
        assert people.apply_dated_changes(bureau=bureau, today=TODAY + timedelta(days=1)) == 0

    def test_a_day_is_never_rewritten(self, office, staff):
        place(office, staff, TODAY)
        with pytest.raises(InvalidInput, match="2023-03-01 已有一次任职变动"):
            place(office, staff, TODAY)

    def test_nothing_before_the_first_nor_after_leaving(self, bureau, office):
        person = people.add_employee(
            actor=office,
            bureau=bureau,
            number="200",
            name="王",
            department=office.department,
            category=office.category,
            joined_on=date(2023, 2, 1),
        )
        with pytest.raises(InvalidInput, match="不能早于首次任职 2023-02-01"):
            place(office, person, date(2023, 1, 31))
        Employee.objects.filter(pk=person.pk).update(left_on=date(2023, 2, 28))
        with pytest.raises(InvalidInput, match="已经离职"):
            place(office, person, TODAY)

    def test_only_future_ones_are_withdrawn(self, office, staff):
        now, later = place(office, staff, TODAY), place(office, staff, TODAY + timedelta(days=9))
        people.withdraw_placement(actor=office, placement=later, today=TODAY)
        assert line()[:3:2][0] == "placement.withdraw"
        with pytest.raises(InvalidInput, match="已经生效"):
            people.withdraw_placement(actor=office, placement=now, today=TODAY)

    def test_in_force(self, staff):
        first = staff.placements.get()
        second = make_placement(staff, date(2023, 2, 1))
        both = [second, first]
        assert placement_in_force(both, date(2023, 1, 31)) == first
        assert placement_in_force(both, date(2023, 2, 1)) == second
        assert placement_in_force([second], date(2022, 1, 1)) == second
        assert placement_in_force([], TODAY) is None

    @pytest.mark.parametrize("rows", [1, 3])
    def test_sync_costs_three_queries(self, bureau, django_assert_num_queries, rows):
        department, made = make_department(bureau), []
        for _n in range(rows):
            made.append(make_employee(bureau))
            make_placement(made[-1], date(2023, 2, 1), department=make_department(bureau, name=department.name))
        with django_assert_num_queries(3):
            assert people.sync_current_placements([person.pk for person in made], TODAY) == rows

    def test_job_ends_the_access_of_leavers(self, staff, office):
        Employee.objects.filter(pk=staff.pk).update(left_on=date(2023, 1, 1))
        for person in (staff, office):
            Token.objects.create(user=person)
        apply_dated_changes()
        assert [token.user for token in Token.objects.all()] == [office]

    def test_job_goes_on_after_a_bureau_that_fails(self, bureau, stranger, monkeypatch):
        reached, works = [], people.apply_dated_changes

        def fails_for_one(*, bureau, today):
            reached.append(bureau.pk)
            if bureau.pk != stranger.bureau_id:
                raise RuntimeError
            return works(bureau=bureau, today=today)

        monkeypatch.setattr(people, "apply_dated_changes", fails_for_one)
        make_placement(stranger, TODAY, department=make_department(stranger.bureau, name="moved"))
        with pytest.raises(ExceptionGroup, match="dated changes") as caught:
            apply_dated_changes()
        assert len(caught.value.exceptions) == 1
        assert reached == [bureau.pk, stranger.bureau_id]
        assert Employee.objects.get(pk=stranger.pk).department.name == "moved"


class TestAbsences:
    def test_lines(self, office, staff):
        absence = people.add_absence(actor=office, employee=staff, kind="sick", starts_on=TODAY)
        assert line() == (
            "absence.add",
            "张伟（102）",
            None,
            {"kind": "病假", "starts_on": "2023-03-01", "ends_on": None},
        )
        ends = {"kind": "sick", "starts_on": TODAY, "ends_on": date(2023, 3, 9)}
        people.change_absence(actor=office, absence=absence, **ends)
        assert line() == ("absence.change", "张伟（102）", {"ends_on": None}, {"ends_on": "2023-03-09"})
        people.remove_absence(actor=office, absence=absence)
        assert line()[0] == "absence.remove"
        assert not Absence.objects.exists()

    @pytest.mark.parametrize(
        ("starts", "ends", "clashes"),
        [
            (date(2023, 1, 1), date(2023, 1, 9), False),
            (date(2023, 1, 1), date(2023, 1, 10), True),
            (date(2023, 1, 20), None, True),
            (date(2023, 1, 21), None, False),
            (date(2022, 1, 1), None, True),
        ],
    )
    def test_the_same_kind_does_not_overlap(self, office, staff, starts, ends, clashes):
        make_absence(staff, date(2023, 1, 10), date(2023, 1, 20))
        add = {"actor": office, "employee": staff, "starts_on": starts, "ends_on": ends}
        if clashes:
            with pytest.raises(InvalidInput, match="2023-01-10"):
                people.add_absence(kind="sick", **add)
        else:
            people.add_absence(kind="sick", **add)
        people.add_absence(kind="seconded", **add)

    def test_an_open_one_is_ended_first(self, office, staff):
        make_absence(staff, date(2023, 1, 10))
        with pytest.raises(InvalidInput, match="先填写它的截止日期"):
            people.add_absence(actor=office, employee=staff, kind="sick", starts_on=TODAY)

    def test_days_the_wrong_way_round(self, office, staff):
        with pytest.raises(InvalidInput, match="早于起始日期"):
            people.add_absence(actor=office, employee=staff, kind="sick", starts_on=TODAY, ends_on=date(2023, 2, 1))


class TestRoles:
    def test_lines(self, office, staff):
        role = roles.grant_role(actor=office, employee=staff, kind="liaison", starts_on=date(2023, 1, 1))
        assert line() == (
            "role.grant",
            "张伟（102）",
            None,
            {"kind": "联络员", "starts_on": "2023-01-01", "ends_on": None},
        )
        roles.revoke_role(actor=office, role=role, today=TODAY)
        role.refresh_from_db()
        assert role.ends_on == date(2023, 2, 28)
        assert line()[0] == "role.revoke"

    def test_one_that_has_not_begun_disappears(self, office, staff):
        role = make_role(staff, "liaison", starts_on=TODAY)
        roles.revoke_role(actor=office, role=role, today=TODAY)
        assert not staff.role_set.exists()

    def test_is_not_given_twice(self, office, staff):
        make_role(staff, "liaison", starts_on=date(2023, 1, 1))
        with pytest.raises(InvalidInput, match="已经是联络员"):
            roles.grant_role(actor=office, employee=staff, kind="liaison", starts_on=TODAY)

    def test_nobody_gives_rights_to_oneself(self, office):
        with pytest.raises(Refused, match="不能修改本人的角色"):
            roles.grant_role(actor=office, employee=office, kind="discipline", starts_on=TODAY)

    def test_the_last_administrator_stays(self, bureau, office):
        admin = make_employee(bureau, roles=["system_admin"])
        role = admin.role_set.get()
        with pytest.raises(Conflict, match="最后一位系统管理员"):
            roles.revoke_role(actor=office, role=role, today=TODAY)
        with pytest.raises(Conflict, match="最后一位系统管理员"):
            people.change_employee(
                actor=office,
                employee=admin,
                name="a",
                sort_key="a",
                joined_on=None,
                left_on=date(2023, 2, 1),
                today=TODAY,
            )
        make_employee(make_bureau("YS"), roles=["system_admin"])
        make_role(make_employee(bureau), "system_admin", starts_on=TODAY + timedelta(days=1))
        make_role(make_employee(bureau, is_active=False), "system_admin")
        with pytest.raises(Conflict):
            roles.revoke_role(actor=office, role=role, today=TODAY)
        make_employee(bureau, roles=["system_admin"])
        roles.revoke_role(actor=office, role=role, today=TODAY)

    def test_held_today(self, staff):
        make_role(staff, "liaison", ends_on=date(2020, 1, 1))
        make_role(staff, "office")
        assert staff.roles == {Role.Kind.OFFICE}


class TestPlaces:
    def test_lines(self, bureau, office):
        row = places.save_place(
            actor=office, place=Department(bureau=bureau, code="D9", name="法制股", kind=Department.Kind.OFFICE)
        )
        assert line()[0] == "department.add"
        row.name = "税政股"
        places.save_place(actor=office, place=row)
        assert line() == ("department.change", "税政股", {"name": "法制股"}, {"name": "税政股"})

    def test_people_of_another_bureau_are_refused(self, bureau, office, stranger):
        row = make_department(bureau)
        row.deputy = stranger
        with pytest.raises(InvalidInput, match="不在本单位"):
            places.save_place(actor=office, place=row)

    def test_other_bureaus_are_refused(self, office, stranger):
        with pytest.raises(Refused, match="只能维护本单位"):
            places.save_place(actor=office, place=stranger.department)

    @pytest.mark.parametrize("role", ["office", "system_admin"])
    def test_settings_are_the_offices_and_the_administrators(self, bureau, staff, role):
        with pytest.raises(Refused):
            places.change_settings(actor=staff, bureau=bureau, name="x", ranking_view="all")
        person = make_employee(bureau, roles=[role])
        places.change_settings(actor=person, bureau=bureau, name=bureau.name, ranking_view="all")
        assert line()[0] == "bureau.change"

    def test_a_category_keeps_the_name_by_which_schemes_know_it(self, bureau, office):
        category = bureau.categories.get(name="局领导")
        category.position = 9
        places.save_place(actor=office, place=category)
        category.name = "班子成员"
        with pytest.raises(InvalidInput, match="不能修改") as refused:
            places.save_place(actor=office, place=category)
        assert list(refused.value.fields) == ["name"]


class TestCalendar:
    def test_seed(self):
        days = work_calendar()
        assert days.count(date(2023, 1, 1), date(2023, 12, 31)) == 249
        assert days.is_workday(date(2023, 1, 28))
        assert not days.is_workday(date(2023, 1, 23))
        assert days.known_years == frozenset(range(2004, 2027))

    def test_is_read_again_only_after_an_edit(self, bureau, django_assert_num_queries):
        admin = make_employee(bureau, roles=["system_admin"])
        first = work_calendar()
        with django_assert_num_queries(1):
            assert work_calendar() is first
        calendar.set_day(actor=admin, day=date(2023, 3, 1), is_workday=False, name="放假")
        assert not work_calendar().is_workday(date(2023, 3, 1))
        assert line() == ("calendar.set_day", "2023-03-01", None, {"is_workday": False, "name": "放假"})
        calendar.set_day(actor=admin, day=date(2023, 3, 1), is_workday=True, name="")
        assert work_calendar().is_workday(date(2023, 3, 1))
        assert not CalendarDay.objects.filter(day=date(2023, 3, 1)).exists()

    def test_a_year_is_added_first(self, bureau):
        admin = make_employee(bureau, roles=["system_admin"])
        with pytest.raises(InvalidInput, match="还没有 2027 年的日历"):
            calendar.set_day(actor=admin, day=date(2027, 1, 1), is_workday=False, name="元旦")
        assert not work_calendar().knows(date(2027, 1, 1))
        assert work_calendar().is_workday(date(2027, 1, 1))
        calendar.add_year(actor=admin, year=2027, source="国办发明电")
        calendar.set_day(actor=admin, day=date(2027, 1, 1), is_workday=False, name="元旦")
        assert work_calendar().knows(date(2027, 1, 1))
        assert not work_calendar().is_workday(date(2027, 1, 1))
        with pytest.raises(InvalidInput, match="已经有了"):
            calendar.add_year(actor=admin, year=2027, source="x")

    def test_is_the_administrators(self, office):
        with pytest.raises(Refused):
            calendar.set_day(actor=office, day=TODAY, is_workday=False, name="x")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("单雄信", "shan xiong xin"),
        ("曾国藩", "zeng guo fan"),
        ("仇和", "qiu he"),
        ("解缙", "xie jin"),
        ("区寄", "ou ji"),
        ("尉迟恭", "yu chi gong"),
        ("王重阳", "wang zhong yang"),
        ("买买提·艾力", "mai mai ti · ai li"),
        ("Anna", "anna"),
    ],
)
def test_names_sort_by_their_sound(name, key):
    assert sort_key(name) == key
