"""方案模拟: a draft scheme moves exactly whom it would move if it were adopted, and saves nothing."""

from copy import deepcopy
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import Entry
from common.errors import InvalidInput
from indicators.models import Library, SchemeSetting
from scoring.formula import SCHEME_KEYS, SchemeValues
from scoring.models import Score
from scoring.queries import score_now
from scoring.queries.outcomes import scheme_of
from scoring.queries.whatif import simulate
from scoring.services.publishing import publish_quarter
from scoring.services.scoring import score_quarter
from tests.factories import (
    make_adjustment,
    make_bureau,
    make_department,
    make_department_score,
    make_employee,
    make_point,
    make_quarter,
    make_result,
    make_scheme_setting,
)

pytestmark = pytest.mark.django_db
TODAY = date(2023, 5, 1)
DRAFT = {"共性权重": "50", "个性权重": "40", "加分上限": "1", "联动系数": "0.5", "星级候选比例": "0.5"}


def build():
    """Three people: one good at common points, one at individual ones, one with a big plus."""
    bureau = make_bureau()
    common = make_point(bureau, "K1", library=Library.COMMON, full=Decimal(10))
    individual = make_point(bureau, "K2", full=Decimal(10))
    for number, first, second in (("101", "10", "2"), ("102", "2", "10"), ("103", "5", "5")):
        department = make_department(bureau, f"D{number}")
        person = make_employee(bureau, number, department=department)
        make_department_score(department, number.replace("10", "9"))
        make_result(person, common, value=Decimal(first))
        make_result(person, individual, value=Decimal(second))
    make_adjustment(person, points=Decimal("4.00"))
    return bureau


@pytest.fixture
def bureau(built):
    return deepcopy(built)


@pytest.fixture
def quarter(bureau):
    score_quarter(bureau=bureau, quarter_code="2023Q1", actor=None)
    return bureau.quarters.get(code="2023Q1")


def draft_of(quarter, changes=DRAFT):
    return SchemeValues.from_mapping(scheme_of(quarter).to_mapping() | changes)


def told(outcome):
    return {
        one.score.input.number: (one.score.total, one.placing.bureau_rank, one.placing.in_pool)
        for one in outcome.people
    }


def test_it_says_what_adopting_the_draft_would_bring(quarter, bureau):
    before = told(score_now(quarter))
    found = simulate(quarter, draft_of(quarter), today=TODAY)
    for key, value in DRAFT.items():
        make_scheme_setting(bureau, key, value)
    after = told(score_now(quarter))

    assert {one.number: (one.total_before, one.rank_before, one.pool_before) for one in found.shifts} == before
    assert {one.number: (one.total_after, one.rank_after, one.pool_after) for one in found.shifts} == after
    assert before != after


def test_groups_add_up_to_their_people(quarter):
    found = simulate(quarter, draft_of(quarter), today=TODAY)
    whole = found.whole
    for groups in (found.departments, found.categories):
        assert sum(group.people for group in groups) == whole.people == 3
        for figure in ("risen", "fallen", "entered", "left"):
            assert sum(getattr(group, figure) for group in groups) == getattr(whole, figure)
    alone = {group.name: (group.mean_before, group.mean_after) for group in found.departments}
    assert alone == {one.department: (one.total_before, one.total_after) for one in found.shifts}


def test_the_same_scheme_moves_nobody(quarter):
    found = simulate(quarter, scheme_of(quarter), today=TODAY)
    assert found.moved == 0


def test_a_changed_share_in_post_changes_who_is_ranked(quarter):
    found = simulate(quarter, draft_of(quarter, {"不参加单位排名序列": "一般干部"}), today=TODAY)
    assert {one.rank_after for one in found.shifts} == {None}
    assert {one.places for one in found.shifts} == {None}
    assert found.moved == 3


def test_nothing_is_saved_and_a_published_quarter_can_be_tried(quarter, bureau):
    publish_quarter(bureau=bureau, quarter_code="2023Q1", actor=None, today=TODAY, override="试")
    quarter.refresh_from_db()
    kept = list(Score.objects.order_by("pk").values("total", "bureau_rank", "digest"))
    lines = Entry.objects.count()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = simulate(quarter, draft_of(quarter), today=TODAY)
    assert found.moved == 3
    assert all(query["sql"].startswith("SELECT") for query in asked.captured_queries)
    assert list(Score.objects.order_by("pk").values("total", "bureau_rank", "digest")) == kept
    assert Entry.objects.count() == lines
    assert not SchemeSetting.objects.exists()


def test_a_running_quarter_counts_what_is_due_like_its_provisional_scores(bureau):
    quarter = bureau.quarters.get(code="2023Q1")
    day = date(2023, 3, 1)
    found = simulate(quarter, scheme_of(quarter), today=day)
    assert found.as_of == day
    assert {one.number: one.total_before for one in found.shifts} == {
        one.score.input.number: one.score.total for one in score_now(quarter, as_of=day).people
    }


def test_a_broken_scheme_in_force_is_named(quarter, bureau):
    draft = draft_of(quarter)
    make_scheme_setting(bureau, "共性权重", "31")
    with pytest.raises(InvalidInput, match="2023Q1"):
        simulate(quarter, draft, today=TODAY)


# The page ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def enter(client, quarter, bureau):
    def enter(*roles, of=None):
        user = make_employee(of or bureau, roles=roles, joined_on=date(2024, 1, 1))
        client.force_login(user)
        return user

    return enter


def query(**changes):
    return {"quarter": "2023Q1", **{SCHEME_KEYS[key]: value for key, value in changes.items()}}


def test_the_page_shows_who_moves_and_how_the_draft_is_adopted(client, enter):
    enter("office")
    assert "改一改方案" in client.get("/whatif/?quarter=2023Q1").content.decode()
    answer = client.get("/whatif/", query(**DRAFT))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "2023年一季度 3 人中有 3 人的得分或名次会变" in page
    assert "共性权重 30 → <b>50</b>" in page
    adopt = answer.context["adopt"]
    form = client.get(adopt.split("#")[0]).content.decode()
    assert 'value="50"' in form
    assert 'value="0.5"' in form
    assert not SchemeSetting.objects.exists()


def test_a_department_is_looked_at_alone(client, enter, bureau):
    enter("office")
    department = bureau.departments.get(code="D102")
    answer = client.get("/whatif/", query(**DRAFT) | {"department": department.pk})
    assert [one.number for one in answer.context["page"]] == ["102"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"共性权重": "40"}, "相加应当等于 100"),
        ({"联动系数": "多"}, "应当是数字"),
        ({"不参加单位排名序列": "处长"}, "没有“处长”这个序列"),
        ({"星级候选比例": "1.5"}, "应当在 0 到 1 之间"),
    ],
)
def test_a_draft_that_cannot_be_is_answered_at_its_field(client, enter, changes, sentence):
    enter("office")
    answer = client.get("/whatif/", query(**changes))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("office", 200),
        ("director", 200),
        ("discipline", 403),
        ("deputy_director", 403),
        ("department_head", 403),
        ("liaison", 403),
        ("branch_secretary", 403),
        ("system_admin", 403),
        (None, 403),
    ],
)
def test_only_the_office_and_the_director_try_schemes(client, enter, role, status):
    enter(*([role] if role else []))
    assert client.get("/whatif/", query(**DRAFT)).status_code == status


def test_another_bureaus_quarter_is_not_found(client, enter):
    other = make_bureau("YJ")
    make_quarter(other, "2023Q2")
    enter("office", of=other)
    assert client.get("/whatif/?quarter=2023Q1").status_code == 404
    enter("office")
    assert client.get("/whatif/?quarter=2023Q2").status_code == 404


def test_without_a_quarter_the_page_says_what_to_do(client):
    client.force_login(make_employee(make_bureau("NEW"), roles=["office"]))
    assert "还没有可以模拟的季度" in client.get("/whatif/").content.decode()


def test_the_page_asks_the_same_for_everybody(client, enter, bureau):
    enter("office")
    client.get("/whatif/", query(**DRAFT))
    asked = []
    for _turn in range(2):
        with CaptureQueriesContext(connection) as captured:
            client.get("/whatif/", query(**DRAFT))
        asked.append(len(captured))
        for _person in range(3):
            make_result(make_employee(bureau), bureau.points.get(code="K1"))
    assert asked == [22, 22]
