"""A published quarter with a ranking, and everybody whom a selection needs.

Department A has head, liaison and eight staff (a1 to a8), department B a head and two (b1, b2); the branch is led by
`secretary` of department B and holds a1 and b1. Fifteen are ranked, a1 to a8 and b1 before the others, so that the
limit is 4: the pool is a1, a2 and a3, since a4 has a disciplinary minus. b2 is on probation, leaders have no rank.
Opened on Monday 17 April 2023 it takes nominations to Sunday the 23rd, a made-up
working day, and ballots from the 24th to the 26th.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from awards.models import Nomination, Selection, StarCategory
from awards.services.deciding import Choice, decide_stars
from awards.services.nominating import nominate
from awards.services.selections import open_selection
from awards.services.voting import cast_ballot, close_ballot, open_ballot
from indicators.models import Quarter
from organization.models import Bureau, Employee, PartyBranch, RankCategory
from scoring.services.scoring import score_quarter
from tests.factories import (
    make_absence,
    make_adjustment,
    make_branch,
    make_bureau,
    make_department,
    make_employee,
    make_quarter,
    moment,
)

OPENED = date(2023, 4, 17)
NOMINATE_UNTIL, BALLOT_FROM, BALLOT_UNTIL = date(2023, 4, 23), date(2023, 4, 24), date(2023, 4, 26)
DECIDED = date(2023, 4, 27)
DEEDS = "大征期连续二十天在窗口值守，办结申报四百余户，零差错、零投诉。"
LEADING = RankCategory.DEFAULTS[0]
STAFF = ("a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "b1", "b2")
RANKED_BY_PLUSES = ("a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "b1")


@dataclass
class Contest:
    bureau: Bureau
    quarter: Quarter
    branch: PartyBranch
    people: dict[str, Employee] = field(default_factory=dict)
    today: date = OPENED

    @property
    def selection(self) -> Selection:
        found: Selection = (
            Selection.objects.select_related("bureau", "quarter").exclude(state="cancelled").get(bureau=self.bureau)
        )
        return found

    def star(self, kind: str = "dedication") -> StarCategory:
        return StarCategory.objects.select_related("selection").get(selection=self.selection, kind=kind)

    def open(self, by: str = "office") -> Selection:
        return open_selection(quarter=self.quarter, actor=self.people[by], today=self.today, now=moment(self.today))

    def nominate(self, name: str, kind: str = "dedication", by: str = "head", **values: Any) -> Nomination:
        given = {"deeds": DEEDS, "today": self.today, "now": moment(self.today)} | values
        return nominate(category=self.star(kind), employee=self.people[name], actor=self.people[by], **given)

    def open_ballot(self, by: str | None = None) -> Selection:
        self.today = max(self.today, BALLOT_FROM)
        actor = self.people[by] if by else None
        return open_ballot(selection=self.selection, actor=actor, today=self.today, now=moment(self.today))

    def vote(self, by: str, *names: str, kind: str = "dedication", **values: Any) -> None:
        star = self.star(kind)
        chosen = [Nomination.objects.get(category=star, employee=self.people[name]).pk for name in names]
        cast_ballot(category=star, chosen=chosen, actor=self.people[by], **{"today": self.today} | values)

    def close(self, by: str | None = None, **values: Any) -> Selection:
        self.today = max(self.today, DECIDED)
        actor = self.people[by] if by else None
        return close_ballot(selection=self.selection, actor=actor, today=self.today, now=moment(self.today), **values)

    def decide(self, by: str = "director", departures: dict[str, str] | None = None, **stars: list[str]) -> Selection:
        choices = {}
        for kind, names in stars.items():
            star = self.star(kind)
            ids = Nomination.objects.filter(category=star, employee__in=[self.people[name] for name in names])
            choices[star.pk] = Choice(frozenset(ids.values_list("pk", flat=True)), (departures or {}).get(kind, ""))
        return decide_stars(
            selection=self.selection,
            choices=choices,
            actor=self.people[by],
            today=self.today,
            now=moment(self.today, 15),
        )


def make_contest(code: str = "XS", **bureau: Any) -> Contest:
    made = make_bureau(code, **{"ranking_view": "all"} | bureau)
    quarter = make_quarter(made, "2023Q1", Quarter.State.REVIEWING)
    departments = {one: make_department(made, f"{code}{one}", name=f"{one}股") for one in "ABC"}
    contest = Contest(made, quarter, make_branch(made, f"{code}1", name="第一党支部"))

    def add(name: str, place: str, *roles: str, category: str = "一般干部", **values: Any) -> Employee:
        contest.people[name] = make_employee(
            made, f"{code}-{name}", name=name, department=departments[place], roles=roles, category=category, **values
        )
        return contest.people[name]

    for name in STAFF:
        add(name, name[0].upper(), branch=contest.branch if name in ("a1", "b1") else None)
    add("head", "A", "department_head", category=LEADING)
    add("liaison", "A", "liaison")
    add("other", "B", "department_head", category=LEADING)
    add("secretary", "B")
    for name, role in (
        ("director", "director"), ("deputy", "deputy_director"), ("office", "office"), ("second", "office"),
        ("discipline", "discipline"), ("admin", "system_admin"),
    ):  # fmt: skip
        add(name, "C", role, category=LEADING if name in ("director", "deputy") else "中层正职")
    contest.branch.secretary = contest.people["secretary"]
    contest.branch.save()
    for place, name in enumerate(RANKED_BY_PLUSES):
        make_adjustment(contest.people[name], points=Decimal(50 - place) / 10)
    make_adjustment(contest.people["a4"], kind="minus", points=Decimal("0.01"), disciplinary=True)
    make_absence(contest.people["b2"], date(2023, 1, 1), kind="probation")
    score_quarter(bureau=made, quarter_code="2023Q1", actor=contest.people["office"])
    Quarter.objects.filter(pk=quarter.pk).update(state=Quarter.State.PUBLISHED)
    quarter.refresh_from_db()
    return contest
