"""Documents as PDF: Chinese that can be copied, rare characters that never vanish, figures laid out over pages."""

from __future__ import annotations

import time
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from openpyxl import load_workbook
from pypdf import PdfReader

from common.checks import pdf_fonts_are_installed
from common.components import Bar361
from common.pdf import GETA, Bar, Column, Ink, Sheet

SAMPLES = Path(settings.BASE_DIR, "samples")


def read(document: bytes) -> PdfReader:
    return PdfReader(BytesIO(document))


def words(document: bytes) -> str:
    return "".join(page.extract_text() for page in read(document).pages).replace("\n", "")


def sheet() -> Sheet:
    return Sheet(title="个人绩效档案", author="某县税务局", foot="某县税务局 · 2023-09-01")


def test_text_comes_out_as_it_went_in() -> None:
    made = sheet()
    made.head("个人绩效档案", "张三 <征收股> & 岗")
    made.facts([("姓名", "张三"), ("部门", "征收股"), ("序列", "一般干部")])
    made.section("得分", made.table([Column("季度", 2), Column("总分", 1, num=True)], [("2023年一季度", "88.41")]))
    document = made.pdf()
    assert "张三 <征收股> & 岗" in words(document)
    assert "88.41" in words(document)
    about = read(document).metadata
    assert (about.title, about.author) == ("个人绩效档案", "某县税务局")


def test_the_font_is_embedded_as_the_few_glyphs_that_are_shown() -> None:
    made = sheet()
    made.head("个人绩效档案", "张三")
    document = made.pdf()
    assert len(document) < 60_000
    fonts = read(document).pages[0]["/Resources"]["/Font"]
    bases = [font.get_object()["/FontDescriptor"] for font in fonts.values() if "/FontDescriptor" in font.get_object()]
    assert bases
    assert all("/FontFile2" in base.get_object() for base in bases)


@pytest.mark.parametrize("name", ["李喆", "王龘", "赵玥", "叕淼", "镕犇"])
def test_rare_characters_of_names_are_drawn(name: str) -> None:
    ink = Ink()
    assert ink(name) == name
    assert ink.note == ""


def test_a_character_that_the_font_lacks_falls_back_visibly() -> None:
    made = sheet()
    made.head("个人绩效档案", "𠮷田")
    said = words(made.pdf())
    assert f"{GETA}田" in said
    assert "U+20BB7" in said


def test_what_cannot_be_seen_is_no_missing_character() -> None:
    ink = Ink()
    assert ink("张\u200b三\u3000丰\u2028！") == "张三\u3000丰 ！"
    assert ink.note == ""


def test_every_name_of_the_samples_can_be_drawn() -> None:
    ink, names = Ink(), []
    for book in SAMPLES.glob("**/*.xlsx"):
        for table in load_workbook(book, read_only=True):
            rows: Any = table.iter_rows(values_only=True)
            head = [str(cell) for cell in next(rows, ())]
            if "姓名" in head:
                names += [str(row[head.index("姓名")]) for row in rows]
    assert len(names) > 200
    assert [ink(name) for name in names] == names


def test_a_long_table_runs_over_pages_under_its_head() -> None:
    made = sheet()
    made.head("个人绩效档案", "张三")
    made.section("任务", made.table([Column("季度", 1), Column("任务名称", 4)], [(n, "任务" * 40) for n in range(80)]))
    pages = read(made.pdf()).pages
    assert len(pages) > 2
    assert all("任务名称" in page.extract_text() for page in pages)
    assert "任务名称" in pages[0].extract_text().split("第 1 页")[0]
    assert f"第 {len(pages)} 页，共 {len(pages)} 页" in pages[-1].extract_text()


def test_a_bar_is_drawn_in_a_cell() -> None:
    made = sheet()
    bar = Bar(Bar361.of("28.00", "55.50", "3.20"))
    made.section("得分", made.table([Column("季度", 1), Column("构成", 1)], [("一季度", bar)]))
    assert read(made.pdf()).pages[0].get_contents().get_data().count(b" re") >= 6


def test_a_document_is_made_in_less_than_a_second() -> None:
    Ink()  # the font is read once a process
    start = time.perf_counter()
    made = sheet()
    made.head("个人绩效档案", "张三")
    made.pdf()
    assert time.perf_counter() - start < 1


def test_a_missing_font_stops_the_start(settings: Any, tmp_path: Path) -> None:
    assert pdf_fonts_are_installed() == []
    settings.NODE_MODULES = tmp_path
    assert [one.id for one in run_checks() if one.id == "common.E003"] == ["common.E003"] * 2
