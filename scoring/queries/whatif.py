"""方案模拟: a quarter scored by the scheme in force and by a draft of it, beside each other; nothing is saved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from common.exact import from_hundredths, hundredths, round_ratio
from indicators.models import Quarter
from organization.models import Department
from scoring import formula
from scoring.queries.inputs import gather
from scoring.queries.outcomes import outcome_of, scheme_of
from scoring.queries.rankings import current_run
from scoring.queries.scorer import ScoredPerson


@dataclass(frozen=True, slots=True)
class Shift:
    """One employee under both schemes; a rank is None for whoever is not ranked in the bureau."""

    employee_id: int
    number: str
    name: str
    department_id: int
    department: str
    category: str
    total_before: Decimal
    total_after: Decimal
    rank_before: int | None
    rank_after: int | None
    pool_before: bool
    pool_after: bool

    @property
    def difference(self) -> Decimal:
        return self.total_after - self.total_before

    @property
    def places(self) -> int | None:
        """Places gained in the bureau ranking (lost: below zero); None without a rank on either side."""
        if self.rank_before is None or self.rank_after is None:
            return None
        return self.rank_before - self.rank_after

    @property
    def is_moved(self) -> bool:
        before = (self.total_before, self.rank_before, self.pool_before)
        return before != (self.total_after, self.rank_after, self.pool_after)


@dataclass(frozen=True, slots=True)
class GroupShift:
    """What a draft does to a department or a category: mean totals, who rises and falls, who enters and leaves the pool."""

    key: int | str
    name: str
    people: int
    mean_before: Decimal
    mean_after: Decimal
    risen: int
    fallen: int
    entered: int
    left: int

    @property
    def difference(self) -> Decimal:
        return self.mean_after - self.mean_before


@dataclass(frozen=True, slots=True)
class Simulation:
    """A quarter under both schemes. `shifts` holds everybody, those who move furthest first."""

    quarter: Quarter
    as_of: date | None
    shifts: tuple[Shift, ...]
    departments: tuple[GroupShift, ...]
    categories: tuple[GroupShift, ...]

    @property
    def moved(self) -> int:
        return sum(one.is_moved for one in self.shifts)

    @property
    def whole(self) -> GroupShift:
        return _group("", "", self.shifts)


def simulate(quarter: Quarter, draft: formula.SchemeValues, *, today: date) -> Simulation:
    """Scores the quarter by its scheme and by the draft; everything but the scheme is as it is in the tables now.

    A quarter that is not scored finally counts the nodes due before `today`, like its provisional scores. Raises
    InvalidInput if the scheme in force cannot be scored with.
    """
    scheme = scheme_of(quarter)
    run = current_run(quarter)
    ended = today > quarter.period.last_day
    as_of = run.as_of if run else (None if ended else today)
    gathered = gather(quarter, as_of=as_of)
    departments = dict(Department.objects.filter(bureau=quarter.bureau).values_list("id", "name"))
    before = {person.employee_id: person for person in outcome_of(gathered, scheme).people}
    after = outcome_of(gathered, draft).people
    shifts = [_shift(before[one.employee_id], one, departments, gathered.categories) for one in after]
    shifts.sort(key=lambda one: (-abs(one.places or 0), -abs(one.difference), one.number))
    return Simulation(
        quarter,
        as_of,
        tuple(shifts),
        _groups(shifts, lambda one: (one.department_id, one.department)),
        _groups(shifts, lambda one: (one.category, one.category)),
    )


def _shift(before: ScoredPerson, after: ScoredPerson, departments: dict[int, str], categories: dict[int, str]) -> Shift:
    return Shift(
        employee_id=after.employee_id,
        number=after.number,
        name=after.name,
        department_id=after.department_id,
        department=departments[after.department_id],
        category=categories[after.category_id],
        total_before=before.total,
        total_after=after.total,
        rank_before=before.placing.bureau_rank,
        rank_after=after.placing.bureau_rank,
        pool_before=before.placing.in_pool,
        pool_after=after.placing.in_pool,
    )


def _groups(shifts: Iterable[Shift], key: Callable[[Shift], tuple[int | str, str]]) -> tuple[GroupShift, ...]:
    """The groups in the order of what they gain."""
    members: dict[tuple[int | str, str], list[Shift]] = defaultdict(list)
    for one in shifts:
        members[key(one)].append(one)
    found = (_group(code, name, group) for (code, name), group in members.items())
    return tuple(sorted(found, key=lambda group: (-group.difference, group.name)))


def _group(key: int | str, name: str, shifts: Sequence[Shift]) -> GroupShift:
    return GroupShift(
        key=key,
        name=name,
        people=len(shifts),
        mean_before=_mean([one.total_before for one in shifts]),
        mean_after=_mean([one.total_after for one in shifts]),
        risen=sum((one.places or 0) > 0 for one in shifts),
        fallen=sum((one.places or 0) < 0 for one in shifts),
        entered=sum(one.pool_after and not one.pool_before for one in shifts),
        left=sum(one.pool_before and not one.pool_after for one in shifts),
    )


def _mean(totals: Sequence[Decimal]) -> Decimal:
    """The mean, exact until it is rounded once; 0 of nobody."""
    return from_hundredths(round_ratio(sum(map(hundredths, totals)), len(totals))) if totals else Decimal("0.00")
