"""What the formats of the snapshot have in common: claims, adjustments and linkage as rows, in the order of the fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from indicators.rules import Rule, parse_rule
from scoring.formula.inputs import AdjustmentInput, ClaimInput, LinkageInput


def plain_row(*values: object) -> list[Any]:
    """Values as JSON has them: numbers as texts with all their digits, days in ISO form."""
    return [
        str(value) if isinstance(value, Decimal) else value.isoformat() if isinstance(value, date) else value
        for value in values
    ]


def claim_row(claim: ClaimInput) -> list[Any]:
    quality = None if claim.quality is None else str(claim.quality)
    return [
        claim.task_code, claim.task_name, str(claim.base), claim.difficulty, claim.sharing, quality, claim.part,
        claim.accepted_claims, claim.accepted_assistants, claim.ref,
    ]  # fmt: skip


def adjustment_row(one: AdjustmentInput) -> list[Any]:
    return [one.day.isoformat(), one.plus, str(one.points), one.matter, one.disciplinary, one.ref]


def linkage_row(linkage: LinkageInput | None) -> list[Any] | None:
    return [str(linkage.score), str(linkage.total), linkage.count] if linkage else None


def personal(data: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a snapshot but its items, by the names of the fields of `EmployeeInput`."""
    linkage = data["linkage"]
    return {
        "number": data["number"],
        "name": data["name"],
        "claims": tuple(_claim_of(*row) for row in data["claims"]),
        "adjustments": adjustments_of(data),
        "linkage": LinkageInput(Decimal(linkage[0]), Decimal(linkage[1]), linkage[2]) if linkage else None,
    }


def adjustments_of(data: Mapping[str, Any]) -> tuple[AdjustmentInput, ...]:
    """The pluses and minuses of a snapshot of any format."""
    return tuple(
        AdjustmentInput(date.fromisoformat(day), plus, Decimal(points), matter, disciplinary, ref)
        for day, plus, points, matter, disciplinary, ref in data["adjustments"]
    )


def _claim_of(
    code: str, name: str, base: str, difficulty: str, sharing: str, quality: str | None, *rest: Any
) -> ClaimInput:
    return ClaimInput(code, name, Decimal(base), difficulty, sharing, decimal_of(quality), *rest)


def decimal_of(text: str | None) -> Decimal | None:
    return Decimal(text) if text else None


@lru_cache(maxsize=4096)
def rule_of(method: str, text: str) -> Rule:
    return parse_rule(method, text)
