"""The databases of parallel test processes are copies of one: migrating takes a quarter of a minute, copying a moment."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

SUFFIX = "_migrated"


def copy_migrated(folder: Path) -> None:
    """Whoever comes first migrates, with the real migrations; then Django makes this process's database a copy of it.

    `folder` is shared by the processes of one run, and new in each run: nothing migrated is ever kept for another day.
    """
    with _alone(folder / "migrated.lock"):
        done = folder / "migrated"
        if not done.exists():
            with _named(_template(folder)):
                connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
                connection.close()
            done.touch()
    options = connection.settings_dict["TEST"]
    options["MIGRATE"] = False
    if connection.vendor == "postgresql":
        options["TEMPLATE"] = _template(folder)
    else:
        shutil.copyfile(_template(folder), options["NAME"])  # Django keeps a file that is there: `django_db_keepdb`


def drop_migrated(folder: Path) -> None:
    """Nothing stays behind, not even on a server that TEST_DATABASE_URL names."""
    if not (folder / "migrated").exists():
        return
    if connection.vendor != "postgresql":
        Path(_template(folder)).unlink(missing_ok=True)
    else:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(_template(folder))}")


def _template(folder: Path) -> str:
    if connection.vendor == "postgresql":
        return f"test_{settings.DATABASES['default']['NAME']}{SUFFIX}"
    return str(folder / f"test{SUFFIX}.sqlite3")


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Django creates, migrates and connects to a test database of this name; afterwards it remembers nothing of it."""
    options, before = connection.settings_dict["TEST"], connection.settings_dict["NAME"]
    own = options["NAME"]
    options["NAME"] = name
    try:
        yield
    finally:
        options["NAME"] = own
        connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = before


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with open(path, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
