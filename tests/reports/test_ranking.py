"""The ranking page: figures, who sees whose row, and what it costs."""

from copy import deepcopy

import pytest
from django.urls import reverse

from indicators.models import Quarter
from organization.models import Bureau
from tests.reports.world import add_quarter, make_world

pytestmark = pytest.mark.django_db
URL = "/ranking/"


def rows(response):
    ranking = response.context["ranking"]
    return {row.name for row in ranking.page} | {row.name for row in ranking.unranked}


def build():
    return make_world()


@pytest.fixture
def world(built):
    return deepcopy(built)


def test_the_heading_tells_how_many_and_the_highest(client, world):
    client.force_login(world.people["office"])
    response = client.get(URL)
    assert "2023年一季度 7 人参与排名，最高 90.00" in response.content.decode()
    page = response.context["ranking"].page
    assert [(row.bureau_rank, row.name, row.total) for row in page][:4] == [
        ("1", "anna", "90.00"),
        ("2", "head", "86.25"),
        ("3", "bert", "82.50"),
        ("4", "cora", "78.75"),
    ]


def test_who_is_not_ranked_is_named_with_the_reason(client, world):
    client.force_login(world.people["office"])
    unranked = client.get(URL).context["ranking"].unranked
    assert [(row.name, row.reason) for row in unranked] == [("dora", "在岗不足二分之一")]


EVERYBODY = {"anna", "head", "bert", "cora", "dora", "director", "deputy", "office", "discipline", "admin"}


@pytest.mark.parametrize("name", ["director", "office", "discipline"])
def test_leaders_office_and_discipline_see_everybody(client, world, name):
    client.force_login(world.people[name])
    assert rows(client.get(URL)) == EVERYBODY


def test_a_deputy_sees_every_rank_but_reasons_only_where_in_charge(client, world):
    client.force_login(world.people["deputy"])
    assert rows(client.get(URL)) == EVERYBODY - {"dora"}


@pytest.mark.parametrize(
    ("view", "name", "seen"),
    [
        (Bureau.RankingView.OWN, "bert", {"bert"}),
        (Bureau.RankingView.TOP, "bert", {"anna", "head", "bert"}),
        (Bureau.RankingView.ALL, "bert", EVERYBODY - {"dora"}),
        (Bureau.RankingView.OWN, "head", {"anna", "head", "bert"}),
        (Bureau.RankingView.OWN, "dora", {"dora"}),
        (Bureau.RankingView.ALL, "admin", {"admin"}),
    ],
)
def test_staff_see_as_much_as_the_bureau_shows(client, view, name, seen):
    world = make_world("AN", view=view)
    client.force_login(world.people[name])
    assert rows(client.get(URL)) == seen


@pytest.mark.parametrize(("name", "status"), [("office", 200), ("head", 200), ("anna", 403), ("admin", 403)])
def test_a_quarter_that_is_not_public_is_for_those_who_work_on_it(client, name, status):
    world = make_world("AN", state=Quarter.State.REVIEWING)
    client.force_login(world.people[name])
    response = client.get(URL, {"quarter": "2023Q1"})
    assert response.status_code == status
    if status == 403:
        assert "还没有公示" in response.content.decode()


def test_without_a_public_quarter_staff_are_told_what_to_wait_for(client):
    world = make_world("AN", state=Quarter.State.COLLECTING)
    client.force_login(world.people["anna"])
    assert "还没有可以查看的排行" in client.get(URL).content.decode()


def test_another_bureaus_quarter_is_not_there(client, world):
    other = make_world("YS")
    add_quarter(other, "2023Q2", {}, state=Quarter.State.PUBLISHED)
    client.force_login(world.people["office"])
    assert client.get(URL, {"quarter": "2023Q2"}).status_code == 404
    assert rows(client.get(URL)) == EVERYBODY
    assert all(row.department in ("甲股", "乙股") for row in client.get(URL).context["ranking"].page)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"q": "ann"}, {"anna"}),
        ({"department": "XSA"}, {"anna", "head", "bert"}),
        ({"category": "局领导"}, {"director", "deputy"}),
        ({"q": "没有此人"}, set()),
        ({"sort": "drop table", "page": "x"}, EVERYBODY),
    ],
)
def test_filters(client, world, query, names):
    client.force_login(world.people["office"])
    assert rows(client.get(URL, query)) == names


def test_movement_is_against_the_quarter_before(client, world):
    add_quarter(world, "2023Q2", {"bert": 0, "anna": 1, "head": 2, "cora": 3, "dora": 3}, state="published")
    client.force_login(world.people["office"])
    page = client.get(URL, {"quarter": "2023Q2", "sort": "-moved"}).context["ranking"].page
    moved = {row.name: row.movement for row in page}
    assert (moved["bert"], moved["anna"], moved["head"], moved["cora"], moved["dora"]) == (2, -1, -1, 0, None)
    assert next(row.name for row in page) == "bert"


def test_departments_are_compared_by_their_means(client, world):
    client.force_login(world.people["head"])
    response = client.get(reverse("reports:departments"))
    means = [(one.name, str(one.row.mean), one.row.count) for one in response.context["ranking"].departments]
    assert means == [("甲股", "86.25", 3), ("乙股", "75.94", 4)]


def test_the_comparison_of_departments_is_not_for_staff(client, world):
    client.force_login(world.people["anna"])
    response = client.get(reverse("reports:departments"))
    assert response.status_code == 403
    assert "部门对比只对" in response.content.decode()


def test_a_published_ranking_is_made_anew_each_time(client, world):
    """Names, roles and the bureau's choice move on after publication: no copy may stand in for the page."""
    client.force_login(world.people["office"])
    first = client.get(URL)
    assert "ETag" not in first
    assert "Last-Modified" not in first
    department = world.people["anna"].department
    department.name = "新名股"
    department.save()
    again = client.get(URL, headers={"If-None-Match": "*", "If-Modified-Since": "Fri, 01 Jan 2038 00:00:00 GMT"})
    assert again.status_code == 200
    assert "新名股" in again.content.decode()


def test_the_number_of_queries_does_not_grow_with_the_rows(client, world, django_assert_num_queries):
    client.force_login(world.people["office"])
    client.get(URL)
    with django_assert_num_queries(QUERIES):
        client.get(URL, {"q": "anna"})
    with django_assert_num_queries(QUERIES):
        client.get(URL)


QUERIES = 13


def test_figures_of_two_people_are_kept_from_whom_their_rows_are_kept(client):
    world = make_world("AN", view=Bureau.RankingView.OWN)
    leaders = {"category": "局领导", "department": "ANB"}
    client.force_login(world.people["bert"])
    assert client.get(URL, {"quarter": "2023Q1", **leaders}).context["ranking"].spread is None
    client.force_login(world.people["head"])
    means = client.get(reverse("reports:departments"), {"quarter": "2023Q1", "category": "局领导"})
    assert means.context["ranking"].departments == []
    client.force_login(world.people["office"])
    assert client.get(URL, {"quarter": "2023Q1", **leaders}).context["ranking"].spread.count == 2
