"""Signatures that are still missing under the warnings of a quarter, for a whole bureau in one query."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q

from indicators.models import Quarter
from supervision.models import Warned, WarningSignature
from supervision.queries.warning_standing import LineFacts, Outcome, Side, Standing

UNSIGNED = (Standing.WAITING, Standing.MISSED)


class Unsigned(NamedTuple):
    """One side of a line that has not signed: until when it has to, or had to."""

    line_id: int
    department_id: int
    side: str
    limit: date
    standing: Standing


_BY_LIMIT = attrgetter("limit", "line_id", "side")


def unsigned(quarter: Quarter, *, today: date, departments: Collection[int] | None = None) -> list[Unsigned]:
    """The missing signatures as the sheets count them, those over their limit first."""
    lines = Warned.objects.filter(quarter=quarter, sheet__bureau=quarter.bureau_id).exclude(outcome=Outcome.DROPPED)
    if departments is not None:
        lines = lines.filter(sheet__department__in=departments)
    signature = WarningSignature.objects.filter(line=OuterRef("pk"))
    signed = {side: Exists(signature.filter(side=side)) for side in Side.values}
    open_lines = lines.annotate(**signed).filter(Q(head=False) | Q(liaison=False)).order_by()
    columns = ("pk", "sheet__department_id", *Side.values, "outcome", "settled_at", "head_due", "liaison_due")
    found = []
    standings: dict[tuple[Any, ...], tuple[Standing, ...]] = {}  # lines of one sheet share their days
    for pk, department, head, liaison, *values in open_lines.values_list(*columns):
        facts = tuple(values)
        if facts not in standings:
            standings[facts] = tuple(LineFacts(*facts).standing(side, None, today) for side in Side.values)
        limits = facts[-2:]
        for side, given, limit, standing in zip(Side.values, (head, liaison), limits, standings[facts], strict=True):
            if not given and standing in UNSIGNED:
                found.append(Unsigned(pk, department, side, limit, standing))
    return sorted(found, key=_BY_LIMIT)
