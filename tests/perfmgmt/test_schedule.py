"""The table of jobs is what the scheduler runs."""

import pytest
from django_celery_beat.models import PeriodicTask

from perfmgmt.celery import app
from perfmgmt.schedule import JOBS, sync_schedule


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.task)
def test_every_job_exists(job):
    app.loader.import_default_modules()
    assert job.task in app.tasks


@pytest.mark.django_db
def test_sync_is_idempotent_and_keeps_what_the_administrator_switched_off():
    assert sync_schedule() == (len(JOBS), 0)
    PeriodicTask.objects.filter(name=JOBS[0].task).update(enabled=False)
    assert sync_schedule() == (0, 0)
    assert PeriodicTask.objects.get(name=JOBS[0].task).enabled is False
    row = PeriodicTask.objects.get(name="scoring.jobs.score_open_quarters")
    assert (row.crontab.hour, str(row.crontab.timezone)) == ("1", "Asia/Shanghai")


@pytest.mark.django_db
def test_sync_removes_our_jobs_that_are_gone_and_nothing_else():
    sync_schedule()
    crontab = PeriodicTask.objects.get(name=JOBS[0].task).crontab
    PeriodicTask.objects.create(name="scoring.jobs.gone", task="scoring.jobs.gone", crontab=crontab)
    PeriodicTask.objects.create(name="本局自设", task="scoring.jobs.score_open_quarters", crontab=crontab)
    assert sync_schedule() == (0, 1)
    assert PeriodicTask.objects.filter(name="本局自设").exists()
