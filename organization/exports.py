"""The list of initial passwords, to be printed and cut up."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _
from openpyxl import Workbook

from common.workbook.writer import safe_cell, write_header
from organization.services.accounts import Issued


def open_private(path: Path) -> IO[bytes]:
    """A new or emptied file that only its owner can read; opened before passwords are issued, so that none is lost."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(descriptor, 0o600)  # an older file keeps its mode otherwise
    return os.fdopen(descriptor, "wb")


def write_passwords(issued: Sequence[Issued], out: IO[bytes]) -> None:
    """One row a person: 工号, 姓名, 部门, 初始密码."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("初始密码"))
    write_header(sheet, [_("工号"), _("姓名"), _("部门"), _("初始密码")], [14, 14, 28, 22])
    for entry in issued:
        person = entry.employee
        sheet.append(
            [safe_cell(sheet, text) for text in (person.number, person.name, person.department.name, entry.password)]
        )
    book.save(out)
