"""A department with its people, their posts and points, on 10 February 2023."""

from __future__ import annotations

from datetime import date
from typing import Any

from indicators.models import Quarter
from indicators.services import items
from organization.models import Employee
from tests.factories import make_bureau, make_department, make_employee, make_point, make_post, make_quarter

TODAY = date(2023, 2, 10)


class Town:
    def __init__(self) -> None:
        self.bureau = make_bureau(is_demo=True, stands_on=TODAY)
        self.here = make_department(self.bureau, "D01", name="征收股")
        self.there = make_department(self.bureau, "D02", name="法制股")
        self.post, self.next_post = make_post(self.here, "G01"), make_post(self.here, "G02")
        self.away_post = make_post(self.there, "G03")
        self.quarter = make_quarter(self.bureau)
        self.staff = self.person("101", post=self.post, name="张三")
        self.colleague = self.person("102", post=self.next_post, name="李四")
        self.head = self.person("103", roles=["department_head"], name="王股长")
        self.liaison = self.person("104", roles=["liaison"])
        self.other_head = self.person("105", roles=["department_head"], department=self.there)
        self.deputy = self.person("106", roles=["deputy_director"], department=self.there, name="赵局")
        self.office = self.person("107", roles=["office"], department=self.there)
        self.here.deputy = self.deputy
        self.here.save()
        self.own = make_point(self.bureau, "K1", department=self.here, post=self.post, cycle="month")
        self.next = make_point(self.bureau, "K2", department=self.here, post=self.next_post, cycle="month")
        self.shared = make_point(self.bureau, "K3", department=self.here)
        self.far = make_point(self.bureau, "K4", department=self.there, post=self.away_post, assessor=self.here)
        self.common = make_point(self.bureau, "K5", library="common")

    def person(self, number: str, **values: Any) -> Employee:
        made = make_employee(self.bureau, number, **{"department": self.here} | values)
        return Employee.objects.select_related("bureau", "department", "post").get(pk=made.pk)

    def choose(self, person: Employee, *points: Any, quarter: Quarter | None = None, today: date = TODAY) -> Any:
        return items.choose(points=points, quarter=quarter or self.quarter, actor=person, today=today)

    def ask(self, person: Employee, *points: Any, reason: str = "愿意分担") -> Any:
        return items.ask(points=points, quarter=self.quarter, actor=person, reason=reason)

    def decide(
        self, person: Employee, asked: Any, *, agree: bool = True, answer: str = "好", today: date = TODAY
    ) -> Any:
        return items.decide(requests=asked, agree=agree, actor=person, today=today, answer=answer)
