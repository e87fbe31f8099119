"""The market in figures: 抢单覆盖面 and what lies behind it, computed from rows (domain.md, Words)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from common.exact import share
from indicators.models import Quarter
from indicators.queries import scheme_values
from organization.models import Bureau, Employee, EmployeeQuerySet
from tasks_market.models import Claim, Task


@dataclass(frozen=True, slots=True)
class Group:
    """Figures of one department, difficulty or quarter. `people` are different ones within the group."""

    key: str
    label: str
    tasks: int
    places: int
    participations: int
    people: int


@dataclass(frozen=True, slots=True)
class Figures:
    """`staff` are those in post outside the leaders' category; coverage is different people among them / staff."""

    tasks: int
    places: int
    participations: int
    people: int
    staff: int
    covered: int
    by_department: list[Group]
    by_difficulty: list[Group]
    by_quarter: list[Group]
    never: list[Employee]

    @property
    def coverage(self) -> Decimal:
        """Percent with two decimals."""
        return share(self.covered, self.staff)


def figures(bureau: Bureau, quarters: Sequence[str] = ()) -> Figures:
    """The figures of the bureau's posted tasks, of some quarters or of all that have begun; four queries.

    What is posted ahead counts once its quarter has begun. Drafts and cancelled tasks do not count; in post is who is so
    on the bureau's date. Leaders are the categories that the scheme leaves out of the bureau's ranking (default 局领导).
    """
    posted = Task.objects.filter(bureau=bureau, state__in=(Task.State.POSTED, Task.State.CLOSED))
    begun = posted.exclude(quarter__state=Quarter.State.OPEN)
    tasks = posted.filter(quarter__code__in=quarters) if quarters else begun
    rows = list(tasks.select_related("department", "quarter").order_by("number"))
    holders: dict[int, list[int]] = defaultdict(list)
    for task_id, employee_id in (
        Claim.objects.holding().filter(task__in=tasks).order_by().values_list("task_id", "employee_id")
    ):
        holders[task_id].append(employee_id)
    staff = _staff(bureau, max((task.quarter.code for task in rows), default="9999Q4"))
    people = {employee_id for held in holders.values() for employee_id in held}
    never = [person for person in staff if person.pk not in people]
    total = _group("", "", rows, holders)
    return Figures(
        tasks=total.tasks,
        places=total.places,
        participations=total.participations,
        people=total.people,
        staff=len(staff),
        covered=len(staff) - len(never),
        by_department=_groups(rows, holders, lambda task: (task.department.code, task.department.name)),
        by_difficulty=_groups(rows, holders, lambda task: (task.difficulty, task.get_difficulty_display())),
        by_quarter=_groups(rows, holders, lambda task: (task.quarter.code, task.quarter.code)),
        never=never,
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """抢单覆盖面 of a quarter: ids of the staff that count, and of those among them who took part."""

    staff: frozenset[int]
    covered: frozenset[int]

    @property
    def coverage(self) -> Decimal:
        """Percent with two decimals."""
        return share(len(self.covered), len(self.staff))


def reach(quarter: Quarter, departments: Collection[int] | None = None) -> Reach | None:
    """The coverage alone, of everybody or of the people of some departments; None without a task. Four queries at most."""
    posted = Task.objects.filter(quarter=quarter, state__in=(Task.State.POSTED, Task.State.CLOSED))
    if not posted.exists():
        return None
    people = _in_post(quarter.bureau, quarter.code).order_by()
    if departments is not None:
        people = people.filter(department__in=departments)
    staff = frozenset(people.values_list("pk", flat=True))
    held = Claim.objects.holding().filter(task__in=posted).order_by().values_list("employee_id", flat=True)
    return Reach(staff, staff & frozenset(held))


def _staff(bureau: Bureau, quarter_code: str) -> list[Employee]:
    return list(_in_post(bureau, quarter_code).select_related("department", "category").order_by("number"))


def _in_post(bureau: Bureau, quarter_code: str) -> EmployeeQuerySet:
    leaders = scheme_values(bureau, quarter_code)["不参加单位排名序列"]
    assert isinstance(leaders, list)
    present: EmployeeQuerySet = Employee.objects.filter(bureau=bureau).in_post_between(bureau.today, bureau.today)
    return present.exclude(category__name__in=leaders)


def _groups(rows: list[Task], holders: dict[int, list[int]], key: Callable[[Task], tuple[Any, Any]]) -> list[Group]:
    sorted_out: dict[tuple[str, str], list[Task]] = defaultdict(list)
    for task in rows:
        code, label = key(task)
        sorted_out[str(code), str(label)].append(task)
    return [_group(code, label, tasks, holders) for (code, label), tasks in sorted(sorted_out.items())]


def _group(key: str, label: str, tasks: list[Task], holders: dict[int, list[int]]) -> Group:
    return Group(
        key=key,
        label=label,
        tasks=len(tasks),
        places=sum(task.places for task in tasks),
        participations=sum(len(holders[task.pk]) for task in tasks),
        people=len({employee_id for task in tasks for employee_id in holders[task.pk]}),
    )
