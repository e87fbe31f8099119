"""Who moved: two scorings of the same quarter beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from indicators.models import Quarter
from scoring.models import ScoreRun
from scoring.queries.outcomes import score_now, stored_columns
from scoring.queries.rankings import current_run


@dataclass(frozen=True, slots=True)
class Moved:
    """One employee whose total or rank differs; empty texts where a run does not hold them or gives no rank."""

    number: str
    name: str
    total_before: str
    total_after: str
    difference: str
    rank_before: str
    rank_after: str
    pool_before: bool
    pool_after: bool


def moves_of_correction(run: ScoreRun) -> list[Moved]:
    """What a correction run changed against the run before it, in the order of the new ranks."""
    before = ScoreRun.objects.filter(quarter_id=run.quarter_id, number__lt=run.number).order_by("number").last()
    return _moved(stored_columns(before.pk) if before else [], stored_columns(run.pk))


def preview_of_correction(quarter: Quarter) -> list[Moved]:
    """What a correction run of a published quarter would change now. Raises InvalidInput for a broken scheme."""
    run = current_run(quarter)
    outcome = score_now(quarter)
    return _moved(stored_columns(run.pk) if run else [], [person.columns() for person in outcome.people])


def _moved(before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]) -> list[Moved]:
    old = {row["employee_id"]: row for row in before}
    new = {row["employee_id"]: row for row in after}
    moved = [
        _pair(old.get(employee), new.get(employee))
        for employee in old.keys() | new.keys()
        if _shown(old.get(employee)) != _shown(new.get(employee))
    ]
    return sorted(moved, key=lambda one: (one.rank_after == "", int(one.rank_after or 0), one.number))


def _shown(row: Mapping[str, Any] | None) -> tuple[object, ...]:
    return () if row is None else (row["total"], row["bureau_rank"], row["category_rank"], row["in_pool"])


def _pair(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Moved:
    either = new or old or {}
    zero = Decimal("0.00")
    difference = (new["total"] if new else zero) - (old["total"] if old else zero)
    return Moved(
        number=either["number"],
        name=either["name"],
        total_before=str(old["total"]) if old else "",
        total_after=str(new["total"]) if new else "",
        difference=f"{difference:+}",
        rank_before=str(old["bureau_rank"] or "") if old else "",
        rank_after=str(new["bureau_rank"] or "") if new else "",
        pool_before=bool(old and old["in_pool"]),
        pool_after=bool(new and new["in_pool"]),
    )
