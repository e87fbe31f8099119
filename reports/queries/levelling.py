"""平衡分雷达: who marks everybody alike, which points tell nobody apart, and how far deductions reach (domain.md).

Marks are counted over the results that somebody judged (indicators.queries.marks); coverage and gap over the scores of
the current run, as on the workbench. Everything is exact until it is rounded once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from common.components import quarter_label
from common.exact import format2
from indicators.models import PointVersion, Quarter
from indicators.queries import points_in_force
from indicators.queries.library import point_url
from indicators.queries.marks import ALIKE, FEWEST_ALIKE, FULL, SCORED, SHORT, judged
from organization.models import Department
from reports.queries.deductions import LEAST_COVERAGE, LEAST_GAP, Coverage, Scored, coverage_of, scored_of
from scoring import statistics
from scoring.formula import SchemeValues
from scoring.models import Score, ScoreRun
from scoring.statistics import Marks

FEWEST_RESULTS = 20
"""An assessor with fewer results shows no pattern and is not flagged."""
MOST_FULL = MOST_ALIKE = 98
"""From here on, in percent, full marks or identical points are a sign of levelling."""
LEAST_SPREAD = Fraction(1, 2)
"""Below this part of the others' standard deviation an assessor hardly tells people apart."""
THRESHOLDS = {
    "results": FEWEST_RESULTS,
    "full": MOST_FULL,
    "alike": MOST_ALIKE,
    "people": FEWEST_ALIKE,
    "coverage": LEAST_COVERAGE,
    "gap": format2(LEAST_GAP),
}
"""What the page states beside its definitions."""


@dataclass(frozen=True, slots=True)
class AssessorRow:
    """An assessing department beside all the others together, and beside itself in the quarter before."""

    name: str
    marks: Marks
    others: Marks
    before: Marks | None
    signs: tuple[str, ...]
    url: str
    full_url: str
    short_url: str
    alike_url: str

    @property
    def above(self) -> Decimal | None:
        """By how many percentage points it marks higher than the others."""
        return self.marks.mean - self.others.mean if self.others.results else None

    @property
    def full_change(self) -> Decimal | None:
        """The change of the share of full marks against the quarter before, in percentage points."""
        return self.marks.full_share - self.before.full_share if self.before else None


@dataclass(frozen=True, slots=True)
class FlatPoint:
    """A point at which everybody got the same."""

    code: str
    name: str
    url: str
    assessor: str
    method: str
    results: int
    points: str
    full: str
    suspicious: bool
    results_url: str


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    """The reach of deductions in one department, and its gap."""

    name: str
    coverage: Coverage
    mean: Decimal
    gap: Decimal
    url: str


class Radar:
    """The figures of a quarter, of all people or of one department's; each part is asked for when the page shows it."""

    def __init__(
        self, quarter: Quarter, departments: Mapping[int, Department], department: Department | None = None
    ) -> None:
        self.quarter = quarter
        self.department = department
        self.departments_by_id = departments

    # By assessor ----------------------------------------------------------------------------------------------------

    @cached_property
    def assessors(self) -> list[AssessorRow]:
        """The assessing departments, those flagged first, then by the share of full marks."""
        now, before = _by_assessor(self._nodes), _by_assessor(self._nodes_before)
        rows = [self._assessor_row(key, marks, self.all - marks, before.get(key)) for key, marks in now.items()]
        return sorted(rows, key=lambda row: (not row.signs, -Fraction(row.marks.full, row.marks.results), row.name))

    @cached_property
    def all(self) -> Marks:
        return _sum(_by_assessor(self._nodes).values())

    @property
    def full_url(self) -> str:
        return self.results_url(marks=FULL)

    @property
    def before(self) -> Marks:
        return _sum(_by_assessor(self._nodes_before).values())

    @property
    def finding(self) -> str:
        """The heading's sentence."""
        quarter = quarter_label(self.quarter.code)
        if not self.assessors:
            return _("%s还没有人工考评的确认结果") % quarter
        tiers = sum(point.suspicious for point in self.flat_points)
        found = {"quarter": quarter, "assessors": self.flagged, "points": tiers}
        if self.flagged and tiers:
            return _("%(quarter)s有 %(assessors)d 个考评部门、%(points)d 个分档考点要看是不是平衡分") % found
        if self.flagged:
            return _("%(quarter)s有 %(assessors)d 个考评部门要看是不是平衡分") % found
        if tiers:
            return _("%(quarter)s有 %(points)d 个分档考点人人同分，要看是不是平衡分") % found
        return _("%s没有看出平衡分") % quarter

    @property
    def flagged(self) -> int:
        return sum(bool(row.signs) for row in self.assessors)

    def _assessor_row(self, key: int, marks: Marks, others: Marks, before: Marks | None) -> AssessorRow:
        def url(which: str) -> str:
            return self.results_url(assessor=str(key), marks=which)

        return AssessorRow(
            name=self.departments_by_id[key].name,
            marks=marks,
            others=others,
            before=before,
            signs=signs_of(marks, others),
            url=url(SCORED),
            full_url=url(FULL),
            short_url=url(SHORT),
            alike_url=url(ALIKE),
        )

    # Points without spread ------------------------------------------------------------------------------------------

    @cached_property
    def flat_points(self) -> list[FlatPoint]:
        """Points whose results are all the same, those that are judged by tiers first."""
        found: dict[int, tuple[PointVersion, dict[Decimal, int]]] = {}
        for version, points in self._nodes:
            counted = found.setdefault(version.point_id, (version, defaultdict(int)))[1]
            for got, number in points.items():
                counted[got] += number
        rows = [
            self._flat_point(version, *next(iter(counted.items())))
            for version, counted in found.values()
            if len(counted) == 1 and sum(counted.values()) >= FEWEST_ALIKE
        ]
        return sorted(rows, key=lambda row: (not row.suspicious, -row.results, row.code))

    def _flat_point(self, version: PointVersion, got: Decimal, number: int) -> FlatPoint:
        return FlatPoint(
            code=version.point.code,
            name=version.name,
            url=point_url(version.point),
            assessor=version.assessor.name,
            method=version.get_method_display(),
            results=number,
            points=format2(got),
            full=format2(version.full),
            suspicious=version.method == PointVersion.Method.TIER,
            results_url=self.results_url(point=version.point.code, marks=SCORED),
        )

    # Deductions -----------------------------------------------------------------------------------------------------

    @cached_property
    def scored(self) -> Scored | None:
        """None while the quarter has no scores."""
        return self._scored(self._runs.get(self.quarter.code))

    @cached_property
    def scored_before(self) -> Scored | None:
        return self._scored(self._runs.get(self._code_before))

    @cached_property
    def departments(self) -> list[DepartmentRow]:
        """The departments by how few of their people lost anything."""
        run = self._runs.get(self.quarter.code)
        if run is None:
            return []
        scheme = SchemeValues.from_mapping(run.scheme)
        groups: dict[int, list[Score]] = defaultdict(list)
        for score in self._scores[run.pk]:
            groups[score.department_id].append(score)
        rows = []
        for key, scores in groups.items():
            spread = statistics.spread([score.total for score in scores])
            assert spread is not None
            department = self.departments_by_id[key]
            asked = {"quarter": self.quarter.code, "department": department.code}
            rows.append(
                DepartmentRow(
                    name=department.name,
                    coverage=coverage_of(scores, scheme),
                    mean=spread.mean,
                    gap=spread.gap,
                    url=f"{reverse('reports:ranking')}?{urlencode(asked)}",
                )
            )
        return sorted(rows, key=lambda row: (row.coverage.share, -row.coverage.people, row.name))

    def _scored(self, run: ScoreRun | None) -> Scored | None:
        if run is None:
            return None
        return scored_of(run, self._scores[run.pk])

    # Pictures -------------------------------------------------------------------------------------------------------

    @property
    def full_chart(self) -> dict[str, object]:
        """Shares of full marks as sorted bars, as text (no float); the table of the assessors stands above them."""
        rows = sorted(self.assessors, key=lambda row: -row.marks.full_share)
        return {
            "unit": "%",
            "items": [
                {"label": row.name, "value": str(row.marks.full_share), **({"tone": "risk"} if row.signs else {})}
                for row in rows
            ],
        }

    @property
    def coverage_chart(self) -> dict[str, object]:
        """Deduction coverage of the departments as sorted bars; their table stands beside them."""
        return {
            "unit": "%",
            "items": [
                {
                    "label": row.name,
                    "value": str(row.coverage.share),
                    **({"tone": "risk"} if row.coverage.is_low else {}),
                }
                for row in self.departments
            ],
        }

    # Rows -----------------------------------------------------------------------------------------------------------

    def results_url(self, **narrowed: str) -> str:
        """The list of exactly those results."""
        asked = {"quarter": self.quarter.code, "state": "confirmed", "source": PointVersion.Source.MANUAL.value}
        if self.department:
            asked["department"] = str(self.department.pk)
        asked |= {name: value for name, value in narrowed.items() if value}
        return f"{reverse('indicators:results')}?{urlencode(asked)}"

    @cached_property
    def _nodes(self) -> list[tuple[PointVersion, dict[Decimal, int]]]:
        return self._nodes_of(self.quarter)

    @cached_property
    def _nodes_before(self) -> list[tuple[PointVersion, dict[Decimal, int]]]:
        earlier = Quarter.objects.filter(bureau=self.quarter.bureau_id, code=self._code_before).first()
        return self._nodes_of(earlier) if earlier else []

    @property
    def _code_before(self) -> str:
        return str(self.quarter.period.previous())

    def _nodes_of(self, quarter: Quarter) -> list[tuple[PointVersion, dict[Decimal, int]]]:
        """How many got which points at each node of the points in force."""
        versions = {version.point_id: version for version in points_in_force(self.quarter.bureau, quarter.code)}
        nodes: dict[tuple[int, str], dict[Decimal, int]] = defaultdict(dict)
        rows = judged(quarter, self.department).order_by()
        for point, period, points, number in rows.values_list("point", "period", "points").annotate(number=Count("pk")):
            if point in versions:
                nodes[point, period][points] = number
        return [(versions[point], counted) for (point, _period), counted in sorted(nodes.items())]

    @cached_property
    def _runs(self) -> dict[str, ScoreRun]:
        codes = (self.quarter.code, self._code_before)
        rows = ScoreRun.objects.filter(bureau=self.quarter.bureau_id, is_current=True, quarter__code__in=codes)
        return {run.quarter.code: run for run in rows.select_related("quarter")}

    @cached_property
    def _scores(self) -> dict[int, list[Score]]:
        rows = Score.objects.filter(run__in=self._runs.values())
        if self.department:
            rows = rows.filter(department=self.department)
        fields = ("run", "department", "common", "individual", "has_individual", "adjustments", "total", "bureau_rank")
        found: dict[int, list[Score]] = defaultdict(list)
        for score in rows.order_by("pk").only(*fields):
            found[score.run_id].append(score)
        return found


def signs_of(marks: Marks, others: Marks) -> tuple[str, ...]:
    """Why an assessor is flagged, by the thresholds that the page states; empty if it is not."""
    if marks.results < FEWEST_RESULTS:
        return ()
    found = []
    if 100 * marks.full >= MOST_FULL * marks.results:
        found.append(_("几乎全给满分"))
    if marks.comparable and 100 * marks.alike >= MOST_ALIKE * marks.comparable:
        found.append(_("几乎都同分"))
    if others.results and marks.variance < LEAST_SPREAD**2 * others.variance:
        found.append(_("离散不到其他部门的一半"))
    return tuple(found)


def _by_assessor(nodes: Sequence[tuple[PointVersion, dict[Decimal, int]]]) -> dict[int, Marks]:
    groups: dict[int, Marks] = defaultdict(Marks)
    for version, points in nodes:
        groups[version.assessor_id] += statistics.marks_of(version.full, points, fewest_alike=FEWEST_ALIKE)
    return groups


def _sum(parts: Iterable[Marks]) -> Marks:
    total = Marks()
    for part in parts:
        total += part
    return total
