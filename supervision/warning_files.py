"""The accountability view as a workbook: one sheet by department and month, one with every signature."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl import Workbook

from common.workbook.writer import safe_cell, write_header
from supervision.queries.warning_retrospect import RetrospectRow, SignedRow


def write_retrospect(rows: Iterable[RetrospectRow], signed: Iterable[SignedRow], out: IO[bytes]) -> None:
    """Writes both sheets; text that looks like a formula stays text."""
    book = Workbook(write_only=True)
    _write(book, _("部门月份"), _SUMMARY, (_summary(row) for row in rows))
    _write(book, _("签字明细"), _SIGNED, (_signature(row) for row in signed))
    book.save(out)


_SUMMARY = (
    ("月份", 10), ("部门", 24), ("考点数", 8), ("负责人按时", 10), ("负责人逾期补签", 12), ("负责人未签", 10),
    ("联络员按时", 10), ("联络员逾期补签", 12), ("联络员未签", 10), ("待签字", 8), ("已完成", 8), ("逾期", 8),
    ("未完成人数", 10),
)  # fmt: skip
_SIGNED = (
    ("月份", 10), ("部门", 24), ("考点编号", 14), ("考点", 36), ("节点", 12), ("签字方", 12), ("签字期限", 12),
    ("签字情况", 12), ("签字人", 10), ("工号", 15), ("签字时间", 20), ("校验和", 68), ("结果", 10), ("未完成人数", 10),
)  # fmt: skip


def _write(book: Any, title: str, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[object]]) -> None:
    sheet = book.create_sheet(title)
    write_header(sheet, [name for name, _width in columns], [width for _name, width in columns])
    for row in rows:
        sheet.append([safe_cell(sheet, value) for value in row])


def _summary(row: RetrospectRow) -> Sequence[object]:
    return (
        row.month, row.department, row.lines, *row.head, *row.liaison, row.waiting, row.done, row.overdue, row.missing,
    )  # fmt: skip


def _signature(row: SignedRow) -> Sequence[object]:
    return (
        row.month, row.department, row.point, row.name, row.due, row.side, row.limit, row.standing.label, row.by,
        row.number, row.at, row.digest, row.outcome, row.missing,
    )  # fmt: skip
