"""Lets the tests do what the triggers refuse: empty the tables between tests, and tamper on purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any

from django.db import connection, transaction
from django.test import TransactionTestCase

from organization.models import CalendarDay, CalendarYear

AUDIT = ("audit_entry", "audit_seal")


@contextmanager
def guards_lifted(*tables: str) -> Iterator[None]:
    """Without the triggers of these tables inside the block; outside they stand as the migrations made them."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what is still to be checked holds the tables
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            yield
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        else:
            cursor.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = [row for row in cursor.fetchall() if row[1] in tables]
            for name, _table, _sql in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
            yield
            for _name, _table, sql in triggers:
                cursor.execute(sql)


def audit_guards_lifted() -> AbstractContextManager[None]:
    """The audit log open to tampering."""
    return guards_lifted(*AUDIT)


# TRUNCATE of all tables writes some hundred files anew; a test fills a few tables with a few rows.
EMPTY_WHAT_IS_FILLED = """
DO $$ DECLARE name text; filled boolean; BEGIN
  FOR name IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL ('{%s}') LOOP
    EXECUTE 'SELECT EXISTS (SELECT FROM ' || name || ')' INTO filled;
    IF filled THEN EXECUTE 'DELETE FROM ' || name; END IF;
  END LOOP;
END $$"""
KEPT = ("django_migrations", "django_content_type", "auth_permission")


def empty_tables(case: Any, flush: Callable[[Any], None]) -> None:
    """What Django's flush does, past the triggers; on PostgreSQL quicker, where the role may set its triggers aside."""
    if connection.vendor != "postgresql":
        with guards_lifted(*connection.introspection.table_names()):
            flush(case)
        return
    with transaction.atomic(), connection.cursor() as cursor:
        if may_set_triggers_aside(cursor):
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(EMPTY_WHAT_IS_FILLED % ",".join(KEPT))
            return
    with guards_lifted(*AUDIT):
        flush(case)


def may_set_triggers_aside(cursor: Any) -> bool:
    """A superuser may, and from PostgreSQL 15 on whoever was granted it, as the role of tests/services."""
    if connection.pg_version < 150000:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    else:
        cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
    return bool(cursor.fetchone()[0])


@contextmanager
def flush_allowed() -> Iterator[None]:
    """Transactional tests end with a flush: the triggers step aside, and the calendar of the migrations comes back."""
    setup, teardown = vars(TransactionTestCase)["_fixture_setup"], TransactionTestCase._fixture_teardown

    def setup_and_remember(cls: type[TransactionTestCase]) -> None:
        setup.__func__(cls)
        _calendar()

    def teardown_past_the_guards(case: Any) -> None:
        empty_tables(case, teardown)
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
