"""The bureau workbook as people really fill it: spellings, blanks, faults, and files that are none."""

import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell

from common.quarters import QuarterCode
from common.workbook import (
    Column,
    Problem,
    SheetSpec,
    UnreadableWorkbook,
    cells,
    mark_problems,
    open_workbook,
    reader,
    write_sheet,
)
from common.workbook.problems import CellError, Remark
from common.workbook.writer import plain_value

D = Decimal
SPEC = SheetSpec(
    "考评结果",
    (
        Column("期间", "period", cells.month_or_quarter, required=True),
        Column("工号", "number", cells.code(), required=True),
        Column("完成值", "value", cells.decimal(percent=True), percent=True),
        Column("不适用", "exempt", cells.yes_no()),
        Column("日期", "day", cells.date_cell),
    ),
    key=("period", "number"),
)


def workbook(rows, *, title="考评结果", formats=None):
    book = Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for place, number_format in (formats or {}).items():
        sheet[place].number_format = number_format
    return saved(book)


def saved(book):
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    return stream


def read(stream, spec=SPEC):
    problems: list[Problem] = []
    remarks: list[Remark] = []
    with open_workbook(stream) as book:
        rows = list(book.read(spec, problems, remarks))
    return rows, [str(problem) for problem in problems], [str(remark) for remark in remarks]


def test_rows_come_as_values_by_field_with_their_number_in_excel():
    rows, problems, remarks = read(
        workbook(
            [
                ["工号", "期间", "完成值"],
                [10232300001.0, "2023年1月", "９７．５"],
                [None, " ", None],
                ["002", "2023q1", 3],
            ]
        )
    )
    assert (problems, remarks) == ([], [])
    assert [(row.number, row.values, row.faulty) for row in rows] == [
        (2, {"number": "10232300001", "period": "2023-01", "value": D("97.5")}, False),
        (4, {"number": "002", "period": "2023Q1", "value": D(3)}, False),
    ]


def test_an_absent_column_has_no_value_and_an_empty_cell_is_none():
    rows, _, _ = read(workbook([["工号", "期间", "日期"], ["1", "2023-01", None]]))
    assert rows[0].values == {"number": "1", "period": "2023-01", "day": None}


def test_percent_cells_count_a_hundredfold_without_a_float():
    rows, problems, _ = read(
        workbook(
            [["工号", "期间", "完成值"], ["1", "2023-01", 0.97], ["2", "2023-01", "97％"], ["3", "2023-01", 0.283]],
            formats={"C2": "0.00%", "C4": "0%"},
        )
    )
    assert not problems
    assert [str(row.values["value"]) for row in rows] == ["97", "97", "28.3"]


def test_every_fault_is_told_by_sheet_row_and_column_and_the_row_still_comes():
    rows, problems, _ = read(
        workbook(
            [
                ["工号", "期间", "完成值", "不适用", "日期"],
                ["1", "2023-13", "很多", "是", "2023-02-30"],
                [None, "2023-01", None, "对", None],
                ["3", "2023-01", "#N/A", None, None],
            ]
        )
    )
    assert [row.faulty for row in rows] == [True, True, True]
    assert rows[0].values == {"number": "1", "exempt": True}
    assert [problem.split(":")[0] for problem in problems] == [
        "考评结果!2 期间",
        "考评结果!2 完成值",
        "考评结果!2 日期",
        "考评结果!3 工号",
        "考评结果!3 不适用",
        "考评结果!4 完成值",
    ]
    assert problems[1] == "考评结果!2 完成值: “很多”不是数字；应当填数字。"
    assert problems[4] == "考评结果!3 不适用: “对”不是可选的值；应当填：是、否。"


def test_the_same_key_twice_is_a_fault_of_the_second_row():
    rows, problems, _ = read(workbook([["工号", "期间"], ["1", "2023-01"], ["1", "2023-02"], [1, "2023年1月"]]))
    assert [row.faulty for row in rows] == [False, False, True]
    assert problems == ["考评结果!4 期间: 与前面的行重复：期间+工号相同；同一个期间+工号只能出现一次。"]


def test_headers_in_any_order_unknown_ones_ignored_missing_ones_told():
    _, problems, remarks = read(workbook([["备注", " 工 号", "工号\u3000"], ["x", None, "1"]]))
    assert problems == ["考评结果!1 期间: 缺少必填列；请在表头补上这一列。"]
    assert [remark.split(":")[0] for remark in remarks] == ["考评结果!1 备注", "考评结果!1 工 号"]
    rows, problems, _ = read(workbook([["工号", "期间", "工号"], ["1", "2023-01", "2"]]))
    assert (rows, problems) == ([], ["考评结果!1 工号: 这一列出现了两次；每个列名只能出现一次。"])


def test_an_empty_sheet_lacks_its_columns_and_an_absent_one_nothing():
    assert len(read(workbook([]))[1]) == 2
    assert read(workbook([["工号"]], title="别的")) == ([], [], [])


def test_unknown_sheets_are_remarked():
    with open_workbook(workbook([["x"]], title="草稿")) as book:
        assert [str(remark) for remark in book.unknown_sheets([SPEC])] == ["草稿!1 表名: 不认识这张表，已忽略。"]
        assert book.sheets == ["草稿"]


def test_a_false_dimension_and_thousands_of_empty_rows_change_nothing():
    book = Workbook()
    sheet = book.active
    sheet.title = "考评结果"
    sheet.append(["工号", "期间"])
    sheet.append(["1", "2023-01"])
    sheet["A9000"].number_format = "0.00"
    source = saved(book)
    stream = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(stream, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            new.writestr(entry, content.replace(b'<dimension ref="A1:B9000"', b'<dimension ref="A1:A1"'))
    stream.seek(0)
    rows, problems, _ = read(stream)
    assert not problems
    assert [row.values for row in rows] == [{"number": "1", "period": "2023-01"}]


def test_a_stray_cell_in_the_last_row_costs_no_look_at_the_empty_ones(monkeypatch):
    looked_at: list[int] = []
    read_row = reader._SheetReader.read_row
    monkeypatch.setattr(
        reader._SheetReader,
        "read_row",
        lambda self, cells, number: (looked_at.append(number), read_row(self, cells, number))[1],  # type: ignore[func-returns-value]
    )
    book = Workbook()
    sheet = book.active
    sheet.title = "考评结果"
    sheet.append(["工号", "期间"])
    sheet.append(["1", "2023-01"])
    sheet["A9000"].number_format = "0.00"
    rows, problems, _ = read(saved(book))
    assert (len(rows), problems) == (1, [])
    assert looked_at == [2, 9000]


def test_formulas_count_by_their_cached_value_and_errors_are_faults():
    source = workbook([["工号", "期间", "完成值"], ["1", "2023-01", "=1+1"], ["2", "2023-01", "=1/0"]])
    stream = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(stream, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename.endswith("sheet1.xml"):
                content = content.replace(b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>").replace(
                    b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>"
                )
                content = content.replace(b'<c r="C3"><f>1/0</f><v></v>', b'<c r="C3" t="e"><f>1/0</f><v>#DIV/0!</v>')
                content = content.replace(b'<c r="C3"><f>1/0</f><v />', b'<c r="C3" t="e"><f>1/0</f><v>#DIV/0!</v>')
            new.writestr(entry, content)
    stream.seek(0)
    rows, problems, _ = read(stream)
    assert rows[0].values["value"] == 2
    assert problems == ["考评结果!3 完成值: 单元格是 Excel 错误值 #DIV/0!；请改正公式，或直接填数值。"]


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04broken"])
def test_what_is_no_workbook_is_refused_with_a_sentence(content):
    with pytest.raises(UnreadableWorkbook, match="xlsx"):
        open_workbook(io.BytesIO(content))


def test_a_zip_without_a_workbook_and_a_missing_file_are_refused(tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(UnreadableWorkbook, match="xlsx"):
        open_workbook(stream)
    with pytest.raises(UnreadableWorkbook, match="找不到"):
        open_workbook(tmp_path / "none.xlsx")


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/bomb.xml", "w") as entry:
        for _ in range(70):
            entry.write(bytes(1024**2))
    with pytest.raises(UnreadableWorkbook, match="过大"):
        open_workbook(stream)


@pytest.mark.parametrize(
    ("parser", "raw", "value"),
    [
        (cells.date_cell, "2023-03-25", date(2023, 3, 25)),
        (cells.date_cell, "2023/3/25", date(2023, 3, 25)),
        (cells.date_cell, "２０２３年３月２５日", date(2023, 3, 25)),
        (cells.date_cell, 45010, date(2023, 3, 25)),
        (cells.date_cell, datetime(2023, 3, 25, tzinfo=None), date(2023, 3, 25)),
        (cells.datetime_cell, "2023-03-25 9:00", datetime(2023, 3, 25, 9)),
        (cells.datetime_cell, "2023年3月25日 09：00：30", datetime(2023, 3, 25, 9, 0, 30)),
        (cells.datetime_cell, "2023/3/25", datetime(2023, 3, 25)),
        (cells.month_or_quarter, "2023-3", "2023-03"),
        (cells.month_or_quarter, "2023/03", "2023-03"),
        (cells.month_or_quarter, "2023年3月", "2023-03"),
        (cells.month_or_quarter, "2023年3月25日", "2023-03"),
        (cells.month_or_quarter, date(2023, 3, 25), "2023-03"),
        (cells.month_or_quarter, "２０２３ｑ１", "2023Q1"),
        (cells.quarter_cell, "2023Q1", QuarterCode(2023, 1)),
        (cells.code(), 10232300001.0, "10232300001"),
        (cells.code(), " Ｄ０１ ", "D01"),
        (cells.text(), 3.0, "3"),
        (cells.text(), " 第一行\n第二行 ", "第一行\n第二行"),
        (cells.whole(minimum=1), "３", 3),
        (cells.whole(), 3.0, 3),
        (cells.decimal(max_places=2), "4.50", D("4.5")),
        (cells.decimal(minimum=0, maximum=D("1.2")), 1.2, D("1.2")),
        (cells.yes_no(), "是", True),
        (cells.yes_no(), False, False),
        (cells.choice({"高": "high"}), " 高 ", "high"),
        (cells.list_of(cells.choice(["干部", "局长"])), "干部；局长;干部", ["干部", "局长"]),
    ],
)
def test_cells_are_read_in_the_spellings_people_use(parser, raw, value):
    assert parser(raw) == value


@pytest.mark.parametrize(
    ("parser", "raw"),
    [
        (cells.date_cell, "2023-02-29"),
        (cells.date_cell, "25.3."),
        (cells.date_cell, 20230325),
        (cells.date_cell, "2023-03-25 9 点"),
        (cells.date_cell, timedelta(hours=9)),
        (cells.date_cell, True),
        (cells.datetime_cell, "2023-03-25 25:00"),
        (cells.month_or_quarter, "2023"),
        (cells.month_or_quarter, "2023-13"),
        (cells.month_or_quarter, "2023Q5"),
        (cells.quarter_cell, "2023-01"),
        (cells.code(), 1.5),
        (cells.code(), "D 01"),
        (cells.code(max_length=3), "D001"),
        (cells.text(2), "三个字"),
        (cells.whole(), 2.5),
        (cells.whole(minimum=1), 0),
        (cells.decimal(above=0), 0),
        (cells.decimal(maximum=1), "1.01"),
        (cells.decimal(max_places=2), "1.005"),
        (cells.decimal(), "97%"),
        (cells.yes_no(), "对"),
        (cells.choice(["高"]), "特高"),
    ],
)
def test_cells_that_cannot_be_are_refused_with_what_would_be_right(parser, raw):
    with pytest.raises(CellError) as caught:
        parser(raw)
    assert str(caught.value.message)
    assert str(caught.value.hint)


def test_what_is_written_can_be_read_again():
    spec = SheetSpec(
        "表",
        (
            Column("代码", "code", cells.code(), required=True, help="单位代码", width=20),
            Column("文", "text", cells.text()),
            Column("分", "points", cells.decimal(), number_format="0.00"),
            Column("时间", "at", cells.datetime_cell),
            Column("季度", "quarter", cells.quarter_cell),
            Column("角色", "roles", cells.list_of(cells.text())),
            Column("是否", "flag", cells.yes_no()),
        ),
        key=("code",),
    )
    row = {
        "code": "00123",
        "text": "=1+1\x07",
        "points": D("69.40"),
        "at": datetime(2023, 3, 25, 1, 0, tzinfo=UTC),
        "quarter": QuarterCode(2023, 1),
        "roles": ["干部", "局长"],
        "flag": True,
    }
    book = Workbook(write_only=True)
    assert write_sheet(book, spec, [row, {"code": "2"}]) == 2
    stream = saved(book)
    rows, problems, _ = read(stream, spec)
    assert not problems
    at = datetime(2023, 3, 25, 9, 0)
    assert rows[0].values == row | {"text": "=1+1", "at": at}
    assert set(rows[1].values.values()) == {"2", None}
    sheet = load_workbook(stream)["表"]
    assert sheet.freeze_panes == "A2"
    assert (sheet["B2"].data_type, sheet["B2"].quotePrefix, sheet["C2"].number_format) == ("s", True, "0.00")
    assert sheet["A1"].comment.text == "单位代码"


def test_a_value_that_no_cell_can_hold_is_a_mistake_of_the_program():
    with pytest.raises(TypeError, match="object"):
        plain_value(object())


PROBLEMS = [
    Problem("考评结果", 2, "完成值", "“很多”不是数字", "应当填数字"),
    Problem("考评结果", 2, "完成值", "还有一处"),
    Problem("没有的表", 1, "工号", "=缺少"),
]


def test_faulty_cells_are_marked_and_listed_in_front():
    source = workbook([["工号", "期间", "完成值"], ["1", "2023-01", "很多"]])
    out = io.BytesIO()
    mark_problems(source, PROBLEMS, out)
    book = load_workbook(out)
    assert book.sheetnames == ["问题清单", "考评结果"]
    cell = book["考评结果"]["C2"]
    assert cell.value == "很多"
    assert cell.fill.fgColor.rgb.endswith("FFD7D5")
    assert "应当填数字" in cell.comment.text
    assert "还有一处" in cell.comment.text
    assert [one.value for one in book["问题清单"][2]] == ["考评结果", 2, "完成值", "“很多”不是数字", "应当填数字"]
    assert book["问题清单"]["D4"].data_type == "s"
    again = io.BytesIO()
    out.seek(0)
    mark_problems(out, [], again)
    assert load_workbook(again).sheetnames == ["问题清单", "考评结果"]


def test_a_large_file_gets_the_list_alone():
    out = io.BytesIO()
    mark_problems(workbook([["工号"]]), PROBLEMS, out, marked_up_to=10)
    assert load_workbook(out).sheetnames == ["问题清单"]


def test_write_only_cells_without_a_style_are_read_too():
    book = Workbook(write_only=True)
    sheet = book.create_sheet("考评结果")
    sheet.append(["工号", "期间", "日期"])
    day = WriteOnlyCell(sheet, value=date(2023, 3, 25))
    sheet.append(["1", "2023-03", day])
    assert read(saved(book))[0][0].values["day"] == date(2023, 3, 25)


def test_the_rows_to_come_are_estimated_from_the_size():
    source = workbook([["工号", "期间"], *([str(number), "2023-01"] for number in range(9999))])
    with open_workbook(source) as book:
        assert 9000 < book.estimate("考评结果") < 11000
        assert book.estimate("没有") == 0
