"""What goes out comes in again unchanged, and makes the same bureau elsewhere (workbook.md, last section)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.apps import apps
from django.utils import timezone
from openpyxl import load_workbook

from exchange.exporting import write_bureau, write_template
from exchange.importing import SHEETS
from indicators.models import PointVersion, Result
from organization.models import Bureau, Department, Employee, Placement
from scoring.models import Adjustment, Score
from scoring.services.scoring import score_quarter
from tests.exchange.books import SAMPLES, put, small_book
from tests.exchange.conftest import TakeIn

BORDERS = SAMPLES / "borders-2023Q2" / "borders.xlsx"


def out_and_in(take: TakeIn, path: Path) -> None:
    write_bureau(Bureau.objects.get(), path)
    report = take(path)
    assert report.problems == []
    assert (report.created, report.updated) == (0, 0)
    assert sum(sheet.counts.unchanged for sheet in report.sheets) > 0


def test_an_exported_bureau_comes_in_unchanged(take: TakeIn, tmp_path: Path) -> None:
    take(put(small_book(), "考评结果", 5, "完成值", "97.12345678901234567"))
    out_and_in(take, tmp_path / "out.xlsx")


def test_history_roles_and_revised_points_come_in_unchanged(take: TakeIn, tmp_path: Path) -> None:
    take(small_book())
    person = Employee.objects.get(number="1003")
    other = Employee.objects.get(number="1002")
    today = timezone.localdate()
    for day in (date(2023, 5, 1), today + timedelta(days=40)):
        Placement.objects.create(
            employee=person, effective_from=day, department=other.department, category=other.category
        )
    other.role_set.update(ends_on=today - timedelta(days=1))
    first = PointVersion.objects.get(point__code="K1")
    first.pk, first.number, first.from_quarter, first.full = None, 2, "2023Q2", Decimal(9)
    first.save()
    out_and_in(take, tmp_path / "out.xlsx")


def test_texts_of_forms_come_in_unchanged(take: TakeIn, tmp_path: Path) -> None:
    take(small_book())
    Result.objects.filter(note="无").update(note=" 第一行\r\n第二行 \r\n")
    Adjustment.objects.filter(matter="表彰").update(basis="=1+1")
    out_and_in(take, tmp_path / "out.xlsx")


def test_what_nobody_confirmed_does_not_go_out(take: TakeIn, tmp_path: Path) -> None:
    take(small_book())
    Result.objects.filter(period="2023-01").update(state=Result.State.REPORTED)
    Adjustment.objects.filter(kind="plus").update(state=Adjustment.State.REQUESTED)
    counts = write_bureau(Bureau.objects.get(), tmp_path / "out.xlsx")
    assert (counts["考评结果"], counts["加减分"]) == (5, 1)


def test_an_exported_bureau_scores_the_same_elsewhere(take: TakeIn, tmp_path: Path) -> None:
    take(BORDERS)
    bureau = Bureau.objects.get()
    score_quarter(bureau=bureau, quarter_code="2023Q2", actor=None)
    fields = (
        "number",
        "common",
        "individual",
        "competitive",
        "adjustments",
        "linkage",
        "total",
        "bureau_rank",
        "in_pool",
    )
    before = list(Score.objects.order_by("number").values_list(*fields))
    path = tmp_path / "out.xlsx"
    assert write_bureau(bureau, path)["得分"] == len(before)
    _clear()
    assert take(path).kept
    score_quarter(bureau=Bureau.objects.get(), quarter_code="2023Q2", actor=None)
    assert list(Score.objects.order_by("number").values_list(*fields)) == before


CHILDREN_FIRST = (
    *("scoring.Score", "scoring.ScoreRun", "scoring.Adjustment", "scoring.DepartmentScore"),
    *("tasks_market.Claim", "tasks_market.Task", "indicators.Result", "indicators.Item", "indicators.PointVersion"),
    *("indicators.AssessmentPoint", "indicators.KeyWork", "indicators.Quarter", "organization.Employee"),
    *("organization.Post", "organization.PartyBranch", "organization.Department", "organization.Bureau"),
)


def _clear() -> None:
    """An empty installation: every row of the bureau goes, in the order that the references allow."""
    Department.objects.update(deputy=None)
    for name in CHILDREN_FIRST:
        apps.get_model(name)._default_manager.all().delete()


def test_the_template_has_every_sheet_with_help_and_choices(take: TakeIn, tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    write_template(path)
    book = load_workbook(path)
    assert book.sheetnames == [sheet.spec.title for sheet in SHEETS]
    header = book["考点"][1]
    assert header[0].value == "年度●"
    assert "扣分：每次扣分=0.5" in str(header[9].comment)
    assert any('"共性,个性,竞争性"' in str(one.formula1) for one in book["考点"].data_validations.dataValidation)
    report = take(path)
    assert report.problems == []
    assert report.remarks == []


@pytest.mark.parametrize("title", ["考评结果", "得分"])
def test_every_sheet_of_the_format_goes_out(title: str, take: TakeIn, tmp_path: Path) -> None:
    take(small_book())
    write_bureau(Bureau.objects.get(), tmp_path / "out.xlsx")
    assert title in load_workbook(tmp_path / "out.xlsx", read_only=True).sheetnames
