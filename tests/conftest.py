"""Which tests can run here, and what all of them share."""

import gc
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack

import hypothesis
import pytest
from django.conf import settings

from common import tenancy

# Playwright's synchronous interface keeps an event loop in this thread, which Django would take for asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

# Two cores shared by several processes say nothing about a single example's speed.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    """What a test itself asks is asked of all bureaus; a request or a job inside it has its own (common.tenancy)."""
    everything = ExitStack()
    everything.enter_context(tenancy.across())
    config.add_cleanup(everything.close)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselects what this machine cannot run; the reasons stand in the header of the report."""
    missing = set()
    if CHROMIUM is None:
        missing.add("browser")
    if "postgresql" not in settings.DATABASES["default"]["ENGINE"]:
        missing.add("postgres")
    out = [item for item in items if missing & {marker.name for marker in item.iter_markers()}]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in set(out)]


def pytest_collection_finish() -> None:
    """What was imported stays; looking through it for garbage again and again takes a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


def pytest_report_header() -> list[str]:
    lines = [f"database: {settings.DATABASES['default']['ENGINE'].rsplit('.', 1)[-1]}"]
    if "postgresql" not in settings.DATABASES["default"]["ENGINE"]:
        lines.append("tests of PostgreSQL's own: left out, they run in the second round of bootstrap.py test")
    if CHROMIUM is None:
        lines.append("browser tests: left out, there is no Chromium (apt-get install chromium, or set CHROMIUM)")
    return lines


@pytest.fixture(autouse=True, scope="session")
def _flush_past_the_guards() -> Iterator[None]:
    """The audit log refuses to be emptied; between transactional tests it must be all the same."""
    from tests.guards import flush_allowed

    with flush_allowed():
        yield


@pytest.fixture(autouse=True)
def _fresh_translation() -> Iterator[None]:
    """A test that switches the language leaves none behind."""
    from django.utils import translation

    with translation.override(settings.LANGUAGE_CODE):
        yield
