"""Sign-on by OpenID Connect against a provider on this machine: who gets in, and every way in which an answer can be wrong."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from rest_framework.authtoken.models import Token

from audit.models import Entry
from organization.models import Employee
from organization.sign_on import oidc
from organization.sign_on.options import OIDC_BACKEND, OidcOptions
from tests.factories import make_bureau, make_employee
from tests.organization.provider import CLIENT, SECRET, Provider, new_key, running_provider

pytestmark = pytest.mark.django_db
BACK = "/sign-on/back/"


@pytest.fixture(scope="module")
def server():
    with running_provider() as provider:
        yield provider


@pytest.fixture
def provider(server, settings):
    """As new, and known to the application."""
    oidc.forget()
    key, issuer = server.key, server.issuer
    server.__init__(issuer)
    server.key, server.keys = key, {"first": key}  # drawing one takes a while
    settings.OIDC = OidcOptions(issuer, CLIENT, SECRET)
    settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, OIDC_BACKEND]
    return server


@pytest.fixture
def staff():
    return make_employee(make_bureau("XS"), "102", name="张伟")


def leave(client: Client, wanted: str = "") -> str:
    response = client.get("/sign-on/", {"next": wanted} if wanted else {})
    assert response.status_code == 302, response.content.decode()
    return response["Location"]


def come(client: Client, provider: Provider, wanted: str = "") -> Any:
    return client.get(provider.visit(leave(client, wanted)))


def is_signed_in(client: Client) -> bool:
    return client.get("/people/").status_code == 200


def assert_refused(client: Client, response: HttpResponse, sentence: str, status: int = 403) -> None:
    text = response.content.decode()
    assert response.status_code == status
    assert sentence in text
    assert "统一身份认证登录" in text  # the login page, to try again
    assert "Traceback" not in text
    assert not is_signed_in(client)
    assert not Entry.objects.filter(action__startswith="login").exists()


class TestWayIn:
    def test_through_the_provider_to_the_page_that_was_wanted(self, client, provider, staff):
        response = come(client, provider, "/people/?q=1")
        assert (response.status_code, response["Location"]) == (302, "/people/?q=1")
        assert is_signed_in(client)
        line = Entry.objects.get()
        assert (line.action, line.actor, line.bureau_code) == ("login.oidc", "张伟（102）", "XS")

    def test_what_is_asked_for(self, client, provider, staff):
        query = {name: values[0] for name, values in parse_qs(urlsplit(leave(client)).query).items()}
        assert query["redirect_uri"] == f"http://testserver{BACK}"
        assert query["scope"] == "openid profile"
        assert min(len(query[name]) for name in ("state", "nonce", "code_challenge")) >= 43
        assert query["state"] != query["nonce"]

    @pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/login/"])
    def test_never_leads_elsewhere(self, client, provider, staff, wanted):
        assert come(client, provider, wanted)["Location"] == "/"

    def test_session_gets_a_new_key(self, client, provider, staff):
        address = leave(client)
        before = client.session.session_key
        client.get(provider.visit(address))
        assert client.session.session_key != before
        assert "sign_on" not in client.session

    @pytest.mark.parametrize("number", ["１０２", " 102", 102])
    def test_the_number_is_tidied(self, client, provider, staff, number):
        provider.claims = {"preferred_username": number}
        assert come(client, provider).status_code == 302

    def test_another_claim_and_userinfo(self, client, provider, staff, settings):
        settings.OIDC = OidcOptions(provider.issuer, CLIENT, SECRET, employee_claim="employee_no")
        provider.userinfo = {"employee_no": "102"}
        assert come(client, provider).status_code == 302
        assert "/userinfo" in provider.asked

    def test_the_secret_in_the_form_where_the_provider_wants_it_so(self, client, provider, staff):
        provider.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
        assert come(client, provider).status_code == 302

    def test_an_initial_password_need_not_be_changed(self, client, provider, staff):
        Employee.objects.filter(pk=staff.pk).update(must_change_password=True)
        assert come(client, provider)["Location"] == "/"
        assert is_signed_in(client)
        assert client.get("/api/v1/employees/").status_code == 200
        token = Token.objects.create(user=staff)
        asked = client.get("/api/v1/employees/", headers={"Authorization": f"Token {token.key}"})
        assert asked.status_code == 403

    def test_there_is_no_password_to_change_here(self, client, provider, staff):
        come(client, provider)
        response = client.get("/password/")
        assert response.status_code == 403
        assert "请在统一身份认证中修改密码" in response.content.decode()

    def test_a_new_key_of_the_provider_is_fetched(self, client, provider, staff):
        assert come(client, provider).status_code == 302
        provider.key, provider.kid = new_key(), "second"
        provider.keys = {"second": provider.key}
        other = Client()
        assert come(other, provider).status_code == 302
        assert provider.asked.count("/jwks") == 2
        assert provider.asked.count("/.well-known/openid-configuration") == 1

    def test_who_is_signed_in_already_goes_on(self, client, provider, staff):
        client.force_login(staff)
        assert client.get("/sign-on/?next=/people/")["Location"] == "/people/"

    def test_a_session_ends_when_sign_on_is_switched_off(self, client, provider, staff, settings):
        come(client, provider)
        settings.AUTHENTICATION_BACKENDS = settings.AUTHENTICATION_BACKENDS[:-1]
        assert not is_signed_in(client)

    def test_a_leaver_is_out_at_once(self, client, provider, staff):
        come(client, provider)
        Employee.objects.filter(pk=staff.pk).update(left_on=timezone.localdate() - timedelta(days=1))
        assert not is_signed_in(client)


class TestStrangers:
    @pytest.mark.parametrize(
        "change",
        [
            {"number": "103"},
            {"is_active": False},
            {"left_on": timezone.localdate() - timedelta(days=1)},
            {"is_demo": True},
        ],
    )
    def test_nobody_is_created_and_nobody_shut_out_comes_in(self, client, provider, staff, settings, change):
        settings.DEBUG = False
        Employee.objects.filter(pk=staff.pk).update(**change)
        people = Employee.objects.count()
        assert_refused(client, come(client, provider), "没有工号为 102 的在职人员")
        assert Employee.objects.count() == people

    @pytest.mark.parametrize("claims", [{}, {"preferred_username": ""}, {"preferred_username": ["102"]}])
    def test_no_number_no_entry(self, client, provider, staff, claims):
        provider.claims = claims
        assert_refused(client, come(client, provider), "没有给出您的工号")

    def test_userinfo_about_somebody_else(self, client, provider, staff):
        provider.claims = {}
        provider.userinfo = {"sub": "subject-2", "preferred_username": "102"}
        assert_refused(client, come(client, provider), "没有通过核验")


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unsigned(claims: dict[str, Any]) -> str:
    header = json.dumps({"alg": "none", "typ": "JWT"}).encode()
    return f"{encoded(header)}.{encoded(json.dumps(claims).encode())}."


def symmetric(claims: dict[str, Any], secret: bytes) -> str:
    """By hand: the library refuses to take a public key for a secret."""
    header = json.dumps({"alg": "HS256", "kid": "first"}).encode()
    said = f"{encoded(header)}.{encoded(json.dumps(claims).encode())}"
    return f"{said}.{encoded(hmac.new(secret, said.encode(), hashlib.sha256).digest())}"


class TestFalseTokens:
    """Each refused with the same sentence; the reason is for the log, not for whoever forged it."""

    def refused(self, client, provider):
        assert_refused(client, come(client, provider), "没有通过核验")

    @pytest.mark.parametrize(
        "claims",
        [
            {"nonce": "another"},
            {"nonce": None},
            {"aud": "another client"},
            {"aud": [CLIENT, "another"]},
            {"aud": [CLIENT, "another"], "azp": "another"},
            {"azp": "another"},
            {"iss": "https://another.example"},
            {"exp": timedelta(minutes=-2)},
            {"exp": None},
            {"iat": timedelta(minutes=10)},
            {"nbf": timedelta(minutes=10)},
            {"sub": None},
        ],
        ids=str,
    )
    def test_claims(self, client, provider, staff, claims):
        now = time.time()
        provider.claims |= {
            name: int(now + one.total_seconds()) if isinstance(one, timedelta) else one for name, one in claims.items()
        }
        provider.sign = lambda made: provider.signed({name: one for name, one in made.items() if one is not None})
        self.refused(client, provider)

    def test_two_audiences_are_fine_if_it_was_issued_to_us(self, client, provider, staff):
        provider.claims |= {"aud": [CLIENT, "another"], "azp": CLIENT}
        assert come(client, provider).status_code == 302

    def test_unsigned(self, client, provider, staff):
        provider.sign = unsigned
        self.refused(client, provider)

    def test_signed_by_somebody_else_under_the_providers_name(self, client, provider, staff):
        forger = new_key()
        provider.sign = lambda claims: jwt.encode(claims, forger, algorithm="RS256", headers={"kid": "first"})
        self.refused(client, provider)

    def test_signed_with_an_unknown_key(self, client, provider, staff):
        provider.sign = lambda claims: provider.signed(claims, kid="unknown")
        self.refused(client, provider)

    @pytest.mark.parametrize("confused", [False, True])
    def test_signed_with_what_is_no_key_of_the_provider(self, client, provider, staff, confused):
        """HS256 with the shared secret, or with the public key taken for one (algorithm confusion)."""
        public = provider.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        provider.sign = lambda claims: symmetric(claims, public if confused else SECRET.encode())
        self.refused(client, provider)

    def test_altered_after_signing(self, client, provider, staff):
        def altered(claims: dict[str, Any]) -> str:
            head, _body, signature = provider.signed(claims).split(".")
            body = encoded(json.dumps({**claims, "preferred_username": "101"}).encode())
            return f"{head}.{body}.{signature}"

        provider.sign = altered
        self.refused(client, provider)

    @pytest.mark.parametrize("token", ["", "not.a.token", "x"])
    def test_no_token_at_all(self, client, provider, staff, token):
        provider.sign = lambda _claims: token
        self.refused(client, provider)


class TestFalseReturns:
    def test_another_state(self, client, provider, staff):
        back = provider.visit(leave(client))
        assert_refused(client, client.get(back.replace("state=", "state=x")), "已经失效")
        assert "/token" not in provider.asked

    def test_nobody_left(self, client, provider, staff):
        address = provider.visit(leave(client))
        stranger = Client()  # another browser: an address that was slipped to somebody signs nobody in
        assert_refused(stranger, stranger.get(address), "不是从本页面发起的")

    def test_too_late(self, client, provider, staff):
        back = provider.visit(leave(client))
        with time_machine.travel(timezone.now() + timedelta(minutes=11)):
            assert_refused(client, client.get(back), "已经失效")

    def test_the_same_address_twice(self, client, provider, staff):
        back = provider.visit(leave(client))
        assert client.get(back).status_code == 302
        client.post("/logout/")
        Entry.objects.get(action="login.oidc")
        response = client.get(back)
        assert response.status_code == 403
        assert "已经失效" in response.content.decode()
        assert not is_signed_in(client)

    def test_a_code_that_was_used(self, client, provider, staff):
        """The session still waits, but the provider knows the code no more."""
        back = provider.visit(leave(client))
        provider.codes.clear()
        assert_refused(client, client.get(back), "已经用过一次")

    def test_a_code_of_another_sign_on(self, client, provider, staff):
        """A stolen code does not fit the thief's verifier (PKCE)."""
        stolen = parse_qs(urlsplit(provider.visit(leave(Client()))).query)["code"][0]
        state = parse_qs(urlsplit(leave(client)).query)["state"][0]
        assert_refused(client, client.get(BACK, {"code": stolen, "state": state}), "已经失效")

    def test_another_issuer_answers(self, client, provider, staff):
        back = provider.visit(leave(client))
        assert_refused(client, client.get(f"{back}&iss=https://another.example"), "没有通过核验")

    def test_an_issuer_that_should_name_itself(self, client, provider, staff):
        provider.metadata = {"authorization_response_iss_parameter_supported": True}
        assert_refused(client, come(client, provider), "没有通过核验")
        back = provider.visit(leave(client))
        assert client.get(f"{back}&iss={provider.issuer}").status_code == 302

    @pytest.mark.parametrize(
        ("error", "sentence"),
        [
            ("access_denied", "您取消了登录"),
            ("temporarily_unavailable", "temporarily_unavailable"),
            ("<script>", "没有完成登录（-）"),
        ],
    )
    def test_the_provider_declines(self, client, provider, staff, error, sentence):
        response = client.get(provider.visit(leave(client), error=error))
        assert_refused(client, response, sentence)


class TestFaults:
    def refused(self, client, response):
        assert_refused(client, response, "暂时无法使用", 502)

    def test_nobody_answers(self, client, provider, staff, settings):
        settings.OIDC = OidcOptions("http://127.0.0.1:9", CLIENT, SECRET)
        self.refused(client, client.get("/sign-on/"))

    @pytest.mark.parametrize(
        "metadata",
        [
            {"issuer": "https://another.example"},
            {"token_endpoint": None},
            {"jwks_uri": "http://another.example/jwks"},
            {"authorization_endpoint": "javascript:alert(1)"},
            {"userinfo_endpoint": 7},
        ],
        ids=str,
    )
    def test_a_description_that_cannot_be_trusted(self, client, provider, staff, metadata):
        provider.metadata = metadata
        self.refused(client, client.get("/sign-on/"))

    @pytest.mark.parametrize("answer", [(500, b"{}"), (200, b"<html>"), (200, b"[]"), (302, b"http://127.0.0.1:9/")])
    @pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/jwks"])
    def test_an_answer_that_cannot_be_read(self, client, provider, staff, path, answer):
        provider.answers[path] = answer
        response = client.get("/sign-on/")
        if response.status_code == 302:
            response = client.get(provider.visit(response["Location"]))
        self.refused(client, response)

    def test_a_wrong_secret_of_ours(self, client, provider, staff, settings):
        settings.OIDC = OidcOptions(provider.issuer, CLIENT, "old secret")
        self.refused(client, come(client, provider))


class TestLogout:
    def test_ends_the_session_at_the_provider_too(self, client, provider, staff):
        come(client, provider)
        location = urlsplit(client.post("/logout/")["Location"])
        query = parse_qs(location.query)
        assert f"{location.scheme}://{location.netloc}{location.path}" == f"{provider.issuer}/logout"
        assert query["post_logout_redirect_uri"] == ["http://testserver/login/"]
        assert jwt.decode(query["id_token_hint"][0], options={"verify_signature": False})["sub"] == "subject-1"
        assert not is_signed_in(client)
        assert Entry.objects.filter(action="logout").exists()

    @pytest.mark.parametrize("place", [None, "https://elsewhere.example/logout"])
    def test_says_so_where_that_is_not_possible(self, client, provider, staff, place):
        provider.metadata = {"end_session_endpoint": place}
        come(client, provider)
        response = client.post("/logout/", follow=True)
        assert response.redirect_chain == [("/login/", 302)]
        assert "请关闭浏览器" in response.content.decode()

    def test_a_session_of_our_own_password_ends_here(self, client, provider, staff):
        client.force_login(staff, backend="organization.backends.StaffNumberBackend")
        assert client.post("/logout/")["Location"] == "/login/"


class TestLoginPage:
    def test_offers_it_only_when_configured(self, client, provider, staff, settings):
        page = client.get("/login/?next=/people/").content.decode()
        assert 'href="/sign-on/?next=/people/"' in page
        assert page.count("btn-primary") == 1
        settings.OIDC = None
        assert "统一身份认证" not in client.get("/login/").content.decode()

    @pytest.mark.parametrize("path", ["/sign-on/", BACK])
    def test_no_such_page_when_off(self, client, path):
        assert client.get(path).status_code == 404
        assert client.post(path).status_code == 405

    def test_our_own_passwords_stay_valid(self, client, provider):
        make_employee(make_bureau("XS"), "102", password="correct-horse-9")
        assert client.post("/login/", {"username": "102", "password": "correct-horse-9"}).status_code == 302
        assert Entry.objects.get().action == "login"
