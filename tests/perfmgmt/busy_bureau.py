"""A county bureau of 200 people in the middle of a quarter, with one of everything that the application knows.

What the hot pages read is there in the numbers of a real one: ten results a person in two quarters, scores, tasks with
claims, messages, audit lines with their seals, deliveries, a warning sheet of each department.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from audit.services import compose, record_many, seal_bureau
from indicators.models import AssessmentPoint, Item, Library, Quarter, Result
from notifications.models import Delivery, Notification
from organization.models import BEGINNING, Bureau, Department, Employee, Placement, RankCategory
from scoring.services.scoring import score_quarter
from supervision.models import Warned, WarningSheet
from tasks_market.models import Claim, ClaimEvent, Task
from tests.factories import (
    STAFF,
    make_bureau,
    make_department,
    make_department_score,
    make_employee,
    make_point,
    make_quarter,
    make_task,
    moment,
)
from tests.flows.rights import Holdings, make_holdings, make_people

PEOPLE = 200
DEPARTMENTS = 12
TODAY = date(2023, 8, 15)
BEFORE, CODE = "2023Q2", "2023Q3"


@dataclass
class Busy:
    """The bureau under a province, with somebody of every role."""

    above: Bureau
    own: Holdings
    roles: dict[str, Employee]
    departments: list[Department] = field(default_factory=list)
    staff: list[Employee] = field(default_factory=list)
    free: Task | None = None
    """A task of which a place can be claimed."""


def make_busy() -> Busy:
    above = make_bureau("ABOVE", level=Bureau.Level.PROVINCE)
    own = make_holdings("OWN", "本县", CODE, correction=2)
    Bureau.objects.filter(pk=own.bureau.pk).update(parent=above, is_demo=True, stands_on=TODAY)
    own.bureau.refresh_from_db()
    busy = Busy(above, own, make_people(own))
    add_staff(busy)
    points = add_points(busy)
    for code in (BEFORE, CODE):
        add_results(busy, points, make_quarter(own.bureau, code))
        for department in busy.departments:
            make_department_score(department, 90, code)
        score_quarter(bureau=own.bureau, quarter_code=code, actor=None)
    Quarter.objects.filter(bureau=own.bureau, code=BEFORE).update(state=Quarter.State.PUBLISHED)
    add_tasks(busy)
    add_warnings(busy, points)
    add_lines(busy)
    return busy


def add_staff(busy: Busy) -> None:
    bureau = busy.own.bureau
    for number in range(DEPARTMENTS):
        department = make_department(bureau, f"OWN{number:02d}", deputy=busy.roles["deputy"])
        busy.departments.append(department)
        for role in ("department_head", "liaison"):
            busy.roles[f"{role} {number}"] = make_employee(bureau, department=department, roles=[role])
    category = RankCategory.objects.get(bureau=bureau, name=STAFF)
    missing = PEOPLE - Employee.objects.filter(bureau=bureau).count()
    busy.staff = Employee.objects.bulk_create(
        Employee(
            number=f"OWN9{number:03d}", name=f"干部{number}", sort_key=f"{number:03d}", bureau=bureau, category=category,
            department=busy.departments[number % DEPARTMENTS], branch=busy.own.branch, password="!",
        )
        for number in range(missing)
    )  # fmt: skip
    Placement.objects.bulk_create(
        Placement(
            employee=one, effective_from=BEGINNING, department=one.department, category=category, branch=one.branch
        )
        for one in busy.staff
    )


def add_points(busy: Busy) -> dict[Department | None, list[AssessmentPoint]]:
    """Three points of everybody, under None, and two of each department."""
    bureau, assessing = busy.own.bureau, busy.departments[0]
    points: dict[Department | None, list[AssessmentPoint]] = {
        None: [make_point(bureau, f"C{n}", library=Library.COMMON, assessor=assessing) for n in range(3)]
    }
    for department in busy.departments:
        points[department] = [make_point(bureau, department=department, assessor=assessing) for _ in range(2)]
    return points


def add_results(busy: Busy, points: dict[Department | None, list[AssessmentPoint]], quarter: Quarter) -> None:
    """All confirmed in the quarter before; in the running one a third each reported, reviewed and confirmed."""
    settled = [Result.State.CONFIRMED] * 3
    states = settled if quarter.code == BEFORE else [Result.State.REPORTED, Result.State.REVIEWED, *settled[:1]]
    items, results = [], []
    for number, one in enumerate(busy.staff):
        of_department = points[one.department]
        own: dict[str, Any] = {"bureau": quarter.bureau, "quarter": quarter, "employee": one}
        items += [Item(**own, point=point) for point in of_department]
        for place, point in enumerate([*points[None], *of_department]):
            state = states[(number + place) % 3]
            at = moment(quarter.period.first_day)
            results.append(
                Result(
                    **own, point=point, period=quarter.code, value=Decimal(number % 5), state=state, entered_at=at,
                    confirmed_at=at if state == Result.State.CONFIRMED else None,
                )
            )  # fmt: skip
    Item.objects.bulk_create(items)
    Result.objects.bulk_create(results)


def add_tasks(busy: Busy) -> None:
    """Two claims a person of closed tasks in all states, and ten tasks that wait for whoever comes first."""
    bureau, now, day = busy.own.bureau, timezone.now(), timedelta(days=1)
    quarter = Quarter.objects.get(bureau=bureau, code=CODE)
    times: dict[str, Any] = {"posted_at": now - 2 * day, "due_at": now + 9 * day, "announced": True}
    closed = [
        make_task(bureau, f"OWN-C{n:02d}", quarter=quarter, places=10, places_taken=10, claim_until=now - day, **times)
        for n in range(2 * PEOPLE // 10)
    ]
    states = (Claim.State.HELD, Claim.State.STARTED, Claim.State.ACCEPTED, Claim.State.HANDED_IN)
    claims = []
    for number, one in enumerate(busy.staff):
        for place in range(2):
            state = states[(number + 2 * place) % 4]
            claims.append(
                Claim(
                    bureau=bureau, quarter=quarter, task=closed[(2 * number + place) % len(closed)], employee=one,
                    way=Claim.Way.CLAIMED, at=now - day, state=state,
                    outcome="accepted" if state == Claim.State.ACCEPTED else "",
                )
            )  # fmt: skip
    Claim.objects.bulk_create(claims)
    ClaimEvent.objects.bulk_create(
        ClaimEvent(task=claim.task, claim=claim, employee=claim.employee, kind=ClaimEvent.Kind.CLAIMED, at=claim.at)
        for claim in claims
    )
    for number in range(10):
        busy.free = make_task(
            bureau, f"OWN-F{number}", quarter=quarter, state=Task.State.POSTED, claim_until=now + day, **times
        )


def add_warnings(busy: Busy, points: dict[Department | None, list[AssessmentPoint]]) -> None:
    quarter = Quarter.objects.get(bureau=busy.own.bureau, code=CODE)
    for department in busy.departments:
        sheet = WarningSheet.objects.create(
            bureau=quarter.bureau, department=department, department_name=department.name, month="2023-08",
            made_at=moment(TODAY),
        )  # fmt: skip
        for point in points[department]:
            Warned.objects.create(
                sheet=sheet, quarter=quarter, point=point, version=point.versions.get(), period=CODE, standard="标准",
                due=TODAY + timedelta(days=10), head_due=TODAY, liaison_due=TODAY + timedelta(days=7),
                requirement="要求", holders=[],
            )  # fmt: skip


def add_lines(busy: Busy) -> None:
    """Five messages, a letter out and three audit lines a person."""
    bureau, now = busy.own.bureau, timezone.now()
    people = list(Employee.objects.filter(bureau=bureau).select_related("bureau"))
    Notification.objects.bulk_create(
        Notification(
            bureau=bureau, recipient=one, subject="消息", created_at=now - timedelta(days=number), occasion=f"{number}",
            read_at=now if number > 1 else None,
        )
        for one in people
        for number in range(5)
    )  # fmt: skip
    Delivery.objects.bulk_create(
        Delivery(
            bureau=bureau, channel="mail", recipient=one, subject="消息", occasion=f"{one.number}", created_at=now,
            state=Delivery.State.SENT, try_after=now, sent_at=now, address="a@example.com",
        )
        for one in people
    )  # fmt: skip
    record_many(compose(actor=one, action="login", target=one) for one in people for _ in range(3))
    seal_bureau(bureau.code)
