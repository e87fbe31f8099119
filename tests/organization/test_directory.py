"""Sign-on with the directory's password against an LDAP server on this machine, over TCP and TLS."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from organization.models import Employee
from organization.sign_on.directory import takes_password
from organization.sign_on.errors import ProviderFault
from organization.sign_on.options import LDAP_BACKEND, LdapOptions
from tests.factories import make_bureau, make_employee
from tests.organization.directory import Directory, running_directory

PEOPLE = "ou=people,dc=example,dc=cn"
READER = "cn=reader,dc=example,dc=cn"
ZHANG = f"cn=张伟,{PEOPLE}"
PASSWORD = "目录里的密码-9"


def fill(directory: Directory) -> None:
    directory.entries = {
        ZHANG: {"uid": ["102"], "objectclass": ["person"]},
        f"cn=李强,{PEOPLE}": {"uid": ["101"], "objectclass": ["person"]},
        f"cn=twin1,{PEOPLE}": {"uid": ["200"], "objectclass": ["person"]},
        f"cn=twin2,{PEOPLE}": {"uid": ["200"], "objectclass": ["person"]},
        f"cn=printer,{PEOPLE}": {"uid": ["300"], "objectclass": ["device"]},
    }
    directory.passwords = {READER: "reader's", **dict.fromkeys(directory.entries, PASSWORD)}
    directory.anonymous_may_search, directory.offers_start_tls, directory.bind_code = False, True, 49
    directory.log.clear()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_directory(tmp_path_factory.mktemp("directory")) as directory:
        yield directory


@pytest.fixture
def directory(server):
    fill(server)
    return server


@pytest.fixture
def options(directory):
    return LdapOptions(
        "localhost",
        directory.port,
        PEOPLE,
        bind_dn=READER,
        bind_password="reader's",
        ldaps=False,
        ca_file=directory.ca_file,
    )


class TestAsking:
    def test_a_password_is_taken_or_not(self, directory, options):
        assert takes_password(options, "102", PASSWORD)
        assert directory.log == [("bind", READER, True), ("search", PEOPLE, True), ("bind", ZHANG, True)]
        assert not takes_password(options, "102", "wrong")
        assert not takes_password(options, "999", PASSWORD)

    @pytest.mark.parametrize(("number", "password"), [("102", ""), ("", PASSWORD), ("", "")])
    def test_without_a_password_nobody_is_asked(self, directory, options, number, password):
        """Servers answer a bind without a password with success."""
        assert not takes_password(options, number, password)
        assert directory.log == []

    @pytest.mark.parametrize("number", ["*", "10*", "102)(uid=101", "102)(|(uid=*", "\\31", "1\x0002", "102\\2a"])
    def test_a_number_is_no_filter(self, directory, options, number):
        assert not takes_password(options, number, PASSWORD)
        assert ("bind", ZHANG, True) not in directory.log

    def test_two_entries_of_one_number_are_nobody(self, options):
        assert not takes_password(options, "200", PASSWORD)

    def test_an_own_filter(self, options):
        assert takes_password(options, "300", PASSWORD)
        people_only = replace(options, filter="(&(objectClass=person)(uid={number}))")
        assert takes_password(people_only, "102", PASSWORD)
        assert not takes_password(people_only, "300", PASSWORD)

    def test_anonymous_search(self, directory, options):
        directory.anonymous_may_search = True
        anonymous = replace(options, bind_dn="", bind_password="")
        assert takes_password(anonymous, "102", PASSWORD)
        assert not takes_password(anonymous, "102", "wrong")

    @pytest.mark.parametrize("code", [49, 19, 50, 53])
    def test_locked_or_expired_there_is_a_no(self, directory, options, code):
        directory.bind_code = code
        assert not takes_password(options, "102", "wrong")


class TestInPrivate:
    def test_ldaps(self, tmp_path, options):
        with running_directory(tmp_path, ldaps=True) as directory:
            fill(directory)
            asked = replace(options, port=directory.port, ldaps=True, ca_file=directory.ca_file)
            assert takes_password(asked, "102", PASSWORD)
            assert all(is_private for _act, _name, is_private in directory.log)
            with pytest.raises(ProviderFault):
                takes_password(replace(asked, ca_file=""), "102", PASSWORD)

    def test_a_certificate_of_nobody_known(self, directory, options):
        with pytest.raises(ProviderFault):
            takes_password(replace(options, ca_file=""), "102", PASSWORD)
        assert directory.log == []  # nothing was said before the check

    @pytest.mark.parametrize("ldaps", [False, True])
    def test_a_certificate_of_another_host(self, tmp_path, options, ldaps):
        with running_directory(tmp_path, ldaps=ldaps, host="other.example") as directory:
            fill(directory)
            asked = replace(options, port=directory.port, ldaps=ldaps, ca_file=directory.ca_file)
            with pytest.raises(ProviderFault):
                takes_password(asked, "102", PASSWORD)
            assert directory.log == []
            assert takes_password(replace(asked, tls="no-verify"), "102", PASSWORD)

    def test_no_start_tls_no_password(self, directory, options):
        directory.offers_start_tls = False
        with pytest.raises(ProviderFault):
            takes_password(options, "102", PASSWORD)
        assert directory.log == []

    def test_in_the_clear_only_when_told_so(self, directory, options):
        assert takes_password(replace(options, tls="off"), "102", PASSWORD)
        assert directory.log[-1] == ("bind", ZHANG, False)


class TestFaults:
    @pytest.mark.parametrize(
        "wrong",
        [{"port": 9}, {"bind_password": "old"}, {"search": "ou=nowhere"}, {"bind_dn": "", "bind_password": ""}],
        ids=str,
    )
    def test_what_the_administrator_must_mend(self, options, wrong):
        with pytest.raises(ProviderFault, match="联系系统管理员"):
            takes_password(replace(options, **wrong), "102", PASSWORD)

    def test_busy(self, directory, options):
        directory.bind_code = 51
        with pytest.raises(ProviderFault):
            takes_password(options, "102", "wrong")

    @pytest.mark.parametrize("babble", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x30\x03\x02\x01", b""])
    def test_no_directory_at_all(self, options, babble):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            import threading

            def answer() -> None:
                talk, _address = listener.accept()
                talk.recv(1000)
                talk.sendall(babble)
                talk.close()

            thread = threading.Thread(target=answer)
            thread.start()
            with pytest.raises(ProviderFault):
                takes_password(replace(options, port=listener.getsockname()[1]), "102", PASSWORD)
            thread.join()


@pytest.mark.django_db
class TestLogin:
    @pytest.fixture(autouse=True)
    def _configured(self, settings, options):
        settings.LDAP = options
        settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, LDAP_BACKEND]

    @pytest.fixture
    def staff(self):
        return make_employee(make_bureau("XS"), "102", name="张伟")

    def sign_in(self, client: Client, password: str = PASSWORD, number: str = "102"):
        return client.post("/login/", {"username": number, "password": password, "next": "/people/"})

    @pytest.mark.parametrize("number", ["102", "１０２", " 102　"])
    def test_with_the_password_of_the_directory(self, client, staff, number):
        response = self.sign_in(client, number=number)
        assert (response.status_code, response["Location"]) == (302, "/people/")
        assert client.get("/people/").status_code == 200
        assert Entry.objects.get().action == "login.ldap"

    def test_our_own_passwords_stay_valid_and_are_not_shown_to_the_directory(self, client, directory):
        make_employee(make_bureau("XS"), "102", password="correct-horse-9")
        assert self.sign_in(client, "correct-horse-9").status_code == 302
        assert directory.log == []
        assert Entry.objects.get().action == "login"

    def test_an_initial_password_need_not_be_changed(self, client, staff):
        Employee.objects.filter(pk=staff.pk).update(must_change_password=True)
        assert self.sign_in(client)["Location"] == "/people/"
        assert client.get("/people/").status_code == 200

    def test_it_must_be_where_it_was_used(self, client):
        make_employee(make_bureau("XS"), "102", password="correct-horse-9", must_change_password=True)
        assert self.sign_in(client, "correct-horse-9")["Location"] == "/password/"

    @pytest.mark.parametrize(
        "change",
        [{"number": "103"}, {"is_active": False}, {"left_on": timezone.localdate() - timedelta(days=1)}],
    )
    def test_nobody_is_created(self, client, staff, change):
        Employee.objects.filter(pk=staff.pk).update(**change)
        response = self.sign_in(client)
        assert response.status_code == 422
        assert "没有工号为 102 的在职人员" in response.content.decode()
        assert Employee.objects.count() == 1

    def test_who_does_not_know_the_password_learns_nothing_of_people(self, client, staff):
        known, unknown = self.sign_in(client, "wrong"), self.sign_in(client, "wrong", "999")
        assert "工号或密码不对" in known.content.decode()
        assert "工号或密码不对" in unknown.content.decode()

    def test_failures_lock(self, client, staff):
        for _n in range(5):
            self.sign_in(client, "wrong")
        assert self.sign_in(client).status_code == 429
        assert Entry.objects.get().action == "login.lock"

    def test_guesses_count_while_the_directory_is_away(self, client, settings, options):
        settings.LDAP = replace(options, port=9)
        make_employee(make_bureau("XS"), "102", password="correct-horse-9")
        for _n in range(4):
            response = self.sign_in(client, "wrong")
        assert "暂时无法使用" in response.content.decode()
        assert self.sign_in(client, "wrong").status_code == 429
        assert self.sign_in(client, "correct-horse-9").status_code == 429

    def test_our_own_passwords_work_while_the_directory_is_away(self, client, settings, options):
        settings.LDAP = replace(options, port=9)
        make_employee(make_bureau("XS"), "102", password="correct-horse-9")
        assert self.sign_in(client, "correct-horse-9").status_code == 302

    def test_a_token_for_programs(self, client, staff):
        data = {"username": "102", "password": PASSWORD}
        response = client.post("/api/v1/token/", data, content_type="application/json")
        assert response.status_code == 200
        assert Entry.objects.get().action == "login.ldap"
        headers = {"Authorization": f"Token {response.json()['token']}"}
        assert Client().get("/api/v1/employees/", headers=headers).status_code == 200

    def test_the_page_says_which_password(self, client, staff, settings):
        assert "统一目录的密码" in client.get("/login/").content.decode()
        settings.LDAP = None
        assert "统一目录" not in client.get("/login/").content.decode()
