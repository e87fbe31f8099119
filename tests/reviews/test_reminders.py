"""Who is reminded of what, on which day, and that nobody hears of the same thing twice."""

from __future__ import annotations

from copy import deepcopy
from datetime import date

import pytest
import time_machine

from notifications.models import Notification
from perfmgmt.schedule import JOBS
from reviews import jobs
from reviews.models import Showing
from reviews.services.reminders import remind_of_showings
from tests.factories import moment
from tests.reviews.rhythm import JUNE, TODAY, Rhythm, make_rhythm
from tests.reviews.showings import make_room

pytestmark = pytest.mark.django_db
OFFICE_AND_SECRETARY = {("office", "第B支部2023年5月没有开展三晒，请尽快补开并说明原因")} | {
    ("emil", "第B支部2023年5月没有开展三晒，请尽快补开并说明原因")
}


def build() -> Rhythm:
    made = make_rhythm()
    Showing.objects.filter(pk=made.april["A"].pk).update(state="closed", ratings_opened_at=moment(date(2023, 4, 20)))
    Showing.objects.filter(pk=made.april["B"].pk).update(state="closed", ratings_opened_at=moment(date(2023, 4, 20)))
    Showing.objects.filter(pk=made.may.pk).update(state="closed", ratings_opened_at=moment(date(2023, 6, 8)))
    Notification.objects.all().delete()
    return made


@pytest.fixture
def rhythm(built: Rhythm) -> Rhythm:
    return deepcopy(built)


def told(rhythm: Rhythm, today: date) -> set[tuple[str, str]]:
    """Who is told what on the day."""
    Notification.objects.all().delete()
    remind_of_showings(bureau=rhythm.room.bureau, today=today)
    return set(Notification.objects.values_list("recipient__name", "subject"))


def test_a_missed_month_is_told_to_the_secretary_and_the_office(rhythm: Rhythm) -> None:
    assert told(rhythm, TODAY) == OFFICE_AND_SECRETARY


def test_the_month_after_next_no_longer_speaks_of_it(rhythm: Rhythm) -> None:
    assert not {name for name, subject in told(rhythm, date(2023, 7, 3)) if "5月" in subject}


def test_what_was_made_up_is_not_missed(rhythm: Rhythm) -> None:
    made_up = rhythm.room.schedule("B", day=date(2023, 5, 31), by="emil", today=TODAY)
    rhythm.room.hold(made_up, by="emil", today=TODAY)
    assert told(rhythm, TODAY) == set()


def test_on_the_fifth_working_day_who_has_not_scheduled_hears_of_it(rhythm: Rhythm) -> None:
    rhythm.room.schedule("B", day=date(2023, 7, 17), by="emil")
    assert not {one for one in told(rhythm, date(2023, 7, 6)) if "安排" in one[1]}
    found = {one for one in told(rhythm, date(2023, 7, 7)) if "安排" in one[1]}
    assert found == {("anna", "第A支部2023年7月三晒还没有安排，请确定主题党日")}


def test_once_its_day_has_passed_every_secretary_of_the_session_hears_of_it(rhythm: Rhythm) -> None:
    assert told(rhythm, JUNE) == OFFICE_AND_SECRETARY  # on the day itself nothing is late
    late = told(rhythm, date(2023, 6, 16)) - OFFICE_AND_SECRETARY
    assert {name for name, _subject in late} == {"anna", "emil"}
    assert all("原定 2023-06-15 召开，还没有登记召开" in subject for _name, subject in late)


def test_a_new_day_is_a_new_occasion(rhythm: Rhythm) -> None:
    assert remind_of_showings(bureau=rhythm.room.bureau, today=date(2023, 6, 16)) == 4
    Showing.objects.filter(pk=rhythm.june.pk).update(day=date(2023, 6, 19))
    assert remind_of_showings(bureau=rhythm.room.bureau, today=date(2023, 6, 19)) == 0
    assert remind_of_showings(bureau=rhythm.room.bureau, today=date(2023, 6, 20)) == 2


def test_ballots_are_in_time_for_three_working_days(rhythm: Rhythm) -> None:
    rhythm.room.hold(rhythm.june, today=JUNE)
    assert told(rhythm, date(2023, 6, 20)) == OFFICE_AND_SECRETARY
    late = told(rhythm, date(2023, 6, 21)) - OFFICE_AND_SECRETARY
    assert {(name, subject.partition("的互评")[0]) for name, subject in late} == {
        ("anna", "第A支部2023年6月三晒（2023-06-15 召开）"),
        ("emil", "第B支部2023年6月三晒（2023-06-15 召开）"),
    }
    Showing.objects.filter(pk=rhythm.june.pk).update(ratings_opened_at=moment(date(2023, 6, 21)))
    assert told(rhythm, date(2023, 6, 26)) == OFFICE_AND_SECRETARY


def test_twice_tells_once(rhythm: Rhythm) -> None:
    assert remind_of_showings(bureau=rhythm.room.bureau, today=TODAY) == 2
    assert remind_of_showings(bureau=rhythm.room.bureau, today=TODAY) == 0
    assert remind_of_showings(bureau=rhythm.room.bureau, today=date(2023, 6, 13)) == 0


def test_nobody_is_reminded_on_a_day_off(rhythm: Rhythm) -> None:
    assert told(rhythm, date(2023, 6, 17)) == set()


def test_without_a_secretary_the_office_hears_of_it(rhythm: Rhythm) -> None:
    branch = rhythm.room.branches["B"]
    branch.secretary = None
    branch.save()
    assert {name for name, _subject in told(rhythm, date(2023, 6, 16))} == {"office", "anna"}


def test_a_branch_whose_people_left_is_nobodys_matter(rhythm: Rhythm) -> None:
    for name in ("emil", "fred"):
        person = rhythm.room.people[name]
        person.left_on = date(2023, 7, 31)
        person.save()
    assert {text for _name, text in told(rhythm, date(2023, 9, 20)) if "第B支部" in text} == set()


def test_a_bureau_that_has_not_begun_is_left_in_peace(rhythm: Rhythm) -> None:
    other = make_room("YY")
    assert remind_of_showings(bureau=other.bureau, today=date(2023, 6, 30)) == 0


def test_the_job_goes_by_every_running_bureau_and_leaves_a_demonstration_alone(rhythm: Rhythm) -> None:
    with time_machine.travel(moment(TODAY), tick=False):
        jobs.remind_showings()
        assert Notification.objects.filter(occasion__startswith="showing.missed:").count() == 2
        Notification.objects.all().delete()
        rhythm.room.stand_on(TODAY)
        jobs.remind_showings()
    assert not Notification.objects.exists()


def test_the_nightly_job_brings_the_lists_up_to_date(rhythm: Rhythm) -> None:
    rhythm.june.participants.all().delete()
    with time_machine.travel(moment(TODAY), tick=False):
        jobs.refresh_lists()
    assert rhythm.june.participants.count() == 6


def test_the_jobs_are_on_the_schedule() -> None:
    assert {"reviews.jobs.remind_showings", "reviews.jobs.refresh_lists"} <= {job.task for job in JOBS}
