"""Every run leaves a row; of one piece of work one run works at a time; what died is taken over."""

import os
import socket
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from audit.services import BrokenChain
from common import progress
from common.errors import Conflict
from perfmgmt import runs
from perfmgmt.celery import app
from perfmgmt.models import JobRun
from perfmgmt.recording import RecordedTask, recorded
from tests.concurrency.together import thread_of
from tests.factories import make_bureau, make_quarter

pytestmark = pytest.mark.django_db

State = JobRun.State
NIGHTLY, MINUTELY = "scoring.jobs.score_open_quarters", "exchange.jobs.sweep"
DEAD_PROCESS = f"{socket.gethostname()[:80]}/4194305"  # above the kernel's largest number of a process


def begin(task: str = NIGHTLY, *args: object, worker: str = "other/1", **more: object) -> JobRun | None:
    return runs.begin(task, args, worker=worker, **more)


def test_every_task_of_every_app_is_recorded():
    app.loader.import_default_modules()
    ours = [task for name, task in app.tasks.items() if not name.startswith("celery.")]
    assert len(ours) > 20
    assert all(isinstance(task, RecordedTask) for task in ours)


def test_a_run_says_when_what_and_how_much():
    bureau = make_bureau()
    assert recorded("any.task", lambda bureau_id, day: 7, (bureau.pk, "2023-09-01")) == 7
    run = JobRun.objects.get()
    assert (run.state, run.rows, run.error, run.bureau) == (State.DONE, 7, "", bureau)
    assert run.key == f"{bureau.pk} 2023-09-01"
    assert run.worker == f"{socket.gethostname()[:80]}/{os.getpid()}"
    assert run.ended_at is not None
    assert run.started_at <= run.ended_at


def test_a_quarters_run_belongs_to_its_bureau():
    quarter = make_quarter(make_bureau())
    recorded("any.task", lambda quarter_id: None, (quarter.pk,))
    assert JobRun.objects.get().bureau == quarter.bureau


def test_a_refusal_is_kept_as_its_sentence():
    def refuse():
        raise Conflict("2023Q1 已经发布。")

    assert recorded("any.task", refuse) is None
    run = JobRun.objects.get()
    assert (run.state, run.error) == (State.REFUSED, "2023Q1 已经发布。")


def test_a_broken_chain_is_no_refusal():
    def walk():
        raise BrokenChain("第 3 个封条不见了。")

    with pytest.raises(BrokenChain):
        recorded("any.task", walk)
    assert JobRun.objects.get().state == State.FAILED


def test_words_of_a_crash_stay_in_the_log():
    def crash():
        raise OSError("smtp://user:secret@mail")

    with pytest.raises(OSError, match="secret"):
        recorded("any.task", crash)
    run = JobRun.objects.get()
    assert "OSError" in run.error
    assert "secret" not in run.error


def test_a_second_start_is_skipped_while_the_first_one_lives():
    first = begin(NIGHTLY, 1)
    assert recorded(NIGHTLY, lambda one: pytest.fail("worked twice"), (1,)) is None
    assert JobRun.objects.get(state=State.SKIPPED).key == "1"
    assert begin(NIGHTLY, 2) is not None  # another piece of work does not wait
    runs.end(first, State.DONE)
    assert begin(NIGHTLY, 1) is not None


def test_a_frequent_job_that_is_busy_leaves_no_second_row():
    begin(MINUTELY, frequent=True)
    assert begin(MINUTELY, frequent=True) is None
    assert JobRun.objects.count() == 1


def test_a_silent_run_is_taken_over_and_its_late_end_changes_nothing():
    silent = begin()
    JobRun.objects.update(alive_at=timezone.now() - runs.DEAD_AFTER - timedelta(seconds=1))
    heir = begin()
    assert heir is not None
    assert JobRun.objects.get(pk=silent.pk).state == State.LOST
    runs.end(silent, State.DONE, rows=3)
    assert JobRun.objects.get(pk=silent.pk).state == State.LOST
    assert JobRun.objects.get(pk=heir.pk).state == State.RUNNING


def test_a_process_that_is_gone_from_this_machine_is_taken_over_at_once():
    dead = begin(worker=DEAD_PROCESS)
    assert begin() is not None
    assert JobRun.objects.get(pk=dead.pk).state == State.LOST


def test_idle_minutes_share_one_row_and_work_has_its_own():
    for answer in (0, 0, None, 4, 0, 0):
        recorded(MINUTELY, lambda answer=answer: answer)
    assert set(JobRun.objects.values_list("rows", flat=True)) == {0, 4}
    assert JobRun.objects.count() == 2
    for _night in range(3):
        recorded(NIGHTLY, lambda: 0)
    assert JobRun.objects.filter(task=NIGHTLY).count() == 3


def test_what_died_is_sent_again_but_not_for_ever():
    now = timezone.now()
    for _time in range(runs.MOST_TRIES - 1):
        begin(NIGHTLY, 1, worker=DEAD_PROCESS)
        assert [run.key for run in runs.bury_dead(now)] == ["1"]
    begin(NIGHTLY, 1, worker=DEAD_PROCESS)
    assert runs.bury_dead(now) == []
    assert JobRun.objects.filter(state=State.LOST).count() == runs.MOST_TRIES


def test_old_rows_go_and_the_newest_of_a_task_stays():
    for _night in range(3):
        recorded(NIGHTLY, lambda: 1)
    recorded("other.task", lambda: 1)
    newest = JobRun.objects.filter(task=NIGHTLY).first()
    JobRun.objects.update(started_at=timezone.now() - runs.KEPT_FOR - timedelta(days=1))
    assert runs.clean(timezone.now()) == 2
    assert JobRun.objects.get(task=NIGHTLY) == newest


@pytest.mark.django_db(transaction=True)
def test_a_long_run_reports(monkeypatch):
    monkeypatch.setattr(runs, "PULSE", timedelta(seconds=0.02))
    seen: list[JobRun] = []

    def work():
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not seen:
            seen.extend(JobRun.objects.filter(alive_at__gt=JobRun.objects.get().started_at))
            time.sleep(0.02)

    recorded("any.task", work)
    assert seen


def test_a_run_says_how_far_it_is_from_within_its_transaction(monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0)
    seen = []

    def work(*_args):
        with transaction.atomic():
            for _piece in progress.through("abc"):
                now = JobRun.objects.get().progress
                seen.append((now.done, now.total))

    recorded("any.task", work, ("甲/../2023Q1",))
    assert seen == [(0, 3), (1, 3), (2, 3)]
    progress.tell(3, 3)  # nobody listens any more
    assert not [*Path(settings.MEDIA_ROOT, "progress").glob("any.task*")]


def test_work_does_not_fail_for_want_of_its_bar(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "file"
    settings.MEDIA_ROOT.write_text("")
    assert recorded("any.task", lambda: [*progress.through("ab")]) == ["a", "b"]


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_works():
    worked, start, turned_away = [], threading.Barrier(6), threading.Semaphore(0)

    def work():
        worked.append(1)
        for _other in range(5):
            assert turned_away.acquire(timeout=60)

    def run():
        start.wait()
        try:
            recorded(NIGHTLY, work)
        finally:
            turned_away.release()
            connection.close()

    threads = [thread_of(run) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert worked == [1]
    states = sorted(JobRun.objects.values_list("state", flat=True))
    assert states == [State.DONE] + [State.SKIPPED] * 5
