"""我的任务: what is open first, with its clock; then what was finished, summed up as the score counts it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from indicators.queries import open_task_limit, working_quarter
from organization.models import Employee
from tasks_market.clocks import Countdown, deadline
from tasks_market.models import Claim
from tasks_market.queries.board import Earned, MyClaim, SchemeBook, my_claims
from tasks_market.views.shared import reader, spoken_working, this_moment


@dataclass(frozen=True, slots=True)
class Line:
    """A claim with its clock and the working of its points."""

    mine: MyClaim
    clock: Countdown
    working: str

    @property
    def claim(self) -> Claim:
        return self.mine.claim


@dataclass(frozen=True, slots=True)
class QuarterSum:
    """The finished claims of one quarter, adding up to what the competitive part counts."""

    code: str
    lines: Sequence[Line]
    earned: Earned


def open_lines(rows: Iterable[MyClaim], now: datetime) -> list[Line]:
    """What is still to be done, the next deadline first."""
    lines = [_line(row, now) for row in rows if row.claim.state in Claim.OPEN]
    return sorted(lines, key=lambda line: line.claim.deadline)


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """我的任务."""
    user, now = reader(request), this_moment()
    rows = my_claims(user, now=now)
    unfinished = open_lines(rows, now)
    finished = [_line(row, now) for row in rows if row.claim.state not in Claim.OPEN]
    quarter = working_quarter(user.bureau)
    return render(
        request,
        "tasks_market/mine.html",
        {
            "unfinished": unfinished,
            "sums": _sums(user, finished),
            "heading": _heading(unfinished),
            "limit": open_task_limit(user.bureau, quarter.code) if quarter else 0,
        },
    )


def _heading(unfinished: Sequence[Line]) -> str:
    if not unfinished:
        return _("手上没有未办结的任务")
    late = sum(line.mine.overdue for line in unfinished)
    count = len(unfinished)
    if late:
        return _("手上 %(count)d 项任务，%(late)d 项已经逾期") % {"count": count, "late": late}
    return ngettext("手上有 %d 项任务要办", "手上有 %d 项任务要办", count) % count


def _line(row: MyClaim, now: datetime) -> Line:
    working, claim = row.working, row.claim
    part = str(claim.get_part_display()) if claim.part else ""
    said = spoken_working(claim.task, working.coefficient, working.quality, working.share, working.points, part)
    return Line(row, deadline(claim, now), said)


def _sums(user: Employee, lines: list[Line]) -> list[QuarterSum]:
    book = SchemeBook(user.bureau)
    ordered = sorted(lines, key=_quarter_of, reverse=True)
    sums = []
    for code, group in groupby(ordered, key=_quarter_of):
        of_quarter = list(group)
        accepted = (line.mine.working.points for line in of_quarter if line.claim.state == Claim.State.ACCEPTED)
        total = sum(accepted, Decimal("0.00"))
        sums.append(QuarterSum(code, of_quarter, Earned(total, book.of(code).competitive_cap)))
    return sums


def _quarter_of(line: Line) -> str:
    return line.claim.task.quarter.code
