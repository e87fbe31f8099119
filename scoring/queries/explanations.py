"""A score explained: from the total down to each input, worked out again from the snapshot by the engine itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from indicators.models import PointVersion, Result
from organization.models import Employee, Role
from scoring import formula
from scoring.models import Score
from scoring.queries.snapshots import inputs_of


@dataclass(slots=True)
class ExplainedLine:
    """One line of the sheet with what lies below it.

    `figure` and `full` are texts with two decimals (`—` for what leaves the sums), `running` is the sum of the lines of
    the same level so far. `kind` is component, item, node, claim, adjustment, cap or total; the id of what stands
    behind it is in the field of that name. `trace` holds entered_by, entered_at, reviewed_by, reviewed_at,
    confirmed_by, confirmed_at, note and, for what is not confirmed yet, state.
    """

    kind: str
    label: str
    detail: str
    figure: str
    amount: Decimal | None
    running: str
    full: str = ""
    missing: bool = False
    key: str = ""
    point_id: int | None = None
    version: int = 0
    result_id: int | None = None
    claim_id: int | None = None
    adjustment_id: int | None = None
    basis: str = ""
    trace: dict[str, str] = field(default_factory=dict)
    children: list[ExplainedLine] = field(default_factory=list)

    @property
    def is_unreported(self) -> bool:
        """Of an item, as `ItemScore.is_unreported`: what was entered and waits for confirmation is not 漏项."""
        return any(node.missing and "state" not in node.trace for node in self.children)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The sheet of one score. The figures of `parts` add up to `total`; `lines` is the same flat, as the command prints."""

    score: Score
    parts: tuple[ExplainedLine, ...]
    total: ExplainedLine
    lines: tuple[formula.Line, ...]
    scored: formula.EmployeeScore

    @property
    def missing(self) -> int:
        return self.scored.missing

    @property
    def adds_up(self) -> bool:
        """Whether parts, total and the stored score say the same to the cent."""
        amounts = sum((part.amount for part in self.parts if part.amount is not None), Decimal("0.00"))
        return amounts == self.total.amount == self.score.total


_COMPONENTS = ("common", "individual", "competitive", "adjustments", "linkage")


def explanation(score: Score) -> Explanation:
    """Explains a stored score from its snapshot, under the scheme of its run (scoring.md §6).

    Asks nothing of the tables but the run and its points: neither a later revision nor a changed name alters a published
    explanation.
    """
    return explain_score(score, scored_again(inputs_of(score), score.run.scheme))


def scored_again(inputs: formula.EmployeeInput, scheme: Mapping[str, Any]) -> formula.EmployeeScore:
    """The figures of a score from what it was made from and the scheme of its run, by the engine itself."""
    return formula.score_employee(inputs, formula.SchemeValues.from_mapping(scheme))


def assessed_points(user: Employee, score: Score) -> set[int]:
    """The points that the user's department assesses in the score's quarter, if the user acts for it; else none.

    Of a score that is not theirs to see in full, its head and liaison see the lines about these points.
    """
    if score.bureau_id != user.bureau_id or not user.has_role(Role.Kind.DEPARTMENT_HEAD, Role.Kind.LIAISON):
        return set()
    versions = PointVersion.objects.in_force(score.quarter.code).filter(
        point__bureau=score.bureau_id, assessor=user.department_id
    )
    return set(versions.values_list("point_id", flat=True))


def explain_score(score: Score, scored: formula.EmployeeScore) -> Explanation:
    """The tree of a computed score; for `explanation` and for provisional scores, which have no stored row."""
    lines = tuple(formula.explain(scored))
    bases: dict[str, str] = score.inputs.get("bases", {}) if score.inputs else {}
    tops: list[ExplainedLine] = []
    path: list[ExplainedLine] = []
    for line in lines:
        del path[line.depth :]
        siblings = path[-1].children if path else tops
        explained = _explained(line, siblings, bases)
        siblings.append(explained)
        path.append(explained)
    components = [top for top in tops if top.kind == "component"]
    for key, part in zip(_COMPONENTS, components, strict=True):
        part.key = key
    return Explanation(score, tuple(tops[:-1]), tops[-1], lines, scored)


def _explained(line: formula.Line, siblings: list[ExplainedLine], bases: dict[str, str]) -> ExplainedLine:
    before = sum((one.amount for one in siblings if one.amount is not None), Decimal("0.00"))
    running = before if line.kind == "total" else before + (line.figure or Decimal(0))
    explained = ExplainedLine(
        kind=line.kind,
        label=line.label,
        detail=line.detail,
        figure=line.figure_text,
        amount=line.figure,
        running=str(running),
        full="" if line.full is None else str(line.full),
        missing=line.missing,
        trace=_trace(line),
    )
    ref = int(line.ref) if line.ref else None
    match line.kind:
        case "item":
            explained.point_id, explained.version = ref, line.version
        case "node":
            explained.result_id = ref
        case "claim":
            explained.claim_id = ref
        case "adjustment":
            explained.adjustment_id = ref
            explained.basis = bases.get(line.ref, "")
    return explained


def _trace(line: formula.Line) -> dict[str, str]:
    """The trace in the reader's language: the snapshot keeps a state as its code, so that its digest has no language."""
    state = line.trace.get("state")
    return dict(line.trace) | ({"state": str(Result.State(state).label)} if state else {})
