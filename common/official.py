"""公文: one document in the layout of GB/T 9704-2012, as Word. Bulletins and supervision letters are made of it.

The words of an official document are Chinese, whatever the language of whoever asks for it. Calls describe the
document; `save` sets it, so that what comes after the text (附件说明, 落款, 附件, 版记) stands where the standard puts it.
The same calls give the same bytes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_ALIGN_VERTICAL, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from common.word import border, cell_lines, element, indent, page_field, repacked, set_at_foot, set_fonts, writable

# The standard's type: 三号 for the text, 二号 for the title, 四号 for page numbers and 版记.
BODY, TITLE, SMALL, TABLE = 16.0, 22.0, 14.0, 10.5
SONG_TITLE, FANG_SONG, HEI, KAI, SONG = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312", "宋体"
LATIN = "Times New Roman"
PAGE_WIDTH, PAGE_HEIGHT = Mm(210), Mm(297)
TOP, BOTTOM, LEFT, RIGHT = Mm(37), Mm(35), Mm(28), Mm(26)
TEXT_WIDTH_PT = 442.2  # 156 mm
LINE = 28.9  # 225 mm in 22 lines, cut so that the 22nd never falls over
CLOSER = -5  # twentieths of a point between characters: 28 of 三号 are 156 mm wide
RED = "FF0000"
CENTRE, TO_LEFT, TO_RIGHT, JUSTIFIED = (
    WD_ALIGN_PARAGRAPH.CENTER,
    WD_ALIGN_PARAGRAPH.LEFT,
    WD_ALIGN_PARAGRAPH.RIGHT,
    WD_ALIGN_PARAGRAPH.JUSTIFY,
)
_ALIGN = {"l": TO_LEFT, "c": CENTRE, "r": TO_RIGHT}
_THICK, _THIN = 8, 6  # eighths of a point: 0.35 mm, 0.25 mm
_NUMERALS = "零一二三四五六七八九"
_FONT_TABLE = "".join(
    f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/><w:family w:val="auto"/></w:font>'
    for name, other in ((SONG_TITLE, "华文中宋"), (FANG_SONG, "仿宋"), (KAI, "楷体"), (HEI, "SimHei"), (SONG, "SimSun"))
)


def chinese_numeral(number: int) -> str:
    """1 to 99 as headings count: 一, 十, 十二, 二十."""
    tens, ones = divmod(number, 10)
    return ("" if not tens else "十" if tens == 1 else _NUMERALS[tens] + "十") + (
        _NUMERALS[ones] if ones or not tens else ""
    )


def written_day(day: date) -> str:
    """成文日期 in Arabic digits without zeros before: 2023年9月1日."""
    return f"{day.year}年{day.month}月{day.day}日"


def characters(text: str) -> float:
    """How many full-width characters a text is wide."""
    return sum(1.0 if unicodedata.east_asian_width(one) in "WFA" else 0.5 for one in text)


def heading_number(level: int, place: int) -> str:
    """The standard's four levels: 一、 （一） 1. （1）."""
    return (f"{chinese_numeral(place)}、", f"（{chinese_numeral(place)}）", f"{place}.", f"（{place}）")[level - 1]


class OfficialDocument:
    """An official document: head, text, attachments, foot.

    `issuer` is who issues and signs, `number` the 文号 (`平税绩〔2023〕2号`; empty: none yet), `recipients` 主送,
    `signer` 签发人 (of documents to a higher body only), `day` 成文日期 (None: a draft without one), `copies` 抄送,
    `printed_by` 印发机关. `red_head=False` leaves out head and red line, `head` replaces the issuer's name in them.
    """

    def __init__(
        self,
        *,
        issuer: str,
        number: str,
        title: str,
        recipients: Sequence[str] = (),
        signer: str = "",
        day: date | None = None,
        red_head: bool = True,
        head: str = "",
        copies: Sequence[str] = (),
        printed_by: str = "",
        printed_on: date | None = None,
    ) -> None:
        self.issuer, self.number, self.title = writable(issuer), writable(number), writable(title)
        self.recipients = tuple(writable(one) for one in recipients)
        self.signer, self.day, self.red_head = writable(signer), day, red_head
        self.head = writable(head) or self.issuer
        self.copies, self.printed_by = tuple(writable(one) for one in copies), writable(printed_by)
        self.printed_on = printed_on or day
        self._body: list[Callable[[], None]] = []
        self._attachments: list[tuple[str, list[Callable[[], None]] | None]] = []
        self._written = self._body
        self._places = [0, 0, 0, 0]
        self._set: Any = None

    # What the document says -------------------------------------------------------------------------------------

    def heading(self, text: str, level: int = 1) -> None:
        """A numbered heading of level 1 to 4: 一、黑体, （一）楷体, 1. and （1）仿宋."""
        self._places[level - 1] += 1
        self._places[level:] = [0] * (4 - level)
        label = heading_number(level, self._places[level - 1])
        font = (HEI, KAI, FANG_SONG, FANG_SONG)[level - 1]
        self._written.append(lambda: self._text(label + writable(text), font=font, keep=True))

    def paragraph(self, text: str) -> None:
        """Text, indented by two characters; each of its lines is a paragraph."""
        lines = [line.strip() for line in writable(text).split("\n")]
        self._written.append(lambda: self._texts(lines))

    def caption(self, text: str) -> None:
        """The name of the table or picture that follows, centred in 黑体."""
        self._written.append(lambda: self._caption(writable(text)))

    def table(
        self,
        headings: Sequence[str],
        rows: Sequence[Sequence[object]],
        align: str = "",
        widths: Sequence[float] = (),
    ) -> None:
        """A ruled table over the width of the text. `align` has a letter for each column (l c r), `widths` are shares;
        without them columns are as wide as what they hold. Its head comes again on every page."""
        cells = [[writable(str(value)) for value in row] for row in rows]
        heads = [writable(one) for one in headings]
        self._written.append(lambda: self._table(heads, cells, align or "l" * len(heads), widths))

    def picture(self, png: bytes, *, alt: str = "") -> None:
        """A picture over the width of the text; `alt` says what it shows."""
        self._written.append(lambda: self._picture(png, writable(alt)))

    def attachment(self, name: str) -> None:
        """Names an attachment that comes as a file of its own."""
        self._attachments.append((writable(name), None))

    def annex(self, name: str) -> None:
        """Begins an attachment that is printed behind the document; what is said from here on stands in it."""
        self._written = []
        self._places = [0, 0, 0, 0]
        self._attachments.append((writable(name), self._written))

    def save(self) -> bytes:
        """The Word file."""
        self._set = Document()
        self._page()
        if self.red_head:
            self._red_head()
        self._title()
        for write in self._body:
            write()
        self._list_attachments()
        self._sign()
        for place, (name, writes) in enumerate(self._attachments, 1):
            if writes is not None:
                self._annex(place, name, writes)
        if self.copies or self.printed_by:
            self._imprint()
        return self._file()

    # The page ---------------------------------------------------------------------------------------------------

    def _page(self) -> None:
        section = self._set.sections[0]
        section.start_type = WD_SECTION.NEW_PAGE
        section.page_width, section.page_height = PAGE_WIDTH, PAGE_HEIGHT
        section.top_margin, section.bottom_margin = TOP, BOTTOM
        section.left_margin, section.right_margin = LEFT, RIGHT
        section.header_distance, section.footer_distance = Mm(15), Mm(25)
        for old in section._sectPr.findall(qn("w:docGrid")):
            section._sectPr.remove(old)
        section._sectPr.append(element("w:docGrid", type="lines", linePitch=round(LINE * 20)))
        normal = self._set.styles["Normal"]
        normal.font.size = Pt(BODY)
        normal.element.get_or_add_rPr().append(element("w:spacing", val=CLOSER))
        set_fonts(normal.element.get_or_add_rPr(), latin=LATIN, chinese=FANG_SONG)
        layout = normal.paragraph_format
        layout.space_before = layout.space_after = Pt(0)
        layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(LINE)
        layout.widow_control = False
        self._page_numbers(section)

    def _page_numbers(self, section: Any) -> None:
        """`— 1 —` in 四号宋体, on the outer side: an odd page's to the right, an even one's to the left."""
        self._set.settings.odd_and_even_pages_header_footer = True
        for footer, to, side in ((section.footer, TO_RIGHT, "right"), (section.even_page_footer, TO_LEFT, "left")):
            footer.is_linked_to_previous = False
            line = footer.paragraphs[0]
            line.alignment = to
            line.paragraph_format.line_spacing = Pt(16)
            indent(line, em=SMALL, **{side: 1})
            for text in ("— ", None, " —"):
                run = line.add_run(text or "")
                self._type(run, SONG, SMALL, latin=SONG)
                if text is None:
                    page_field(run)

    # Head -------------------------------------------------------------------------------------------------------

    def _red_head(self) -> None:
        size = max(22.0, min(48.0, 0.97 * TEXT_WIDTH_PT / max(characters(self.head), 1)))
        head = self._line(self.head, CENTRE, font=SONG_TITLE, size=size, colour=RED)
        head.paragraph_format.space_before = Mm(35) if not self.signer else Mm(25)
        head.paragraph_format.line_spacing = Pt(size * 1.2)
        self._line("")
        self._line("")
        if self.signer:
            number = self._line("", JUSTIFIED)
            number.paragraph_format.tab_stops.add_tab_stop(Pt(TEXT_WIDTH_PT - BODY), WD_TAB_ALIGNMENT.RIGHT)
            indent(number, left=1, em=BODY)
            self._type(number.add_run(f"{self.number}\t签发人："), FANG_SONG)
            self._type(number.add_run(self.signer), KAI)
        else:
            number = self._line(self.number, CENTRE)
        border(number, colour=RED, space=11, bottom=12)  # 4 mm below the 文号
        self._line("")
        self._line("")

    def _title(self) -> None:
        for line in self.title.split("\n"):
            title = self._line(line, CENTRE, font=SONG_TITLE, size=TITLE)
            title.paragraph_format.line_spacing = Pt(32)
        self._line("")
        if self.recipients:
            self._line("、".join(self.recipients) + "：")

    # Text -------------------------------------------------------------------------------------------------------

    def _type(self, run: Any, font: str, size: float = BODY, *, colour: str = "", latin: str = LATIN) -> None:
        run.font.size = Pt(size)
        set_fonts(run._r.get_or_add_rPr(), latin=latin, chinese=font)
        if colour:
            run.font.color.rgb = RGBColor.from_string(colour)

    def _line(
        self, text: str, align: Any = TO_LEFT, *, font: str = FANG_SONG, size: float = BODY, colour: str = ""
    ) -> Any:
        line = self._set.add_paragraph()
        line.alignment = align
        if text:
            self._type(line.add_run(text), font, size, colour=colour)
        return line

    def _text(self, text: str, *, font: str = FANG_SONG, keep: bool = False) -> None:
        line = self._line(text, JUSTIFIED, font=font)
        line.paragraph_format.keep_with_next = keep
        indent(line, first=2, em=BODY)

    def _texts(self, lines: list[str]) -> None:
        for line in lines:
            if line:
                self._text(line)

    def _caption(self, text: str) -> None:
        line = self._line(text, CENTRE, font=HEI, size=12)
        line.paragraph_format.keep_with_next = True

    def _picture(self, png: bytes, alt: str) -> None:
        line = self._line("", CENTRE)
        line.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
        shape = line.add_run().add_picture(BytesIO(png), width=Pt(TEXT_WIDTH_PT - 2))
        shape._inline.docPr.set("descr", alt)

    def _table(self, headings: list[str], rows: list[list[str]], align: str, widths: Sequence[float]) -> None:
        table = self._set.add_table(rows=1 + len(rows), cols=len(headings))
        table.style = self._set.styles["Table Grid"]
        table.autofit, table.alignment = False, WD_TABLE_ALIGNMENT.CENTER
        shares = list(widths) or _widths(headings, rows)
        points = [TEXT_WIDTH_PT * share / sum(shares) for share in shares]
        for column, width in zip(table.columns, points, strict=True):
            column.width = Pt(width)
        for number, (line, row) in enumerate(zip([headings, *rows], table.rows, strict=True)):
            properties = row._tr.get_or_add_trPr()
            properties.append(element("w:cantSplit"))
            if not number:
                properties.append(element("w:tblHeader"))
            for place, (text, cell) in enumerate(zip(line, row.cells, strict=True)):
                cell.width = Pt(points[place])
                self._cell(cell, text, CENTRE if not number else _ALIGN[align[place]], HEI if not number else FANG_SONG)
        after = self._line("")
        after.paragraph_format.line_spacing = Pt(12)

    def _cell(self, cell: Any, text: str, align: Any, font: str) -> None:
        cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
        line = cell.paragraphs[0]
        line.alignment = align
        line.paragraph_format.line_spacing = Pt(16)
        line.paragraph_format.space_before = line.paragraph_format.space_after = Pt(0.5)
        self._type(line.add_run(text), font, TABLE)

    # After the text -----------------------------------------------------------------------------------------------

    def _list_attachments(self) -> None:
        """附件说明: an empty line below the text, two characters in, numbered when there are several."""
        names = [name for name, _ in self._attachments]
        if not names:
            return
        self._line("")
        for place, name in enumerate(names, 1):
            several = len(names) > 1
            line = self._line(f"{'附件：' if place == 1 else ''}{f'{place}.' if several else ''}{name}")
            line.paragraph_format.keep_with_next = place == len(names)
            indent(line, left=2 if place == 1 else 5, em=BODY)

    def _sign(self) -> None:
        """落款: who issues it, below that the day, its first character two to the right of the issuer's."""
        if self.day is None:
            return
        day = written_day(self.day)
        issuer_width, day_width = characters(self.issuer), characters(day)
        day_from_right = max(2.0, issuer_width - day_width)
        for text, from_right in (
            ("", 0.0),
            (self.issuer, day_from_right + day_width + 2 - issuer_width),
            (day, day_from_right),
        ):
            line = self._line(text, TO_RIGHT)
            line.paragraph_format.keep_with_next = text != day
            indent(line, right=from_right, em=BODY)

    def _annex(self, place: int, name: str, writes: list[Callable[[], None]]) -> None:
        label = f"附件{place if len(self._attachments) > 1 else ''}"
        line = self._set.add_paragraph()
        line.paragraph_format.page_break_before = True
        self._type(line.add_run(label), HEI)
        self._line("")
        title = self._line(name, CENTRE, font=SONG_TITLE, size=TITLE)
        title.paragraph_format.line_spacing = Pt(32)
        self._line("")
        for write in writes:
            write()

    def _imprint(self) -> None:
        """版记 at the foot of the last page: lines of 0.35, 0.25 and 0.35 mm, 抄送, who printed it and when."""
        printed = f"{written_day(self.printed_on)}印发" if self.printed_on else ""
        lines = [f"抄送：{'，'.join(self.copies)}。"] if self.copies else []
        lines.append(f"{self.printed_by or self.issuer}\t{printed}")
        table = self._set.add_table(rows=len(lines), cols=1)
        table.autofit = False
        table.columns[0].width = Pt(TEXT_WIDTH_PT)
        set_at_foot(table)
        for place, (text, row) in enumerate(zip(lines, table.rows, strict=True)):
            cell = row.cells[0]
            cell.width = Pt(TEXT_WIDTH_PT)
            cell_lines(cell, top=_THIN if place else _THICK, bottom=_THICK if place == len(lines) - 1 else 0)
            line = cell.paragraphs[0]
            line.paragraph_format.line_spacing = Pt(24)
            line.paragraph_format.tab_stops.add_tab_stop(Pt(TEXT_WIDTH_PT - SMALL - 11), WD_TAB_ALIGNMENT.RIGHT)
            indent(line, left=1, em=SMALL)
            self._type(line.add_run(text), FANG_SONG, SMALL)
        self._line("").paragraph_format.line_spacing = Pt(1)  # a document does not end with a table

    # The file -----------------------------------------------------------------------------------------------------

    def _file(self) -> bytes:
        about = self._set.core_properties
        made = datetime.combine(self.day or date(2000, 1, 1), time(), UTC)
        about.author = about.last_modified_by = self.issuer
        about.title, about.subject, about.comments, about.keywords = self.title, self.number, "", ""
        about.created = about.modified = made
        about.language, about.revision = "zh-CN", 1
        settings = self._set.settings.element
        for name, key, value in (
            ("w:themeFontLang", "w:eastAsia", "zh-CN"),
            ("w:characterSpacingControl", "w:val", "compressPunctuation"),
        ):
            for one in settings.findall(qn(name)):
                one.set(qn(key), value)
        out = BytesIO()
        self._set.save(out)
        fonts = (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts '
            f'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">{_FONT_TABLE}</w:fonts>'
        )
        return repacked(out.getvalue(), {"word/fontTable.xml": fonts.encode()})


def _widths(headings: list[str], rows: list[list[str]]) -> list[float]:
    """Columns as wide as what they hold, none narrower than four characters or wider than twenty."""
    columns = [[heading, *(row[place] for row in rows)] for place, heading in enumerate(headings)]
    return [min(20.0, max(4.0, *(characters(text) for text in column))) + 1 for column in columns]


__all__ = ["BODY", "OfficialDocument", "chinese_numeral", "heading_number", "written_day"]
