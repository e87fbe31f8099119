"""Questions to the database that are asked together: rows of one small shape, joined by UNION ALL into one query.

A page that asks every app something small would otherwise wait for a query an app and a question. A `Question` says which
rows it is about and which of their columns it wants; `Questions` asks all of them at once, composed once for many askers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, NamedTuple, TypeVar

from django.db.models import BigIntegerField, Count, DateField, F, QuerySet, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from common.components import Duty
from common.composed import Composed, Open

A = TypeVar("A")
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
class Question(Generic[A, T]):
    """Which rows, what of them, and what follows from them.

    `read` gets the asker and the rows found, those with the nearest day first, then by key; also where there are none.
    """

    rows: QuerySet[Any]
    read: Callable[[A, list[Found]], Iterable[T]]
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


class Questions(Generic[A, T]):
    """Questions that are asked by one query, of whoever is named in the places of the stand-ins (`common.composed`)."""

    def __init__(self, questions: Iterable[Question[A, T]], stand_ins: Sequence[Open] = ()) -> None:
        asked = list(questions)
        self._readers = [one.read for one in asked]
        parts = [one.shaped(place) for place, one in enumerate(asked) if not one.rows.query.is_empty()]
        self._composed = Composed(parts[0].union(*parts[1:], all=True), stand_ins) if parts else None

    def answers(self, asker: A, *values: Open) -> list[list[T]]:
        """What follows from each question, in their order; one query."""
        found: list[list[Found]] = [[] for _read in self._readers]
        for place, *row in self._composed.rows(*values) if self._composed else ():
            if row[-1]:  # a count over nothing is a row, too
                found[place].append(Found(*row))
        return [list(read(asker, sorted(rows, key=_urgency))) for read, rows in zip(self._readers, found, strict=True)]


def tallied(words: Any, address: str) -> Callable[[Any, list[Found]], Iterator[Duty]]:
    """Reads what was only counted as one thing to do: `words`, an `ngettext_lazy` by `n`, and the page where all of it is."""

    def read(_asker: Any, found: list[Found]) -> Iterator[Duty]:
        for row in found:
            yield Duty(words % {"n": row.number}, address, row.day)

    return read


def _column(wanted: Column, none: Combinable) -> Combinable:
    if not wanted:
        return none
    return F(wanted) if isinstance(wanted, str) else wanted


def _urgency(row: Found) -> tuple[date, int]:
    return row.day or date.max, row.key
