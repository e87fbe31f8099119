"""A province of three levels with scores written straight into the tables, and the same rows kept aside for a pencil."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from indicators.models import Quarter
from organization.models import Bureau, Employee
from scoring.formula import SchemeValues
from scoring.models import Score, ScoreRun
from tests.factories import make_bureau, make_department, make_employee, make_quarter

CODE = "2023Q1"
NOW = datetime(2023, 4, 10, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


@dataclass
class Person:
    """What of a score counts upward."""

    department: int
    common: Decimal
    individual: Decimal
    competitive: Decimal
    adjustments: Decimal = Decimal(0)
    ranked: bool = True

    @property
    def total(self) -> Decimal:
        return self.common + self.individual + self.competitive + self.adjustments

    @property
    def lost(self) -> bool:
        return self.common < 30 or self.individual < 60 or self.adjustments < 0


@dataclass
class Land:
    """省 P over 甲市 A (over the counties A1 and A2, which is too small) and 乙市 B, all with scores; 外省 beside it."""

    bureaus: dict[str, Bureau]
    rows: dict[str, list[Person]]
    people: dict[str, list[Employee]]
    readers: dict[str, Employee] = field(default_factory=dict)


def persons(number: int, *, start: int, lossless: int = 0) -> list[Person]:
    """`number` people in departments of six, all different; the first `lossless` lose nothing."""
    found = []
    for place in range(number):
        step = Decimal(start + 7 * place % 90) / 100
        loss = Decimal(0) if place < lossless else step + Decimal("0.01")
        minus = Decimal("-0.5") if place % 9 == 8 and place >= lossless else Decimal(0)
        found.append(
            Person(place // 6, 30 - loss, 60 - 2 * loss, Decimal(place % 4) + step, minus, ranked=place % 11 != 10)
        )
    return found


def make_scored(bureau: Bureau, rows: Sequence[Person], **values: Any) -> list[Employee]:
    """A quarter of the bureau in publicity with its final run; returns the people in the order of the rows."""
    state = values.pop("state", Quarter.State.PUBLICITY)
    quarter = make_quarter(bureau, values.pop("code", CODE), state=state)
    run = ScoreRun.objects.create(
        bureau=bureau, quarter=quarter, scheme=SchemeValues().to_mapping(), scored_at=NOW, **values
    )
    departments = [make_department(bureau) for _place in range(1 + max((row.department for row in rows), default=0))]
    people = list(bureau.employees.order_by("number"))
    while len(people) < len(rows):
        people.append(make_employee(bureau, department=departments[0]))
    Score.objects.bulk_create(
        Score(
            run=run, bureau=bureau, quarter=quarter, employee=person, number=person.number, name=person.name,
            department=departments[row.department], category=person.category, common=row.common,
            individual=row.individual, competitive=row.competitive, adjustments=row.adjustments, linkage=Decimal(0),
            total=row.total, ranked=row.ranked, bureau_rank=1 if row.ranked else None, inputs={},
        )
        for person, row in zip(people, rows, strict=False)
    )  # fmt: skip
    return people[: len(rows)]


def make_land() -> Land:
    province = make_bureau("P", name="省局", level="province")
    first = make_bureau("A", name="甲市局", level="city", parent=province)
    bureaus = {
        "P": province,
        "A": first,
        "A1": make_bureau("A1", name="甲一县局", parent=first),
        "A2": make_bureau("A2", name="甲二县局", parent=first),
        "B": make_bureau("B", name="乙市局", level="city", parent=province),
    }
    rows = {
        "P": persons(8, start=3),
        "A": persons(15, start=11),
        "A1": persons(33, start=20, lossless=7),
        "A2": persons(3, start=5),
        "B": persons(24, start=1, lossless=2),
    }
    land = Land(bureaus, rows, {code: make_scored(bureaus[code], rows[code]) for code in bureaus})
    outside = make_bureau("F", name="外省局", level="province")
    make_scored(make_bureau("F1", name="外市局", level="city", parent=outside), persons(9, start=2))
    kinds = ("office", "director", "discipline", "deputy_director", "department_head", "liaison", "system_admin")
    holder = {"joined_on": date(2023, 5, 1)}  # after the quarter, so that they are not among the scored
    for kind in kinds:
        land.readers[kind] = make_employee(province, roles=[kind], **holder)
    land.readers["employee"] = make_employee(province, **holder)
    land.readers["city"] = make_employee(first, roles=["office"], **holder)
    land.readers["county"] = make_employee(bureaus["A1"], roles=["office"], **holder)
    land.readers["outside"] = make_employee(outside, roles=["office"], **holder)
    return land
