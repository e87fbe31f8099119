"""Rows for tests, made in one line each: plain functions with sensible defaults, straight into the tables.

They bypass the services on purpose (a test of scoring need not know how a point is revised), but keep what the
services guarantee: an employee has a placement from the beginning, a point its first version, and an individual
result an item. Every keyword that is not named goes to the model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F

from common.quarters import QuarterCode, quarter_of_period
from indicators.models import (
    AssessmentPoint,
    Item,
    KeyWork,
    Library,
    PointVersion,
    Quarter,
    Result,
    RosterSignature,
    SchemeSetting,
)
from indicators.queries.rosters import as_signed, rosters
from indicators.services.quarters import opened_for_correction
from organization.models import (
    BEGINNING,
    Absence,
    Bureau,
    Department,
    Employee,
    PartyBranch,
    Placement,
    Post,
    RankCategory,
    Role,
)
from scoring.models import Adjustment, DepartmentScore
from tasks_market.models import Claim, Task

_serial = count(1001)  # so that it meets no code that a test writes itself

ZONE = ZoneInfo("Asia/Shanghai")
STAFF = "一般干部"
PARAMETERS = {
    "deduct": "每次扣分=0.5",
    "ratio": "目标=100;底线=60",
    "tier": "优=100;良=85;中=70;差=50",
    "count": "每件得分=0.5",
    "done": "逾期每日扣分=0.2",
}
DEADLINES = {"month": "每月25日", "quarter": "每季末5日前", "half_year": "6月20日", "year": "6月20日"}


def moment(day: date, hour: int = 9) -> datetime:
    """That hour of the day in Shanghai."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE)


def make_bureau(code: str = "XS", **values: Any) -> Bureau:
    """A county bureau with the four rank categories of the default."""
    bureau = Bureau.objects.create(code=code, **{"name": f"{code}县税务局", "level": Bureau.Level.COUNTY} | values)
    RankCategory.objects.begin(bureau)
    return bureau


def make_department(bureau: Bureau, code: str = "", **values: Any) -> Department:
    code = code or f"D{next(_serial):03d}"
    defaults = {"name": f"{code}股", "kind": Department.Kind.OFFICE, "is_assessor": True}
    return Department.objects.create(bureau=bureau, code=code, **defaults | values)


def make_post(department: Department, code: str = "", **values: Any) -> Post:
    code = code or f"P{next(_serial):03d}"
    return Post.objects.create(
        bureau=department.bureau, department=department, code=code, **{"name": f"{code}岗"} | values
    )


def make_branch(bureau: Bureau, code: str = "", **values: Any) -> PartyBranch:
    code = code or f"B{next(_serial):03d}"
    return PartyBranch.objects.create(bureau=bureau, code=code, **{"name": f"第{code}党支部"} | values)


def make_employee(
    bureau: Bureau,
    number: str = "",
    *,
    roles: Iterable[str] = (),
    password: str | None = None,
    department: Department | None = None,
    category: str | RankCategory = STAFF,
    **values: Any,
) -> Employee:
    """A person with a placement since always; without `department` in the bureau's first one, made if need be.

    Without `password` the account has no usable one, as after an import; `client.force_login` works all the same.
    """
    number = number or f"{next(_serial):06d}"
    department = department or bureau.departments.order_by("pk").first() or make_department(bureau)
    if not isinstance(category, RankCategory):
        category = bureau.categories.get(name=category)
    employee = Employee(
        number=number,
        bureau=bureau,
        department=department,
        category=category,
        **{"name": f"干部{number}", "sort_key": number} | values,
    )
    if password is None:
        employee.set_unusable_password()
    else:
        employee.set_password(password)
    employee.save()
    make_placement(employee, BEGINNING)
    for kind in roles:
        make_role(employee, kind)
    return employee


def make_role(employee: Employee, kind: str, **values: Any) -> Role:
    vars(employee).pop("roles", None)  # cached on the instance
    return Role.objects.create(employee=employee, kind=kind, **values)


def make_placement(employee: Employee, effective_from: date, **values: Any) -> Placement:
    """A dated placement; what is not named stays as on the employee."""
    defaults = {
        "department": employee.department,
        "post": employee.post,
        "branch": employee.branch,
        "category": employee.category,
    }
    return Placement.objects.create(employee=employee, effective_from=effective_from, **defaults | values)


def make_absence(
    employee: Employee, starts_on: date, ends_on: date | None = None, kind: str = Absence.Kind.SICK
) -> Absence:
    return Absence.objects.create(employee=employee, starts_on=starts_on, ends_on=ends_on, kind=kind)


def make_quarter(bureau: Bureau, code: str = "2023Q1", state: str = Quarter.State.COLLECTING) -> Quarter:
    """The bureau's quarter; a quarter that is there already keeps its state."""
    return Quarter.objects.get_or_create(bureau=bureau, code=code, defaults={"state": state})[0]


@contextmanager
def past_publication(quarter: Quarter) -> Iterator[None]:
    """Lets the block write inputs into the quarter also when it is published, the way a correction does."""
    if Quarter.objects.filter(pk=quarter.pk, state=Quarter.State.PUBLISHED).exists():
        with opened_for_correction(quarter):
            yield
    else:
        yield


def sign_rosters(quarter: Quarter, today: date | None = None) -> None:
    """Every department's list of the quarter is confirmed as it stands, by somebody on it."""
    for roster in rosters(quarter, today=today or quarter.period.last_day):
        RosterSignature.objects.create(
            bureau=quarter.bureau,
            quarter=quarter,
            department=roster.department,
            lines=as_signed(roster.lines),
            digest=roster.digest,
            at=moment(quarter.period.last_day),
            by=Employee.objects.get(number=roster.lines[0].number),
        )


def make_scheme_setting(bureau: Bureau, key: str, value: str, from_quarter: str = "2023Q1") -> SchemeSetting:
    return SchemeSetting.objects.create(bureau=bureau, key=key, value=value, from_quarter=from_quarter)


def make_key_work(bureau: Bureau, code: str = "", *, year: int = 2023, **values: Any) -> KeyWork:
    code = code or f"Z{next(_serial):03d}"
    if "department" not in values:
        values["department"] = bureau.departments.order_by("pk").first() or make_department(bureau)
    defaults = {"kind": KeyWork.Kind.BUSINESS, "name": f"重点工作{code}"}
    return KeyWork.objects.create(bureau=bureau, code=code, year=year, **defaults | values)


def make_point(
    bureau: Bureau, code: str = "", *, year: int = 2023, library: str = Library.INDIVIDUAL, **version: Any
) -> AssessmentPoint:
    """A point with its first version, by default an individual quarterly one that counts faults (扣分)."""
    point = AssessmentPoint.objects.create(
        bureau=bureau, year=year, code=code or f"K{next(_serial):03d}", library=library
    )
    make_version(point, **version)
    return point


def make_version(point: AssessmentPoint, **values: Any) -> PointVersion:
    """A further version of the point; what is not named is taken from the version before, or from the defaults."""
    last = point.versions.order_by("number").last()
    if last is None:
        method = values.setdefault("method", PointVersion.Method.DEDUCT)
        cycle = values.setdefault("cycle", PointVersion.Cycle.QUARTER)
        bureau = point.bureau
        department = values.get("department") or bureau.departments.order_by("pk").first() or make_department(bureau)
        defaults: dict[str, Any] = {
            "number": 1,
            "from_quarter": f"{point.year}Q1",
            "name": f"考点{point.code}",
            "nature": "qualitative" if method == PointVersion.Method.TIER else "quantitative",
            "full": Decimal(4),
            "parameters": PARAMETERS[method],
            "standard": f"{point.code} 的质量标准",
            "deadline": DEADLINES[cycle],
            "department": None if point.library == Library.COMMON else department,
            "assessor": department,
            "source": PointVersion.Source.MANUAL,
            "created_at": moment(date(point.year, 1, 1)),
        }
        if "key_work" not in values:
            found = KeyWork.objects.filter(bureau=bureau, year=point.year).first()
            values["key_work"] = found or make_key_work(bureau, year=point.year, department=department)
    else:
        kept = {field.name: getattr(last, field.name) for field in PointVersion._meta.fields}
        defaults = {name: value for name, value in kept.items() if name not in ("id", "point", "withdrawn")}
        defaults["number"] = last.number + 1
    return PointVersion.objects.create(point=point, **defaults | values)


def make_item(
    employee: Employee, point: AssessmentPoint, quarter: Quarter | None = None, taken_on: date | None = None
) -> Item:
    """The person holds the point in the quarter; without one in the first quarter of the point's year."""
    quarter = quarter or make_quarter(point.bureau, f"{point.year}Q1")
    with past_publication(quarter):
        return Item.objects.create(
            bureau=employee.bureau, quarter=quarter, employee=employee, point=point, taken_on=taken_on
        )


def make_result(
    employee: Employee, point: AssessmentPoint, period: str = "", *, with_item: bool = True, **values: Any
) -> Result:
    """A confirmed result of one node; `value` is 0 unless a value, a tier or 不适用 is given.

    For an individual point the item is made too, unless `with_item` is off.
    """
    period = period or f"{point.year}Q1"
    quarter = make_quarter(point.bureau, str(quarter_of_period(period)))
    if with_item and point.library == Library.INDIVIDUAL:
        with past_publication(quarter):
            Item.objects.get_or_create(bureau=employee.bureau, quarter=quarter, employee=employee, point=point)
    if not {"value", "tier", "exempt"} & values.keys():
        values["value"] = Decimal(0)
    if "value" in values and values["value"] is not None:
        values["value"] = Decimal(values["value"])
    at = moment(quarter.period.last_day)
    defaults = {"state": Result.State.CONFIRMED, "entered_at": at, "confirmed_at": at}
    with past_publication(quarter):
        return Result.objects.create(
            bureau=employee.bureau, quarter=quarter, employee=employee, point=point, period=period, **defaults | values
        )


def make_task(bureau: Bureau, number: str = "", *, quarter: str | Quarter = "2023Q1", **values: Any) -> Task:
    """A closed task of the market, of middling difficulty (1.2), worth 2 points to each."""
    number = number or f"T{next(_serial):04d}"
    row = quarter if isinstance(quarter, Quarter) else make_quarter(bureau, quarter)
    if "department" not in values:
        values["department"] = bureau.departments.order_by("pk").first() or make_department(bureau)
    defaults = {
        "name": f"任务{number}",
        "kind": Task.Kind.URGENT,
        "difficulty": Task.Difficulty.MEDIUM,
        "base": Decimal(2),
        "places": 5,
        "sharing": Task.Sharing.EACH,
        "due_at": moment(row.period.last_day, 18),
        "requirement": "按时办结",
        "state": Task.State.CLOSED,
    }
    return Task.objects.create(bureau=bureau, quarter=row, number=number, **defaults | values)


def make_claim(task: Task, employee: Employee, **values: Any) -> Claim:
    """An accepted claim of the task's first days, or one that is still open with `state`; it takes a place."""
    first = task.quarter.period.first_day
    state = values.pop("state", values.get("outcome", Claim.Outcome.ACCEPTED) or Claim.State.HELD)
    accepted = state == Claim.State.ACCEPTED
    defaults: dict[str, Any] = {
        "way": Claim.Way.CLAIMED,
        "at": moment(first),
        "state": state,
        "outcome": state if state in (Claim.State.ACCEPTED, Claim.State.REFUSED) else "",
        "accepted_on": task.quarter.period.last_day if accepted else None,
    }
    with past_publication(task.quarter):
        claim = Claim.objects.create(
            bureau=task.bureau, quarter=task.quarter, task=task, employee=employee, **defaults | values
        )
    Task.objects.filter(pk=task.pk).update(places_taken=F("places_taken") + 1)
    return claim


def make_adjustment(employee: Employee, day: date = date(2023, 2, 1), **values: Any) -> Adjustment:
    """A counted plus of one point."""
    quarter = make_quarter(employee.bureau, str(QuarterCode.of(day)))
    defaults: dict[str, Any] = {
        "kind": Adjustment.Kind.PLUS,
        "points": Decimal(1),
        "matter": f"事由{next(_serial)}",
        "basis": "会议纪要",
        "state": Adjustment.State.COUNTED,
        "entered_at": moment(day),
        "counted_at": moment(day),
    }
    with past_publication(quarter):
        return Adjustment.objects.create(
            bureau=employee.bureau, quarter=quarter, employee=employee, day=day, **defaults | values
        )


def make_department_score(department: Department, score: str | Decimal, quarter: str = "2023Q1") -> DepartmentScore:
    row = make_quarter(department.bureau, quarter)
    with past_publication(row):
        return DepartmentScore.objects.create(
            bureau=department.bureau, quarter=row, department=department, score=Decimal(score)
        )
