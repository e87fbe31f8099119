"""What gunicorn reads by itself in this folder: one file of metrics for each place of a worker (perfmgmt/metrics.py)."""

import gc
import os
import shutil
import tempfile
from typing import Any

from prometheus_client import values

FOLDER = "PROMETHEUS_MULTIPROC_DIR"

# Processes that answer side by side add up their figures in files of one folder, which goes with the server.
if FOLDER not in os.environ:
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="perfmgmt-metrics-")


def pre_fork(server: Any, worker: Any) -> None:
    """A worker that follows one that ended takes over its place and its counters, so that the folder does not grow."""
    taken = {other.place for other in server.WORKERS.values()}
    worker.place = next(number for number in range(len(taken) + 1) if number not in taken)


def post_fork(server: Any, worker: Any) -> None:
    values.ValueClass = values.MultiProcessValue(process_identifier=lambda: worker.place)


def post_worker_init(worker: Any) -> None:
    """What is loaded stays for good, so the collector need not look through it in the middle of somebody's request."""
    gc.collect()
    gc.freeze()


def on_exit(server: Any) -> None:
    shutil.rmtree(os.environ[FOLDER], ignore_errors=True)
