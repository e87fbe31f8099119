"""Every job of the table, run again and run beside itself, leaves the database as one run left it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.apps import apps

from perfmgmt.celery import app
from perfmgmt.schedule import JOBS, ON_DEMAND, parts_of
from scoring.models import Wave, WaveUnit
from tests.concurrency.together import at_once
from tests.flows.rights import make_holdings, make_people

pytestmark = pytest.mark.django_db

NOT_HERE = {
    "perfmgmt.jobs.heartbeat",  # writes into the broker alone
    "notifications.jobs.send_due",  # would call out; tests/notifications/test_sending.py runs it twice
}
APART = {"perfmgmt", "django_celery_beat", "django_celery_results", "sessions", "axes"}
RECORDS = {Wave, WaveUnit}  # each run leaves its own, as it leaves a JobRun
TASKS = [job.task for job in JOBS if job.task not in NOT_HERE]

Rows = dict[str, list[object]]


@pytest.fixture
def town() -> None:
    """A bureau with one of everything, whose calendar runs, so that no job passes it by."""
    app.loader.import_default_modules()
    make_people(make_holdings("JIA", "甲", "2023Q2", 7))


def everything() -> Rows:
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values_list())
        for model in apps.get_models()
        if model._meta.app_label not in APART and model not in RECORDS
    }


def changed(before: Rows, after: Rows) -> list[str]:
    return [label for label in after if after[label] != before[label]]


def running(task: str) -> Callable[[], object]:
    return lambda: app.tasks[task].apply(throw=True)


def unsettled() -> dict[str, list[str]]:
    """The jobs whose second run in a row leaves another database than the first, and in which tables."""
    found = {}
    for task in TASKS:
        running(task)()
        before = everything()
        running(task)()
        if labels := changed(before, everything()):
            found[task] = labels
    return found


def test_every_task_is_of_the_table() -> None:
    """What nobody lists no page shows."""
    app.loader.import_default_modules()
    listed = {task for job in JOBS for task in (job.task, *parts_of(job.task))} | set(ON_DEMAND)
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    assert ours - listed == set()
    assert {job.task for job in JOBS} - ours == set()


def test_a_second_run_changes_nothing(town: None) -> None:
    before = everything()
    assert unsettled() == {}
    assert len(changed(before, everything())) > 5  # the first runs had something to do


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_at_once_leave_what_one_leaves(town: None) -> None:
    for task in TASKS:
        assert at_once([running(task), running(task)]) == [None, None], task
        before = everything()
        running(task)()
        assert changed(before, everything()) == [], task
