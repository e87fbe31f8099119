"""Shapes of the visual system that carry data: what a view hands to a component, without a word of HTML.

docs/interface.md shows each of them in use; the tags that draw them are in `common.templatetags.ui`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.errors import Sentence
from common.quarters import QuarterCode

RISK_FROM_WORKDAYS = 3  # screens.md "The clock": amber from three, red from one
BAD_FROM_WORKDAYS = 1


class Tone(StrEnum):
    """What a colour means; always joined by a word or a mark."""

    NEUTRAL = "neutral"
    ACCENT = "accent"
    GOOD = "good"
    RISK = "risk"
    BAD = "bad"
    PLAIN = "plain"


# States of the domain, whatever model they belong to: a word means the same on every page.
STATE_TONES: Mapping[str, Tone] = {
    "open": Tone.NEUTRAL,
    "draft": Tone.NEUTRAL,
    "waiting": Tone.NEUTRAL,
    "queued": Tone.NEUTRAL,
    "collecting": Tone.ACCENT,
    "running": Tone.ACCENT,
    "sending": Tone.ACCENT,
    "posted": Tone.ACCENT,
    "reported": Tone.ACCENT,
    "claimed": Tone.ACCENT,
    "reviewing": Tone.ACCENT,
    "asked": Tone.ACCENT,
    "publicity": Tone.ACCENT,
    "nominating": Tone.ACCENT,
    "balloting": Tone.ACCENT,
    "deciding": Tone.RISK,
    "chosen": Tone.ACCENT,
    "filed": Tone.RISK,
    "answered": Tone.ACCENT,
    "upheld": Tone.GOOD,
    "returned": Tone.RISK,
    "late": Tone.RISK,
    "previewed": Tone.RISK,
    "needs_confirmation": Tone.RISK,
    "reviewed": Tone.ACCENT,
    "confirmed": Tone.GOOD,
    "agreed": Tone.GOOD,
    "accepted": Tone.GOOD,
    "passed": Tone.GOOD,
    "published": Tone.GOOD,
    "done": Tone.GOOD,
    "sent": Tone.GOOD,
    "finished": Tone.GOOD,
    "unknown": Tone.RISK,
    "missing": Tone.BAD,
    "given_up": Tone.BAD,
    "overdue": Tone.BAD,
    "failed": Tone.BAD,
    "rejected": Tone.BAD,
    "declined": Tone.BAD,
    "refused": Tone.BAD,
    "exempt": Tone.PLAIN,
    "cancelled": Tone.PLAIN,
    "dropped": Tone.PLAIN,
    "discarded": Tone.PLAIN,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a rail. `state` is done, now, next or blocked; a blocked one says in `note` what blocks."""

    label: Sentence
    state: str
    who: str = ""
    at: date | datetime | None = None
    note: Sentence = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of a row of tabs; `count` None shows no figure."""

    label: Sentence
    url: str
    active: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a revision, as people read it."""

    label: Sentence
    before: object = ""
    after: object = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a history: who did what when, why, and what it changed."""

    what: Sentence
    who: str
    at: date | datetime
    reason: str = ""
    changes: Sequence[Change] = ()


@dataclass(frozen=True, slots=True)
class JobProgress:
    """A job as its progress bar shows it; any object with these names will do.

    `state` is queued, running, done or failed. `total` 0 means that the amount is not known yet.
    """

    label: Sentence
    state: str
    done: int = 0
    total: int = 0
    sentence: Sentence = ""
    url: str = ""
    result_url: str = ""
    result_label: Sentence = ""

    @property
    def percent(self) -> int:
        """Whole percent, 100 only when the job is done."""
        if self.state == "done":
            return 100
        return min(99, self.done * 100 // self.total) if self.total else 0


@dataclass(frozen=True, slots=True)
class TableBehind:
    """The figures of a chart as a table: the first column names the row, the others are numbers."""

    columns: Sequence[Sentence]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that waits for the reader: what, where it is done, and until when if there is a limit.

    `kind` is of use where an app has duties of two kinds; the to-do centre gives the others the kind of their source.
    """

    label: Sentence
    url: str
    due: date | None = None
    kind: str = ""


class WorkCalendar(Protocol):
    """The one question that a clock asks; `common.workdays.WorkCalendar` answers it."""

    def workdays_left(self, today: date, due: date) -> int: ...


@dataclass(frozen=True, slots=True)
class Clock:
    """How much time is left, in working days (screens.md "The clock")."""

    due: date
    sentence: str
    tone: str

    @classmethod
    def until(cls, due: date, today: date, calendar: WorkCalendar, *, done: bool = False) -> Clock:
        """The clock of a deadline as seen on `today`; `done` stops it in grey."""
        if done:
            return cls(due, _("已办结"), "done")
        left = calendar.workdays_left(today, due)
        if due < today:
            # A deadline on the eve of days off is past although no working day has gone by yet.
            late = max(-left, 1)
            return cls(due, ngettext("逾期 %(days)d 个工作日", "逾期 %(days)d 个工作日", late) % {"days": late}, "bad")
        if left == 0:
            return cls(due, _("今天截止"), "bad")
        tone = "bad" if left <= BAD_FROM_WORKDAYS else "risk" if left <= RISK_FROM_WORKDAYS else "ahead"
        return cls(due, ngettext("剩 %(days)d 个工作日", "剩 %(days)d 个工作日", left) % {"days": left}, tone)


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of the 361 bar: what it is called, what was earned of how much, where it leads."""

    key: str
    label: str
    earned: Decimal
    full: Decimal
    url: str = ""

    @property
    def lost(self) -> Decimal:
        return max(self.full - self.earned, Decimal(0))

    @property
    def share(self) -> Decimal:
        """The filled part, 0 to 1."""
        if self.full <= 0:
            return Decimal(0)
        return min(max(self.earned / self.full, Decimal(0)), Decimal(1))


@dataclass(frozen=True, slots=True)
class Bar361:
    """A score as one bar in three segments as wide as their weights (screens.md "The 361 bar")."""

    segments: Sequence[Segment] = field(default_factory=tuple)

    @classmethod
    def of(
        cls,
        common: object,
        individual: object,
        competitive: object,
        *,
        weights: Sequence[object] = (30, 60, 10),
        urls: Sequence[str] = ("", "", ""),
    ) -> Bar361:
        """Takes Decimals, whole numbers or the strings of the API; weights are those of the bureau's scheme."""
        labels = (_("共性"), _("个性"), _("竞争性"))
        keys = ("common", "individual", "competitive")
        parts = zip(keys, labels, (common, individual, competitive), weights, urls, strict=True)
        return cls(
            tuple(Segment(key, label, Decimal(str(got)), Decimal(str(of)), url) for key, label, got, of, url in parts)
        )

    @property
    def sentence(self) -> str:
        """What the bar shows, for people who do not see it."""
        return _("，").join(
            _("%(label)s %(earned)s 分（满分 %(full)s）")
            % {"label": part.label, "earned": f"{part.earned:.2f}", "full": f"{part.full.normalize():f}"}
            for part in self.segments
        )


QUARTERS_OF_A_YEAR = (gettext_lazy("一季度"), gettext_lazy("二季度"), gettext_lazy("三季度"), gettext_lazy("四季度"))


def quarter_label(code: str | QuarterCode) -> str:
    """A quarter as people say it: `2023Q1` → 2023年一季度. Raises ValueError for what is no quarter."""
    quarter = code if isinstance(code, QuarterCode) else QuarterCode.parse(code)
    return _("%(year)d年%(number)s") % {"year": quarter.year, "number": QUARTERS_OF_A_YEAR[quarter.number - 1]}


def month_label(number: int) -> str:
    """A month of the year as people say it: 3 → 3月."""
    return date_format(date(2000, number, 1), _("n月"))
