"""The snapshot that every stored score keeps: what the formula was given, as JSON; the same inputs are the same text.

A snapshot holds what is the person's own. A point with its rule and its nodes is the same for everybody who holds it, so
that a run keeps it once (its *frame*), under a key made of its content: a changed rule, name or day is another key.

    {"format": 2, "items": [[key, node, …], …], "people": {"7": "王芳（900）", …}, "claims": …, "adjustments": …, …}

An item answers the nodes of its frame in their order: null for one that the person does not answer for, "" for one without
a result, `id|state` for a result that is not confirmed. A confirmed one is

    id|by|at|by|at|by|at|value|target|x|tier

who entered, reviewed and confirmed it and when, as `people` names them, then what was entered; `x` says exempt. With a note
it is a list of that text and the note.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from scoring.formula import first_format
from scoring.formula.inputs import AdjustmentInput, ClaimInput, EmployeeInput, ItemInput, LinkageInput, NodeInput
from scoring.formula.shared_rows import adjustment_row, claim_row, decimal_of, linkage_row, personal, plain_row, rule_of

FORMAT = 2

Frames = Mapping[str, ItemInput]
"""Points by their keys, as items whose nodes are not answered."""

_DIGEST_MARK = "2:"
_DIGEST_LENGTH = 64
_KEY_LENGTH = 16
_STEPS = ("entered", "reviewed", "confirmed")

_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def frame_row(frame: ItemInput) -> list[Any]:
    """A point as a run keeps it."""
    rule, nodes = [frame.rule.method, str(frame.rule)], [plain_row(node.period, node.due) for node in frame.nodes]
    return plain_row(frame.code, frame.name, frame.library, frame.full, rule, frame.version, frame.ref, nodes)


def frame_key(row: Sequence[Any]) -> str:
    """The key of a point: other content, other key."""
    return hashlib.sha256(_encode(row).encode()).hexdigest()[:_KEY_LENGTH]


def frames_of(rows: Mapping[str, Sequence[Any]]) -> Frames:
    """The points that a run keeps."""
    return {key: _frame_of(*row) for key, row in rows.items()}


def _frame_of(
    code: str, name: str, library: str, full: str, rule: Sequence[str], version: int, ref: str, nodes: Iterable[Any]
) -> ItemInput:
    blank = tuple(NodeInput(period, None if due is None else date.fromisoformat(due)) for period, due in nodes)
    return ItemInput(code, name, library, Decimal(full), rule_of(*rule), blank, version, ref)


def given_text(value: Decimal | None, target: Decimal | None, exempt: bool, tier: str) -> str:
    """What was entered for a node, as it ends its text."""
    return f"|{'' if value is None else value}|{'' if target is None else target}|{'x' if exempt else ''}|{tier}"


def snapshot_text(
    *,
    number: str,
    name: str,
    items: Sequence[Sequence[Any]],
    people: Mapping[str, str],
    claims: Iterable[ClaimInput],
    adjustments: Iterable[AdjustmentInput],
    linkage: LinkageInput | None,
    in_post_share: str,
    bases: Mapping[str, str],
) -> str:
    """The whole. The share and the bases of the adjustments enter no figure; they are kept to be shown."""
    return _encode(
        {
            "format": FORMAT,
            "number": number,
            "name": name,
            "items": items,
            "people": people,
            "claims": [claim_row(claim) for claim in claims],
            "adjustments": [adjustment_row(one) for one in adjustments],
            "linkage": linkage_row(linkage),
            "in_post_share": in_post_share,
            "bases": bases,
        }
    )


def digest_of(text: str) -> str:
    """What tells whether the inputs of a stored score have changed: SHA-256, as much of it as goes behind its mark."""
    return (_DIGEST_MARK + hashlib.sha256(text.encode()).hexdigest())[:_DIGEST_LENGTH]


def is_first_digest(digest: str) -> bool:
    """Whether a digest is of a snapshot of the first format."""
    return bool(digest) and not digest.startswith(_DIGEST_MARK)


def names_frames(data: Mapping[str, Any]) -> bool:
    """Whether a snapshot needs the points of its run to be read."""
    return data.get("format") == FORMAT


def frame_keys(data: Mapping[str, Any]) -> list[str]:
    """The keys of the points that a snapshot names."""
    return [key for key, *_nodes in data["items"]] if names_frames(data) else []


def from_json(data: Mapping[str, Any], frames: Frames | None = None) -> EmployeeInput:
    """The inputs of a snapshot of any format; `frames` are the points of its run, which the first format does not need.

    Raises ValueError for a format that this version does not know.
    """
    if data.get("format") == first_format.FORMAT:
        return first_format.from_json(data)
    if data.get("format") != FORMAT:
        raise ValueError(f"unknown snapshot format {data.get('format')!r}")
    people = data["people"]
    items = tuple(_item_of((frames or {})[key], nodes, people) for key, *nodes in data["items"])
    return EmployeeInput(items=items, **personal(data))


def _item_of(frame: ItemInput, nodes: Sequence[Any], people: Mapping[str, str]) -> ItemInput:
    answered = zip(frame.nodes, nodes, strict=True)
    return replace(frame, nodes=tuple(_node_of(blank, kept, people) for blank, kept in answered if kept is not None))


def _node_of(blank: NodeInput, kept: str | Sequence[str], people: Mapping[str, str]) -> NodeInput:
    text, note = (kept, "") if isinstance(kept, str) else kept
    if not text:
        return blank
    ref, *fields = text.split("|", 10)
    if len(fields) == 1:
        return replace(blank, ref=ref, trace={"state": fields[0]})
    value, target, exempt, tier = fields[6:]
    trace = _trace_of(fields[:6], people) | ({"note": note} if note else {})
    return replace(
        blank,
        value=decimal_of(value),
        tier=tier,
        target=decimal_of(target),
        exempt=exempt == "x",
        ref=ref,
        trace=trace,
    )


def _trace_of(acts: Sequence[str], people: Mapping[str, str]) -> dict[str, str]:
    trace = {}
    for step, by, at in zip(_STEPS, acts[::2], acts[1::2], strict=True):
        if by:
            trace[f"{step}_by"] = people[by]
        if at:
            trace[f"{step}_at"] = at
    return trace
