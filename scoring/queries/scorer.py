"""From the rows of a quarter to everybody's figures and snapshot, by one scheme.

What many people share is worked out once: a point and its nodes, the points of an input, an act, a department's linkage.
All figures are those of `scoring.formula`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from common.exact import from_hundredths, hundredths
from organization.models import Absence, Employee
from organization.queries import standing
from scoring import formula
from scoring.queries.inputs import Gathered, HeldPoint, ResultRow


@dataclass(frozen=True)
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
    placing: formula.Placing = field(default_factory=formula.Placing)

    @property
    def total(self) -> Decimal:
        return from_hundredths(self.figures.total)

    @property
    def inputs(self) -> dict[str, Any]:
        """The snapshot as values."""
        found: dict[str, Any] = json.loads(self.snapshot)
        return found

    @cached_property
    def score(self) -> formula.EmployeeScore:
        """The score with everything below it, worked out from the snapshot as an explanation does."""
        return formula.score_employee(formula.from_json(self.inputs), self.scheme)

    def stored(self) -> tuple[Any, ...]:
        """What the database keeps, in the order of STORED: points in hundredths, the snapshot as text."""
        figures, placing = self.figures, self.placing
        return (
            self.employee_id, self.number, self.name, self.department_id, self.category_id, figures.common,
            figures.individual, figures.competitive, figures.overflow, figures.adjustments, figures.linkage,
            figures.total, self.missing, self.has_individual, not self.reason, self.reason, placing.bureau_rank,
            placing.category_rank, placing.in_pool, self.digest, self.snapshot,
        )  # fmt: skip

    def columns(self) -> dict[str, Any]:
        """The columns of `Score`, without run, quarter, bureau and inputs."""
        figures, placing = self.figures, self.placing
        return {
            "employee_id": self.employee_id,
            "number": self.number,
            "name": self.name,
            "department_id": self.department_id,
            "category_id": self.category_id,
            "common": from_hundredths(figures.common),
            "individual": from_hundredths(figures.individual),
            "competitive": from_hundredths(figures.competitive),
            "overflow": from_hundredths(figures.overflow),
            "adjustments": from_hundredths(figures.adjustments),
            "linkage": from_hundredths(figures.linkage),
            "total": from_hundredths(figures.total),
            "missing": self.missing,
            "has_individual": self.has_individual,
            "ranked": not self.reason,
            "reason": self.reason,
            "bureau_rank": placing.bureau_rank,
            "category_rank": placing.category_rank,
            "in_pool": placing.in_pool,
            "digest": self.digest,
        }


COMPARED = (
    "employee_id", "number", "name", "department_id", "category_id", "common", "individual", "competitive", "overflow",
    "adjustments", "linkage", "total", "missing", "has_individual", "ranked", "reason", "bureau_rank", "category_rank",
    "in_pool", "digest",
)  # fmt: skip
"""Columns by which a stored score is told from a new one; the digest stands for the inputs."""
STORED = (*COMPARED, "inputs")


class Part:
    """The sums and the items' texts of one library, as they grow item by item; points in hundredths."""

    __slots__ = ("earned", "full", "missing", "texts")

    def __init__(self) -> None:
        self.earned = self.full = self.missing = 0
        self.texts: list[str] = []


class Scorer:
    """Scores the people of gathered rows by one scheme."""

    def __init__(self, gathered: Gathered, scheme: formula.SchemeValues) -> None:
        self.rows, self.scheme = gathered, scheme
        self._first, self._last = gathered.quarter.period.first_day, gathered.quarter.period.last_day
        self._linkages: dict[int, tuple[int, str]] = {}
        self._shares: dict[formula.Employed, Fraction] = {}
        self._reasons: dict[tuple[Fraction, bool, bool], str] = {}
        self._claims: dict[tuple[Any, ...], int] = {}

    def person(self, employee: Employee) -> ScoredPerson:
        rows = self.rows
        placed = standing(employee, rows.placements.get(employee.pk, ()), self._last)
        employed = formula.Employed.within(self._first, self._last, employee.joined_on, employee.left_on)
        absences = rows.absences.get(employee.pk, ())
        share = self._share(employed, absences)
        common, individual = self._items(employee.pk, employed)
        claims = rows.claims.get(employee.pk, ())
        adjustments = rows.adjustments.get(employee.pk, ())
        linkage, linkage_text = self._linkage(placed.department_id)
        snapshot = formula.snapshot_text(
            number=employee.number,
            name=employee.name,
            items=common.texts + individual.texts,
            claims=map(formula.claim_text, claims),
            adjustments=[formula.adjustment_text(one) for one, _basis in adjustments],
            linkage=linkage_text,
            in_post_share=str(share),
            bases={one.ref: basis for one, basis in adjustments},
        )
        return ScoredPerson(
            employee_id=employee.pk,
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
                linkage=linkage,
            ),
            missing=common.missing + individual.missing,
            has_individual=individual.full > 0,
            reason=self._reason(share, absences),
            disciplinary=any(one.disciplinary for one, _basis in adjustments),
            snapshot=snapshot,
            digest=hashlib.sha256(snapshot.encode()).hexdigest(),
            scheme=self.scheme,
        )

    def _items(self, employee_id: int, employed: formula.Employed) -> tuple[Part, Part]:
        rows, common, individual = self.rows, Part(), Part()
        results = rows.results.get(employee_id, {})
        for point in rows.common:
            self._item(point, results, employed, None, common)
        for point, taken_on in rows.taken_by(employee_id):
            self._item(point, results, employed, taken_on if taken_on and taken_on > self._first else None, individual)
        return common, individual

    def _item(
        self,
        point: HeldPoint,
        results: dict[tuple[int, str], ResultRow],
        employed: formula.Employed,
        taken_on: date | None,
        part: Part,
    ) -> None:
        """Adds one item: the points of its nodes that are not exempt, and its piece of the snapshot."""
        counting: list[int] = []
        texts: list[str] = []
        for key, head, unanswered in point.held(employed, taken_on):
            row = results.get(key)
            if row is None:
                texts.append(unanswered)
                counting.append(0)
                part.missing += 1
                continue
            points, is_missing, text = self.rows.answer(point, head, row)
            part.missing += is_missing
            texts.append(text)
            if points is not None:
                counting.append(points)
        if counting:
            part.earned += formula.item_hundredths(counting)
            part.full += point.full
        part.texts.append(f"{point.before}{','.join(texts)}{point.behind}")

    def _share(self, employed: formula.Employed, absences: Any) -> Fraction:
        away = [(one.starts_on, one.ends_on) for one in absences if one.leaves_post]
        if not away and employed in self._shares:
            return self._shares[employed]
        share = formula.in_post_share(
            self.rows.calendar, self._first, self._last, joined=employed.joined, left=employed.left, absences=away
        )
        if not away:
            self._shares[employed] = share
        return share

    def _reason(self, share: Fraction, absences: Any) -> str:
        held = {one.kind for one in absences if formula.covers(one.starts_on, one.ends_on, self._last)}
        probation, investigation = Absence.Kind.PROBATION in held, Absence.Kind.INVESTIGATION in held
        key = (share, probation, investigation)
        if key not in self._reasons:
            reasons = formula.unranked_reasons(share, self.scheme, probation=probation, investigation=investigation)
            self._reasons[key] = reasons[0] if reasons else ""
        return self._reasons[key]

    def _claim(self, claim: formula.ClaimInput) -> int:
        key = (
            claim.base, claim.difficulty, claim.sharing, claim.quality, claim.part, claim.accepted_claims,
            claim.accepted_assistants,
        )  # fmt: skip
        if key not in self._claims:
            self._claims[key] = hundredths(formula.score_claim(claim, self.scheme).points)
        return self._claims[key]

    def _linkage(self, department_id: int) -> tuple[int, str]:
        if department_id not in self._linkages:
            linkage = formula.LinkageInput.of(self.rows.department_scores, department_id)
            points = formula.linkage_hundredths(linkage, self.scheme)
            self._linkages[department_id] = (points, formula.linkage_text(linkage))
        return self._linkages[department_id]
