"""How cells may be spelt (workbook.md, first paragraph): a workbook in other spellings is the same workbook."""

from __future__ import annotations

import random
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import load_workbook

from indicators.models import Item, PointVersion, Result, SchemeSetting
from organization.models import Department, Employee
from scoring.models import Adjustment
from tasks_market.models import Claim
from tests.exchange.books import SAMPLES, Book, put, small_book
from tests.exchange.conftest import TakeIn, counts, told

pytestmark = pytest.mark.once
WIDE = {ord(digit): chr(ord(digit) + 0xFEE0) for digit in "0123456789QDKGTPZ-/."}


def respelt(book: Book, seed: int) -> Book:
    """The same book with shuffled sheets, columns and rows, blank rows, numbers as text, full-width digits and other dates."""
    chance = random.Random(seed)
    titles = list(book)
    chance.shuffle(titles)
    found: Book = {}
    for title in titles:
        header, *rows = book[title]
        order = list(range(len(header)))
        chance.shuffle(order)
        if title != "抢派单":
            chance.shuffle(rows)
        written: list[list[Any]] = [[header[place] for place in order]]
        for row in rows:
            if chance.random() < 0.2:
                written.append([None] * len(header))
            written.append([_respelt(row[place], chance) for place in order])
        found[title] = written
    return found


def _respelt(value: Any, chance: random.Random) -> Any:
    if isinstance(value, datetime) and value.time() != datetime.min.time():
        return chance.choice([value, f"{value:%Y-%m-%d %H:%M:%S}", f"{value:%Y/%m/%d %H:%M:%S}"])
    if isinstance(value, date):
        spellings = [
            f"{value:%Y-%m-%d}",
            f"{value.year}/{value.month}/{value.day}",
            f"{value.year}年{value.month}月{value.day}日",
        ]
        return chance.choice([value, *spellings, spellings[0].translate(WIDE)])
    if isinstance(value, (int, float)):
        return chance.choice([value, str(value), f" {value}　", str(value).translate(WIDE)])
    if isinstance(value, str) and value.isdigit() and len(value) < 16:
        return chance.choice([value, int(value), float(value), value.translate(WIDE)])
    if isinstance(value, str) and value.isascii():
        return chance.choice([value, f"  {value} ", value.translate(WIDE)])
    return value


@pytest.mark.parametrize("seed", range(4))
def test_another_spelling_is_the_same_workbook(seed: int, take: TakeIn) -> None:
    assert take(small_book()).kept
    report = take(respelt(small_book(), seed))
    assert report.problems == []
    assert (report.created, report.updated) == (0, 0)
    fresh = sum(len(rows) - 1 for rows in small_book().values())
    assert sum(sheet.counts.unchanged for sheet in report.sheets) == fresh


def test_the_sample_in_another_spelling_is_the_same(take: TakeIn) -> None:
    assert take(SAMPLES / "borders-2023Q2" / "borders.xlsx").kept
    workbook = load_workbook(SAMPLES / "borders-2023Q2" / "borders.xlsx")
    book = {page.title: [list(row) for row in page.iter_rows(values_only=True)] for page in workbook}
    report = take(respelt(book, 7))
    assert told(report) == []
    assert (report.created, report.updated) == (0, 0)


def test_a_staff_number_typed_as_a_number_keeps_its_digits(take: TakeIn) -> None:
    book = small_book()
    for sheet in book.values():
        for row in sheet[1:]:
            row[:] = [float(value) if value in ("1001", "1002", "1003", "1004") else value for value in row]
    assert take(book).kept
    assert Employee.objects.filter(number="1003").exists()


def test_a_percent_cell_counts_a_hundredfold(take: TakeIn) -> None:
    book = put(put(small_book(), "考评结果", 5, "完成值", 0.975), "考评结果", 5, "目标值", "120%")
    take(book, formats={("考评结果", 5, "完成值"): "0.0%"})
    result = Result.objects.get(point__code="K3")
    assert (str(result.value), str(result.target), str(result.points)) == ("97.5", "120", "4.06")


def test_a_formula_counts_with_its_cached_value_and_an_empty_one_is_empty(take: TakeIn) -> None:
    # openpyxl writes no cached values: a formula that Excel has not calculated is an empty cell
    report = take(put(small_book(), "部门得分", 2, "得分", "=1+1"))
    assert told(report) == ["部门得分!2 得分"]


def test_a_date_in_the_period_means_its_month(take: TakeIn) -> None:
    take(put(small_book(), "考评结果", 2, "期间", date(2023, 1, 17)))
    assert Result.objects.filter(period="2023-01", point__code="K1").count() == 1


def test_unknown_columns_and_sheets_are_named_and_ignored(take: TakeIn) -> None:
    book = small_book()
    book["备忘"] = [["随便"], ["写写"]]
    for row, value in zip(book["人员"], ("手机", "139", "138", None, None), strict=True):
        row.append(value)
    report = take(book)
    assert report.kept
    assert {(remark.sheet, remark.column) for remark in report.remarks} == {("备忘", "表名"), ("人员", "手机")}


def test_the_scores_of_an_exported_workbook_are_passed_over_in_silence(take: TakeIn) -> None:
    report = take({**small_book(), "得分": [["季度", "工号"], ["2023Q1", "1001"]]})
    assert report.kept
    assert report.remarks == []


def test_an_empty_cell_clears_and_an_absent_column_leaves(take: TakeIn) -> None:
    take(small_book())
    results = small_book()["考评结果"]
    take({"考评结果": [["期间", "工号", "考点编号", "完成值"], ["2023-02", "1002", "K1", 2]]})
    second = Result.objects.get(period="2023-02", point__code="K1")
    assert (str(second.value), second.note) == ("2", "无")
    take({"考评结果": [results[0], ["2023-02", "1002", "K1", None, None, None, None, None]]})
    second.refresh_from_db()
    assert (second.value, second.note, second.points) == (None, "", None)
    take({"部门": [["单位代码", "部门代码", "部门名称", "部门类型"], ["AA", "D1", "办公室", "机关股室"]]})
    assert Department.objects.get(code="D1").deputy is not None
    take({"部门": [small_book()["部门"][0], ["AA", "D1", "办公室", "机关股室", None, None]]})
    cleared = Department.objects.get(code="D1")
    assert (cleared.deputy, cleared.is_assessor) == (None, False)


def test_an_import_deletes_nothing(take: TakeIn) -> None:
    take(small_book())
    book = small_book()
    report = take({title: rows[:2] for title, rows in book.items() if title not in ("急难险重任务", "抢派单")})
    assert report.kept
    assert (Employee.objects.count(), Item.objects.count(), Claim.objects.count()) == (4, 2, 3)


def test_a_second_import_changes_nothing(take: TakeIn) -> None:
    take(small_book())
    assert all(created == updated == 0 for created, updated, _same in counts(take(small_book())).values())


def test_a_dry_run_keeps_nothing_and_counts_the_same(take: TakeIn) -> None:
    preview = take(small_book(), keep=False)
    assert not preview.kept
    assert not Employee.objects.exists()
    assert counts(preview) == counts(take(small_book()))


def test_a_changed_row_is_told_with_what_was_and_what_comes(take: TakeIn) -> None:
    take(small_book())
    report = take(put(small_book(), "考评结果", 2, "完成值", 3))
    assert counts(report)["考评结果"] == (0, 1, 5)
    change = next(sheet for sheet in report.sheets if sheet.title == "考评结果").changes[0]
    assert (change.row, change.label, change.column, change.old, change.new) == (
        2,
        "2023-01 · 1002 · K1",
        "完成值",
        "1",
        "3",
    )


def test_what_comes_in_counts(take: TakeIn) -> None:
    take(small_book())
    assert set(Result.objects.values_list("state", flat=True)) == {Result.State.CONFIRMED}
    assert set(Adjustment.objects.values_list("state", flat=True)) == {Adjustment.State.COUNTED}
    points = {(result.point.code, result.period): result.points for result in Result.objects.select_related("point")}
    assert str(points["K1", "2023-01"]) == "3.50"
    assert str(points["K2", "2023Q1"]) == "5.10" or points["K2", "2023Q1"] is None
    assert not Employee.objects.get(number="1002").has_usable_password()


def test_values_are_kept_as_they_are_spelt_in_the_rules(take: TakeIn) -> None:
    book = put(small_book(), "考点", 3, "计分参数", "优＝100；良=85 ;差=0")
    put(book, "方案", 2, "值", "４")
    take(book)
    assert PointVersion.objects.get(point__code="K2").parameters == "优=100;良=85;差=0"
    assert SchemeSetting.objects.get().value == "4"


@pytest.mark.parametrize("name", ["borders-2023Q2/borders.xlsx"])
def test_weights_in_between_are_only_remarked(name: str, take: TakeIn) -> None:
    report = take(SAMPLES / name)
    assert report.kept
    assert [(remark.sheet, remark.row) for remark in report.remarks] == [("方案", 3)]
