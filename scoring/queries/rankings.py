"""The ranking of a quarter as ready-made strings: a table of 200 rows is won or lost in the template (stack.md)."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import F, OrderBy, Q, QuerySet
from django.utils.translation import gettext as _

from common.composed import composed_once
from indicators.models import Quarter
from organization.models import Employee
from organization.queries import people_like
from organization.somebody import ids_of, somebody
from scoring.models import Score, ScoreRun

SORTS = {
    "rank": ("bureau_rank", "number"),
    "number": ("number",),
    "total": ("-total", "number"),
    "common": ("-common", "number"),
    "individual": ("-individual", "number"),
    "competitive": ("-competitive", "number"),
    "adjustments": ("-adjustments", "number"),
    "linkage": ("-linkage", "number"),
    "department": ("department__code", "bureau_rank", "number"),
}


@dataclass(frozen=True, slots=True)
class RankingFilters:
    """What the ranking page asks for; empty means all. `sort` is a key of SORTS, with `-` before it reversed."""

    department: str = ""
    category: str = ""
    search: str = ""
    standing: str = ""
    sort: str = "rank"


@dataclass(frozen=True, slots=True)
class RankingRow:
    """One scored employee, every figure a text. `movement` is places gained since the last published quarter or None."""

    id: int
    number: str
    name: str
    department: str
    category: str
    common: str
    individual: str
    competitive: str
    adjustments: str
    linkage: str
    total: str
    bureau_rank: str
    category_rank: str
    movement: int | None
    in_pool: bool
    ranked: bool
    reason: str
    missing: int
    own: bool
    explained: bool

    @property
    def movement_text(self) -> str:
        """The movement in words."""
        return movement_text(self.movement)


def ranking_rows(quarter: Quarter, user: Employee, filters: RankingFilters | None = None) -> list[RankingRow]:
    """The quarter's current scores that the user may see, filtered and sorted, in three queries.

    People without a bureau rank stand last, by staff number (scoring.md §4).
    """
    ids = (*ids_of(user), quarter.pk)
    filters = filters or RankingFilters()
    scores = _visible(*ids, roles=user.roles, view=user.bureau.ranking_view, filters=filters)
    explained = {pk for (pk,) in _explained(*ids, roles=user.roles)}
    before = previous_ranks(quarter)
    reasons = {key: str(label) for key, label in Score.Reason.choices}
    return [_row(_Figures(*score), user, before, explained, reasons) for score in scores]


@composed_once
def _visible(
    person: int,
    bureau: int,
    department: int,
    quarter: int,
    *,
    roles: frozenset[str],
    view: str,
    filters: RankingFilters,
) -> QuerySet[Score, tuple[Any, ...]]:
    user = somebody((person, bureau, department), roles)
    user.bureau.ranking_view = view
    visible = Score.objects.current().filter(quarter=quarter).visible_to(user)
    return _filtered(visible, filters).values_list(*_COLUMNS)


@composed_once
def _explained(
    person: int, bureau: int, department: int, quarter: int, *, roles: frozenset[str]
) -> QuerySet[Score, tuple[int]]:
    scores = Score.objects.current().filter(quarter=quarter)
    return scores.explained_to(somebody((person, bureau, department), roles)).order_by().values_list("id")


def previous_ranks(quarter: Quarter) -> dict[int, int]:
    """Bureau ranks of the quarter before this one by employee id, if it is published."""
    ranks = _ranks(quarter.bureau_id, code=str(quarter.period.previous()))
    return {employee: rank for employee, rank in ranks if rank is not None}


@composed_once
def _ranks(bureau: int, *, code: str) -> QuerySet[Score, tuple[int, int | None]]:
    ranks = Score.objects.current().filter(
        quarter__bureau_id=bureau,
        quarter__code=code,
        quarter__state=Quarter.State.PUBLISHED,
        bureau_rank__isnull=False,
    )
    return ranks.order_by().values_list("employee_id", "bureau_rank")


def current_run(quarter: Quarter) -> ScoreRun | None:
    """The run that counts: the only one before publication, the last correction after it."""
    return ScoreRun.objects.filter(quarter=quarter, is_current=True).select_related("scored_by").first()


def _filtered(scores: QuerySet[Score], filters: RankingFilters) -> QuerySet[Score]:
    if filters.department:
        scores = scores.filter(department__code=filters.department)
    if filters.category:
        scores = scores.filter(category__name=filters.category)
    if filters.search:
        scores = scores.filter(Q(name__icontains=filters.search) | people_like(filters.search, "employee__"))
    if filters.standing == "pool":
        scores = scores.filter(in_pool=True)
    elif filters.standing == "unranked":
        scores = scores.filter(ranked=False)
    return scores.order_by(*_ordering(filters.sort))


def _ordering(sort: str) -> Iterable[OrderBy]:
    reverse = sort.startswith("-")
    for name in SORTS.get(sort.removeprefix("-"), SORTS["rank"]):
        descending = name.startswith("-") != (reverse and not name.endswith("number"))
        column = F(name.removeprefix("-"))
        yield column.desc(nulls_last=True) if descending else column.asc(nulls_last=True)


class _Figures(NamedTuple):
    """A score's columns of the ranking: a model a row would take longer than the query."""

    id: int
    employee: int
    number: str
    name: str
    department: str
    category: str
    common: Decimal
    individual: Decimal
    competitive: Decimal
    adjustments: Decimal
    linkage: Decimal
    total: Decimal
    bureau_rank: int | None
    category_rank: int | None
    in_pool: bool
    ranked: bool
    reason: str
    missing: int


_COLUMNS = [
    {"department": "department__name", "category": "category__name"}.get(name, name) for name in _Figures._fields
]


def _row(
    score: _Figures, user: Employee, before: Mapping[int, int], explained: Container[int], reasons: Mapping[str, str]
) -> RankingRow:
    movement = None
    rank_before = before.get(score.employee)
    if rank_before is not None and score.bureau_rank is not None:
        movement = rank_before - score.bureau_rank
    return RankingRow(
        id=score.id,
        number=score.number,
        name=score.name,
        department=score.department,
        category=score.category,
        common=str(score.common),
        individual=str(score.individual),
        competitive=str(score.competitive),
        adjustments=str(score.adjustments),
        linkage=str(score.linkage),
        total=str(score.total),
        bureau_rank="" if score.bureau_rank is None else str(score.bureau_rank),
        category_rank="" if score.category_rank is None else str(score.category_rank),
        movement=movement,
        in_pool=score.in_pool,
        ranked=score.ranked,
        reason=reasons.get(score.reason, ""),
        missing=score.missing,
        own=score.employee == user.pk,
        explained=score.id in explained,
    )


def movement_text(movement: int | None) -> str:
    """升 3, 降 2, 持平; empty where there is nothing to compare."""
    if movement is None:
        return ""
    if not movement:
        return _("持平")
    return (_("升 %d") if movement > 0 else _("降 %d")) % abs(movement)
