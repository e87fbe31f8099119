"""What several pages of the market need: the reader, a task or claim that they may see, the time that is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.exact import format2, plain
from organization.models import Employee
from tasks_market.models import Claim, Task

SOON, NEARLY = timedelta(days=1), timedelta(hours=1)
DAY, HOUR, MINUTE = 86_400, 3_600, 60


@dataclass(frozen=True, slots=True)
class Countdown:
    """How long until a moment, to the minute, with the colours of the clock (screens.md "The clock")."""

    at: datetime
    sentence: str
    tone: str

    @classmethod
    def until(cls, at: datetime, now: datetime, *, past: str) -> Countdown:
        """`past` is said once the moment is over."""
        if at <= now:
            return cls(at, past, "done")
        left = at - now
        tone = "bad" if left < NEARLY else "risk" if left < SOON else "ahead"
        return cls(at, _("剩 %s") % spoken_span(left), tone)


def spoken_span(span: timedelta) -> str:
    """A span in its two largest units: 2 天 3 小时, 5 小时 20 分, 12 分钟."""
    seconds = int(span.total_seconds())
    days, hours, minutes = seconds // DAY, seconds % DAY // HOUR, seconds % HOUR // MINUTE
    if days:
        return ngettext("%(days)d 天 %(hours)d 小时", "%(days)d 天 %(hours)d 小时", days) % {
            "days": days,
            "hours": hours,
        }
    if hours:
        return _("%(hours)d 小时 %(minutes)d 分") % {"hours": hours, "minutes": minutes}
    if minutes:
        return ngettext("%d 分钟", "%d 分钟", minutes) % minutes
    return _("不足 1 分钟")


def overdue_by(due: datetime, now: datetime) -> str:
    """How long a deadline has passed."""
    return _("逾期 %s") % spoken_span(now - due)


def deadline(claim: Claim, now: datetime) -> Countdown:
    """The clock of an unfinished claim; in grey what has been handed in or is finished."""
    due = claim.deadline
    if claim.state not in (Claim.State.HELD, Claim.State.STARTED):
        return Countdown(due, _("逾期交付") if claim.late else claim.get_state_display(), "done")
    if due < now:
        return Countdown(due, overdue_by(due, now), "bad")
    return Countdown.until(due, now, past="")


def reader(request: HttpRequest) -> Employee:
    """The signed-in employee; the middleware lets nobody else in."""
    assert isinstance(request.user, Employee)
    return request.user


def this_moment() -> datetime:
    """The clock that windows and deadlines are measured by."""
    return timezone.now()


def task_seen(request: HttpRequest, number: str) -> Task:
    """The task of that number, 404 for what the reader may not see."""
    rows = Task.objects.visible_to(reader(request)).select_related(
        "bureau", "quarter", "department__deputy", "post", "point", "drafted_by", "posted_by"
    )
    return get_object_or_404(rows, number=number)


def claim_seen(request: HttpRequest, pk: int) -> Claim:
    """The claim, 404 for one of a task that the reader may not see."""
    rows = Claim.objects.filter(task__in=Task.objects.visible_to(reader(request))).select_related(
        "bureau", "employee", "task__bureau", "task__quarter", "task__department"
    )
    return get_object_or_404(rows, pk=pk)


def spoken_working(
    task: Task, coefficient: Decimal, quality: Decimal | None, share: Fraction, points: Decimal, part: str = ""
) -> str:
    """The arithmetic of a claim as one reads it aloud (scoring.md §3): 基础分 2 × 难度高 1.5 × 质量 1 = 3.00."""
    working = _("基础分 %(base)s × 难度%(difficulty)s %(coefficient)s × 质量 %(quality)s") % {
        "base": plain(task.base),
        "difficulty": task.get_difficulty_display(),
        "coefficient": plain(coefficient),
        "quality": "1" if quality is None else plain(quality),
    }
    if task.sharing != Task.Sharing.EACH:
        name = part or task.get_sharing_display()
        working += _(" × %(part)s份额 %(share)s") % {"part": name, "share": _spoken_share(share)}
    return f"{working} = {format2(points)}"


def _spoken_share(share: Fraction) -> str:
    """A share as people write it: 0.8 where two decimals say it all, else 1/3."""
    hundredths = share * 100
    return plain(Decimal(hundredths.numerator) / 100) if hundredths.denominator == 1 else str(share)


def remark_on(task: Task) -> str:
    """What the points of a place not yet accepted suppose."""
    match Task.Sharing(task.sharing):
        case Task.Sharing.SPLIT:
            return _("按质量系数 1、%d 人都通过估算；通过的人少，每人分得多。") % task.places
        case Task.Sharing.LEAD:
            return _("先抢的人主办，其余协办；按质量系数 1、全部通过估算。")
        case _each:
            return _("按质量系数 1 估算，验收时评定 0 至 1.2。")
