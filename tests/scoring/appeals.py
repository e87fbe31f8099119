"""A bureau with two departments and everybody of the table, a quarter in publicity, and lines of each kind to object to.

Anna and Bert (department A, assessed by department B) hold a common point of 4 (扣分 0.5 a fault) and an individual
tiered point of 6; Anna also has a claim, a plus and a machine point. Publicity began on Monday 10 April 2023.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from indicators.models import AssessmentPoint, Library, PointVersion, Quarter, QuarterStep
from organization.models import Bureau, Department, Employee
from scoring.models import Adjustment, Appeal, Score
from scoring.services import appeals
from scoring.services.appeal_corrections import Correction
from scoring.services.publishing import publish_quarter
from scoring.services.scoring import score_quarter
from tasks_market.models import Claim
from tests.factories import (
    make_adjustment,
    make_bureau,
    make_claim,
    make_department,
    make_department_score,
    make_employee,
    make_point,
    make_quarter,
    make_result,
    make_task,
    moment,
)

D = Decimal
BEGAN = date(2023, 4, 10)
LAST = date(2023, 4, 17)
"""The fifth working day after the beginning of publicity."""
ROLES = {
    "head": ("A", "department_head"),
    "liaison": ("A", "liaison"),
    "assessor": ("B", "department_head"),
    "clerk": ("B", "liaison"),
    "deputy": ("C", "deputy_director"),
    "director": ("C", "director"),
    "office": ("C", "office"),
    "second": ("C", "office"),
    "discipline": ("C", "discipline"),
    "admin": ("C", "system_admin"),
}


@dataclass
class Court:
    bureau: Bureau
    quarter: Quarter
    departments: dict[str, Department]
    people: dict[str, Employee] = field(default_factory=dict)
    points: dict[str, AssessmentPoint] = field(default_factory=dict)
    claim: Claim | None = None
    plus: Adjustment | None = None

    def score(self, name: str) -> Score:
        related = Score.objects.current().select_related("run", "quarter__bureau", "bureau", "employee", "department")
        return related.get(employee=self.people[name])

    def key(self, what: str) -> str:
        """The key of Anna's or Bert's line: a point's code, `claim`, `plus`, or a component as it is."""
        if what in self.points:
            return f"node-{self.points[what].pk}-2023Q1"
        if what == "claim" and self.claim:
            return f"claim-{self.claim.pk}"
        if what == "plus" and self.plus:
            return f"adjustment-{self.plus.pk}"
        return what

    def file(self, what: str = "K1", *, by: str = "anna", of: str = "", today: date = BEGAN, **values: Any) -> Appeal:
        given = {"ground": "次数有误", "wanted": "请复核", "now": at(today)} | values
        key = self.key(what)
        return appeals.file_appeal(score=self.score(of or by), key=key, actor=self.people[by], today=today, **given)

    def answer(self, appeal: Appeal, by: str = "assessor", *, today: date = BEGAN, **values: Any) -> Appeal:
        given = {"answer": "已核对原始记录", "now": at(today)} | values
        return appeals.answer_appeal(appeal=appeal, actor=self.people[by], today=today, **given)

    def decide(
        self, appeal: Appeal, by: str = "office", *, today: date = BEGAN, upheld: bool = True, **correction: Any
    ) -> Appeal:
        made = Correction(**correction) if correction else None
        return appeals.decide_appeal(
            appeal=appeal, actor=self.people[by], upheld=upheld, reason="经复核", today=today, now=at(today),
            correction=made,
        )  # fmt: skip

    def publish(self, today: date = date(2023, 4, 18), override: str = "") -> Quarter:
        return publish_quarter(
            bureau=self.bureau, quarter_code="2023Q1", actor=self.people["office"], today=today, override=override
        )

    def totals(self) -> dict[str, Decimal]:
        scores = Score.objects.current().filter(quarter=self.quarter)
        return dict(scores.values_list("employee__name", "total"))


def at(day: date, hour: int = 9) -> datetime:
    return moment(day, hour)


def make_court(code: str = "XS") -> Court:
    bureau = make_bureau(code, ranking_view="all")
    departments = {one: make_department(bureau, f"{code}{one}", name=f"{one}股") for one in "ABC"}
    quarter = make_quarter(bureau, "2023Q1", Quarter.State.REVIEWING)
    court = Court(bureau, quarter, departments)
    for name in ("anna", "bert"):
        court.people[name] = make_employee(bureau, f"{code}-{name}", name=name, department=departments["A"])
    for name, (place, role) in ROLES.items():
        court.people[name] = make_employee(
            bureau, f"{code}-{name}", name=name, department=departments[place], roles=[role], category="局领导"
        )
    Department.objects.filter(pk=departments["A"].pk).update(deputy=court.people["deputy"])
    _enter(court)
    score_quarter(bureau=bureau, quarter_code="2023Q1", actor=None)
    show(quarter)
    court.quarter.refresh_from_db()
    return court


def _enter(court: Court) -> None:
    bureau, first, second = court.bureau, court.departments["A"], court.departments["B"]
    versions: dict[str, Any] = {"department": first, "assessor": second}
    court.points = {
        "K1": make_point(bureau, "K1", library=Library.COMMON, full=D(4), assessor=second),
        "K2": make_point(bureau, "K2", method="tier", full=D(6), **versions),
        "K3": make_point(bureau, "K3", method="ratio", full=D(5), source=PointVersion.Source.MACHINE, **versions),
    }
    for name, person in court.people.items():
        make_result(person, court.points["K1"], value={"anna": 2, "bert": 1}.get(name, 0))
    anna, bert = court.people["anna"], court.people["bert"]
    make_result(anna, court.points["K2"], tier="中")
    make_result(bert, court.points["K2"], tier="良")
    make_result(anna, court.points["K3"], value=80, source=PointVersion.Source.MACHINE)
    make_result(bert, court.points["K3"], value=90, source=PointVersion.Source.MACHINE)
    task = make_task(bureau, f"{bureau.code}-T1", department=first)
    court.claim = make_claim(task, anna, quality=D("0.8"), accepted_by=court.people["deputy"])
    court.plus = make_adjustment(anna, date(2023, 3, 1), points=D("0.5"), matter="专项工作")
    make_department_score(first, 90)
    make_department_score(second, 92)


def show(quarter: Quarter, began: date = BEGAN) -> None:
    """The quarter in publicity since that day, without asking whether it is ready."""
    Quarter.objects.filter(pk=quarter.pk).update(state=Quarter.State.PUBLICITY)
    QuarterStep.objects.create(quarter=quarter, state=Quarter.State.PUBLICITY, at=moment(began))
