"""The second wall: what PostgreSQL gives a session that names a bureau, another one, all of them, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.checks import run_checks
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from audit.models import ChainHead, Entry, Seal, confidential_chain
from audit.services import record, seal_chains
from common import tenancy
from common.postgresql import roles
from indicators.models import PointVersion, Result
from organization.middleware import OwnBureauMiddleware
from organization.models import Bureau, Employee, Role
from perfmgmt import recording
from perfmgmt.models import JobRun
from tests.factories import make_bureau, make_employee, make_point, make_result

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]

SHARED = {
    "django_migrations": "of the installation",
    "django_content_type": "of the installation",
    "django_session": "a key that nobody guesses opens it; whose it is stands inside",
    "auth_group": "unused",
    "auth_permission": "of the installation",
    "auth_group_permissions": "unused",
    "axes_accessattempt": "failed logins, under numbers that need not be anybody's",
    "axes_accessattemptexpiration": "failed logins",
    "axes_accessfailurelog": "failed logins",
    "axes_accesslog": "logins",
    "organization_calendaryear": "the state's working days are everybody's",
    "organization_calendarday": "the state's working days are everybody's",
    "scoring_wave": "of the installation: which quarter is scored for all; its units have a policy",
    "perfmgmt_jobrun": "written around every job, whosever it is; ids and dates, and pages narrow it (visible_to)",
}
"""Tables without a policy and why; those of Celery (django_celery_*) hold ids of jobs."""


@pytest.fixture(autouse=True)
def _plain_role() -> None:
    if roles.passes_policies(connection):
        pytest.skip("the role of DATABASE_URL is a superuser, whom no policy holds back")


class Town:
    """Two bureaus with a person, a point, a result and audit lines each."""

    def __init__(self) -> None:
        self.own, self.other = make_bureau("JIA", name="甲县局"), make_bureau("YI", name="乙县局")
        self.people = {}
        for bureau in (self.own, self.other):
            person = make_employee(bureau, f"{bureau.code}1", roles=[Role.Kind.OFFICE])
            make_result(person, make_point(bureau, f"{bureau.code}K"))
            for confidential in (False, True):
                record(actor=person, action="login", target=person, confidential=confidential)
            self.people[bureau.code] = person
        self.person, self.stranger = self.people["JIA"], self.people["YI"]
        seal_chains()


@pytest.fixture
def town() -> Town:
    return Town()


def asked(person: Any, view: Callable[[HttpRequest], Any]) -> Any:
    """What a view sees in a request of the person."""
    seen: list[Any] = []

    def answer(request: HttpRequest) -> HttpResponse:
        seen.append(view(request))
        return HttpResponse()

    request = RequestFactory().get("/")
    request.user = person
    OwnBureauMiddleware(answer)(request)
    return seen[0]


def everything(_request: Any = None) -> set[str]:
    """The bureaus of whatever can be read by asking for all of it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT e.number FROM organization_employee e JOIN indicators_result r ON r.employee_id = e.id")
        raw = {number[:-1] for (number,) in cursor.fetchall()}
    rows: dict[str, Iterator[str]] = {
        "raw": iter(raw),
        "bureaus": iter(Bureau.objects.values_list("code", flat=True)),
        "people": (number[:-1] for number in Employee.objects.values_list("number", flat=True)),
        "roles": (number[:-1] for number in Role.objects.values_list("employee__number", flat=True)),
        "results": iter(Result.objects.values_list("bureau__code", flat=True)),
        "versions": (code[:-1] for code in PointVersion.objects.values_list("point__code", flat=True)),
        "lines": (code.removeprefix("~") for code in Entry.objects.values_list("bureau_code", flat=True)),
        "seals": (code.removeprefix("~") for code in Seal.objects.values_list("bureau_code", flat=True)),
        "heads": (code.removeprefix("~") for code in ChainHead.objects.values_list("bureau_code", flat=True)),
    }
    return {code for codes in rows.values() for code in codes}


def test_every_table_has_its_policy_or_a_reason() -> None:
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT relname, relrowsecurity AND relforcerowsecurity AND EXISTS (
                SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polcmd = '*' AND polqual IS NOT NULL)
            FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')""")
        kept = dict(cursor.fetchall())
    open_to_all = {table for table, is_kept in kept.items() if not is_kept and not table.startswith("django_celery_")}
    assert open_to_all == set(SHARED)  # a new table: docs/isolation.md tells how to give it a policy


def test_a_request_that_forgets_its_scope_sees_one_bureau(town: Town) -> None:
    assert asked(town.person, everything) == {"JIA"}
    assert asked(town.stranger, everything) == {"YI"}
    assert asked(AnonymousUser(), everything) == set()
    assert everything() == {"JIA", "YI"}  # as the tests, across all


def test_the_longest_code_has_its_confidential_chain() -> None:
    """The policy works the chain's name out as audit.models does."""
    bureau = make_bureau("Z" * 32)
    record(actor=None, action="login", bureau=bureau, confidential=True)
    with tenancy.within(bureau.pk):
        assert Entry.objects.get().bureau_code == confidential_chain(bureau.code)


def refused(write: Callable[[], object]) -> bool:
    try:
        with transaction.atomic():
            write()
    except ProgrammingError as error:
        return "row-level security" in str(error)
    return False


def test_nothing_is_written_into_another_bureau(town: Town) -> None:
    theirs = Result.objects.get(bureau=town.other)
    role = Role.objects.get(employee=town.stranger)

    def tries(_request: Any) -> list[object]:
        mine = Result.objects.get()
        return [
            Result.objects.filter(pk=theirs.pk).update(note="x"),
            Role.objects.filter(pk=role.pk).delete()[0],
            refused(lambda: Result.objects.filter(pk=mine.pk).update(bureau=town.other)),
            refused(lambda: Role.objects.create(employee=town.stranger, kind=Role.Kind.DIRECTOR)),
            refused(lambda: make_bureau("BING")),
            refused(lambda: record(actor=None, action="login", bureau=town.other)),
        ]

    assert asked(town.person, tries) == [0, 0, True, True, True, True]
    assert Result.objects.get(pk=theirs.pk).note == theirs.note


def in_force() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('perfmgmt.bureau', true)")
        return str(cursor.fetchone()[0])


def test_a_scope_ends_with_its_block_whatever_became_of_the_transaction(town: Town) -> None:
    """A transaction or savepoint taken back takes the session's variable back too; the next statement sets it anew."""
    own, other = str(town.own.pk), str(town.other.pk)
    with tenancy.within(town.own.pk):
        assert in_force() == own
        with suppress(ZeroDivisionError), transaction.atomic(), tenancy.within(town.other.pk):
            assert in_force() == other
            raise ZeroDivisionError
        assert in_force() == own
        with tenancy.within(town.other.pk):
            with suppress(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT 1/0")
            assert in_force() == other
            with transaction.atomic(), tenancy.across():
                assert in_force() == tenancy.EVERYBODY
            assert in_force() == other
        assert in_force() == own
    with tenancy.closed():
        assert in_force() == tenancy.NOBODY
        assert everything() == set()


def test_a_cursor_made_in_one_scope_asks_in_the_next(town: Town) -> None:
    with connection.cursor() as cursor:
        for bureau in (town.own, town.other):
            with tenancy.within(bureau.pk):
                cursor.execute("SELECT code FROM organization_bureau")
                assert cursor.fetchall() == [(bureau.code,)]


def test_the_variable_costs_no_question_that_is_counted(town: Town, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        for bureau in (town.own, town.other):
            with tenancy.within(bureau.pk):
                assert Employee.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_requests_on_one_connection_leave_nothing_to_each_other() -> None:
    town = Town()

    def process() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return int(cursor.fetchone()[0])

    def fails(_request: Any) -> None:
        with suppress(ZeroDivisionError), transaction.atomic():
            assert everything() == {"JIA"}
            raise ZeroDivisionError

    with tenancy.closed():  # as a thread of the web server
        before = process()
        assert asked(town.person, everything) == {"JIA"}
        assert everything() == set()
        assert asked(town.person, fails) is None
        assert asked(town.stranger, everything) == {"YI"}
        assert asked(AnonymousUser(), everything) == set()
        assert process() == before
        connection.close()  # what comes out of a pool, or is new, was told nothing yet
        assert asked(town.stranger, everything) == {"YI"}


def test_a_job_of_a_bureau_sees_that_bureau_and_another_says_across(town: Town) -> None:
    def of_one(bureau_id: int) -> None:
        seen.append(everything())

    def of_none() -> None:
        seen.append(everything())

    seen: list[set[str]] = []
    recorded = recording.recorded
    recorded("tests.of_one", of_one, (town.other.pk,))
    recorded("tests.of_none", of_none)
    recorded("tests.of_all", tenancy.across()(of_none))
    assert seen == [{"YI"}, set(), {"JIA", "YI"}]
    assert JobRun.objects.filter(state=JobRun.State.DONE).count() == 3


def test_a_role_that_no_policy_holds_back_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def warnings() -> list[str | None]:
        return [found.id for found in run_checks(databases=["default"], include_deployment_checks=True)]

    assert "perfmgmt.W001" not in warnings()
    monkeypatch.setattr(roles, "WHOM_NOTHING_HOLDS", "SELECT true")
    assert "perfmgmt.W001" in warnings()
