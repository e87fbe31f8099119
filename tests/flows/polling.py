"""Selections of the five stars in each state that some right needs; `person` stands in all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from awards.models import Nomination, Objection, PoolMember, Selection, StarAward, StarCategory, Tally, Voter
from organization.models import Employee
from scoring.models import ScoreRun
from tests.factories import make_quarter

LATER, BEFORE = date(2099, 1, 5), date(2020, 1, 6)
DEEDS = "在大征期连续值守窗口，办结四百余户，零差错零投诉。"


@dataclass
class Polls:
    nominating: Selection
    balloting: Selection
    deciding: Selection
    shown: Selection
    """In publicity; `due` has been long enough."""
    due: Selection
    nomination: Nomination
    award: StarAward
    objection: Objection


def make_polls(name: str, person: Employee, colleague: Employee, run: ScoreRun) -> Polls:
    state, made = Selection.State, _Polling(name, person, colleague, run)
    nominating, nomination = made.selection("2019Q1", state.NOMINATING)
    balloting, running = made.selection("2019Q2", state.BALLOTING)
    deciding, voted = made.selection("2019Q3", state.DECIDING)
    shown, chosen = made.selection("2019Q4", state.PUBLICITY, publicity_until=LATER)
    due, waiting = made.selection("2018Q1", state.PUBLICITY, publicity_until=BEFORE)
    _published, won = made.selection("2018Q2", state.PUBLISHED, publicity_until=BEFORE)
    for one in (running, voted, chosen, waiting, won):
        Tally.objects.bulk_create(Tally(nomination=one, side=side) for side in Voter.Side)
    award, _waiting = made.award(chosen), made.award(waiting)
    given = made.award(
        won, state=StarAward.State.PUBLISHED, serial=f"{name}-1", token=name.ljust(43, "0"), published_on=BEFORE
    )
    objection = Objection.objects.create(
        selection=shown, award=award, by=colleague, ground=f"{name}异议", at=timezone.now()
    )
    return Polls(nominating, balloting, deciding, shown, due, nomination, given, objection)


@dataclass
class _Polling:
    name: str
    person: Employee
    colleague: Employee
    run: ScoreRun

    def selection(self, quarter: str, state: str, **values: Any) -> tuple[Selection, Nomination]:
        """A selection with one star, for which the department of `person` has nominated them."""
        person = self.person
        found = Selection.objects.create(
            bureau=person.bureau, quarter=make_quarter(person.bureau, quarter), run=self.run, state=state,
            leaders_percent=40, most_categories=2, nominate_until=LATER, ballot_from=LATER.replace(day=6),
            ballot_until=LATER.replace(day=7), **values,
        )  # fmt: skip
        star = StarCategory.objects.create(selection=found, kind="dedication", criteria=f"{self.name}条件", winners=1)
        PoolMember.objects.create(
            selection=found, employee=person, department=person.department, bureau_rank=1, standing="in"
        )
        return found, Nomination.objects.create(
            category=star, employee=person, department=person.department, deeds=f"{self.name}{DEEDS}",
            nominated_by=self.colleague, nominated_at=timezone.now(),
        )  # fmt: skip

    def award(self, nomination: Nomination, **values: Any) -> StarAward:
        person = self.person
        return StarAward.objects.create(
            bureau=person.bureau, category=nomination.category, nomination=nomination, employee=person,
            department=person.department, by_vote=True, chosen_at=timezone.now(), **values,
        )  # fmt: skip


def register_voters(polls: Polls, people: list[Employee]) -> None:
    """All of them were in post when the ballot opened."""
    Voter.objects.bulk_create(Voter(selection=polls.balloting, employee=one, side=Voter.Side.STAFF) for one in people)
