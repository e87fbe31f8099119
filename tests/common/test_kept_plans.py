"""Kept plans: asked again a session plans nothing, and answers what it would have answered to the plain SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import NotSupportedError, connection, transaction
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from common import tenancy
from common.composed import composed_once
from common.postgresql import plans, roles
from common.statements import Statement
from organization.models import Department, Employee
from tests.factories import make_bureau, make_department, make_employee

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]

Named = Callable[..., list[str]]
NAMES = Statement("SELECT name FROM organization_department WHERE bureau_id = %(bureau)s AND name > %(after)s")


@pytest.fixture
def numbers() -> Named:
    """The staff numbers of a bureau, asked by a statement of this test alone."""

    @composed_once
    def ask(bureau: int, *, prefix: str = "") -> QuerySet[Employee, str]:
        rows = Employee.objects.filter(bureau=bureau, number__startswith=prefix)
        return rows.order_by("number").values_list("number", flat=True)

    return ask


def kept(table: str = "organization_employee") -> list[tuple[int, int]]:
    """For each plan on a table how often it was used, and how often PostgreSQL planned for one asking all the same."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements"
            " WHERE position(%s IN statement) > 0 ORDER BY prepare_time",
            [table],
        )
        return list(cursor.fetchall())


@pytest.fixture(autouse=True)
def _begun_anew() -> None:
    connection.ensure_connection()
    plans.forget(connection.connection)


def test_one_plan_answers_whatever_is_asked(numbers: Named) -> None:
    bureaus = [make_bureau(code) for code in ("JIA", "YI", "BING")]
    for bureau in bureaus:
        make_employee(bureau, f"{bureau.code}1")
    for _again in range(2):
        assert [numbers(bureau.pk) for bureau in bureaus] == [["JIA1"], ["YI1"], ["BING1"]]
    assert kept() == [(6, 0)]


def test_what_is_composed_in_stands_in_the_plan(numbers: Named) -> None:
    """Two statements whose SQL is the same but for values that do not differ from asking to asking are two."""
    bureau = make_bureau("JIA")
    for number in ("A1", "A%2", "B'1"):
        make_employee(bureau, number)
    for _again in range(2):
        assert numbers(bureau.pk, prefix="A%") == ["A%2"]
        assert numbers(bureau.pk, prefix="B'") == ["B'1"]
    assert kept() == [(2, 0), (2, 0)]


def test_moments_are_left_open_too() -> None:
    now = datetime(2023, 6, 20, 1, 2, 3, 456, tzinfo=UTC)
    make_employee(make_bureau("JIA"), "1", last_login=now)

    @composed_once
    def seen_since(moment: datetime) -> QuerySet[Employee, datetime | None]:
        return Employee.objects.filter(last_login__gte=moment).values_list("last_login", flat=True)

    assert seen_since(now) == [now]
    assert seen_since(now + timedelta(microseconds=1)) == []
    assert kept() == [(2, 0)]


def test_sql_by_hand_names_its_values(django_assert_num_queries: Any) -> None:
    bureau = make_bureau("JIA")
    for name in ("A", "B%"):
        make_department(bureau, name=name)
    for after, names in (("", {"A", "B%"}), ("A", {"B%"}), ("B%", set())):
        with django_assert_num_queries(1), connection.cursor() as cursor:
            cursor.execute(NAMES, {"bureau": bureau.pk, "after": after, "unused": 1})
            assert {name for (name,) in cursor.fetchall()} == names
    assert kept("organization_department") == [(3, 0)]


def test_a_log_shows_the_sql_and_not_the_name_of_its_plan(numbers: Named) -> None:
    with CaptureQueriesContext(
        connection,
    ) as log:
        numbers(7)
    (query,) = log.captured_queries
    assert query["sql"].startswith('SELECT "organization_employee"."number"')
    assert '"bureau_id" = 7' in query["sql"]


@contextmanager
def no_policy_holds() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (role,) = cursor.fetchone()
        cursor.execute("SET ROLE NONE")
        yield
        cursor.execute(f'SET ROLE "{role}"')


def test_a_plan_made_in_one_bureau_shows_another_nothing_of_it() -> None:
    """The statement forgets its scope: what it shows is what the policies let through, whoever had it planned."""
    own, other = make_bureau("JIA"), make_bureau("YI")
    for bureau in (own, other):
        make_employee(bureau, f"{bureau.code}1")

    @composed_once
    def everybody() -> QuerySet[Employee, str]:
        return Employee.objects.order_by("number").values_list("number", flat=True)

    if roles.passes_policies(connection):
        pytest.skip("the role of DATABASE_URL is a superuser, whom no policy holds back")
    for _again in range(2):
        with tenancy.within(own.pk):
            assert everybody() == ["JIA1"]
        with tenancy.closed():
            assert everybody() == []
            with no_policy_holds():
                assert everybody() == ["JIA1", "YI1"]
            assert everybody() == []
        with tenancy.within(other.pk):
            assert everybody() == ["YI1"]
            with suppress(ZeroDivisionError), transaction.atomic(), tenancy.within(own.pk):
                assert everybody() == ["JIA1"]
                raise ZeroDivisionError
            assert everybody() == ["YI1"]
        assert everybody() == ["JIA1", "YI1"]
    assert kept() == [(16, 0)]


def test_a_transaction_that_is_taken_back_takes_no_plan_with_it(numbers: Named) -> None:
    bureau = make_bureau("JIA")
    with suppress(ZeroDivisionError), transaction.atomic():
        assert numbers(bureau.pk) == []
        raise ZeroDivisionError
    assert numbers(bureau.pk) == []
    assert kept() == [(2, 0)]


def test_a_session_that_keeps_very_many_begins_anew(numbers: Named, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "MOST", 3)
    bureau = make_bureau("JIA")
    for prefix in "ABCDE":
        assert numbers(bureau.pk, prefix=prefix) == []
    assert kept() == [(1, 0)] * 2


@pytest.mark.django_db(transaction=True)
def test_a_new_session_knows_nothing_of_the_one_before(numbers: Named) -> None:
    for _session in range(2):
        assert numbers(7) == numbers(7) == []
        assert kept() == [(2, 0)]
        connection.close()


@contextmanager
def longer_names() -> Iterator[None]:
    """What a migration does to the type of a column while old processes go on asking."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE organization_department ALTER COLUMN name TYPE text")
        yield
        cursor.execute("ALTER TABLE organization_department ALTER COLUMN name TYPE varchar(100)")


@pytest.mark.django_db(transaction=True)
def test_after_a_migration_old_processes_are_answered() -> None:
    bureau = make_bureau("JIA")
    make_department(bureau, name="甲")

    @composed_once
    def names(bureau: int) -> QuerySet[Department, str]:
        return Department.objects.filter(bureau=bureau).values_list("name", flat=True)

    assert names(bureau.pk) == ["甲"]
    with longer_names():
        for _again in range(2):
            assert names(bureau.pk) == ["甲"]
        assert kept("organization_department") == [(1, 0)]
    # in a transaction nothing more can be asked once a statement was refused: it fails, and the next one does not
    with pytest.raises(NotSupportedError), transaction.atomic():
        names(bureau.pk)
    with transaction.atomic():
        assert names(bureau.pk) == ["甲"]
