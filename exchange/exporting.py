"""A bureau given out as a bureau workbook that can be imported again (workbook.md), and the empty one to fill in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import IO

from django.db import reset_queries
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from common.progress import tell
from common.text import listed
from common.workbook import SheetSpec, write_sheet
from common.workbook.importing import SheetImport
from common.workbook.writer import write_header
from exchange.importing import SHEETS
from organization.models import Bureau
from scoring.workbook import SCORES, score_rows

Rows = Iterable[Mapping[str, object]]
_TOLD_EVERY = 500
_VALIDATED_ROWS = 10_000


def write_bureau(bureau: Bureau, out: Path | IO[bytes]) -> dict[str, int]:
    """Writes everything of a bureau; gives the rows of each sheet. Sheets done, all sheets and the title are told.

    Imported again it changes nothing. Rows stream from the database into the file.
    """
    book = Workbook(write_only=True)
    sheets: list[tuple[SheetSpec, Rows]] = [(sheet.spec, _described(sheet, bureau)) for sheet in SHEETS]
    sheets.append((SCORES, score_rows(bureau)))
    counts: dict[str, int] = {}
    for place, (spec, rows) in enumerate(sheets):
        counts[spec.title] = write_sheet(book, spec, _telling(rows, partial(tell, place, len(sheets), spec.title)))
        reset_queries()
    book.save(out)
    return counts


def _described(sheet: type[SheetImport], bureau: Bureau) -> Iterator[Mapping[str, object]]:
    return (sheet.describe(thing) for thing in sheet.objects(bureau))


def _telling(rows: Rows, tell_again: Callable[[], None]) -> Iterator[Mapping[str, object]]:
    """The rows, with a sign of life now and then: one sheet may be all of the work."""
    tell_again()
    for count, row in enumerate(rows, start=1):
        if count % _TOLD_EVERY == 0:
            tell_again()
        yield row


def write_template(out: Path | IO[bytes]) -> None:
    """The empty workbook: every sheet with its header, what a column takes as a comment, and its words as a list."""
    book = Workbook()
    for page in book.worksheets:
        book.remove(page)
    for sheet in SHEETS:
        page = book.create_sheet(sheet.spec.title)
        columns = sheet.spec.columns
        names = [f"{column.name}●" if column.required else column.name for column in columns]
        needed = _("必填。")
        helps = [f"{needed if column.required else ''}{column.help}".strip() for column in columns]
        write_header(page, names, [column.width for column in columns], helps)
        for place, column in enumerate(columns, start=1):
            if column.choices:
                _offer(page, get_column_letter(place), column.choices)
    book.save(out)


def _offer(page: object, letter: str, choices: tuple[str, ...]) -> None:
    validation = DataValidation(
        type="list", formula1='"' + ",".join(choices) + '"', allow_blank=True, showErrorMessage=True
    )
    validation.error = _("请填：%(words)s") % {"words": listed(choices)}
    validation.add(f"{letter}2:{letter}{_VALIDATED_ROWS}")
    page.add_data_validation(validation)  # type: ignore[attr-defined]
