"""Where a person stands: the own scores as the workbench draws them, and what cost most of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from common.components import quarter_label
from common.composed import composed_once
from common.quarters import QuarterCode
from indicators.models import Quarter
from organization.models import Employee
from scoring.formula import SchemeValues
from scoring.models import Score
from scoring.queries.costs import Cost, costs
from scoring.queries.explanations import scored_again
from scoring.queries.snapshots import inputs_from

Weights = tuple[Decimal, Decimal, Decimal]
MOST_QUARTERS = 4


class OwnScore(NamedTuple):
    """A score of one's own with what the page shows of its quarter and run."""

    pk: int
    bureau: int
    quarter: str
    state: str
    common: Decimal
    individual: Decimal
    competitive: Decimal
    adjustments: Decimal
    linkage: Decimal
    total: Decimal
    bureau_rank: int | None
    scheme: Mapping[str, str]
    as_of: date | None
    ranked_people: int

    @property
    def state_label(self) -> str | Promise:
        return Quarter.State(self.state).label

    @property
    def is_final(self) -> bool:
        return self.state in Quarter.SETTLED and self.as_of is None

    @property
    def weights(self) -> Weights:
        return _weights(tuple(self.scheme.items()))


@dataclass(frozen=True, slots=True)
class Standing:
    """A score of one's own as the page draws it large."""

    score: OwnScore
    movement: int | None = None

    @property
    def finding(self) -> str:
        """The heading's sentence; a provisional score promises no rank."""
        score = self.score
        values = {"quarter": quarter_label(score.quarter), "total": score.total, "rank": score.bureau_rank}
        if not score.is_final:
            return _("%(quarter)s预计得分 %(total)s") % values
        if score.bureau_rank:
            return _("%(quarter)s总分 %(total)s，单位第 %(rank)d 名") % values
        return _("%(quarter)s总分 %(total)s") % values


@dataclass(frozen=True, slots=True)
class Past:
    """A quarter of one's own in the row of bars: its score, and how it stands to the one before."""

    score: OwnScore
    change: Decimal | None


def own_scores(person: Employee) -> list[OwnScore]:
    """One's current scores, the newest first: a handful a year."""
    return [OwnScore(*row) for row in _own_scores(person.pk)]


def final_standing(own: list[OwnScore]) -> Standing | None:
    """The newest score in publicity or published, and how many ranks it went up, as `previous_ranks` would say."""
    score = next((one for one in own if one.is_final), None)
    if score is None:
        return None
    quarter_before = score.bureau, str(QuarterCode.parse(score.quarter).previous()), Quarter.State.PUBLISHED
    before = next((one.bureau_rank for one in own if (one.bureau, one.quarter, one.state) == quarter_before), None)
    return Standing(score, before - score.bureau_rank if before and score.bureau_rank else None)


def last_quarters(own: list[OwnScore]) -> list[Past]:
    """The last quarters, the newest first; [] with fewer than two, which no trend follows from."""
    if len(own) < 2:
        return []
    before = [*own[1:], None]
    return [Past(one, one.total - last.total if last else None) for one, last in zip(own, before, strict=True)][
        :MOST_QUARTERS
    ]


def costs_of(score: OwnScore) -> list[Cost]:
    """What cost most points in a score."""
    return [cost for kept in _snapshots(score.pk) for cost in costs(scored_again(inputs_from(*kept), score.scheme))]


@composed_once
def _own_scores(person: int) -> QuerySet[Any, Any]:
    return (
        Score.objects.current()
        .filter(employee=person)
        .order_by("-quarter__code")
        .values_list(
            "pk", "quarter__bureau", "quarter__code", "quarter__state", "common", "individual", "competitive",
            "adjustments", "linkage", "total", "bureau_rank", "run__scheme", "run__as_of", "run__ranked",
        )
    )  # fmt: skip


@composed_once
def _snapshots(score: int) -> QuerySet[Any, Any]:
    return Score.objects.filter(pk=score).values_list("inputs", "run__basis__points")


@lru_cache(maxsize=256)
def _weights(settings: tuple[tuple[str, str], ...]) -> Weights:
    scheme = SchemeValues.from_mapping(dict(settings))
    return scheme.common_weight, scheme.individual_weight, scheme.competitive_cap
