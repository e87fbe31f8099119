"""A bureau's quarter as it scores now.

Nothing is written here: the engine, the readiness list, the preview of a correction and a person's provisional score
all work from the same `Outcome`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from common.errors import InvalidInput
from common.garbage import left_for_later
from common.progress import through
from common.text import clauses
from indicators.models import Quarter
from indicators.queries import scheme_in_force
from scoring import formula
from scoring.models import Score
from scoring.queries.inputs import Gathered, gather
from scoring.queries.scorer import COMPARED, ScoredPerson, Scorer


@dataclass(frozen=True, slots=True)
class Outcome:
    """A bureau's quarter as it scores now, in the order of staff numbers."""

    scheme: formula.SchemeValues
    people: tuple[ScoredPerson, ...]
    points: Mapping[str, Sequence[Any]]
    """The points by key as a run keeps them for the snapshots of its scores."""

    @property
    def ranked(self) -> int:
        """How many have a bureau rank."""
        return sum(person.placing.bureau_rank is not None for person in self.people)

    @property
    def missing(self) -> int:
        return sum(person.missing for person in self.people)

    def beside(self, scores: Iterable[Mapping[str, Any]]) -> Outcome:
        """The same outcome, to be compared with stored rows or written over them: who was stored in the first format of
        the snapshot and has not changed stays in it.
        """
        digests = {row["employee_id"]: row["digest"] for row in scores}
        people = tuple(person.in_form_of(digests.get(person.employee_id, "")) for person in self.people)
        return replace(self, people=people)

    def matches(self, scores: Iterable[dict[str, Any]], scheme: dict[str, str]) -> bool:
        """Whether stored rows (with the columns of COMPARED) say the same."""
        stored = {row["employee_id"]: row for row in scores}
        return (
            scheme == self.scheme.to_mapping()
            and stored.keys() == {person.employee_id for person in self.people}
            and not any(differs(person, stored[person.employee_id]) for person in self.beside(stored.values()).people)
        )


def differs(person: ScoredPerson, row: Mapping[str, Any] | None) -> bool:
    """Whether a person's stored row, with the columns of COMPARED, says anything else, or is not there."""
    return row is None or any(row[name] != value for name, value in person.columns().items())


def scheme_of(quarter: Quarter) -> formula.SchemeValues:
    """The scheme in force in the quarter. Raises InvalidInput if it cannot be scored with (scoring.md §3)."""
    try:
        scheme = scheme_in_force(quarter.bureau, quarter.code)
    except formula.SchemeError as error:
        raise InvalidInput(str(error)) from error
    problems = scheme.problems()
    if problems:
        raise InvalidInput(
            _("%(quarter)s 的考评方案不能用来计分：%(problems)s。请先在“方案”里改正。")
            % {"quarter": quarter.code, "problems": clauses(problems)}
        )
    return scheme


def score_now(quarter: Quarter, *, as_of: date | None = None) -> Outcome:
    """Scores and ranks everybody of the bureau's quarter from what is in the tables now (scoring.md §1–§4).

    With `as_of` only nodes due before that day count: the provisional score. Raises InvalidInput for a scheme that
    cannot be scored with. The number of queries does not depend on the number of people or results.
    """
    scheme = scheme_of(quarter)
    with left_for_later():
        return outcome_of(gather(quarter, as_of=as_of), scheme)


def outcome_of(gathered: Gathered, scheme: formula.SchemeValues) -> Outcome:
    """Scores and ranks everybody from rows that were gathered, by any scheme that adds up; asks no table."""
    scorer = Scorer(gathered, scheme)
    scored = [scorer.person(employee) for employee in through(gathered.employees)]
    placings = formula.rank(
        (
            formula.RankRow(
                person.number,
                person.total,
                gathered.categories[person.category_id],
                ranked=not person.reason,
                disciplinary=person.disciplinary,
            )
            for person in scored
        ),
        scheme,
    )
    for person in scored:
        person.placing = placings[person.number]
    return Outcome(scheme, tuple(scored), gathered.point_rows)


def stored_columns(run_id: int) -> list[dict[str, Any]]:
    """The stored scores of a run with the columns that `Outcome.matches` compares."""
    return list(Score.objects.filter(run_id=run_id).values("id", *COMPARED))
