"""What an import may not do to quarters in publicity or published (workbook.md, Published quarters)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from indicators.models import PointVersion, Quarter, Result
from organization.models import Employee
from tests.exchange.books import Book, put, small_book
from tests.exchange.conftest import TakeIn, counts, take_small_book, told

pytestmark = pytest.mark.usefixtures("built")
Fault = Callable[[Book], Any]


def build() -> None:
    take_small_book()


@pytest.fixture(params=[Quarter.State.PUBLISHED, Quarter.State.PUBLICITY])
def settled(request: pytest.FixtureRequest, db: None) -> str:
    """The small bureau with its quarter settled."""
    Quarter.objects.filter(code="2023Q1").update(state=request.param)
    return str(request.param)


def cell(sheet: str, row: int, name: str, value: Any) -> Fault:
    return lambda book: put(book, sheet, row, name, value)


REFUSED: dict[str, tuple[Fault, str]] = {
    "scheme": (cell("方案", 2, "值", 3), "方案!2 值"),
    "scheme new": (lambda book: book["方案"].append(["AA", "2022Q4", "联动上限", 1]), "方案!3 值"),
    "common point": (cell("考点", 2, "分值", 5), "考点!2 分值"),
    "held point": (cell("考点", 4, "名称", "入库进度"), "考点!4 名称"),
    "competitive point": (cell("考点", 6, "名称", "攻坚克难"), "考点!6 名称"),
    "item": (lambda book: book["领取"].append(["2023Q1", "1004", "K3", None]), "领取!4 季度"),
    "item's day": (cell("领取", 3, "领取日期", date(2023, 3, 6)), "领取!3 季度"),
    "result": (cell("考评结果", 2, "完成值", 2), "考评结果!2 期间"),
    "new result": (
        lambda book: book["考评结果"].append(["2023-03", "1002", "K1", None, 0, None, None, None]),
        "考评结果!8 期间",
    ),
    "task": (cell("急难险重任务", 2, "基础分", 3), "急难险重任务!2 季度"),
    "claim": (cell("抢派单", 2, "质量系数", 1), "抢派单!2 任务编号"),
    "adjustment": (cell("加减分", 2, "分值", 3), "加减分!2 日期"),
    "department score": (cell("部门得分", 2, "得分", 93), "部门得分!2 季度"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_change_of_a_settled_quarter_is_refused_by_name(name: str, settled: str, take: TakeIn) -> None:
    book = small_book()
    plant, place = REFUSED[name]
    plant(book)
    report = take(book)
    assert told(report) == [place], [str(problem) for problem in report.problems]
    assert "2023Q1" in str(report.problems[0])
    assert not report.kept
    assert Result.objects.count() == 6


def test_the_same_rows_are_unchanged(settled: str, take: TakeIn) -> None:
    report = take(small_book())
    assert report.kept
    assert (report.created, report.updated) == (0, 0)


def test_a_value_that_says_the_default_changes_nothing_published(settled: str, take: TakeIn) -> None:
    book = small_book()
    book["方案"].append(["AA", "2022Q4", "联动上限", 2])
    assert take(book).kept


def test_a_scheme_of_a_coming_quarter_is_accepted(settled: str, take: TakeIn) -> None:
    book = small_book()
    book["方案"].append(["AA", "2023Q2", "联动上限", 1])
    assert take(book).kept


def test_a_point_that_nobody_held_may_change(settled: str, take: TakeIn) -> None:
    report = take(put(small_book(), "考点", 7, "分值", 5))
    assert counts(report)["考点"] == (0, 1, 5)
    assert report.kept


def test_a_new_point_holds_from_the_first_open_quarter(settled: str, take: TakeIn) -> None:
    book = small_book()
    new = list(book["考点"][1])
    new[2] = "K9"
    book["考点"].append(new)
    assert take(book).kept
    assert PointVersion.objects.get(point__code="K9").from_quarter == "2023Q2"
    assert PointVersion.objects.get(point__code="K1").from_quarter == "2023Q1"


def test_other_quarters_go_on(settled: str, take: TakeIn) -> None:
    book = small_book()
    book["部门得分"].append(["2023Q2", "AA", "D1", 90])
    report = take(book)
    assert counts(report)["部门得分"] == (1, 0, 2)


def test_people_may_change_and_the_import_says_what_a_correction_would(take: TakeIn) -> None:
    Quarter.objects.filter(code="2023Q1").update(state=Quarter.State.PUBLISHED)
    book = small_book()
    put(book, "人员", 4, "离职日期", date(2023, 3, 1))
    put(book, "离岗", 2, "截止日期", date(2023, 2, 20))
    report = take(book)
    assert report.kept
    assert [(remark.sheet, "2023Q1" in str(remark)) for remark in report.remarks] == [("人员", True), ("离岗", True)]
    assert Employee.objects.get(number="1003").left_on == date(2023, 3, 1)


def test_a_change_after_the_quarter_touches_no_published_one(take: TakeIn) -> None:
    Quarter.objects.filter(code="2023Q1").update(state=Quarter.State.PUBLISHED)
    assert take(put(small_book(), "人员", 4, "离职日期", date(2023, 5, 1))).remarks == []


def test_a_changed_rule_recounts_what_is_there(take: TakeIn) -> None:
    report = take(put(small_book(), "考点", 2, "计分参数", "每次扣分=1"))
    assert counts(report)["考点"] == (0, 1, 5)
    assert counts(report)["考评结果"] == (0, 0, 6)
    assert str(Result.objects.get(point__code="K1", period="2023-01").points) == "3.00"


def test_a_changed_rule_has_to_fit_what_is_there(take: TakeIn) -> None:
    book = put(put(small_book(), "考点", 3, "计分方式", "扣分"), "考点", 3, "计分参数", "每次扣分=1")
    points_only = {"考点": book["考点"]}
    assert told(take(points_only)) == ["考点!3 计分方式"]
    put(book, "考评结果", 4, "档次", None)
    put(book, "考评结果", 4, "完成值", 1)
    assert take(book).kept


def test_inputs_outside_the_employment_are_kept_with_a_remark(take: TakeIn) -> None:
    book = small_book()
    book["考评结果"].append(["2023-01", "1004", "K1", None, 0, None, None, None])
    book["考评结果"].append(["2023-01", "1003", "K4", None, 0, None, None, None])
    report = take(book)
    assert report.kept
    assert [(remark.sheet, remark.row) for remark in report.remarks] == [("考评结果", 8), ("考评结果", 9)]
    assert Result.objects.filter(period="2023-01").count() == 3


def test_a_row_without_input_is_a_node_still_missing(take: TakeIn) -> None:
    book = small_book()
    book["考评结果"].append(["2023-03", "1002", "K1", None, None, None, None, None])
    assert take(book).kept
    assert Result.objects.get(period="2023-03", point__code="K1").points is None


def test_a_lead_changes_hands_in_one_file(take: TakeIn) -> None:
    book = put(put(small_book(), "抢派单", 3, "分工", "协办"), "抢派单", 4, "分工", "主办")
    report = take(book)
    assert counts(report)["抢派单"] == (0, 2, 1)
    assert report.kept
    assert counts(take(book))["抢派单"] == (0, 0, 3)


def test_fewer_places_than_claims_are_refused(take: TakeIn) -> None:
    assert told(take({"急难险重任务": put(small_book(), "急难险重任务", 3, "名额", 1)["急难险重任务"]})) == [
        "急难险重任务!3 名额"
    ]


def test_what_a_system_measured_stays_as_it_was(take: TakeIn) -> None:
    """A machine fact is not edited by hand, and a workbook is a hand; what other rows say is taken in."""
    Result.objects.filter(employee__number="1002", point__code="K1", period="2023-01").update(
        source=PointVersion.Source.MACHINE, origin="金税系统"
    )
    rows = {index: row[:3] for index, row in enumerate(small_book()["考评结果"], start=1)}
    place = next(index for index, row in rows.items() if row == ["2023-01", "1002", "K1"])
    report = take(put(small_book(), "考评结果", place, "完成值", 9))
    assert report.kept
    assert [(remark.row, remark.column) for remark in report.remarks if "金税系统" in str(remark.message)] == [
        (place, "完成值")
    ]
    assert not Result.objects.filter(value=9).exists()
    taken_out = put(put(small_book(), "考评结果", place, "完成值", None), "考评结果", place, "不适用", "是")
    assert take(taken_out).kept
    assert Result.objects.get(origin="金税系统").exempt
