"""驾驶舱: a quarter in half a minute, computed from the rows, every figure with the rows behind it (screens.md).

The figures are those of the ranking, the levelling radar, the bulletin, the market, the warnings and the three showings:
the same functions count them here. `reports.queries.cockpit_rows` lists what is behind each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from common.components import Step, quarter_label
from common.exact import format2
from common.workdays import WorkCalendar
from indicators.models import Quarter
from indicators.queries.outstanding import Outstanding, outstanding
from organization.models import Department, Employee, Role
from reports.cockpit_sums import Moved, Rates, Row, Strips, by_category, by_department, movements, rates, strips
from reports.queries.deductions import Coverage, Scored, coverage_of, scored_of
from reviews.queries.matrix import DUE, Cell, Line, Mark, branches_of, rhythm
from reviews.queries.matrix import Row as BranchRow
from scoring.formula import SchemeValues
from scoring.models import SEES_ALL_EXPLANATIONS, Score, ScoreRun
from scoring.queries.quarters import rail_steps
from scoring.statistics import group_means
from supervision.queries.warning_standing import Standing
from supervision.queries.warning_unsigned import Unsigned, count_unsigned, unsigned
from tasks_market.models import Task
from tasks_market.queries.board import unclaimed
from tasks_market.queries.figures import Reach, reach

SOON = 5
"""Working days ahead in which a node without all its inputs is at risk."""
MONTHS = 6
"""How many months of the three showings are shown, up to the quarter's last."""
ENDS = 3
"""How many of those who moved most, up and down, are named."""


@dataclass(frozen=True)
class Scope:
    """Whose figures the reader sees: of the whole bureau or of the departments in charge, or of one among them."""

    user: Employee
    departments: tuple[Department, ...]
    whole: bool
    chosen: Department | None = None

    @classmethod
    def of(cls, user: Employee, code: str = "") -> Scope:
        """One query. A department that the reader does not oversee counts as not asked for."""
        whole = user.has_role(*SEES_ALL_EXPLANATIONS)
        found = Department.objects.filter(bureau=user.bureau_id).order_by("code")
        if not whole:
            found = found.filter(deputy=user) if user.has_role(Role.Kind.DEPUTY_DIRECTOR) else found.none()
        departments = tuple(found)
        return cls(user, departments, whole, next((one for one in departments if one.code == code), None))

    @property
    def ids(self) -> list[int] | None:
        """Of which departments; None for everybody."""
        if self.chosen:
            return [self.chosen.pk]
        return None if self.whole else [one.pk for one in self.departments]

    @property
    def is_empty(self) -> bool:
        """A deputy director in charge of nothing."""
        return not self.whole and not self.departments


@dataclass(frozen=True, slots=True)
class DepartmentLine:
    """A department of the comparison; `mean` and `change` are of those with a bureau rank, empty where there are none."""

    name: str
    code: str
    rates: Rates
    coverage: Coverage
    ranked: int
    mean: Decimal | None
    change: Decimal | None


@dataclass(frozen=True)
class Showings:
    """The branches over the last months."""

    months: Sequence[str]
    rows: Sequence[BranchRow]

    @cached_property
    def total(self) -> Line:
        return Line([cell for row in self.rows for cell in row.cells])

    @cached_property
    def held(self) -> bool:
        """Whether any session is known at all."""
        return any(cell.showing for cell in self.total.cells)

    @cached_property
    def numbers(self) -> list[int]:
        return [int(month[5:]) for month in self.months]

    @property
    def broken(self) -> list[tuple[BranchRow, Cell]]:
        """Where it was not held in time: missed, made up for later, or past its day."""
        return self._marked(Mark.MISSED, Mark.LATE, Mark.OVERDUE)

    @property
    def owed(self) -> list[tuple[BranchRow, Cell]]:
        """The months that count for the rhythm."""
        return self._marked(*DUE)

    def _marked(self, *marks: Mark) -> list[tuple[BranchRow, Cell]]:
        return [(row, cell) for row in self.rows for cell in row.cells if cell.mark in marks]


@dataclass(frozen=True)
class Cockpit:
    """The figures of one quarter for one reader; each is counted when it is asked for, and once."""

    quarter: Quarter
    scope: Scope
    today: date
    now: datetime
    calendar: WorkCalendar = field(repr=False)

    # Scores ---------------------------------------------------------------------------------------------------------

    @cached_property
    def _runs(self) -> dict[str, ScoreRun]:
        codes = (self.quarter.code, str(self.quarter.period.previous()))
        runs = ScoreRun.objects.filter(bureau=self.quarter.bureau_id, is_current=True, quarter__code__in=codes)
        return {run.quarter.code: run for run in runs.select_related("quarter")}

    @property
    def run(self) -> ScoreRun | None:
        return self._runs.get(self.quarter.code)

    @cached_property
    def before(self) -> ScoreRun | None:
        """The quarter before, if its scores are shown and final: nothing is compared with less."""
        found = self._runs.get(str(self.quarter.period.previous()))
        return found if found and not found.is_provisional and found.quarter.is_settled else None

    @cached_property
    def _rows(self) -> dict[int, list[Row]]:
        runs = [run.pk for run in (self.run, self.before) if run]
        scores = Score.objects.filter(run__in=runs)
        if self.scope.ids is not None:
            scores = scores.filter(department__in=self.scope.ids)
        columns = [
            {"category": "category__name", "position": "category__position"}.get(name, name) for name in Row._fields
        ]
        found: dict[int, list[Row]] = {run: [] for run in runs}
        for values in scores.order_by("number").values_list(*columns):
            row = Row(*values)
            found[row.run_id].append(row)
        return found

    @property
    def rows(self) -> list[Row]:
        """The scores of the quarter, by staff number."""
        return self._rows[self.run.pk] if self.run else []

    @property
    def rows_before(self) -> list[Row]:
        return self._rows[self.before.pk] if self.before else []

    @cached_property
    def scheme(self) -> SchemeValues:
        assert self.run is not None
        return SchemeValues.from_mapping(self.run.scheme)

    @cached_property
    def rates(self) -> Rates:
        return rates(self.rows, self.scheme)

    @cached_property
    def rates_before(self) -> Rates | None:
        if self.before is None or not self.rows_before:
            return None
        return rates(self.rows_before, SchemeValues.from_mapping(self.before.scheme))

    @cached_property
    def scored(self) -> Scored | None:
        """Deduction coverage and the largest gap; None while nobody is scored."""
        return scored_of(self.run, self.rows) if self.run and self.rows else None

    @cached_property
    def scored_before(self) -> Scored | None:
        return scored_of(self.before, self.rows_before) if self.before and self.rows_before else None

    @cached_property
    def departments(self) -> list[DepartmentLine]:
        """The departments with scores, the highest attainment first."""
        if self.run is None:
            return []
        known = {one.pk: one for one in self.scope.departments}
        now, before = _means(self.rows), _means(self.rows_before)
        lines = []
        for key, rows in by_department(self.rows).items():
            mean = now.get(key)
            lines.append(
                DepartmentLine(
                    name=known[key].name,
                    code=known[key].code,
                    rates=rates(rows, self.scheme),
                    coverage=coverage_of(rows, self.scheme),
                    ranked=sum(row.bureau_rank is not None for row in rows),
                    mean=mean,
                    change=mean - before[key] if mean is not None and key in before else None,
                )
            )
        return sorted(lines, key=lambda line: (-(line.rates.whole or 0), line.code))

    @cached_property
    def strips(self) -> Strips | None:
        """The totals of each category, of those who stand in a ranking."""
        return strips({name: [row.total for row in rows] for name, rows in by_category(self.rows).items()})

    # Movement -------------------------------------------------------------------------------------------------------

    @cached_property
    def moved(self) -> list[Moved]:
        """Who has a rank now and in the published quarter before, whoever gained most first."""
        if self.before is None or self.before.quarter.state != Quarter.State.PUBLISHED:
            return []
        ranks = {row.employee_id: row.bureau_rank for row in self.rows_before if row.bureau_rank is not None}
        return movements(self.rows, ranks)

    @property
    def risen(self) -> list[Moved]:
        return [one for one in self.moved[:ENDS] if one.places > 0]

    @property
    def fallen(self) -> list[Moved]:
        return [one for one in reversed(self.moved[-ENDS:]) if one.places < 0]

    @cached_property
    def compared(self) -> list[DepartmentLine]:
        """The departments with a mean in both quarters, whichever gained most first."""
        lines = [line for line in self.departments if line.change is not None]
        return sorted(lines, key=lambda line: (-(line.change or 0), line.code))

    @property
    def departments_risen(self) -> list[DepartmentLine]:
        return [line for line in self.compared[:ENDS] if line.change and line.change > 0]

    @property
    def departments_fallen(self) -> list[DepartmentLine]:
        return [line for line in reversed(self.compared[-ENDS:]) if line.change and line.change < 0]

    # What is due ----------------------------------------------------------------------------------------------------

    @cached_property
    def _outstanding(self) -> list[Outstanding]:
        """Nodes of a quarter that still takes inputs, up to the last of the next working days."""
        if not self.quarter.takes_input:
            return []
        until = self.calendar.add(self.today, SOON)
        return outstanding(self.quarter, until=until, calendar=self.calendar, departments=self.scope.ids)

    @property
    def soon(self) -> list[Outstanding]:
        """Nodes without all their inputs that are due within the next working days, today's among them."""
        return [one for one in self._outstanding if one.due >= self.today]

    @property
    def overdue(self) -> list[Outstanding]:
        return [one for one in self._outstanding if one.due < self.today]

    @cached_property
    def unsigned_count(self) -> Mapping[Standing, int]:
        """How many of `unsigned` still wait, and how many of them are late."""
        return count_unsigned(self.quarter, today=self.today, departments=self.scope.ids)

    @cached_property
    def unsigned(self) -> list[Unsigned]:
        return unsigned(self.quarter, today=self.today, departments=self.scope.ids)

    @property
    def unsigned_late(self) -> list[Unsigned]:
        return [one for one in self.unsigned if one.standing == Standing.MISSED]

    # Market ---------------------------------------------------------------------------------------------------------

    @cached_property
    def reach(self) -> Reach | None:
        return reach(self.quarter, self.scope.ids)

    @cached_property
    def unclaimed(self) -> list[Task]:
        """Tasks whose window has passed with places left, of a quarter in which somebody can still be assigned."""
        if not self.quarter.takes_input:
            return []
        tasks = Task.objects.filter(quarter=self.quarter)
        return unclaimed(tasks if self.scope.ids is None else tasks.filter(department__in=self.scope.ids), self.now)

    # Showings -------------------------------------------------------------------------------------------------------

    @cached_property
    def showings(self) -> Showings:
        months = _months_until(self.quarter, MONTHS)
        branches = branches_of(self.quarter.bureau, self.quarter.period.year)
        if self.scope.ids is not None:
            branches = branches.filter(members__department__in=self.scope.ids)
        return Showings(months, rhythm(self.quarter.bureau, months, today=self.today, branches=branches))

    # Words ----------------------------------------------------------------------------------------------------------

    @cached_property
    def rail(self) -> list[Step]:
        return rail_steps(self.quarter, self.run, self.today)

    @property
    def finding(self) -> str:
        """The heading's sentence: how much was earned, then what presses most."""
        words: list[str] = []
        if self.rows:
            words.append(_("平均得分率 %s%%") % self.rates.whole)
        if self.overdue:
            words.append(_("%d 个节点逾期") % len(self.overdue))
        if self.soon:
            words.append(_("%d 个节点五个工作日内到期") % len(self.soon))
        if self.scored and not (self.overdue or self.soon):
            words.append(_("扣分面 %s%%") % self.scored.people.share)
            if self.scored.gap is not None:
                words.append(_("最大分差 %s 分") % format2(self.scored.gap))
        quarter = quarter_label(self.quarter.code)
        if not words:
            return _("%s还没有可以看的数") % quarter
        return _("%(quarter)s：%(words)s") % {"quarter": quarter, "words": _("，").join(words)}

    @property
    def standing(self) -> str:
        """What kind of scores these are, said plainly beside the badge."""
        run = self.run
        if run is None:
            return _("还没有计分；采集开始后每晚计算一次预计得分。")
        if run.is_provisional:
            return _("只计 %s 之前到期的节点，随每晚计分变化，名次不作数。") % run.as_of
        if self.quarter.state == Quarter.State.PUBLISHED:
            return _("正式得分，除更正外不再变动。")
        if self.quarter.state == Quarter.State.PUBLICITY:
            return _("正式得分，公示期内申诉属实会更正。")
        return _("已正式计分，还没有公示，可能再变。")

    def address(self, page: str, *args: str, **query: str) -> str:
        """A page for the same quarter and department."""
        asked = {
            "quarter": self.quarter.code,
            "department": self.scope.chosen.code if self.scope.chosen else "",
        } | query
        return f"{reverse(page, args=args)}?{urlencode({name: value for name, value in asked.items() if value})}"

    def behind(self, key: str, **query: str) -> str:
        """The rows behind a figure."""
        return self.address("reports:dashboard-rows", key, **query)


def _means(rows: Sequence[Row]) -> Mapping[int, Decimal]:
    ranked = ((row.department_id, row.total) for row in rows if row.bureau_rank is not None)
    return {one.key: one.mean for one in group_means(ranked)}


def _months_until(quarter: Quarter, number: int) -> list[str]:
    """The last months up to the quarter's end, the earliest first."""
    period = quarter.period
    months: list[str] = []
    while len(months) < number:
        months = [*period.months(), *months]
        period = period.previous()
    return months[-number:]
