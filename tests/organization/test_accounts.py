"""Login and logout, initial passwords, lock-out; who is let in and where they are led."""

import stat
from datetime import timedelta
from io import BytesIO, StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook
from rest_framework.authtoken.models import Token

from audit.models import Entry
from common.errors import Conflict, Refused
from organization.models import Employee, Role
from organization.services import accounts
from tests.factories import make_bureau, make_employee

pytestmark = pytest.mark.django_db

PASSWORD = "correct-horse-9"


@pytest.fixture
def bureau():
    return make_bureau("XS")


@pytest.fixture
def staff(bureau):
    return make_employee(bureau, "102", name="张伟", password=PASSWORD)


@pytest.fixture
def admin(bureau):
    return make_employee(bureau, "101", name="李强", roles=[Role.Kind.SYSTEM_ADMIN])


def sign_in(client: Client, number: str = "102", password: str = PASSWORD, **data: str):
    return client.post("/login/", {"username": number, "password": password, **data})


def actions() -> list[str]:
    return list(Entry.objects.order_by("pk").values_list("action", flat=True))


class TestLogin:
    @pytest.mark.parametrize("number", ["102", "１０２", " 102　"])
    def test_by_staff_number_however_it_is_typed(self, client, staff, number):
        response = sign_in(client, number)
        assert (response.status_code, response["Location"]) == (302, "/")
        assert actions() == ["login"]
        assert client.post("/logout/")["Location"] == "/login/"
        assert actions() == ["login", "logout"]
        assert client.get("/people/").status_code == 302

    def test_an_empty_installation_says_how_to_begin(self, client):
        assert "import_workbook" in client.get("/login/").content.decode()
        make_bureau("XS")
        assert "import_workbook" not in client.get("/login/").content.decode()

    def test_session_gets_a_new_key(self, client, staff):
        client.get("/login/")
        session = client.session
        session["x"] = 1
        session.save()
        client.cookies["sessionid"] = session.session_key
        sign_in(client)
        assert client.cookies["sessionid"].value != session.session_key

    def test_wrong_password_says_what_to_do(self, client, staff):
        response = sign_in(client, password="wrong")
        assert response.status_code == 422
        assert "系统管理员" in response.content.decode()

    @pytest.mark.parametrize(
        "change",
        [
            {"is_active": False},
            {"left_on": timezone.localdate() - timedelta(days=1)},
            {"is_demo": True},
            {"password": "!unusable"},
        ],
    )
    def test_who_is_refused(self, client, staff, settings, change):
        settings.DEBUG = False
        Employee.objects.filter(pk=staff.pk).update(**change)
        assert sign_in(client).status_code == 422

    def test_demo_logins_work_with_debug(self, client, staff, settings):
        settings.DEBUG = True
        Employee.objects.filter(pk=staff.pk).update(is_demo=True)
        assert sign_in(client).status_code == 302

    def test_last_day_is_in_post_and_the_session_ends_with_it(self, client, staff):
        Employee.objects.filter(pk=staff.pk).update(left_on=timezone.localdate())
        sign_in(client)
        assert client.get("/people/").status_code == 200
        with time_machine.travel(timezone.now() + timedelta(days=1)):
            client.cookies["sessionid"]["expires"] = ""
            assert client.get("/people/")["Location"].startswith("/login/")

    @pytest.mark.parametrize(
        ("wanted", "led_to"),
        [
            ("/people/", "/people/"),
            ("/people/?q=1", "/people/?q=1"),
            ("https://evil.example/", "/"),
            ("//evil.example/", "/"),
            ("javascript:alert(1)", "/"),
            ("/login/", "/"),
        ],
    )
    def test_leads_on_to_pages_of_ours_only(self, client, staff, wanted, led_to):
        assert sign_in(client, next=wanted)["Location"] == led_to

    def test_a_fragment_sends_the_whole_page_to_the_login(self, client):
        headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/people/?q=1"}
        response = client.get("/people/", headers=headers)
        assert response["HX-Redirect"] == "/login/?next=/people/%3Fq%3D1"

    def test_logout_wants_a_post(self, client, staff):
        client.force_login(staff)
        assert client.get("/logout/").status_code == 405


class TestInitialPassword:
    @pytest.fixture
    def fresh(self, client, staff):
        Employee.objects.filter(pk=staff.pk).update(must_change_password=True)
        assert sign_in(client)["Location"] == "/password/"
        return client

    def test_opens_the_password_page_only(self, fresh):
        assert fresh.get("/people/")["Location"] == "/password/"
        assert fresh.get("/people/", headers={"HX-Request": "true"})["HX-Redirect"] == "/password/"
        assert fresh.get("/password/").status_code == 200
        assert fresh.get("/healthz").status_code == 200

    def test_is_changed_for_an_own_one(self, fresh, staff):
        Token.objects.create(user=staff)
        data = {"old_password": PASSWORD, "new_password1": "my-own-secret-7", "new_password2": "my-own-secret-7"}
        assert fresh.post("/password/", data)["Location"] == "/"
        assert fresh.get("/people/").status_code == 200
        staff.refresh_from_db()
        assert staff.check_password("my-own-secret-7")
        assert not Token.objects.exists()
        assert actions() == ["login", "password.change"]

    @pytest.mark.parametrize("weak", ["short", "12345678", "password", "102102102", PASSWORD])
    def test_weak_or_unchanged_ones_are_refused(self, fresh, weak):
        response = fresh.post("/password/", {"old_password": PASSWORD, "new_password1": weak, "new_password2": weak})
        assert response.status_code == 422

    def test_the_api_says_so_too(self, staff):
        Employee.objects.filter(pk=staff.pk).update(must_change_password=True)
        token = Token.objects.create(user=staff)
        response = Client().get("/api/v1/employees/", headers={"Authorization": f"Token {token.key}"})
        assert response.status_code == 403
        assert "初始密码" in response.json()["message"]


class TestLockOut:
    def lock(self, client, number="102"):
        for _n in range(5):
            response = sign_in(client, number, password="wrong")
        return response

    def test_five_failures_lock_for_a_quarter_of_an_hour(self, client, staff):
        self.lock(client)
        response = sign_in(client)
        assert response.status_code == 429
        assert "15 分钟" in response.content.decode()
        line = Entry.objects.get(action="login.lock")
        assert (line.target, line.bureau_code, line.actor) == ("102", "XS", "系统")
        with time_machine.travel(timezone.now() + timedelta(minutes=16)):
            assert sign_in(client).status_code == 302

    def test_spelling_the_number_otherwise_does_not_help(self, client, staff):
        for number in ("102", "１０２", " 102", "10２", "102 "):
            sign_in(client, number, password="wrong")
        assert sign_in(client).status_code == 429

    def test_the_administrator_unlocks(self, client, staff, admin):
        self.lock(client)
        other = Client()
        other.force_login(admin)
        assert "张伟" in other.get("/system/").content.decode()
        other.post("/people/102/unlock/")
        assert sign_in(client).status_code == 302
        assert "login.unlock" in actions()

    def test_a_lock_of_one_is_none_of_another(self, client, staff, bureau):
        make_employee(bureau, "103", password=PASSWORD)
        self.lock(client)
        assert sign_in(client, "103").status_code == 302

    def test_the_api_answers_in_its_own_form(self, client, staff):
        self.lock(client)
        data = {"username": "102", "password": PASSWORD}
        response = client.post("/api/v1/token/", data, content_type="application/json")
        assert response.status_code == 429
        assert response.json()["code"] == "locked"


class TestServices:
    def test_issue(self, bureau, staff, admin):
        leaver = make_employee(bureau, "104", left_on=timezone.localdate() - timedelta(days=1))
        other = make_employee(make_bureau("YS"), "900")
        issued = accounts.issue_passwords(actor=admin, bureau=bureau, today=timezone.localdate())
        assert [entry.employee.number for entry in issued] == ["101"]
        admin.refresh_from_db()
        assert admin.check_password(issued[0].password)
        assert admin.must_change_password
        assert not any(person.has_usable_password() for person in (leaver, other))
        line = Entry.objects.get()
        assert (line.action, line.target, line.before, line.after) == ("password.issue", "李强（101）", None, None)
        assert accounts.issue_passwords(actor=admin, bureau=bureau, today=timezone.localdate()) == []

    def test_issue_is_not_for_another_bureau(self, admin):
        with pytest.raises(Refused, match="只能维护本单位"):
            accounts.issue_passwords(actor=admin, bureau=make_bureau("YS"), today=timezone.localdate())

    def test_passwords_are_readable_and_different(self):
        made = {accounts.random_password() for _n in range(200)}
        assert len(made) == 200
        assert not any(set("ilo01") & set(password) for password in made)

    def test_reset(self, staff, admin):
        Token.objects.create(user=staff)
        issued = accounts.reset_password(actor=admin, employee=staff)
        staff.refresh_from_db()
        assert not Token.objects.exists()
        assert staff.check_password(issued.password)
        assert staff.must_change_password
        line = Entry.objects.get()
        assert (line.action, line.actor, line.after) == ("password.reset", "李强（101）", None)
        with pytest.raises(Refused, match="修改密码"):
            accounts.reset_password(actor=admin, employee=admin)

    def test_switch_keeps_the_last_administrator(self, staff, admin):
        today = timezone.localdate()
        accounts.switch_account(actor=admin, employee=staff, is_active=False, today=today)
        assert Entry.objects.get().after == {"is_active": False}
        with pytest.raises(Conflict, match="最后一位系统管理员"):
            accounts.switch_account(actor=admin, employee=admin, is_active=False, today=today)


class TestCommand:
    def test_writes_a_private_file(self, bureau, staff, tmp_path):
        make_employee(bureau, "103", name="=王芳")
        out, said = tmp_path / "out.xlsx", StringIO()
        out.write_text("old")
        call_command("issue_passwords", "--bureau", "XS", str(out), stdout=said)
        assert said.getvalue().startswith("已发放 1 个初始密码")
        assert stat.S_IMODE(out.stat().st_mode) == 0o600
        rows = list(load_workbook(BytesIO(out.read_bytes())).active.iter_rows(values_only=True))
        assert rows[0] == ("工号", "姓名", "部门", "初始密码")
        assert rows[1][:2] == ("103", "=王芳")
        assert Employee.objects.get(number="103").check_password(rows[1][3])

    def test_unknown_bureau_and_unwritable_file(self, bureau, tmp_path):
        with pytest.raises(CommandError, match="没有代码为 ZZ 的单位。现有单位：XS"):
            call_command("issue_passwords", "--bureau", "ZZ", str(tmp_path / "out.xlsx"))
        with pytest.raises(CommandError, match="没有发放任何密码"):
            call_command("issue_passwords", "--bureau", "XS", str(tmp_path / "nowhere" / "out.xlsx"))
