"""What a quarter is scored from, as plain values, and the snapshot of it that every stored score keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from common.exact import from_hundredths, hundredths
from indicators.rules import Rule, parse_rule

COMMON, INDIVIDUAL = "common", "individual"


@dataclass(frozen=True, slots=True)
class NodeInput:
    """One node as it was entered. `ref` names the stored result; `trace` says who entered and reviewed it, and when."""

    period: str
    due: date | None = None
    value: Decimal | None = None
    tier: str = ""
    target: Decimal | None = None
    exempt: bool = False
    ref: str = ""
    trace: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ItemInput:
    """One assessment point held in the quarter, with the rule and version by which it is scored."""

    code: str
    name: str
    library: str
    full: Decimal
    rule: Rule
    nodes: tuple[NodeInput, ...]
    version: int = 1
    ref: str = ""


@dataclass(frozen=True, slots=True)
class ClaimInput:
    """One accepted claim on a market task. The two counts are of the task's *accepted* claims and assistants."""

    task_code: str
    task_name: str
    base: Decimal
    difficulty: str
    sharing: str
    quality: Decimal | None = None
    part: str = ""
    accepted_claims: int = 1
    accepted_assistants: int = 0
    ref: str = ""


@dataclass(frozen=True, slots=True)
class AdjustmentInput:
    """One counted plus or minus of the quarter; `points` > 0, `plus` says which."""

    day: date
    plus: bool
    points: Decimal
    matter: str
    disciplinary: bool = False
    ref: str = ""


@dataclass(frozen=True, slots=True)
class LinkageInput:
    """The score of the employee's department, and sum and number of all department scores of the bureau."""

    score: Decimal
    total: Decimal
    count: int

    @classmethod
    def of(cls, scores: Mapping[Any, Decimal], department: Any) -> LinkageInput | None:
        """The linkage of one department's people; None if the department has no score."""
        if department not in scores:
            return None
        total = from_hundredths(sum(hundredths(score) for score in scores.values()))
        return cls(scores[department], total, len(scores))


@dataclass(frozen=True, slots=True)
class EmployeeInput:
    """Everything that one employee's quarter is scored from; kept with the score as its snapshot."""

    number: str
    name: str
    items: tuple[ItemInput, ...] = ()
    claims: tuple[ClaimInput, ...] = ()
    adjustments: tuple[AdjustmentInput, ...] = ()
    linkage: LinkageInput | None = None


SNAPSHOT_FORMAT = 1


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


@lru_cache(maxsize=4096)
def _rule(method: str, text: str) -> Rule:
    return parse_rule(method, text)


def to_json(inputs: EmployeeInput) -> dict[str, Any]:
    """The inputs as JSON values, compact: rows are lists in the order of the dataclasses' fields."""
    return {
        "format": SNAPSHOT_FORMAT,
        "number": inputs.number,
        "name": inputs.name,
        "items": [
            [
                item.code,
                item.name,
                item.library,
                str(item.full),
                [item.rule.method, str(item.rule)],
                [
                    [
                        node.period,
                        node.due.isoformat() if node.due else None,
                        _text(node.value),
                        node.tier,
                        _text(node.target),
                        node.exempt,
                        node.ref,
                        dict(node.trace),
                    ]
                    for node in item.nodes
                ],
                item.version,
                item.ref,
            ]
            for item in inputs.items
        ],
        "claims": [
            [_text(value) if isinstance(value, Decimal) else value for value in _values(claim)]
            for claim in inputs.claims
        ],
        "adjustments": [
            [one.day.isoformat(), one.plus, str(one.points), one.matter, one.disciplinary, one.ref]
            for one in inputs.adjustments
        ],
        "linkage": (
            [str(inputs.linkage.score), str(inputs.linkage.total), inputs.linkage.count] if inputs.linkage else None
        ),
    }


def _values(row: ClaimInput) -> list[Any]:
    return [getattr(row, one.name) for one in fields(row)]


def from_json(data: Mapping[str, Any]) -> EmployeeInput:
    """The inputs of a snapshot. Raises ValueError for a format that this version does not know."""
    if data.get("format") != SNAPSHOT_FORMAT:
        raise ValueError(f"unknown snapshot format {data.get('format')!r}")
    linkage = data["linkage"]
    return EmployeeInput(
        number=data["number"],
        name=data["name"],
        items=tuple(_item_of(row) for row in data["items"]),
        claims=tuple(_claim_of(row) for row in data["claims"]),
        adjustments=tuple(
            AdjustmentInput(date.fromisoformat(day), plus, Decimal(points), matter, disciplinary, ref)
            for day, plus, points, matter, disciplinary, ref in data["adjustments"]
        ),
        linkage=LinkageInput(Decimal(linkage[0]), Decimal(linkage[1]), linkage[2]) if linkage else None,
    )


def _item_of(row: Sequence[Any]) -> ItemInput:
    code, name, library, full, (method, text), nodes, version, ref = row
    return ItemInput(
        code,
        name,
        library,
        Decimal(full),
        _rule(method, text),
        tuple(
            NodeInput(period, _day(due), _decimal(value), tier, _decimal(target), exempt, node_ref, trace)
            for period, due, value, tier, target, exempt, node_ref, trace in nodes
        ),
        version,
        ref,
    )


def _claim_of(row: Sequence[Any]) -> ClaimInput:
    task_code, task_name, base, difficulty, sharing, quality, *rest = row
    return ClaimInput(task_code, task_name, Decimal(base), difficulty, sharing, _decimal(quality), *rest)
