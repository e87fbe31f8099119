"""Fills the database with copies of the bureaus that are in it: what a province's tables hold beside one's own rows.

Every table is copied, so that a new one is not forgotten: its keys and what refers to them move by a stride, what is unique
among all bureaus gets the copy's number. Triggers and foreign keys are set aside meanwhile. PostgreSQL only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction

from audit.models import ChainHead, Entry, Seal
from organization.models import Bureau, CalendarDay, CalendarYear
from tests.guards import KEPT, may_set_triggers_aside

STRIDE = 10_000_000
"""Between a row's key and its copy's; no sequence of a test database comes near it."""

OF_NOBODY = (CalendarYear, CalendarDay)
SOFT_KEYS = {(Entry, "actor_id"), (Seal, "entry_id")}
"""Keys without a foreign key, because the audit log outlives what it tells of."""

CHAINS = {(Entry, "bureau_code"), (Seal, "bureau_code"), (ChainHead, "bureau_code")}


@contextmanager
def emptied() -> Iterator[None]:
    """Empty tables inside; afterwards the files are as they were, so that not a dead row is left for other tests to read."""
    kept = {*KEPT, *(model._meta.db_table for model in OF_NOBODY)}
    tables = sorted(set(connection.introspection.table_names()) - kept)
    with connection.cursor() as cursor:
        if not may_set_triggers_aside(cursor):
            pytest.skip(
                "the role of DATABASE_URL may not set session_replication_role, without which nothing is copied"
            )
    with transaction.atomic():
        with _without_triggers() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(tables)}")
        yield
        transaction.set_rollback(True)


def copy_everything(times: int, *, above: Bureau) -> None:
    """So many further copies of every bureau with all that is its own, under the same bureau above, which stays one."""
    with _without_triggers() as cursor:
        for model in _copied():
            names = [str(column.column) for column in model._meta.concrete_fields]
            values = [_copy_of(model, column) for column in model._meta.concrete_fields]
            cursor.execute(
                f'INSERT INTO "{model._meta.db_table}" ({", ".join(_quoted(names))})'
                f' SELECT {", ".join(values)} FROM "{model._meta.db_table}", generate_series(1, {times}) AS copy'
            )
        cursor.execute(
            "UPDATE organization_bureau SET parent_id = %s WHERE parent_id %% %s = %s", [above.pk, STRIDE, above.pk]
        )
        cursor.execute(
            "DELETE FROM organization_bureau WHERE id %% %s = %s AND id > %s", [STRIDE, above.pk, STRIDE]
        )  # fmt: skip
    analyze()


def analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@contextmanager
def _without_triggers() -> Iterator[Any]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
        cursor.execute("SET LOCAL session_replication_role = origin")


@cache
def _copied() -> list[type[models.Model]]:
    own = {config.label for config in apps.get_app_configs() if Path(config.path).parent == Path(settings.BASE_DIR)}
    found = [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in own]
    return [model for model in found if model not in OF_NOBODY and not model._meta.proxy]


def _copy_of(model: type[models.Model], column: models.Field[Any, Any]) -> str:
    """The SQL of a column's value in a copy."""
    name = _quoted([str(column.column)])[0]
    related = column.related_model
    if (isinstance(related, type) and related in _copied()) or (model, column.name) in SOFT_KEYS:
        return f"{name} + copy * {STRIDE}"
    if isinstance(column, models.AutoField | models.BigAutoField):
        return f"{name} + copy * {STRIDE}"
    if isinstance(column, models.CharField) and (_is_unique(model, column) or (model, column.name) in CHAINS):
        room = (column.max_length or 1000) - 4
        numbered = f"left({name}, {room}) || to_char(copy, 'FM\"z\"000')"
        return f"CASE WHEN {name} = '' THEN '' ELSE {numbered} END"
    if (model, column.name) == (Entry, "target_id"):
        return f"CASE WHEN {name} ~ '^[0-9]+$' THEN ({name}::bigint + copy * {STRIDE})::text ELSE {name} END"
    return name


def _is_unique(model: type[models.Model], column: models.Field[Any, Any]) -> bool:
    alone = [one.fields for one in model._meta.constraints if isinstance(one, models.UniqueConstraint)]
    return column.unique or (column.name,) in alone


def _quoted(names: list[str]) -> list[str]:
    return [connection.ops.quote_name(name) for name in names]
