"""Every job of the table, run again and run beside itself, leaves the database as one run left it."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import Any

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

MOST_ROWS, LONGEST = 4, 60
"""Of a table so many rows are shown where they differ, and of a value so many characters."""

Row = dict[str, Any]
Rows = dict[str, dict[Any, Row]]
"""By table and primary key."""


@pytest.fixture(autouse=True)
def _without_a_line_for_each_task(caplog: pytest.LogCaptureFixture) -> None:
    """A failure is cut to its last part in many places; a hundred tasks that succeeded are not what it is to show."""
    caplog.set_level(logging.WARNING, logger="celery.app.trace")


@pytest.fixture
def town() -> None:
    """A bureau with one of everything, whose calendar runs, so that no job passes it by."""
    app.loader.import_default_modules()
    make_people(make_holdings("JIA", "甲", "2023Q2", 7))


def everything() -> Rows:
    return {
        model._meta.label: {row[model._meta.pk.attname]: row for row in model._default_manager.order_by("pk").values()}
        for model in apps.get_models()
        if model._meta.app_label not in APART and model not in RECORDS
    }


def changed(before: Rows, after: Rows) -> dict[str, list[str]]:
    """By table, how its rows differ: `+` came, `-` went, `~` with the columns that are others; {} if none does."""
    return {label: _differences(before[label], rows) for label, rows in after.items() if rows != before[label]}


def _differences(old: dict[Any, Row], new: dict[Any, Row]) -> list[str]:
    touched = [pk for pk in {**old, **new} if old.get(pk) != new.get(pk)]
    told = [_difference(pk, old.get(pk), new.get(pk)) for pk in touched[:MOST_ROWS]]
    return told if len(touched) <= MOST_ROWS else [*told, f"{len(touched)} rows in all"]


def _difference(pk: Any, old: Row | None, new: Row | None) -> str:
    if old is None or new is None:
        values = [f"{name}={_short(value)}" for name, value in (old or new or {}).items() if value not in (None, "")]
        return f"{'+' if old is None else '-'}{pk} {' '.join(values)}"
    others = [f"{name}: {_short(old[name])} → {_short(new[name])}" for name in new if new[name] != old[name]]
    return f"~{pk} {', '.join(others)}"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def said(differences: dict[str, list[str]]) -> str:
    return "\n".join(f"{label}: {line}" for label, lines in differences.items() for line in lines)


def said_of_errors(raised: list[Exception | None]) -> str:
    """What each run raised, in a line; below it where."""
    errors = [error for error in raised if error is not None]
    where = ["".join(traceback.format_exception(error)[-6:]) for error in errors]
    return "\n".join([" | ".join(repr(error) for error in errors), *where])


def running(task: str) -> Callable[[], object]:
    return lambda: app.tasks[task].apply(throw=True)


def run_again(task: str) -> str:
    """Runs the job once more; says what is another than before, nothing if nothing is."""
    before = everything()
    running(task)()
    differences = changed(before, everything())
    return f"{task} run again changed {' '.join(differences)}\n{said(differences)}" if differences else ""


def test_every_task_is_of_the_table() -> None:
    """What nobody lists no page shows."""
    app.loader.import_default_modules()
    listed = {task for job in JOBS for task in (job.task, *parts_of(job.task))} | set(ON_DEMAND)
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    assert ours - listed == set()
    assert {job.task for job in JOBS} - ours == set()


def test_a_failure_names_the_rows_and_what_differs_in_them() -> None:
    before = {
        "a.A": {1: {"id": 1, "state": "open", "note": ""}, 2: {"id": 2, "state": "x" * 99, "note": ""}},
        "a.B": {},
    }
    after = {"a.A": {1: {"id": 1, "state": "done", "note": ""}, 3: {"id": 3, "state": "new", "note": ""}}, "a.B": {}}
    assert changed(before, after) == {
        "a.A": ["~1 state: open → done", f"-2 id=2 state={'x' * LONGEST}…", "+3 id=3 state=new"]
    }


def test_a_second_run_changes_nothing(town: None) -> None:
    before = everything()
    for task in TASKS:
        running(task)()
        assert not (unsettled := run_again(task)), unsettled
    assert len(changed(before, everything())) > 5  # the first runs had something to do


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_at_once_leave_what_one_leaves(town: None) -> None:
    for task in TASKS:
        raised = at_once([running(task), running(task)])
        assert raised == [None, None], f"{task} at once raised {said_of_errors(raised)}"
        assert not (unsettled := run_again(task)), unsettled
