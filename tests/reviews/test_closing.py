"""办结: when all is in, or with a reason; the summary that remains."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from common.errors import Conflict, InvalidInput, Refused
from reviews.models import Rating, Showing
from reviews.queries.summary import branch_summary
from tests.reviews.rated import DAY, IN_A, IN_B, NOW, Rated, make_rated, make_showing

pytestmark = pytest.mark.django_db
EVERYBODY = [*IN_A, *IN_B, "office", "director", "deputy", "discipline", "admin", "head", "stranger"]
SEES = {*IN_A, "office", "director", "deputy", "discipline"}


def build() -> Rated:
    rated = make_rated()
    rated.draw()
    return rated


@pytest.fixture
def rated(built: Rated) -> Rated:
    return deepcopy(built)


def asked(rated: Rated, who: str, page: str = "summary", showing: Showing | None = None, query: str = "") -> Any:
    client = Client()
    client.force_login(rated.people[who])
    return client.get(reverse(f"reviews:{page}", args=[(showing or rated.showing).pk]) + query)


def posted(rated: Rated, who: str, page: str, **data: Any) -> Any:
    client = Client()
    client.force_login(rated.people[who])
    return client.post(reverse(f"reviews:{page}", args=[rated.showing.pk]), data)


def test_when_all_is_in_it_closes_without_a_reason(rated: Rated) -> None:
    rated.hand_in_all()
    closed = rated.close(reason="多余的理由")
    assert (closed.state, closed.closed_by, closed.closed_at) == (Showing.State.CLOSED, rated.people["secretary"], NOW)
    assert closed.closing_reason == ""
    line = Entry.objects.get(action="showing.complete")
    assert line.after == {"missing": 0, "follow_ups": 0}


def test_with_ballots_missing_it_takes_a_reason_and_opens_what_is_in(rated: Rated) -> None:
    rated.hand_in("anna")
    rated.save("bert")
    with pytest.raises(InvalidInput, match="还有 4 人没有提交互评"):
        rated.close()
    assert rated.close(reason="两人长期出差").closing_reason == "两人长期出差"
    rated.showing.refresh_from_db()
    assert rated.showing.ratings_opened_at == NOW
    seen = Rating.objects.visible_to(rated.people["director"])
    assert set(seen.values_list("rater__name", flat=True)) == {"anna"}


def test_what_is_closed_takes_no_ballots_and_closes_once(rated: Rated) -> None:
    rated.hand_in_all("anna")
    rated.close(reason="休假")
    for act in (lambda: rated.hand_in("anna"), lambda: rated.save("anna"), lambda: rated.close(reason="再来")):
        with pytest.raises(Conflict, match="已经办结"):
            act()


def test_before_it_was_held_there_is_nothing_to_close(rated: Rated) -> None:
    rated.showing = make_showing(rated, day=date(2023, 6, 15), held=False)
    with pytest.raises(Conflict, match="还没有召开"):
        rated.close()


@pytest.mark.parametrize("who", [one for one in EVERYBODY if one not in ("secretary", "office")])
def test_only_who_leads_it_closes(rated: Rated, who: str) -> None:
    with pytest.raises(Refused):
        rated.close(by=who, reason="x")
    assert posted(rated, who, "showing-close", reason="x").status_code == (403 if who in SEES else 404)


# The summary --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_summary_says_who_said_what(rated: Rated, who: str) -> None:
    rated.hand_in_all()
    answer = asked(rated, who)
    assert answer.status_code == (200 if who in SEES else 404)
    if who in SEES:
        page = answer.content.decode()
        said = [
            "anna的成绩",
            "bert的不足",
            "carl的打算",
            "secretary说：为人实在",
            "dora说：为人实在",
            "第A支部 2023年5月三晒纪要",
        ]
        assert [one for one in said if one not in page] == []
        assert "emil（请假）" in page


def test_until_they_are_open_the_summary_has_no_word_of_the_ratings(rated: Rated) -> None:
    rated.hand_in_all("anna")
    page = asked(rated, "secretary").content.decode()
    assert "anna的成绩" in page
    assert "同事评语" not in page
    assert "还差 1 人的互评" in page
    assert all(person.result.mean is None for person in branch_summary(rated.showing, rated.branches["A"]).people)


def test_figures_of_a_branch(rated: Rated) -> None:
    found = branch_summary(rated.showing, rated.branches["A"])
    assert (len(found.people), found.present, found.stated) == (6, 5, 5)
    assert [one.employee.name for one in found.away] == ["emil"]
    assert [one.name for one in found.people] == list(IN_A)


def test_branches_that_met_together_have_a_sheet_each(rated: Rated) -> None:
    joint = make_showing(rated, ("A", "B"), day=DAY.replace(month=6))
    rated.draw(joint)
    own, other = (asked(rated, "fred", showing=joint, query=query).content.decode() for query in ("", "?branch=A"))
    assert "fred的成绩" in own
    assert "anna的成绩" not in own
    assert "anna的成绩" in other
    assert "fred的成绩" not in other
    assert asked(rated, "fred", showing=joint, query="?branch=Z").status_code == 404


def test_the_page_closes(rated: Rated) -> None:
    refused = posted(rated, "secretary", "showing-close", reason="")
    assert refused.status_code == 422
    assert "现在办结要写明理由" in refused.content.decode()
    assert posted(rated, "secretary", "showing-close", reason="两人出差").status_code == 302
    assert "提前办结：两人出差" in asked(rated, "anna").content.decode()


def test_before_it_was_held_the_summary_leads_back(rated: Rated) -> None:
    rated.showing = make_showing(rated, day=date(2023, 6, 15), held=False)
    assert asked(rated, "anna").url == reverse("reviews:showing", args=[rated.showing.pk])


def test_queries_do_not_grow_with_people(rated: Rated, django_assert_num_queries: Any) -> None:
    rated.hand_in_all()
    rated.follow_up()
    client = Client()
    client.force_login(rated.people["secretary"])
    page = reverse("reviews:summary", args=[rated.showing.pk])
    client.get(page)  # the working days are kept from here on
    with django_assert_num_queries(16):
        client.get(page)
    rated.showing.participants.filter(employee__name__in=["carl", "dora"]).delete()
    rated.follow_up(task="再一件")
    with django_assert_num_queries(16):
        client.get(page)
