"""One node is reported with evidence by its form; files are for whoever reads the result."""

from copy import deepcopy
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from common.storage import path_of
from indicators.models import Evidence, Quarter, Result
from indicators.services.assessing import open_result, review_opened
from indicators.services.evidence import add_evidence, remove_evidence
from organization.models import Employee
from tests.factories import make_bureau, make_department, make_employee, make_point, make_quarter, make_result

pytestmark = pytest.mark.django_db
State = Result.State
PAGE_QUERIES = 14
PDF = b"%PDF-1.4 evidence"


class Desk:
    def __init__(self) -> None:
        self.bureau = make_bureau(is_demo=True, stands_on=date(2023, 3, 1))
        self.own, self.assessing = (make_department(self.bureau, code) for code in ("D01", "D02"))
        self.staff = make_employee(self.bureau, "201", department=self.own, name="王敏")
        self.liaison = make_employee(self.bureau, "202", department=self.own, roles=["liaison"])
        self.head = make_employee(self.bureau, "203", department=self.own, roles=["department_head"])
        self.colleague = make_employee(self.bureau, "204", department=self.own)
        self.office = make_employee(self.bureau, "205", department=self.assessing, roles=["office"])
        make_quarter(self.bureau)
        self.point = make_point(self.bureau, "K001", library="common", assessor=self.assessing)

    def client(self, who: Employee | None = None) -> Client:
        client = Client()
        client.force_login(who or self.staff)
        return client

    def url(self, name: str = "report", code: str = "K001", period: str = "2023Q1", number: str = "201") -> str:
        return reverse(f"indicators:{name}", args=[number, code, period])

    def send(self, who: Employee | None = None, *names: str, **given: Any) -> Any:
        files = [SimpleUploadedFile(name, PDF) for name in names]
        return self.client(who).post(self.url(), {"value": "1", "note": "台账可查", "files": files} | given)


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def build() -> Desk:
    return Desk()


@pytest.fixture
def desk(built: Desk) -> Desk:
    return deepcopy(built)


def text(response: Any) -> str:
    return response.content.decode()


def test_the_form_says_rule_way_and_deadline(desk: Desk) -> None:
    said = text(desk.client().get(desk.url()))
    for words in ("还没有填报", "每次扣 0.5 分，扣完为止", "扣分次数", "K001 的质量标准", "初审", "确认"):
        assert words in said
    assert "迟报" not in said


def test_the_page_costs_the_same_with_one_file_and_three(desk: Desk, django_assert_num_queries: Any) -> None:
    desk.send(None, "一.pdf")
    client = desk.client()
    client.get(desk.url())
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(desk.url())
    desk.send(None, "二.pdf", "三.pdf")
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(desk.url())


def test_a_fact_is_reported_with_its_files(desk: Desk) -> None:
    assert desk.send(None, "台账.pdf", "截图.PDF").status_code == 302
    result = Result.objects.get()
    assert (result.value, result.note, result.state) == (1, "台账可查", State.REPORTED)
    first, second = result.evidence.all()
    assert (first.name, first.by, first.size) == ("台账.pdf", desk.staff, len(PDF))
    assert path_of(second.stored).read_bytes() == PDF
    assert list(Entry.objects.order_by("pk").values_list("action", flat=True)) == ["result.enter", "evidence.add"]
    said = text(desk.client().get(desk.url()))
    assert "得 3.50 分，满分 4.00" in said
    assert "台账.pdf" in said


def test_who_reports_goes_on_to_the_next_open_node_until_all_is_reported(desk: Desk) -> None:
    """By the days of the nodes; what others report, and what machines do, is not asked for."""
    monthly = make_point(
        desk.bureau, "K002", library="common", assessor=desk.assessing, cycle="month", deadline="每月25日"
    )
    make_point(desk.bureau, "K003", library="common", assessor=desk.assessing, source="machine")
    client, way = desk.client(), [desk.url(code=monthly.code, period="2023-01")]
    said = ""
    while "下一个" in said or not said:
        page = client.post(way[-1], {"value": "0", "note": "", "files": []}, follow=True)
        said = text(page)
        way.append(page.redirect_chain[-1][0])
    assert "已提交，本季由您填报的节点都报完了。" in said
    january, february, march = (desk.url(code="K002", period=f"2023-0{month}") for month in (1, 2, 3))
    assert way == [january, february, desk.url(), march, march]


def test_who_changes_a_node_or_reports_another_s_stays(desk: Desk) -> None:
    make_point(desk.bureau, "K002", library="common", assessor=desk.assessing)
    assert desk.send()["Location"] == desk.url(code="K002")
    assert desk.send(value="2")["Location"] == desk.url()
    there = desk.url(number="204")
    assert desk.client(desk.head).post(there, {"value": "1"})["Location"] == there


def test_a_returned_node_is_sent_again_and_left(desk: Desk) -> None:
    desk.send()
    make_point(desk.bureau, "K002", library="common", assessor=desk.assessing)
    Result.objects.update(state=State.RETURNED, return_reason="缺台账")
    assert desk.send()["Location"] == desk.url(code="K002")


def test_a_faulty_file_saves_nothing(desk: Desk) -> None:
    response = desk.client().post(desk.url(), {"value": "1", "files": [SimpleUploadedFile("x.exe", b"MZ")]})
    assert response.status_code == 422
    assert "类型不能上传" in text(response)
    assert not Result.objects.exists()
    assert not Evidence.objects.exists()


def test_ten_files_are_the_most_of_a_result(desk: Desk) -> None:
    desk.send(None, *(f"{n}.pdf" for n in range(8)))
    response = desk.send(None, *(f"更多{n}.pdf" for n in range(3)))
    assert response.status_code == 422
    assert "已有 8 个" in text(response)
    assert Evidence.objects.count() == 8


def test_a_faulty_value_stands_at_its_field(desk: Desk) -> None:
    for value in ("1.5", "-1", "一", "9" * 99):
        response = desk.send(None, value=value)
        assert response.status_code == 422
        assert 'id="id_value_error"' in text(response)
    assert not Result.objects.exists()


def test_files_without_a_fact_are_refused(desk: Desk) -> None:
    assert "请先填数据" in text(desk.send(None, "台账.pdf", value="")) or "请填写数据" in text(
        desk.send(None, "台账.pdf", value="")
    )
    assert not Evidence.objects.exists()


def test_what_it_would_be_worth_is_the_servers_arithmetic(desk: Desk) -> None:
    client = desk.client()
    assert "<b>3.00</b>" in text(client.get(desk.url("report-worth"), {"value": "2"}))
    assert "应当是整数" in text(client.get(desk.url("report-worth"), {"value": "2.5"}))
    assert "应当填扣分次数" in text(client.get(desk.url("report-worth"), {"value": ""}))


def test_tiers_are_chosen_with_their_worth(desk: Desk) -> None:
    make_point(desk.bureau, "K002", library="common", method="tier", assessor=desk.assessing)
    url = desk.url(code="K002")
    assert "3.40 分" in text(desk.client().get(url))
    assert desk.client().post(url, {"tier": "良"}).status_code == 302
    assert desk.client().post(url, {"tier": "甲"}).status_code == 422
    assert Result.objects.get().tier == "良"


def test_a_returned_fact_is_sent_again(desk: Desk) -> None:
    make_result(desk.staff, desk.point, value=1, state=State.RETURNED, return_reason="缺少台账")
    said = text(desk.client().get(desk.url()))
    assert "缺少台账" in said
    assert "重新提交" in said
    assert desk.send(None, "台账.pdf").status_code == 302
    assert Result.objects.get().state == State.REPORTED


def test_late_is_said_before_sending(desk: Desk) -> None:
    desk.bureau.stands_on = date(2023, 3, 28)
    desk.bureau.save()
    assert "采集窗口已于 3月26日 关闭，现在填报记为迟报" in text(desk.client().get(desk.url()))
    desk.send()
    assert Result.objects.get().late


def test_confirmed_machine_and_settled_facts_are_only_shown(desk: Desk) -> None:
    result = make_result(desk.staff, desk.point, value=1)
    assert "已经确认，不能再改" in text(desk.client().get(desk.url()))
    assert desk.send().status_code == 403
    assert "id_value" in text(desk.client(desk.office).get(desk.url()))
    result.delete()
    make_point(desk.bureau, "K003", library="common", source="machine")
    assert "机考数据" in text(desk.client().get(desk.url(code="K003")))
    assert desk.client().post(desk.url(code="K003"), {"value": "1"}).status_code == 403
    Quarter.objects.update(state=Quarter.State.PUBLISHED)
    assert "不再填报" in text(desk.client().get(desk.url()))


def test_who_opens_whose_node(desk: Desk) -> None:
    for person in (desk.staff, desk.liaison, desk.head, desk.office):
        assert desk.client(person).get(desk.url()).status_code == 200
    assert desk.client(desk.colleague).get(desk.url()).status_code == 403
    stranger = make_employee(make_bureau("YY"), "900", roles=["office"])
    assert desk.client(stranger).get(desk.url()).status_code == 404


@pytest.mark.parametrize(
    ("code", "period", "number"),
    [("K999", "2023Q1", "201"), ("K001", "2023-01", "201"), ("K001", "2023Q9", "201"), ("K001", "2023Q1", "000"),
     ("K001", "2024Q1", "201"), ("K001", "x", "201")],
)  # fmt: skip
def test_what_is_no_node_is_not_found(desk: Desk, code: str, period: str, number: str) -> None:
    assert desk.client(desk.office).get(desk.url(code=code, period=period, number=number)).status_code == 404


def test_only_the_uploader_takes_a_file_back_and_only_until_confirmed(desk: Desk) -> None:
    desk.send(None, "台账.pdf")
    found = Evidence.objects.get()
    stored = path_of(found.stored)
    url = reverse("indicators:evidence-remove", args=[found.pk])
    assert desk.client(desk.head).post(url).status_code == 403
    Result.objects.update(state=State.CONFIRMED)
    assert desk.client().post(url).status_code == 403
    Result.objects.update(state=State.REVIEWED)
    assert desk.client().post(url).status_code == 302
    assert not Evidence.objects.exists()
    assert Entry.objects.filter(action="evidence.remove").exists()
    assert stored.exists()  # until the transaction of the test commits, which it never does


def test_a_file_goes_with_the_commit_that_took_it_back(desk: Desk, django_capture_on_commit_callbacks: Any) -> None:
    desk.send(None, "台账.pdf")
    found = Evidence.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        desk.client().post(reverse("indicators:evidence-remove", args=[found.pk]))
    assert not path_of(found.stored).exists()


def test_other_evidence_has_to_be_opened_again(desk: Desk) -> None:
    desk.send(None, "一.pdf")
    for change in (
        lambda: add_evidence(
            result=Result.objects.get(), files=[SimpleUploadedFile("二.pdf", PDF)], actor=desk.staff, now=timezone.now()
        ),
        lambda: remove_evidence(evidence=Evidence.objects.order_by("pk")[0], actor=desk.staff),
    ):
        found = open_result(result=Result.objects.get(), actor=desk.head, now=timezone.now())
        assert found.openings.count() == 1
        change()
        ((_row, sentence),) = review_opened(ids=[found.pk], actor=desk.head).refused
        assert "没有打开" in sentence
    open_result(result=found, actor=desk.head, now=timezone.now())
    assert review_opened(ids=[found.pk], actor=desk.head).done == [found]


def test_evidence_is_read_by_readers_of_the_result_alone(desk: Desk) -> None:
    desk.send(None, "台账.pdf")
    url = reverse("indicators:evidence", args=[Evidence.objects.get().pk])
    response = desk.client(desk.head).get(url)
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Disposition"].startswith("attachment")
    assert desk.client(desk.colleague).get(url).status_code == 404
    assert desk.client(make_employee(make_bureau("YY"), "900", roles=["office"])).get(url).status_code == 404


def test_my_points_lead_to_the_form(desk: Desk) -> None:
    assert desk.url() in text(desk.client().get(reverse("indicators:mine")))


def test_a_missing_node_leads_to_its_form_for_whoever_may_fill_it(desk: Desk) -> None:
    desk.bureau.stands_on = date(2023, 4, 3)
    desk.bureau.save()
    url = reverse("indicators:results")
    asked = {"state": "missing", "quarter": "2023Q1"}
    assert desk.url() in text(desk.client(desk.liaison).get(url, asked))
    assert desk.url() in text(desk.client().get(url, asked))
    director = make_employee(desk.bureau, roles=["director"])
    assert desk.url() not in text(desk.client(director).get(url, asked))


def test_the_api_takes_lists_gives_and_removes_evidence(desk: Desk) -> None:
    client = desk.client()
    result = make_result(desk.staff, desk.point, value=1, state=State.REPORTED)
    url = reverse("result-evidence", args=[result.pk])
    posted = client.post(url, {"files": [SimpleUploadedFile("台账.pdf", PDF)]})
    assert posted.status_code == 201
    (row,) = client.get(url).json()
    assert (row["name"], row["by"]) == ("台账.pdf", "201")
    one = reverse("result-evidence-file", args=[result.pk, row["id"]])
    assert BytesIO(b"".join(client.get(one).streaming_content)).read() == PDF
    assert desk.client(desk.head).delete(one).status_code == 403
    assert desk.client(desk.colleague).get(one).status_code == 404
    assert client.delete(one).status_code == 204
    assert client.post(url, {}).status_code == 400
