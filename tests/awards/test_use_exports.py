"""The workbook of a list, opened again: the bureau's form, and a decision column that nobody fills but people."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook

from awards.exports import HEADER_ROW, write_use
from awards.grading import Word
from awards.models import UseList
from awards.queries.sheets import columns_of
from awards.queries.uses import digest_of, lines_of
from awards.services.uses import decide_line, draw_list, sign_list
from indicators.models import Quarter
from tests.awards.sample import NOW
from tests.reports.world import World, add_quarter, make_world

pytestmark = pytest.mark.django_db
Kind = UseList.Kind


def build() -> World:
    made = make_world()
    add_quarter(made, "2023Q2", {"anna": 0, "bert": 1}, state=Quarter.State.PUBLISHED)
    return made


@pytest.fixture
def world(built: World) -> World:
    return deepcopy(built)


def draw(world: World, kind: str, period: str) -> UseList:
    return draw_list(bureau=world.bureau, kind=kind, period=period, actor=world.people["office"], now=NOW)


def reopened(use_list: UseList):
    content = BytesIO()
    write_use(use_list, lines_of(use_list), content, made_at=NOW)
    content.seek(0)
    book = load_workbook(content)
    assert book.sheetnames == [str(Kind(use_list.kind).label)]
    return book.worksheets[0]


def rows_of(sheet, count: int) -> list[dict[str, object]]:
    names = [cell.value for cell in sheet[HEADER_ROW]]
    body = sheet.iter_rows(min_row=HEADER_ROW + 1, max_row=HEADER_ROW + count, values_only=True)
    return [dict(zip(names, row, strict=True)) for row in body]


def test_the_quarter_grade_in_the_bureaus_form(world):
    use_list = draw(world, Kind.QUARTERLY_GRADE, "2023Q1")
    sheet = reopened(use_list)
    assert sheet["A1"].value == "XS县税务局2023年一季度考核等次名单"
    assert sheet["A2"].value == "单位：XS县税务局　　期间：2023年一季度　　状态：拟定中"
    assert sheet["A3"].value == "“好”名额：参加单位排名 7 人 × 40%，舍去小数为 2 名；已评 0 名"
    names = [cell.value for cell in sheet[HEADER_ROW]]
    assert names == [
        "序号", "姓名", "工号", "部门", "序列", "总分", "单位排名", "违纪减分", "系统建议", "依据", "人工决定", "说明",
    ]  # fmt: skip
    lines = lines_of(use_list)
    for row, line in zip(rows_of(sheet, len(lines)), lines, strict=True):
        assert (row["姓名"], row["工号"]) == (line.employee.name, line.employee.number)
        assert Decimal(str(row["总分"])) == Decimal(line.figures["total"])
        assert row["单位排名"] == line.figures["rank"]
        assert (row["系统建议"] or "").removesuffix("（并列在界线上）") == line.suggestion_label
        assert row["依据"] == line.reason
        assert row["人工决定"] is None
        assert row["说明"] is None
    assert sheet.freeze_panes == f"A{HEADER_ROW + 1}"
    assert sheet.page_setup.orientation == "landscape"


def test_decisions_notes_and_signatures_stand_in_it(world):
    use_list = draw(world, Kind.QUARTERLY_GRADE, "2023Q1")
    office, director = world.people["office"], world.people["director"]
    for line in lines_of(use_list):
        if line.suggestion:
            note = "" if line.suggestion == Word.BETTER else "平衡各部门"
            decide_line(line=line, decision=Word.BETTER, note=note, actor=office, now=NOW)
    sign_list(use_list=use_list, digest=digest_of(use_list, lines_of(use_list)), actor=director, now=NOW)
    signed = UseList.objects.select_related("bureau", "drawn_by", "signed_by").get(pk=use_list.pk)
    lines = lines_of(signed)
    sheet = reopened(signed)
    for row, line in zip(rows_of(sheet, len(lines)), lines, strict=True):
        assert (row["人工决定"] or "", row["说明"] or "") == (line.decision_label, line.note)
    below = [row[0] for row in sheet.iter_rows(min_row=HEADER_ROW + len(lines) + 1, values_only=True) if row[0]]
    assert below == [
        "绩效办（拟定）：office　2023-09-01 09:00",
        "局长（签发）：director　2023-09-01 09:00",
        f"校验和：{signed.digest}",
    ]


@pytest.mark.parametrize(
    ("kind", "period"),
    [
        (Kind.ANNUAL_GRADE, "2023"), (Kind.PROMOTION, "2023"), (Kind.TRAINING, "2023Q1"), (Kind.IMPROVEMENT, "2023"),
        (Kind.DEPARTMENT_TALK, "2023"),
    ],
)  # fmt: skip
def test_every_list_has_its_sheet(world, kind, period):
    use_list = draw(world, kind, period)
    lines = lines_of(use_list)
    sheet = reopened(use_list)
    rows = rows_of(sheet, len(lines))
    assert list(rows[0]) if rows else [cell.value for cell in sheet[HEADER_ROW]]
    for row, line in zip(rows, lines, strict=True):
        for column in columns_of(use_list):
            value = column.value(line)
            shown = row[str(column.label)]
            assert (shown if shown is not None else "") == (value if value not in (None, "") else "") or Decimal(
                str(shown)
            ) == value
        assert row["人工决定"] is None
    signatures = [row[0] for row in sheet.iter_rows(min_row=HEADER_ROW + len(lines) + 1, values_only=True) if row[0]]
    assert len(signatures) == 2
    assert signatures[1] == "局长（签发）：　　　　　　　　　　　　年　　月　　日"
