"""The figures of the bureaus below as a workbook: what the page shows and nothing more."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from common.quarters import QuarterCode
from reports.queries.upward_page import DEFINITIONS, Line, Upward
from reports.report_book import POINTS, Column, Report, ReportBook, spoken
from reports.upward_sums import KEYS, Figures, How, Ratio

WHOLE_NUMBERS = ("people", "stars")


def write_upward(page: Upward, out: IO[bytes] | Path, *, made_at: datetime) -> int:
    """Writes one level of the tree and its sum; returns the number of lines without the sum."""
    values = {"name": page.at.name, "quarter": spoken(QuarterCode.parse(page.code))}
    facts: list[tuple[str, object]] = [
        (_("结论"), page.finding),
        (_("取数"), _("得分各列只取已公示和已发布的正式得分；抢单、节点和签字按导出时计算。")),
        (_("不显示"), _("不足 5 人的不显示，也不计入合计；≤、≥ 表示只给界限，≈ 表示合计里有这样的数。")),
    ]
    title = _("%(name)s下级单位 %(quarter)s") % values
    report = Report(bureau=page.tree.top, title=title, made_at=made_at, facts=facts)
    book = ReportBook(report)
    lines = [_cells(line, line.name) for line in page.lines]
    book.write("下级单位", _columns(), [*lines, _cells(page.total, _("合计"))])
    book.save(out)
    return len(lines)


def _columns() -> list[Column]:
    figures = [
        Column(f"{label}{unit if unit == '%' else ''}", 11, "0" if key in WHOLE_NUMBERS else POINTS, str(definition))
        for key, (label, unit, definition) in DEFINITIONS.items()
    ]
    return [Column("单位代码", 14), Column("单位", 26), Column("进度", 14), *figures]


def _cells(line: Line, name: str) -> list[object]:
    return [line.bureau.code, name, line.standing, *(_cell(line.figures, key) for key in KEYS)]


def _cell(figures: Figures, key: str) -> Decimal | int | str | None:
    """A number to reckon with, a text where only a bound is shown, nothing for what is not."""
    value = getattr(figures, key)
    if isinstance(value, Ratio):
        if value.how is not How.EXACT:
            return figures.text(key)
        return value.part if key == "stars" else value.percent
    return value
