"""A bureau with four departments, everybody of the table and a quarter in publicity, for the tests of review meetings.

Department A has anna and bert beside head and liaison and the deputy in charge; B has carl beside its head; C the
leaders and the office; D only emil, so that nobody speaks for it. Publicity began on Monday 10 April 2023.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.test import Client

from indicators.models import AssessmentPoint, Library, Quarter, QuarterStep, Result
from indicators.services.quarters import opened_for_correction
from organization.models import Bureau, Department, Employee
from reviews.models import LostPoint, MeetingAction, ReviewMeeting
from reviews.services import actions, explaining, meetings
from scoring.models import Score
from scoring.queries.explanations import explanation
from scoring.services.corrections import add_correction_run
from scoring.services.publishing import publish_quarter
from scoring.services.scoring import score_quarter
from tests.factories import (
    make_bureau,
    make_department,
    make_department_score,
    make_employee,
    make_point,
    make_quarter,
    make_result,
    moment,
)

D = Decimal
BEGAN = date(2023, 4, 10)
DAY = date(2023, 4, 20)
"""A Thursday; three working days before it is Monday the 17th."""
PEOPLE = {
    "anna": ("A", ()), "bert": ("A", ()), "carl": ("B", ()), "emil": ("D", ()),
    "head": ("A", ["department_head"]), "liaison": ("A", ["liaison"]), "head_b": ("B", ["department_head"]),
    "deputy": ("C", ["deputy_director"]), "other_deputy": ("C", ["deputy_director"]), "director": ("C", ["director"]),
    "office": ("C", ["office"]), "discipline": ("C", ["discipline"]), "admin": ("C", ["system_admin"]),
}  # fmt: skip
SITS = {"head", "liaison", "head_b", "deputy", "other_deputy", "director", "office", "discipline"}
LEADERS = {"deputy", "other_deputy", "director", "office", "discipline"}


@dataclass
class Hall:
    bureau: Bureau
    quarter: Quarter
    departments: dict[str, Department]
    people: dict[str, Employee] = field(default_factory=dict)
    points: dict[str, AssessmentPoint] = field(default_factory=dict)

    def prepare(self, by: str = "office", *, today: date = BEGAN, **values: Any) -> ReviewMeeting:
        arrangement = meetings.Arrangement(**{"day": DAY, "place": "会议室"} | values)
        return meetings.prepare_meeting(
            quarter=self.quarter, arrangement=arrangement, actor=self.people[by], today=today, now=moment(today)
        )

    def hold(self, meeting: ReviewMeeting, by: str = "office", today: date = DAY) -> ReviewMeeting:
        return meetings.hold_meeting(meeting=meeting, actor=self.people[by], today=today, now=moment(today, 15))

    def held(self) -> ReviewMeeting:
        return self.hold(self.prepare())

    def close(self, meeting: ReviewMeeting, text: str = "纪要", today: date = DAY) -> ReviewMeeting:
        return meetings.close_meeting(
            meeting=meeting, text=text, actor=self.people["office"], today=today, now=moment(today, 17)
        )

    def lost(self, meeting: ReviewMeeting, place: str, point: str) -> LostPoint:
        return meeting.lost_points.get(department=self.departments[place], point=self.points[point])

    def explain(
        self, row: LostPoint, by: str = "head", cause: str = "原因", measure: str = "措施", today: date = BEGAN,
        **values: Any,
    ) -> LostPoint:  # fmt: skip
        return explaining.explain(
            row=row, cause=cause, measure=measure, actor=self.people[by], today=today, now=moment(today),
            **values,
        )  # fmt: skip

    def decide(
        self, meeting: ReviewMeeting, owner: str = "anna", due_on: date = date(2023, 5, 10), **values: Any
    ) -> MeetingAction:
        given = {"task": "整改", "department": self.departments["A"], "actor": self.people["office"]} | values
        return actions.add_action(
            meeting=meeting, owner=self.people[owner], due_on=due_on, today=DAY, now=moment(DAY, 16), **given
        )

    def correct(self, *, faults: int) -> None:
        """A correction run in which anna has other faults at K1."""
        quarter = Quarter.objects.select_related("bureau").get(pk=self.quarter.pk)
        with opened_for_correction(quarter):
            Result.objects.filter(employee=self.people["anna"], point=self.points["K1"]).update(value=D(faults))
            add_correction_run(quarter, actor=self.people["office"], reason="更正")

    def score_again(self, *, faults: int) -> None:
        """The quarter in publicity scored once more, within its run, with other faults of anna at K1."""
        with opened_for_correction(Quarter.objects.select_related("bureau").get(pk=self.quarter.pk)):
            Result.objects.filter(employee=self.people["anna"], point=self.points["K1"]).update(value=D(faults))
        score_quarter(bureau=self.bureau, quarter_code="2023Q1", actor=self.people["office"])

    def at(self, today: date) -> None:
        """Lets the bureau's calendar stand on a day."""
        self.bureau.is_demo, self.bureau.stands_on = True, today
        self.bureau.save()

    def client(self, name: str) -> Client:
        client = Client()
        client.force_login(self.people[name])
        return client

    def publish(self) -> None:
        publish_quarter(
            bureau=self.bureau,
            quarter_code="2023Q1",
            actor=self.people["office"],
            today=date(2023, 4, 18),
            override="急",
        )


def make_hall(code: str = "XS", *, ranking_view: str = "all") -> Hall:
    bureau = make_bureau(code, ranking_view=ranking_view)
    departments = {one: make_department(bureau, f"{code}{one}", name=f"{one}股") for one in "ABCD"}
    hall = Hall(bureau, make_quarter(bureau, "2023Q1", Quarter.State.REVIEWING), departments)
    for name, (place, roles) in PEOPLE.items():
        category = "局领导" if place == "C" else "一般干部"
        hall.people[name] = make_employee(
            bureau, f"{code}-{name}", name=name, department=departments[place], roles=roles, category=category
        )
    for place, deputy in (("A", "deputy"), ("B", "other_deputy")):
        Department.objects.filter(pk=departments[place].pk).update(deputy=hall.people[deputy])
    _enter(hall)
    score_quarter(bureau=bureau, quarter_code="2023Q1", actor=None)
    QuarterStep.objects.create(quarter=hall.quarter, state=Quarter.State.PUBLICITY, at=moment(BEGAN))
    Quarter.objects.filter(pk=hall.quarter.pk).update(state=Quarter.State.PUBLICITY)
    hall.quarter.refresh_from_db()
    return hall


def _enter(hall: Hall) -> None:
    """K1 common and quarterly, K2 tiers of A and B, K3 monthly of anna alone."""
    places = hall.departments
    versions: dict[str, Any] = {"department": places["A"], "assessor": places["C"]}
    hall.points = {
        "K1": make_point(hall.bureau, "K1", library=Library.COMMON, full=D(4), assessor=places["C"]),
        "K2": make_point(hall.bureau, "K2", method="tier", full=D(6), **versions),
        "K3": make_point(hall.bureau, "K3", full=D(2), cycle="month", **versions),
    }
    faults = {"anna": 2, "bert": 1, "carl": 1, "emil": 3}
    for name, person in hall.people.items():
        make_result(person, hall.points["K1"], value=faults.get(name, 0))
    for name, tier in (("anna", "中"), ("bert", "优"), ("carl", "良"), ("head", "优"), ("head_b", "优")):
        make_result(hall.people[name], hall.points["K2"], tier=tier)
    for period, value in (("2023-01", 0), ("2023-02", 1), ("2023-03", 0)):
        make_result(hall.people["anna"], hall.points["K3"], period, value=value)
    make_department_score(places["A"], 90)
    make_department_score(places["B"], 92)


def independent_losses(hall: Hall) -> dict[tuple[str, str], tuple[Decimal, int]]:
    """Lost points by department name and code, summed from the printed lines of every explanation."""
    sums: dict[tuple[str, str], tuple[Decimal, int]] = {}
    for score in Score.objects.current().filter(bureau=hall.bureau).select_related("run", "department", "quarter"):
        for part in explanation(score).parts:
            for line in part.children:
                if line.kind != "item" or not line.full or line.amount is None:
                    continue
                lost = Decimal(line.full) - line.amount
                if lost:
                    key = (score.department.name, line.label.partition(" ")[0])
                    before = sums.get(key, (D("0.00"), 0))
                    sums[key] = (before[0] + lost, before[1] + 1)
    return sums
