"""The score report as a workbook: cover, sheet 得分 of workbook.md, and a sheet of items for each library.

Made to be handed over: frozen header, number formats, widths, hairlines, and A4 landscape pages that repeat the header
and carry bureau and page number. The sheet 得分 stays readable for programs: its first row is its header.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from common.exact import round2
from common.quarters import QuarterCode
from common.workbook.writer import SHANGHAI, safe_cell, write_header
from indicators.models import Library
from organization.models import Bureau, Department
from reports.queries.levelling import AssessorRow, DepartmentRow, FlatPoint, Radar
from scoring import formula, statistics
from scoring.models import Score, ScoreQuerySet, ScoreRun
from scoring.queries.annual import AnnualRow
from scoring.queries.snapshots import Snapshots

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


SCORE_COLUMNS = (
    Column("季度", 10),
    Column("单位代码", 10),
    Column("工号", 15),
    Column("姓名", 10),
    Column("部门代码", 10),
    Column("部门名称", 26),
    Column("序列", 12),
    Column("共性得分", 10, POINTS),
    Column("个性得分", 10, POINTS),
    Column("竞争性得分", 12, POINTS),
    Column("加减分", 9, POINTS),
    Column("组织联动", 10, POINTS),
    Column("总分", 9, POINTS),
    Column("是否参与排名", 14),
    Column("单位排名", 10, "0"),
    Column("序列排名", 10, "0"),
    Column("前30%", 9),
    Column("说明", 20),
)
ITEM_COLUMNS = (
    Column("工号", 15),
    Column("姓名", 10),
    Column("考点编号", 16),
    Column("名称", 44),
    Column("分值", 9, POINTS),
    Column("得分", 9, POINTS),
    Column("节点数", 9, "0"),
    Column("漏项数", 9, "0"),
)
ANNUAL_COLUMNS = (
    Column("年度", 8, "0"),
    Column("单位代码", 10),
    Column("工号", 15),
    Column("姓名", 10),
    Column("部门代码", 10),
    Column("部门名称", 26),
    Column("序列", 12),
    Column("一季度得分", 12, POINTS),
    Column("二季度得分", 12, POINTS),
    Column("三季度得分", 12, POINTS),
    Column("四季度得分", 12, POINTS),
    Column("计入季度数", 12, "0"),
    Column("年度得分", 10, POINTS),
    Column("是否参与排名", 14),
    Column("单位排名", 10, "0"),
    Column("序列排名", 10, "0"),
    Column("说明", 24),
)

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


@dataclass(frozen=True)
class Report:
    """What a report is about: its title and the lines of its cover."""

    bureau: Bureau
    title: str
    made_at: datetime
    facts: list[tuple[str, object]] = field(default_factory=list)


def write_quarter(run: ScoreRun, out: IO[bytes] | Path, *, department: Department | None, made_at: datetime) -> int:
    """Writes the report of a scored quarter, of one department if given; returns the number of people in it."""
    scores = run.scores.select_related("department", "category")
    if department:
        scores = scores.filter(department=department)
    ordered = sorted(
        scores.defer("inputs"), key=lambda score: (score.bureau_rank is None, score.bureau_rank or 0, score.number)
    )
    report = Report(
        bureau=run.bureau,
        title=_("%(bureau)s %(quarter)s绩效考评得分")
        % {"bureau": department.name if department else run.bureau.name, "quarter": spoken(run.quarter.period)},
        made_at=made_at,
        facts=_quarter_facts(run, ordered),
    )
    book = book_of(report)
    write_rows(book, report, "得分", SCORE_COLUMNS, (_score_line(run, score) for score in ordered), len(ordered))
    _write_items(book, report, [("", run, scores)])
    book.save(out)
    return len(ordered)


def write_year(
    bureau: Bureau,
    year: int,
    rows: Sequence[AnnualRow],
    runs: Sequence[ScoreRun],
    out: IO[bytes] | Path,
    *,
    department: Department | None,
    made_at: datetime,
) -> int:
    """Writes the report of a year from its annual rows and the current runs of its published quarters."""
    if department:
        rows = [row for row in rows if row.department.pk == department.pk]
    codes = "、".join(run.quarter.code for run in runs)
    ranked = [row.score for row in rows if row.bureau_rank and row.score is not None]
    report = Report(
        bureau=bureau,
        title=_("%(bureau)s %(year)d 年度绩效考评得分")
        % {"bureau": department.name if department else bureau.name, "year": year},
        made_at=made_at,
        facts=[
            (_("计入季度"), codes),
            (_("考评人数"), len(rows)),
            *_spread_facts(statistics.spread(ranked)),
            (_("计分办法"), _("年度得分为已发布季度中参与排名各季总分的平均数，两个季度以上的参与年度排名。")),
        ],
    )
    book = book_of(report)
    write_rows(book, report, "得分", ANNUAL_COLUMNS, (_annual_line(bureau, year, row) for row in rows), len(rows))
    numbers = {row.number for row in rows} if department else None
    parts = [
        (run.quarter.code, run, run.scores.filter(number__in=numbers) if numbers else run.scores.all()) for run in runs
    ]
    _write_items(book, report, parts)
    book.save(out)
    return len(rows)


def write_levelling(radar: Radar, out: IO[bytes] | Path, *, made_at: datetime) -> int:
    """Writes the levelling radar, a sheet for each of its tables; returns the number of assessors in it."""
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
    book = book_of(report)
    sheets: list[tuple[str, Sequence[Column], list[list[object]]]] = [
        ("考评部门", ASSESSOR_COLUMNS, [_assessor_line(row) for row in radar.assessors]),
        ("人人同分", FLAT_COLUMNS, [_flat_line(point) for point in radar.flat_points]),
        ("扣分面", COVERAGE_COLUMNS, [_coverage_line(row) for row in radar.departments]),
    ]
    for name, columns, lines in sheets:
        write_rows(book, report, name, columns, iter(lines), len(lines))
    book.save(out)
    return len(radar.assessors)


def spoken(quarter: QuarterCode) -> str:
    """A quarter as titles say it: 2023年第一季度."""
    return _("%(year)d年第%(number)s季度") % {"year": quarter.year, "number": "一二三四"[quarter.number - 1]}


# Lines ------------------------------------------------------------------------------------------------------------


def _score_line(run: ScoreRun, score: Score) -> list[object]:
    return [
        run.quarter.code,
        run.bureau.code,
        score.number,
        score.name,
        score.department.code,
        score.department.name,
        score.category.name,
        score.common,
        score.individual,
        score.competitive,
        score.adjustments,
        score.linkage,
        score.total,
        score.ranked,
        score.bureau_rank,
        score.category_rank,
        score.in_pool,
        score.get_reason_display() if score.reason else None,
    ]


def _annual_line(bureau: Bureau, year: int, row: AnnualRow) -> list[object]:
    return [
        year,
        bureau.code,
        row.number,
        row.name,
        row.department.code,
        row.department.name,
        row.category.name,
        *row.totals,
        row.quarters,
        row.score,
        row.ranked,
        row.bureau_rank,
        row.category_rank,
        None if row.ranked else _("计入的季度不足两个"),
    ]


def _item_lines(score: formula.EmployeeScore) -> Iterator[tuple[str, list[object]]]:
    """Library and line of every item with a node in the quarter, and of every accepted claim.

    节点数 counts the nodes that count (those marked 不适用 do not); 得分 is empty when none does. A claim stands under its
    task's number, worth what falls to the person at a quality of 1.
    """
    who: list[object] = [score.input.number, score.input.name]
    for one in score.items:
        if one.nodes:
            counting = sum(node.points is not None for node in one.nodes)
            line: list[object] = [*who, one.item.code, one.item.name, one.item.full, one.earned, counting, one.missing]
            yield one.item.library, line
    for claimed in score.claims:
        claim = claimed.claim
        worth = round2(Fraction(claim.base) * Fraction(claimed.coefficient) * claimed.share)
        yield Library.COMPETITIVE, [*who, claim.task_code, claim.task_name, worth, claimed.points, 1, 0]


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


# Facts of the cover -----------------------------------------------------------------------------------------------


def _quarter_facts(run: ScoreRun, scores: Sequence[Score]) -> list[tuple[str, object]]:
    scheme = formula.SchemeValues.from_mapping(run.scheme)
    state: object = run.quarter.get_state_display()
    if run.as_of:
        state = _("%(state)s，预计得分，计到 %(day)s") % {"state": state, "day": run.as_of.isoformat()}
    elif not run.quarter.is_frozen:
        state = _("%(state)s，尚未发布") % {"state": state}
    ranked = [score.total for score in scores if score.bureau_rank]
    facts: list[tuple[str, object]] = [
        (_("季度"), run.quarter.code),
        (_("状态"), state),
        (_("计分时间"), run.scored_at),
        (_("计分人数"), len(scores)),
        *_spread_facts(statistics.spread(ranked)),
        (_("漏项"), _("%d 项") % sum(score.missing for score in scores)),
        (
            _("计分办法"),
            _("共性 %(common)s 分、个性 %(individual)s 分、竞争性最高 %(cap)s 分，加减分和组织联动另计。")
            % {
                "common": f"{scheme.common_weight:f}",
                "individual": f"{scheme.individual_weight:f}",
                "cap": f"{scheme.competitive_cap:f}",
            },
        ),
    ]
    if run.kind == ScoreRun.Kind.CORRECTION:
        facts.append((_("更正"), _("第 %(number)d 次计分：%(reason)s") % {"number": run.number, "reason": run.reason}))
    return facts


def _spread_facts(spread: statistics.Spread | None) -> list[tuple[str, object]]:
    if spread is None:
        return [(_("单位排名人数"), 0)]
    return [
        (_("单位排名人数"), spread.count),
        (_("最高分"), spread.highest),
        (_("最低分"), spread.lowest),
        (_("平均分"), spread.mean),
        (_("最大分差"), spread.gap),
    ]


# Sheets -----------------------------------------------------------------------------------------------------------


def book_of(report: Report) -> Workbook:
    book = Workbook(write_only=True)
    book.properties.title = report.title
    book.properties.creator = report.bureau.name
    book.properties.created = report.made_at.astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0)
    _write_cover(book, report)
    return book


def _write_cover(book: Workbook, report: Report) -> None:
    sheet = book.create_sheet("封面")
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


def _write_items(book: Workbook, report: Report, parts: Sequence[tuple[str, ScoreRun, ScoreQuerySet]]) -> None:
    """A sheet for each library; with several quarters the first column says which one."""
    quarters = any(code for code, _run, _scores in parts)
    columns = (Column("季度", 10), *ITEM_COLUMNS) if quarters else ITEM_COLUMNS
    sheets = {
        library: _sheet(book, report, str(label), columns)
        for library, label in ((Library.COMMON, "共性"), (Library.INDIVIDUAL, "个性"), (Library.COMPETITIVE, "竞争性"))
    }
    counts = dict.fromkeys(sheets, 0)
    for code, run, scores in parts:
        scheme = formula.SchemeValues.from_mapping(run.scheme)
        snapshots = Snapshots()
        for stored in scores.select_related(None).order_by("number").only("run", "inputs").iterator(chunk_size=200):
            score = formula.score_employee(snapshots.inputs_of(stored), scheme)
            for library, line in _item_lines(score):
                values = [code, *line] if quarters else line
                sheets[Library(library)].append(_cells(sheets[Library(library)], columns, values))
                counts[Library(library)] += 1
    for library, sheet in sheets.items():
        _rule(sheet, columns, counts[library])


def write_rows(
    book: Workbook, report: Report, title: str, columns: Sequence[Column], lines: Iterator[list[object]], count: int
) -> None:
    sheet = _sheet(book, report, title, columns)
    for line in lines:
        sheet.append(_cells(sheet, columns, line))
    _rule(sheet, columns, count)


def _sheet(book: Workbook, report: Report, title: str, columns: Sequence[Column]) -> Any:
    sheet = book.create_sheet(title)
    _set_page(sheet, report, repeat_header=True)
    sheet.row_dimensions[1].height = 24
    write_header(sheet, [c.name for c in columns], [c.width for c in columns], [c.help for c in columns])
    return sheet


def _cells(sheet: Any, columns: Sequence[Column], values: Sequence[object]) -> list[Any]:
    return [
        None if value is None else safe_cell(sheet, value, column.number_format)
        for column, value in zip(columns, values, strict=True)
    ]


def _styled(sheet: Any, value: object, font: Font, number_format: str = "General") -> Any:
    cell = safe_cell(sheet, value, number_format)
    cell.font = font
    return cell


def _rule(sheet: Any, columns: Sequence[Column], count: int) -> None:
    """Hairlines, bands and the filter over the rows written, by one rule instead of a style in every cell."""
    if not count:
        return
    last = get_column_letter(len(columns))
    body = f"A2:{last}{count + 1}"
    sheet.conditional_formatting.add(body, FormulaRule(["MOD(ROW(),2)=1"], fill=_BANDED, border=_RULED))
    sheet.conditional_formatting.add(body, FormulaRule(["MOD(ROW(),2)=0"], border=_RULED))
    sheet.auto_filter.ref = f"A1:{last}{count + 1}"


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
