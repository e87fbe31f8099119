"""`/metrics` behind a real gunicorn: the sum over its workers, whichever of them answers, and whatever became of the others."""

from __future__ import annotations

import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.services import gunicorn

COUNTED = 'perfmgmt_request_seconds_count{method="GET",status="3xx",view="unknown"}'
READS = 5
"""So many that a worker which knew only its own requests would be found out."""
SECONDS = 60


def test_figures_are_sums_over_workers_also_after_one_was_killed(tmp_path: Path):
    with gunicorn(f"sqlite:///{tmp_path / 'empty.sqlite3'}") as (port, master):
        ask(port, 20)
        assert read(port) == {20}

        before = workers(master)
        os.kill(min(before), signal.SIGKILL)
        wait_for(lambda: len(workers(master)) == 2 and workers(master) != before)
        ask(port, 20)
        assert read(port) == {40}


def ask(port: int, times: int) -> None:
    """Requests that need no table: a page that nobody has leads a stranger to the sign-in page."""
    opener = urllib.request.build_opener(Stay)
    for _ in range(times):
        with pytest.raises(urllib.error.HTTPError, match="302"):
            opener.open(f"http://127.0.0.1:{port}/no-such/page/", timeout=SECONDS)


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: object) -> None:
        return None


def read(port: int) -> set[float]:
    """What the workers say of the same requests; each series stands there once."""
    found = set()
    for _ in range(READS):
        text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=SECONDS).read().decode()
        series = [line.rpartition(" ")[::2] for line in text.splitlines() if line and not line.startswith("#")]
        assert len(dict(series)) == len(series)
        found.add(float(dict(series)[COUNTED]))
    return found


def workers(master: int) -> set[int]:
    return {int(pid) for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split()}


def wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)
