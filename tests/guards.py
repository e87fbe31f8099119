"""Lets the tests do what the audit triggers refuse: empty the tables between tests, and tamper on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.db import connection
from django.test import TransactionTestCase

from organization.models import CalendarDay, CalendarYear

TABLES = ("audit_entry", "audit_seal")


@contextmanager
def audit_guards_lifted() -> Iterator[None]:
    """Without the triggers inside the block; outside they stand as the migrations made them."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            yield
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        else:
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN (%s, %s)", TABLES
            )
            triggers = cursor.fetchall()
            for name, _sql in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
            yield
            for _name, sql in triggers:
                cursor.execute(sql)


@contextmanager
def flush_allowed() -> Iterator[None]:
    """Transactional tests end with a flush: the triggers step aside, and the calendar of the migrations comes back."""
    setup, teardown = vars(TransactionTestCase)["_fixture_setup"], TransactionTestCase._fixture_teardown

    def setup_and_remember(cls: type[TransactionTestCase]) -> None:
        setup.__func__(cls)
        _calendar()

    def teardown_past_the_guards(case: Any) -> None:
        with audit_guards_lifted():
            teardown(case)
        years, days = _calendar()
        CalendarYear.objects.bulk_create(years)
        CalendarDay.objects.bulk_create(days)

    TransactionTestCase._fixture_setup = classmethod(setup_and_remember)
    TransactionTestCase._fixture_teardown = teardown_past_the_guards
    try:
        yield
    finally:
        TransactionTestCase._fixture_setup, TransactionTestCase._fixture_teardown = setup, teardown


@cache
def _calendar() -> tuple[list[CalendarYear], list[CalendarDay]]:
    return list(CalendarYear.objects.all()), list(CalendarDay.objects.all())
