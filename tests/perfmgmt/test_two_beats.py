"""Two beats at once, as after a careless start of a second machine: nothing stands in the table twice, nothing happens twice."""

from __future__ import annotations

from typing import Any

import pytest
from django_celery_beat.models import CrontabSchedule, PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from perfmgmt.celery import app
from perfmgmt.schedule import JOBS, sync_schedule
from tests.concurrency.together import at_once
from tests.flows.rights import make_holdings, make_people
from tests.perfmgmt.test_jobs_twice import NOT_HERE, changed, everything, said


class Beat(DatabaseScheduler):
    """A beat that reads its table once and does itself what it would send."""

    def setup_schedule(self) -> None:
        rows = PeriodicTask.objects.filter(enabled=True)  # not those of the next hours alone
        self.entries = {row.task: self.Entry(row, app=self.app) for row in rows}

    def bring(self, task: str) -> None:
        entry = self.entries[task]
        app.tasks[task].apply(args=entry.args, kwargs=entry.kwargs, throw=True)


@pytest.mark.django_db
def test_what_both_bring_is_done_once() -> None:
    """The one brings a job that the other has just brought: no row is another than after the first."""
    app.loader.import_default_modules()
    make_people(make_holdings("JIA", "甲", "2023Q2", 7))
    sync_schedule()
    first, second = Beat(app=app), Beat(app=app)
    assert first.entries.keys() == second.entries.keys() == {job.task for job in JOBS}
    for task in sorted(first.entries.keys() - NOT_HERE):
        first.bring(task)
        before = everything()
        second.bring(task)
        differences = changed(before, everything())
        assert not differences, f"{task} brought again changed {said(differences)}"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_that_start_together_write_one_table() -> None:
    assert at_once([sync_schedule, sync_schedule]) == [None, None]
    assert sorted(PeriodicTask.objects.values_list("name", flat=True)) == sorted(job.task for job in JOBS)
    times: list[Any] = list(
        CrontabSchedule.objects.values_list("minute", "hour", "day_of_week", "day_of_month", "month_of_year")
    )
    assert len(times) == len(set(times))
