"""待办: everything that waits for a person, from all apps through one small interface, sorted by urgency (screens.md).

An app joins by a function `duties_of(asked)` in its `queries/duties.py` and a line in `SOURCES`. It yields duties, or
questions to the database that lead to duties: all questions of all apps are asked by one query (`common.questions`). A
duty is worked out from the rows whenever it is asked for: what is done is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property

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
from common.questions import Question, answered
from common.workdays import WorkCalendar
from indicators.queries.asked import Asked
from indicators.queries.duties import REPORT
from organization.models import Employee
from organization.queries import work_calendar

KINDS: dict[str, str | Promise] = {
    REPORT: _("填报"),
    "assess": _("考评"),
    "task": _("任务"),
    "score": _("得分与申诉"),
    "supervision": _("预警与督办"),
    "review": _("三晒、谈话与讲评"),
    "star": _("五星"),
    "bulletin": _("通报"),
}
SOURCES: Sequence[tuple[str, Callable[[Asked], Iterable[Duty | Question[Duty]]]]] = (
    ("assess", indicators.queries.duties.duties_of),
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
    """Asks every source; what has a day comes first, by day."""
    entries = [(kind, entry) for kind, duties_of in SOURCES for entry in duties_of(asked)]
    answers = answered(entry for _kind, entry in entries)
    found = [
        duty if duty.kind else replace(duty, kind=kind)
        for (kind, _entry), duties in zip(entries, answers, strict=True)
        for duty in duties
    ]
    return Todo(sorted(found, key=lambda duty: duty.due or date.max), asked.today, asked.calendar)


def duties_of(user: Employee, *, today: date, calendar: WorkCalendar) -> list[Duty]:
    """The same list for whoever only counts it, as the morning's digest does."""
    return todo(user, today, calendar).duties
