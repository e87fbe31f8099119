"""Every page of the organization, by role and with a fixed number of queries."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from organization.models import Absence, Employee, Role
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

pytestmark = [pytest.mark.django_db, pytest.mark.once]

OFFICE, ADMIN = Role.Kind.OFFICE, Role.Kind.SYSTEM_ADMIN


@pytest.fixture
def bureau():
    return make_bureau("XS")


@pytest.fixture
def office(bureau):
    return make_employee(bureau, "100", name="王敏", roles=[OFFICE])


@pytest.fixture
def admin(bureau):
    return make_employee(bureau, "101", name="李强", roles=[ADMIN])


@pytest.fixture
def staff(bureau):
    return make_employee(bureau, "102", name="张伟")


@pytest.fixture
def stranger():
    return make_employee(make_bureau("YS"), "900", name="外人", roles=[OFFICE, ADMIN])


def login(client: Client, employee: Employee) -> Client:
    client.force_login(employee, backend="organization.backends.StaffNumberBackend")
    return client


def numbers(response) -> set[str]:
    return {person.number for person in response.context["page"]}


class TestPeople:
    @pytest.mark.parametrize("who", ["office", "admin", "staff"])
    def test_everybody_sees_the_own_bureau_only(self, client, request, office, admin, staff, stranger, who):
        response = login(client, request.getfixturevalue(who)).get(reverse("organization:people"))
        assert numbers(response) == {"100", "101", "102"}

    def test_a_stranger_sees_the_other_bureau_only(self, client, office, stranger):
        assert numbers(login(client, stranger).get("/people/")) == {"900"}

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("q=王敏", {"100"}),
            ("q=１０", {"100", "101", "102"}),
            ("q=zhang", {"102"}),
            ("q=ZhangW", {"102"}),
            ("q=zhang wei", {"102"}),
            ("q=zw", {"102"}),
            ("q=zz", set()),
            ("role=office", {"100"}),
            ("state=left", {"103"}),
            ("state=all", {"100", "101", "102", "103"}),
            ("state=away", {"102"}),
            ("state=nonsense", {"100", "101", "102"}),
            ("department=999999", {"100", "101", "102"}),
        ],
    )
    def test_search_and_filters(self, client, bureau, office, admin, staff, query, expected):
        Employee.objects.filter(pk=staff.pk).update(sort_key="zhang wei")
        make_employee(bureau, "103", left_on=timezone.localdate() - timedelta(days=1))
        make_absence(staff, timezone.localdate())
        make_absence(admin, timezone.localdate(), kind=Absence.Kind.PROBATION)
        assert numbers(login(client, office).get(f"/people/?{query}")) == expected

    def test_filters_by_place(self, client, bureau, office, staff):
        department, branch = make_department(bureau), make_branch(bureau)
        other = make_employee(bureau, "104", department=department, branch=branch)
        login(client, office)
        assert numbers(client.get(f"/people/?department={department.pk}")) == {other.number}
        assert numbers(client.get(f"/people/?branch={branch.pk}")) == {other.number}
        assert numbers(client.get(f"/people/?category={bureau.categories.get(name='局领导').pk}")) == set()

    def test_staff_cannot_search_for_who_is_away(self, client, bureau, staff, office):
        make_absence(office, timezone.localdate())
        assert numbers(login(client, staff).get("/people/?state=away")) == {"100", "102"}

    @pytest.mark.parametrize("rows", [1, 3])
    def test_number_of_queries(self, client, bureau, django_assert_num_queries, rows):
        viewer = make_employee(bureau, "100", roles=[OFFICE])
        for _n in range(rows - 1):
            make_employee(bureau, roles=["liaison"], branch=make_branch(bureau))
        login(client, viewer)
        client.get("/people/")
        with django_assert_num_queries(11):
            client.get("/people/")


class TestPerson:
    def test_history_roles_and_absences(self, client, bureau, office, staff):
        make_placement(staff, date(2023, 4, 1), department=make_department(bureau, name="征管股"))
        make_absence(staff, date(2023, 1, 1), date(2023, 1, 31))
        make_role(staff, "liaison")
        content = login(client, office).get("/people/102/").content.decode()
        assert all(text in content for text in ("征管股", "2023-04-01", "病假", "联络员", "变动任职"))

    def test_a_colleague_sees_neither_absences_nor_buttons(self, client, bureau, staff):
        other = make_employee(bureau, "103")
        make_absence(staff, date(2023, 1, 1), kind=Absence.Kind.INVESTIGATION)
        content = login(client, other).get("/people/102/").content.decode()
        assert "立案审查" not in content
        assert "变动任职" not in content

    def test_the_person_sees_the_own_absences(self, client, staff):
        make_absence(staff, date(2023, 1, 1), kind=Absence.Kind.INVESTIGATION)
        assert "立案审查" in login(client, staff).get("/people/102/").content.decode()

    def test_another_bureau_is_not_found(self, client, staff, stranger):
        assert login(client, stranger).get("/people/102/").status_code == 404

    @pytest.mark.parametrize("rows", [1, 3])
    def test_number_of_queries(self, client, office, staff, django_assert_num_queries, rows):
        for n in range(rows):
            make_placement(staff, date(2023, 1, 1 + n))
            make_absence(staff, date(2023, 1, 1 + n))
            make_role(staff, "liaison", starts_on=date(2023, 1, 1 + n))
        login(client, office)
        with django_assert_num_queries(9):
            client.get("/people/102/")


WRITES = [
    ("get", "/people/new/"),
    ("get", "/people/passwords/"),
    ("post", "/people/passwords/"),
    ("get", "/people/102/edit/"),
    ("get", "/people/102/place/"),
    ("get", "/people/102/roles/new/"),
    ("get", "/people/102/absences/new/"),
    ("get", "/organization/departments/new/"),
]
ADMIN_ONLY = [
    ("post", "/people/102/reset-password/"),
    ("post", "/people/102/unlock/"),
    ("post", "/people/102/switch/"),
    ("get", "/system/"),
    ("post", "/system/calendar/2023/"),
]


class TestWhoMay:
    @pytest.mark.parametrize(("method", "url"), [*WRITES, *ADMIN_ONLY])
    @pytest.mark.parametrize("role", ["", "director", "deputy_director", "department_head", "liaison", "discipline"])
    def test_nobody_else(self, client, bureau, staff, role, method, url):
        login(client, make_employee(bureau, "105", roles=[role] if role else []))
        response = getattr(client, method)(url)
        assert response.status_code == 403
        assert "系统管理员" in response.content.decode()

    @pytest.mark.parametrize(("method", "url"), ADMIN_ONLY)
    def test_accounts_and_settings_are_not_the_offices(self, client, office, staff, method, url):
        assert getattr(login(client, office), method)(url).status_code == 403

    @pytest.mark.parametrize(("method", "url"), [pair for pair in [*WRITES, *ADMIN_ONLY] if "102" in pair[1]])
    def test_another_bureaus_people_are_not_found(self, client, staff, stranger, method, url):
        assert getattr(login(client, stranger), method)(url).status_code == 404

    @pytest.mark.parametrize(("method", "url"), [*WRITES, *ADMIN_ONLY])
    @pytest.mark.parametrize("who", ["office", "admin"])
    def test_they_may(self, client, request, office, admin, staff, who, method, url):
        if who == "office" and (method, url) in ADMIN_ONLY:
            return
        assert getattr(login(client, request.getfixturevalue(who)), method)(url).status_code in (200, 302, 422)

    @pytest.mark.parametrize("url", [url for method, url in [*WRITES, *ADMIN_ONLY] if method == "get"])
    def test_strangers_are_sent_to_the_login(self, client, url):
        response = client.get(url)
        assert (response.status_code, response["Location"]) == (302, f"/login/?next={url}")


class TestForms:
    def test_new_person(self, client, bureau, office):
        department = bureau.departments.get()
        post = make_post(department)
        data = {
            "number": "２００",
            "name": "单小明",
            "department": department.pk,
            "post": post.pk,
            "category": bureau.categories.get(name="一般干部").pk,
            "joined_on": "2023-02-01",
        }
        answer = login(client, office).post("/people/new/", data)
        assert (answer.status_code, answer["Location"]) == (302, "/people/200/")  # where roles are given
        person = Employee.objects.get(number="200")
        assert (person.sort_key, person.post, person.has_usable_password()) == ("shan xiao ming", post, False)
        assert person.placements.get().effective_from == date(2023, 2, 1)
        again = client.post("/people/new/", data)
        assert again.status_code == 422
        assert "工号 200 已经有人使用" in again.content.decode()

    def test_leaving_before_joining_stands_at_the_field(self, client, office, staff):
        data = {"name": "张伟", "sort_key": "zhang wei", "joined_on": "2023-02-01", "left_on": "2023-01-01"}
        response = login(client, office).post("/people/102/edit/", data)
        assert response.status_code == 422
        assert "早于入职日期" in response.context["form"].errors["left_on"][0]

    def test_places_of_another_bureau_are_no_choice(self, client, bureau, office, staff, stranger):
        data = {
            "effective_from": "2023-02-01",
            "department": stranger.department_id,
            "category": stranger.category_id,
        }
        response = login(client, office).post("/people/102/place/", data)
        assert set(response.context["form"].errors) == {"department", "category"}

    def test_place_role_and_absence(self, client, bureau, office, staff):
        login(client, office)
        category, department = bureau.categories.get(name="中层正职"), make_department(bureau)
        data = {"effective_from": "2023-02-01", "department": department.pk, "category": category.pk}
        assert client.post("/people/102/place/", data).status_code == 302
        assert client.post("/people/102/roles/new/", {"kind": "liaison", "starts_on": "2023-02-01"}).status_code == 302
        absence = {"kind": "sick", "starts_on": "2023-02-01", "ends_on": "2023-02-03"}
        assert client.post("/people/102/absences/new/", absence).status_code == 302
        row = staff.absences.get()
        assert client.post(f"/people/102/absences/{row.pk}/", absence | {"ends_on": ""}).status_code == 302
        assert client.post(f"/people/102/absences/{row.pk}/remove/").status_code == 302
        assert client.post(f"/people/102/roles/{staff.role_set.get().pk}/revoke/").status_code == 302
        staff.refresh_from_db()
        assert (staff.department, staff.category, staff.absences.count()) == (department, category, 0)
        later = {"effective_from": (timezone.localdate() + timedelta(days=9)).isoformat()}
        assert client.post("/people/102/place/", data | later).status_code == 302
        future = staff.placements.latest("effective_from")
        assert client.post(f"/people/102/placements/{future.pk}/withdraw/").status_code == 302
        assert staff.placements.count() == 2

    def test_places(self, client, bureau, office):
        login(client, office)
        data = {"code": "D9", "name": "法制股", "kind": "office", "is_assessor": "on"}
        assert client.post("/organization/departments/new/", data).status_code == 302
        response = client.post("/organization/departments/new/", data)
        assert (response.status_code, "部门代码 D9 已经有了" in response.content.decode()) == (422, True)
        row = bureau.departments.get(code="D9")
        assert client.post(f"/organization/departments/{row.pk}/", data | {"name": "税政股"}).status_code == 302
        assert client.get(f"/organization/departments/{row.pk}/").status_code == 200
        row.refresh_from_db()
        assert row.name == "税政股"
        assert client.get("/organization/nonsense/new/").status_code == 404

    @pytest.mark.parametrize("tab", ["departments", "posts", "branches", "categories"])
    @pytest.mark.parametrize("rows", [1, 3])
    def test_bureau_page(self, client, bureau, staff, stranger, django_assert_num_queries, tab, rows):
        for _n in range(rows):
            make_post(make_department(bureau, deputy=staff))
            make_branch(bureau, secretary=staff)
        login(client, staff)
        with django_assert_num_queries(9):
            response = client.get(f"/organization/?tab={tab}")
        assert all(row.bureau_id == bureau.pk for row in response.context["rows"])

    def test_settings(self, client, bureau, admin):
        response = login(client, admin).post("/system/", {"name": "西山县税务局", "ranking_view": "all"})
        assert response.status_code == 302
        bureau.refresh_from_db()
        assert (bureau.name, bureau.ranking_view) == ("西山县税务局", "all")
        assert client.get("/system/").status_code == 200

    def test_calendar(self, client, admin, staff):
        login(client, admin)
        response = client.get("/system/calendar/2023/")
        assert response.context["workdays"] == 249
        client.post("/system/calendar/2023/", {"day": "2023-03-01", "is_workday": "no", "name": "放假"})
        assert client.get("/system/calendar/2023/").context["workdays"] == 248
        assert client.get("/system/calendar/1999/").status_code == 404
        assert login(client, staff).get("/system/calendar/2023/").status_code == 200

    def test_reset_password_is_shown_once(self, client, admin, staff):
        response = login(client, admin).post("/people/102/reset-password/")
        password = response.context["password"]
        staff.refresh_from_db()
        assert staff.check_password(password)
        assert "no-store" in response["Cache-Control"]

    def test_issued_passwords_are_downloaded(self, client, office, staff):
        response = login(client, office).post("/people/passwords/")
        assert response["Cache-Control"] == "no-store"
        assert response["Content-Disposition"].startswith("attachment")
        assert Entry.objects.filter(action="password.issue").count() == 2

    def test_where_nothing_is_locked_no_line_says_that_it_was_unlocked(self, client, admin, staff):
        login(client, admin).post("/people/102/unlock/")
        assert not Entry.objects.filter(action="login.unlock").exists()

    def test_switch_account(self, client, admin, staff):
        login(client, admin)
        for to in ("off", "on"):
            assert f'name="to" value="{to}"' in client.get("/people/102/").content.decode()
            client.post("/people/102/switch/", {"to": to})
            staff.refresh_from_db()
            assert staff.is_active == (to == "on")
