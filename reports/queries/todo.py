"""待办: everything that waits for a person, from all apps through one small interface, sorted by urgency (screens.md).

An app joins by a function `duties_of(asker)` in its `queries/duties.py` and a line in `SOURCES`. It yields questions to
the database that lead to duties: those of all apps are asked by one query (`common.questions`), which is composed once for
all people of the same roles. A duty is worked out from the rows whenever it is asked for: what is done is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property, lru_cache

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

import awards.queries.duties
import indicators.queries.duties
import reports.queries.duties_bulletin
import reviews.queries.duties
import scoring.queries.duties
import supervision.queries.duties
import tasks_market.queries.duties
from common.components import RISK_FROM_WORKDAYS, Duty
from common.composed import stand_in
from common.questions import Questions
from common.workdays import WorkCalendar
from indicators.queries.asked import Asked, Asker, DutyQuestion
from indicators.queries.duties import ASSESS, REPORT, own_duties
from organization.models import Employee
from organization.queries import work_calendar
from organization.somebody import ids_of, somebody

KINDS: dict[str, str | Promise] = {
    REPORT: _("填报"),
    ASSESS: _("考评"),
    "task": _("任务"),
    "score": _("得分与申诉"),
    "supervision": _("预警与督办"),
    "review": _("三晒、谈话与讲评"),
    "star": _("五星"),
    "bulletin": _("通报"),
}
SOURCES: Sequence[tuple[str, Callable[[Asker], Iterable[DutyQuestion]]]] = (
    (ASSESS, indicators.queries.duties.duties_of),
    ("task", tasks_market.queries.duties.duties_of),
    ("score", scoring.queries.duties.duties_of),
    ("supervision", supervision.queries.duties.duties_of),
    ("review", reviews.queries.duties.duties_of),
    ("star", awards.queries.duties.duties_of),
    ("bulletin", reports.queries.duties_bulletin.duties_of),
)
"""The kind of the duties, and who knows them."""


class Urgency(StrEnum):
    """How a duty stands to its day, the most urgent first."""

    OVERDUE = "overdue"
    TODAY = "today"
    SOON = "soon"
    LATER = "later"
    OPEN = "open"


LABELS: dict[Urgency, str | Promise] = {
    Urgency.OVERDUE: _("逾期"),
    Urgency.TODAY: _("今天"),
    Urgency.SOON: _("三个工作日内"),
    Urgency.LATER: _("以后"),
    Urgency.OPEN: _("无期限"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """The duties of one urgency, the nearest day first."""

    urgency: Urgency
    label: str | Promise
    duties: list[Duty]

    @property
    def rows(self) -> list[tuple[Duty, str | Promise]]:
        """Each duty with the name of its kind."""
        return [(duty, KINDS[duty.kind]) for duty in self.duties]


@dataclass(frozen=True)
class Todo:
    """What waits for a person on a day."""

    duties: list[Duty]
    today: date
    calendar: WorkCalendar

    @cached_property
    def groups(self) -> list[Group]:
        """The duties by urgency; urgencies without any are left out."""
        return self.grouped("")

    def grouped(self, kind: str) -> list[Group]:
        """The same of one kind alone, "" for all."""
        found: dict[Urgency, list[Duty]] = {one: [] for one in Urgency}
        for duty in self.duties:
            if kind in ("", duty.kind):
                found[self.urgency(duty)].append(duty)
        return [Group(one, LABELS[one], duties) for one, duties in found.items() if duties]

    def urgency(self, duty: Duty) -> Urgency:
        """Counted in working days, like the clock that stands beside it."""
        if duty.due is None:
            return Urgency.OPEN
        if duty.due < self.today:
            return Urgency.OVERDUE
        left = self.calendar.workdays_left(self.today, duty.due)
        if left == 0:
            return Urgency.TODAY
        return Urgency.SOON if left <= RISK_FROM_WORKDAYS else Urgency.LATER

    def of(self, kind: str) -> list[Duty]:
        return [duty for duty in self.duties if duty.kind == kind]

    def others(self, kind: str) -> list[Duty]:
        return [duty for duty in self.duties if duty.kind != kind]

    @staticmethod
    def named(duties: Iterable[Duty]) -> list[tuple[Duty, str | Promise]]:
        """Each duty with the name of its kind."""
        return [(duty, KINDS[duty.kind]) for duty in duties]

    def counts(self) -> dict[str, int]:
        """How many there are of each kind that has any, in the order of `KINDS`."""
        return {kind: number for kind in KINDS if (number := len(self.of(kind)))}

    @property
    def overdue(self) -> int:
        return sum(duty.due is not None and duty.due < self.today for duty in self.duties)


def todo(user: Employee, today: date, calendar: WorkCalendar | None = None) -> Todo:
    """What waits for a person on a day."""
    return todo_of(Asked(user, today, calendar or work_calendar()))


def todo_of(asked: Asked) -> Todo:
    """Asks every source; what has a day comes first, by day, and of one day by kind."""
    waiting = _waiting(asked.user.roles, asked.today, timezone.localdate())
    answers = waiting.questions.answers(asked, *ids_of(asked.user), asked.now)
    found = [replace(duty, kind=kind) for kind, duties in zip(waiting.kinds, answers, strict=True) for duty in duties]
    found += own_duties(asked)
    places = {kind: place for place, kind in enumerate(KINDS)}
    return Todo(sorted(found, key=lambda duty: (duty.due or date.max, places[duty.kind])), asked.today, asked.calendar)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """The questions of all sources to people of some roles, and the kinds of what they lead to."""

    kinds: Sequence[str]
    questions: Questions[Asked, Duty]


@lru_cache(maxsize=64)  # some 300 KB each; a bureau has a dozen sets of roles
def _waiting(roles: frozenset[str], today: date, _by_the_clock: date) -> _Waiting:
    """What is asked of everybody of these roles on a day; roles hold by the clock, also where the calendar stands still."""
    ids, now = (stand_in(int, 0), stand_in(int, 1), stand_in(int, 2)), stand_in(datetime, 3)
    asker = Asker(somebody(ids, roles, today), today, now=now)
    entries = [(kind, question) for kind, duties_of in SOURCES for question in duties_of(asker)]
    return _Waiting(
        [kind for kind, _question in entries], Questions((question for _kind, question in entries), [*ids, now])
    )


def duties_of(user: Employee, *, today: date, calendar: WorkCalendar) -> list[Duty]:
    """The same list for whoever only counts it, as the morning's digest does."""
    return todo(user, today, calendar).duties
