"""Jobs are doors: the row tells the truth, twice does no harm, a lost one is handed out again."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from common.errors import Conflict, Refused
from indicators.models import Quarter
from notifications.models import Notification
from scoring import jobs
from scoring.models import Score, ScoreRun, ScoringJob
from scoring.services.jobs import overdue_jobs, request_scoring, run_job
from tests.factories import make_bureau, make_employee, make_quarter, make_scheme_setting

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    bureau = make_bureau()
    make_quarter(bureau)
    return make_employee(bureau, "900", roles=["office"])


def ask(office):
    return request_scoring(quarter=Quarter.objects.get(code="2023Q1"), actor=office)


def test_a_job_scores_and_says_how_it_ended(office):
    row = ask(office)
    jobs.score(row.pk)
    row.refresh_from_db()
    assert (row.state, row.sentence) == ("done", "计分 1 人，单位排名 1 人，漏项 0 个。")
    assert ScoreRun.objects.get().scored_by == office
    assert Notification.objects.get().recipient == office
    assert run_job(row.pk) is None
    assert Score.objects.count() == 1


def test_a_refusal_ends_the_job_with_its_sentence(office):
    row = ask(office)
    make_scheme_setting(office.bureau, "共性权重", "40")
    jobs.score(row.pk)
    row.refresh_from_db()
    assert row.state == "failed"
    assert "应当等于 100" in row.sentence


def test_one_at_a_time(office):
    ask(office)
    with pytest.raises(Conflict, match="正在计分"):
        ask(office)


def test_only_the_office_asks(office):
    with pytest.raises(Refused):
        ask(make_employee(office.bureau, roles=["director"]))
    assert not ScoringJob.objects.exists()


def test_the_sweep_hands_out_what_never_started_or_died(office):
    row = ask(office)
    now = timezone.now()
    assert overdue_jobs(now) == []
    assert overdue_jobs(now + timedelta(minutes=3)) == [row.pk]
    ScoringJob.objects.update(state="running", started_at=now)
    assert overdue_jobs(now + timedelta(minutes=3)) == []
    assert overdue_jobs(now + timedelta(minutes=11)) == [row.pk]
    ScoringJob.objects.update(created_at=now - timedelta(hours=1), started_at=now - timedelta(hours=1))
    jobs.sweep()
    row.refresh_from_db()
    assert row.state == "done"


@time_machine.travel("2023-05-10 01:00+08:00", tick=False)
def test_the_night_scores_every_open_quarter_that_has_begun(office, caplog):
    bureau = office.bureau
    make_quarter(bureau, "2023Q2", Quarter.State.COLLECTING)
    make_quarter(bureau, "2023Q3", Quarter.State.OPEN)
    make_quarter(bureau, "2022Q4", Quarter.State.PUBLISHED)
    other = make_bureau("YY")
    make_employee(other)
    make_quarter(other, "2023Q1", Quarter.State.REVIEWING)
    broken = make_bureau("ZZ")
    make_quarter(broken, "2023Q1")
    make_scheme_setting(broken, "共性权重", "40")
    jobs.score_open_quarters()
    runs = ScoreRun.objects.order_by("bureau__code", "quarter__code")
    assert [(run.bureau.code, run.quarter.code, run.is_provisional) for run in runs] == [
        ("XS", "2023Q1", False),
        ("XS", "2023Q2", True),
        ("YY", "2023Q1", False),
    ]
    assert "ZZ 2023Q1 was not scored" in caplog.text
