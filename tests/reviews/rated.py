"""A showing of the first branch that was held on 15 May 2023 with five members there, and everybody who might look at it.

Of branch A: its secretary, Anna, Bert, Carl and Dora, who were there, and Emil, who was excused. Branch B has its own
secretary and Fred. The office, the leaders and discipline belong to no branch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from organization.models import Bureau, Employee, PartyBranch
from reviews.marks import Ballot
from reviews.models import Participant, Rating, Showing, ShowingBranch, Statement
from reviews.services.closing import close_showing
from reviews.services.follow_ups import add_follow_up
from reviews.services.ratings import draw_ratings, hand_in_ratings, save_ratings
from tests.factories import make_branch, make_bureau, make_department, make_employee, moment

DAY, TODAY = date(2023, 5, 15), date(2023, 5, 16)
NOW = moment(TODAY)
Attendance = Participant.Attendance
IN_A = ("secretary", "anna", "bert", "carl", "dora", "emil")
IN_B = ("second", "fred")
ROLES = {
    "office": "office",
    "director": "director",
    "deputy": "deputy_director",
    "discipline": "discipline",
    "admin": "system_admin",
    "head": "department_head",
}


@dataclass
class Rated:
    bureau: Bureau
    branches: dict[str, PartyBranch]
    people: dict[str, Employee]
    showing: Showing = field(init=False)

    def draw(self, showing: Showing | None = None) -> int:
        return draw_ratings(showing=showing or self.showing, actor=self.people["secretary"], now=NOW)

    def ballots(self, who: str, showing: Showing | None = None) -> list[Rating]:
        return list(Rating.objects.filter(showing=showing or self.showing, rater=self.people[who]).order_by("pk"))

    def written(self, who: str, *, marks: tuple[int, ...] = (91, 92, 93, 94), words: str = "") -> dict[int, Ballot]:
        """All ballots of this person with a mark and a comment, as a page sends them."""
        words = words or f"{who}说：为人实在，肯干肯学"
        peers = iter(marks)
        return {
            one.pk: Ballot(next(peers) if one.kind == Rating.Kind.PEER else None, f"{words}{place}")
            for place, one in enumerate(self.ballots(who))
        }

    def save(self, who: str, ballots: dict[int, Ballot] | None = None, now: datetime = NOW) -> None:
        save_ratings(showing=self.showing, actor=self.people[who], ballots=ballots or self.written(who), now=now)

    def hand_in(self, who: str, now: datetime = NOW, **values: Any) -> bool:
        return hand_in_ratings(
            showing=self.showing, actor=self.people[who], ballots=self.written(who, **values), now=now
        )

    def hand_in_all(self, *but: str) -> None:
        for who in IN_A:
            if who not in but and self.ballots(who):
                self.hand_in(who)
        self.showing.refresh_from_db()

    def close(self, by: str = "secretary", **values: Any) -> Showing:
        return close_showing(showing=self.showing, actor=self.people[by], now=NOW, **values)

    def follow_up(self, owner: str = "anna", by: str = "secretary", **values: Any) -> Any:
        given = {"task": "把操作卡贴到工位", "due_on": date(2023, 6, 10), "now": NOW} | values
        return add_follow_up(showing=self.showing, actor=self.people[by], owner=self.people[owner], **given)


def make_rated(*, held: bool = True) -> Rated:
    """The bureau with its showing, held and not yet drawn."""
    bureau = make_bureau(is_demo=True, stands_on=TODAY)
    make_department(bureau, "D1")
    branches = {code: make_branch(bureau, code, name=f"第{code}支部") for code in ("A", "B")}
    people = {name: make_employee(bureau, name=name, branch=branches["A"]) for name in IN_A}
    people |= {name: make_employee(bureau, name=name, branch=branches["B"]) for name in IN_B}
    people |= {name: make_employee(bureau, name=name, roles=[kind]) for name, kind in ROLES.items()}
    people["stranger"] = make_employee(make_bureau("YY"), name="stranger", roles=["office", "discipline"])
    for code, name in (("A", "secretary"), ("B", "second")):
        branches[code].secretary = people[name]
        branches[code].save()
    rated = Rated(bureau, branches, people)
    rated.showing = make_showing(rated, held=held)
    return rated


def make_showing(
    rated: Rated,
    codes: tuple[str, ...] = ("A",),
    *,
    day: date = DAY,
    held: bool = True,
    excused: tuple[str, ...] = ("emil",),
) -> Showing:
    """A showing of these branches with their members on its list, each with a statement; straight into the tables."""
    state = {"state": Showing.State.HELD, "held_on": day, "held_at": NOW, "held_by": rated.people["secretary"]}
    showing = Showing.objects.create(
        bureau=rated.bureau,
        month=f"{day:%Y-%m}",
        day=day,
        scheduled_at=NOW - timedelta(days=9),
        **state if held else {},
    )
    names = [*(IN_A if "A" in codes else ()), *(IN_B if "B" in codes else ())]
    for code in codes:
        ShowingBranch.objects.create(showing=showing, branch=rated.branches[code], month=showing.month)
    for place, name in enumerate(names, start=1):
        person = rated.people[name]
        assert person.branch is not None
        attendance = "" if not held else Attendance.EXCUSED if name in excused else Attendance.PRESENT
        Participant.objects.create(
            showing=showing, employee=person, branch=person.branch, position=place, attendance=attendance
        )
        if name not in excused:
            Statement.objects.create(
                showing=showing,
                employee=person,
                achievements=f"{name}的成绩",
                shortcomings=f"{name}的不足",
                plans=f"{name}的打算",
                updated_at=NOW,
                handed_in_at=NOW,
            )
    return Showing.objects.select_related("bureau").get(pk=showing.pk)
