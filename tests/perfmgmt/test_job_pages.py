"""The pages of the jobs: what they find, who may press what, and what stays within the bureau."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import PeriodicTask, PeriodicTasks
from kombu.exceptions import OperationalError

from audit.models import Entry
from common.progress import ProgressFile
from perfmgmt import services
from perfmgmt.clock import last_due
from perfmgmt.models import JobRun
from perfmgmt.schedule import JOBS, sync_schedule
from scoring.models import Wave
from tests.factories import make_bureau, make_employee, make_quarter

pytestmark = [pytest.mark.django_db, pytest.mark.once]

State = JobRun.State
TASK, PART = "scoring.jobs.score_open_quarters", "scoring.jobs.work_wave"


@pytest.fixture
def bureau():
    return make_bureau()


@pytest.fixture
def admin(bureau):
    return make_employee(bureau, roles=["system_admin"])


@pytest.fixture
def client(admin):
    browser = Client()
    browser.force_login(admin)
    return browser


@pytest.fixture
def in_time():
    sync_schedule()
    now = timezone.now()
    PeriodicTask.objects.update(date_changed=now - timedelta(days=30))
    for job in JOBS:
        ran(job.task, last_due(job.when, now))


@pytest.fixture
def sent(monkeypatch):
    tasks = []
    monkeypatch.setattr(services.current_app, "send_task", lambda name, **_options: tasks.append(name))
    return tasks


def ran(task, at=None, state=State.DONE, **values):
    at = at or timezone.now()
    ended = {} if state == State.RUNNING else {"ended_at": at + timedelta(seconds=65)}
    return JobRun.objects.create(task=task, state=state, started_at=at, alive_at=at, worker="web1/1", **ended, **values)


def said(client, task=None):
    url = reverse("jobs:job", args=[task]) if task else reverse("jobs:list")
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_before_the_first_run(client):
    assert "作业还没有执行过" in said(client)
    assert "这里没有执行记录" in said(client, TASK)


def test_all_is_well(client, in_time):
    page = said(client)
    assert f"{len(JOBS)} 个作业都按时完成" in page
    assert "每天 01:00" in page
    assert "1 分 5 秒" in page


def test_failed_late_and_broken_parts_are_in_the_heading(client, bureau, in_time):
    ran("exchange.jobs.clean", state=State.FAILED, error="磁盘已满。")
    ran(PART, state=State.FAILED, key=f"{bureau.pk} 2023Q1 2023-09-01", bureau=bureau, error="缺少权重。")
    JobRun.objects.filter(task="organization.jobs.apply_dated_changes").update(
        started_at=timezone.now() - timedelta(days=2)
    )
    page = said(client)
    assert "2 个作业失败，1 个没有按时执行" in page
    assert "1 个分项没有完成" in page
    history = said(client, TASK)
    assert "缺少权重。" in history
    assert f"{bureau.name} 2023年一季度" in history
    ran(PART, key=f"{bureau.pk} 2023Q1 2023-09-01", bureau=bureau)  # done since
    assert "1 个作业失败，1 个没有按时执行" in said(client)


def test_what_was_refused_is_in_the_heading_with_its_sentence(client, bureau, in_time):
    key = f"{bureau.pk} 2023Q1 2023-09-01"
    ran(PART, state=State.FAILED, key=key, bureau=bureau, at=timezone.now() - timedelta(hours=1))
    ran(PART, state=State.REFUSED, key=key, bureau=bureau, error="权重应当等于 100。")
    ran("exchange.jobs.clean", state=State.REFUSED, error="没有清理。")
    page = said(client)
    assert "2 个有未办成的" in page
    assert "个作业失败" not in page
    assert "1 个分项没有办成" in page
    assert "权重应当等于 100。" in said(client, TASK)
    ran(PART, key=key, bureau=bureau)
    assert "1 个有未办成的" in said(client)


def test_a_standstill_is_said(client, in_time):
    JobRun.objects.update(started_at=timezone.now() - timedelta(minutes=30))
    assert "定时任务已经停了" in said(client)


def test_a_running_job_shows_its_bar_and_is_asked_for_often(client, in_time):
    run = ran(TASK, state=State.RUNNING)
    bar = ProgressFile(TASK, run.key)
    bar.tell(30, 206)
    assert 'max="206" value="30"' in said(client)
    history = said(client, TASK)
    assert "every 3s" in history
    assert "30 / 206" in history
    bar.clear()
    fragment = client.get(reverse("jobs:list"), headers={"HX-Request": "true"}).content.decode()
    assert fragment.startswith('<div id="jobs"')


def test_what_belongs_to_another_bureau_is_not_shown(client, in_time):
    other = make_bureau("YL", name="邻县税务局")
    ran(PART, state=State.FAILED, key=f"{other.pk} 2023Q1", bureau=other, error="邻县的事。")
    ran(TASK, state=State.FAILED, error="邻县的王某没有岗位。")  # of the whole installation: may name anybody
    assert "邻县" not in said(client)
    assert "邻县" not in said(client, TASK)


def test_running_one_now_is_audited_and_guarded(client, admin, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("jobs:run", args=[TASK]))
    assert sent == [TASK]
    assert Entry.objects.get(action="job.execute").actor_id == admin.pk
    JobRun.objects.create(
        task=TASK, state=State.RUNNING, started_at=timezone.now(), alive_at=timezone.now(), worker="x/1"
    )
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(reverse("jobs:run", args=[TASK]), follow=True).content.decode()
    assert "正在执行" in page
    assert sent == [TASK]


def test_pressing_again_before_it_begins_sends_nothing(client, sent, django_capture_on_commit_callbacks):
    def press() -> str:
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(reverse("jobs:run", args=[TASK]), follow=True).content.decode()

    press()
    assert "已经在排队" in press()
    assert sent == [TASK]
    ran(TASK, at=timezone.now() + timedelta(seconds=1))  # a worker took it up
    press()
    assert sent == [TASK, TASK]


def test_what_lapsed_in_the_queue_may_be_asked_for_again(client, sent, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(services, "EXPIRES", -1)
    for _press in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            client.post(reverse("jobs:run", args=[TASK]))
    assert sent == [TASK, TASK]


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_a_sentence(client, monkeypatch):
    def refuse(*_args, **_options):
        raise OperationalError("redis://user:secret@host")

    monkeypatch.setattr(services.current_app, "send_task", refuse)
    page = client.post(reverse("jobs:run", args=[TASK]), follow=True).content.decode()
    assert "消息队列没有应答" in page
    assert "secret" not in page
    again: list[str] = []
    monkeypatch.setattr(services.current_app, "send_task", lambda name, **_options: again.append(name))
    client.post(reverse("jobs:run", args=[TASK]))
    assert again == [TASK]  # nothing waits for a worker


def test_switching_off_and_on_reaches_beat_and_the_log(client, in_time):
    before = PeriodicTasks.last_change()
    client.post(reverse("jobs:switch", args=[TASK]), {"enabled": "0"})
    assert PeriodicTask.objects.get(name=TASK).enabled is False
    assert PeriodicTasks.last_change() != before
    assert "已停用" in said(client)
    assert Entry.objects.get(action="job.switch").after == {"enabled": False}
    assert (
        "已经停用" in client.post(reverse("jobs:switch", args=[TASK]), {"enabled": "0"}, follow=True).content.decode()
    )
    client.post(reverse("jobs:switch", args=[TASK]), {"enabled": "1"})
    assert PeriodicTask.objects.get(name=TASK).enabled is True


def test_what_watches_over_the_rest_stays_on(client, in_time):
    assert client.post(reverse("jobs:switch", args=["audit.jobs.seal_chains"]), {"enabled": "0"}).status_code == 403
    assert "不能停用" in said(client, "audit.jobs.seal_chains")


@pytest.mark.parametrize("role", ["office", "discipline"])
def test_office_and_discipline_read(bureau, in_time, role):
    reader = Client()
    reader.force_login(make_employee(bureau, roles=[role]))
    assert "立即执行" not in said(reader, TASK)
    assert "请联系系统管理员" in said(reader, TASK)
    assert reader.post(reverse("jobs:run", args=[TASK])).status_code == 403


def test_the_administrator_of_a_lower_bureau_reads_only(bureau, in_time):
    below = make_bureau("YL")
    below.parent = bureau
    below.save()
    browser = Client()
    browser.force_login(make_employee(below, roles=["system_admin"]))
    assert "最上级单位" in said(browser, TASK)
    assert browser.post(reverse("jobs:switch", args=[TASK]), {"enabled": "0"}).status_code == 403


def test_others_are_refused_and_unknown_jobs_are_not_there(bureau, client):
    assert client.get(reverse("jobs:job", args=["os.system"])).status_code == 404
    assert client.post(reverse("jobs:run", args=["exchange.jobs.import_file"])).status_code == 404
    staff = Client()
    staff.force_login(make_employee(bureau))
    assert staff.get(reverse("jobs:list")).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_ask_few_questions_and_are_small(client, in_time, django_assert_num_queries, rows):
    for _row in range(rows):
        ran(TASK, state=State.FAILED, error="x" * 200)
    said(client)
    with django_assert_num_queries(LIST_QUERIES):
        assert len(said(client)) < 61_440
    with django_assert_num_queries(JOB_QUERIES):
        said(client, TASK)


LIST_QUERIES, JOB_QUERIES = 12, 15


def test_a_wave_and_what_it_did_not_score_are_named_in_words(client, bureau):
    quarter = make_quarter(bureau, "2023Q2")
    wave = Wave.objects.create(kind="all", quarter_code="2023Q2", started_at=timezone.now(), ended_at=timezone.now())
    wave.units.create(bureau=bureau, quarter=quarter, state="failed", sentence="已经发布。")
    page = client.get("/jobs/").content.decode()
    assert "全部单位正式计分 2023年二季度" in page
    assert f"{bureau.name} 2023年二季度" in page
    assert "2023Q2" not in page
