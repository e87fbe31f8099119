"""What an assessor sees of one result before deciding (screens.md, 考评): its working, files and history, and others beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from audit.queries import history_of
from common.components import Clock, Event
from common.exact import format2, format2_or_dash, from_hundredths, hundredths, plain, round2
from common.quarters import QuarterCode
from indicators.models import Evidence, PointVersion, Result
from indicators.queries import rule_of, version_of, versions_of
from indicators.queries.assessing import Deadlines
from indicators.queries.holdings import input_text, period_label
from indicators.queries.library import point_url, rule_words
from indicators.rules import working

MOST_STEPS = 6
"""Into how many bars the points of the others are put at most."""


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier node of the same person and point."""

    period: str
    entered: str
    points: str
    full: str
    state: str
    state_label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """How many of the others lie at these points; `share` of the longest bar in percent."""

    label: str
    number: int
    share: int
    own: bool


@dataclass(frozen=True, slots=True)
class Others:
    """The same node of everybody else, as far as it has points."""

    number: int
    mean: Decimal
    higher: int
    bars: list[Bar]


@dataclass(frozen=True)
class Dossier:
    """Everything about one result that somebody who judges it should have seen."""

    result: Result
    version: PointVersion | None
    clock: Clock
    judges: bool

    @property
    def point_name(self) -> str:
        return self.version.name if self.version else self.result.point.code

    @property
    def point_url(self) -> str:
        return point_url(self.result.point)

    @property
    def period(self) -> str:
        return period_label(self.result.period)

    @property
    def entered(self) -> str:
        return input_text(self.result) or _("没有填报")

    @property
    def rule(self) -> str:
        return rule_words(self.version) if self.version else ""

    @property
    def working(self) -> str:
        """How the points come about, ready to be done again with a pencil."""
        result, version = self.result, self.version
        if version is None or result.exempt or result.points is None:
            return ""
        return working(version.full, rule_of(version), value=result.value, tier=result.tier, target=result.target)

    @cached_property
    def files(self) -> list[Evidence]:
        return list(self.result.evidence.select_related("by"))

    @cached_property
    def events(self) -> list[Event]:
        """Who did what when: out of the log, or off the row for what came in by import."""
        return history_of(self.result) or _signatures(self.result)

    @cached_property
    def before(self) -> list[Before]:
        """The nodes of the same person and point in the quarter before, by the point's code across the years."""
        result = self.result
        last = str(QuarterCode.parse(result.quarter.code).previous())
        rows = Result.objects.filter(
            employee_id=result.employee_id, quarter__code=last, point__code=result.point.code
        ).select_related("quarter", "point")
        found = list(rows.order_by("period"))
        versions = versions_of(found)
        return [_before(row, versions.get((row.point_id, row.quarter.code))) for row in found]

    @cached_property
    def others(self) -> Others | None:
        """What everybody else got for the same node; None for those who do not judge it, or where there is nobody."""
        if not self.judges or self.result.points is None:
            return None
        rows = Result.objects.filter(
            quarter_id=self.result.quarter_id,
            point_id=self.result.point_id,
            period=self.result.period,
            points__isnull=False,
        ).exclude(pk=self.result.pk)
        points = [row.points for row in rows.order_by().only("points") if row.points is not None]
        return _others(self.result.points, points)


def dossier_of(result: Result, deadlines: Deadlines, *, judges: bool) -> Dossier:
    """`result` comes with employee, department, point and quarter."""
    return Dossier(result, version_of(result.point, result.quarter), deadlines.clock(result), judges)


def _signatures(result: Result) -> list[Event]:
    steps = (
        (_("填报"), result.entered_by, result.entered_at),
        (_("初审"), result.reviewed_by, result.reviewed_at),
        (_("确认"), result.confirmed_by, result.confirmed_at),
    )
    return [Event(what, str(who) if who else _("系统"), at) for what, who, at in reversed(steps) if at]


def _before(row: Result, version: PointVersion | None) -> Before:
    return Before(
        period=row.period,
        entered=input_text(row),
        points=format2_or_dash(row.points),
        full=format2_or_dash(version.full if version else None),
        state=row.state,
        state_label=str(row.get_state_display()),
    )


def _others(own: Decimal, points: Sequence[Decimal]) -> Others | None:
    if not points:
        return None
    mean = round2(sum(map(Fraction, points), Fraction()) / len(points))
    bars = _exact_bars(own, points) or _wide_bars(own, points)
    return Others(len(points), mean, sum(one > own for one in points), bars)


def _exact_bars(own: Decimal, points: Sequence[Decimal]) -> list[Bar]:
    """A bar for each number of points, the highest first; none where there are too many."""
    counted = Counter(points)
    steps = sorted({*counted, own}, reverse=True)
    if len(steps) > MOST_STEPS:
        return []
    longest = max(counted.values())
    return [Bar(format2(step), counted[step], counted[step] * 100 // longest, step == own) for step in steps]


def _wide_bars(own: Decimal, points: Sequence[Decimal]) -> list[Bar]:
    """Equal ranges from the lowest to the highest, the highest first; a bound belongs to the range above it."""
    low, high = min(*points, own), max(*points, own)
    first, span = hundredths(low), hundredths(high) - hundredths(low)

    def place(value: Decimal) -> int:
        return min((hundredths(value) - first) * MOST_STEPS // span, MOST_STEPS - 1)

    counted = Counter(map(place, points))
    longest = max(counted.values())
    bounds = [from_hundredths(first + span * number // MOST_STEPS) for number in range(MOST_STEPS + 1)]
    return [
        Bar(
            f"{plain(bounds[number])}–{plain(bounds[number + 1])}",
            counted[number],
            counted[number] * 100 // longest,
            number == place(own),
        )
        for number in reversed(range(MOST_STEPS))
    ]
