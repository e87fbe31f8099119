"""A department's results as a workbook: down with a row for every node, up all or nothing."""

from copy import deepcopy
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from audit.models import Entry
from indicators.models import Quarter, Result
from organization.models import Employee
from tests.factories import make_bureau, make_department, make_employee, make_point, make_quarter, make_result

pytestmark = pytest.mark.django_db
State = Result.State
HEADER = ["期间", "工号", "考点编号", "目标值", "完成值", "档次", "不适用", "说明"]


class Desk:
    def __init__(self) -> None:
        self.bureau = make_bureau(is_demo=True, stands_on=date(2023, 3, 1))
        self.own, self.other = (make_department(self.bureau, code) for code in ("D01", "D02"))
        self.liaison = make_employee(self.bureau, "201", department=self.own, roles=["liaison"])
        self.staff = make_employee(self.bureau, "202", department=self.own)
        self.neighbour = make_employee(self.bureau, "301", department=self.other)
        make_quarter(self.bureau)
        self.point = make_point(self.bureau, "K001", library="common", assessor=self.other)
        self.tiers = make_point(self.bureau, "K002", library="common", method="tier", assessor=self.other)
        self.machine = make_point(self.bureau, "K003", library="common", source="machine", assessor=self.other)

    def client(self, who: Employee | None = None) -> Client:
        client = Client()
        client.force_login(who or self.liaison)
        return client

    def url(self, what: str, department: str = "D01") -> str:
        return reverse(f"indicators:grid-{what}", args=["2023Q1", department])

    def rows(self) -> list[list[Any]]:
        response = self.client().get(self.url("workbook"))
        sheet = load_workbook(BytesIO(b"".join(response.streaming_content)))["考评结果"]
        return [list(row) for row in sheet.iter_rows(values_only=True)]

    def upload(self, *rows: list[Any], header: list[str] = HEADER, who: Employee | None = None) -> Any:
        book = Workbook()
        sheet = book.worksheets[0]
        sheet.title = "考评结果"
        for row in (header, *rows):
            sheet.append(row)
        content = BytesIO()
        book.save(content)
        return self.client(who).post(
            self.url("upload"), {"file": SimpleUploadedFile("一季度.xlsx", content.getvalue())}
        )


def build() -> Desk:
    return Desk()


@pytest.fixture
def desk(built: Desk) -> Desk:
    return deepcopy(built)


def test_the_sheet_has_a_row_for_every_node(desk: Desk) -> None:
    make_result(desk.staff, desk.point, value=2, note="台账", state=State.REPORTED)
    make_result(desk.staff, desk.machine, value=1, source="machine")
    header, *rows = desk.rows()
    assert header == HEADER
    empty = [None] * 5
    assert rows == [
        ["2023Q1", "201", "K001", *empty],
        ["2023Q1", "201", "K002", *empty],
        ["2023Q1", "202", "K001", None, 2, None, None, "台账"],
        ["2023Q1", "202", "K002", *empty],
        ["2023Q1", "202", "K003", None, 1, None, None, None],
    ]


def test_what_was_downloaded_comes_back_unchanged(desk: Desk) -> None:
    make_result(desk.staff, desk.point, value=2, note="台账", state=State.RETURNED, return_reason="缺")
    make_result(desk.staff, desk.machine, value=1, source="machine")
    _header, *rows = desk.rows()
    assert desk.upload(*rows).status_code == 302
    assert not Entry.objects.filter(action="result.enter").exists()
    assert Result.objects.get(point=desk.point).state == State.RETURNED


def test_filled_rows_are_reported_and_not_confirmed(desk: Desk) -> None:
    _header, *rows = desk.rows()
    rows[0][4], rows[1][5], rows[2][4] = 1, "良", "２"
    assert desk.upload(*rows).status_code == 302
    found = Result.objects.order_by("employee__number", "point__code").values_list("value", "tier", "points", "state")
    assert list(found) == [
        (Decimal(1), "", Decimal("3.50"), State.REPORTED),
        (None, "良", Decimal("3.40"), State.REPORTED),
        (Decimal(2), "", Decimal("3.00"), State.REPORTED),
    ]
    assert Entry.objects.filter(action="result.enter").count() == 3
    assert Entry.objects.get(action="import.apply").after["updated"] == 3


def test_every_fault_is_named_and_nothing_is_saved(desk: Desk) -> None:
    make_result(desk.liaison, desk.point, value=0)
    response = desk.upload(
        ["2023Q1", "202", "K001", None, 1],
        ["2023Q1", "202", "K002", None, None, "甲"],
        ["2023Q1", "301", "K001", None, 1],
        ["2023Q1", "999", "K001", None, 1],
        ["2023Q1", "201", "K999", None, 1],
        ["2023Q1", "201", "K003", None, 1],
        ["2023Q1", "201", "K001", None, 3],
        ["2023Q2", "201", "K001", None, 1],
        ["2023Q1", "201", "K002", None, None, None, "是"],
        ["2023Q1", "202", "K001", None, 2],
    )
    assert response.status_code == 422
    problems = response.context["taken"].problems
    assert [(problem.row, problem.column) for problem in problems] == [
        (3, "档次"), (4, "工号"), (5, "工号"), (6, "考点编号"), (7, "完成值"), (8, "完成值"), (9, "期间"), (10, "不适用"),
        (11, "期间"),
    ]  # fmt: skip
    said = response.content.decode()
    for words in ("没有“甲”这一档", "不是D01股的人员", "这是机考数据", "已经确认", "不在 2023Q1 内"):
        assert words in said
    assert "data:application/vnd.openxmlformats" in said
    assert Result.objects.count() == 1
    assert not Entry.objects.filter(action__startswith="result").exists()


def test_an_absent_column_leaves_and_an_empty_cell_clears(desk: Desk) -> None:
    result = make_result(desk.staff, desk.point, value=2, note="台账", state=State.REPORTED)
    header = ["期间", "工号", "考点编号", "完成值"]
    assert desk.upload(["2023Q1", "202", "K001", 3], header=header).status_code == 302
    result.refresh_from_db()
    assert (result.value, result.note) == (3, "台账")
    assert desk.upload(["2023Q1", "202", "K001"]).status_code == 302
    assert not Result.objects.exists()


def test_whose_sheet_it_is(desk: Desk) -> None:
    client = desk.client()
    assert client.get(desk.url("upload")).status_code == 200
    for what in ("workbook", "upload"):
        assert client.get(desk.url(what, "D02")).status_code == 403
        assert client.get(desk.url(what, "nowhere")).status_code == 404
        assert desk.client(desk.staff).get(desk.url(what)).status_code == 403
    office = make_employee(desk.bureau, roles=["office"])
    assert desk.client(office).get(desk.url("workbook", "D02")).status_code == 200


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no workbook", b"hello"])
def test_what_is_no_workbook_says_so(desk: Desk, content: bytes) -> None:
    response = desk.client().post(desk.url("upload"), {"file": SimpleUploadedFile("x.xlsx", content)})
    assert response.status_code == 422


def test_a_book_without_the_sheet_is_refused(desk: Desk) -> None:
    content = BytesIO()
    Workbook().save(content)
    response = desk.client().post(desk.url("upload"), {"file": SimpleUploadedFile("x.xlsx", content.getvalue())})
    assert response.status_code == 422
    assert "没有“考评结果”表" in response.content.decode()


def test_a_settled_quarter_takes_no_workbook(desk: Desk) -> None:
    Quarter.objects.update(state=Quarter.State.PUBLISHED)
    assert desk.upload(["2023Q1", "202", "K001", None, 1]).status_code == 409
