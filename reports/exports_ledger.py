"""A ledger as a workbook: the columns of the page and no others, streamed row by row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from reports.queries.ledger import Ledger
from reports.queries.ledger_rows import rows_of
from reports.report_book import POINTS, Column, Report, ReportBook, spoken

COLUMNS = (
    Column("工号", 15),
    Column("姓名", 10),
    Column("部门", 22),
    Column("指标库", 9),
    Column("重点工作", 24),
    Column("考点编号", 14),
    Column("考点名称", 36),
    Column("质量标准", 44),
    Column("节点", 9),
    Column("时限", 12),
    Column("状态", 9),
    Column("完成情况", 14),
    Column("节点得分", 10, POINTS, "这个节点按计分规则得的分，满分见“分值”。"),
    Column("分值", 9, POINTS),
    Column("计入得分", 10, POINTS, "节点在本项得分里占的一份；同一考点各节点相加即得分明细的本项得分。"),
    Column("失分", 9, POINTS),
    Column("填报人", 10),
    Column("佐证", 7, "0"),
)


def write_ledger(ledger: Ledger, out: IO[bytes] | Path, *, made_at: datetime) -> int:
    """Writes the rows that fit what is asked; returns their number."""
    bureau, sums = ledger.quarter.bureau, ledger.sums
    values = {"whose": ledger.scope.title, "quarter": spoken(ledger.quarter.period)}
    facts: list[tuple[str, object]] = [
        (_("结论"), ledger.finding),
        (_("计入得分"), sums.earned),
        (_("计入分值"), sums.full),
        (_("失分"), sums.lost),
    ]
    report = Report(bureau=bureau, title=_("%(whose)s %(quarter)s") % values, made_at=made_at, facts=facts)
    book = ReportBook(report)
    book.write("台账", COLUMNS, _lines(ledger))
    book.save(out)
    return len(ledger.entries)


def _lines(ledger: Ledger) -> Iterator[list[object]]:
    for row in rows_of(ledger, ledger.entries):
        yield [
            row.number,
            row.name,
            row.department,
            row.library,
            row.key_work,
            row.code,
            row.point,
            row.standard,
            row.node,
            row.due,
            row.state_label,
            row.entered or None,
            _figure(row.points),
            _figure(row.full),
            _figure(row.earned),
            _figure(row.lost),
            row.by or None,
            row.evidence or None,
        ]


def _figure(text: str) -> Decimal | None:
    return None if text == "–" else Decimal(text)
