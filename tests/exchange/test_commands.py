"""The commands' words and exit codes (interfaces.md, Commands)."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from audit.models import Entry
from organization.models import Bureau
from tests.exchange.books import SAMPLES, put, small_book, write

pytestmark = pytest.mark.django_db


def run(*arguments: str | Path, **options: Any) -> str:
    out = StringIO()
    call_command(*map(str, arguments), stdout=out, stderr=out, **options)
    return out.getvalue()


def test_the_sample_comes_in_and_a_second_time_changes_nothing() -> None:
    first = run("import_workbook", SAMPLES / "xishan-2023" / "基础.xlsx", SAMPLES / "xishan-2023" / "2023Q1.xlsx")
    assert "人员: 新增 210 更新 0 不变 0" in first
    assert "考评结果: 新增 9012 更新 0 不变 0" in first
    second = run("import_workbook", SAMPLES / "xishan-2023" / "2023Q1.xlsx")
    assert "考评结果: 新增 0 更新 0 不变 9012" in second
    assert Entry.objects.filter(action="import.apply", actor="系统").count() == 8 + 6 + 6


def test_the_first_refused_file_stops_the_rest(tmp_path: Path) -> None:
    good = write(tmp_path / "1.xlsx", small_book())
    bad = write(tmp_path / "2.xlsx", put(small_book(), "加减分", 2, "违纪", "是"))
    third = small_book()
    third["部门"].append(["AA", "D3", "丙", "机关股室", None, None])
    never = write(tmp_path / "3.xlsx", third)
    out = StringIO()
    with pytest.raises(SystemExit) as stop:
        call_command("import_workbook", str(good), str(bad), str(never), stdout=out, stderr=out)
    assert stop.value.code == 1
    assert "加减分!2 违纪: 加分不能标为违纪；只有减分才填“是”。" in out.getvalue()
    assert Bureau.objects.get().departments.count() == 2


def test_the_faults_go_into_a_marked_copy(tmp_path: Path) -> None:
    bad = write(tmp_path / "2.xlsx", put(small_book(), "加减分", 2, "违纪", "是"))
    with pytest.raises(SystemExit):
        run("import_workbook", bad, errors=tmp_path / "out.xlsx")
    book = load_workbook(tmp_path / "out.xlsx")
    assert book.sheetnames[0] == "问题清单"
    assert book["加减分"]["G2"].comment is not None


def test_a_dry_run_keeps_nothing(tmp_path: Path) -> None:
    assert "没有保存" in run("import_workbook", write(tmp_path / "1.xlsx", small_book()), dry_run=True)
    assert not Bureau.objects.exists()


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="找不到文件"):
        run("import_workbook", tmp_path / "none.xlsx")


def test_a_bureau_goes_out_and_comes_in(tmp_path: Path) -> None:
    run("import_workbook", write(tmp_path / "1.xlsx", small_book()))
    assert "人员: 4 行" in run("export_workbook", tmp_path / "out.xlsx", bureau="AA")
    assert "人员: 新增 0 更新 0 不变 4" in run("import_workbook", tmp_path / "out.xlsx")
    with pytest.raises(CommandError, match="没有单位"):
        run("export_workbook", tmp_path / "out.xlsx", bureau="ZZ")
