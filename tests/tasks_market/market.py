"""A bureau with everybody whom the market knows, for the tests of its rules."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from organization.models import Bureau, Department, Employee
from tasks_market.models import Claim, Task
from tests.factories import make_bureau, make_claim, make_department, make_employee, make_quarter, make_task, moment

NOW = moment(date(2023, 2, 1), 10)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Market:
    """Department A with its head, liaison, deputy director in charge and two of its staff; department B; the office."""

    def __init__(self) -> None:
        self.bureau: Bureau = make_bureau(is_demo=True, stands_on=NOW.date())
        self.quarter = make_quarter(self.bureau)
        self.a: Department = make_department(self.bureau, "A", name="征管股")
        self.b: Department = make_department(self.bureau, "B", name="税政股")
        self.deputy = self.person(self.b, "deputy_director")
        Department.objects.filter(pk=self.a.pk).update(deputy=self.deputy)
        self.a.refresh_from_db()
        self.office = self.person(self.b, "office")
        self.head = self.person(self.a, "department_head")
        self.liaison = self.person(self.a, "liaison")
        self.staff = self.person(self.a)
        self.other = self.person(self.b)

    def person(self, department: Department | None = None, *roles: str, **values: Any) -> Employee:
        made = make_employee(self.bureau, department=department or self.a, roles=roles, **values)
        return Employee.objects.select_related("bureau", "department").get(pk=made.pk)

    def draft(self, **values: Any) -> Task:
        return self.task(**{"state": Task.State.DRAFT, "posted_at": None, "announced": False} | values)

    def task(self, **values: Any) -> Task:
        """A task in the middle of its window."""
        defaults: dict[str, Any] = {
            "state": Task.State.POSTED,
            "department": self.a,
            "posted_at": NOW - HOUR,
            "claim_until": NOW + HOUR,
            "due_at": NOW + 10 * DAY,
            "announced": True,
        }
        made = make_task(self.bureau, **defaults | values)
        return self.again(made)

    def again(self, task: Task) -> Task:
        return Task.objects.select_related("bureau", "quarter", "department").get(pk=task.pk)

    def claim(
        self, person: Employee | None = None, state: str = "held", task: Task | None = None, **values: Any
    ) -> Claim:
        """A claim in that state on a task of its own."""
        made = make_claim(task or self.task(), person or self.staff, state=state, at=NOW, **values)
        return Claim.objects.select_related("bureau", "employee", "task__quarter", "task__department").get(pk=made.pk)


def later(**span: int) -> datetime:
    return NOW + timedelta(**span)
