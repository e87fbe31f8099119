"""Signatures that are still missing under the warnings of a quarter, for a whole bureau in one query."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from indicators.models import Quarter
from supervision.models import Warned
from supervision.queries.warning_standing import LineFacts, Outcome, Side, Standing

UNSIGNED = (Standing.WAITING, Standing.MISSED)


@dataclass(frozen=True, slots=True)
class Unsigned:
    """One side of a line that has not signed: until when it has to, or had to."""

    line_id: int
    department_id: int
    side: str
    limit: date
    standing: Standing


def unsigned(quarter: Quarter, *, today: date, departments: Collection[int] | None = None) -> list[Unsigned]:
    """The missing signatures as the sheets count them, those over their limit first."""
    lines = Warned.objects.filter(quarter=quarter, sheet__bureau=quarter.bureau_id).exclude(outcome=Outcome.DROPPED)
    if departments is not None:
        lines = lines.filter(sheet__department__in=departments)
    signed = {side: Count("signatures", filter=Q(signatures__side=side)) for side in Side.values}
    open_lines = lines.annotate(**signed).filter(Q(head=0) | Q(liaison=0)).order_by()
    columns = ("pk", "sheet__department_id", *Side.values, "outcome", "settled_at", "head_due", "liaison_due")
    found = []
    for pk, department, head, liaison, *values in open_lines.values_list(*columns):
        facts = LineFacts(*values)
        for side, given in zip(Side.values, (head, liaison), strict=True):
            standing = facts.standing(side, None, today)
            if not given and standing in UNSIGNED:
                found.append(Unsigned(pk, department, side, facts.limit(side), standing))
    return sorted(found, key=lambda one: (one.limit, one.line_id, one.side))
