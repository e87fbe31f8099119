"""From the rows of a quarter to everybody's figures and snapshot, by one scheme.

What many people share is worked out once: a point and its nodes, the points of an input, an act, a department's linkage.
All figures are those of `scoring.formula`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

from common.exact import from_hundredths, hundredths
from organization.models import Absence
from organization.queries import standing
from scoring import formula
from scoring.queries.inputs import UNANSWERED, Actors, Answers, Gathered, HeldPoint, Person

FIGURES = ("common", "individual", "competitive", "overflow", "adjustments", "linkage", "total")
PLACES = {
    **{name: name for name in ("employee_id", "number", "name", "department_id", "category_id")},
    **{name: f"figures.{name}" for name in FIGURES},
    **{name: name for name in ("missing", "has_individual", "ranked", "reason")},
    **{name: f"placing.{name}" for name in ("bureau_rank", "category_rank", "in_pool")},
    "digest": "digest",
}
"""The columns by which a stored score is told from a new one, and where a `ScoredPerson` has them; the digest stands for
the inputs."""
COMPARED = tuple(PLACES)
STORED = (*COMPARED, "inputs")
_stored = attrgetter(*PLACES.values(), "snapshot")

_UNPLACED = formula.Placing()

Held = tuple[HeldPoint, Sequence[Answers | None]]
"""A point that somebody holds, and the answers of its nodes."""


@dataclass
class ScoredPerson:
    """One employee's quarter as scored: what a row of `Score` holds."""

    employee_id: int
    number: str
    name: str
    department_id: int
    category_id: int
    figures: formula.Figures
    missing: int
    has_individual: bool
    reason: str
    disciplinary: bool
    snapshot: str
    digest: str
    scheme: formula.SchemeValues = field(repr=False)
    frames: formula.Frames = field(repr=False)
    placing: formula.Placing = _UNPLACED
    """Known once everybody is scored."""

    @property
    def total(self) -> Decimal:
        return from_hundredths(self.figures.total)

    @property
    def ranked(self) -> bool:
        return not self.reason

    @property
    def inputs(self) -> dict[str, Any]:
        """The snapshot as values."""
        found: dict[str, Any] = json.loads(self.snapshot)
        return found

    @cached_property
    def score(self) -> formula.EmployeeScore:
        """The score with everything below it, worked out from the snapshot as an explanation does."""
        return formula.score_employee(formula.from_json(self.inputs, self.frames), self.scheme)

    def stored(self) -> tuple[Any, ...]:
        """What the database keeps, in the order of STORED: points in hundredths, the snapshot as text."""
        values: tuple[Any, ...] = _stored(self)
        return values

    def columns(self) -> dict[str, Any]:
        """The columns of COMPARED as `Score` has them."""
        found = dict(zip(STORED, self.stored(), strict=True))
        del found["inputs"]
        return found | {name: from_hundredths(found[name]) for name in FIGURES}

    def in_form_of(self, digest: str) -> ScoredPerson:
        """The same person; where a score with this digest was stored in the first format from the same inputs, with the
        digest and the snapshot of that, for it has not changed.
        """
        if digest == self.digest or not formula.is_first_digest(digest):
            return self
        inputs = self.inputs
        text = formula.first_text(self.score.input, in_post_share=inputs["in_post_share"], bases=inputs["bases"])
        same = formula.first_digest(text) == digest
        return replace(self, snapshot=text, digest=digest) if same else self


class Part(NamedTuple):
    """What the items of one library come to for somebody, points in hundredths; `acted`: who did on the results."""

    earned: int
    full: int
    missing: int
    items: list[list[Any]]
    acted: set[Actors]


class Scorer:
    """Scores the people of gathered rows by one scheme."""

    def __init__(self, gathered: Gathered, scheme: formula.SchemeValues) -> None:
        self.rows, self.scheme = gathered, scheme
        self._first, self._last = gathered.quarter.period.first_day, gathered.quarter.period.last_day
        self._frames = {key: point.frame for key, point in gathered.points.items()}
        self._common: dict[formula.Employed, list[Held]] = {}
        self._linkages: dict[int, tuple[formula.LinkageInput | None, int]] = {}
        self._never_away: dict[formula.Employed, tuple[Fraction, str]] = {}
        self._claims: dict[tuple[Any, ...], int] = {}

    def person(self, employee: Person) -> ScoredPerson:
        rows = self.rows
        placed = standing(employee, rows.placements.get(employee.id, ()), self._last)
        employed = formula.Employed.within(self._first, self._last, employee.joined_on, employee.left_on)
        absences = rows.absences.get(employee.id, ())
        share, reason = self._in_post(employed, absences)
        common = _part(employee.id, self._held_by_all(employed))
        own = rows.individual.get(employee.id, ())
        individual = _part(employee.id, [(point, point.held(employed, taken_on)) for point, taken_on in own])
        claims = rows.claims.get(employee.id, ())
        adjustments = rows.adjustments.get(employee.id, ())
        linkage, linkage_points = self._linkage(placed.department_id)
        snapshot = formula.snapshot_text(
            number=employee.number,
            name=employee.name,
            items=common.items + individual.items,
            people={
                str(one): rows.names.get(one, "")
                for one in sorted(set(filter(None, chain.from_iterable(common.acted | individual.acted))))
            },
            claims=claims,
            adjustments=[one for one, _basis in adjustments],
            linkage=linkage,
            in_post_share=str(share),
            bases={one.ref: basis for one, basis in adjustments},
        )
        return ScoredPerson(
            employee_id=employee.id,
            number=employee.number,
            name=employee.name,
            department_id=placed.department_id,
            category_id=placed.category_id,
            figures=formula.figures(
                self.scheme,
                common=(common.earned, common.full),
                individual=(individual.earned, individual.full),
                claimed=sum(map(self._claim, claims)),
                plus=sum(hundredths(one.points) for one, _basis in adjustments if one.plus),
                minus=sum(hundredths(one.points) for one, _basis in adjustments if not one.plus),
                linkage=linkage_points,
            ),
            missing=common.missing + individual.missing,
            has_individual=individual.full > 0,
            reason=reason,
            disciplinary=any(one.disciplinary for one, _basis in adjustments),
            snapshot=snapshot,
            digest=formula.digest_of(snapshot),
            scheme=self.scheme,
            frames=self._frames,
        )

    def _held_by_all(self, employed: formula.Employed) -> list[Held]:
        """The common points, as everybody with this employment answers for them."""
        found = self._common.get(employed)
        if found is None:
            found = self._common[employed] = [(point, point.held(employed, None)) for point in self.rows.common]
        return found

    def _in_post(self, employed: formula.Employed, absences: Sequence[Absence]) -> tuple[Fraction, str]:
        """The share of the quarter in post, and why somebody is not ranked, if so."""
        if absences:
            return self._worked_out(employed, absences)
        found = self._never_away.get(employed)
        if found is None:
            found = self._never_away[employed] = self._worked_out(employed, ())
        return found

    def _worked_out(self, employed: formula.Employed, absences: Sequence[Absence]) -> tuple[Fraction, str]:
        share = formula.in_post_share(
            self.rows.calendar,
            self._first,
            self._last,
            joined=employed.joined,
            left=employed.left,
            absences=[(one.starts_on, one.ends_on) for one in absences if one.leaves_post],
        )
        held = {one.kind for one in absences if formula.covers(one.starts_on, one.ends_on, self._last)}
        reasons = formula.unranked_reasons(
            share,
            self.scheme,
            probation=Absence.Kind.PROBATION in held,
            investigation=Absence.Kind.INVESTIGATION in held,
        )
        return share, next(iter(reasons), "")

    def _claim(self, claim: formula.ClaimInput) -> int:
        key = (
            claim.base, claim.difficulty, claim.sharing, claim.quality, claim.part, claim.accepted_claims,
            claim.accepted_assistants,
        )  # fmt: skip
        if key not in self._claims:
            self._claims[key] = hundredths(formula.score_claim(claim, self.scheme).points)
        return self._claims[key]

    def _linkage(self, department_id: int) -> tuple[formula.LinkageInput | None, int]:
        if department_id not in self._linkages:
            linkage = formula.LinkageInput.of(self.rows.department_scores, department_id)
            self._linkages[department_id] = (linkage, formula.linkage_hundredths(linkage, self.scheme))
        return self._linkages[department_id]


def _part(employee_id: int, held: list[Held]) -> Part:
    """Adds up somebody's items of one library: of each the points of its nodes that are not exempt, and its piece of the
    snapshot.
    """
    earned = full = missing = 0
    items: list[list[Any]] = []
    acted: set[Actors] = set()
    for point, nodes in held:
        counting: list[int] = []
        kept: list[Any] = [point.key]
        for answers in nodes:
            if answers is None:
                kept.append(None)
                continue
            points, is_missing, text, by = answers.get(employee_id, UNANSWERED)
            kept.append(text)
            acted.add(by)
            if is_missing:
                missing += 1
            if points is not None:
                counting.append(points)
        if counting:
            earned += formula.item_hundredths(counting)
            full += point.full
        items.append(kept)
    return Part(earned, full, missing, items, acted)
