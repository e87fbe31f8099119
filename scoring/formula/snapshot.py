"""The snapshot that every stored score keeps: the inputs as JSON, written so that the same inputs are the same text.

Rows are lists in the order of the dataclasses' fields. The text is that of `json.dumps` with sorted keys and without
spaces; its SHA-256 tells whether the inputs of a stored score have changed. It is put together from pieces, because the
engine meets most of them thousands of times over: a point, a node, an input, an act.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

from indicators.rules import Rule, parse_rule
from scoring.formula.inputs import AdjustmentInput, ClaimInput, EmployeeInput, ItemInput, LinkageInput, NodeInput

SNAPSHOT_FORMAT = 1

_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def _plain(value: object) -> object:
    """A value as JSON has it: numbers as texts with all their digits, days in ISO form."""
    return str(value) if isinstance(value, Decimal) else value.isoformat() if isinstance(value, date) else value


def value_text(text: str) -> str:
    """A text as it stands in the snapshot."""
    return encode_basestring(text)


def pair_text(name: str, text: str) -> str:
    """One pair of a trace."""
    return f'"{name}":{encode_basestring(text)}'


def row_text(*values: object) -> str:
    """Some values as they stand in a list of the snapshot."""
    return _encode([_plain(value) for value in values])


def _within(*values: object) -> str:
    return row_text(*values)[1:-1]


def item_frame(item: ItemInput) -> tuple[str, str]:
    """What stands before and behind an item's nodes; the same for everybody who holds the point."""
    head = _within(item.code, item.name, item.library, item.full, [item.rule.method, str(item.rule)])
    return f"[{head},[", f"],{_within(item.version, item.ref)}]"


def node_head(period: str, due: date | None) -> str:
    """What stands before a node's input."""
    return f"[{_within(period, due)},"


def given_text(value: Decimal | None, tier: str, target: Decimal | None, exempt: bool) -> str:
    """What was entered for a node."""
    return f"{_digits(value)},{encode_basestring(tier)},{_digits(target)},{'true' if exempt else 'false'},"


def _digits(value: Decimal | None) -> str:
    return "null" if value is None else f'"{value}"'


NOTHING_GIVEN = given_text(None, "", None, False)


def node_text(head: str, given: str, ref: object, trace: str = "") -> str:
    """One node: its head, what was given, the id of the result, and the pairs of its trace in their order."""
    return f'{head}{given}"{ref}",{{{trace}}}]'


def trace_text(trace: Mapping[str, str]) -> str:
    """The pairs of a trace, or some of them that follow each other, by name."""
    return _encode(dict(trace))[1:-1]


def claim_text(claim: ClaimInput) -> str:
    return row_text(
        claim.task_code, claim.task_name, claim.base, claim.difficulty, claim.sharing, claim.quality, claim.part,
        claim.accepted_claims, claim.accepted_assistants, claim.ref,
    )  # fmt: skip


def adjustment_text(one: AdjustmentInput) -> str:
    return row_text(one.day, one.plus, one.points, one.matter, one.disciplinary, one.ref)


def linkage_text(linkage: LinkageInput | None) -> str:
    return row_text(linkage.score, linkage.total, linkage.count) if linkage else "null"


def snapshot_text(
    *,
    number: str,
    name: str,
    items: Iterable[str],
    claims: Iterable[str] = (),
    adjustments: Iterable[str] = (),
    linkage: str = "null",
    in_post_share: str = "",
    bases: Mapping[str, str] | None = None,
) -> str:
    """The whole from its pieces. The share and the bases of the adjustments enter no figure; they are kept to be shown."""
    share = f'"in_post_share":"{in_post_share}",' if in_post_share else ""
    shown = "" if bases is None else f'"bases":{_encode(dict(bases))},'
    return (
        f'{{"adjustments":[{",".join(adjustments)}],{shown}"claims":[{",".join(claims)}],"format":{SNAPSHOT_FORMAT},'
        f'{share}"items":[{",".join(items)}],"linkage":{linkage},"name":{value_text(name)},"number":{value_text(number)}}}'
    )


def to_text(inputs: EmployeeInput) -> str:
    """The snapshot of an employee's inputs."""
    return snapshot_text(
        number=inputs.number,
        name=inputs.name,
        items=map(_item_text, inputs.items),
        claims=map(claim_text, inputs.claims),
        adjustments=map(adjustment_text, inputs.adjustments),
        linkage=linkage_text(inputs.linkage),
    )


def _item_text(item: ItemInput) -> str:
    before, behind = item_frame(item)
    return before + ",".join(map(_node_text, item.nodes)) + behind


def _node_text(node: NodeInput) -> str:
    given = given_text(node.value, node.tier, node.target, node.exempt)
    return node_text(node_head(node.period, node.due), given, node.ref, trace_text(node.trace))


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


@lru_cache(maxsize=4096)
def _rule(method: str, text: str) -> Rule:
    return parse_rule(method, text)


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
