"""The ranking of a quarter as one reader may see it: rows, distribution, departments, and who is not ranked and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from common.components import TableBehind, quarter_label
from common.composed import composed_once
from common.exact import plain
from common.text import clean, half_width
from indicators.models import Quarter
from organization.models import Bureau, Department, Employee
from reports.permissions import sees_whole_bureau
from scoring import statistics
from scoring.formula import SchemeValues
from scoring.models import Score, ScoreRun
from scoring.queries.rankings import SORTS, RankingFilters, RankingRow, ranking_rows

PAGE_SIZE = 50
FEWEST = 3
"""Of fewer people, figures are shown only to whom sees their rows: of two, each would learn the other's score."""
DEFAULT_SORT = "rank"
OWN_SORTS = ("category_rank", "moved")


@dataclass(frozen=True, slots=True)
class Choice:
    """What the reader asked for in the address; what cannot be counts as not asked."""

    category: str = ""
    department: str = ""
    search: str = ""
    sort: str = DEFAULT_SORT
    page: str = "1"

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Choice:
        sort = query.get("sort", "")
        return cls(
            category=clean(query.get("category", ""))[:32],
            department=clean(query.get("department", ""))[:32],
            search=half_width(clean(query.get("q", "")))[:50],
            sort=sort if sort.removeprefix("-") in (*SORTS, *OWN_SORTS) else DEFAULT_SORT,
            page=query.get("page", "1"),
        )

    @property
    def whole_list(self) -> bool:
        """Every row on one page, for printing."""
        return self.page == "all"


@dataclass(frozen=True)
class Ranking:
    """One quarter's ranking, each part asked for when the page shows it."""

    quarter: Quarter
    run: ScoreRun
    user: Employee
    choice: Choice
    quarters: tuple[Quarter, ...] = ()

    @cached_property
    def whole(self) -> bool:
        """Whether the reader sees everybody's row."""
        return sees_whole_bureau(self.user)

    @cached_property
    def weights(self) -> tuple[Decimal, Decimal, Decimal]:
        scheme = SchemeValues.from_mapping(self.run.scheme)
        return scheme.common_weight, scheme.individual_weight, scheme.competitive_cap

    @cached_property
    def _rows(self) -> list[RankingRow]:
        sort = self.choice.sort
        own = sort.removeprefix("-") in OWN_SORTS
        filters = RankingFilters(
            department=self.choice.department,
            category=self.choice.category,
            search=self.choice.search,
            sort=DEFAULT_SORT if own else sort,
        )
        rows = ranking_rows(self.quarter, self.user, filters)
        return _sorted(rows, sort) if own else rows

    @cached_property
    def page(self) -> Page[RankingRow]:
        ranked = [row for row in self._rows if row.ranked]
        if self.choice.whole_list:
            return Paginator(ranked, max(1, len(ranked))).get_page(1)
        return Paginator(ranked, PAGE_SIZE).get_page(self.choice.page)

    @cached_property
    def unranked(self) -> list[RankingRow]:
        """Who is scored but stands in no ranking; the reason is for those alone who may open the person's sheet."""
        return [row for row in self._rows if not row.ranked and row.explained]

    @cached_property
    def own(self) -> Own | None:
        """Where the reader stands in this run."""
        return next((Own(*row) for row in _own(self.run.pk, self.user.pk)), None)

    @cached_property
    def _figures(self) -> list[tuple[int, Decimal]]:
        """Department and total of everybody ranked within the choice; of the bureau's pool while none is made."""
        figures = _totals(self.run.pk, category=self.choice.category, department=self.choice.department)
        return figures if self._sees_rows or len(figures) >= FEWEST else []

    @cached_property
    def _sees_rows(self) -> bool:
        """Whether the rows behind every figure of this quarter are open to the reader."""
        shown = self.quarter.is_settled and not self.run.is_provisional
        return self.whole or (shown and self.user.bureau.ranking_view == Bureau.RankingView.ALL)

    @cached_property
    def spread(self) -> statistics.Spread | None:
        return statistics.spread([total for _department, total in self._figures])

    @property
    def finding(self) -> str:
        """What the page tells, for its heading: how many are ranked, and the highest total."""
        if self.spread is None:
            return _("所选范围没有参与排名的干部")
        values = {"count": self.spread.count, "highest": self.spread.highest}
        if self.choice.category or self.choice.department:
            return _("所选范围 %(count)d 人参与排名，最高 %(highest)s") % values
        return _("%(quarter)s %(count)d 人参与排名，最高 %(highest)s") % {
            **values,
            "quarter": quarter_label(self.quarter.code),
        }

    @cached_property
    def distribution(self) -> Distribution | None:
        """The histogram with the reader's own place; None where nobody is ranked."""
        if self.spread is None:
            return None
        mine = self.own.total if self.own and self._counts(self.own) else None
        bins = statistics.histogram([total for _department, total in self._figures], mine)
        return Distribution(bins, self.spread, mine)

    def _counts(self, own: Own) -> bool:
        """Whether one's own score is among the figures."""
        if self.choice.department and own.department != self.choice.department:
            return False
        if self.choice.category:
            return own.ranked and own.category == self.choice.category
        return own.bureau_rank is not None

    @cached_property
    def departments(self) -> list[DepartmentMean]:
        """Mean totals of the departments, the best first (screens.md, comparison as sorted bars)."""
        names = dict(Department.objects.filter(bureau_id=self.quarter.bureau_id).values_list("id", "name"))
        means = statistics.group_means(self._figures)
        if not self._sees_rows:
            means = [row for row in means if row.count >= FEWEST or row.key == self.user.department_id]
        return [DepartmentMean(names[row.key], row, row.key == self.user.department_id) for row in means]


class Own(NamedTuple):
    """What the page says of the reader's own score."""

    total: Decimal
    bureau_rank: int | None
    ranked: bool
    department: str
    category: str


@composed_once
def _own(run: int, reader: int) -> QuerySet[Score, tuple[Any, ...]]:
    own = Score.objects.filter(run=run, employee=reader).order_by()
    return own.values_list("total", "bureau_rank", "ranked", "department__code", "category__name")


@composed_once
def _totals(run: int, *, category: str, department: str) -> QuerySet[Score, tuple[int, Decimal]]:
    scores = Score.objects.filter(run=run, ranked=True)
    scores = scores.filter(category__name=category) if category else scores.filter(bureau_rank__isnull=False)
    if department:
        scores = scores.filter(department__code=department)
    return scores.order_by().values_list("department_id", "total")


@dataclass(frozen=True, slots=True)
class Distribution:
    """The histogram as the chart and the table behind it show it."""

    bins: list[statistics.Bin]
    spread: statistics.Spread
    own: Decimal | None

    @property
    def finding(self) -> str:
        fullest = max(self.bins, key=lambda one: one.count)
        return _("多数在 %(low)s 至 %(high)s 分，中位数 %(median)s，最大分差 %(gap)s") % {
            "low": plain(fullest.low),
            "high": plain(fullest.high),
            "median": self.spread.median,
            "gap": self.spread.gap,
        }

    @property
    def options(self) -> dict[str, object]:
        return {
            "bins": [{"label": bin_label(one), "count": one.count, "own": one.own} for one in self.bins],
            "unit": _("人"),
            "own_label": "" if self.own is None else _("我 %s") % self.own,
        }

    @property
    def table(self) -> TableBehind:
        return TableBehind((_("分数段"), _("人数")), [(bin_label(one), one.count) for one in self.bins])


def bin_label(one: statistics.Bin) -> str:
    """A class as people read it: 88–90, or 80 以下."""
    if one.is_tail:
        return _("%s 以下") % plain(one.high)
    return f"{plain(one.low)}–{plain(one.high)}"


@dataclass(frozen=True, slots=True)
class DepartmentMean:
    """One department of the comparison; the reader's own is marked."""

    name: str
    row: statistics.GroupMean
    own: bool


def department_chart(departments: list[DepartmentMean]) -> dict[str, object]:
    """The options of the comparison chart; charts take numbers as text, so that no float is made of a score."""
    return {
        "items": [{"label": one.name, "value": str(one.row.mean), "own": one.own} for one in departments],
        "unit": _("平均分"),
    }


def _sorted(rows: list[RankingRow], sort: str) -> list[RankingRow]:
    """Rows by movement or rank in the category; rows without one stay behind, in the order of ranks."""
    downwards = sort.startswith("-")

    def value(row: RankingRow) -> int | None:
        if sort.removeprefix("-") == "moved":
            return row.movement
        return int(row.category_rank) if row.category_rank else None

    known = [(found, row) for row in rows if (found := value(row)) is not None]
    unknown = [row for row in rows if value(row) is None]
    known.sort(key=lambda pair: -pair[0] if downwards else pair[0])
    return [row for _value, row in known] + unknown
