"""The score report read back: sheets and columns as workbook.md names them, by command and in the browser."""

from copy import deepcopy
from io import BytesIO

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from audit.models import Entry
from indicators.models import Quarter
from reports.services import export_scores
from tests.factories import make_claim, make_department, make_task
from tests.guards import guards_lifted
from tests.reports.world import add_quarter, make_world

pytestmark = pytest.mark.django_db

COLUMNS = [
    "季度", "单位代码", "工号", "姓名", "部门代码", "部门名称", "序列", "共性得分", "个性得分", "竞争性得分", "加减分",
    "组织联动", "总分", "是否参与排名", "单位排名", "序列排名", "前30%", "说明",
]  # fmt: skip
ITEM_COLUMNS = ["工号", "姓名", "考点编号", "名称", "分值", "得分", "节点数", "漏项数"]


def build():
    return make_world()


@pytest.fixture
def world(built):
    return deepcopy(built)


def values(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def exported(tmp_path, period, *arguments):
    out = tmp_path / "out.xlsx"
    call_command("export_scores", period, out, *arguments)
    return load_workbook(out)


def test_the_sheet_of_scores_is_as_specified(tmp_path, world):
    sheet = exported(tmp_path, "2023Q1", "--bureau", "XS")["得分"]
    header, *rows = values(sheet)
    assert header == COLUMNS
    assert [row[3] for row in rows] == [
        "anna", "head", "bert", "cora", "office", "discipline", "admin", "dora", "director", "deputy",
    ]  # fmt: skip
    assert rows[0] == [
        "2023Q1",
        "XS",
        "XS01",
        "anna",
        "XSA",
        "甲股",
        "一般干部",
        30,
        60,
        0,
        0,
        0,
        90,
        "是",
        1,
        1,
        "是",
        None,
    ]
    assert rows[7][13:] == ["否", None, None, "否", "在岗不足二分之一"]
    assert rows[8][13:] == ["是", None, 1, "否", None]
    assert {sheet.cell(2, place).number_format for place in range(8, 14)} == {"0.00"}


def test_the_sheets_of_items(tmp_path):
    world = make_world("AN", state=Quarter.State.COLLECTING)
    claim = make_claim(make_task(world.bureau, "T1", name="急件", places=1), world.people["anna"], quality="1.1")
    call_command("score_quarter", "2023Q1", "--bureau", "AN")
    book = exported(tmp_path, "2023Q1", "--bureau", "AN")
    assert book.sheetnames == ["封面", "得分", "共性", "个性", "竞争性"]
    assert values(book["共性"])[:3] == [
        ITEM_COLUMNS,
        ["AN00", "head", "K001", "政治学习", 4, 3.5, 1, 0],
        ["AN01", "anna", "K001", "政治学习", 4, 4, 1, 0],
    ]
    assert len(values(book["个性"])) == 11
    assert values(book["竞争性"])[1:] == [["AN01", "anna", claim.task.number, "急件", 2.4, 2.64, 1, 0]]


def test_it_is_made_to_be_printed(tmp_path, world):
    for sheet in exported(tmp_path, "2023Q1").worksheets[1:]:
        assert sheet.freeze_panes == "A2"
        assert sheet.page_setup.orientation == "landscape"
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows == "$1:$1"
        assert "XS县税务局" in sheet.oddHeader.left.text
        assert "&P" in sheet.oddFooter.right.text


def test_the_cover_says_what_it_is(tmp_path, world):
    cover = {row[1]: row[2] for row in values(exported(tmp_path, "2023Q1")["封面"]) if row[1] and row[2] is not None}
    assert cover["状态"] == "已发布"
    assert (cover["计分人数"], cover["单位排名人数"], cover["最高分"], cover["最大分差"]) == (10, 7, 90, 15)


def test_names_that_look_like_formulas_stay_text(tmp_path, world):
    from scoring.models import Score

    with guards_lifted("scoring_score"):
        Score.objects.filter(name="anna").update(name="=1+1")
    cell = exported(tmp_path, "2023Q1")["得分"].cell(2, 4)
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_the_year_is_the_mean_of_its_published_quarters(tmp_path, world):
    add_quarter(world, "2023Q2", {"anna": 1, "head": 0, "dora": 0}, state="published")
    add_quarter(world, "2023Q3", {"anna": 4}, state="collecting")
    header, *rows = values(exported(tmp_path, "2023")["得分"])
    by_name = {row[3]: dict(zip(header, row, strict=True)) for row in rows}
    assert by_name["anna"]["年度得分"] == 88.13  # (90.00 + 86.25) / 2 = 88.125
    assert by_name["head"]["年度得分"] == 88.13
    assert (by_name["anna"]["单位排名"], by_name["head"]["单位排名"], by_name["bert"]["单位排名"]) == (1, 1, 3)
    assert by_name["dora"]["年度得分"] == 90
    assert (by_name["dora"]["是否参与排名"], by_name["dora"]["单位排名"]) == ("否", None)
    assert (by_name["dora"]["一季度得分"], by_name["dora"]["二季度得分"]) == (None, 90)
    assert by_name["director"]["单位排名"] is None
    assert by_name["director"]["序列排名"] == 1


def test_a_department_without_people_in_the_year_gets_nobodys_items(world):
    out = BytesIO()
    new = make_department(world.bureau, "XSZ")
    assert export_scores(bureau=world.bureau, period="2023", actor=None, out=out, department=new) == 0
    assert [len(values(sheet)) for sheet in load_workbook(out).worksheets[1:]] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("period", "sentence"),
    [("2023Q2", "还没有计分"), ("2022", "还没有已发布的季度"), ("春天", "既不是季度也不是年度")],
)
def test_what_cannot_be_exported_is_refused_with_a_sentence(tmp_path, world, period, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("export_scores", period, tmp_path / "out.xlsx", "--bureau", "XS")
    assert not (tmp_path / "out.xlsx").exists()


def test_several_bureaus_need_a_name(tmp_path, world):
    make_world("YS")
    with pytest.raises(CommandError, match="--bureau"):
        call_command("export_scores", "2023Q1", tmp_path / "out.xlsx")


def download(client, person, period="2023Q1"):
    client.force_login(person)
    return client.post("/ranking/export/", {"period": period})


def test_a_download_leaves_a_line(client, world):
    response = download(client, world.people["office"])
    book = load_workbook(BytesIO(b"".join(response.streaming_content)))
    assert len(values(book["得分"])) == 11
    line = Entry.objects.get(action="export.scores")
    assert line.actor == "office（XS07）"
    assert line.after == {"period": "2023Q1", "people": 10, "department": None}


def test_a_head_takes_the_own_department_alone(client, world):
    response = download(client, world.people["head"])
    book = load_workbook(BytesIO(b"".join(response.streaming_content)))
    assert {row[3] for row in values(book["得分"])[1:]} == {"head", "anna", "bert"}
    assert {row[1] for row in values(book["共性"])[1:]} == {"head", "anna", "bert"}


@pytest.mark.parametrize("name", ["anna", "admin", "deputy"])
def test_others_are_told_why_not(client, world, name):
    response = download(client, world.people[name])
    assert response.status_code == 403
    assert "导出得分需要" in response.content.decode()
    assert not Entry.objects.filter(action="export.scores").exists()


def test_an_export_is_of_the_own_bureau(client, world):
    other = make_world("YS")
    add_quarter(other, "2023Q2", {}, state="published")
    assert download(client, world.people["office"], "2023Q2").status_code == 409
