"""Bureau workbooks: what a sheet looks like (`spec`), what a cell means (`cells`), reading and writing.

The apps describe their own sheets with `SheetSpec` and the parsers of `cells`; `exchange` runs them.
"""

from common.workbook.problems import Problem, Remark
from common.workbook.reader import BookReader, Row, UnreadableWorkbook, open_workbook
from common.workbook.spec import Column, SheetSpec
from common.workbook.writer import mark_problems, safe_cell, write_sheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""The content type of a workbook."""

__all__ = [
    "XLSX",
    "BookReader",
    "Column",
    "Problem",
    "Remark",
    "Row",
    "SheetSpec",
    "UnreadableWorkbook",
    "mark_problems",
    "open_workbook",
    "safe_cell",
    "write_sheet",
]
