"""Who asks what waits, and when: fetched once, handed to every app that knows some of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.functional import cached_property

from common.workdays import WorkCalendar
from indicators.models import Quarter
from indicators.queries import working_quarter
from organization.models import Employee


@dataclass(frozen=True)
class Asked:
    """A person on a day; the roles are kept by the person."""

    user: Employee
    today: date
    calendar: WorkCalendar

    @cached_property
    def quarter(self) -> Quarter | None:
        """The quarter that people work in."""
        return working_quarter(self.user.bureau)
