"""What is wrong with a workbook, told so that the office finds the cell and knows what to write instead."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from common.errors import Sentence


class CellError(ValueError):
    """What is wrong with one cell, and what would be right (`hint`)."""

    def __init__(self, message: Sentence, hint: Sentence = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault: sheet, row as Excel counts, column, what is wrong, what would be right (workbook.md, Import)."""

    sheet: str
    row: int
    column: str
    message: Sentence
    hint: Sentence = ""

    @property
    def sentence(self) -> str:
        """Fault and cure as one sentence."""
        message, hint = (str(part).strip().rstrip("。.") for part in (self.message, self.hint))
        if not hint:
            return _("%(message)s。") % {"message": message}
        return _("%(message)s；%(hint)s。") % {"message": message, "hint": hint}

    def __str__(self) -> str:
        return f"{self.sheet}!{self.row} {self.column}: {self.sentence}"


class Remark(Problem):
    """Something that was ignored, such as an unknown sheet or column. It stops nothing."""

    __slots__ = ()
