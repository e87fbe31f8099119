"""When a crontab was and will be due, in numbers and in words."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from celery.schedules import crontab

from perfmgmt.clock import in_words, last_due, next_due
from perfmgmt.schedule import JOBS

NIGHTLY = crontab(hour="1", minute="30")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("when", "now", "last", "coming"),
    [
        (NIGHTLY, "2023-09-01 01:29", "2023-08-31 01:30", "2023-09-01 01:30"),
        (NIGHTLY, "2023-09-01 01:30", "2023-09-01 01:30", "2023-09-02 01:30"),
        (crontab(), "2023-09-01 00:00:59", "2023-09-01 00:00", "2023-09-01 00:01"),
        (crontab(minute="*/10"), "2023-09-01 00:05", "2023-09-01 00:00", "2023-09-01 00:10"),
        (crontab(minute="40"), "2023-09-01 00:05", "2023-08-31 23:40", "2023-09-01 00:40"),
        (crontab(hour="8", minute="0", day_of_week="1"), "2023-09-01 12:00", "2023-08-28 08:00", "2023-09-04 08:00"),
        (crontab(hour="0", minute="5", day_of_month="1"), "2023-02-28 12:00", "2023-02-01 00:05", "2023-03-01 00:05"),
    ],
)
def test_due_before_and_after(when, now, last, coming):
    assert last_due(when, at(now)) == at(last)
    assert next_due(when, at(now)) == at(coming)


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (crontab(), "每分钟"),
        (crontab(minute="*/10"), "每 10 分钟"),
        (crontab(minute="5"), "每小时 05 分"),
        (NIGHTLY, "每天 01:30"),
        (crontab(hour="8,17", minute="0"), "每天 08:00、17:00"),
        (crontab(hour="8", minute="0", day_of_week="1-2"), "周一、周二 08:00"),
        (crontab(hour="0", minute="5", day_of_month="1"), "每月 1 日 00:05"),
        (crontab(hour="0", minute="5", day_of_month="2", month_of_year="1,7"), "1、7 月 2 日 00:05"),
    ],
)
def test_words(when, words):
    assert in_words(when) == words


def test_every_job_has_one_sentence_and_a_time_that_comes():
    now = at("2023-09-01 12:00")
    for job in JOBS:
        assert job.why.endswith("。"), job.task
        assert next_due(job.when, now), job.task
    assert len({job.task for job in JOBS}) == len(JOBS)
