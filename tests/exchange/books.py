"""Bureau workbooks made for tests: a small sound one, to be changed cell by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook

Sheet = list[list[Any]]
Book = dict[str, Sheet]

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def small_book() -> Book:
    """A bureau of four people with all sheets filled; its quarter is 2023Q1."""
    points = [
        ["K1", "共性", "学习", "扣分", 4, "每次扣分=0.5", "月", "每月25日", "全员", "全员"],
        ["K2", "共性", "作风", "分档", 6, "优=100;良=85;差=0", "季", "每季末5日前", "全员", None],
        ["K3", "个性", "入库", "比例", 5, "目标=100;底线=60", "季", "每季末5日前", "D1", "G1"],
        ["K4", "个性", "培训", "完成", 3, "逾期每日扣分=0.2", "月", "每月25日", "D1", None],
        ["K5", "竞争性", "攻坚", "计件", 4, "每件得分=0.8", "季", "每季末5日前", "D1", "全员"],
        ["K6", "个性", "半年", "计件", 4, "每件得分=0.8", "半年", "6月20日", "D2", None],
    ]
    return {
        "单位": [["单位代码", "单位名称", "层级", "上级单位代码"], ["AA", "甲县税务局", "县局", None]],
        "方案": [["单位代码", "起始季度", "项目", "值"], ["AA", "2023Q1", "加分上限", 4]],
        "部门": [
            ["单位代码", "部门代码", "部门名称", "部门类型", "是否考评部门", "分管局领导工号"],
            ["AA", "D1", "办公室", "机关股室", "是", "1001"],
            ["AA", "D2", "第一分局", "派出机构", "否", None],
        ],
        "岗位": [
            ["单位代码", "部门代码", "岗位代码", "岗位名称", "岗位职责"],
            ["AA", "D1", "G1", "综合岗", "综合。"],
            ["AA", "D2", "G2", "窗口岗", None],
        ],
        "党支部": [["单位代码", "支部代码", "支部名称", "书记工号"], ["AA", "P1", "第一支部", "1002"]],
        "人员": [
            ["工号", "姓名", "单位代码", "部门代码", "岗位代码", "支部代码", "序列", "角色", "入职日期", "离职日期"],
            ["1001", "卢俊", "AA", "D1", None, "P1", "局领导", "局领导", None, None],
            ["1002", "汤青", "AA", "D1", "G1", "P1", "中层正职", "干部;部门负责人;绩效办", date(2010, 7, 1), None],
            ["1003", "覃文", "AA", "D2", "G2", None, "一般干部", None, date(2012, 7, 1), None],
            ["1004", "单敏", "AA", "D2", "G2", None, "一般干部", "干部", date(2023, 2, 10), None],
        ],
        "离岗": [["工号", "类型", "起始日期", "截止日期"], ["1003", "病假", date(2023, 1, 9), date(2023, 1, 20)]],
        "重点工作": [
            ["年度", "单位代码", "编号", "类别", "名称", "责任部门代码"],
            [2023, "AA", "Z1", "业务", "组织收入", "D1"],
        ],
        "考点": [
            [
                *(
                    "年度",
                    "单位代码",
                    "考点编号",
                    "重点工作编号",
                    "指标库",
                    "名称",
                    "考核类型",
                    "计分方式",
                    "分值",
                    "计分参数",
                ),
                *("质量标准", "考核周期", "完成时限", "责任部门代码", "责任岗位代码", "考评部门代码", "数据来源"),
            ],
            *(
                [
                    2023,
                    "AA",
                    code,
                    "Z1",
                    library,
                    name,
                    "定量",
                    method,
                    full,
                    rule,
                    "按标准。",
                    cycle,
                    due,
                    owner,
                    post,
                    "D1",
                    "人工",
                ]
                for code, library, name, method, full, rule, cycle, due, owner, post in points
            ),
        ],
        "领取": [
            ["季度", "工号", "考点编号", "领取日期"],
            ["2023Q1", "1002", "K3", None],
            ["2023Q1", "1003", "K4", date(2023, 2, 6)],
        ],
        "考评结果": [
            ["期间", "工号", "考点编号", "目标值", "完成值", "档次", "不适用", "说明"],
            ["2023-01", "1002", "K1", None, 1, None, None, None],
            ["2023-02", "1002", "K1", None, 0, None, None, "无"],
            ["2023Q1", "1002", "K2", None, None, "良", None, None],
            ["2023Q1", "1002", "K3", 120, 97.5, None, None, None],
            ["2023-03", "1003", "K4", None, 2, None, None, None],
            ["2023Q1", "1003", "K2", None, None, None, "是", "借调"],
        ],
        "急难险重任务": [
            [
                *(
                    "任务编号",
                    "单位代码",
                    "季度",
                    "名称",
                    "类型",
                    "难度",
                    "基础分",
                    "名额",
                    "计分",
                    "亮单时间",
                    "抢单截止",
                ),
                *("完成时限", "责任部门代码", "竞争性考点编号", "任务要求"),
            ],
            [
                "T1",
                "AA",
                "2023Q1",
                "扫街",
                "急",
                "高",
                2.5,
                2,
                "各得",
                datetime(2023, 1, 8, 9),
                None,
                datetime(2023, 2, 1),
                "D1",
                "K5",
                "做。",
            ],
            [
                "T2",
                "AA",
                "2023Q1",
                "攻坚",
                "难",
                "中",
                1.5,
                2,
                "主协办",
                datetime(2023, 1, 8, 9),
                None,
                datetime(2023, 2, 1),
                "D1",
                None,
                "做。",
            ],
        ],
        "抢派单": [
            ["任务编号", "工号", "方式", "分工", "时间", "验收结果", "质量系数", "验收日期"],
            ["T1", "1002", "抢单", None, datetime(2023, 1, 9, 9), "通过", 1.05, date(2023, 2, 1)],
            ["T2", "1002", "抢单", "主办", datetime(2023, 1, 9, 9), "通过", None, date(2023, 2, 1)],
            ["T2", "1003", "派单", "协办", datetime(2023, 1, 9, 10), None, None, None],
        ],
        "加减分": [
            ["日期", "工号", "类型", "分值", "事由", "依据", "违纪"],
            [date(2023, 1, 15), "1002", "加分", 2, "表彰", "文件", "否"],
            [date(2023, 3, 31), "1003", "减分", 0.5, "旷工", "记录", "是"],
        ],
        "部门得分": [
            ["季度", "单位代码", "部门代码", "得分"],
            ["2023Q1", "AA", "D1", 92],
            ["2023Q1", "AA", "D2", 89.55],
        ],
    }


def column(book: Book, sheet: str, name: str) -> int:
    """Where a column stands in a sheet."""
    return book[sheet][0].index(name)


def put(book: Book, sheet: str, row: int, name: str, value: Any) -> Book:
    """Sets one cell; rows as Excel counts them. Gives the book."""
    book[sheet][row - 1][column(book, sheet, name)] = value
    return book


def drop(book: Book, sheet: str, name: str) -> Book:
    """Takes a column out of a sheet."""
    place = column(book, sheet, name)
    book[sheet] = [row[:place] + row[place + 1 :] for row in book[sheet]]
    return book


def only(book: Book, *sheets: str) -> Book:
    return {title: book[title] for title in sheets}


def write(
    path: Path, book: Mapping[str, Sequence[Sequence[Any]]], formats: Mapping[tuple[str, int, str], str] | None = None
) -> Path:
    """Writes the sheets; `formats` gives number formats to single cells, named by sheet, row and column name."""
    workbook = Workbook()
    for page in workbook.worksheets:
        workbook.remove(page)
    for title, rows in book.items():
        page = workbook.create_sheet(title)
        for row in rows:
            page.append(list(row))
    for (title, number, name), number_format in (formats or {}).items():
        place = list(book[title][0]).index(name) + 1
        workbook[title].cell(number, place).number_format = number_format
    workbook.save(path)
    return path
