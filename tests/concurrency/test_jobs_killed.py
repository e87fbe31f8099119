"""Real workers on a real Valkey and PostgreSQL: killed in the middle of a job, stopped politely, late. Done once in effect.

A table lock of this process holds a worker in the middle of its transaction, where it is then killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from kombu import Connection

from audit.models import Entry
from common.progress import ProgressFile
from common.tenancy import across
from exchange.models import ImportRun, Run
from exchange.storage import new_name, path_of
from indicators.models import Library, Quarter, Result
from notifications.models import Delivery
from notifications.services import notify, sending
from organization.models import Bureau
from perfmgmt.clock import last_due
from perfmgmt.environment import celery_broker
from perfmgmt.models import JobRun
from perfmgmt.recording import recorded
from perfmgmt.runs import DEAD_AFTER
from perfmgmt.schedule import BY_TASK, sync_schedule
from scoring.models import Score, ScoreRun, ScoringJob, Wave, WaveUnit
from scoring.services.fan_out import begin_all, end, work
from tests.exchange.books import small_book, write
from tests.factories import make_bureau, make_employee, make_point, make_quarter, make_result
from tests.flows.test_market_http import database_url
from tests.notifications.outbox import asks_for_mail, use_mail
from tests.notifications.servers import mail_server
from tests.services import ROOT, valkey

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

State = JobRun.State
Sending = Delivery.State
THREADS = ("--pool", "threads", "--concurrency", "2")  # as bootstrap.py starts it beside the embedded broker
PREFORK = ("--pool", "prefork", "--concurrency", "1")
LONGEST = 180
"""Seconds, of which a machine with other work takes half a minute for each worker to start."""


def until(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + LONGEST
    while not what():
        assert time.monotonic() < deadline, [*JobRun.objects.values_list("task", "key", "state", "error")]
        time.sleep(0.05)


class Workers:
    """Worker processes on one broker; what still lives at the end is killed."""

    def __init__(self, url: str, folder: Path) -> None:
        self.broker, self.folder = celery_broker(url), folder
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.served",
            "DATABASE_URL": database_url(),
            "REDIS_URL": url,
            "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        }
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *pool: str) -> subprocess.Popen[bytes]:
        name = f"w{len(self.processes)}"
        celery = f"-m celery -A perfmgmt worker --loglevel INFO --without-gossip --without-mingle -n {name}@%h"
        with open(self.folder / f"{name}.log", "wb") as log:
            process = subprocess.Popen(
                [sys.executable, *celery.split(), *pool], cwd=ROOT, env=self.environment, start_new_session=True,
                stdout=log, stderr=log,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def send(self, task: str, *args: object) -> None:
        with Connection(self.broker) as where:
            current_app.send_task(task, args, connection=where)

    def log(self) -> str:
        return "\n".join(path.read_text() for path in self.folder.glob("*.log"))

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """As a machine that loses power: the process and all its children, without a word."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    with valkey() as url:
        running = Workers(url, tmp_path)
        yield running
        for process in running.processes:
            running.kill(process)
        print(running.log())  # pytest shows it where something failed


@contextlib.contextmanager
def held(table: str) -> Iterator[None]:
    """Nobody writes into the table meanwhile."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN SHARE MODE")
        yield


@contextlib.contextmanager
def held_row(bureau: Bureau) -> Iterator[None]:
    """Whoever would score the bureau's quarter waits meanwhile."""
    with transaction.atomic():
        Quarter.objects.select_for_update(no_key=True).order_by("pk").get(bureau=bureau)
        yield


WAITING = """
SELECT count(*) FROM pg_locks JOIN pg_database AS here ON here.oid = database
WHERE NOT granted AND relation = %s::regclass AND here.datname = current_database()
"""


def waits_for(table: str) -> bool:
    """In this database: the tables of its copies, where other test processes work, have the same numbers."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [table])
        return bool(cursor.fetchone()[0])


@pytest.fixture
def job() -> ScoringJob:
    """A quarter with five people, asked to be scored."""
    bureau = make_bureau()
    point = make_point(bureau, library=Library.COMMON)
    for faults in range(5):
        make_result(make_employee(bureau), point, value=faults)
    quarter = Result.objects.first().quarter
    office = make_employee(bureau, roles=["office"])
    return ScoringJob.objects.create(
        bureau=bureau, quarter=quarter, requested_by=office, created_at=timezone.now(), state=ScoringJob.State.QUEUED
    )


def scored_once(job: ScoringJob) -> None:
    job.refresh_from_db()
    assert job.state == ScoringJob.State.DONE
    assert ScoreRun.objects.filter(quarter=job.quarter).count() == 1
    assert Score.objects.filter(run__quarter=job.quarter, employee__results__isnull=False).distinct().count() == 5
    assert Entry.objects.filter(action="score.run").count() == 1


def test_scoring_survives_a_killed_worker_of_the_embedded_transport(workers: Workers, job: ScoringJob) -> None:
    with held("scoring_score"):
        first = workers.start(*THREADS)
        workers.send("scoring.jobs.score", job.pk)
        until(lambda: waits_for("scoring_score"))
        reached = ProgressFile("scoring.jobs.score", job.pk).read()
        assert reached.done == reached.total == 6  # everybody can see it, though nothing is committed
        workers.kill(first)
    assert not Score.objects.exists()
    workers.start(*THREADS)  # nothing else: a worker looks after its start for what died
    until(lambda: JobRun.objects.filter(task="scoring.jobs.score", state=State.DONE))
    scored_once(job)
    lost, done = JobRun.objects.filter(task="scoring.jobs.score").order_by("pk")
    assert (lost.state, done.state) == (State.LOST, State.DONE)
    assert lost.ended_at is not None
    assert lost.ended_at - lost.alive_at < DEAD_AFTER  # by the process that is gone, not by its silence


@pytest.fixture
def province() -> list[Bureau]:
    """Twelve bureaus with two people each."""
    bureaus = [make_bureau(f"B{number:02}") for number in range(12)]
    for bureau in bureaus:
        point = make_point(bureau, library=Library.COMMON)
        for faults in range(2):
            make_result(make_employee(bureau), point, value=faults)
    return bureaus


def every_bureau_once(wave: Wave) -> None:
    assert [*wave.units.values_list("state", flat=True)] == [WaveUnit.State.DONE] * 12
    assert ScoreRun.objects.count() == Entry.objects.filter(action="score.run").count() == 12
    assert Score.objects.count() == 24


@pytest.mark.parametrize("pool", [THREADS, PREFORK])
def test_a_wave_survives_the_end_of_its_worker_and_does_nothing_twice(
    workers: Workers, province: list[Bureau], pool: tuple[str, ...]
) -> None:
    """Killed while it scores the sixth bureau: five stay done, and another worker does the rest."""
    wave = begin_all("2023Q1")
    work(wave.pk, seconds=0)
    with held_row(province[5]):
        first = workers.start(*pool)
        workers.send("scoring.jobs.work_wave", wave.pk, 1)
        until(lambda: wave.units.filter(state=WaveUnit.State.OPEN, tries=1).count() == 1)
        until(lambda: wave.units.filter(state=WaveUnit.State.DONE).count() == 5)
        workers.kill(first)
    done = [*wave.units.filter(state=WaveUnit.State.DONE).order_by("pk").values_list("pk", "ended_at")]
    assert len(done) == 5
    workers.start(*pool)  # which looks after its start for what died
    until(lambda: end(wave.pk))
    every_bureau_once(wave)
    assert [*wave.units.filter(pk__in=dict(done)).order_by("pk").values_list("pk", "ended_at")] == done
    states = JobRun.objects.filter(task="scoring.jobs.work_wave").order_by("pk").values_list("state", flat=True)
    assert states[0] == State.LOST


def test_a_wave_survives_the_end_of_its_command(workers: Workers, province: list[Bureau]) -> None:
    """The command dies in the middle; called again it goes on with the wave, and names every bureau."""
    command = [sys.executable, "manage.py", "score_quarter", "2023Q1", "--all", "--here"]
    with held_row(province[5]):
        first = subprocess.Popen(
            command, cwd=ROOT, env=workers.environment, stdout=subprocess.DEVNULL, start_new_session=True
        )
        workers.processes.append(first)  # killed at the end whatever happens
        until(lambda: WaveUnit.objects.filter(state=WaveUnit.State.DONE).count() == 5)
        workers.kill(first)
    again = subprocess.run(command, cwd=ROOT, env=workers.environment, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("：计分 2 人") == 12
    every_bureau_once(Wave.objects.get())


def test_command_and_workers_share_a_wave(workers: Workers, province: list[Bureau]) -> None:
    workers.start(*THREADS)
    until(lambda: JobRun.objects.filter(task="perfmgmt.jobs.catch_up", state=State.DONE))
    command = [sys.executable, "manage.py", "score_quarter", "2023Q1", "--all"]
    told = subprocess.run(command, cwd=ROOT, env=workers.environment, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert told.stdout.count("：计分 2 人") == 12
    every_bureau_once(Wave.objects.get())
    until(lambda: JobRun.objects.filter(task="scoring.jobs.work_wave", state=State.DONE))


def test_an_import_survives_the_end_of_one_of_two_prefork_workers(workers: Workers) -> None:
    office = make_employee(make_bureau("AA"), roles=["office"])
    stored, now = new_name("imports"), timezone.now()
    write(path_of(stored), small_book())
    run = ImportRun.objects.create(
        bureau=office.bureau, requested_by=office, file_name="book.xlsx", stored=stored, created_at=now, queued_at=now,
        step=ImportRun.Step.APPLY,
    )  # fmt: skip
    with held("scoring_adjustment"):
        both = {process.pid: process for process in (workers.start(*PREFORK), workers.start(*PREFORK))}
        workers.send("exchange.jobs.import_file", run.pk)
        until(lambda: waits_for("scoring_adjustment"))
        child = int(JobRun.objects.get(task="exchange.jobs.import_file").worker.rpartition("/")[2])
        workers.kill(both[os.getpgid(child)])
    workers.send("perfmgmt.jobs.catch_up")  # as beat does every minute
    until(lambda: JobRun.objects.filter(task="exchange.jobs.import_file", state=State.DONE))
    run.refresh_from_db()
    assert run.state == Run.State.DONE, run.sentence
    assert (
        Entry.objects.filter(action="import.apply").values("target").distinct().count()
        == Entry.objects.filter(action="import.apply").count()
    )
    states = JobRun.objects.filter(task="exchange.jobs.import_file").order_by("pk").values_list("state", flat=True)
    assert [*states] == [State.LOST, State.DONE]


def test_a_killed_child_hands_its_job_on_at_once(workers: Workers, job: ScoringJob) -> None:
    with held("scoring_score"):
        workers.start(*PREFORK)
        workers.send("scoring.jobs.score", job.pk)
        until(lambda: waits_for("scoring_score"))
        os.kill(int(JobRun.objects.get(task="scoring.jobs.score").worker.rpartition("/")[2]), signal.SIGKILL)
    until(lambda: ScoringJob.objects.get().state == ScoringJob.State.DONE)
    scored_once(job)


def test_a_sender_killed_before_the_answer_loses_nothing_and_sends_nothing_twice(
    workers: Workers, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.services.telling.kick", lambda: None)
    bureau, taken, over = make_bureau(), threading.Event(), threading.Event()
    people = [make_employee(bureau) for _person in range(3)]
    for person in people:
        asks_for_mail(person)
    notify(recipients=people, subject="x", occasion="x")
    deliveries = Delivery.objects.order_by("created_at", "pk").values_list("state", flat=True)
    with mail_server() as server:

        def hold_the_second() -> None:
            if len(server.mails) == 2:
                taken.set()
                over.wait()

        server.before_answer = hold_the_second
        workers.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{server.port}"
        worker = workers.start(*THREADS)
        workers.send("notifications.jobs.send_due")
        assert taken.wait(LONGEST)
        workers.kill(worker)
        assert [*deliveries.all()] == [Sending.SENT, Sending.SENDING, Sending.WAITING]
        use_mail(settings, server)
        later = timezone.now() + sending.LEASE
        recorded("notifications.jobs.send_due", across()(lambda: sending.send_due(now=later)))  # the next minute's
        over.set()
    assert [*deliveries.all()] == [Sending.SENT, Sending.UNKNOWN, Sending.SENT]
    assert sorted(str(mail["To"]) for mail in server.mails) == sorted(f"z{one.number}@mail.example" for one in people)
    states = JobRun.objects.filter(task="notifications.jobs.send_due").order_by("pk").values_list("state", flat=True)
    assert [*states] == [State.LOST, State.DONE]


def test_a_worker_that_is_told_to_stop_finishes_its_job(workers: Workers, job: ScoringJob) -> None:
    with held("scoring_score"):
        worker = workers.start(*THREADS)
        workers.send("scoring.jobs.score", job.pk)
        until(lambda: waits_for("scoring_score"))
        worker.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            worker.wait(0.5)
    assert worker.wait(LONGEST) == 0
    scored_once(job)
    assert JobRun.objects.get(task="scoring.jobs.score").state == State.DONE


def test_what_was_missed_while_all_stood_still_is_done_once(workers: Workers) -> None:
    """Beat was dead for three nights; the night jobs run once, those that ran do not run again."""
    make_quarter(make_bureau())
    sync_schedule()
    now = timezone.now()
    PeriodicTask.objects.update(date_changed=now - timedelta(days=9))
    for job in BY_TASK.values():
        due = last_due(job.when, now)
        assert due is not None
        JobRun.objects.create(task=job.task, state=State.DONE, started_at=due, alive_at=due, ended_at=due, worker="x/1")
    missed, old = "indicators.jobs.open_quarters", now - timedelta(days=3)
    JobRun.objects.filter(task=missed).update(started_at=old, ended_at=old)
    workers.start(*THREADS)
    until(lambda: JobRun.objects.filter(task=missed, state=State.DONE).count() == 2)
    for _minute in range(3):
        workers.send("perfmgmt.jobs.catch_up")
    time.sleep(1)
    nightly = JobRun.objects.filter(
        started_at__gte=now, task__in=[t for t, job in BY_TASK.items() if job.when.hour != set(range(24))]
    )
    assert [*nightly.values_list("task", flat=True)] == [missed]
