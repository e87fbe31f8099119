"""Jobs are doors: the row tells the truth, twice does no harm, a lost one is handed out again."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from common import progress
from common.errors import Conflict, InvalidInput, Refused
from indicators.models import Quarter
from notifications.models import Notification
from scoring import jobs
from scoring.models import Score, ScoreRun, ScoringJob, Wave
from scoring.queries.scorer import Scorer
from scoring.queries.waves import Counted, counted
from scoring.services.jobs import overdue_jobs, request_scoring, run_job
from scoring.services.scoring import score_quarter
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
    assert (row.state, row.sentence) == ("done", "计分 1 人，单位排名 1 人，漏项和未确认 0 个。")
    assert ScoreRun.objects.get().scored_by == office
    assert Notification.objects.get().recipient == office
    assert run_job(row.pk) is None
    assert Score.objects.count() == 1


def test_a_refusal_ends_the_job_with_its_sentence(office):
    row = ask(office)
    make_scheme_setting(office.bureau, "共性权重", "40")
    with pytest.raises(InvalidInput):
        jobs.score(row.pk)
    row.refresh_from_db()
    assert row.state == "failed"
    assert "应当等于 100" in row.sentence


def test_a_running_job_shows_on_the_page_how_far_it_is(client, office, monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0)
    for _person in range(3):
        make_employee(office.bureau)
    row, seen, person = ask(office), [], Scorer.person
    client.force_login(office)

    def watched(*args):
        page = client.get(f"/quarters/2023Q1/score/{row.pk}/", headers={"HX-Request": "true"}).content.decode()
        seen.extend(re.findall(r'value="(\d+)"|已算 (\d) / 4 人', page))
        return person(*args)

    monkeypatch.setattr(Scorer, "person", watched)
    with progress.listening(progress.ProgressFile(jobs.score.name, row.pk).tell):
        jobs.score(row.pk)
    assert seen == [(x, y) for n in range(4) for x, y in ((str(n * 25), ""), ("", str(n)))]


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
    assert f"{broken} 2023Q1 was not scored: 2023Q1 的考评方案不能用来计分" in caplog.text
    wave = Wave.objects.get()
    assert wave.ended_at is not None
    assert counted(wave.pk) == Counted(done=3, failed=1)


class TestProvisionalOnDemand:
    """预计得分 by the office's button, while the quarter runs."""

    today = date(2023, 2, 15)

    def test_scores_what_is_due_so_far_and_says_by_whom(self, office):
        job = request_scoring(quarter=Quarter.objects.get(), actor=office, as_of=self.today)
        assert run_job(job.pk).state == "done"
        run = ScoreRun.objects.get()
        assert (run.as_of, run.scored_by) == (self.today, office)

    def test_never_takes_the_place_of_a_final_score(self, office):
        job = request_scoring(quarter=Quarter.objects.get(), actor=office, as_of=self.today)
        score_quarter(bureau=office.bureau, quarter_code="2023Q1", actor=office)
        assert run_job(job.pk).state == "done"
        assert ScoreRun.objects.get().as_of is None
        with pytest.raises(Conflict, match="不再有预计得分"):
            request_scoring(quarter=Quarter.objects.get(), actor=office, as_of=self.today)

    def test_is_over_with_the_quarter(self, office):
        with pytest.raises(Conflict, match="不再有预计得分"):
            request_scoring(quarter=Quarter.objects.get(), actor=office, as_of=date(2023, 4, 1))

    def test_on_the_page(self, client, office, django_capture_on_commit_callbacks):
        office.bureau.is_demo, office.bureau.stands_on = True, self.today
        office.bureau.save()
        client.force_login(office)
        page = client.get("/quarters/2023Q1/").content.decode()
        assert "更新预计得分" in page
        assert "现在正式计分？" in page
        with django_capture_on_commit_callbacks(execute=True):
            client.post("/quarters/2023Q1/score/", {"provisional": "1"})
        page = client.get("/quarters/2023Q1/").content.decode()
        assert "2月15日 之前到期节点的预计得分" in page
        assert f"· {office.name}，每晚自动更新" in page
