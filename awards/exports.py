"""A list as the bureau files it: title, 单位 and 期间 above, suggestion and decision beside the figures, signatures below.

The decision column stays empty where nobody has decided. The suggestion never stands in for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from awards.models import UseLine, UseList
from awards.queries.drawn import period_label
from awards.queries.sheets import columns_of
from awards.queries.uses import quota_of, title_of
from common.workbook.writer import SHANGHAI, safe_cell
from organization.models import Employee

A4 = "9"
HEADER_ROW = 4
_TITLE = Font(size=16, bold=True)
_HEADER = Font(bold=True)
_THIN = Side(style="thin", color="9AA5B1")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_CENTER = Alignment(horizontal="center", vertical="center", wrap_text=True)
_TOP = Alignment(vertical="top", wrap_text=True)


def write_use(use_list: UseList, lines: Sequence[UseLine], out: IO[bytes] | Path, *, made_at: datetime) -> int:
    """Writes a list as a workbook of one sheet; returns the number of its lines."""
    book = Workbook(write_only=True)
    title = _("%(bureau)s%(title)s") % {"bureau": use_list.bureau.name, "title": title_of(use_list)}
    book.properties.title = title
    book.properties.creator = use_list.bureau.name
    book.properties.created = made_at.astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0)
    sheet = book.create_sheet(str(UseList.Kind(use_list.kind).label))
    columns = columns_of(use_list)
    widths = [6, *(column.width for column in columns), 11, 40, 11, 24]
    last = get_column_letter(len(widths))
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    _set_page(sheet, last, len(lines))
    sheet.append([_cell(sheet, title, font=_TITLE, alignment=_CENTER)])
    sheet.append([_cell(sheet, _above(use_list))])
    sheet.append([_cell(sheet, _basis(use_list))])
    names = [_("序号"), *(str(column.label) for column in columns), _("系统建议"), _("依据"), _("人工决定"), _("说明")]
    sheet.append([_cell(sheet, name, font=_HEADER, alignment=_CENTER, boxed=True) for name in names])
    for line in lines:
        sheet.append(_line(sheet, use_list, line))
    sheet.append([])
    for text in _signatures(use_list):
        sheet.append([_cell(sheet, text)])
    book.save(out)
    return len(lines)


def file_name(use_list: UseList) -> str:
    """What the file is called."""
    return f"{use_list.bureau.code}-{use_list.period}-{UseList.Kind(use_list.kind).label}.xlsx"


def _line(sheet: Any, use_list: UseList, line: UseLine) -> list[Any]:
    cells = [_cell(sheet, line.position, boxed=True)]
    for column in columns_of(use_list):
        cells.append(_cell(sheet, column.value(line), column.number_format or "General", boxed=True))
    border = _("（并列在界线上）") if line.at_border else ""
    said = (line.suggestion_label + border or None, line.reason, line.decision_label or None, line.note or None)
    cells += [_cell(sheet, text, boxed=True) for text in said]
    return cells


def _above(use_list: UseList) -> str:
    return _("单位：%(bureau)s　　期间：%(period)s　　状态：%(state)s") % {
        "bureau": use_list.bureau.name,
        "period": period_label(use_list.period),
        "state": use_list.get_state_display(),
    }


def _basis(use_list: UseList) -> str:
    quota = quota_of(use_list)
    if quota is None:
        return _("依据：%s 已发布的得分") % "、".join(use_list.basis.get("runs", {}))
    said = {"word": quota.word, "sentence": quota.sentence, "used": quota.used}
    line = _("“%(word)s”名额：%(sentence)s；已评 %(used)d 名") % said
    return line + (_("；放宽依据：%s") % use_list.quota_basis if use_list.quota_basis else "")


def _signatures(use_list: UseList) -> list[str]:
    drawn = _("绩效办（拟定）：%s") % _signed(use_list.drawn_by, use_list.drawn_at)
    signed = _("局长（签发）：%s") % _signed(use_list.signed_by, use_list.signed_at)
    rows = [drawn, signed]
    if use_list.digest:
        rows.append(_("校验和：%s") % use_list.digest)
    return rows


def _signed(person: Employee | None, at: datetime | None) -> str:
    if person is None or at is None:
        return _("　　　　　　　　　　　　年　　月　　日")
    return f"{person.name}　{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _cell(
    sheet: Any,
    value: object,
    number_format: str = "General",
    *,
    font: Font | None = None,
    alignment: Alignment = _TOP,
    boxed: bool = False,
) -> Any:
    cell = safe_cell(sheet, value, number_format)
    cell.alignment = alignment if boxed or font else Alignment(vertical="center")
    if font:
        cell.font = font
    if boxed:
        cell.border = _BOX
    return cell


def _set_page(sheet: Any, last: str, lines: int) -> None:
    """A4 landscape, as wide as the page, the header repeated; all of it before the first row is written."""
    sheet.freeze_panes = f"A{HEADER_ROW + 1}"
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.oddFooter.center.text = "&P / &N"
    sheet.row_dimensions[1].height = 30
    for row in (1, 2, 3):
        sheet.merged_cells.add(f"A{row}:{last}{row}")
    sheet.auto_filter.ref = f"A{HEADER_ROW}:{last}{HEADER_ROW + lines}"
