"""Reading a bureau workbook: row by row in constant memory, every fault of a sheet at once.

Nothing here trusts the file: its size is looked at before it is unpacked, its stated dimensions are ignored, and
whatever is no workbook is refused with one sentence.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator, MutableSequence, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from django.utils.translation import gettext as _
from openpyxl.reader.excel import ExcelReader
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from common import text as texts
from common.errors import InvalidInput
from common.exact import canonical, parse_number
from common.workbook.problems import CellError, Problem, Remark
from common.workbook.spec import Column, SheetSpec

PROBLEM_SHEET = "问题清单"

MAX_UNPACKED = 2 * 1024**3
MAX_HELD_IN_MEMORY = 128 * 1024**2
MAX_RATIO = 500
_RATIO_COUNTS_FROM = 64 * 1024**2
_MAX_ENTRIES = 2_000
_SAMPLE = 256 * 1024
_MAX_COLUMNS = 200
_CACHED_VALUES = 20_000
_ERRORS = frozenset(("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"))

# What openpyxl raises in the middle of a sheet whose archive or XML is broken.


class UnreadableWorkbook(InvalidInput):
    """The file is no .xlsx workbook, is damaged, or unpacks into more than a workbook ever holds."""

    default_code = "unreadable_workbook"


@dataclass(slots=True)
class Row:
    """A filled row. A column that the sheet lacks has no entry in `values`; an empty cell is None.

    A faulty row lacks the values of its faulty cells: it is handed out all the same, so that its key is known and
    references to it are not reported again.
    """

    number: int
    values: dict[str, Any]
    faulty: bool = False


class _StreamingSheet(ReadOnlyWorksheet):
    """A sheet that believes no <dimension> and does not go looking for one.

    openpyxl parses the whole sheet to find out that it states none, which takes as long as half of the reading.
    """

    def _get_size(self) -> None:
        pass

    def estimated_rows(self) -> int:
        """The rows that the part's size holds, if they go on as they begin."""
        sheet: Any = self
        size = sheet.parent._archive.getinfo(sheet._worksheet_path).file_size
        with sheet._get_source() as source:
            beginning = source.read(_SAMPLE)
        return beginning.count(b"<row ") * size // max(len(beginning), 1)


class _StreamingReader(ExcelReader):
    def read_worksheets(self) -> None:
        reader: Any = self
        for sheet, rel in reader.parser.find_sheets():
            if rel.target not in reader.valid_files:
                continue
            if "chartsheet" in rel.Type:
                reader.read_chartsheet(sheet, rel)
            else:
                reader.wb._sheets.append(_StreamingSheet(reader.wb, sheet.name, rel.target, reader.shared_strings))


def _check_size(source: str | Path | IO[bytes]) -> None:
    with zipfile.ZipFile(source) as archive:
        entries = archive.infolist()
    total = sum(entry.file_size for entry in entries)
    packed_tight = any(
        entry.file_size > _RATIO_COUNTS_FROM and entry.file_size > MAX_RATIO * max(entry.compress_size, 1)
        for entry in entries
    )
    # The reader streams worksheets; everything else is held in memory while the workbook is open.
    held = sum(entry.file_size for entry in entries if not entry.filename.startswith("xl/worksheets/"))
    if len(entries) > _MAX_ENTRIES or total > MAX_UNPACKED or held > MAX_HELD_IN_MEMORY or packed_tight:
        raise UnreadableWorkbook(_("文件解压后过大，不像正常的工作簿；请拆成几个文件后分别导入。"))


def open_workbook(source: str | Path | IO[bytes]) -> BookReader:
    """Opens a workbook for reading. Raises UnreadableWorkbook with one sentence if it is none."""
    try:
        _check_size(source)
        if not isinstance(source, (str, Path)):
            source.seek(0)
        reader = _StreamingReader(source, read_only=True, data_only=True, keep_links=False)
        reader.read()
    except UnreadableWorkbook:
        raise
    except FileNotFoundError as error:
        raise UnreadableWorkbook(_("找不到文件“%(name)s”。") % {"name": source}) from error
    except Exception as error:  # a damaged archive makes openpyxl raise almost anything
        raise UnreadableWorkbook(
            _("文件打不开：它不是 .xlsx 工作簿或已经损坏；请用 Excel 或 WPS 另存为 .xlsx 后再试。")
        ) from error
    return BookReader(reader.wb)


class BookReader:
    """An open workbook. Use it in a `with` statement, or call `close`."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._sheets: dict[str, Any] = {}
        for sheet in book.worksheets:
            self._sheets.setdefault(texts.code(sheet.title), sheet)

    @property
    def sheets(self) -> list[str]:
        """The titles of the sheets in the order of the file."""
        return list(self._sheets)

    def estimate(self, title: str) -> int:
        """About how many rows a sheet has, for a progress bar; worked out from its size."""
        sheet = self._sheets.get(title)
        return sheet.estimated_rows() if sheet is not None else 0

    def unknown_sheets(self, specs: Iterable[SheetSpec]) -> list[Remark]:
        """A remark for each sheet that none of the specs describes; our own list of problems is passed over."""
        known = {spec.title for spec in specs} | {PROBLEM_SHEET}
        message = _("不认识这张表，已忽略")
        return [Remark(title, 1, _("表名"), message) for title in self._sheets if title not in known]

    def read(
        self, spec: SheetSpec, problems: MutableSequence[Problem], remarks: MutableSequence[Remark]
    ) -> Iterator[Row]:
        """Yields the filled rows of a sheet; what is wrong is added to `problems`, what is ignored to `remarks`.

        A missing sheet has no rows. A missing required column is one problem in row 1, and no row follows. The same key
        twice is a problem of the second row.
        """
        sheet = self._sheets.get(spec.title)
        if sheet is None:
            return
        try:
            yield from _SheetReader(spec, problems, remarks).rows(sheet)
        except (
            zipfile.BadZipFile,
            zlib.error,
            SyntaxError,
            EOFError,
            OSError,
            KeyError,
            IndexError,
            ValueError,
        ) as error:
            raise UnreadableWorkbook(
                _("表“%(sheet)s”读不下去：文件已经损坏；请用 Excel 或 WPS 另存为 .xlsx 后再试。")
                % {"sheet": spec.title}
            ) from error

    def close(self) -> None:
        self._book.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not texts.clean(value))


class _SheetReader:
    """Reads the rows of one sheet by its spec, and notes what is wrong with them."""

    def __init__(self, spec: SheetSpec, problems: MutableSequence[Problem], remarks: MutableSequence[Remark]) -> None:
        self.spec = spec
        self.problems = problems
        self.remarks = remarks
        # Place of each column, and the values of texts met before: most cells of a bureau's sheets repeat.
        self.fields: list[tuple[int, Column, dict[str, Any]]] = []
        self.empty: dict[str, Any] = {}
        self.key_fields: list[str] = []
        # The hash alone of a key is kept: half a million keys as text would not fit into the memory promised.
        self.seen: set[int] = set()

    def problem(self, row: int, column: str, message: str, hint: str = "") -> None:
        self.problems.append(Problem(self.spec.title, row, column, message, hint))

    def rows(self, sheet: Any) -> Iterator[Row]:
        cells = sheet.iter_rows()
        if not self.read_header(next(cells, ())):
            return
        for number, row_cells in enumerate(cells, start=2):
            # A stray cell in Excel's last row brings a million rows without a cell before it.
            row = self.read_row(row_cells, number) if row_cells else None
            if row is not None:
                self.check_key(row)
                yield row

    def read_header(self, cells: Sequence[Any]) -> bool:
        """Finds the columns by name; False if the sheet cannot be read with this header."""
        names = {texts.code(column.name): column for column in self.spec.columns}
        places: dict[str, int] = {}
        sound = True
        for place, cell in enumerate(cells[:_MAX_COLUMNS]):
            if _is_blank(cell.value):
                continue
            name = texts.code(str(cell.value)).rstrip("●* ")
            if name not in names:
                self.remarks.append(Remark(self.spec.title, 1, name, _("不认识这一列，已忽略")))
            elif name in places:
                self.problem(1, name, _("这一列出现了两次"), _("每个列名只能出现一次"))
                sound = False
            else:
                places[name] = place
        for name, column in names.items():
            if column.required and name not in places:
                self.problem(1, column.name, _("缺少必填列"), _("请在表头补上这一列"))
                sound = False
        self.fields = [(place, names[name], {}) for name, place in places.items()]
        self.empty = {column.field: None for _place, column, _cache in self.fields}
        self.key_fields = [name for name in self.spec.key if name in self.empty]
        return sound

    def read_row(self, cells: Sequence[Any], number: int) -> Row | None:
        """The values of a row; None if all of its cells are blank."""
        values = dict(self.empty)
        width = len(cells)
        blank = True
        faults: list[tuple[str, ValueError | None]] = []
        for place, column, cache in self.fields:
            raw = cells[place].value if place < width else None
            if isinstance(raw, str):
                known = cache.get(raw)
                if known is not None:
                    values[column.field] = known
                    blank = False
                    continue
                if not texts.clean(raw):
                    raw = None
            if raw is None:
                if column.required:
                    faults.append((column.name, None))  # put into words below: most rows without it are blank
                    del values[column.field]
                continue
            blank = False
            try:
                values[column.field] = value = _cell_value(cells[place], raw, column)
            except ValueError as error:
                faults.append((column.name, error))
                del values[column.field]
                continue
            if isinstance(raw, str) and len(cache) < _CACHED_VALUES and not isinstance(value, list):
                cache[raw] = value
        if blank:
            return None
        for column_name, fault in faults:
            if fault is None:
                self.problem(number, column_name, _("不能为空"), _("这是必填列"))
            else:
                self.problem(number, column_name, str(fault), str(fault.hint if isinstance(fault, CellError) else ""))
        return Row(number, values, bool(faults))

    def check_key(self, row: Row) -> None:
        """The same key twice in a sheet is a problem of the second row (workbook.md, Import)."""
        if not self.key_fields or any(name not in row.values for name in self.key_fields):
            return
        key = hash(tuple(row.values[name] for name in self.key_fields))
        if key in self.seen:
            names = "+".join(self.spec.column_name(name) for name in self.key_fields)
            message = _("与前面的行重复：%(names)s相同") % {"names": names}
            hint = _("同一个%(names)s只能出现一次") % {"names": names}
            self.problem(row.number, self.spec.column_name(self.key_fields[0]), message, hint)
            row.faulty = True
        self.seen.add(key)


def _cell_value(cell: Any, raw: object, column: Column) -> object:
    if cell.data_type == "e" or raw in _ERRORS:
        raise CellError(_("单元格是 Excel 错误值 %(value)s") % {"value": raw}, _("请改正公式，或直接填数值"))
    if column.percent and isinstance(raw, (int, float)) and not isinstance(raw, bool) and "%" in cell.number_format:
        raw = canonical(parse_number(raw).scaleb(2))
    return column.parse(raw)
