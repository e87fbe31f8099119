"""A score of a running quarter at the moment it is looked at.

Runs are stored by night or on demand; what is accepted, confirmed or counted in between shows here at once
(domain.md, Task market: the points of an accepted task). Ranks need everybody and stay those of the run.
"""

from __future__ import annotations

import copy
from datetime import date, datetime

from indicators.models import Quarter
from organization.models import Employee
from scoring.models import RunBasis, Score, ScoreRun
from scoring.queries.inputs import gather
from scoring.queries.outcomes import scheme_of
from scoring.queries.scorer import ScoredPerson, Scorer

PLACING = {"employee_id", "bureau_rank", "category_rank", "in_pool"}


def as_it_stands(stored: Score, *, now: datetime) -> Score:
    """The stored score with everything that has come in since; the stored one itself once its quarter is settled.

    The answer is not to be saved. Raises InvalidInput if the scheme cannot be scored with.
    """
    if stored.quarter.is_settled:
        return stored
    run = copy.copy(stored.run)
    found = _worked_out(stored.quarter, stored.employee, run, now)
    if found is None:
        return stored
    found = found.in_form_of(stored.digest)
    columns = {name: value for name, value in found.columns().items() if name not in PLACING}
    if run.scheme == stored.run.scheme and all(getattr(stored, name) == value for name, value in columns.items()):
        return stored
    live = copy.copy(stored)
    live.run, live.inputs = run, found.inputs
    for name, value in columns.items():
        setattr(live, name, value)
    return live


def first_standing(quarter: Quarter, employee: Employee, *, today: date, now: datetime) -> Score | None:
    """The score of a quarter in which nothing has been scored yet, as of `today`; None for who is not scored in it.

    The answer is not to be saved. Raises InvalidInput if the scheme cannot be scored with.
    """
    run = ScoreRun(bureau=quarter.bureau, quarter=quarter, as_of=today)
    found = _worked_out(quarter, employee, run, now)
    if found is None:
        return None
    columns = found.columns() | {"employee_id": employee.pk}
    return Score(run=run, bureau=quarter.bureau, quarter=quarter, inputs=found.inputs, **columns)


def _worked_out(quarter: Quarter, employee: Employee, run: ScoreRun, now: datetime) -> ScoredPerson | None:
    """The person's score in the quarter with the nodes that the run counts; the run takes scheme, time and points of it."""
    scheme = scheme_of(quarter)
    run.scheme, run.scored_at, run.scored_by = scheme.to_mapping(), now, None
    gathered = gather(quarter, as_of=run.as_of, only=employee)
    run.basis = RunBasis(points=gathered.point_rows)
    return next(map(Scorer(gathered, scheme).person, gathered.employees), None)
