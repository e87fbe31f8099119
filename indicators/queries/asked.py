"""Who asks what waits, and when: fetched once, handed to every app that knows some of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils import timezone
from django.utils.functional import cached_property

from common.components import Duty
from common.questions import Question
from common.workdays import WorkCalendar
from indicators.models import Quarter
from indicators.queries import working_quarter
from organization.models import Employee


@dataclass(frozen=True)
class Asker:
    """A person on a day, or somebody who stands in for all of the same roles (`organization.queries.somebody`)."""

    user: Employee
    today: date
    now: datetime = field(default_factory=timezone.now, kw_only=True)
    """The clock of the market, whose windows hold to the second; `today` may stand still in a demonstration."""


@dataclass(frozen=True)
class Asked(Asker):
    """A person on a day, with what the answers are read by."""

    calendar: WorkCalendar

    @cached_property
    def quarter(self) -> Quarter | None:
        """The quarter that people work in."""
        return working_quarter(self.user.bureau)


DutyQuestion = Question[Asked, Duty]
