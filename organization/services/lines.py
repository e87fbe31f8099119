"""What an audit line says about a row: its fields as people read them, and only those that changed."""

from __future__ import annotations

from typing import Any

from django.db.models import Model


def facts(row: Model, *names: str) -> dict[str, Any]:
    """The named fields under their labels' names, related rows and choices as text."""
    values: dict[str, Any] = {}
    for name in names:
        field = row._meta.get_field(name)
        value = getattr(row, name)
        if getattr(field, "choices", None):
            value = getattr(row, f"get_{name}_display")()
        values[name] = str(value) if isinstance(value, Model) else value
    return values


def difference(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The two without what is the same in both."""
    changed = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in changed}, {name: after[name] for name in changed}
