"""Many rows written by few statements, where Django's own way costs more than the work that made them.

`bulk_create` builds an object and runs every field's conversions for each row. Here the caller hands over what the
database keeps, and that as numbers, truths and texts: points as whole hundredths, JSON as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, models

BATCH = 500


def upsert(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]], *, unique: Sequence[str]
) -> None:
    """Inserts rows of the named database columns; where `unique` holds already, the other columns are written over."""
    head = f"INSERT INTO {_quoted(model._meta.db_table)} ({', '.join(map(_quoted, columns))})"
    written = ", ".join(f"{_quoted(name)} = excluded.{_quoted(name)}" for name in columns if name not in unique)
    tail = f"ON CONFLICT ({', '.join(map(_quoted, unique))}) DO UPDATE SET {written}"
    if connection.vendor == "postgresql":
        for start in range(0, len(rows), BATCH):
            _by_arrays(model, head, tail, columns, rows[start : start + BATCH])
    else:
        with connection.cursor() as cursor:
            cursor.executemany(f"{head} VALUES ({', '.join(['%s'] * len(columns))}) {tail}", rows)


def _by_arrays(
    model: type[models.Model], head: str, tail: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """One array for each column, sent beside the statement: long texts are neither escaped nor parsed as SQL."""
    from django.db.backends.postgresql.base import ServerBindingCursor  # noqa: PLC0415  # wants the driver

    types = [model._meta.get_field(name).db_type(connection) or "" for name in columns]
    arrays = ", ".join("%b::text[]" if _is_text(one) else f"%s::text::{one}[]" for one in types)
    values = ", ".join(f"c{n}::{one}" for n, one in enumerate(types))
    named = ", ".join(f"c{n}" for n in range(len(types)))
    statement = f"{head} SELECT {values} FROM unnest({arrays}) AS given ({named}) {tail}"  # noqa: S608  # names of columns
    connection.ensure_connection()
    raw: Any = ServerBindingCursor(connection.connection)  # type: ignore[call-arg]  # the stubs know no argument
    with connection.make_debug_cursor(raw) if connection.queries_logged else connection.make_cursor(raw) as cursor:
        columns_given = zip(*rows, strict=True)
        cursor.execute(
            statement,
            [list(one) if _is_text(kind) else _literal(one) for one, kind in zip(columns_given, types, strict=True)],
        )


def _literal(values: Sequence[int | bool | None]) -> str:
    """An array of numbers or truths as PostgreSQL writes it; the driver would take its time over each."""
    return f"{{{','.join('NULL' if one is None else str(one) for one in values)}}}"


def _is_text(db_type: str) -> bool:
    """What travels as it is, in binary: the other form of an array wants every quotation mark escaped."""
    return db_type.startswith(("varchar", "jsonb", "text"))


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
