"""What a score's sheet says besides its figures: what stands behind its lines, and who stands before and after."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from common.components import month_label
from organization.models import Employee
from scoring.models import Score
from scoring.queries.appeals import line_key
from scoring.queries.explanations import ExplainedLine, Explanation
from scoring.queries.provenance import Behind, Provenance


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The persons before and after this one in the ranking, as far as the reader may open their sheets."""

    before: Score | None
    after: Score | None


def neighbours(score: Score, user: Employee) -> Neighbours:
    """Who stands next to the score in its run, ranked ones first as in the report, among those open to the reader."""
    opened = Score.objects.filter(run_id=score.run_id).explained_to(user)
    ordered = sorted(
        opened.values_list("bureau_rank", "number", "id", "name"), key=lambda row: (row[0] is None, row[0] or 0, row[1])
    )
    places = [row[2] for row in ordered]
    if score.pk not in places:
        return Neighbours(None, None)
    place = places.index(score.pk)

    def at(position: int) -> Score | None:
        if not 0 <= position < len(ordered):
            return None
        rank, number, pk, name = ordered[position]
        return Score(pk=pk, name=name, number=number, bureau_rank=rank)

    return Neighbours(at(place - 1), at(place + 1))


@dataclass(frozen=True, slots=True)
class NodeLine:
    """A node as it was scored: how its points came about, and who entered, reviewed and confirmed its input.

    `appeal` names the line in the address of an appeal about it; empty where the row's own name does.
    """

    period: str
    detail: str
    figure: str
    mark: str
    tone: str
    note: str
    behind: Behind
    appeal: str


@dataclass(frozen=True, slots=True)
class RowLine:
    """An item, a claim, a plus or minus, or a cut at a cap; `running` is the sum down to this line."""

    anchor: str
    url: str
    label: str
    detail: str
    basis: str
    full: str
    figure: str
    running: str
    missing: bool
    unconfirmed: bool
    nodes: tuple[NodeLine, ...]
    behind: Behind
    appeal: str


@dataclass(frozen=True, slots=True)
class Part:
    """A component with its lines and what they add up to; `idle` names the items without a node so far."""

    key: str
    label: str
    detail: str
    figure: str
    running: str
    rows: tuple[RowLine, ...]
    idle: tuple[str, ...]
    earned: str
    full: str


def parts(explained: Explanation, found: Provenance) -> list[Part]:
    """The components of a score as the page sets them out, each line with what stands behind it."""
    year = explained.score.quarter.period.year
    return [_part(line, year, found) for line in explained.parts]


def assessed_rows(explained: Explanation, found: Provenance, points: Collection[int]) -> list[RowLine]:
    """The lines about these points alone, as their assessing department sees them."""
    year = explained.score.quarter.period.year
    items = (row for part in explained.parts for row in part.children if row.point_id in points)
    return [_row(row, year, found) for row in items]


def _part(line: ExplainedLine, year: int, found: Provenance) -> Part:
    counting = [row for row in line.children if row.full and row.amount is not None]
    earned = sum((row.amount for row in counting if row.amount is not None), Decimal("0.00"))
    full = sum((Decimal(row.full) for row in counting), Decimal("0.00"))
    return Part(
        key=line.key or line.kind,
        label=line.label,
        detail=line.detail,
        figure=line.figure,
        running=line.running,
        rows=tuple(_row(row, year, found) for row in line.children if row.kind != "item" or row.children),
        idle=tuple(row.label for row in line.children if row.kind == "item" and not row.children),
        earned=str(earned) if counting else "",
        full=str(full) if counting else "",
    )


def _row(line: ExplainedLine, year: int, found: Provenance) -> RowLine:
    code = line.label.partition(" ")[0]
    known = line.point_id is not None and "/" not in code
    return RowLine(
        anchor=f"p{line.point_id}" if line.point_id else "",
        url=reverse("tasks_market:task", args=[code])
        if line.claim_id
        else reverse("indicators:point", args=[year, code])
        if known
        else "",
        label=line.label,
        detail=line.detail,
        basis=line.basis,
        full=line.full,
        figure=line.figure,
        running=line.running,
        missing=line.is_unreported,
        unconfirmed=line.missing and not line.is_unreported,
        nodes=tuple(_node(node, line, found) for node in line.children),
        behind=found.of(line),
        appeal=line_key(line),
    )


def _node(line: ExplainedLine, item: ExplainedLine, found: Provenance) -> NodeLine:
    mark, tone, detail = "", "", line.detail
    if line.missing and (state := line.trace.get("state", "")):
        mark, tone, detail = state, "risk", _("已填报，没有确认，暂按 0 分计")
    elif line.missing:
        mark, tone = _("漏项"), "bad"
    elif line.amount is None:
        mark, tone = _("不适用"), "plain"
    return NodeLine(
        period=spoken_period(line.label),
        detail=detail,
        figure=line.figure,
        mark=mark,
        tone=tone,
        note=line.trace.get("note", ""),
        behind=found.of(line),
        appeal=line_key(line, item) if len(item.children) > 1 else "",
    )


def spoken_period(period: str) -> str:
    """A node's period as people say it: `2023-02` → 2月, `2023Q1` → 本季."""
    return _("本季") if "Q" in period else month_label(int(period[-2:]))
