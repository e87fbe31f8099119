"""What a line says, and that nothing but adding lines is possible."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from audit.models import AppendOnlyError, ChainHead, Entry, Seal
from audit.services import compose, record, record_many, seal_chains
from audit.signing import entry_is_authentic
from tests.factories import make_bureau, make_employee
from tests.guards import audit_guards_lifted

pytestmark = pytest.mark.django_db


def test_line_says_who_what_and_whose():
    bureau = make_bureau("XS")
    office = make_employee(bureau, "101", name="王敏")
    entry = record(actor=office, action="bureau.change", target=bureau, before={"name": "旧"}, after={"name": "新"})
    entry.refresh_from_db()
    assert (entry.actor, entry.actor_id, entry.bureau_code) == ("王敏（101）", office.pk, "XS")
    assert (entry.target_type, entry.target_id, entry.target) == ("organization.bureau", str(bureau.pk), "XS县税务局")
    assert (entry.before, entry.after, entry.reason) == ({"name": "旧"}, {"name": "新"}, "")


def test_the_system_acts_under_its_own_name_in_the_targets_bureau():
    bureau = make_bureau("XS")
    of_person = record(actor=None, action="x", target=make_employee(bureau, "101"))
    of_bureau = record(actor=None, action="x", target=bureau)
    nowhere = record(actor=None, action="x", label="全部")
    assert [(e.actor, e.actor_id, e.bureau_code) for e in (of_person, of_bureau, nowhere)] == [
        ("系统", None, "XS"),
        ("系统", None, "XS"),
        ("系统", None, ""),
    ]


def test_values_come_back_as_they_were_signed():
    values = {
        "points": Decimal("1.50"),
        "day": date(2023, 1, 2),
        "share": 0.1,
        "big": 1e22,
        "text": "a\x00b\\u0000",
        "n": 3,
    }
    entry = record(actor=None, action="x", after=values, reason="c\x00d")
    entry.refresh_from_db()
    assert entry.after == {
        "points": "1.50",
        "day": "2023-01-02",
        "share": "0.1",
        "big": "1e+22",
        "text": "ab\\u0000",
        "n": 3,
    }
    assert entry.reason == "cd"
    assert entry_is_authentic(entry)


def test_long_names_are_shortened():
    entry = record(actor=None, action="x", label="名" * 300)
    assert len(entry.target) == 200
    assert entry.target.endswith("…")


def test_many_lines_at_once(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert record_many(compose(actor=None, action="x", label=str(n)) for n in range(3)) == 3
    assert all(map(entry_is_authentic, Entry.objects.all()))


def test_line_carries_the_request_id(client: Client):
    employee = make_employee(make_bureau(), "101", password="correct-horse")
    client.post("/login/", {"username": "101", "password": "correct-horse"}, headers={"X-Request-ID": "request-0001"})
    assert Entry.objects.get(actor_id=employee.pk).request_id == "request-0001"


@pytest.mark.parametrize(
    "tamper",
    [
        lambda entry: Entry.objects.update(reason="x"),
        lambda entry: Entry.objects.all().delete(),
        lambda entry: entry.save(),
        lambda entry: entry.delete(),
        lambda entry: Seal.objects.update(hash="x"),
        lambda entry: Seal.objects.get().delete(),
    ],
)
def test_the_classes_only_add(tamper):
    entry = record(actor=None, action="x")
    seal_chains()
    with pytest.raises(AppendOnlyError):
        tamper(entry)


@pytest.mark.parametrize("table", ["audit_entry", "audit_seal"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET bureau_code = 'YS'", "DELETE FROM {}"])
def test_the_database_only_adds(table, statement):
    record(actor=None, action="x")
    seal_chains()
    with pytest.raises(DatabaseError, match="never changed or removed"), transaction.atomic():
        connection.cursor().execute(statement.format(table))
    with audit_guards_lifted():  # the control: it is the trigger that refused
        connection.cursor().execute(statement.format(table))


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["audit_entry", "audit_seal"])
def test_postgresql_refuses_to_truncate(table):
    with pytest.raises(DatabaseError, match="never changed or removed"), transaction.atomic():
        connection.cursor().execute(f"TRUNCATE {table}")


def test_sealing_makes_one_chain_for_each_bureau():
    for code in ("XS", "YS"):
        bureau = make_bureau(code)
        for _ in range(2):
            record(actor=None, action="x", target=bureau)
    assert seal_chains() == 4
    assert seal_chains() == 0
    record(actor=None, action="x", bureau=bureau)
    assert seal_chains() == 1
    assert list(Seal.objects.values_list("bureau_code", "position")) == [
        ("XS", 1),
        ("XS", 2),
        ("YS", 1),
        ("YS", 2),
        ("YS", 3),
    ]
    assert dict(ChainHead.objects.values_list("bureau_code", "length")) == {"XS": 2, "YS": 3}


def test_a_line_committed_late_is_sealed_at_the_end():
    """On PostgreSQL a smaller id may become visible after a larger one was sealed."""
    late, early = record(actor=None, action="x"), record(actor=None, action="y")
    with audit_guards_lifted():
        Entry.objects.filter(pk=late.pk)._raw_delete("default")
    seal_chains()
    late._state.adding = True
    late.save(force_insert=True)
    seal_chains()
    assert list(Seal.objects.values_list("entry_id", flat=True)) == [early.pk, late.pk]
