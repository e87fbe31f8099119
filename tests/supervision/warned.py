"""A bureau whose departments are warned in July 2023: one as it should be, one whose head is its liaison as well, one
without either, and one without people. Every sheet is made on Monday 3 July; nodes lie on Tuesday the 25th."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from common.digest import digest_of_text
from indicators.models import AssessmentPoint, Library, PointVersion, Quarter
from organization.models import Bureau, Department, Employee
from supervision.models import Warned, WarningSheet, WarningSignature
from supervision.queries.signers import Signers
from supervision.queries.warning_texts import text_of
from supervision.services.warnings import lines_for_signing, make_sheets, sign_lines
from tests.factories import make_bureau, make_department, make_employee, make_item, make_point, make_quarter, moment

MONTH, MADE, NODE = "2023-07", date(2023, 7, 3), date(2023, 7, 25)
HEAD_DUE, LIAISON_DUE = date(2023, 7, 6), date(2023, 7, 20)
PEOPLE: dict[str, tuple[str, tuple[str, ...]]] = {
    "head": ("A", ("department_head",)), "liaison": ("A", ("liaison",)), "anna": ("A", ()), "carl": ("A", ()),
    "both": ("B", ("department_head", "liaison")), "ben": ("B", ()), "cora": ("C", ()),
    "deputy": ("O", ("deputy_director",)), "director": ("O", ("director",)), "office": ("O", ("office",)),
    "office2": ("O", ("office",)), "discipline": ("O", ("discipline",)), "admin": ("O", ("system_admin",)),
}  # fmt: skip


@dataclass
class Town:
    bureau: Bureau
    quarter: Quarter
    departments: dict[str, Department]
    people: dict[str, Employee]
    points: dict[str, AssessmentPoint]

    def make(self, today: date = MADE, month: str = MONTH, now: datetime | None = None) -> int:
        return make_sheets(bureau=self.bureau, month=month, today=today, now=now or moment(today, 1))

    def sheet(self, place: str = "A", month: str = MONTH) -> WarningSheet:
        related = WarningSheet.objects.select_related("bureau", "department")
        return related.get(department=self.departments[place], month=month)

    def line(self, point: str = "K1", place: str = "A") -> Warned:
        return lines_for_signing(self.sheet(place)).get(point=self.points[point])

    def digests(self, place: str = "A", *points: str) -> dict[int, str]:
        lines = lines_for_signing(self.sheet(place))
        wanted = [self.points[one].pk for one in points]
        return {
            line.pk: digest_of_text(text_of(line)) for line in lines if not wanted or line.point_id in wanted
        }  # fmt: skip

    def sign(
        self, who: str, side: str, *points: str, place: str = "A", today: date = MADE
    ) -> list[WarningSignature]:  # fmt: skip
        return sign_lines(
            sheet=self.sheet(place), side=side, digests=self.digests(place, *points), actor=self.person(who),
            today=today, now=moment(today, 9),
        )  # fmt: skip

    def person(self, who: str) -> Employee:
        """As a request brings them: nothing is cached."""
        return Employee.objects.select_related("bureau", "department").get(pk=self.people[who].pk)

    def signers(self, side: str, place: str = "A", other: str = "") -> list[str]:
        found = Signers(self.bureau, MADE).of(
            self.departments[place].pk, side, other=self.people[other].pk if other else None
        )
        names = {person.pk: name for name, person in self.people.items()}
        return [names[one.pk] for one in found.people]


def make_town(stands_on: date | None = MADE, **bureau: Any) -> Town:
    if stands_on:
        bureau |= {"is_demo": True, "stands_on": stands_on}
    row = make_bureau(**bureau)
    departments = {code: make_department(row, code, name=f"{code}股") for code in "ABCDO"}
    people = {
        name: make_employee(row, f"9{place:03d}", name=name, department=departments[code], roles=roles)
        for place, (name, (code, roles)) in enumerate(PEOPLE.items())
    }
    for code in "ABC":
        departments[code].deputy = people["deputy"]
        departments[code].save()
    quarter = make_quarter(row, "2023Q3")
    monthly: dict[str, Any] = {
        "cycle": PointVersion.Cycle.MONTH,
        "deadline": "每月25日",
        "department": departments["A"],
    }
    points = {
        "C1": make_point(row, "C1", library=Library.COMMON, name="学习", **monthly | {"department": None}),
        "K1": make_point(row, "K1", name="清理欠税", standard="逐户核实", **monthly),
        "K2": make_point(row, "K2", name="没有人领", **monthly),
        "Q1": make_point(row, "Q1", name="季末办", **monthly | {"cycle": "quarter", "deadline": "每季末5日前"}),
    }
    make_item(people["anna"], points["K1"], quarter)
    make_item(people["anna"], points["Q1"], quarter)
    return Town(row, quarter, departments, people, points)
