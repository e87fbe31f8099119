"""The score report as a workbook: cover, sheet 得分 of workbook.md, and a sheet of items for each library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from common.exact import round2
from indicators.models import Library
from organization.models import Bureau, Department
from reports.report_book import POINTS, Column, Report, ReportBook, spoken
from scoring import formula, statistics
from scoring.models import Score, ScoreQuerySet, ScoreRun
from scoring.queries.annual import AnnualRow
from scoring.queries.snapshots import Snapshots

PERSON_COLUMNS = (
    Column("单位代码", 10),
    Column("工号", 15),
    Column("姓名", 10),
    Column("部门代码", 10),
    Column("部门名称", 26),
    Column("序列", 12),
)
RANK_COLUMNS = (
    Column("是否参与排名", 14),
    Column("单位排名", 10, "0"),
    Column("序列排名", 10, "0"),
)
SCORE_COLUMNS = (
    Column("季度", 10),
    *PERSON_COLUMNS,
    Column("共性得分", 10, POINTS),
    Column("个性得分", 10, POINTS),
    Column("竞争性得分", 12, POINTS),
    Column("加减分", 9, POINTS),
    Column("组织联动", 10, POINTS),
    Column("总分", 9, POINTS),
    *RANK_COLUMNS,
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
    *PERSON_COLUMNS,
    Column("一季度得分", 12, POINTS),
    Column("二季度得分", 12, POINTS),
    Column("三季度得分", 12, POINTS),
    Column("四季度得分", 12, POINTS),
    Column("计入季度数", 12, "0"),
    Column("年度得分", 10, POINTS),
    *RANK_COLUMNS,
    Column("说明", 24),
)


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
    book = ReportBook(report)
    book.write("得分", SCORE_COLUMNS, (_score_line(run, score) for score in ordered))
    _write_items(book, [("", run, scores)])
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
    book = ReportBook(report)
    book.write("得分", ANNUAL_COLUMNS, (_annual_line(bureau, year, row) for row in rows))
    numbers = {row.number for row in rows}
    parts = [
        (run.quarter.code, run, run.scores.filter(number__in=numbers) if department else run.scores.all())
        for run in runs
    ]
    _write_items(book, parts)
    book.save(out)
    return len(rows)


def _person(bureau: Bureau, row: Score | AnnualRow) -> list[object]:
    return [bureau.code, row.number, row.name, row.department.code, row.department.name, row.category.name]


def _ranks(row: Score | AnnualRow) -> list[object]:
    return [row.ranked, row.bureau_rank, row.category_rank]


def _score_line(run: ScoreRun, score: Score) -> list[object]:
    return [
        run.quarter.code,
        *_person(run.bureau, score),
        score.common,
        score.individual,
        score.competitive,
        score.adjustments,
        score.linkage,
        score.total,
        *_ranks(score),
        score.in_pool,
        score.get_reason_display() if score.reason else None,
    ]


def _annual_line(bureau: Bureau, year: int, row: AnnualRow) -> list[object]:
    return [
        year,
        *_person(bureau, row),
        *row.totals,
        row.quarters,
        row.score,
        *_ranks(row),
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


def _write_items(book: ReportBook, parts: Sequence[tuple[str, ScoreRun, ScoreQuerySet]]) -> None:
    """A sheet for each library; with several quarters the first column says which one."""
    quarters = any(code for code, _run, _scores in parts)
    columns = (Column("季度", 10), *ITEM_COLUMNS) if quarters else ITEM_COLUMNS
    titles = {Library.COMMON: "共性", Library.INDIVIDUAL: "个性", Library.COMPETITIVE: "竞争性"}
    tables = {library: book.table(title, columns) for library, title in titles.items()}
    for code, run, scores in parts:
        scheme = formula.SchemeValues.from_mapping(run.scheme)
        snapshots = Snapshots()
        for stored in scores.select_related(None).order_by("number").only("run", "inputs").iterator(chunk_size=200):
            score = formula.score_employee(snapshots.inputs_of(stored), scheme)
            for library, line in _item_lines(score):
                tables[Library(library)].append([code, *line] if quarters else line)
    for table in tables.values():
        table.end()
