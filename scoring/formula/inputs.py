"""What a quarter is scored from, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from common.exact import from_hundredths, hundredths
from indicators.rules import Rule

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

    @property
    def label(self) -> str:
        return f"{self.code} {self.name}"


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
