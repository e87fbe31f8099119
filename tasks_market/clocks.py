"""How long until a window closes or a deadline passes, in words: the market counts to the minute, not in working days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tasks_market.models import Claim

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
