"""What monitors are told, and that they are told nothing else."""

from datetime import date

import pytest
import redis
from django.db import OperationalError
from django.test import Client

from organization.models import CalendarYear
from perfmgmt import health
from perfmgmt.jobs import HEARTBEAT_KEY, heartbeat
from tests.factories import make_bureau


class FakeBroker:
    """The few commands that the checks use."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def ping(self):
        return True

    def get(self, key):
        return self.kept.get(key)

    def set(self, key, value, ex):
        assert ex > 60
        self.kept[key] = value


class DeadBroker(FakeBroker):
    def ping(self):
        raise redis.ConnectionError("redis://user:password@host")

    def get(self, key):
        return self.ping()


@pytest.fixture
def broker(monkeypatch):
    fake = FakeBroker()
    for module in ("perfmgmt.health", "perfmgmt.jobs"):
        monkeypatch.setattr(f"{module}.broker_client", lambda: fake)
    return fake


def test_alive_needs_nothing(client: Client):
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"state": "up"}
    assert client.post("/healthz").status_code == 405


@pytest.mark.django_db
def test_ready_when_everything_works(client: Client, broker):
    heartbeat()
    response = client.get("/readyz")
    assert response.status_code == 200
    assert {name: part["state"] for name, part in response.json()["parts"].items()} == {
        "database": "up",
        "broker": "up",
        "beat": "up",
        "calendar": "up",
        "jobs": "up",
    }


@pytest.mark.django_db
def test_not_ready_without_a_heartbeat(client: Client, broker):
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["parts"]["beat"]["state"] == "down"
    assert response.json()["parts"]["broker"]["state"] == "up"


@pytest.mark.django_db
def test_not_ready_without_a_broker_and_no_address_leaks(client: Client, monkeypatch):
    monkeypatch.setattr("perfmgmt.health.broker_client", DeadBroker)
    response = client.get("/readyz")
    assert response.status_code == 503
    parts = response.json()["parts"]
    assert (parts["database"]["state"], parts["broker"]["state"], parts["beat"]["state"]) == ("up", "down", "down")
    assert "password" not in response.content.decode()


@pytest.mark.django_db
def test_a_year_without_its_calendar_is_a_warning_and_takes_nothing_down(client: Client, broker):
    heartbeat()
    CalendarYear.objects.all().delete()
    for year in (2023, 2024):
        CalendarYear.objects.create(year=year, source="国办发明电")
    bureau = make_bureau(is_demo=True, stands_on=date(2023, 9, 1))
    assert said(client) == (200, "up", "工作日历完整。")
    CalendarYear.objects.filter(year=2024).delete()
    code, state, sentence = said(client)
    assert (code, state) == (200, "up")
    assert sentence.startswith("注意：工作日历还没有 2024 年")
    bureau.stands_on = date(2024, 1, 2)
    bureau.save()
    code, state, sentence = said(client)
    assert (code, state) == (200, "up")
    assert sentence.startswith("注意：工作日历缺 2024、2025 年")


def said(client: Client) -> tuple[int, str, str]:
    response = client.get("/readyz")
    part = response.json()["parts"]["calendar"]
    return response.status_code, part["state"], part["message"]


@pytest.mark.django_db
def test_not_ready_without_a_database(client: Client, broker, monkeypatch):
    class Dead:
        def cursor(self):
            raise OperationalError("no route to host")

    monkeypatch.setattr(health, "connection", Dead())
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["parts"]["database"]["state"] == "down"


@pytest.mark.django_db
@pytest.mark.postgres
def test_the_heartbeat_reaches_a_real_broker(client: Client):
    """The second round of the suite has a Valkey (tests/services)."""
    heartbeat()
    with health.broker_client() as real:
        assert real.ttl(HEARTBEAT_KEY) > 60
    assert client.get("/readyz").status_code == 200
