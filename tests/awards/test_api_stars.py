"""/api/v1/stars/: the selection as its pages show it; a vote answers with what is left, never with the choice."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from rest_framework.test import APIClient

from awards.models import BallotCast, Nomination, StarAward, Tally
from organization.models import Bureau
from tests.awards.stars import BALLOT_FROM, DECIDED, DEEDS, OPENED, Contest, make_contest

pytestmark = pytest.mark.django_db


def build() -> Contest:
    made = make_contest()
    made.open()
    stand(made, OPENED)
    return made


@pytest.fixture
def contest(built: Contest) -> Contest:
    return deepcopy(built)


def stand(contest: Contest, day: Any) -> None:
    contest.today = day
    Bureau.objects.filter(pk=contest.bureau.pk).update(is_demo=True, stands_on=day)


def call(contest: Contest, name: str, act: str = "", body: Any = None) -> Any:
    client = APIClient()
    client.force_authenticate(
        type(contest.people[name]).objects.select_related("bureau").get(pk=contest.people[name].pk)
    )
    address = f"/api/v1/stars/{contest.selection.pk}/" + (f"{act}/" if act else "")
    return client.get(address) if body is None else client.post(address, body, format="json")


def test_the_list_and_the_quarter_filter(contest: Contest) -> None:
    client = APIClient()
    client.force_authenticate(contest.people["a1"])
    rows = client.get("/api/v1/stars/", {"quarter": "2023q1"}).json()
    assert rows["count"] == 1
    assert rows["results"][0]["quarter"] == "2023Q1"
    assert rows["results"][0]["nominate_until"] == "2023-04-23"
    assert client.get("/api/v1/stars/", {"quarter": "2023Q2"}).json()["count"] == 0
    foreign = make_contest("YY")
    foreign.open()
    assert client.get(f"/api/v1/stars/{foreign.selection.pk}/").status_code == 404


def test_nominating(contest: Contest) -> None:
    body = {"star": "dedication", "employee_no": "XS-a1", "deeds": DEEDS}
    made = call(contest, "head", "nominate", body)
    assert made.status_code == 201
    star = made.json()["stars"][0]
    assert [one["employee_no"] for one in star["nominees"]] == ["XS-a1"]
    assert star["nominees"][0]["nominated_by"] == "A股"
    assert call(contest, "head", "nominate", body).status_code == 409
    branch = body | {"star": "learning", "branch": "XS1"}
    assert call(contest, "secretary", "nominate", branch).status_code == 201
    assert call(contest, "a5", "nominate", body).status_code == 403
    assert call(contest, "head", "nominate", body | {"deeds": "短", "star": "service"}).status_code == 400
    assert call(contest, "head", "nominate", body | {"employee_no": "XS-nobody"}).status_code == 404


def test_voting(contest: Contest) -> None:
    for name in ("a1", "a2"):
        contest.nominate(name)
    contest.nominate("a2", "learning")
    contest.open_ballot()
    stand(contest, BALLOT_FROM)
    shown = call(contest, "a5").json()
    assert shown["left_to_vote"] == ["dedication", "learning"]
    assert {one["side"]: one["voters"] for one in shown["turnout"]} == {"leaders": 4, "staff": 16}
    assert {one["share"] for star in shown["stars"] for one in star["nominees"]} == {""}
    nominee = Nomination.objects.get(employee=contest.people["a1"])
    answer = call(contest, "a5", "vote", {"star": "dedication", "nominees": [nominee.pk]})
    assert answer.status_code == 200
    assert answer.json() == {"left_to_vote": ["learning"]}
    assert call(contest, "a5", "vote", {"star": "dedication", "nominees": [nominee.pk]}).status_code == 409
    assert call(contest, "a5", "vote", {"star": "learning"}).status_code == 400
    assert call(contest, "a5", "vote", {"star": "learning", "nominees": ["x"]}).status_code == 400
    assert call(contest, "a5", "vote", {"star": "learning", "abstain": True}).json() == {"left_to_vote": []}
    assert BallotCast.objects.count() == 2
    assert sum(Tally.objects.values_list("votes", flat=True)) == 1


def test_the_result_and_objecting(contest: Contest) -> None:
    contest.nominate("a1")
    contest.open_ballot()
    for name in ("a5", "a6", "a7"):
        contest.vote(name, "a1")
    contest.close()
    contest.decide(dedication=["a1"])
    stand(contest, DECIDED)
    (nominee,) = call(contest, "a8").json()["stars"][0]["nominees"]
    assert (nominee["share"], nominee["rank"], nominee["staff"], nominee["elected"]) == ("100.00", 1, "3/3", True)
    assert nominee["award"]["state"] == "chosen"
    award = StarAward.objects.get().pk
    made = call(contest, "b1", "object", {"award": award, "ground": "不实"})
    assert made.status_code == 201
    assert made.json()["award"] == award
    assert call(contest, "b1", "object", {"award": award, "ground": "不实"}).status_code == 409
    assert call(contest, "b1", "object", {"award": 987, "ground": "不实"}).status_code == 404
