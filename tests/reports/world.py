"""A small scored bureau: every role, two departments, and totals that are worked out in one's head.

Everybody holds one common point of 4 (扣分 0.5 a fault) and one individual point of 4 in full. With n faults the total
is 30·(4 − n/2)/4 + 60: 90.00, 86.25, 82.50, 78.75, 75.00 …
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from indicators.models import Library, Quarter
from organization.models import Bureau, Employee
from scoring.models import Score
from scoring.services.scoring import score_quarter
from tests.factories import make_absence, make_bureau, make_department, make_employee, make_point, make_result

FAULTS = {"head": 1, "anna": 0, "bert": 2, "cora": 3, "dora": 4}
ROLES = {
    "director": "director",
    "deputy": "deputy_director",
    "office": "office",
    "discipline": "discipline",
    "admin": "system_admin",
    "head": "department_head",
}


@dataclass
class World:
    bureau: Bureau
    people: dict[str, Employee] = field(default_factory=dict)

    def score(self, name: str, code: str = "2023Q1") -> Score:
        return Score.objects.current().get(employee=self.people[name], quarter__code=code)

    def names(self, scores: object) -> set[str]:
        return {score.name for score in scores}


def make_world(code: str = "XS", *, state: str = Quarter.State.PUBLISHED, view: str = "top") -> World:
    """Anna, the head and Bert in department A; Cora and Dora in B; leaders in none of the pool. Dora is away."""
    bureau = make_bureau(code, ranking_view=view)
    first, second = make_department(bureau, f"{code}A", name="甲股"), make_department(bureau, f"{code}B", name="乙股")
    world = World(bureau)
    places = {"head": first, "anna": first, "bert": first, "cora": second, "dora": second}
    for place, name in enumerate([*places, "director", "deputy", "office", "discipline", "admin"]):
        category = "局领导" if name in ("director", "deputy") else "一般干部"
        world.people[name] = make_employee(
            bureau,
            f"{code}{place:02d}",
            name=name,
            roles=[ROLES[name]] if name in ROLES else [],
            department=places.get(name, second),
            category=category,
        )
    make_absence(world.people["dora"], date(2023, 1, 1), date(2023, 3, 31))
    add_quarter(world, "2023Q1", FAULTS, state=state)
    return world


def add_quarter(world: World, code: str, faults: dict[str, int], *, state: str) -> None:
    """Results and scores of a quarter; who is not named has four faults."""
    bureau = world.bureau
    if not bureau.points.exists():
        make_point(bureau, "K001", library=Library.COMMON, full=4, name="政治学习")
        make_point(bureau, "K101", full=4, name="岗位业务")
    common, individual = bureau.points.get(code="K001"), bureau.points.get(code="K101")
    for name, person in world.people.items():
        make_result(person, common, code, value=faults.get(name, 4), entered_by=world.people["office"])
        make_result(person, individual, code, value=0)
    score_quarter(bureau=bureau, quarter_code=code, actor=None)
    Quarter.objects.filter(bureau=bureau, code=code).update(state=state)
