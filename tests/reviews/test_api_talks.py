"""Talks over the API: the same exact sets as on the pages, and the signature."""

from __future__ import annotations

from copy import deepcopy

import pytest
from rest_framework.test import APIClient

from organization.models import Employee
from reviews.models import Talk
from tests.reviews.talks import VIEW, WORDS, Village, begin, closed, handed_over, make_village

pytestmark = pytest.mark.django_db
LIST = "/api/v1/talks/"


def build() -> Village:
    return make_village()


@pytest.fixture
def village(built: Village) -> Village:
    return deepcopy(built)


def api(person: Employee) -> APIClient:
    client = APIClient()
    client.force_login(person)
    return client


def test_the_list_and_its_count_are_of_those_who_may_know(village: Village) -> None:
    unsigned = begin(village["head"], village["employee"])
    waiting = handed_over(village["head"], village["employee"])
    signed = closed(village["director"], village["secretary"])
    expected = {
        "head": {unsigned.pk, waiting.pk},
        "employee": {waiting.pk},
        "director": {signed.pk},
        "secretary": {waiting.pk, signed.pk},
        "discipline": {waiting.pk, signed.pk},
    }
    for who, person in village.stage:
        answer, seen = api(person).get(LIST).json(), expected.get(who, set())
        assert (answer["count"], {one["id"] for one in answer["results"]}) == (len(seen), seen), who
        for pk in (unsigned.pk, waiting.pk, signed.pk):
            assert api(person).get(f"{LIST}{pk}/").status_code == (200 if pk in seen else 404), who
            if pk not in seen:
                assert api(person).post(f"{LIST}{pk}/sign/", {"digest": "0" * 64}, format="json").status_code == 404


@pytest.mark.parametrize("asked", ["kind=coach", "state=signed", "trigger=free", "search=艾工", "employee=1"])
def test_no_filter_tells_a_stranger_anything(village: Village, asked: str) -> None:
    closed(village["head"], village["employee"])
    for who in ("colleague", "office", "admin", "director", "other_secretary", "foreign_discipline"):
        assert api(village[who]).get(f"{LIST}?{asked}").json()["count"] == 0


def test_lists_hold_no_words(village: Village) -> None:
    closed(village["head"], village["employee"])
    listed = api(village["discipline"]).get(LIST).content.decode()
    assert not [word for word in (*WORDS.values(), VIEW) if word in listed]


def test_both_sign_over_the_api_what_they_were_shown(village: Village) -> None:
    talk = begin(village["head"], village["employee"])
    url = f"{LIST}{talk.pk}/"
    shown = api(village["head"]).get(url).json()["digest"]
    assert api(village["head"]).post(f"{url}sign/", {"digest": "0" * 64}, format="json").status_code == 409
    assert api(village["head"]).post(f"{url}sign/", {"digest": shown}, format="json").json()["state"] == "with_employee"
    shown = api(village["employee"]).get(url).json()["digest"]
    answer = api(village["employee"]).post(f"{url}sign/", {"digest": shown, "view": VIEW}, format="json").json()
    assert (answer["state"], answer["view"]) == ("signed", VIEW)
    assert [(one["name"], one["intact"]) for one in answer["signatures"]] == [("贺责", True), ("艾工", True)]
    assert api(village["employee"]).post(f"{url}sign/", {"digest": shown}, format="json").status_code == 409
    assert api(village["secretary"]).post(f"{url}sign/", {"digest": shown}, format="json").status_code == 403


def test_nothing_else_is_written_over_the_api(village: Village) -> None:
    talk = handed_over(village["head"], village["employee"])
    client = api(village["head"])
    assert client.post(LIST, {}, format="json").status_code == 405
    for method in (client.put, client.patch, client.delete):
        assert method(f"{LIST}{talk.pk}/", {"view": "假"}, format="json").status_code == 405
    assert Talk.objects.get().view == ""
