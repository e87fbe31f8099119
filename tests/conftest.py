"""Which tests can run here, and what all of them share."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.middleware import csrf
from pytest_django import DjangoDbBlocker

from common import tenancy
from tests.migrated import copy_migrated, drop_migrated
from tests.rounds import Round, rounds_of

# Playwright's synchronous interface keeps an event loop in this thread, which Django would take for asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# The shell draws the same pages without the browser's own windows, for a quarter of the computing.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)

# Two cores shared by several processes say nothing about a single example's speed.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")

# A random token in a page could by chance spell the code or number that a test wants not to be there.
csrf.CSRF_ALLOWED_CHARS = "qxz"

POSTGRESQL = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
ELSEWHERE = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--round",
        type=Round,
        choices=list(Round),
        help="leave out what the other round of bootstrap.py test runs; without it, all that can run here runs",
    )


def pytest_configure() -> None:
    """What a test itself asks is asked of all bureaus; a request or a job inside it has its own (common.tenancy)."""
    tenancy.open_to_all()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselects what this machine cannot run, which the header says, and what the other round runs, which the end says."""
    missing = set()
    if CHROMIUM is None:
        missing.add("browser")
    if not POSTGRESQL:
        missing.add("postgres")
    here = config.getoption("round")
    stay: list[pytest.Item] = []
    out: list[pytest.Item] = []
    elsewhere = 0
    for item in items:
        marks = {marker.name for marker in item.iter_markers()}
        belongs = here is None or here in rounds_of(marks, getattr(item, "fixturenames", ()))
        elsewhere += not belongs
        (stay if belongs and not missing & marks else out).append(item)
    config.stash[ELSEWHERE] = elsewhere
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = stay


def pytest_collection_finish() -> None:
    """What was imported stays; looking through it for garbage again and again takes a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["elsewhere"] = session.config.stash.get(ELSEWHERE, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """With xdist only the workers collect; each says the same."""
    node.config.stash[ELSEWHERE] = getattr(node, "workeroutput", {}).get("elsewhere", 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    here = config.getoption("round")
    for other in (one for one in Round if here and one != here):
        left = config.stash.get(ELSEWHERE, 0)
        terminalreporter.write_line(f"round {here}: {left} of the tests asked for are left to the round {other}")


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """The last process to end is the one that started the others."""
    if config.getoption("numprocesses", None):
        drop_migrated(Path(config._tmp_path_factory.getbasetemp()))


def pytest_report_header() -> list[str]:
    lines = [f"database: {settings.DATABASES['default']['ENGINE'].rsplit('.', 1)[-1]}"]
    if not POSTGRESQL:
        lines.append("tests of PostgreSQL's own: left out, they run in the second round of bootstrap.py test")
    if CHROMIUM is None:
        lines.append(
            "browser tests: left out, there is no Chromium (apt-get install chromium-headless-shell or chromium, or set CHROMIUM)"
        )
    return lines


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest,
    django_db_modify_db_settings_parallel_suffix: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """One of several processes migrates; alone there is nothing to share."""
    if hasattr(request.config, "workerinput"):
        with django_db_blocker.unblock():
            copy_migrated(tmp_path_factory.getbasetemp().parent)


@pytest.fixture(scope="session")
def django_db_keepdb(request: pytest.FixtureRequest) -> bool:
    """Whether Django leaves a file of the database's name as it is: asked for, or the copy of the migrated one."""
    copied = hasattr(request.config, "workerinput") and not POSTGRESQL
    return copied or bool(request.config.getvalue("reuse_db"))


@pytest.fixture(autouse=True, scope="session")
def _flush_past_the_guards() -> Iterator[None]:
    """The audit log refuses to be emptied; between transactional tests it must be all the same."""
    from tests.guards import flush_allowed

    with flush_allowed():
        yield


@pytest.fixture(scope="module")
def built(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """What `build` of the test's module makes, made once for its tests; each test undoes what it did to the rows.

    A test takes `deepcopy(built)`, so that what it sets on the objects is gone with it too.
    """
    from django.db import connection, transaction

    with django_db_blocker.unblock(), transaction.atomic():
        made = request.module.build()
        connection.check_constraints()
        yield made
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _past_the_policies(request: pytest.FixtureRequest) -> None:
    """A test that is not about the wall is not held back by it; its transaction's end brings the plain role back.

    Sweeps, races and browser tests stay behind the wall, and whatever has connections of its own.
    """
    from django.db import connection

    database = request.node.get_closest_marker("django_db")
    behind = {"browser", "postgres", "sweep"}.intersection(mark.name for mark in request.node.iter_markers())
    if connection.vendor != "postgresql" or database is None or database.kwargs.get("transaction") or behind:
        return
    request.getfixturevalue("db")
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE")


@pytest.fixture(autouse=True)
def _fresh_translation() -> Iterator[None]:
    """A test that switches the language leaves none behind."""
    from django.utils import translation

    with translation.override(settings.LANGUAGE_CODE):
        yield
