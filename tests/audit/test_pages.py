"""The page of the log: for whom, what is found, whether it holds."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from audit.labels import AREAS, VERBS, action_label, field_label, value_label
from audit.models import Entry
from audit.queries import find_entries
from audit.services import record, seal_chains
from tests.factories import make_bureau, make_employee
from tests.guards import audit_guards_lifted

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def bureau():
    return make_bureau("XS")


@pytest.fixture
def office(bureau):
    return make_employee(bureau, "100", name="王敏", roles=["office"])


@pytest.fixture
def lines(bureau, office):
    record(actor=office, action="point.revise", bureau=bureau, label="K001", before={"x": 1}, after={"x": 2})
    record(actor=None, action="login.lock", bureau=bureau, label="102")
    record(actor=office, action="absence.add", bureau=bureau, label="张伟（102）", reason="住院")
    record(actor=None, action="login", bureau=make_bureau("YS"), label="900")


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("office", {"K001", "102", "张伟（102）"}),
        ("discipline", {"K001", "102", "张伟（102）"}),
        ("system_admin", None),
        ("director", None),
        ("department_head", None),
        ("", None),
    ],
)
def test_office_and_discipline_read_the_own_bureaus_log(client, bureau, lines, role, seen):
    person = make_employee(bureau, roles=[role] if role else [])
    client.force_login(person)
    response = client.get("/audit/")
    if seen is None:
        assert response.status_code == 403
        assert "绩效办和纪检" in response.content.decode()
        assert client.post("/audit/verify/").status_code == 403
        assert not Entry.objects.visible_to(person).exists()
    else:
        assert {line.target for line in response.context["lines"]} == seen


def test_another_bureaus_office_reads_its_own(client, lines):
    from organization.models import Bureau

    client.force_login(make_employee(Bureau.objects.get(code="YS"), roles=["office"]))
    assert {line.target for line in client.get("/audit/").context["lines"]} == {"900"}


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("q=住院", {"张伟（102）"}),
        ("q=k001", {"K001"}),
        ("actor=王敏", {"K001", "张伟（102）"}),
        ("actor=系统", {"102"}),
        ("action=login", {"102"}),
        ("action=nonsense", {"K001", "102", "张伟（102）"}),
        ("target=102", {"102", "张伟（102）"}),
        ("last=2000-01-01", set()),
        ("first=2000-01-01", {"K001", "102", "张伟（102）"}),
        ("first=x", {"K001", "102", "张伟（102）"}),
    ],
)
def test_search(client, office, lines, query, seen):
    client.force_login(office)
    assert {line.target for line in client.get(f"/audit/?{query}").context["lines"]} == seen


def test_days_are_those_of_shanghai(office, bureau):
    entry = record(actor=office, action="x")
    day = timezone.localdate(entry.at)
    assert entry in find_entries(office, first=day, last=day)
    assert entry not in find_entries(office, last=day - timedelta(days=1))
    assert entry not in find_entries(office, first=day + timedelta(days=1))


def test_shows_before_and_after_and_what_is_sealed(client, office, lines):
    seal_chains()
    record(actor=office, action="employee.change", target=office, before={"name": "王"}, after={"name": "王敏"})
    client.force_login(office)
    response = client.get("/audit/")
    content = response.content.decode()
    assert all(text in content for text in ("<del>王</del>", "<ins>王敏</ins>", "姓名", "人员·修改", "考点·修订"))
    assert [line.sealed for line in response.context["lines"]] == [False, True, True, True]
    assert (response.context["chain"].sealed, response.context["chain"].waiting) == (3, 1)


def test_verification_on_the_page(client, office, lines):
    client.force_login(office)
    assert "3 条逐一核对" in client.post("/audit/verify/").content.decode()
    with audit_guards_lifted():
        connection.cursor().execute("UPDATE audit_entry SET reason = 'x' WHERE target = 'K001'")
    assert "被改动过" in client.post("/audit/verify/").content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_number_of_queries(client, office, django_assert_num_queries, rows):
    for _n in range(rows):
        record(actor=office, action="x")
    client.force_login(office)
    with django_assert_num_queries(10):
        client.get("/audit/")


def test_every_action_has_a_name():
    """An action that is written somewhere in the source is called something on the page."""
    written = set()
    for app in settings.PROJECT_APPS:
        for file in Path(settings.BASE_DIR, app).rglob("*.py"):
            found = re.findall(r"""action\s*=\s*f?["']([a-z_]+(?:\.[a-z_]+)*)["']""", file.read_text(encoding="utf-8"))
            written |= {action for action in found if action not in {"store_true", "append"}}
    assert written
    unnamed = {
        action
        for action in written
        if action.partition(".")[0] not in AREAS or (action.partition(".")[2] or "add") not in VERBS
    }
    assert not unnamed


def test_labels():
    assert action_label("point.revise") == "考点·修订"
    assert action_label("login") == "登录"
    assert field_label("organization.employee", "joined_on") == "入职日期"
    assert field_label("", "address") == "来自"
    assert value_label("published", "indicators.quarter", "state") == value_label(
        "published", "indicators.quarter", "to"
    )
    assert value_label("published", "indicators.quarter", "state") == "已发布"
    assert field_label("organization.nothing", "unknown") == "unknown"
    assert [value_label(value) for value in (None, True, [1, None], {"a": False}, "x")] == [
        "",
        "是",
        "1、",
        "a：否",
        "x",
    ]
