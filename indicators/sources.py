"""机考来源: what the application itself measures of each person, by which points compute their facts.

Apps register their sources at start-up (`AppConfig.ready`); a source only says what happened and when, whether it was
as it should be. Which node that belongs to, and what it means for the point's scoring method, is the same for all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.exact import round2
from common.quarters import QuarterCode, quarter_of_period
from common.text import for_the_record
from indicators.deadlines import day_in_month
from indicators.rules import Count, Deduct, Ratio, Rule
from organization.models import Bureau

HUNDRED = Decimal(100)


class Occurrence(NamedTuple):
    """Something that was due from a person on a day, and whether it was kept."""

    employee_id: int
    day: date
    kept: bool


class Span(NamedTuple):
    """The days that a node's facts are taken from."""

    period: str
    first: date
    last: date


class Tally(NamedTuple):
    """How many of what was due were kept, and how many were not."""

    kept: int
    broken: int


Measure = Callable[[Bureau, date, date, date], Iterable[Occurrence]]
"""(bureau, first day, last day, today): what was due in these days and is decided by now; both days inclusive."""


@dataclass(frozen=True, slots=True)
class FactSource:
    """One thing that the application measures. `things`, `kept`, `broken` are its words, as a bureau says them."""

    key: str
    label: str | Promise
    things: str | Promise
    kept: str | Promise
    broken: str | Promise
    measure: Measure

    def meanings(self) -> dict[str, str]:
        """By scoring method, what the fact is: the methods that the source fits."""
        words = {"things": self.things, "kept": self.kept, "broken": self.broken}
        return {
            Ratio.method: _("%(things)s中%(kept)s的百分比，0 至 100；一件也没有的按 100 计") % words,
            Deduct.method: _("%(things)s中%(broken)s的件数") % words,
            Count.method: _("%(things)s中%(kept)s的件数") % words,
        }

    def misfit(self, rule: Rule) -> str:
        """Why a point with this rule cannot take its facts from here; empty if it can."""
        if not isinstance(rule, Ratio | Deduct | Count):
            return _("“%(source)s”只能用于扣分、比例或计件的考点") % {"source": self.label}
        if isinstance(rule, Ratio) and not 1 < rule.target <= HUNDRED:
            return _("“%(source)s”按百分数计，目标应当大于 1、不超过 100") % {"source": self.label}
        return ""

    def note(self, tally: Tally) -> str:
        """The figures behind a fact, as they stand in the result's note."""
        sentence = gettext_lazy("%(things)s：%(kept)s %(n)d，%(broken)s %(m)d")
        words = {"things": self.things, "kept": self.kept, "broken": self.broken}
        return for_the_record(sentence, **words, n=tally.kept, m=tally.broken)


_registered: dict[str, FactSource] = {}


def register(source: FactSource) -> None:
    """Makes a source known; called once for each by its app's `ready`."""
    _registered[source.key] = source


def known_sources() -> list[FactSource]:
    return sorted(_registered.values(), key=lambda source: source.key)


def find_source(key: str) -> FactSource | None:
    return _registered.get(key)


def fact_value(rule: Rule, tally: Tally) -> Decimal:
    """The raw input that a tally is for a rule; who had nothing due broke nothing."""
    if isinstance(rule, Deduct):
        return Decimal(tally.broken)
    if isinstance(rule, Count):
        return Decimal(tally.kept)
    due = tally.kept + tally.broken
    return round2(Fraction(100 * tally.kept, due)) if due else HUNDRED


def span_of(cycle: str, period: str) -> Span:
    """A month or a quarter as it is written; half a year, or the year, up to the end of the quarter that it falls in."""
    quarter = quarter_of_period(period)
    if "Q" not in period:
        year, month = int(period[:4]), int(period[5:])
        return Span(period, date(year, month, 1), day_in_month(year, month, 31))
    first = quarter
    if cycle == "half_year":
        first = QuarterCode(quarter.year, 1 if quarter.number <= 2 else 3)
    elif cycle == "year":
        first = QuarterCode(quarter.year, 1)
    return Span(period, first.first_day, quarter.last_day)


def tallies(occurrences: Iterable[Occurrence], spans: Iterable[Span]) -> Mapping[tuple[int, Span], Tally]:
    """The occurrences of each person in each span; nothing stands there for nothing."""
    kept: Counter[tuple[int, Span]] = Counter()
    due: Counter[tuple[int, Span]] = Counter()
    wanted = list(spans)
    for occurrence in occurrences:
        for span in wanted:
            if span.first <= occurrence.day <= span.last:
                due[occurrence.employee_id, span] += 1
                kept[occurrence.employee_id, span] += occurrence.kept
    return {key: Tally(kept[key], number - kept[key]) for key, number in due.items()}
