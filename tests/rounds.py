"""Which of the two rounds of `bootstrap.py test` runs a test: at least one of them, and both where a database counts."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum


class Round(StrEnum):
    FIRST = "sqlite"
    SECOND = "postgresql"


DATABASE_FIXTURES = frozenset({"db", "transactional_db", "live_server", "django_db_setup"})


def rounds_of(marks: Collection[str], fixtures: Collection[str]) -> frozenset[Round]:
    """By what a test declares: pytest-django lets nothing else near a database.

    Pages are tried in a browser once, with PostgreSQL: it serves a page's parallel requests as production does. So are
    the sweeps, which ask every address the same: whom a view lets in is no database's doing, but the wall behind it is
    PostgreSQL's.

    What a module says of pages or of workbooks is marked `once` where other modules try on both databases what is done
    there: words, forms, refusals and the reading of cells are Python's. That PostgreSQL takes the queries of every page
    and every form is what the sweeps show.
    """
    if {"browser", "postgres", "sweep"}.intersection(marks):
        return frozenset({Round.SECOND})
    if "once" in marks:
        return frozenset({Round.FIRST})
    if "django_db" in marks or DATABASE_FIXTURES.intersection(fixtures):
        return frozenset(Round)
    return frozenset({Round.FIRST})
