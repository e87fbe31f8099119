from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from exchange.importing import Report, take_in
from organization.models import Bureau, Employee
from tests.exchange.books import small_book, write

TakeIn = Callable[..., Report]


@pytest.fixture
def take(tmp_path: Path, db: None) -> TakeIn:
    """Takes a book in and gives the report."""
    serial = count()

    def run(
        book: Mapping[str, Sequence[Sequence[Any]]] | Path,
        *,
        keep: bool = True,
        actor: Employee | None = None,
        only_bureau: Bureau | None = None,
        formats: Mapping[tuple[str, int, str], str] | None = None,
    ) -> Report:
        path = book if isinstance(book, Path) else write(tmp_path / f"{next(serial)}.xlsx", book, formats)
        return take_in(path, name=path.name, actor=actor, keep=keep, only_bureau=only_bureau)

    return run


def take_small_book() -> None:
    """The rows of the small book, as a module's world."""
    with TemporaryDirectory() as folder:
        path = write(Path(folder) / "small.xlsx", small_book())
        assert take_in(path, name=path.name, actor=None, keep=True).kept


def told(report: Report) -> list[str]:
    """The problems as `sheet!row column`."""
    return [f"{problem.sheet}!{problem.row} {problem.column}" for problem in report.problems]


def counts(report: Report) -> dict[str, tuple[int, int, int]]:
    return {s.title: (s.counts.created, s.counts.updated, s.counts.unchanged) for s in report.sheets}
