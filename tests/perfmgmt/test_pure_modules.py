"""Arithmetic has no ORM and no clock (docs/architecture.md): two people with a pencil could do it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PURE = [
    "awards/grading.py",
    "awards/pool.py",
    "awards/votes.py",
    "common/exact.py",
    "common/quarters.py",
    "common/workdays.py",
    "indicators/deadlines.py",
    "indicators/rules.py",
    "reviews/draw.py",
    "reviews/marks.py",
    "supervision/warning_clocks.py",
    "tasks_market/points.py",
    *(str(file.relative_to(ROOT)) for file in (ROOT / "scoring" / "formula").glob("*.py")),
]
CLOCKS = {"now", "today", "localdate", "localtime", "time"}


@pytest.mark.parametrize("file", PURE)
def test_no_database_no_clock_no_float(file):
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else names
        assert not [name for name in modules if name.startswith("django.db") or name.endswith("models")]
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            assert called not in CLOCKS | {"float"}, f"{file}:{node.lineno} calls {called}"
