"""How a report looks as a workbook: a cover, then tables.

Made to be handed over: frozen header, number formats, widths, hairlines, and A4 landscape pages that repeat the header
and carry bureau and page number. A table stays readable for programs: its first row is its header.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from common.quarters import QuarterCode
from common.workbook.writer import SHANGHAI, safe_cell, write_header
from organization.models import Bureau

POINTS = "0.00"
A4 = "9"

_RULED = Border(bottom=Side(style="hair", color="9AA5B1"))
_BANDED = PatternFill(bgColor="F4F7FA")
_TITLE = Font(size=20, bold=True, color="1A2330")
_SUBTITLE = Font(size=12, color="455162")
_LABEL = Font(color="5D6979")
_FIGURE = Font(bold=True)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the report: header, width, number format, and what its header's comment explains."""

    name: str
    width: int = 12
    number_format: str = "General"
    help: str = ""


@dataclass(frozen=True)
class Report:
    """What a report is about: its title and the lines of its cover."""

    bureau: Bureau
    title: str
    made_at: datetime
    facts: list[tuple[str, object]] = field(default_factory=list)


def spoken(quarter: QuarterCode) -> str:
    """A quarter as titles say it: 2023年第一季度."""
    return _("%(year)d年第%(number)s季度") % {"year": quarter.year, "number": "一二三四"[quarter.number - 1]}


class Table:
    """A sheet under a header, whose rows come one by one."""

    def __init__(self, sheet: Any, columns: Sequence[Column]) -> None:
        self._sheet = sheet
        self._columns = columns
        self._rows = 0
        sheet.row_dimensions[1].height = 24
        write_header(sheet, [c.name for c in columns], [c.width for c in columns], [c.help for c in columns])

    def append(self, values: Sequence[object]) -> None:
        """None leaves a cell empty."""
        self._sheet.append(
            [
                None if value is None else safe_cell(self._sheet, value, column.number_format)
                for column, value in zip(self._columns, values, strict=True)
            ]
        )
        self._rows += 1

    def end(self) -> None:
        """Hairlines, bands and the filter over the rows written, by one rule instead of a style in every cell."""
        if not self._rows:
            return
        last = f"{get_column_letter(len(self._columns))}{self._rows + 1}"
        formatting = self._sheet.conditional_formatting
        formatting.add(f"A2:{last}", FormulaRule(["MOD(ROW(),2)=1"], fill=_BANDED, border=_RULED))
        formatting.add(f"A2:{last}", FormulaRule(["MOD(ROW(),2)=0"], border=_RULED))
        self._sheet.auto_filter.ref = f"A1:{last}"


class ReportBook:
    """A workbook with a cover; `save` writes it and ends it."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._book = Workbook(write_only=True)
        self._book.properties.title = report.title
        self._book.properties.creator = report.bureau.name
        self._book.properties.created = report.made_at.astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0)
        _write_cover(self._book.create_sheet("封面"), report)

    def table(self, title: str, columns: Sequence[Column]) -> Table:
        sheet = self._book.create_sheet(title)
        _set_page(sheet, self._report, repeat_header=True)
        return Table(sheet, columns)

    def write(self, title: str, columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> None:
        """A whole table."""
        table = self.table(title, columns)
        for row in rows:
            table.append(row)
        table.end()

    def save(self, out: IO[bytes] | Path) -> None:
        self._book.save(out)


def _write_cover(sheet: Any, report: Report) -> None:
    _set_page(sheet, report, repeat_header=False)
    sheet.sheet_view.showGridLines = False
    for letter, width in zip("ABCD", (4, 22, 60, 4), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.row_dimensions[3].height = 36
    sheet.append([])
    sheet.append([])
    sheet.append([None, _styled(sheet, report.title, _TITLE)])
    sheet.append([None, _styled(sheet, report.bureau.name, _SUBTITLE)])
    sheet.append([])
    for label, value in [*report.facts, (_("导出时间"), report.made_at)]:
        shown = _styled(sheet, value, _FIGURE, POINTS if isinstance(value, Decimal) else "General")
        shown.alignment = Alignment(horizontal="left", vertical="top", wrap_text=True)
        named = _styled(sheet, label, _LABEL)
        named.border = shown.border = _RULED
        sheet.append([None, named, shown])
    sheet.append([])
    sheet.append(
        [
            None,
            _styled(
                sheet,
                _("绩效办：　　　　　　分管局领导：　　　　　　局长：　　　　　　　　　年　　月　　日"),
                _SUBTITLE,
            ),
        ]
    )


def _styled(sheet: Any, value: object, font: Font, number_format: str = "General") -> Any:
    cell = safe_cell(sheet, value, number_format)
    cell.font = font
    return cell


def _set_page(sheet: Any, report: Report, *, repeat_header: bool) -> None:
    """A4 landscape, as wide as the page, header row repeated, bureau and page number on every page."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.5
    sheet.page_margins.top = sheet.page_margins.bottom = 0.75
    sheet.print_options.horizontalCentered = True
    if repeat_header:
        sheet.print_title_rows = "1:1"
        sheet.oddHeader.left.text = _printed(report.bureau.name)
        sheet.oddHeader.center.text = _printed(report.title)
        sheet.oddHeader.right.text = "&A"
    sheet.oddFooter.left.text = _printed(_("导出于 %s") % f"{report.made_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}")
    sheet.oddFooter.right.text = _("第 &P 页，共 &N 页")


def _printed(text: str) -> str:
    """Text of a page header, in which `&` begins a code."""
    return text.replace("&", "&&")
