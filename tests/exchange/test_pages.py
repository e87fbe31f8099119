"""Imports and exports in the browser: the way of a file, who may, and what a job does when it is called twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from audit.models import Entry
from common.errors import Conflict, Refused
from exchange import jobs, services
from exchange.models import ExportRun, ImportRun, Run
from exchange.storage import path_of, progress_of
from notifications.models import Notification
from organization.models import Bureau, Employee
from tests.exchange.books import Book, only, put, small_book, write
from tests.exchange.conftest import take_small_book
from tests.factories import make_bureau, make_department, make_employee

State = Run.State
Committed = Callable[..., Any]


def build() -> None:
    take_small_book()


@pytest.fixture
def office(built: None, db: None) -> Employee:
    """汤青 of the small bureau, who is in its office."""
    return Employee.objects.get(number="1002")


@pytest.fixture
def client(office: Employee) -> Client:
    browser = Client()
    browser.force_login(office)
    return browser


def file_of(book: Book, tmp_path: Path, name: str = "一季度.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, write(tmp_path / "up.xlsx", book).read_bytes())


@pytest.fixture
def send(client: Client, tmp_path: Path, django_capture_on_commit_callbacks: Committed) -> Callable[..., Any]:
    """Uploads a book and lets the worker run."""

    def run(book: Book) -> ImportRun:
        with django_capture_on_commit_callbacks(execute=True):
            response = client.post(reverse("exchange:imports"), {"file": file_of(book, tmp_path)})
        run = ImportRun.objects.first()
        assert run is not None
        assert response.status_code == 302, response.content.decode()
        assert response["Location"] == reverse("exchange:import", args=[run.pk])
        return run

    return run


def test_a_file_is_checked_shown_and_confirmed(
    client: Client, send: Callable[..., Any], django_capture_on_commit_callbacks: Committed
) -> None:
    run = send(put(small_book(), "加减分", 2, "分值", 3))
    assert (run.state, run.step) == (State.NEEDS_CONFIRMATION, ImportRun.Step.CHECK)
    page = client.get(reverse("exchange:import", args=[run.pk])).content.decode()
    assert "将新增 0 行、更新 1 行" in page
    assert "确认导入" in page
    assert "分值" in page
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("exchange:import-confirm", args=[run.pk]))
    run.refresh_from_db()
    assert (run.state, run.step) == (State.DONE, ImportRun.Step.APPLY)
    assert run.finished_at is not None
    line = Entry.objects.filter(action="import.apply", after__sheet="加减分").latest("id")
    assert (line.after["updated"], line.after["sha256"]) == (1, run.sha256)
    assert line.actor == "汤青（1002）"
    assert Notification.objects.filter(occasion=f"importrun:{run.pk}:done").exists()


def test_problems_are_shown_and_marked_and_nothing_is_saved(client: Client, send: Callable[..., Any]) -> None:
    run = send(put(put(small_book(), "加减分", 2, "违纪", "是"), "考评结果", 2, "完成值", -1))
    assert (run.state, run.problem_count) == (State.REFUSED, 2)
    page = client.get(reverse("exchange:import", args=[run.pk])).content.decode()
    assert "没有保存任何内容" in page
    assert "加分不能标为违纪" in page
    assert "确认导入" not in page
    marked = client.get(reverse("exchange:import-marked", args=[run.pk]))
    book = load_workbook(BytesIO(b"".join(marked.streaming_content)))
    assert book.sheetnames[0] == "问题清单"
    assert "完成值不能是负数" in book["考评结果"]["E2"].comment.text
    again = client.post(reverse("exchange:import-confirm", args=[run.pk]))
    assert again.status_code == 409


def test_a_preview_can_be_discarded(client: Client, send: Callable[..., Any], office: Employee) -> None:
    run = send(put(small_book(), "加减分", 2, "分值", 3))
    client.post(reverse("exchange:import-discard", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == State.DISCARDED
    for page in (reverse("exchange:imports"), reverse("exchange:import", args=[run.pk])):
        shown = client.get(page).content.decode()
        assert "已放弃，没有导入任何内容。" in shown
        assert "请确认后导入" not in shown
    with pytest.raises(Conflict):
        services.confirm(actor=office, run=run)


def test_a_job_called_twice_runs_once(send: Callable[..., Any]) -> None:
    run = send(put(small_book(), "加减分", 2, "分值", 3))
    lines = Entry.objects.count()
    jobs.import_file(run.pk)
    run.refresh_from_db()
    assert run.state == State.NEEDS_CONFIRMATION
    assert Entry.objects.count() == lines


def test_a_faulty_workbook_is_not_done_on_the_jobs_page(send: Callable[..., Any]) -> None:
    run = send(put(small_book(), "加减分", 2, "分值", "许多"))
    assert run.state == State.REFUSED
    ImportRun.objects.update(state=State.QUEUED)
    with pytest.raises(Refused, match="没有导入任何数据"):  # which ends the run of the job as refused (docs/jobs.md)
        jobs.import_file(run.pk)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("旧.xls", b"PK", "只能上传 .xlsx"),
        ("假.xlsx", b"<html>", "不是 .xlsx 工作簿"),
    ],
)
def test_what_is_no_workbook_is_refused_at_once(client: Client, name: str, content: bytes, sentence: str) -> None:
    response = client.post(reverse("exchange:imports"), {"file": SimpleUploadedFile(name, content)})
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not ImportRun.objects.exists()


def test_rows_of_another_bureau_are_refused(send: Callable[..., Any]) -> None:
    book = only(small_book(), "部门")
    book["部门"].append(["BB", "D9", "别家", "机关股室", None, None])
    run = send(book)
    assert run.state == State.REFUSED
    assert "只能导入本单位（AA）的数据" in run.findings.get().hint


def test_an_unreadable_workbook_fails_with_a_sentence(
    client: Client, tmp_path: Path, django_capture_on_commit_callbacks: Committed
) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "x.xlsx", "w") as archive:
        archive.writestr("a.txt", "no workbook")
    file = SimpleUploadedFile("坏.xlsx", (tmp_path / "x.xlsx").read_bytes())
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("exchange:imports"), {"file": file})
    run = ImportRun.objects.get()
    assert run.state == State.FAILED
    assert "打不开" in run.sentence


def test_an_export_is_written_and_handed_to_the_office_only(
    client: Client, django_capture_on_commit_callbacks: Committed
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("exchange:exports"))
    run = ExportRun.objects.get()
    assert run.state == State.DONE
    page = client.get(reverse("exchange:exports")).content.decode()
    address = reverse("exchange:export-file", args=[run.pk])
    assert address in page
    response = client.get(address)
    assert b"".join(response.streaming_content)[:2] == b"PK"
    assert Entry.objects.filter(action="export.download").exists()


def test_only_the_own_office_sees_any_of_it(send: Callable[..., Any]) -> None:
    run = send(put(small_book(), "加减分", 2, "分值", 3))
    export = services.request_export(actor=Employee.objects.get(number="1002"))
    elsewhere = make_bureau("BB")
    strangers = make_employee(elsewhere, department=make_department(elsewhere), roles=["office"])
    addresses = [
        (reverse("exchange:imports"), 200),
        (reverse("exchange:import", args=[run.pk]), 404),
        (reverse("exchange:import-progress", args=[run.pk]), 404),
        (reverse("exchange:import-marked", args=[run.pk]), 404),
        (reverse("exchange:exports"), 200),
        (reverse("exchange:export-progress", args=[export.pk]), 404),
        (reverse("exchange:export-file", args=[export.pk]), 404),
        (reverse("exchange:template"), 200),
    ]
    colleague = Employee.objects.get(number="1003")
    for address, foreign in addresses:
        for person, status in ((strangers, foreign), (colleague, 403)):
            browser = Client()
            browser.force_login(person)
            assert browser.get(address).status_code == status, (address, person)
    browser.force_login(colleague)
    refusal = browser.get(reverse("exchange:imports"))
    assert "导入工作簿由绩效办办理" in refusal.content.decode()
    for name in ("import-confirm", "import-discard"):
        assert browser.post(reverse(f"exchange:{name}", args=[run.pk])).status_code == 403
        browser.force_login(strangers)
        assert browser.post(reverse(f"exchange:{name}", args=[run.pk])).status_code == 404
        browser.force_login(colleague)


def test_the_sweep_sends_lost_runs_again_and_ends_dead_ones(
    office: Employee, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = services.upload(actor=office, file=file_of(small_book(), tmp_path))
    dead = services.upload(actor=office, file=file_of(small_book(), tmp_path))
    alive = services.upload(actor=office, file=file_of(small_book(), tmp_path))
    long_ago = timezone.now() - timedelta(hours=1)
    ImportRun.objects.filter(pk=lost.pk).update(queued_at=long_ago)
    ImportRun.objects.filter(pk__in=[dead.pk, alive.pk]).update(state=State.RUNNING, started_at=long_ago)
    progress_of("import", alive.pk).tell(1, 1, "人员")
    sent: list[int] = []
    monkeypatch.setattr(jobs.import_file, "delay", sent.append)
    jobs.sweep()
    assert sent == [lost.pk]
    assert ImportRun.objects.get(pk=dead.pk).state == State.FAILED
    assert ImportRun.objects.get(pk=alive.pk).state == State.RUNNING


def test_without_a_broker_the_upload_is_kept_and_says_so(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Committed
) -> None:
    def nobody_there(pk: int) -> None:
        raise ConnectionError

    monkeypatch.setattr(jobs.import_file, "delay", nobody_there)
    monkeypatch.setattr(jobs.export_file, "delay", nobody_there)
    with django_capture_on_commit_callbacks(execute=True):
        uploaded = client.post(reverse("exchange:imports"), {"file": file_of(small_book(), tmp_path)})
        exported = client.post(reverse("exchange:exports"))
    assert (uploaded.status_code, exported.status_code) == (302, 302)
    assert ImportRun.objects.get().state == ExportRun.objects.get().state == State.QUEUED


def test_old_files_go_and_the_history_stays(office: Employee, tmp_path: Path) -> None:
    run = services.upload(actor=office, file=file_of(small_book(), tmp_path))
    place = path_of(run.stored)
    ImportRun.objects.filter(pk=run.pk).update(
        created_at=timezone.now() - timedelta(days=60), state=State.NEEDS_CONFIRMATION
    )
    jobs.clean()
    run.refresh_from_db()
    assert (run.stored, run.state) == ("", State.DISCARDED)
    assert not place.exists()


def test_lists_cost_the_same_queries_with_one_and_with_three_rows(
    client: Client, office: Employee, tmp_path: Path, django_assert_num_queries: Any
) -> None:
    address = reverse("exchange:imports")
    services.upload(actor=office, file=file_of(small_book(), tmp_path))
    client.get(address)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for _time in range(2):
        services.upload(actor=office, file=file_of(small_book(), tmp_path))
    with django_assert_num_queries(len(one)):
        client.get(address)


def test_the_bureau_of_the_actor_is_kept_even_with_an_empty_file(send: Callable[..., Any]) -> None:
    run = send({"部门": small_book()["部门"][:1]})
    assert run.bureau == Bureau.objects.get(code="AA")
    assert run.state == State.NEEDS_CONFIRMATION
