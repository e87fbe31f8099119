"""提名: by whom, of whom, for how many stars, with what deeds; withdrawn with a reason."""

from __future__ import annotations

from copy import deepcopy
from datetime import date

import pytest

from audit.models import Entry
from awards.models import Nomination
from awards.queries.nominees import nobody_nominated, whom_to_nominate
from awards.services.nominating import withdraw_nomination
from common.errors import Conflict, InvalidInput, Refused
from notifications.models import Notification
from tests.awards.stars import DEEDS, NOMINATE_UNTIL, Contest, make_contest
from tests.factories import make_branch, moment

pytestmark = pytest.mark.django_db


def build() -> Contest:
    made = make_contest()
    made.open()
    return made


@pytest.fixture
def contest(built: Contest) -> Contest:
    return deepcopy(built)


def test_a_department_nominates_its_own(contest: Contest) -> None:
    made = contest.nominate("a2", by="liaison")
    assert made.department == contest.people["head"].department
    assert made.branch is None
    line = Entry.objects.get(action="selection.nominate")
    assert (line.after or {})["deeds"] == DEEDS
    assert Notification.objects.filter(recipient=contest.people["a2"], occasion__startswith="stars.nominated").exists()


def test_a_branch_nominates_its_own(contest: Contest) -> None:
    made = contest.nominate("a1", by="secretary", branch=contest.branch)
    assert (made.branch, made.department) == (contest.branch, None)


@pytest.mark.parametrize(
    ("name", "by"),
    [("a1", "other"), ("a1", "office"), ("a1", "director"), ("a1", "a2"), ("a1", "admin"), ("b1", "head")],
)
def test_nobody_nominates_for_others(contest: Contest, name: str, by: str) -> None:
    with pytest.raises(Refused):
        contest.nominate(name, by=by)


def test_a_branch_only_by_its_secretary_and_of_its_members(contest: Contest) -> None:
    with pytest.raises(Refused):
        contest.nominate("a2", by="secretary", branch=contest.branch)
    with pytest.raises(Refused):
        contest.nominate("a1", by="head", branch=contest.branch)
    with pytest.raises(Refused):
        contest.nominate("a1", by="secretary", branch=make_branch(contest.bureau))


def test_not_oneself(contest: Contest) -> None:
    contest.branch.secretary = contest.people["a1"]
    contest.branch.save()
    with pytest.raises(Refused, match="提名自己"):
        contest.nominate("a1", by="a1", branch=contest.branch)


@pytest.mark.parametrize("name", ["a4", "a5"])
def test_only_from_the_pool(contest: Contest, name: str) -> None:
    with pytest.raises(Conflict, match="候选池"):
        contest.nominate(name)


@pytest.mark.parametrize("deeds", ["", "  ", "很好", "好" * 1001])
def test_deeds_are_needed(contest: Contest, deeds: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        contest.nominate("a1", deeds=deeds)
    assert "deeds" in caught.value.fields


def test_at_most_two_stars_a_person(contest: Contest) -> None:
    contest.nominate("a1", "dedication")
    second = contest.nominate("a1", "learning", by="secretary", branch=contest.branch)
    with pytest.raises(Conflict, match="每人最多 2 颗"):
        contest.nominate("a1", "service")
    assert "a1" not in {one.employee.name for one in whom_to_nominate(contest.selection, contest.people["head"])}
    withdraw_nomination(nomination=second, actor=contest.people["secretary"], reason="让贤", now=moment(contest.today))
    contest.nominate("a1", "service")


def test_once_for_a_star(contest: Contest) -> None:
    contest.nominate("a1")
    with pytest.raises(Conflict, match="已被提名"):
        contest.nominate("a1", by="secretary", branch=contest.branch)


def test_the_last_day_counts_and_the_next_does_not(contest: Contest) -> None:
    contest.today = NOMINATE_UNTIL
    contest.nominate("a1")
    contest.today = date(2023, 4, 24)
    with pytest.raises(Conflict, match="截止"):
        contest.nominate("a2")


def test_withdrawn_with_a_reason_by_who_nominated_or_the_office(contest: Contest) -> None:
    made = contest.nominate("a1")
    for name in ("other", "secretary", "a1", "director", "discipline"):
        with pytest.raises(Refused):
            withdraw_nomination(nomination=made, actor=contest.people[name], reason="x", now=moment(contest.today))
    with pytest.raises(InvalidInput):
        withdraw_nomination(nomination=made, actor=contest.people["liaison"], reason="", now=moment(contest.today))
    withdraw_nomination(nomination=made, actor=contest.people["liaison"], reason="让贤", now=moment(contest.today))
    assert Nomination.objects.get().withdrawal == "让贤"
    assert Entry.objects.get(action="selection.withdraw_nomination").reason == "让贤"
    with pytest.raises(Conflict, match="已经撤回"):
        withdraw_nomination(nomination=made, actor=contest.people["head"], reason="x", now=moment(contest.today))
    contest.nominate("a1")
    again = contest.nominate("a2")
    contest.open_ballot()
    with pytest.raises(Conflict, match="开始投票"):
        withdraw_nomination(nomination=again, actor=contest.people["office"], reason="x", now=moment(contest.today))


def test_who_of_the_pool_nobody_nominated(contest: Contest) -> None:
    contest.nominate("a2")
    assert [one.employee.name for one in nobody_nominated(contest.selection)] == ["a1", "a3"]
    assert [one.employee.name for one in whom_to_nominate(contest.selection, contest.people["head"])] == [
        "a1",
        "a2",
        "a3",
    ]
    assert [one.employee.name for one in whom_to_nominate(contest.selection, contest.people["secretary"])] == ["a1"]
    assert whom_to_nominate(contest.selection, contest.people["other"]) == []
