"""Writing workbooks: sheets that can be imported again, and an uploaded file with its faults marked."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from common import text as texts
from common.quarters import QuarterCode
from common.workbook.problems import Problem
from common.workbook.reader import PROBLEM_SHEET
from common.workbook.spec import SheetSpec

SHANGHAI = ZoneInfo("Asia/Shanghai")
MARKED_UP_TO = 24 * 1024**2

_FORMULA_SIGNS = ("=", "+", "-", "@")
_LONGEST_CELL = 32_767
_HEADER_FONT = Font(bold=True, color="FFFFFF")
_HEADER_FILL = PatternFill("solid", fgColor="1F5FA8")
_HEADER_ALIGNMENT = Alignment(horizontal="center", vertical="center", wrap_text=True)
_HAIRLINE = Border(bottom=Side(style="hair", color="9AA5B1"))
_FAULT_FILL = PatternFill("solid", fgColor="FFD7D5")


def plain_value(value: object) -> Any:
    """The value as Excel can hold it: words for booleans, a joined list, a naive time of Shanghai, clean text."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if value is None or isinstance(value, (int, float, Decimal)):
        return value
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0) if value.tzinfo else value
    if isinstance(value, date):
        return value
    if isinstance(value, (list, tuple)):
        return ";".join(str(plain_value(member)) for member in value)
    if isinstance(value, (str, Promise, QuarterCode)):
        return texts.without_control(str(value))[:_LONGEST_CELL]
    raise TypeError(f"a cell cannot hold {type(value).__name__}")


def safe_cell(sheet: Any, value: object, number_format: str = "General") -> Any:
    """A cell of a write-only sheet that shows the value and nothing else: text that looks like a formula stays text."""
    content = plain_value(value)
    cell = WriteOnlyCell(sheet, value=content)
    if isinstance(content, str):
        cell.data_type = "s"
        cell.quotePrefix = content.startswith(_FORMULA_SIGNS)
    elif isinstance(content, datetime):
        cell.number_format = "yyyy-mm-dd hh:mm:ss"
    elif isinstance(content, date):
        cell.number_format = "yyyy-mm-dd"
    if number_format != "General":
        cell.number_format = number_format
    return cell


def write_header(sheet: Any, names: Sequence[str], widths: Sequence[int], helps: Sequence[object] = ()) -> None:
    """The styled, frozen header of a write-only sheet; call it before the first row."""
    sheet.freeze_panes = "A2"
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    cells = []
    for place, name in enumerate(names):
        cell = safe_cell(sheet, name)
        cell.font, cell.fill, cell.alignment = _HEADER_FONT, _HEADER_FILL, _HEADER_ALIGNMENT
        if place < len(helps) and helps[place]:
            cell.comment = _comment(str(helps[place]))
        cells.append(cell)
    sheet.append(cells)


def write_sheet(book: Workbook, spec: SheetSpec, rows: Iterable[Mapping[str, object]]) -> int:
    """Adds a sheet that can be imported again to a write-only workbook; gives the number of rows written."""
    sheet = book.create_sheet(spec.title)
    columns = spec.columns
    write_header(sheet, [c.name for c in columns], [c.width for c in columns], [c.help for c in columns])
    count = 0
    for row in rows:
        sheet.append(
            [
                None if (value := row.get(column.field)) is None else safe_cell(sheet, value, column.number_format)
                for column in columns
            ]
        )
        count += 1
    return count


def _comment(text: str) -> Comment:
    comment = Comment(texts.without_control(text), "绩效管理")
    comment.width, comment.height = 320, 90
    return comment


def _list_problems(sheet: Any, problems: Sequence[Problem]) -> None:
    """Fills an ordinary sheet with the list of problems."""
    for place, (name, width) in enumerate(
        ((_("表"), 16), (_("行"), 8), (_("列"), 16), (_("问题"), 60), (_("怎样改正"), 48)), start=1
    ):
        cell = sheet.cell(1, place, name)
        cell.font, cell.fill, cell.alignment = _HEADER_FONT, _HEADER_FILL, _HEADER_ALIGNMENT
        sheet.column_dimensions[get_column_letter(place)].width = width
    for number, problem in enumerate(problems, start=2):
        parts = (problem.sheet, problem.row, problem.column, problem.message, problem.hint)
        for place, part in enumerate(parts, start=1):
            content = plain_value(part)
            cell = sheet.cell(number, place)
            cell.value = content
            if isinstance(content, str):
                cell.data_type = "s"
                cell.quotePrefix = content.startswith(_FORMULA_SIGNS)
            cell.alignment = Alignment(vertical="top", wrap_text=place > 3)
            cell.border = _HAIRLINE
    sheet.freeze_panes = "A2"
    if problems:
        sheet.auto_filter.ref = f"A1:E{len(problems) + 1}"


def _unpacked_size(source: str | Path | IO[bytes]) -> int:
    with zipfile.ZipFile(source) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
    if not isinstance(source, (str, Path)):
        source.seek(0)
    return size


def mark_problems(
    source: str | Path | IO[bytes],
    problems: Sequence[Problem],
    out: str | Path | IO[bytes],
    *,
    marked_up_to: int = MARKED_UP_TO,
) -> None:
    """Writes the uploaded workbook with its faulty cells filled and commented, and the sheet 问题清单 in front.

    A file that unpacks into more than `marked_up_to` bytes is not copied, since marking holds it in memory some ten
    times over: only the list is written.
    """
    if _unpacked_size(source) > marked_up_to:
        book = Workbook()
        listing = book.worksheets[0]
    else:
        book = load_workbook(source)
        if PROBLEM_SHEET in book.sheetnames:
            del book[PROBLEM_SHEET]
        _mark_cells(book, problems)
        listing = book.create_sheet(index=0)
    listing.title = PROBLEM_SHEET
    _list_problems(listing, problems)
    book.active = 0
    for sheet in book.worksheets[1:]:
        sheet.sheet_view.tabSelected = False
    book.save(out)


def _mark_cells(book: Any, problems: Sequence[Problem]) -> None:
    sheets = {texts.code(sheet.title): sheet for sheet in book.worksheets}
    headers = {
        title: {
            texts.code(str(cell.value)).rstrip("●* "): place
            for place, cell in enumerate(next(sheet.iter_rows(max_row=1), ()), start=1)
            if cell.value is not None
        }
        for title, sheet in sheets.items()
    }
    told: dict[tuple[str, int, int], list[str]] = {}
    for problem in problems:
        if problem.sheet in sheets:
            place = headers[problem.sheet].get(texts.code(problem.column), 1)
            told.setdefault((problem.sheet, problem.row, place), []).append(problem.sentence)
    for (title, row, place), sentences in told.items():
        cell = sheets[title].cell(row, place)
        cell.fill = _FAULT_FILL
        cell.comment = _comment("\n".join(sentences))
