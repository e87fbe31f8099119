"""What all sheets share when they are taken in (workbook.md, Import).

Check, preview and import are one and the same path: within a transaction every sheet is read, compared and written in
turn, so that a later sheet finds in the database what an earlier one has brought. A faulty row is left out and the rest
still checked. Whoever runs the sheets (`exchange`) undoes everything at the end if there was a problem or if it only
wanted to look.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

from django.db import models
from django.utils import translation

from common.errors import Sentence
from common.exact import plain
from common.text import clean
from common.workbook.problems import Problem, Remark
from common.workbook.reader import Row
from common.workbook.spec import SheetSpec
from common.workbook.writer import plain_value

LISTED = 20_000
"""So many problems are kept with their text; more are only counted, because a column of nonsense must not fill memory."""
SAMPLED = 20
_SHOWN = 200

Shared = TypeVar("Shared")
Key = tuple[Any, ...]


Found = TypeVar("Found", bound=Problem)


class Findings(list[Found]):
    """A list that remembers how much it was given and keeps the first LISTED."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def append(self, problem: Found) -> None:
        self.total += 1
        if len(self) < LISTED:
            super().append(problem)

    def extend(self, problems: Iterable[Found]) -> None:
        for problem in problems:
            self.append(problem)


@dataclass(frozen=True, slots=True)
class Change:
    """One cell of a changed row, or one row brought in, as the preview shows it."""

    row: int
    label: str
    column: str
    old: str
    new: str


@dataclass(slots=True)
class Counts:
    created: int = 0
    updated: int = 0
    unchanged: int = 0


class Session:
    """One file being taken in: who, when, on whose behalf, and what was found so far.

    `bureau_id` and `bureau_code` name the only bureau whose rows may come in; None lets every bureau in (commands).
    `today` stands where the workbook says "empty: today".
    """

    def __init__(
        self, *, actor: Any, now: datetime, today: date, bureau_id: int | None = None, bureau_code: str = ""
    ) -> None:
        self.actor = actor
        self.now = now
        self.today = today
        self.bureau_id = bureau_id
        self.bureau_code = bureau_code
        self.problems: Findings[Problem] = Findings()
        self.remarks: Findings[Remark] = Findings()
        self.bureaus_touched: set[int] = set()
        self._unsound: dict[str, set[Key]] = defaultdict(set)
        self._unsure: dict[str, list[Key]] = defaultdict(list)
        self._blind: set[str] = set()
        self._shared: dict[Callable[[Session], Any], Any] = {}

    def shared(self, factory: Callable[[Session], Shared]) -> Shared:
        """What several sheets look things up in: made at the first call, the same afterwards."""
        if factory not in self._shared:
            self._shared[factory] = factory(self)
        return self._shared[factory]

    def mark_unsound(self, title: str, key: Key) -> None:
        """A row with this key is faulty; references to it are not reported a second time.

        None stands for a part of the key that cannot be read, and for any value; but at least one part has to be known.
        """
        if None not in key:
            self._unsound[title].add(key)
        elif any(part is not None for part in key) and len(self._unsure[title]) < LISTED:
            self._unsure[title].append(key)

    def mark_blind(self, title: str) -> None:
        """The sheet could not be read at all; what refers to it is not reported row by row."""
        self._blind.add(title)

    def excuses(self, title: str, *key: Any) -> bool:
        """Whether a missing row of that sheet is the fault of something already reported."""
        if title in self._blind or key in self._unsound[title]:
            return True
        return any(
            all(known is None or known == part for known, part in zip(unsure, key, strict=True))
            for unsure in self._unsure[title]
        )


class SheetImport(ABC):
    """How one sheet is taken in and given out. A subclass names its spec, writes chunks of rows, and describes objects.

    `settles_after` names a later sheet after which `settle` is called: for what can only be judged then.
    """

    spec: ClassVar[SheetSpec]
    settles_after: ClassVar[str] = ""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.counts = Counts()
        self.changes: list[Change] = []
        self.samples_created: list[Change] = []

    @abstractmethod
    def take(self, rows: list[Row]) -> None:
        """Checks and writes a chunk. Rows that are or become faulty are not written."""

    def finish(self) -> None:  # noqa: B027 (a hook: most sheets have nothing to do)
        """Called after the sheet's last row, also if the file lacks the sheet."""

    def stand_in(self, row: Row) -> None:  # noqa: B027 (a hook)
        """Stores something in place of a faulty row, so that what refers to it is checked as far as possible.

        Nothing of it can stay: with a faulty row the whole file is undone.
        """

    def settle(self) -> None:  # noqa: B027 (a hook)
        """Called after the sheet `settles_after`."""

    @classmethod
    @abstractmethod
    def objects(cls, bureau: Any) -> Iterable[Any]:
        """The rows of a bureau in the order of the export, streamed."""

    @classmethod
    @abstractmethod
    def describe(cls, thing: Any) -> dict[str, object]:
        """An object as the cells of its row, by field."""

    def key_of(self, row: Row) -> Key:
        """The values of the sheet's key, None where one cannot be read."""
        return tuple(row.values.get(name) for name in self.spec.key)

    def refuse(self, row: Row, field_name: str, message: Sentence, hint: Sentence = "") -> None:
        """Reports a problem of a row, which makes it faulty."""
        row.faulty = True
        self.problem(row.number, field_name, message, hint)

    def problem(self, number: int, field_name: str, message: Sentence, hint: Sentence = "") -> None:
        column = self.spec.column_name(field_name)
        self.session.problems.append(Problem(self.spec.title, number, column, str(message), str(hint)))

    def remark(self, number: int, field_name: str, message: Sentence, hint: Sentence = "") -> None:
        """Notes something that stops nothing."""
        column = self.spec.column_name(field_name)
        self.session.remarks.append(Remark(self.spec.title, number, column, str(message), str(hint)))

    def given(self, row: Row, field_name: str, otherwise: Any, *, empty: Any = None) -> Any:
        """The value of an optional column: `otherwise` where the sheet lacks it, `empty` where the cell is empty."""
        if field_name not in row.values:
            return otherwise
        value = row.values[field_name]
        return empty if value is None else value

    def count_created(self, row: Row) -> None:
        self.counts.created += 1
        if len(self.samples_created) < SAMPLED:
            shown = " · ".join(self._text(value) for value in self.key_of(row))
            self.samples_created.append(Change(row.number, shown, "", "", ""))

    def count_changed(self, number: int, before: Mapping[str, object], after: Mapping[str, object]) -> None:
        """Counts a changed row and keeps what changed in the first few for the preview."""
        self.counts.updated += 1
        if not before:
            return
        label = " · ".join(self._text(after.get(name)) for name in self.spec.key)
        for name, new in after.items():
            old = before.get(name)
            if old != new:
                column = self.spec.column_name(name)
                self.changes.append(Change(number, label, column, self._text(old), self._text(new)))

    def wants_sample(self) -> bool:
        """Whether the preview still has room, so that describing an object before its change pays."""
        return len(self.changes) < SAMPLED

    def _text(self, value: object) -> str:
        content = plain_value(value)
        if content is None:
            return ""
        if isinstance(content, Decimal):
            return plain(content)
        if isinstance(content, datetime):
            return f"{content:%Y-%m-%d %H:%M}"
        return str(content)[:_SHOWN]


@dataclass
class Batch:
    """Rows of one model on their way into the database: new ones, and those of which something differs."""

    sheet: SheetImport
    model: type[models.Model]
    new: list[Any] = field(default_factory=list)
    changed: list[Any] = field(default_factory=list)
    fields: set[str] = field(default_factory=set)

    def create(self, row: Row, thing: Any) -> None:
        self.new.append(thing)
        self.sheet.count_created(row)

    def differing(self, thing: Any, values: Mapping[str, Any]) -> dict[str, Any]:
        """Those of the values that the object does not have."""
        return {name: value for name, value in values.items() if not _same(getattr(thing, name), value)}

    def update(
        self, row: Row, thing: Any, different: Mapping[str, Any], unseen: Mapping[str, Any] | None = None
    ) -> None:
        """Sets what differs. `unseen` goes with it without being a difference: who entered, and when."""
        before = self.sheet.describe(thing) if self.sheet.wants_sample() else {}
        self.set(thing, {**different, **(unseen or {})})
        self.sheet.count_changed(row.number, before, self.sheet.describe(thing) if before else {})

    def set(self, thing: Any, values: Mapping[str, Any]) -> None:
        """Sets values without counting the row."""
        for name, value in values.items():
            setattr(thing, name, value)
            self.fields.add(name)
        self.changed.append(thing)

    def store(self, row: Row, thing: Any, values: Mapping[str, Any]) -> bool:
        """Updates an object if one of the values differs, else counts it as unchanged; says whether it differed."""
        different = self.differing(thing, values)
        if different:
            self.update(row, thing, different)
        else:
            self.sheet.counts.unchanged += 1
        return bool(different)

    def flush(self) -> list[Any]:
        """Writes what has gathered; gives the new objects, which now have their ids."""
        created = self.model._default_manager.bulk_create(self.new) if self.new else []
        if self.changed:
            # One statement with the new values beats a CASE for each row of a bulk_update by far.
            names = {self.model._meta.get_field(name).name for name in self.fields}
            unique = list({thing.pk: thing for thing in self.changed}.values())
            self.model._default_manager.bulk_create(
                unique, update_conflicts=True, unique_fields=["id"], update_fields=sorted(names)
            )
        self.new, self.changed, self.fields = [], [], set()
        return created


def _same(stored: object, given: object) -> bool:
    """Whether a cell says what is stored. A workbook knows neither blanks at the ends nor a form's line ends."""
    if isinstance(stored, str) and isinstance(given, str) and stored != given:
        return clean(stored.replace("\r\n", "\n")) == given.replace("\r\n", "\n")
    return stored == given


def words(choices: type[models.TextChoices]) -> dict[str, str]:
    """The Chinese words of choices with the values they stand for: a workbook is Chinese in every language."""
    with translation.override("zh-hans"):
        return {str(label): value for value, label in choices.choices}


def labels(choices: type[models.TextChoices]) -> dict[str, str]:
    """The values of choices with their Chinese words."""
    return {value: word for word, value in words(choices).items()}


def chunks(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """The rows in lists of at most `size`."""
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) >= size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
