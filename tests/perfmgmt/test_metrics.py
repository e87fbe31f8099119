"""`/metrics`: who may read it, what it says, and one line of the log for each request."""

from __future__ import annotations

import io
import json
import logging
from datetime import timedelta
from ipaddress import ip_network
from logging.config import dictConfig

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from notifications.models import Delivery
from perfmgmt.metrics import RequestTimesMiddleware
from tests.factories import make_bureau, make_employee

pytestmark = pytest.mark.django_db


def figures(client: Client) -> dict[tuple[str, ...], float]:
    """Each sample by its name and the values of its labels in alphabetical order."""
    text = client.get("/metrics").content.decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.parametrize(
    ("remote", "forwarded", "status"),
    [
        ("127.0.0.1", "", 200),
        ("10.1.2.3", "", 200),
        ("::1", "", 403),
        ("10.2.0.1", "", 403),
        ("", "", 403),
        ("127.0.0.1", "10.1.9.9", 200),
        ("127.0.0.1", "203.0.113.9", 403),
        ("127.0.0.1", "10.1.9.9, 203.0.113.9", 403),
        ("127.0.0.1", "localhost", 403),
        ("203.0.113.9", "127.0.0.1", 403),
    ],
)
def test_only_listed_addresses_read_also_through_a_proxy(client: Client, settings, remote, forwarded, status):
    settings.METRICS_ALLOWED = [ip_network("127.0.0.1"), ip_network("10.1.0.0/16")]
    headers = {"x_forwarded_for": forwarded} if forwarded else {}
    answer = client.get("/metrics", REMOTE_ADDR=remote, headers=headers)
    assert answer.status_code == status
    assert ("METRICS_ALLOWED" in answer.content.decode()) == (status == 403)


def test_requests_are_counted_by_address_name_and_probes_are_not(client: Client):
    counted = ("perfmgmt_request_seconds_count", "GET", "2xx", "organization:login")
    strange = ("perfmgmt_request_seconds_count", "GET", "3xx", "unknown")
    before = figures(client)
    for path in ("/login/", "/login/", "/no-such/page/", "/healthz"):
        client.get(path)
    after = figures(client)
    assert after[counted] - before.get(counted, 0) == 2
    assert after[strange] - before.get(strange, 0) == 1
    assert not any("healthz" in labels or "metrics" in labels for labels in after)


def test_an_invented_method_makes_no_series_of_its_own(client: Client):
    client.generic("BREW", "/login/")
    assert not any("BREW" in labels for labels in figures(client))


def test_a_request_that_not_even_the_error_page_answers_is_counted(client: Client):
    """As where the static files were not collected: every page fails, and the page that says so fails with it."""
    broken = ("perfmgmt_request_seconds_count", "GET", "5xx", "unknown")
    before = figures(client).get(broken, 0)

    def fail(request: HttpRequest) -> HttpResponse:
        raise ValueError("no page at all")

    with pytest.raises(ValueError, match="no page at all"):
        RequestTimesMiddleware(fail)(RequestFactory().get("/login/"))
    assert figures(client)[broken] - before == 1


def test_what_waits_and_what_is_down_can_be_seen(client: Client, settings):
    settings.REDIS_URL = "unix:///nowhere/redis.sock"
    now = timezone.now()
    person = make_employee(make_bureau("XS"), "102")
    Delivery.objects.create(
        bureau=person.bureau, channel="mail", recipient=person, subject="x", occasion="x", created_at=now,
        try_after=now - timedelta(minutes=5),
    )  # fmt: skip
    seen = figures(client)
    assert seen["perfmgmt_part_up", "database"] == 1
    assert seen["perfmgmt_part_up", "broker"] == 0
    assert seen["perfmgmt_deliveries", "waiting"] == 1
    assert seen["perfmgmt_deliveries", "given_up"] == 0
    assert 300 <= seen[("perfmgmt_delivery_delay_seconds",)] < 400
    assert ("perfmgmt_queue_length",) not in seen


def test_no_series_for_a_bureau_or_a_person(client: Client):
    one = figures(client).keys()
    for code in ("AA", "BB", "CC"):
        make_employee(make_bureau(code), f"{code}1")
    assert figures(client).keys() == one


def test_a_request_leaves_one_line_without_what_was_searched(client: Client, caplog):
    with caplog.at_level(logging.INFO, "perfmgmt.requests"):
        client.get("/login/?next=/people/%3Fq%3D张伟")
        client.get("/healthz")
    (line,) = [record for record in caplog.records if record.name == "perfmgmt.requests"]
    assert line.getMessage().startswith("GET /login/ 200 ")
    assert vars(line)["status"] == 200


def test_a_line_can_be_one_object(client: Client):
    """With LOG_FORMAT=json; the handler is set up as settings do, into a text instead of standard error."""
    person = make_employee(make_bureau("XS"))
    client.force_login(person)
    said = io.StringIO()
    handler = {**settings.LOGGING["handlers"]["console"], "formatter": "json", "stream": said}
    try:
        dictConfig({**settings.LOGGING, "handlers": {"console": handler}})
        answer = client.get("/todo/", headers={"x_request_id": "7f3c-2b1a-9d"})
    finally:
        dictConfig(settings.LOGGING)
    assert answer.status_code == 200
    (line,) = [one for one in map(json.loads, said.getvalue().splitlines()) if one["logger"] == "perfmgmt.requests"]
    assert line["request_id"] == "7f3c-2b1a-9d"
    assert (line["level"], line["method"], line["path"], line["status"]) == ("INFO", "GET", "/todo/", 200)
    assert line["bureau"] == str(person.bureau_id)
    assert line["time"].startswith("20")
