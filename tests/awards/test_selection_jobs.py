"""The clock: dates decide, so that twice is once and a missed day is caught up with."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from awards import jobs
from awards.models import Selection, StarAward, Voter
from awards.services.clock import advance, due_selections
from awards.services.objections import answer_objection, object_to
from awards.services.voting import remind_voters
from common.errors import Conflict
from notifications.models import Notification
from organization.models import Bureau
from organization.queries import work_calendar
from tests.awards.stars import BALLOT_FROM, BALLOT_UNTIL, DECIDED, NOMINATE_UNTIL, Contest, make_contest
from tests.factories import moment

pytestmark = pytest.mark.django_db
State = Selection.State


def build() -> Contest:
    made = make_contest()
    made.open()
    made.nominate("a1")
    made.nominate("a2")
    return made


@pytest.fixture
def contest(built: Contest) -> Contest:
    return deepcopy(built)


def tick(contest: Contest, today: date) -> str:
    """The job's step, twice."""
    for _again in range(2):
        advance(contest.selection, today=today, now=moment(today))
    contest.today = today
    return str(contest.selection.state)


def test_every_step_on_its_day_and_once(contest: Contest) -> None:
    assert tick(contest, NOMINATE_UNTIL) == State.NOMINATING
    assert tick(contest, BALLOT_FROM) == State.BALLOTING
    voters = Voter.objects.count()
    assert voters == contest.bureau.employees.count()
    assert tick(contest, BALLOT_UNTIL) == State.BALLOTING
    contest.vote("a5", "a1")
    assert tick(contest, DECIDED) == State.DECIDING
    assert tick(contest, date(2023, 5, 20)) == State.DECIDING
    contest.today = DECIDED
    contest.decide(dedication=["a1"])
    assert tick(contest, date(2023, 5, 8)) == State.PUBLICITY
    assert tick(contest, date(2023, 5, 9)) == State.PUBLISHED
    assert StarAward.objects.get().serial == "XS-2023Q1-敬业-01"
    states = [step.state for step in contest.selection.steps.all()]
    assert states == ["nominating", "balloting", "deciding", "publicity", "published"]
    assert tick(contest, date(2023, 6, 1)) == State.PUBLISHED
    assert Voter.objects.count() == voters


def test_a_missed_day_leaves_the_ballot_its_length(contest: Contest) -> None:
    assert tick(contest, date(2023, 4, 28)) == State.BALLOTING
    found = contest.selection
    assert (found.ballot_from, found.ballot_until) == (date(2023, 4, 28), date(2023, 5, 5))
    contest.vote("a5", "a1")
    assert tick(contest, date(2023, 5, 31)) == State.DECIDING


def test_without_a_nomination_the_office_is_told_once_a_day() -> None:
    made = make_contest("AN")
    made.open()
    assert tick(made, BALLOT_FROM) == State.NOMINATING
    told = Notification.objects.filter(occasion__startswith="stars.blocked")
    assert set(told.values_list("recipient__name", flat=True)) == {"office", "second"}
    assert told.count() == 2
    tick(made, BALLOT_UNTIL)
    assert told.count() == 4


def test_an_open_objection_keeps_the_stars(contest: Contest) -> None:
    tick(contest, BALLOT_FROM)
    contest.vote("a5", "a1")
    tick(contest, DECIDED)
    contest.decide(dedication=["a1"])
    objection = object_to(
        selection=contest.selection, actor=contest.people["b1"], ground="不实", today=DECIDED, now=moment(DECIDED)
    )
    later = date(2023, 5, 9)
    assert tick(contest, later) == State.PUBLICITY
    assert Notification.objects.filter(occasion__startswith="stars.blocked").count() == 2
    answer_objection(
        objection=objection, actor=contest.people["office"], upheld=False, answer="属实", today=later, now=moment(later)
    )
    assert tick(contest, later) == State.PUBLISHED


def test_reminders_on_the_last_two_days_once_a_day_to_who_is_late(contest: Contest) -> None:
    contest.open_ballot()
    told = Notification.objects.filter(occasion__startswith="stars.remind")

    def remind(today: date) -> int:
        remind_voters(selection=contest.selection, today=today, calendar=work_calendar())
        return remind_voters(selection=contest.selection, today=today, calendar=work_calendar())

    remind(BALLOT_FROM)
    assert not told.exists()
    contest.vote("a5", "a1")
    everybody = contest.bureau.employees.count()
    assert remind(date(2023, 4, 25)) == 0
    assert told.count() == everybody - 1
    contest.vote("a6", "a1")
    remind(BALLOT_UNTIL)
    assert told.count() == 2 * everybody - 3
    remind(DECIDED)
    assert told.count() == 2 * everybody - 3


def test_the_jobs_take_running_bureaus_by_their_calendar(contest: Contest, monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[tuple[int, str]] = []
    monkeypatch.setattr(jobs.advance_selection, "delay", lambda *given: handed.append(given))
    jobs.move_selections()
    assert handed == [(contest.selection.pk, contest.bureau.today.isoformat())]
    for _again in range(2):
        jobs.advance_selection(*handed[0])
    assert contest.selection.state == State.BALLOTING
    assert contest.selection.ballot_from == contest.bureau.today
    jobs.remind()
    Bureau.objects.update(is_demo=True, stands_on=date(2030, 1, 1))
    assert due_selections() == []


def test_a_refusal_stops_no_other_selection(contest: Contest, caplog: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_args: object, **_values: object) -> None:
        raise Conflict("别人更快")

    monkeypatch.setattr(jobs, "advance", refuses)
    jobs.advance_selection.delay(contest.selection.pk, "2023-04-24")
    assert "别人更快" in caplog.text
