"""A bureau workbook taken in: every sheet in workbook.md's order, in one transaction, all or nothing.

The same code checks, previews and imports. The difference is only whether what was written is kept at the end, so that
a preview cannot promise what the import then does not do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.db import reset_queries, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from common.progress import tell
from common.workbook import BookReader, Problem, Remark, open_workbook
from common.workbook.importing import Change, Counts, Session, SheetImport, chunks
from indicators import workbook as indicators
from indicators.workbook.books import remark_published
from organization import workbook as organization
from organization.models import Bureau, Employee
from scoring import workbook as scoring
from tasks_market import workbook as tasks_market

SHEETS: tuple[type[SheetImport], ...] = (
    organization.Bureaus,
    indicators.Scheme,
    organization.Departments,
    organization.Posts,
    organization.Branches,
    organization.Employees,
    organization.Absences,
    indicators.KeyWorks,
    indicators.Points,
    indicators.Items,
    indicators.Results,
    tasks_market.Tasks,
    tasks_market.Claims,
    scoring.Adjustments,
    scoring.DepartmentScores,
)
"""In the order of workbook.md's table, in which they are taken in and given out."""

EXPORT_ONLY = "得分"
CHUNK = 2_000


@dataclass(slots=True)
class SheetReport:
    """What a sheet brought: counts, and samples of it for the preview."""

    title: str
    counts: Counts
    created: list[Change] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


@dataclass(slots=True)
class Report:
    """The outcome of one file. It was kept only if `kept`; `problems` holds the first of `problem_count`."""

    name: str
    sha256: str
    sheets: list[SheetReport]
    problems: list[Problem]
    problem_count: int
    remarks: list[Remark]
    remark_count: int
    bureaus: list[int]
    kept: bool = False

    @property
    def created(self) -> int:
        return sum(sheet.counts.created for sheet in self.sheets)

    @property
    def updated(self) -> int:
        return sum(sheet.counts.updated for sheet in self.sheets)


def take_in(
    path: Path,
    *,
    name: str,
    actor: Employee | None,
    keep: bool,
    only_bureau: Bureau | None = None,
    on_keep: Callable[[Report], None] | None = None,
) -> Report:
    """Reads, checks and writes a workbook; nothing stays unless `keep` and the whole file is sound.

    `only_bureau` refuses rows of other bureaus (an office in the browser); commands let all in. Rows done, rows
    expected and the sheet are told. `on_keep` runs in the same transaction as the import it belongs to.
    Raises UnreadableWorkbook if the file is no workbook.
    """
    session = Session(
        actor=actor,
        now=timezone.now(),
        today=timezone.localdate(),
        bureau_id=only_bureau.pk if only_bureau else None,
        bureau_code=only_bureau.code if only_bureau else "",
    )
    with open_workbook(path) as book, transaction.atomic():
        session.remarks.extend(_unknown_sheets(book))
        sheets = [sheet(session) for sheet in SHEETS]
        _run(book, session, sheets)
        remark_published(session, [sheet.spec.title for sheet in sheets])
        report = _report(path, name, book, session, sheets)
        if keep and not session.problems.total:
            report.kept = True
            _leave_lines(report, actor, only_bureau)
            if on_keep is not None:
                on_keep(report)
        else:
            transaction.set_rollback(True)
    return report


def _unknown_sheets(book: BookReader) -> list[Remark]:
    specs = [sheet.spec for sheet in SHEETS]
    return [remark for remark in book.unknown_sheets(specs) if remark.sheet != EXPORT_ONLY]


def _run(book: BookReader, session: Session, sheets: Sequence[SheetImport]) -> None:
    total = sum(book.estimate(sheet.spec.title) for sheet in sheets)
    done = 0
    for place, sheet in enumerate(sheets):
        title = sheet.spec.title
        tell(done, max(total, done), title)
        found_before = session.problems.total
        seen = False
        for chunk in chunks(book.read(sheet.spec, session.problems, session.remarks), CHUNK):
            seen = True
            sheet.take(chunk)
            for row in chunk:
                if row.faulty:
                    key = sheet.key_of(row)
                    session.mark_unsound(title, key)
                    if None not in key:
                        sheet.stand_in(row)
            done += len(chunk)
            tell(done, max(total, done), title)
            reset_queries()  # with DEBUG Django keeps every statement, which for a large file is gigabytes
        if not seen and session.problems.total > found_before:
            session.mark_blind(title)
        sheet.finish()
        for earlier in sheets[:place]:
            if earlier.settles_after == title:
                earlier.settle()


def _report(path: Path, name: str, book: BookReader, session: Session, sheets: Sequence[SheetImport]) -> Report:
    titles = set(book.sheets)
    return Report(
        name=name,
        sha256=sha256_of(path),
        sheets=[
            SheetReport(sheet.spec.title, sheet.counts, sheet.samples_created, sheet.changes)
            for sheet in sheets
            if sheet.spec.title in titles
        ],
        problems=sorted(session.problems, key=_place_of),
        problem_count=session.problems.total,
        remarks=sorted(session.remarks, key=_place_of),
        remark_count=session.remarks.total,
        bureaus=sorted(session.bureaus_touched),
    )


def _place_of(problem: Problem) -> tuple[int, int]:
    order = {sheet.spec.title: place for place, sheet in enumerate(SHEETS)}
    return order.get(problem.sheet, -1), problem.row


def _leave_lines(report: Report, actor: Employee | None, bureau: Bureau | None) -> None:
    """One audit line for each sheet of the file, in each bureau's log that it touched."""
    touched = [bureau] if bureau else list(Bureau.objects.filter(pk__in=report.bureaus))
    for one in touched:
        for sheet in report.sheets:
            record(
                actor=actor,
                action="import.apply",
                bureau=one,
                target=one,
                label=_("%(file)s，%(sheet)s表") % {"file": report.name, "sheet": sheet.title},
                after={
                    "file": report.name,
                    "sha256": report.sha256,
                    "sheet": sheet.title,
                    "created": sheet.counts.created,
                    "updated": sheet.counts.updated,
                    "unchanged": sheet.counts.unchanged,
                },
            )


def sha256_of(path: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
