"""Questions to the database that are asked together: rows of one small shape, joined by UNION ALL into one query.

A page that asks every app something small would otherwise wait for a query an app and a question. A `Question` says which
rows it is about and which of their columns it wants; `answered` asks all that it is handed at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, NamedTuple, TypeVar

from django.db.models import BigIntegerField, Count, DateField, F, QuerySet, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from common.components import Duty

T = TypeVar("T")
Column = str | Combinable
"""The name of a column, or an expression over the row; "" for none."""


class Found(NamedTuple):
    """A row of an answer; what its question does not ask for is 0, "" or None."""

    key: int
    text: str
    note: str
    day: date | None
    number: int


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """Which rows, what of them, and what follows from them.

    `read` gets the rows found, those with the nearest day first, then by key; also where there are none.
    """

    rows: QuerySet[Any]
    read: Callable[[list[Found]], Iterable[T]]
    key: Column = ""
    text: Column = ""
    note: Column = ""
    day: Column = ""
    counted: bool = False
    """Rows that are alike in these columns are one, with their `number`; the day may then be an aggregate."""

    def shaped(self, place: int) -> QuerySet[Any]:
        """The rows as a part of the union, marked with the question's place."""
        wanted = {
            "asked_key": _column(self.key, Value(0, BigIntegerField())),
            "asked_text": _column(self.text, Value("", TextField())),
            "asked_note": _column(self.note, Value("", TextField())),
            "asked_day": _column(self.day, Cast(Value(None), DateField())),
        }
        summed = {name: one for name, one in wanted.items() if getattr(one, "contains_aggregate", False)}
        plain = {name: one for name, one in wanted.items() if name not in summed}
        plain["asked_place"] = Value(place, BigIntegerField())
        if self.counted:
            rows = self.rows.order_by().annotate(**plain).values(*plain).annotate(asked_number=Count("pk"), **summed)
        else:
            rows = self.rows.order_by().annotate(**plain, asked_number=Value(1, BigIntegerField()))
        return rows.values_list("asked_place", *wanted, "asked_number")


def tallied(words: Any, address: str) -> Callable[[list[Found]], Iterator[Duty]]:
    """Reads what was only counted as one thing to do: `words`, an `ngettext_lazy` by `n`, and the page where all of it is."""

    def read(found: list[Found]) -> Iterator[Duty]:
        for row in found:
            yield Duty(words % {"n": row.number}, address, row.day)

    return read


def _column(wanted: Column, none: Combinable) -> Combinable:
    if not wanted:
        return none
    return F(wanted) if isinstance(wanted, str) else wanted


def answered(entries: Iterable[T | Question[T]]) -> list[list[T]]:
    """What follows from each entry, in their order, by one query; an entry that is no question stands for itself."""
    asked = list(entries)
    found: list[list[Found]] = [[] for _one in asked]
    parts = [
        one.shaped(place)
        for place, one in enumerate(asked)
        if isinstance(one, Question) and not one.rows.query.is_empty()
    ]
    for place, *row in parts[0].union(*parts[1:], all=True) if parts else ():
        if row[-1]:  # a count over nothing is a row, too
            found[place].append(Found(*row))
    return [
        list(one.read(sorted(rows, key=_urgency))) if isinstance(one, Question) else [one]
        for one, rows in zip(asked, found, strict=True)
    ]


def _urgency(row: Found) -> tuple[date, int]:
    return row.day or date.max, row.key
