"""跟进事项: recorded by who leads the showing, done by its owner, heard of in the next month."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from common.components import Duty
from common.errors import Conflict, InvalidInput, Refused
from common.workdays import WorkCalendar
from indicators.queries.asked import Asked
from notifications.models import Notification
from organization.models import Employee
from organization.queries import work_calendar
from reviews.models import FollowUp, Showing
from reviews.queries.follow_ups import carried_into, duties_of, last_day_for, of_showing, open_for
from reviews.services.follow_ups import remove_follow_up, report_follow_up
from tests.duties import asked_for
from tests.reviews.rated import IN_A, IN_B, NOW, TODAY, Rated, make_rated, make_showing

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


def report(rated: Rated, row: FollowUp, by: str = "anna", **values: Any) -> FollowUp:
    given = {"outcome": "已贴好，用了两周", "now": NOW} | values
    return report_follow_up(follow_up=row, actor=rated.people[by], **given)


def posted(rated: Rated, who: str, page: str, pk: int, **data: Any) -> Any:
    client = Client()
    client.force_login(rated.people[who])
    return client.post(reverse(f"reviews:{page}", args=[pk]), data)


# Services -----------------------------------------------------------------------------------------------------------


def test_it_is_recorded_with_its_line_and_told_to_its_owner(rated: Rated) -> None:
    row = rated.follow_up()
    assert (row.made_by, row.made_at, row.done_at) == (rated.people["secretary"], NOW, None)
    assert Entry.objects.get(action="follow_up.add").after == {
        "owner": str(rated.people["anna"]), "task": "把操作卡贴到工位", "due_on": "2023-06-10",
    }  # fmt: skip
    assert Notification.objects.get(occasion=f"follow_up.add:{row.pk}").recipient == rated.people["anna"]


@pytest.mark.parametrize(("field", "values"), [
    ("task", {"task": " "}),
    ("task", {"task": "长" * 301}),
    ("owner", {"owner": "fred"}),
    ("due_on", {"due_on": date(2023, 5, 14)}),
    ("due_on", {"due_on": date(2023, 7, 1)}),
])  # fmt: skip
def test_what_is_wrong_is_named(rated: Rated, field: str, values: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as error:
        rated.follow_up(**values)
    assert list(error.value.fields) == [field]
    assert not FollowUp.objects.exists()


def test_the_last_day_is_the_end_of_the_month_after(rated: Rated) -> None:
    assert last_day_for(rated.showing) == date(2023, 6, 30)
    rated.showing.held_on = date(2023, 12, 4)
    assert last_day_for(rated.showing) == date(2024, 1, 31)


@pytest.mark.parametrize("who", [one for one in EVERYBODY if one not in ("secretary", "office")])
def test_only_who_leads_the_showing_records(rated: Rated, who: str) -> None:
    with pytest.raises(Refused):
        rated.follow_up(by=who)


def test_before_the_showing_there_is_none_and_after_the_closing_there_is(rated: Rated) -> None:
    rated.showing = make_showing(rated, day=date(2023, 6, 15), held=False)
    with pytest.raises(Conflict, match="还没有召开"):
        rated.follow_up()
    Showing.objects.filter(pk=rated.showing.pk).update(
        state="closed", held_on=TODAY, held_at=NOW, ratings_opened_at=NOW, closed_at=NOW
    )
    assert rated.follow_up().pk


def test_its_owner_says_how_it_stands_and_that_it_is_done(rated: Rated) -> None:
    row = rated.follow_up()
    assert report(rated, row, outcome="印好了").done_at is None
    assert report(rated, row, done=True).done_at == NOW
    lines = Entry.objects.filter(action__startswith="follow_up.").order_by("pk").values_list("action", flat=True)
    assert list(lines) == ["follow_up.add", "follow_up.report", "follow_up.done"]
    assert Notification.objects.get(occasion=f"follow_up.done:{row.pk}").recipient == rated.people["secretary"]
    with pytest.raises(Conflict, match="已经完成"):
        report(rated, row)


def test_without_words_nothing_is_reported(rated: Rated) -> None:
    with pytest.raises(InvalidInput):
        report(rated, rated.follow_up(), outcome=" ", done=True)


@pytest.mark.parametrize("who", ["secretary", "bert", "office", "stranger"])
def test_nobody_else_reports(rated: Rated, who: str) -> None:
    with pytest.raises(Refused):
        report(rated, rated.follow_up(), by=who)


def test_what_was_recorded_by_mistake_is_taken_back_until_it_is_done(rated: Rated) -> None:
    row, done = rated.follow_up(), rated.follow_up(task="另一件")
    remove_follow_up(follow_up=row, actor=rated.people["secretary"])
    assert Entry.objects.get(action="follow_up.withdraw").before["task"] == "把操作卡贴到工位"
    assert Notification.objects.filter(occasion=f"follow_up.remove:{row.pk}").exists()
    report(rated, done, done=True)
    with pytest.raises(Conflict):
        remove_follow_up(follow_up=done, actor=rated.people["secretary"])
    with pytest.raises(Conflict, match="已经撤销"):
        report(rated, row)
    with pytest.raises(Refused):
        remove_follow_up(follow_up=rated.follow_up(), actor=rated.people["anna"])


# Who sees it ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", EVERYBODY)
def test_who_sees_the_showing_sees_its_follow_ups(rated: Rated, who: str) -> None:
    row = rated.follow_up()
    assert set(FollowUp.objects.visible_to(rated.people[who])) == ({row} if who in SEES else set())
    client = Client()
    client.force_login(rated.people[who])
    page = client.get(reverse("reviews:follow-ups") + "?show=all")
    assert ("把操作卡贴到工位" in page.content.decode()) is (who in SEES)
    assert ("完成情况</label>" not in page.content.decode()) or who == "anna"


def waiting_for(person: Employee, calendar: WorkCalendar | None = None) -> list[Duty]:
    return asked_for(duties_of, Asked(person, TODAY, calendar or work_calendar()))


def test_what_is_open_is_a_duty_of_its_owner_with_its_day(rated: Rated) -> None:
    row = rated.follow_up()
    assert [(one.pk, one.task, one.own) for one in open_for(rated.people["anna"])] == [(row.pk, row.task, True)]
    assert open_for(rated.people["bert"]) == []
    duties = {duty.label: duty.due for duty in waiting_for(rated.people["anna"])}
    assert duties == {
        "2023年5月三晒：为 3 位同志写评价": date(2023, 5, 18),
        "三晒跟进：把操作卡贴到工位": date(2023, 6, 10),
    }
    report(rated, row, done=True)
    assert open_for(rated.people["anna"]) == []


def test_a_showing_that_can_be_closed_is_a_duty_of_its_secretary(rated: Rated, django_assert_num_queries: Any) -> None:
    rated.hand_in_all()
    calendar = work_calendar()
    with django_assert_num_queries(1):
        duties = waiting_for(rated.people["secretary"], calendar)
    assert [duty.label for duty in duties] == ["2023年5月三晒的互评已交齐，可以办结"]
    rated.close()
    assert waiting_for(rated.people["secretary"]) == []


def test_the_next_month_hears_of_all_of_the_last_and_of_what_is_still_open(rated: Rated) -> None:
    april = make_showing(rated, day=date(2023, 4, 14))
    old = [
        FollowUp(showing=april, owner=rated.people["bert"], task=task, due_on=date(2023, 5, 9), made_at=NOW)
        for task in ("旧账", "办完")
    ]
    FollowUp.objects.bulk_create(old)
    FollowUp.objects.filter(task="办完").update(done_at=NOW, outcome="好了")
    report(rated, rated.follow_up(), done=True)
    rated.follow_up(task="再练一月", owner="carl")
    june = make_showing(rated, day=date(2023, 6, 15), held=False)
    found = carried_into(june, rated.people["carl"])
    assert [(one.task, one.is_done, one.own) for one in found] == [
        ("旧账", False, False), ("把操作卡贴到工位", True, False), ("再练一月", False, True),
    ]  # fmt: skip
    other = make_showing(rated, ("B",), day=date(2023, 6, 15), held=False)
    assert carried_into(other, rated.people["carl"]) == []
    assert len(of_showing(rated.showing, rated.people["carl"])) == 2


# Pages --------------------------------------------------------------------------------------------------------------


def test_the_secretary_records_on_the_summary(rated: Rated) -> None:
    sent = {"task": "学一条新公告", "owner": rated.people["dora"].pk, "due_on": "2023-06-20"}
    assert posted(rated, "secretary", "follow-up-new", rated.showing.pk, **sent).status_code == 302
    assert FollowUp.objects.get().owner == rated.people["dora"]
    refused = posted(rated, "secretary", "follow-up-new", rated.showing.pk, **sent | {"due_on": "2023-09-01"})
    assert refused.status_code == 422
    assert "期限应当在" in refused.content.decode()
    assert posted(rated, "anna", "follow-up-new", rated.showing.pk, **sent).status_code == 403
    assert posted(rated, "fred", "follow-up-new", rated.showing.pk, **sent).status_code == 404


def test_the_owner_reports_on_the_list(rated: Rated) -> None:
    row = rated.follow_up()
    assert posted(rated, "anna", "follow-up-report", row.pk, outcome="贴好了", done="1").status_code == 302
    row.refresh_from_db()
    assert (row.outcome, row.done_at is not None) == ("贴好了", True)
    assert posted(rated, "bert", "follow-up-report", row.pk, outcome="x").status_code == 403
    assert posted(rated, "stranger", "follow-up-report", row.pk, outcome="x").status_code == 404


def test_it_is_taken_back_on_the_summary(rated: Rated) -> None:
    row = rated.follow_up()
    assert posted(rated, "anna", "follow-up-remove", row.pk).status_code == 403
    assert posted(rated, "secretary", "follow-up-remove", row.pk).status_code == 302
    assert not FollowUp.objects.exists()


def test_queries_do_not_grow_with_rows(rated: Rated, django_assert_num_queries: Any) -> None:
    rated.follow_up()
    client = Client()
    client.force_login(rated.people["anna"])
    client.get(reverse("reviews:follow-ups"))  # the working days are kept from here on
    with django_assert_num_queries(13):
        client.get(reverse("reviews:follow-ups"))
    rated.follow_up(task="二")
    rated.follow_up(task="三")
    with django_assert_num_queries(13):
        client.get(reverse("reviews:follow-ups"))


def test_next_months_session_shows_what_was_agreed(rated: Rated) -> None:
    rated.follow_up()
    june = make_showing(rated, day=date(2023, 6, 15), held=False)
    client = Client()
    client.force_login(rated.people["bert"])
    page = client.get(reverse("reviews:showing", args=[june.pk])).content.decode()
    assert "上月议定的 1 件事" in page
    assert "把操作卡贴到工位" in page
