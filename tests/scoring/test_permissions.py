"""Who sees whose score: the exact visible set for every role, in every state."""

from copy import deepcopy
from decimal import Decimal

import pytest

from indicators.models import Library, Quarter
from organization.models import Bureau
from scoring.models import Score
from scoring.permissions import may_see_score
from scoring.services.scoring import score_quarter
from tests.factories import (
    make_bureau,
    make_department,
    make_employee,
    make_placement,
    make_point,
    make_quarter,
    make_result,
    make_role,
)

pytestmark = pytest.mark.django_db
EVERYBODY = {"head", "staff", "peer", "deputy", "stranger", "moved"}


def build():
    """Department A: head, staff, peer, and somebody who moved to B after the quarter; B: stranger; deputy leads A."""
    bureau = make_bureau()
    a, b = make_department(bureau, "A"), make_department(bureau, "B")
    people = {name: make_employee(bureau, name, department=a) for name in ("head", "staff", "peer", "moved")}
    people |= {name: make_employee(bureau, name, department=b) for name in ("deputy", "stranger")}
    make_role(people["head"], "department_head")
    make_role(people["deputy"], "deputy_director")
    a.deputy = people["deputy"]
    a.save()
    make_placement(people["moved"], make_quarter(bureau).period.next().first_day, department=b)
    people["moved"].department = b
    people["moved"].save()
    common = make_point(bureau, library=Library.COMMON, full=Decimal(4))
    for faults, name in enumerate(["stranger", "peer", "staff", "head", "moved", "deputy"]):
        make_result(people[name], common, value=faults)
    score_quarter(bureau=bureau, quarter_code="2023Q1", actor=None)
    return bureau


@pytest.fixture
def bureau(built):
    return deepcopy(built)


def person(bureau, number):
    return bureau.employees.get(number=number)


def ranked_to(user, state=None, view=None):
    if state:
        Quarter.objects.update(state=state)
    if view:
        Bureau.objects.filter(pk=user.bureau_id).update(ranking_view=view)
        user.bureau.refresh_from_db()
    quarter = Quarter.objects.get(bureau__code="XS")
    return set(Score.objects.current().filter(quarter=quarter).visible_to(user).values_list("number", flat=True))


def explained_to(user):
    scores = Score.objects.select_related("department")
    seen = {score.number for score in scores if may_see_score(user, score)}
    assert seen == set(Score.objects.explained_to(user).values_list("number", flat=True))
    return seen


@pytest.mark.parametrize("state", ["collecting", "reviewing"])
def test_before_publicity_staff_see_their_own_alone(bureau, state):
    assert ranked_to(person(bureau, "staff"), state, "all") == {"staff"}


@pytest.mark.parametrize("state", ["publicity", "published"])
@pytest.mark.parametrize(("view", "seen"), [("own", {"staff"}), ("top", {"staff", "stranger"}), ("all", EVERYBODY)])
def test_from_publicity_on_staff_see_what_the_bureau_shows(bureau, state, view, seen):
    assert ranked_to(person(bureau, "staff"), state, view) == seen


def test_a_provisional_run_is_not_shown_to_staff_even_in_publicity(bureau):
    Score.objects.first().run.__class__.objects.update(as_of="2023-03-01")
    assert ranked_to(person(bureau, "staff"), "publicity", "all") == {"staff"}


def test_heads_see_the_department_that_held_then(bureau):
    assert ranked_to(person(bureau, "head"), "collecting") == {"head", "staff", "peer", "moved"}
    assert explained_to(person(bureau, "head")) == {"head", "staff", "peer", "moved"}


def test_deputies_see_all_ranks_and_explain_the_departments_in_charge(bureau):
    assert ranked_to(person(bureau, "deputy"), "collecting") == EVERYBODY
    assert explained_to(person(bureau, "deputy")) == {"deputy", "head", "staff", "peer", "moved"}


@pytest.mark.parametrize("role", ["director", "office", "discipline"])
def test_director_office_and_discipline_see_everything_of_the_bureau(bureau, role):
    user = make_employee(bureau, "boss", roles=[role])
    assert ranked_to(user, "collecting") == EVERYBODY
    assert explained_to(user) == EVERYBODY


@pytest.mark.parametrize("role", ["liaison", "system_admin", None])
def test_liaison_and_administrator_open_no_explanation_but_their_own(bureau, role):
    user = person(bureau, "staff")
    if role:
        make_role(user, role)
    assert explained_to(user) == {"staff"}
    verdict = may_see_score(user, Score.objects.get(number="peer"))
    assert "绩效办" in str(verdict.message)


def test_the_system_administrator_has_no_right_on_scores(bureau):
    admin = make_employee(bureau, "admin", roles=["system_admin"], department=bureau.departments.get(code="B"))
    assert ranked_to(admin, "published", "all") == set()
    make_role(person(bureau, "staff"), "system_admin")
    assert ranked_to(person(bureau, "staff"), "published", "all") == {"staff"}


@pytest.mark.parametrize("role", ["director", "office", "discipline", "department_head", "deputy_director"])
def test_nothing_is_seen_from_another_bureau(bureau, role):
    foreign = make_employee(make_bureau("YY", parent=bureau), "foreign", roles=[role])
    assert ranked_to(foreign, "published", "all") == set()
    assert explained_to(foreign) == set()
    assert not may_see_score(foreign, Score.objects.first())
