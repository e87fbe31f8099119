"""A form of several A4 pages: title, facts, sections with tables, page numbers; the paper twin of the page's sheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table

from common.components import Bar361
from common.pdf.fonts import BOLD, REGULAR, Ink

INK, GREY, HAIRLINE, FILLED = HexColor("#1a2330"), HexColor("#5d6979"), HexColor("#cbd3dc"), HexColor("#6d7b8c")
MARGIN = 16 * mm
WIDTH = A4[0] - 2 * MARGIN - 12
"""Within the 6 points that reportlab keeps free at each side of a frame."""
KEPT_ROWS = 6
"""A table up to this length stays with its heading on one page."""


def _style(name: str, size: float, **more: Any) -> ParagraphStyle:
    fixed: dict[str, Any] = {"fontName": REGULAR, "leading": size * 1.5, "textColor": INK, "wordWrap": "CJK"}
    return ParagraphStyle(name, fontSize=size, **(fixed | more))


TITLE = _style("title", 18, fontName=BOLD, alignment=TA_CENTER)
SUBTITLE = _style("subtitle", 10, alignment=TA_CENTER, textColor=GREY)
HEADING = _style("heading", 12, fontName=BOLD, spaceBefore=5 * mm, spaceAfter=1.5 * mm)
TEXT = _style("text", 9)
SMALL = _style("small", 8, textColor=GREY)
HEAD = _style("head", 8, textColor=GREY)
HEAD_RIGHT = _style("head-right", 8, textColor=GREY, alignment=TA_RIGHT)
NUMBER = _style("number", 9, alignment=TA_RIGHT)


@dataclass(frozen=True, slots=True)
class Column:
    """`width` is a share of the page; `num` sets figures to the right."""

    label: str
    width: float
    num: bool = False


class Bar(Flowable):
    """The 361 bar as it prints: three outlined segments as wide as their weights, filled as far as earned."""

    def __init__(self, bar: Bar361, width: float = 34 * mm, height: float = 2.4 * mm) -> None:
        super().__init__()
        self.bar, self.width, self.height = bar, width, height

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        self.width = min(self.width, width)
        return self.width, self.height

    def draw(self) -> None:
        whole = sum((part.full for part in self.bar.segments), Decimal(0)) or Decimal(1)
        left = 0.0
        for part in self.bar.segments:
            width = self.width * float(part.full / whole)
            self.canv.setFillColor(FILLED)
            self.canv.rect(left, 0, width * float(part.share), self.height, stroke=0, fill=1)
            self.canv.setStrokeColor(INK)
            self.canv.setLineWidth(0.3)
            self.canv.rect(left, 0, width, self.height, stroke=1, fill=0)
            left += width


class Lines(Table):
    """A table of a section."""

    def __init__(self, rows: list[list[Any]], *args: Any, **kwargs: Any) -> None:
        super().__init__(rows, *args, **kwargs)
        self.is_long = len(rows) > KEPT_ROWS


class Sheet:
    """Collects the parts of a document; `pdf` lays them out."""

    def __init__(self, *, title: str, author: str, foot: str) -> None:
        self._ink = Ink()
        self._title, self._author, self._foot = title, author, foot
        self._parts: list[Flowable] = []

    def head(self, title: str, subtitle: str) -> None:
        self._parts += [self._paragraph(title, TITLE), self._paragraph(subtitle, SUBTITLE), Spacer(0, 4 * mm)]

    def facts(self, facts: Iterable[tuple[str, object]]) -> None:
        """Label and value, two pairs a line."""
        cells = [(self._paragraph(label, HEAD), self._paragraph(value, TEXT)) for label, value in facts]
        if len(cells) % 2:
            cells.append((self._paragraph("", HEAD), self._paragraph("", TEXT)))
        rows = [[*cells[place], *cells[place + 1]] for place in range(0, len(cells), 2)]
        widths = [WIDTH * share for share in (0.12, 0.38, 0.12, 0.38)]
        self._parts.append(Table(rows, widths, style=[*_LINES, ("LINEABOVE", (0, 0), (-1, 0), 0.8, INK)]))

    def section(self, title: str, *parts: Flowable) -> None:
        """A heading that never stands alone at the foot of a page, and what belongs under it."""
        heading = self._paragraph(title, HEADING)
        if parts and not (isinstance(parts[0], Lines) and parts[0].is_long):
            self._parts += [KeepTogether([heading, parts[0]]), *parts[1:]]
        else:
            self._parts += [CondPageBreak(40 * mm), heading, *parts]

    def add(self, part: Flowable) -> None:
        self._parts.append(part)

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> Lines:
        """A table whose head is repeated on every page."""
        whole = sum(column.width for column in columns)
        widths = [WIDTH * column.width / whole for column in columns]
        head = [self._paragraph(one.label, HEAD_RIGHT if one.num else HEAD) for one in columns]
        body = [[self._cell(value, one) for value, one in zip(row, columns, strict=True)] for row in rows]
        return Lines([head, *body], widths, repeatRows=1, style=_LINES)

    def text(self, text: str, *, small: bool = False) -> Paragraph:
        return self._paragraph(text, SMALL if small else TEXT)

    def pdf(self) -> bytes:
        """The finished document; characters that the font lacks are named on its last page."""
        parts = list(self._parts)
        foot = self._ink(self._foot)
        if self._ink.note:
            parts += [Spacer(0, 4 * mm), self._paragraph(self._ink.note, SMALL)]
        out = BytesIO()
        document = SimpleDocTemplate(
            out, pagesize=A4, title=self._title, author=self._author, lang="zh-CN", leftMargin=MARGIN,
            rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=18 * mm,
        )  # fmt: skip
        document.build(parts, canvasmaker=_numbered(foot, self._ink))
        return out.getvalue()

    def _cell(self, value: object, column: Column) -> Flowable:
        if isinstance(value, Flowable):
            return value
        return self._paragraph("" if value is None else value, NUMBER if column.num else TEXT)

    def _paragraph(self, text: object, style: ParagraphStyle) -> Paragraph:
        return Paragraph(escape(self._ink(text)), style)


_LINES: list[tuple[Any, ...]] = [
    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ("TOPPADDING", (0, 0), (-1, -1), 1.2),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2.4),
    ("LEFTPADDING", (0, 0), (-1, -1), 3),
    ("RIGHTPADDING", (0, 0), (-1, -1), 3),
    ("LINEABOVE", (0, 0), (-1, 0), 0.8, INK),
    ("LINEBELOW", (0, 0), (-1, -1), 0.3, HAIRLINE),
    ("LINEBELOW", (0, -1), (-1, -1), 0.8, INK),
]


def _numbered(foot: str, ink: Ink) -> type[Canvas]:
    """A canvas that writes foot and page number once the number of pages is known."""

    class Numbered(Canvas):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802  # reportlab's name
            self._pages.append(dict(self.__dict__))
            self._startPage()  # type: ignore[attr-defined]  # the way that reportlab's own examples count pages

        def save(self) -> None:
            for number, page in enumerate(self._pages, start=1):
                self.__dict__.update(page)
                self._foot(number, len(self._pages))
                super().showPage()
            super().save()

        def _foot(self, number: int, of: int) -> None:
            self.setFont(REGULAR, 8)
            self.setFillColor(GREY)
            self.drawString(MARGIN, 10 * mm, foot)
            pages = ink(_("第 %(number)d 页，共 %(of)d 页") % {"number": number, "of": of})
            self.drawRightString(A4[0] - MARGIN, 10 * mm, pages)

    return Numbered
