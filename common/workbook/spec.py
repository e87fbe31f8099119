"""How a sheet is described: its columns, what their cells mean, and what makes a row the same row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from common.errors import Sentence

Parser = Callable[[object], object]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet.

    `name` is its header, `field` the key under which a row hands out its value. `parse` turns a filled cell into that
    value or raises ValueError with a sentence (CellError adds a hint). A `required` column must be there and filled. A
    column with `percent` counts a percent-formatted number times 100. `number_format` and `width` dress it in exports,
    `help` is its header's comment, `choices` the words that its template offers in a list.
    """

    name: str
    field: str
    parse: Parser
    required: bool = False
    percent: bool = False
    help: Sentence = ""
    width: int = 14
    number_format: str = "General"
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetSpec:
    """A sheet of the bureau workbook: title, columns, and the fields that name a row (its key)."""

    title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    by_name: dict[str, Column] = field(init=False, repr=False, compare=False)
    by_field: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(self.columns))
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})
        object.__setattr__(self, "by_field", {column.field: column for column in self.columns})

    def column_name(self, field_name: str) -> str:
        """The header of a field, for a problem's `column`."""
        return self.by_field[field_name].name
