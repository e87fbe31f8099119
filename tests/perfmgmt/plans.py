"""What PostgreSQL reads for a page: every statement of the block with its plan, as it was carried out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

EXPLAINED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
NUMBERED = re.compile(r'"s\d+_x\d+"|"_django_curs_\w+"')


@dataclass(frozen=True, slots=True)
class Scan:
    """A node that reads a table or an index; `rows` with those that were thrown away again, over all loops."""

    kind: str
    table: str
    rows: float


@dataclass(frozen=True, slots=True)
class Statement:
    sql: str
    scans: tuple[Scan, ...] = ()


@dataclass(slots=True)
class Watch:
    """The statements of the block in their order."""

    statements: list[Statement] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [statement.sql for statement in self.statements]

    @property
    def scans(self) -> list[Scan]:
        return [scan for statement in self.statements for scan in statement.scans]

    @property
    def rows(self) -> float:
        return sum(scan.rows for scan in self.scans)


@contextmanager
def watched() -> Iterator[Watch]:
    """Explains each statement before it runs; what explaining it changed is taken back."""
    watch = Watch()
    explaining = False

    def explain(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        nonlocal explaining
        if explaining:
            return execute(sql, params, many, context)
        explaining = True
        try:
            scans = _explained(sql, params) if sql.startswith(EXPLAINED) and not many else ()
        finally:
            explaining = False
        watch.statements.append(Statement(NUMBERED.sub("…", sql), scans))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield watch


def _explained(sql: str, params: Any) -> tuple[Scan, ...]:
    point = transaction.savepoint()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF, BUFFERS OFF, FORMAT JSON) {sql}", params)
        answer = cursor.fetchone()[0]
    transaction.savepoint_rollback(point)
    plan = json.loads(answer) if isinstance(answer, str) else answer
    return tuple(_scans(plan[0]["Plan"]))


def _scans(node: dict[str, Any], table: str = "") -> Iterator[Scan]:
    """The heap of a bitmap scan is not counted beside its index, which names as many rows or more."""
    kind, table = node["Node Type"], node.get("Relation Name", table)
    if kind == "Bitmap Index Scan" or (
        "Relation Name" in node and kind.endswith("Scan") and kind != "Bitmap Heap Scan"
    ):
        thrown = sum(node.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
        yield Scan(kind, table, (node["Actual Rows"] + thrown) * node["Actual Loops"])
    for below in node.get("Plans", ()):
        yield from _scans(below, table)
