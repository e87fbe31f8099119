"""公文: the measures of GB/T 9704, numbering, what stands where, the same bytes each time, and nothing that breaks the file."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from PIL import Image

from common.bars import WIDTH, Bar, bar_picture
from common.official import OfficialDocument, chinese_numeral, heading_number, written_day


def made(**values: Any) -> OfficialDocument:
    given: dict[str, Any] = {
        "issuer": "溪山县税务局", "number": "西税绩〔2023〕1号", "title": "关于一季度的通报", "recipients": ("各部门", "各支部"),
        "day": date(2023, 9, 1), "copies": ("局领导",), "printed_by": "溪山县税务局绩效办",
    }  # fmt: skip
    document = OfficialDocument(**(given | values))
    document.heading("总体情况")
    document.heading("得分情况", 2)
    document.paragraph("第一段。\n\n第二段。")
    document.heading("扣分情况", 2)
    document.heading("存在问题")
    document.heading("失分", 2)
    return document


def read(document: OfficialDocument) -> Any:
    return Document(BytesIO(document.save()))


def lines(document: OfficialDocument) -> list[str]:
    return [one.text for one in read(document).paragraphs if one.text]


def test_the_page() -> None:
    section = read(made()).sections[0]
    assert [round(one.mm) for one in (section.page_width, section.page_height)] == [210, 297]
    measures = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(one.mm) for one in measures] == [37, 35, 28, 26]


def test_twenty_two_lines_of_twenty_eight_characters() -> None:
    style = read(made()).styles["Normal"]
    assert style.font.size == Pt(16)
    pitch = style.paragraph_format.line_spacing.pt
    assert 22 * pitch <= Mm(225).pt < 23 * pitch
    closer = int(style.element.rPr.find(qn("w:spacing")).get(qn("w:val"))) / 20
    assert 28 * (16 + closer) <= Mm(156).pt < 29 * (16 + closer)


def test_what_stands_where() -> None:
    document = made()
    document.attachment("得分表")
    document.annex("失分表")
    document.table(["考点", "失分"], [["K001", "1.00"]], align="lr")
    assert lines(document) == [
        "溪山县税务局", "西税绩〔2023〕1号", "关于一季度的通报", "各部门、各支部：",
        "一、总体情况", "（一）得分情况", "第一段。", "第二段。", "（二）扣分情况", "二、存在问题", "（一）失分",
        "附件：1.得分表", "2.失分表", "溪山县税务局", "2023年9月1日", "附件2", "失分表",
    ]  # fmt: skip
    tables = read(document).tables
    assert [[cell.text for cell in row.cells] for row in tables[0].rows] == [["考点", "失分"], ["K001", "1.00"]]
    assert [row.cells[0].text for row in tables[1].rows] == ["抄送：局领导。", "溪山县税务局绩效办\t2023年9月1日印发"]


def test_fonts_of_the_headings() -> None:
    found = {one.text: one.runs[0] for one in read(made()).paragraphs if one.runs}
    fonts = {text: run._r.rPr.rFonts.get(qn("w:eastAsia")) for text, run in found.items()}
    assert fonts["一、总体情况"] == "黑体"
    assert fonts["（一）得分情况"] == "楷体_GB2312"
    assert fonts["第一段。"] == "仿宋_GB2312"
    assert fonts["关于一季度的通报"] == "方正小标宋简体"
    assert found["关于一季度的通报"].font.size == Pt(22)


def test_a_letter_without_a_red_head_and_a_draft_without_a_day() -> None:
    found = lines(made(red_head=False, day=None, copies=(), printed_by=""))
    assert found[0] == "关于一季度的通报"
    assert "西税绩〔2023〕1号" not in found
    assert not any("2023年" in one for one in found)


def test_a_signer_of_what_goes_up() -> None:
    assert any(one.endswith("签发人：卢俊然") for one in lines(made(signer="卢俊然")))


def test_the_same_calls_give_the_same_bytes() -> None:
    document = made()
    document.picture(bar_picture([Bar("甲股", Decimal("90.00"))]), alt="平均分")
    again = made()
    again.picture(bar_picture([Bar("甲股", Decimal("90.00"))]), alt="平均分")
    assert document.save() == again.save() == document.save()


def test_what_xml_cannot_hold_is_left_out() -> None:
    document = made(title="甲\x00乙<&>")
    document.table(["a\x0b"], [["\ufffe<b>"]])
    found = read(document)
    assert "甲乙<&>" in [one.text for one in found.paragraphs]
    assert found.tables[0].rows[1].cells[0].text == "<b>"


@pytest.mark.parametrize(
    ("number", "word"), [(1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (21, "二十一"), (99, "九十九")]
)
def test_numerals(number: int, word: str) -> None:
    assert chinese_numeral(number) == word


def test_numbers_of_the_four_levels_and_the_day() -> None:
    assert [heading_number(level, 2) for level in (1, 2, 3, 4)] == ["二、", "（二）", "2.", "（2）"]
    assert written_day(date(2023, 1, 5)) == "2023年1月5日"


def test_bars_as_a_picture() -> None:
    bars = [Bar("甲股", Decimal("92.28")), Bar("很长很长" * 20, Decimal("87.70")), Bar("丙股", Decimal("87.70"))]
    png = bar_picture(bars)
    assert png == bar_picture(bars)
    picture = Image.open(BytesIO(png))
    assert picture.width == WIDTH
    assert bar_picture([]) != png
