"""The levelling radar as a workbook, a sheet for each of its tables."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from reports.queries.levelling import AssessorRow, DepartmentRow, FlatPoint, Radar
from reports.report_book import POINTS, Column, Report, ReportBook, spoken

ASSESSOR_COLUMNS = (
    Column("考评部门", 26),
    Column("确认结果", 10, "0"),
    Column("平均得分率%", 13, POINTS),
    Column("比其他部门", 12, POINTS, "与其余考评部门平均得分率之差（百分点）。"),
    Column("标准差", 10, POINTS, "得分率的总体标准差（百分点）。"),
    Column("其他部门标准差", 16, POINTS),
    Column("满分条数", 10, "0"),
    Column("满分占比%", 11, POINTS),
    Column("比上季", 10, POINTS, "满分占比比上一季度（百分点）。"),
    Column("同分占比%", 11, POINTS, "同一考点同一期间至少 5 人时，与其中过半数人得分相同的结果所占比例。"),
    Column("提示", 40),
)
FLAT_COLUMNS = (
    Column("考点编号", 16),
    Column("名称", 44),
    Column("考评部门", 26),
    Column("计分方式", 10),
    Column("结果数", 9, "0"),
    Column("都得", 9, POINTS),
    Column("分值", 9, POINTS),
    Column("提示", 12),
)
COVERAGE_COLUMNS = (
    Column("部门名称", 26),
    Column("计分人数", 10, "0"),
    Column("被扣分人数", 12, "0"),
    Column("扣分面%", 10, POINTS),
    Column("平均分", 9, POINTS),
    Column("最大分差", 10, POINTS),
)


def write_levelling(radar: Radar, out: IO[bytes] | Path, *, made_at: datetime) -> int:
    """Writes the radar; returns the number of assessors in it."""
    bureau, scored = radar.quarter.bureau, radar.scored
    facts: list[tuple[str, object]] = [(_("季度"), radar.quarter.code), (_("结论"), radar.finding)]
    if radar.department:
        facts.append((_("被考评部门"), radar.department.name))
    if scored:
        facts += [
            (_("扣分面（人）%"), scored.people.share),
            (_("扣分面（部门）%"), scored.departments.share),
            (_("最大分差"), scored.gap),
        ]
    facts += [(_("确认的人工考评结果"), radar.all.results), (_("满分占比 %"), radar.all.full_share)]
    title = _("%(bureau)s %(quarter)s平衡分雷达") % {"bureau": bureau.name, "quarter": spoken(radar.quarter.period)}
    report = Report(bureau=bureau, title=title, made_at=made_at, facts=facts)
    book = ReportBook(report)
    book.write("考评部门", ASSESSOR_COLUMNS, map(_assessor_line, radar.assessors))
    book.write("人人同分", FLAT_COLUMNS, map(_flat_line, radar.flat_points))
    book.write("扣分面", COVERAGE_COLUMNS, map(_coverage_line, radar.departments))
    book.save(out)
    return len(radar.assessors)


def _assessor_line(row: AssessorRow) -> list[object]:
    marks = row.marks
    return [
        row.name,
        marks.results,
        marks.mean,
        row.above,
        marks.deviation,
        row.others.deviation,
        marks.full,
        marks.full_share,
        row.full_change,
        marks.alike_share if marks.comparable else None,
        "、".join(row.signs) or None,
    ]


def _flat_line(point: FlatPoint) -> list[object]:
    hint = _("人人同档") if point.suspicious else None
    figures = [point.results, Decimal(point.points), Decimal(point.full)]
    return [point.code, point.name, point.assessor, point.method, *figures, hint]


def _coverage_line(row: DepartmentRow) -> list[object]:
    return [row.name, row.coverage.people, row.coverage.lost, row.coverage.share, row.mean, row.gap]
