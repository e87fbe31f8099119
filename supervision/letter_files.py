"""A letter as Word in the layout of official documents, and the register as a workbook."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO

from django.utils.translation import gettext as _
from openpyxl import Workbook

from common.official import OfficialDocument, written_day
from common.workbook.writer import safe_cell, write_header
from supervision.models import Letter, LetterItem
from supervision.queries.letters import assisting_departments, assisting_names, items_of, lead_departments

TITLE_LINE = 20
"""Characters of a title's line; a longer one breaks between words, as the standard asks."""
CLOSING = "请按期办理，并在期限前反馈办理情况和佐证材料；确需延期的，请在期限前提出申请。"


def letter_as_word(letter: Letter) -> bytes:
    """The letter as Word; an official document is Chinese, whatever the reader's language. A draft has no day."""
    items = items_of(letter)
    document = OfficialDocument(
        issuer=letter.bureau.name,
        number=letter.number or "〔草稿〕",
        title=_title(letter),
        recipients=lead_departments(items),
        day=letter.issued_on,
        copies=assisting_departments(items),
    )
    for text in filter(None, (letter.opening, _present(letter, items))):
        document.paragraph(text)
    for item in items:
        document.heading(item.matter)
        assisting = "、".join(one.name for one in item.assisting.all())
        document.paragraph(f"存在问题：{item.problem}")
        document.paragraph(f"整改要求：{item.requirement}")
        parts = [f"主办部门：{item.department.name}"]
        parts += [f"协办部门：{assisting}"] if assisting else []
        parts += [f"责任人：{item.responsible.name}"] if item.responsible else []
        document.paragraph("；".join([*parts, f"办结期限：{written_day(item.due_on)}"]) + "。")
    document.paragraph(CLOSING)
    return document.save()


def _title(letter: Letter) -> str:
    """`关于…的督查督办函`, however the office has put it."""
    words = letter.title.removeprefix("关于").removesuffix("督查督办函").removesuffix("的")
    title = f"关于{words}的督查督办函"
    return title if len(title) <= TITLE_LINE else f"关于{words}的\n督查督办函"


def _present(letter: Letter, items: list[LetterItem]) -> str:
    kind = ON_PAPER[letter.kind]
    return f"经{kind}，现将以下 {len(items)} 件事项交你们办理。"


ON_PAPER: dict[str, str] = {
    Letter.Kind.ON_SITE: "实地督查",
    Letter.Kind.WRITTEN: "书面督查",
    Letter.Kind.DESK: "案头督查",
}


def word_name(letter: Letter) -> str:
    return f"{letter.number or '督查督办函草稿'}.docx"


def write_register(letters: Iterable[Letter], items: Iterable[LetterItem], out: IO[bytes]) -> None:
    """督办台账 as a workbook: a sheet of letters and one of items; text that looks like a formula stays text."""
    book = Workbook(write_only=True)
    heads = [_("文号"), _("标题"), _("方式"), _("状态"), _("交办日期"), _("事项"), _("在办"), _("逾期"), _("最近期限")]
    sheet = book.create_sheet(_("函"))
    write_header(sheet, heads, (22, 40, 12, 10, 12, 8, 8, 8, 12))
    for one in letters:
        counted = [getattr(one, name) for name in ("items_all", "items_open", "items_overdue", "next_due")]
        row = [one.number, one.title, one.get_kind_display(), one.get_state_display(), one.issued_on, *counted]
        sheet.append([safe_cell(sheet, value) for value in row])
    heads = [_("文号"), _("序号"), _("督办事项"), _("存在问题"), _("整改要求"), _("主办部门"), _("协办部门"), _("责任人"),
             _("交办日期"), _("办结期限"), _("状态"), _("销号时间"), _("销号意见")]  # fmt: skip
    sheet = book.create_sheet(_("事项"))
    write_header(sheet, heads, (22, 6, 36, 40, 40, 14, 20, 10, 12, 12, 12, 18, 30))
    for item in items:
        row = [
            item.letter.number, item.position, item.matter, item.problem, item.requirement, item.department.name,
            assisting_names(item), item.responsible.name if item.responsible else "", item.assigned_on, item.due_on,
            item.get_state_display(), item.settled_at, item.settlement,
        ]  # fmt: skip
        sheet.append([safe_cell(sheet, value) for value in row])
    book.save(out)
