"""A small bureau in the middle of its second quarter with something behind every figure of the cockpit.

The first quarter is published, the second scored provisionally. It is Monday 22 May 2023: April's nodes are past (two
people have not entered them), May's are due on Thursday. One task has a place left over; one branch missed April.
"""

from __future__ import annotations

from datetime import date, timedelta

from indicators.models import Library, Quarter
from organization.models import Bureau, Employee, PartyBranch
from reviews.models import Showing, ShowingBranch
from scoring.services.scoring import score_quarter
from supervision.services.warnings import make_sheets
from tests.factories import make_branch, make_claim, make_point, make_quarter, make_result, make_task, moment
from tests.reports.world import World, make_world

TODAY = date(2023, 5, 22)
NODE = date(2023, 5, 25)
QUARTER, BEFORE = "2023Q2", "2023Q1"
LATE = ("bert", "cora")
"""Who has not entered April."""
FAULTS = {"anna": 3, "bert": 1, "cora": 0, "head": 2}


def make_bridge(code: str = "XS", *, before: str = Quarter.State.PUBLISHED) -> World:
    """Department A is in the deputy's charge, B in nobody's; `before` is where the first quarter stands."""
    world = make_world(code, state=before)
    Bureau.objects.filter(pk=world.bureau.pk).update(is_demo=True, stands_on=TODAY)
    world.bureau.refresh_from_db()
    first = world.people["anna"].department
    first.deputy = world.people["deputy"]
    first.save()
    _second_quarter(world)
    _market(world)
    _showings(world)
    make_sheets(bureau=world.bureau, month="2023-05", today=date(2023, 5, 5), now=moment(date(2023, 5, 5), 1))
    return world


def _second_quarter(world: World) -> None:
    make_quarter(world.bureau, QUARTER)
    monthly = make_point(world.bureau, "K003", library=Library.COMMON, cycle="month", name="按月报送")
    for name, person in world.people.items():
        if name not in LATE:
            make_result(person, monthly, "2023-04", value=FAULTS.get(name, 0))
    score_quarter(bureau=world.bureau, quarter_code=QUARTER, actor=None, as_of=TODAY)


def _market(world: World) -> None:
    first, second = world.people["anna"].department, world.people["cora"].department
    open_task = make_task(
        world.bureau, f"{world.bureau.code}T1", quarter=QUARTER, department=first, places=2, announced=True
    )
    make_claim(open_task, world.people["anna"], state="held")
    full = make_task(
        world.bureau, f"{world.bureau.code}T2", quarter=QUARTER, department=second, places=1, announced=True
    )
    make_claim(full, world.people["cora"], state="held")


def _showings(world: World) -> None:
    for code, names in (("A", ("anna", "bert", "head")), ("B", ("cora", "dora"))):
        branch = make_branch(world.bureau, f"{world.bureau.code}Z{code}", name=f"第{code}支部")
        people = [world.people[name].pk for name in names]
        Employee.objects.filter(pk__in=people).update(branch=branch)
        for person in people:
            world.bureau.employees.get(pk=person).placements.update(branch=branch)
        hold(world.bureau, branch, date(2023, 3, 15))
        if code == "A":
            hold(world.bureau, branch, date(2023, 4, 17))


def hold(bureau: Bureau, branch: PartyBranch, day: date) -> Showing:
    """A session that was held on its day, straight into the tables."""
    at = moment(day)
    showing = Showing.objects.create(
        bureau=bureau, month=f"{day:%Y-%m}", day=day, scheduled_at=at - timedelta(days=9),
        state=Showing.State.HELD, held_on=day, held_at=at,
    )  # fmt: skip
    ShowingBranch.objects.create(showing=showing, branch=branch, month=showing.month)
    return showing


def settle(world: World, state: str) -> None:
    """The second quarter scored in full, and where it then stands."""
    Quarter.objects.filter(bureau=world.bureau, code=QUARTER).update(state=Quarter.State.REVIEWING)
    score_quarter(bureau=world.bureau, quarter_code=QUARTER, actor=None)
    Quarter.objects.filter(bureau=world.bureau, code=QUARTER).update(state=state)
