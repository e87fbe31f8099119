"""Signatures that are still missing under the warnings of a quarter, for a whole bureau, in one query each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields
from datetime import date
from functools import cache
from operator import attrgetter
from typing import NamedTuple

from django.db.models import Count, FilteredRelation, Q, QuerySet

from indicators.models import Quarter
from supervision.models import Warned
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
_FACTS = tuple(field.name for field in fields(LineFacts))
_SIDES = tuple(Side.values)  # looked at for every line; the enumeration lists its values anew each time


def unsigned(quarter: Quarter, *, today: date, departments: Collection[int] | None = None) -> list[Unsigned]:
    """The missing signatures as the sheets count them, those over their limit first."""
    columns = ("pk", "sheet__department_id", *_SIDES, *_FACTS)
    found = []
    standings = _standings(today)
    for pk, department, head, liaison, *values in _lines(quarter, departments).values_list(*columns):
        facts = LineFacts(*values)
        for side, given, standing in zip(_SIDES, (head, liaison), standings(facts), strict=True):
            if given is None and standing in UNSIGNED:
                found.append(Unsigned(pk, department, side, facts.limit(side), standing))
    return sorted(found, key=_BY_LIMIT)


def count_unsigned(
    quarter: Quarter, *, today: date, departments: Collection[int] | None = None
) -> Mapping[Standing, int]:
    """How many of `unsigned` wait and how many are missed, without reading them: the database counts those alike."""
    alike = _lines(quarter, departments).values_list(*_FACTS)
    counted = alike.annotate(lines=Count("pk"), heads=Count("head"), liaisons=Count("liaison"))
    found: Counter[Standing] = Counter()
    standings = _standings(today)
    for *values, lines, heads, liaisons in counted:
        for given, standing in zip((heads, liaisons), standings(LineFacts(*values)), strict=True):
            found[standing] += lines - given
    return {standing: found[standing] for standing in UNSIGNED}


def _lines(quarter: Quarter, departments: Collection[int] | None) -> QuerySet[Warned]:
    """The lines without both signatures; `head` and `liaison` are those that are there."""
    lines = Warned.objects.filter(quarter=quarter, sheet__bureau=quarter.bureau_id).exclude(outcome=Outcome.DROPPED)
    if departments is not None:
        lines = lines.filter(sheet__department__in=departments)
    signed = {side: FilteredRelation("signatures", condition=Q(signatures__side=side)) for side in _SIDES}
    return lines.annotate(**signed).filter(Q(head=None) | Q(liaison=None)).order_by()


def _standings(today: date) -> Callable[[LineFacts], tuple[Standing, ...]]:
    """Says how each side stands that has not signed; worked out once for lines alike, as those of one sheet are."""
    return cache(lambda facts: tuple(facts.standing(side, None, today) for side in _SIDES))
