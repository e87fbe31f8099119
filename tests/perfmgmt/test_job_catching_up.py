"""What was missed is done once, however often it was missed; what failed is tried again a few times."""

from datetime import timedelta

import pytest
import time_machine
from celery import current_app
from django.utils import timezone
from django_celery_beat.models import PeriodicTask, PeriodicTasks
from django_celery_beat.schedulers import ModelEntry

from audit.models import ChainHead, Entry, confidential_chain
from audit.services import BrokenChain, record, seal_chains
from notifications.models import Notification
from perfmgmt import catching_up
from perfmgmt.catching_up import catch_up, missed
from perfmgmt.clock import last_due
from perfmgmt.models import JobRun
from perfmgmt.queries import standing
from perfmgmt.runs import MOST_TRIES
from perfmgmt.schedule import BY_TASK, GRACE, JOBS, is_frequent, sync_schedule
from perfmgmt.services import switch
from perfmgmt.watching import verify_audit
from tests.factories import make_bureau, make_employee

pytestmark = pytest.mark.django_db

State = JobRun.State
TASK = "scoring.jobs.score_open_quarters"
NOW = timezone.now().replace(hour=4, minute=0)  # 12:00 in Shanghai, hours after every night job


@pytest.fixture(autouse=True)
def all_in_time():
    """Every job did its last due run."""
    sync_schedule()
    PeriodicTask.objects.update(date_changed=NOW - timedelta(days=30))
    for job in JOBS:
        ran(job.task, last_due(job.when, NOW))


@pytest.fixture
def sent(monkeypatch):
    tasks = []
    monkeypatch.setattr(catching_up.current_app, "send_task", lambda name, **options: tasks.append((name, options)))
    return tasks


def ran(task: str, at, state: str = State.DONE, **values) -> JobRun:
    ended = {} if state == State.RUNNING else {"ended_at": at}
    return JobRun.objects.create(
        task=task, state=state, started_at=at, alive_at=at, worker="other/1", **ended, **values
    )


def forget(task: str, days: int = 3) -> None:
    JobRun.objects.filter(task=task).update(started_at=NOW - timedelta(days=days))


def test_nothing_is_sent_where_nothing_is_missing(sent):
    assert catch_up(NOW) == 0
    assert sent == []


def test_three_missed_nights_are_one_run(sent):
    forget(TASK)
    assert catch_up(NOW) == 1
    assert [name for name, _options in sent] == [TASK]
    ran(TASK, NOW)
    assert catch_up(NOW + timedelta(minutes=1)) == 0


def test_a_job_that_is_a_little_late_is_left_to_beat():
    due = last_due(BY_TASK[TASK].when, NOW)
    assert due is not None
    forget(TASK)
    assert TASK not in {job.task for job in missed(due + GRACE - timedelta(seconds=1))}
    assert TASK in {job.task for job in missed(due + GRACE)}


def test_frequent_and_disabled_jobs_are_not_caught_up():
    JobRun.objects.update(started_at=NOW - timedelta(days=9))
    PeriodicTask.objects.filter(name=TASK).update(enabled=False)
    tasks = {job.task for job in missed(NOW)}
    assert tasks == {job.task for job in JOBS if not is_frequent(job.task)} - {TASK}


def test_a_job_that_is_new_is_not_missed_before_its_time():
    JobRun.objects.filter(task=TASK).delete()
    assert [job.task for job in missed(NOW)] == [TASK]
    PeriodicTask.objects.filter(name=TASK).update(date_changed=NOW)
    assert missed(NOW) == []


def test_what_passed_while_a_job_was_off_is_not_brought_afterwards():
    forget(TASK)
    admin = make_employee(make_bureau(), roles=["system_admin"])
    PeriodicTask.objects.filter(name=TASK).update(last_run_at=NOW - timedelta(days=3))
    for enabled in (False, True):
        switch(actor=admin, task=TASK, enabled=enabled)
    PeriodicTask.objects.filter(name=TASK).update(date_changed=NOW)
    assert missed(NOW) == []
    assert not next(line for line in standing(NOW).clocked if line.task == TASK).late
    assert [job.task for job in missed(NOW + timedelta(days=1)) if job.task == TASK] == [TASK]


def test_a_clock_that_was_ahead_stops_nothing(sent):
    """It was three days ahead: beat sent and workers did, and then it was put back."""
    ahead = NOW + timedelta(days=3)
    PeriodicTask.objects.update(last_run_at=ahead, date_changed=ahead)
    JobRun.objects.filter(task=TASK).update(started_at=ahead, ended_at=ahead)
    assert catch_up(NOW) == 1
    assert [name for name, _options in sent] == [TASK]
    row = PeriodicTask.objects.get(name=TASK)
    assert (row.last_run_at, row.date_changed) == (NOW, NOW)
    assert PeriodicTasks.last_change() is not None
    heartbeat = ModelEntry(PeriodicTask.objects.get(name="perfmgmt.jobs.heartbeat"), app=current_app)
    with time_machine.travel(NOW, tick=False):
        assert heartbeat.is_due().next <= 60


def test_a_failed_job_is_tried_again_but_not_for_ever():
    forget(TASK)
    for _time in range(MOST_TRIES):
        assert [job.task for job in missed(NOW)] == [TASK]
        ran(TASK, NOW - timedelta(minutes=5), State.FAILED)
    assert missed(NOW) == []


def test_a_dead_part_is_sent_again_with_its_arguments(sent):
    part = ran("scoring.jobs.score_bureau", NOW - timedelta(hours=1), State.RUNNING, key="1 2023Q1",
               arguments={"args": [1, "2023Q1"], "kwargs": {}})  # fmt: skip
    assert catch_up(NOW) == 1
    ((name, options),) = sent
    assert (name, options["args"], options["kwargs"]) == (part.task, [1, "2023Q1"], {})
    part.refresh_from_db()
    assert part.state == State.LOST


def test_a_sound_log_is_counted_and_nobody_is_told():
    bureau = make_bureau()
    record(actor=None, action="demo.act", bureau=bureau)
    assert verify_audit(timezone.localdate()) == 1
    assert not Notification.objects.exists()


@pytest.mark.parametrize("confidential", [False, True])
def test_a_broken_chain_is_told_once_a_day_to_whom_it_concerns(confidential):
    bureau, other = make_bureau(), make_bureau("YL")
    admin, discipline = make_employee(bureau, roles=["system_admin"]), make_employee(bureau, roles=["discipline"])
    make_employee(bureau, roles=["office"])
    make_employee(other, roles=["system_admin"])
    record(actor=None, action="demo.act", bureau=bureau, confidential=confidential)
    seal_chains()
    code = confidential_chain(bureau.code) if confidential else bureau.code
    ChainHead.objects.filter(bureau_code=code).update(length=7)
    assert Entry.objects.count() == 1
    for _time in range(2):
        with pytest.raises(BrokenChain):
            verify_audit(timezone.localdate())
    told = set(Notification.objects.values_list("recipient", flat=True))
    assert told == ({discipline.pk} if confidential else {admin.pk, discipline.pk})
    assert Notification.objects.count() == len(told)
