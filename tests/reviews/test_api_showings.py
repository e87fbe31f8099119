"""Three showings over the API: the same rights, the same blindness, the same sentences as the pages."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from rest_framework.test import APIClient

from reviews.models import Rating, Showing, Statement
from tests.reviews.rated import IN_A, IN_B, Rated, make_rated, make_showing

pytestmark = pytest.mark.django_db
EVERYBODY = [*IN_A, *IN_B, "office", "director", "deputy", "discipline", "admin", "head", "stranger"]
SEES = {*IN_A, "office", "director", "deputy", "discipline"}
JUNE = date(2023, 6, 15)


def build() -> Rated:
    rated = make_rated()
    rated.draw()
    return rated


@pytest.fixture
def rated(built: Rated) -> Rated:
    return deepcopy(built)


@pytest.fixture
def coming(rated: Rated) -> Showing:
    """A showing that takes statements; nobody has written one."""
    showing = make_showing(rated, day=JUNE, held=False)
    Statement.objects.filter(showing=showing).delete()
    return showing


def api(rated: Rated, who: str) -> APIClient:
    client = APIClient()
    client.force_authenticate(rated.people[who])
    return client


def at(showing: Showing, rest: str = "") -> str:
    return f"/api/v1/showings/{showing.pk}/{rest}"


def sent(rated: Rated, who: str) -> list[dict[str, Any]]:
    return [{"id": pk, "mark": one.mark, "comment": one.comment} for pk, one in rated.written(who).items()]


@pytest.mark.parametrize("who", EVERYBODY)
def test_who_sees_a_showing_lists_and_opens_it(rated: Rated, who: str) -> None:
    listed = api(rated, who).get("/api/v1/showings/").json()
    assert [one["id"] for one in listed["results"]] == ([rated.showing.pk] if who in SEES else [])
    opened = api(rated, who).get(at(rated.showing))
    assert opened.status_code == (200 if who in SEES else 404)
    if who in SEES:
        assert opened.json()["branches"] == ["A"]
        assert [one["name"] for one in opened.json()["participants"]] == list(IN_A)
        assert [one["achievements"] for one in opened.json()["statements"]] == [f"{one}的成绩" for one in IN_A[:-1]]


@pytest.mark.parametrize("who", sorted(SEES))
def test_nothing_of_others_ballots_before_all_are_in(rated: Rated, who: str) -> None:
    rated.hand_in_all("anna")
    rated.save("anna")
    assert api(rated, who).get(at(rated.showing)).json()["results"] == []
    own = api(rated, who).get(at(rated.showing, "ratings/")).json()
    assert {one["id"] for one in own} == {one.pk for one in rated.ballots(who)}
    for said in (api(rated, who).get(at(rated.showing, rest)).content.decode() for rest in ("", "ratings/")):
        for writer in IN_A:
            if writer != who:
                assert f"{writer}说" not in said


def test_open_results_have_the_mean_and_the_names_and_no_mark(rated: Rated) -> None:
    rated.hand_in_all()
    results = api(rated, "anna").get(at(rated.showing)).json()["results"]
    assert len(results) == 5
    assert {key for one in results for key in one} == {"employee_no", "mean", "raters", "trimmed", "comments", "leader"}
    anna = next(one for one in results if one["employee_no"] == rated.people["anna"].number)
    assert (anna["raters"], anna["trimmed"], len(anna["comments"]), len(anna["leader"])) == (3, False, 3, 1)
    assert anna["mean"].count(".") == 1
    assert '"mark"' not in json.dumps(results)


def test_filters(rated: Rated) -> None:
    make_showing(rated, ("A", "B"), day=JUNE, held=False)
    client = api(rated, "office")
    assert [client.get(f"/api/v1/showings/?{query}").json()["count"] for query in (
        "", "month=2023-06", "state=held", "branch=A", "branch=B", "branch=Z",
    )] == [2, 1, 1, 2, 1, 0]  # fmt: skip


# Statements ---------------------------------------------------------------------------------------------------------


def test_a_statement_is_drafted_and_handed_in(rated: Rated, coming: Showing) -> None:
    client = api(rated, "anna")
    assert client.get(at(coming, "statement/")).json()["updated_at"] is None
    drafted = client.put(at(coming, "statement/"), {"achievements": "办了三十户"}, format="json").json()
    assert (drafted["achievements"], drafted["plans"], drafted["handed_in_at"]) == ("办了三十户", "", None)
    assert api(rated, "office").get(at(coming)).json()["statements"] == []
    assert api(rated, "office").get(at(coming, "statement/")).json()["achievements"] == ""
    short = client.post(at(coming, "statement/hand-in/"), {}, format="json")
    assert (short.status_code, set(short.json()["fields"])) == (400, {"shortcomings", "plans"})
    rest = {"shortcomings": "讲得不够通俗", "plans": "整理操作卡"}
    handed = client.post(at(coming, "statement/hand-in/"), rest, format="json").json()
    assert handed["handed_in_at"] is not None
    shown = api(rated, "bert").get(at(coming)).json()["statements"]
    assert [(one["achievements"], one["plans"]) for one in shown] == [("办了三十户", "整理操作卡")]


def test_another_window_is_not_overwritten(rated: Rated, coming: Showing) -> None:
    client = api(rated, "anna")
    client.put(at(coming, "statement/"), {"achievements": "一"}, format="json")
    old = {"achievements": "二", "updated_at": "2023-05-01T09:00:00+08:00"}
    answer = client.put(at(coming, "statement/"), old, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "elsewhere")
    assert client.put(at(coming, "statement/"), {"achievements": "三"}, format="json").json()["achievements"] == "三"


@pytest.mark.parametrize(("who", "status"), [("office", 403), ("fred", 404), ("stranger", 404), ("admin", 404)])
def test_who_is_not_on_the_list_writes_none(rated: Rated, coming: Showing, who: str, status: int) -> None:
    for answer in (
        api(rated, who).put(at(coming, "statement/"), {"plans": "x"}, format="json"),
        api(rated, who).post(at(coming, "statement/hand-in/"), {"plans": "x"}, format="json"),
    ):
        assert answer.status_code == status


def test_a_held_showing_takes_none(rated: Rated) -> None:
    answer = api(rated, "anna").put(at(rated.showing, "statement/"), {"plans": "x"}, format="json")
    assert answer.status_code == 409


# Ratings ------------------------------------------------------------------------------------------------------------


def test_ballots_are_drafted_and_handed_in(rated: Rated) -> None:
    client, ballots = api(rated, "anna"), sent(rated, "anna")
    first = ballots[0]["id"]
    client.put(at(rated.showing, "ratings/"), [{"id": first, "mark": 88}], format="json")
    drafted = client.put(at(rated.showing, "ratings/"), [{"id": first, "comment": "肯帮人"}], format="json").json()
    assert next((one["mark"], one["comment"]) for one in drafted if one["id"] == first) == (88, "肯帮人")
    short = client.post(at(rated.showing, "ratings/hand-in/"), [], format="json")
    assert (short.status_code, len(short.json()["fields"])) == (400, 4)
    done = client.post(at(rated.showing, "ratings/hand-in/"), ballots, format="json").json()
    assert all(one["handed_in_at"] for one in done)
    assert client.put(at(rated.showing, "ratings/"), ballots, format="json").status_code == 409


def test_the_last_to_hand_in_opens_them(rated: Rated) -> None:
    rated.hand_in_all("anna")
    api(rated, "anna").post(at(rated.showing, "ratings/hand-in/"), sent(rated, "anna"), format="json")
    assert api(rated, "bert").get(at(rated.showing)).json()["ratings_opened_at"] is not None


@pytest.mark.parametrize("mark", [-1, 101, "abc"])
def test_a_mark_is_0_to_100(rated: Rated, mark: Any) -> None:
    ballot = rated.ballots("anna")[0]
    answer = api(rated, "anna").put(at(rated.showing, "ratings/"), [{"id": ballot.pk, "mark": mark}], format="json")
    assert answer.status_code == 400


@pytest.mark.parametrize(("who", "status"), [("emil", 403), ("office", 403), ("discipline", 403), ("stranger", 404)])
def test_who_was_not_drawn_rates_nobody(rated: Rated, who: str, status: int) -> None:
    for answer in (
        api(rated, who).put(at(rated.showing, "ratings/"), sent(rated, "anna"), format="json"),
        api(rated, who).post(at(rated.showing, "ratings/hand-in/"), sent(rated, "anna"), format="json"),
    ):
        assert answer.status_code == status
    assert not Rating.objects.exclude(comment="").exists()


def test_queries_do_not_grow_with_rows(rated: Rated, django_assert_num_queries: Any) -> None:
    client = api(rated, "office")
    client.get("/api/v1/showings/")  # this client's person remembers the roles from here on
    with django_assert_num_queries(4):
        client.get("/api/v1/showings/")
    make_showing(rated, day=JUNE)
    make_showing(rated, ("B",), day=JUNE)
    with django_assert_num_queries(4):
        client.get("/api/v1/showings/")
