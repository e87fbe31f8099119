"""A bureau with two branches, their secretaries and members, and a session in June 2023."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.test import Client
from django.utils import timezone

from organization.models import Bureau, Employee, PartyBranch
from reviews.models import Showing, Statement
from reviews.services.holding import Attended, hold_showing
from reviews.services.scheduling import Place, schedule_showing
from reviews.services.statements import hand_in_statement, save_draft
from tests.factories import make_branch, make_bureau, make_employee

TODAY = date(2023, 6, 12)
DAY = date(2023, 6, 15)
TEXTS = {"achievements": "办结三十件", "shortcomings": "有两件超期", "plans": "下月清零"}
MEMBERS = {"A": ("anna", "bert", "carl", "dora"), "B": ("emil", "fred")}
OTHERS = {"office": "office", "discipline": "discipline", "director": "director", "admin": "system_admin", "plain": ""}


def at(day: date, hour: int = 9) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=timezone.get_current_timezone())


@dataclass
class Room:
    """`anna` leads branch A, `emil` branch B; the others of OTHERS belong to no branch."""

    bureau: Bureau
    branches: dict[str, PartyBranch] = field(default_factory=dict)
    people: dict[str, Employee] = field(default_factory=dict)

    def schedule(self, *names: str, day: date = DAY, by: str = "anna", today: date = TODAY, **place: Any) -> Showing:
        branches = [self.branches[name] for name in names or ("A",)]
        return schedule_showing(
            branches=branches, day=day, actor=self.people[by], today=today, now=at(today), at=Place(**place)
        )

    def draft(self, showing: Showing, by: str, *, today: date = TODAY, **values: Any) -> Statement:
        given: dict[str, Any] = {"texts": TEXTS, "known": None, "now": at(today)} | values
        return save_draft(showing=showing, actor=self.people[by], today=today, **given)

    def hand_in(self, showing: Showing, by: str, *, today: date = TODAY, **values: Any) -> Statement:
        given: dict[str, Any] = {"texts": TEXTS, "known": None, "now": at(today)} | values
        return hand_in_statement(showing=showing, actor=self.people[by], today=today, **given)

    def attendance(self, showing: Showing, **others: Attended) -> dict[int, Attended]:
        """Everybody was there, but those who are named."""
        there = dict.fromkeys(showing.participants.values_list("employee_id", flat=True), Attended("present"))
        return there | {self.people[name].pk: entry for name, entry in others.items()}

    def hold(self, showing: Showing, by: str = "anna", *, today: date = DAY, **values: Any) -> Showing:
        given: dict[str, Any] = {"held_on": today, "attendance": self.attendance(showing), "now": at(today)} | values
        return hold_showing(showing=showing, actor=self.people[by], today=today, **given)

    def names(self, showing: Showing) -> list[str]:
        """The list in order of speaking."""
        people = showing.participants.order_by("position", "employee__number")
        return list(people.values_list("employee__name", flat=True))

    def client(self, name: str) -> Client:
        client = Client()
        client.force_login(self.people[name])
        return client

    def stand_on(self, day: date) -> None:
        """The bureau's calendar stands still there, as a demonstration's."""
        self.bureau.is_demo, self.bureau.stands_on = True, day
        self.bureau.save()


def make_room(code: str = "XS") -> Room:
    room = Room(make_bureau(code))
    for name, members in MEMBERS.items():
        room.branches[name] = make_branch(room.bureau, f"{code}{name}", name=f"第{name}支部")
        for member in members:
            room.people[member] = make_employee(
                room.bureau, f"{code}-{member}", name=member, branch=room.branches[name]
            )
    for name, role in OTHERS.items():
        room.people[name] = make_employee(room.bureau, f"{code}-{name}", name=name, roles=[role] if role else [])
    for name, secretary in {"A": "anna", "B": "emil"}.items():
        room.branches[name].secretary = room.people[secretary]
        room.branches[name].save()
    return room
