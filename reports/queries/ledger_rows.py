"""The rows of a ledger in words: what the page, the print and the workbook show of each node, the same for all three."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common.components import Clock
from common.exact import format2, from_hundredths
from indicators.models import PointVersion, Result
from indicators.queries.holdings import input_text, period_label
from indicators.queries.library import point_url
from reports.queries.ledger import GROUPS, STATES, Entry, Ledger, State, Sums

CHUNK = 1000
"""So many results are read at once for the workbook."""
OPEN = (State.AHEAD, State.REPORT, State.OVERDUE)


@dataclass(frozen=True, slots=True)
class Row:
    """One node as it is shown; `again` where it is of the same person and point as the row above."""

    number: str
    name: str
    department: str
    library: str
    key_work: str
    code: str
    point: str
    url: str
    standard: str
    machine: bool
    node: str
    due: date
    due_text: str
    state: State
    state_label: str
    clock: Clock | None
    entered: str
    points: str
    full: str
    earned: str
    lost: str
    loses: bool
    again: bool
    by: str
    result_url: str
    evidence: int


@dataclass(frozen=True, slots=True)
class Block:
    """A run of rows of one group; `continued` where the group began on an earlier page."""

    label: str
    sums: Sums
    continued: bool
    rows: list[Row]


def blocks(ledger: Ledger, start: int, stop: int) -> list[Block]:
    """The rows from `start` to `stop` under the headings of their groups."""
    shown = ledger.entries[start:stop]
    before = ledger.key(ledger.entries[start - 1]) if start else None
    found: list[tuple[tuple[object, ...], Block]] = []
    for entry, row in zip(shown, rows_of(ledger, shown), strict=True):
        key = ledger.key(entry)
        if not found or found[-1][0] != key:
            label = GROUPS[ledger.choice.group].heading(entry)
            found.append((key, Block(label, ledger.groups[key], continued=key == before and not found, rows=[])))
        found[-1][1].rows.append(row)
    return [block for _key, block in found]


def rows_of(ledger: Ledger, entries: Sequence[Entry]) -> Iterator[Row]:
    """The entries in words; two queries for every thousand."""
    for start in range(0, len(entries), CHUNK):
        chunk = entries[start : start + CHUNK]
        results = _results([entry.result.pk for entry in chunk if entry.result])
        for above, entry in zip([None, *chunk], chunk, strict=False):
            again = above is not None and above.person is entry.person and above.version is entry.version
            yield _row(ledger, entry, results.get(entry.result.pk) if entry.result else None, again)


def _results(keys: Sequence[int]) -> dict[int, Result]:
    """What was entered by whom; many results have no evidence at all, hence the counting in the same query."""
    rows = Result.objects.filter(pk__in=keys).annotate(pieces=Count("evidence")).order_by()
    return {row.pk: row for row in rows.select_related("entered_by")}


def _row(ledger: Ledger, entry: Entry, result: Result | None, again: bool) -> Row:
    version, person = entry.version, entry.person
    waits = entry.state in OPEN and not ledger.quarter.is_settled
    return Row(
        number=person.number,
        name=person.name,
        department=person.department.name,
        library=str(version.point.get_library_display()),
        key_work=version.key_work.name,
        code=version.point.code,
        point=version.name,
        url=point_url(version.point),
        standard=version.standard,
        machine=version.source == PointVersion.Source.MACHINE,
        node=period_label(entry.period),
        due=entry.due,
        due_text=date_format(entry.due, _("n月j日")),
        state=entry.state,
        state_label=str(STATES[entry.state]),
        clock=Clock.until(entry.due, ledger.today, ledger.calendar) if waits else None,
        entered=input_text(result) if result else "",
        points=_figure(entry.points),
        full=format2(version.full),
        earned=_figure(entry.earned),
        lost=_figure(None if entry.full is None else entry.lost),
        loses=entry.lost > 0,
        again=again,
        by=(result.entered_by.name if result.entered_by else result.origin or _("系统")) if result else "",
        result_url=reverse("indicators:result", args=[result.pk]) if result else "",
        evidence=getattr(result, "pieces", 0),
    )


def _figure(value: int | None) -> str:
    return "–" if value is None else str(from_hundredths(value))
