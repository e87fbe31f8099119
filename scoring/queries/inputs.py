"""Everything that a bureau's quarter is scored from, gathered in a constant number of queries, and a person's part of it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils import timezone

from common.workdays import WorkCalendar
from indicators.deadlines import Node, held_nodes
from indicators.models import Item, Library, PointVersion, Quarter, Result
from indicators.queries import nodes_of, points_in_force, rule_of
from indicators.rules import Rule
from organization.models import Absence, Employee, Placement, RankCategory
from organization.queries import standing, work_calendar
from scoring import formula
from scoring.models import Adjustment, DepartmentScore
from tasks_market.models import Claim

_RESULT_COLUMNS = (
    "employee_id", "point_id", "period", "id", "state", "target", "value", "tier", "exempt", "note",
    "entered_by_id", "entered_at", "reviewed_by_id", "reviewed_at", "confirmed_by_id", "confirmed_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ScoredPerson:
    """One employee's quarter as scored: what a row of `Score` holds."""

    employee_id: int
    department_id: int
    category_id: int
    score: formula.EmployeeScore
    reason: str
    inputs: dict[str, Any]
    digest: str
    placing: formula.Placing = field(default_factory=formula.Placing)

    def columns(self) -> dict[str, Any]:
        """The columns of `Score`, without run, quarter and bureau."""
        score, placing = self.score, self.placing
        return {
            "employee_id": self.employee_id,
            "number": score.input.number,
            "name": score.input.name,
            "department_id": self.department_id,
            "category_id": self.category_id,
            "common": score.common,
            "individual": score.individual,
            "competitive": score.competitive,
            "overflow": score.overflow,
            "adjustments": score.adjustments,
            "linkage": score.linkage,
            "total": score.total,
            "missing": score.missing,
            "has_individual": score.has_individual,
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


@dataclass(slots=True)
class Gathered:
    """The rows of one quarter by employee, and what is worked out once for all of them."""

    quarter: Quarter
    as_of: date | None
    calendar: WorkCalendar
    employees: list[Employee]
    names: dict[int, str]
    categories: dict[int, str]
    placements: dict[int, list[Placement]]
    absences: dict[int, list[Absence]]
    versions: dict[int, PointVersion]
    held: dict[int, list[tuple[int, date | None]]]
    results: dict[tuple[int, int, str], dict[str, Any]]
    claims: dict[int, list[formula.ClaimInput]]
    adjustments: dict[int, list[Adjustment]]
    department_scores: dict[int, Decimal]
    _rules: dict[int, Rule] = field(default_factory=dict)
    _nodes: dict[int, list[Node]] = field(default_factory=dict)
    _linkages: dict[int, formula.LinkageInput | None] = field(default_factory=dict)
    _moments: dict[datetime | None, str] = field(default_factory=dict)
    _common: list[PointVersion] = field(default_factory=list)

    def __post_init__(self) -> None:
        for point_id, version in self.versions.items():
            self._rules[point_id] = rule_of(version)
            due = nodes_of(version, self.quarter.code, self.calendar)
            self._nodes[point_id] = [node for node in due if self.as_of is None or node.due < self.as_of]
        self._common = sorted(
            (version for version in self.versions.values() if version.point.library == Library.COMMON),
            key=lambda version: version.point.code,
        )

    def person(self, employee: Employee, scheme: formula.SchemeValues) -> ScoredPerson:
        department_id, category_id = self._place(employee)
        adjustments = self.adjustments.get(employee.pk, [])
        share = self._share(employee)
        inputs = formula.EmployeeInput(
            number=employee.number,
            name=employee.name,
            items=tuple(self._items(employee)),
            claims=tuple(self.claims.get(employee.pk, ())),
            adjustments=tuple(
                formula.AdjustmentInput(
                    one.day, one.kind == Adjustment.Kind.PLUS, one.points, one.matter, one.disciplinary, str(one.pk)
                )
                for one in adjustments
            ),
            linkage=self._linkage(department_id),
        )
        snapshot = formula.to_json(inputs) | {
            "in_post_share": str(share),
            "bases": {str(one.pk): one.basis for one in adjustments},
        }
        return ScoredPerson(
            employee.pk,
            department_id,
            category_id,
            formula.score_employee(inputs, scheme),
            self._reason(employee, share, scheme),
            snapshot,
            _digest(snapshot),
        )

    def _place(self, employee: Employee) -> tuple[int, int]:
        """Department and category of the quarter's last day, or of the last day of employment (scoring.md §4)."""
        last = self.quarter.period.last_day
        placed = standing(employee, self.placements.get(employee.pk, ()), last)
        return placed.department_id, placed.category_id

    def _share(self, employee: Employee) -> Fraction:
        period = self.quarter.period
        return formula.in_post_share(
            self.calendar,
            period.first_day,
            period.last_day,
            joined=employee.joined_on,
            left=employee.left_on,
            absences=[
                (absence.starts_on, absence.ends_on)
                for absence in self.absences.get(employee.pk, ())
                if absence.leaves_post
            ],
        )

    def _reason(self, employee: Employee, share: Fraction, scheme: formula.SchemeValues) -> str:
        last = self.quarter.period.last_day
        held = {
            absence.kind
            for absence in self.absences.get(employee.pk, ())
            if formula.covers(absence.starts_on, absence.ends_on, last)
        }
        reasons = formula.unranked_reasons(
            share,
            scheme,
            probation=Absence.Kind.PROBATION in held,
            investigation=Absence.Kind.INVESTIGATION in held,
        )
        return reasons[0] if reasons else ""

    def _items(self, employee: Employee) -> Iterable[formula.ItemInput]:
        for version in self._common:
            yield self._item(employee, version, None)
        taken = [
            (self.versions[point_id], taken_on)
            for point_id, taken_on in self.held.get(employee.pk, ())
            if point_id in self.versions and self.versions[point_id].point.library == Library.INDIVIDUAL
        ]
        for version, taken_on in sorted(taken, key=lambda pair: pair[0].point.code):
            yield self._item(employee, version, taken_on)

    def _item(self, employee: Employee, version: PointVersion, taken_on: date | None) -> formula.ItemInput:
        point_id = version.point_id
        found = held_nodes(self._nodes[point_id], joined=employee.joined_on, left=employee.left_on, taken_on=taken_on)
        return formula.ItemInput(
            code=version.point.code,
            name=version.name,
            library=version.point.library,
            full=version.full,
            rule=self._rules[point_id],
            nodes=tuple(self._node(employee.pk, point_id, node) for node in found),
            version=version.number,
            ref=str(point_id),
        )

    def _node(self, employee_id: int, point_id: int, node: Node) -> formula.NodeInput:
        row = self.results.get((employee_id, point_id, node.period))
        if row is None:
            return formula.NodeInput(node.period, node.due)
        if row["state"] != Result.State.CONFIRMED:  # only confirmed results count (domain.md, Results)
            return formula.NodeInput(node.period, node.due, ref=str(row["id"]), trace={"state": row["state"]})
        return formula.NodeInput(
            node.period,
            node.due,
            value=row["value"],
            tier=row["tier"],
            target=row["target"],
            exempt=row["exempt"],
            ref=str(row["id"]),
            trace=self._trace(row),
        )

    def _trace(self, row: dict[str, Any]) -> dict[str, str]:
        """Who entered, reviewed and confirmed a result, and when, as an explanation shows it."""
        trace = {}
        for step in ("entered", "reviewed", "confirmed"):
            person, at = row[f"{step}_by_id"], row[f"{step}_at"]
            if person is not None:
                trace[f"{step}_by"] = self.names.get(person, "")
            if at is not None:
                trace[f"{step}_at"] = self._moment(at)
        if row["note"]:
            trace["note"] = row["note"]
        return trace

    def _moment(self, at: datetime) -> str:
        text = self._moments.get(at)
        if text is None:
            text = self._moments[at] = f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
        return text

    def _linkage(self, department_id: int) -> formula.LinkageInput | None:
        if department_id not in self._linkages:
            self._linkages[department_id] = formula.LinkageInput.of(self.department_scores, department_id)
        return self._linkages[department_id]


def _digest(snapshot: dict[str, Any]) -> str:
    return hashlib.sha256(
        json.dumps(snapshot, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()


def gather(quarter: Quarter, *, as_of: date | None, only: Employee | None = None) -> Gathered:
    bureau, period = quarter.bureau, quarter.period
    everyone = list(Employee.objects.filter(bureau=bureau).order_by("number").defer("password"))
    employees = [
        person
        for person in everyone
        if (only is None or person.pk == only.pk)
        and formula.employed_in(period.first_day, period.last_day, person.joined_on, person.left_on)
    ]
    of_whom = {"employee__bureau": bureau} if only is None else {"employee": only}
    whose = {} if only is None else {"employee": only}

    placements: dict[int, list[Placement]] = defaultdict(list)
    for placement in Placement.objects.filter(**of_whom).order_by("employee_id", "effective_from"):
        placements[placement.employee_id].append(placement)
    absences: dict[int, list[Absence]] = defaultdict(list)
    for absence in Absence.objects.filter(**of_whom).touching(period.first_day, period.last_day):
        absences[absence.employee_id].append(absence)
    held: dict[int, list[tuple[int, date | None]]] = defaultdict(list)
    items = Item.objects.filter(quarter=quarter, **whose).order_by()
    for employee_id, point_id, taken_on in items.values_list("employee_id", "point_id", "taken_on"):
        held[employee_id].append((point_id, taken_on))
    adjustments: dict[int, list[Adjustment]] = defaultdict(list)
    counted = Adjustment.objects.filter(quarter=quarter, state=Adjustment.State.COUNTED, **whose)
    for adjustment in counted.order_by("day", "kind", "matter"):
        adjustments[adjustment.employee_id].append(adjustment)
    results = Result.objects.filter(quarter=quarter, **whose).order_by()

    return Gathered(
        quarter=quarter,
        as_of=as_of,
        calendar=work_calendar(),
        employees=employees,
        names={person.pk: str(person) for person in everyone},
        categories=dict(RankCategory.objects.filter(bureau=bureau).values_list("id", "name")),
        placements=placements,
        absences=absences,
        versions={version.point_id: version for version in points_in_force(bureau, quarter.code)},
        held=held,
        results={(row["employee_id"], row["point_id"], row["period"]): row for row in results.values(*_RESULT_COLUMNS)},
        claims=_accepted_claims(quarter),
        adjustments=adjustments,
        department_scores=dict(DepartmentScore.objects.filter(quarter=quarter).values_list("department_id", "score")),
    )


def _accepted_claims(quarter: Quarter) -> dict[int, list[formula.ClaimInput]]:
    """Accepted claims on the quarter's tasks, whenever accepted, by employee in the order of task numbers."""
    rows = list(
        Claim.objects.filter(task__quarter=quarter, outcome=Claim.Outcome.ACCEPTED)
        .select_related("task")
        .order_by("task__number", "employee_id")
    )
    accepted = Counter(claim.task_id for claim in rows)
    assistants = Counter(claim.task_id for claim in rows if claim.part == Claim.Part.ASSISTANT)
    claims: dict[int, list[formula.ClaimInput]] = defaultdict(list)
    for claim in rows:
        task = claim.task
        claims[claim.employee_id].append(
            formula.ClaimInput(
                task_code=task.number,
                task_name=task.name,
                base=task.base,
                difficulty=task.difficulty,
                sharing=task.sharing,
                quality=claim.quality,
                part=claim.part,
                accepted_claims=accepted[task.pk],
                accepted_assistants=assistants[task.pk],
                ref=str(claim.pk),
            )
        )
    return claims
