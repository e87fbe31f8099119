"""Snapshots of the first format, in which each person's held everything: the points with their nodes, the acts in full.

No new ones are written, but what was stored in it stays readable for ever, and stays as it is where the inputs are still
the same: a further run of a published quarter would else change every score, and ask everybody to acknowledge it again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from scoring.formula.inputs import EmployeeInput, ItemInput, NodeInput
from scoring.formula.shared_rows import (
    adjustment_row,
    claim_row,
    decimal_of,
    linkage_row,
    personal,
    plain_row,
    rule_of,
)

FORMAT = 1

_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def to_text(inputs: EmployeeInput, *, in_post_share: str, bases: Mapping[str, str]) -> str:
    """The snapshot as it was written in this format, to the letter."""
    return _encode(
        {
            "format": FORMAT,
            "number": inputs.number,
            "name": inputs.name,
            "items": [_item_row(item) for item in inputs.items],
            "claims": [claim_row(claim) for claim in inputs.claims],
            "adjustments": [adjustment_row(one) for one in inputs.adjustments],
            "linkage": linkage_row(inputs.linkage),
            "in_post_share": in_post_share,
            "bases": dict(bases),
        }
    )


def digest_of(text: str) -> str:
    """The digest of a snapshot of this format: the plain SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()


def _item_row(item: ItemInput) -> list[Any]:
    rule, nodes = [item.rule.method, str(item.rule)], [_node_row(node) for node in item.nodes]
    return plain_row(item.code, item.name, item.library, item.full, rule, nodes, item.version, item.ref)


def _node_row(node: NodeInput) -> list[Any]:
    return plain_row(node.period, node.due, node.value, node.tier, node.target, node.exempt, node.ref, dict(node.trace))


def from_json(data: Mapping[str, Any]) -> EmployeeInput:
    """The inputs of a snapshot."""
    return EmployeeInput(items=tuple(_item_of(row) for row in data["items"]), **personal(data))


def _item_of(row: Sequence[Any]) -> ItemInput:
    code, name, library, full, (method, text), nodes, version, ref = row
    return ItemInput(
        code, name, library, Decimal(full), rule_of(method, text), tuple(map(_node_of, nodes)), version, ref
    )


def _node_of(row: Sequence[Any]) -> NodeInput:
    period, due, value, tier, target, exempt, ref, trace = row
    day = None if due is None else date.fromisoformat(due)
    return NodeInput(period, day, decimal_of(value), tier, decimal_of(target), exempt, ref, trace)
