"""A refusal is a sentence in the shape that the caller reads; every answer carries its request's id."""

import logging

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import Client, RequestFactory

from common import tenancy
from common.errors import Conflict, DomainError, Refused
from common.middleware import (
    OriginFilter,
    RequestIdMiddleware,
    SentenceErrorsMiddleware,
    _forget_request_id,
    current_request_id,
)
from tests.factories import make_bureau, make_employee

SENTENCE = "名额已满，请选择其他任务。"


@pytest.fixture(autouse=True)
def _no_request_left_behind():
    yield
    _forget_request_id()


@pytest.fixture
def answer(rf: RequestFactory):
    def refuse(error: Exception, **headers: str) -> HttpResponse | None:
        request = rf.get("/market/", headers=headers)
        request.user = AnonymousUser()
        return SentenceErrorsMiddleware(lambda _request: HttpResponse()).process_exception(request, error)

    return refuse


@pytest.mark.django_db
def test_a_person_gets_a_page(answer):
    response = answer(Conflict(SENTENCE), accept="text/html")
    assert response.status_code == 409
    assert SENTENCE in response.content.decode()
    assert "<html" in response.content.decode()


def test_htmx_gets_a_fragment(answer):
    response = answer(Refused(SENTENCE), accept="text/html", hx_request="true")
    assert response.status_code == 403
    assert SENTENCE in response.content.decode()
    assert "<html" not in response.content.decode()


def test_a_program_gets_json(answer):
    response = answer(DomainError(SENTENCE, code="full", fields={"task": "满"}), accept="application/json")
    assert response.status_code == 400
    assert b'"code": "full"' in response.content
    assert response["Content-Type"] == "application/json"


def test_a_programming_error_is_not_dressed_up(answer):
    assert answer(ValueError("bug")) is None


def seen_id(rf: RequestFactory, **headers: str) -> tuple[str, str]:
    seen = []

    def view(_request):
        seen.append(current_request_id())
        return HttpResponse()

    response = RequestIdMiddleware(view)(rf.get("/", headers=headers))
    return seen[0], response["X-Request-ID"]


def test_a_request_has_one_id_inside_and_outside(rf: RequestFactory):
    inside, outside = seen_id(rf)
    assert inside == outside
    assert len(inside) == 32


def test_the_id_is_forgotten_when_the_answer_is_sent(client: Client):
    assert client.get("/healthz")["X-Request-ID"]
    assert current_request_id() == ""


def test_the_proxys_id_is_kept_and_a_malformed_one_is_not(rf: RequestFactory):
    assert seen_id(rf, x_request_id="7f3c-2b1a-9d")[0] == "7f3c-2b1a-9d"
    assert seen_id(rf, x_request_id="x y: injected")[0] != "x y: injected"


@pytest.mark.parametrize(
    ("scope", "bureau"), [(tenancy.closed(), "-"), (tenancy.within(7), "7"), (tenancy.across(), "*")]
)
def test_a_log_line_names_its_request_and_bureau(scope, bureau):
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "said", None, None)
    with scope:
        assert OriginFilter().filter(record) is True
    assert (vars(record)["request_id"], vars(record)["bureau"]) == ("-", bureau)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/no-such-page/", "/no-such-page", "/people/0/", "/ranking/no/"])
def test_what_does_not_exist_gets_a_page_also_with_debug_on(client: Client, settings, path):
    settings.DEBUG = True
    response = client.get(path, follow=True)
    assert response.status_code in (200, 404)  # 200: the login page, for addresses behind it
    assert "Django" not in response.content.decode()
    assert "URLconf" not in response.content.decode()


@pytest.mark.django_db
def test_the_address_of_a_button_opened_as_a_page_says_so(client: Client):
    client.force_login(make_employee(make_bureau()))
    response = client.get("/ledger/personal/export/")
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert "不能直接打开；没有改变任何内容。" in response.content.decode()
    answer = client.get("/ledger/personal/export/", headers={"accept": "application/json"})
    assert answer.json()["code"] == "method_not_allowed"


@pytest.mark.django_db
def test_an_unknown_address_of_the_api_answers_in_its_shape(client: Client):
    response = client.get("/api/v1/no-such-thing/")
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"
    assert set(response.json()) == {"code", "message", "fields"}


@pytest.mark.django_db
@pytest.mark.parametrize(("cookie", "sentence"), [(None, "zh-hans"), ("en", "en"), ("xx", "zh-hans")])
def test_the_language_is_the_chosen_one_not_the_browsers(client: Client, cookie, sentence):
    if cookie:
        client.cookies["django_language"] = cookie
    response = client.get("/login/", headers={"accept-language": "en-US,en;q=0.9"})
    assert f'lang="{sentence}"' in response.content.decode()
