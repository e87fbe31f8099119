"""候选池: who may be nominated for a star, by rule (scoring.md §4, Star pool). No ORM, no clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from indicators.scheme import SchemeValues
from scoring.formula.ranking import pool_size

IN, OUT_BY_RANK, OUT_BY_DISCIPLINE, NOT_RANKED = "in", "rank", "discipline", "not_ranked"


@dataclass(frozen=True, slots=True)
class Scored:
    """One scored employee; without a bureau rank `why_not` says why (empty: the category is left out of the ranking)."""

    key: int
    bureau_rank: int | None
    disciplinary: bool = False
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the rule puts a person; `limit` is the last rank that is in."""

    scored: Scored
    standing: str
    limit: int


def pool(people: Iterable[Scored], scheme: SchemeValues) -> list[Placed]:
    """Everybody with a standing, in the order in which they came.

    A tie at the border lets all of the tied in; nobody moves up for somebody whom a disciplinary minus keeps out.
    """
    rows = list(people)
    limit = pool_size(sum(one.bureau_rank is not None for one in rows), scheme)
    return [Placed(one, _standing(one, limit), limit) for one in rows]


def _standing(one: Scored, limit: int) -> str:
    if one.bureau_rank is None:
        return NOT_RANKED
    if one.bureau_rank > limit:
        return OUT_BY_RANK
    return OUT_BY_DISCIPLINE if one.disciplinary else IN
