"""Planted faults: each is named by sheet and row, and nothing of the file is saved (workbook.md, Import)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from indicators.models import Quarter, Result
from organization.models import Bureau, Employee
from tests.exchange.books import Book, drop, put, small_book
from tests.exchange.conftest import TakeIn, told

pytestmark = pytest.mark.once
Fault = Callable[[Book], Any]


def cell(sheet: str, row: int, name: str, value: Any) -> Fault:
    return lambda book: put(book, sheet, row, name, value)


def row(sheet: str, *values: Any) -> Fault:
    return lambda book: book[sheet].append(list(values))


FAULTS: dict[str, tuple[Fault, str]] = {
    "level unknown": (cell("单位", 2, "层级", "区局"), "单位!2 层级"),
    "parent missing": (cell("单位", 2, "上级单位代码", "ZZ"), "单位!2 上级单位代码"),
    "own parent": (cell("单位", 2, "上级单位代码", "AA"), "单位!2 上级单位代码"),
    "quarter misspelt": (cell("方案", 2, "起始季度", "2023-1"), "方案!2 起始季度"),
    "setting unknown": (cell("方案", 2, "项目", "加分封顶"), "方案!2 项目"),
    "setting no number": (cell("方案", 2, "值", "很多"), "方案!2 值"),
    "share above one": (row("方案", "AA", "2023Q1", "主办份额", 1.5), "方案!3 值"),
    "weights off": (row("方案", "AA", "2023Q1", "共性权重", 40), "方案!3 值"),
    "category in scheme unknown": (row("方案", "AA", "2023Q1", "不参加单位排名序列", "局领导;科员"), "方案!3 值"),
    "bureau of department missing": (row("部门", "BB", "D3", "丙", "机关股室", None, None), "部门!4 单位代码"),
    "department kind": (cell("部门", 2, "部门类型", "科室"), "部门!2 部门类型"),
    "yes or no": (cell("部门", 2, "是否考评部门", "对"), "部门!2 是否考评部门"),
    "deputy missing": (cell("部门", 2, "分管局领导工号", "9999"), "部门!2 分管局领导工号"),
    "department twice": (row("部门", "AA", "D1", "丙", "机关股室", None, None), "部门!4 单位代码"),
    "department of post": (cell("岗位", 2, "部门代码", "D9"), "岗位!2 部门代码"),
    "secretary missing": (cell("党支部", 2, "书记工号", "9999"), "党支部!2 书记工号"),
    "number twice": (row("人员", "1003", "重号", "AA", "D1", None, None, "一般干部", None, None, None), "人员!6 工号"),
    "category unknown": (cell("人员", 4, "序列", "科员"), "人员!4 序列"),
    "role unknown": (cell("人员", 3, "角色", "干部;科长"), "人员!3 角色"),
    "post missing": (cell("人员", 4, "岗位代码", "G9"), "人员!4 岗位代码"),
    "branch missing": (cell("人员", 4, "支部代码", "P9"), "人员!4 支部代码"),
    "left before joining": (cell("人员", 4, "离职日期", date(2011, 1, 1)), "人员!4 离职日期"),
    "no such day": (cell("人员", 4, "入职日期", "2023-02-30"), "人员!4 入职日期"),
    "name empty": (cell("人员", 4, "姓名", "  "), "人员!4 姓名"),
    "absence kind": (cell("离岗", 2, "类型", "休假"), "离岗!2 类型"),
    "absence backwards": (cell("离岗", 2, "截止日期", date(2023, 1, 1)), "离岗!2 截止日期"),
    "absence of nobody": (cell("离岗", 2, "工号", "9999"), "离岗!2 工号"),
    "year": (cell("重点工作", 2, "年度", "二三年"), "重点工作!2 年度"),
    "work's department": (cell("重点工作", 2, "责任部门代码", "D9"), "重点工作!2 责任部门代码"),
    "key work missing": (cell("考点", 4, "重点工作编号", "Z9"), "考点!4 重点工作编号"),
    "common with department": (cell("考点", 2, "责任部门代码", "D1"), "考点!2 责任部门代码"),
    "individual for all": (cell("考点", 4, "责任部门代码", "全员"), "考点!4 责任部门代码"),
    "post of another department": (cell("考点", 4, "责任岗位代码", "G2"), "考点!4 责任岗位代码"),
    "assessor missing": (cell("考点", 4, "考评部门代码", "D9"), "考点!4 考评部门代码"),
    "full zero": (cell("考点", 4, "分值", 0), "考点!4 分值"),
    "full three places": (cell("考点", 4, "分值", 4.125), "考点!4 分值"),
    "wrong parameters": (cell("考点", 4, "计分参数", "每次扣分=1"), "考点!4 计分参数"),
    "deadline of another cycle": (cell("考点", 4, "完成时限", "每月25日"), "考点!4 完成时限"),
    "item common": (row("领取", "2023Q1", "1002", "K1", None), "领取!4 考点编号"),
    "item competitive": (row("领取", "2023Q1", "1002", "K5", None), "领取!4 考点编号"),
    "item outside quarter": (cell("领取", 3, "领取日期", date(2023, 4, 1)), "领取!3 领取日期"),
    "item of nobody": (row("领取", "2023Q1", "9999", "K3", None), "领取!4 工号"),
    "month for a quarterly point": (cell("考评结果", 4, "期间", "2023-03"), "考评结果!4 期间"),
    "quarter for a monthly point": (cell("考评结果", 2, "期间", "2023Q1"), "考评结果!2 期间"),
    "point missing": (cell("考评结果", 2, "考点编号", "K99"), "考评结果!2 考点编号"),
    "result competitive": (cell("考评结果", 2, "考点编号", "K5"), "考评结果!2 考点编号"),
    "point not held": (cell("考评结果", 5, "工号", "1004"), "考评结果!5 考点编号"),
    "negative": (cell("考评结果", 2, "完成值", -1), "考评结果!2 完成值"),
    "faults not whole": (cell("考评结果", 2, "完成值", 1.5), "考评结果!2 完成值"),
    "days not whole": (cell("考评结果", 6, "完成值", 0.5), "考评结果!6 完成值"),
    "tier unknown": (cell("考评结果", 4, "档次", "中"), "考评结果!4 档次"),
    "tier without tiers": (cell("考评结果", 2, "档次", "优"), "考评结果!2 档次"),
    "value on tiers": (cell("考评结果", 4, "完成值", 90), "考评结果!4 完成值"),
    "target elsewhere": (cell("考评结果", 2, "目标值", 3), "考评结果!2 目标值"),
    "target zero": (cell("考评结果", 5, "目标值", 0), "考评结果!5 目标值"),
    "exempt with input": (cell("考评结果", 4, "不适用", "是"), "考评结果!4 不适用"),
    "no number": (cell("考评结果", 2, "完成值", "一"), "考评结果!2 完成值"),
    "result twice": (cell("考评结果", 3, "期间", date(2023, 1, 31)), "考评结果!3 期间"),
    "no node in the quarter": (row("考评结果", "2023Q1", "1002", "K6", None, 1, None, None, None), "考评结果!8 期间"),
    "task without places": (cell("急难险重任务", 2, "名额", 0), "急难险重任务!2 名额"),
    "task places not whole": (cell("急难险重任务", 2, "名额", 1.5), "急难险重任务!2 名额"),
    "task without base": (cell("急难险重任务", 2, "基础分", 0), "急难险重任务!2 基础分"),
    "task's point individual": (cell("急难险重任务", 2, "竞争性考点编号", "K3"), "急难险重任务!2 竞争性考点编号"),
    "task's kind": (cell("急难险重任务", 2, "类型", "忙"), "急难险重任务!2 类型"),
    "task missing": (cell("抢派单", 2, "任务编号", "T9"), "抢派单!2 任务编号"),
    "quality too high": (cell("抢派单", 2, "质量系数", 1.3), "抢派单!2 质量系数"),
    "two leads": (cell("抢派单", 4, "分工", "主办"), "抢派单!4 分工"),
    "no lead": (cell("抢派单", 3, "分工", "协办"), "抢派单!3 分工"),
    "part missing": (cell("抢派单", 4, "分工", None), "抢派单!4 分工"),
    "part where none is": (cell("抢派单", 2, "分工", "主办"), "抢派单!2 分工"),
    "time": (cell("抢派单", 2, "时间", "上午"), "抢派单!2 时间"),
    "too many claims": (
        lambda book: book["抢派单"].append(["T2", "1004", "抢单", "协办", datetime(2023, 1, 10), None, None, None]),
        "抢派单!5 任务编号",
    ),
    "plus disciplinary": (cell("加减分", 2, "违纪", "是"), "加减分!2 违纪"),
    "adjustment zero": (cell("加减分", 2, "分值", 0), "加减分!2 分值"),
    "adjustment without basis": (cell("加减分", 2, "依据", None), "加减分!2 依据"),
    "score three places": (cell("部门得分", 3, "得分", 89.555), "部门得分!3 得分"),
    "score of no department": (cell("部门得分", 3, "部门代码", "D9"), "部门得分!3 部门代码"),
    "excel error": (cell("部门得分", 2, "得分", "#N/A"), "部门得分!2 得分"),
    "required column missing": (lambda book: drop(book, "离岗", "类型"), "离岗!1 类型"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_and_nothing_is_saved(name: str, take: TakeIn) -> None:
    book = small_book()
    plant, place = FAULTS[name]
    plant(book)

    report = take(book)

    assert told(report) == [place], [str(problem) for problem in report.problems]
    assert report.problems[0].sentence
    assert not report.kept
    assert not Bureau.objects.exists()
    assert not Employee.objects.exists()
    assert not Quarter.objects.exists()
    assert not Result.objects.exists()


def test_all_faults_are_listed_at_once_in_the_order_of_the_sheets(take: TakeIn) -> None:
    book = small_book()
    put(book, "加减分", 2, "违纪", "是")
    put(book, "考评结果", 2, "完成值", -1)
    put(book, "考评结果", 5, "目标值", 0)
    put(book, "单位", 2, "层级", "区局")

    assert told(take(book)) == ["单位!2 层级", "考评结果!2 完成值", "考评结果!5 目标值", "加减分!2 违纪"]


def test_what_refers_to_a_faulty_row_is_not_reported_again(take: TakeIn) -> None:
    book = small_book()
    put(book, "人员", 3, "入职日期", "昨天")
    put(book, "考点", 5, "计分参数", "三")

    assert told(take(book)) == ["人员!3 入职日期", "考点!5 计分参数"]


def test_what_refers_to_a_faulty_row_is_still_checked(take: TakeIn) -> None:
    book = small_book()
    for sheet, name in (("部门", "部门类型"), ("岗位", "岗位名称"), ("党支部", "支部名称"), ("人员", "姓名")):
        for number in range(2, len(book[sheet]) + 1):
            put(book, sheet, number, name, None if name != "部门类型" else "科室")
    put(book, "重点工作", 2, "类别", "其他")
    put(book, "考点", 2, "分值", 0)
    put(book, "领取", 2, "领取日期", "昨天")
    put(book, "急难险重任务", 3, "难度", "极高")
    put(book, "考评结果", 2, "完成值", -1)
    put(book, "考评结果", 5, "目标值", 0)
    put(book, "抢派单", 4, "分工", None)

    places = told(take(book))
    assert len(places) == 2 + 2 + 1 + 4 + 4 + 3
    assert places[-4:] == ["考评结果!2 完成值", "考评结果!5 目标值", "急难险重任务!3 难度", "抢派单!4 分工"]


def test_a_sheet_that_cannot_be_read_is_reported_once(take: TakeIn) -> None:
    assert told(take(drop(small_book(), "人员", "序列"))) == ["人员!1 序列"]


def test_a_problem_says_what_is_wrong_and_what_would_be_right(take: TakeIn) -> None:
    report = take(put(small_book(), "考评结果", 4, "档次", "中"))
    assert str(report.problems[0]) == "考评结果!4 档次: 没有“中”这一档；应当填：优、良、差。"


def test_a_number_of_another_bureau_is_refused_in_words(take: TakeIn) -> None:
    take(small_book())
    other = small_book()
    for sheet in other.values():
        for line in sheet[1:]:
            line[:] = ["BB" if value == "AA" else value for value in line]
    report = take(other)
    places = told(report)
    assert {"人员!2 工号", "人员!3 工号", "人员!4 工号", "人员!5 工号", "急难险重任务!2 任务编号"} <= set(places)
    assert "已登记在单位 AA" in str(report.problems[0])
    assert not Bureau.objects.filter(code="BB").exists()


def test_an_office_brings_in_its_own_bureau_only(take: TakeIn) -> None:
    take(small_book())
    own = Bureau.objects.get()
    foreign = small_book()
    foreign["部门"].append(["CC", "D3", "丙", "机关股室", None, None])
    report = take(foreign, only_bureau=own)
    assert told(report) == ["部门!4 单位代码"]
    assert "只能导入本单位（AA）的数据" in str(report.problems[0])
    assert take(small_book(), only_bureau=own).kept


def test_an_office_does_not_find_people_of_another_bureau(take: TakeIn) -> None:
    take(small_book())
    own = Bureau.objects.create(code="BB", name="乙", level=Bureau.Level.COUNTY)
    report = take({"离岗": small_book()["离岗"]}, only_bureau=own)
    assert told(report) == ["离岗!2 工号"]
    assert "没有工号" in str(report.problems[0])
