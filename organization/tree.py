"""The tree of bureaus in SQL: who stands below and above a bureau, in one statement on both databases."""

from __future__ import annotations

from django.db.models.expressions import RawSQL

# UNION and not UNION ALL: even a ring, which must never be, ends.
_BELOW = """
    WITH RECURSIVE below(id) AS (
        SELECT id FROM organization_bureau WHERE parent_id = %s
        UNION
        SELECT child.id FROM organization_bureau child JOIN below ON child.parent_id = below.id
    ) SELECT id FROM below"""
_ABOVE = """
    WITH RECURSIVE above(id) AS (
        SELECT parent_id FROM organization_bureau WHERE id = %s AND parent_id IS NOT NULL
        UNION
        SELECT bureau.parent_id FROM organization_bureau bureau JOIN above ON bureau.id = above.id
        WHERE bureau.parent_id IS NOT NULL
    ) SELECT id FROM above"""


def ids_below(bureau_id: int) -> RawSQL:
    """The ids of all bureaus below one, at any depth, without itself; for `pk__in`."""
    return RawSQL(_BELOW, [bureau_id])  # noqa: S611 - a constant text with one parameter


def ids_above(bureau_id: int) -> RawSQL:
    """The ids of all bureaus above one, up to the top, without itself; for `pk__in`."""
    return RawSQL(_ABOVE, [bureau_id])  # noqa: S611 - a constant text with one parameter
