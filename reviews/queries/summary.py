"""三晒纪要: of one branch, who was there, who said what, and what was said of each, as one sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.utils.translation import gettext as _

from common.components import Step
from organization.models import Employee, PartyBranch
from reviews.models import Participant, Showing, Statement
from reviews.queries.ratings import Result, results


@dataclass(frozen=True, slots=True)
class Person:
    """A member on the list: whether there, the statement if one was handed in, what the ratings came to once open."""

    participant: Participant
    statement: Statement | None
    result: Result

    @property
    def name(self) -> str:
        return self.participant.employee.name

    @property
    def department(self) -> str:
        return self.participant.employee.department.name


@dataclass(frozen=True)
class BranchSummary:
    """One branch's part in a showing, in the order of speaking."""

    branch: PartyBranch
    people: Sequence[Person]

    def _number(self, attendance: str) -> int:
        return sum(person.participant.attendance == attendance for person in self.people)

    @property
    def present(self) -> int:
        return self._number(Participant.Attendance.PRESENT)

    @cached_property
    def away(self) -> list[Participant]:
        """Who was not there, with the reason."""
        return [person.participant for person in self.people if not person.participant.was_there]

    @property
    def stated(self) -> int:
        """How many handed in a statement."""
        return sum(person.statement is not None for person in self.people)


def branches_of(showing: Showing) -> list[PartyBranch]:
    """The branches that took part, in order of code."""
    joined = showing.joined.select_related("branch__secretary").order_by("branch__code")
    return [one.branch for one in joined]


def branch_summary(showing: Showing, branch: PartyBranch) -> BranchSummary:
    """The sheet of one branch; statements that were not handed in, and ratings that are not open, are left out."""
    listed = showing.participants.filter(branch=branch).select_related("employee__department")
    handed_in = Statement.objects.filter(showing=showing, handed_in_at__isnull=False)
    said = {one.employee_id: one for one in handed_in}
    told, nothing = results(showing), Result()
    people = [
        Person(one, said.get(one.employee_id), told.get(one.employee_id, nothing))
        for one in listed.order_by("position", "employee__number")
    ]
    return BranchSummary(branch, people)


def steps_of(showing: Showing) -> list[Step]:
    """A showing's rail: scheduled, held, rated, closed; each step with who and when once it is done."""
    opened = showing.ratings_opened_at
    return [
        Step(_("安排"), "done", _name(showing.scheduled_by), showing.scheduled_at),
        _step(_("召开"), True, showing.held_at, showing.held_by),
        _step(_("互评"), showing.held_at is not None, opened),
        _step(_("办结"), opened is not None, showing.closed_at, showing.closed_by),
    ]


def _step(label: str, reached: bool, at: datetime | None, by: Employee | None = None) -> Step:
    return Step(label, "done" if at else "now" if reached else "next", _name(by), at)


def _name(person: Employee | None) -> str:
    return person.name if person else ""
