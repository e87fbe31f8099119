"""The pages of talks: to everybody but the two, the secretary and discipline there is nothing, not even a number."""

from __future__ import annotations

import re
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from audit.models import Entry
from audit.services import seal_chains
from notifications.models import Notification
from organization.models import Employee
from reviews.models import Talk, TalkSuggestion
from tests.factories import make_employee, make_quarter
from tests.reviews.talks import (
    TODAY,
    VIEW,
    WORDS,
    Village,
    begin,
    closed,
    handed_over,
    make_suggestion,
    make_village,
)

pytestmark = [pytest.mark.django_db, pytest.mark.once]
RECORD = {"kind": "coach", "trigger": "free", "held_on": "2023-05-31", "place": "谈话室", **WORDS}


build = make_village


@pytest.fixture
def village(built: Village) -> Village:
    return deepcopy(built)


def page(person: Employee, url: str) -> HttpResponse:
    client = Client()
    client.force_login(person)
    return client.get(url)  # type: ignore[return-value]


def post(person: Employee, url: str, data: dict[str, Any] | None = None, **extra: Any) -> HttpResponse:
    client = Client()
    client.force_login(person)
    return client.post(url, data or {"by": "test"}, **extra)  # type: ignore[return-value]


def text(response: HttpResponse) -> str:
    return response.content.decode()


def shown_digest(person: Employee, talk: Talk) -> str:
    found = re.search(r'name="digest" value="(\w{64})"', text(page(person, f"/talks/{talk.pk}/")))
    assert found
    return found[1]


def linked(person: Employee) -> set[int]:
    """The talks that any list of the person leads to."""
    found: set[int] = set()
    for show in ("", "suggested", "held", "due", "mine", "others"):
        found |= {int(pk) for pk in re.findall(r'href="/talks/(\d+)/"', text(page(person, f"/talks/?show={show}")))}
    return found


# Visible sets ------------------------------------------------------------------------------------------------------


def test_lists_and_sheets_are_open_to_exactly_those_who_may_know(village: Village) -> None:
    unsigned = begin(village["head"], village["employee"])
    waiting = handed_over(village["head"], village["employee"])
    signed = closed(village["deputy"], village["employee"], held_on=TODAY - timedelta(days=9), follow_up_on=TODAY)
    of_secretary = closed(village["director"], village["secretary"])
    expected = {
        "head": {unsigned.pk, waiting.pk},
        "employee": {waiting.pk, signed.pk},
        "secretary": {waiting.pk, signed.pk, of_secretary.pk},
        "deputy": {signed.pk},
        "director": {of_secretary.pk},
        "discipline": {waiting.pk, signed.pk, of_secretary.pk},
    }
    every = {unsigned.pk, waiting.pk, signed.pk, of_secretary.pk}
    for who, person in village.stage:
        seen = expected.get(who, set())
        assert linked(person) == seen, who
        answers = {pk: page(person, f"/talks/{pk}/").status_code for pk in every}
        assert answers == {pk: 200 if pk in seen else 404 for pk in every}, who


def test_no_act_on_a_talk_tells_a_stranger_that_there_is_one(village: Village) -> None:
    talk = closed(village["head"], village["employee"], follow_up_on=TODAY + timedelta(days=30))
    acts = ("edit", "keep", "discard", "sign", "take-back", "follow-up")
    knowing = {"head", "employee", "secretary", "discipline"}
    for who, person in village.stage:
        for act in acts:
            there = post(person, f"/talks/{talk.pk}/{act}/")
            if who not in knowing:
                assert there.status_code == 404, (who, act)
                never = post(person, f"/talks/{talk.pk + 999}/{act}/")
                assert never.status_code == 404
            elif who != "head" and not (who == "employee" and act == "sign"):
                assert there.status_code == 403, (who, act)
    assert Talk.objects.get().follow_up == ""


def test_strangers_pages_say_the_same_with_and_without_talks(village: Village) -> None:
    """Not a name, not a word and not a figure of any page that might tell differs."""
    strangers = (
        "colleague",
        "liaison",
        "other_deputy",
        "director",
        "office",
        "admin",
        "other_secretary",
        "foreign_discipline",
    )
    addresses = ("/talks/", "/talks/?show=others", "/talks/?show=suggested", "/", "/notifications/")

    def said() -> dict[tuple[str, str], str]:
        return {(who, url): _plain(text(page(village[who], url))) for who in strangers for url in addresses}

    make_quarter(village.bureau)
    before = said()
    closed(village["head"], village["employee"], held_on=TODAY - timedelta(days=9), follow_up_on=TODAY)
    handed_over(village["secretary"], village["employee"])
    make_suggestion(village["employee"])
    assert said() == before


def _plain(html: str) -> str:
    return re.sub(r"csrf[^>]*>|nonce=\"[^\"]*\"|\d\d:\d\d(:\d\d)?", "", html)


def test_the_log_page_of_the_office_knows_nothing_of_talks(village: Village) -> None:
    make_quarter(village.bureau)
    before = text(page(village["office"], "/audit/"))
    closed(village["head"], village["employee"])
    make_suggestion(village["employee"])
    seal_chains()
    assert _plain(text(page(village["office"], "/audit/"))) == _plain(before)
    for asked in ("q=艾工", f"q={village['employee'].number}", "action=talk", "actor=艾工", "target=谈心谈话"):
        answer = text(page(village["office"], f"/audit/?{asked}"))
        assert "谈心谈话·" not in answer, asked
        assert "符合条件" in answer, asked
    verified = text(post(village["office"], "/audit/verify/"))
    assert f"{Entry.objects.visible_to(village['office']).count()} 条" in verified


def test_the_log_page_of_discipline_names_acts_and_not_whose_talk_or_what_was_said(village: Village) -> None:
    closed(village["head"], village["employee"])
    answer = text(page(village["discipline"], "/audit/?action=talk"))
    assert answer.count("谈心谈话·签字") == 2
    assert not [word for word in (*WORDS.values(), VIEW) if word in answer]
    assert page(village["director"], "/audit/").status_code == 403
    assert page(village["admin"], "/audit/").status_code == 403
    assert "条逐一核对" in text(post(village["discipline"], "/audit/verify/"))


def test_notices_reach_the_two_alone(village: Village) -> None:
    closed(village["head"], village["employee"])
    assert {one.recipient for one in Notification.objects.all()} == {village["head"], village["employee"]}
    assert "谈话" in text(page(village["employee"], "/notifications/"))
    assert not [word for word in WORDS.values() if word in text(page(village["employee"], "/notifications/"))]


def test_titles_and_crumbs_name_nobody(village: Village) -> None:
    """What a browser keeps in its history and shows in its tabs."""
    talk = handed_over(village["head"], village["employee"])
    draft = begin(village["head"], village["employee"])
    for person, url in (
        (village["employee"], f"/talks/{talk.pk}/"),
        (village["head"], f"/talks/{draft.pk}/edit/"),
        (village["head"], "/talks/new/"),
    ):
        title = re.search(r"<title>(.*?)</title>", text(page(person, url)), re.S)
        assert title
        assert not [one.name for _who, one in village.stage if one.name in title[1]]


def test_shared_computers_keep_no_copy(village: Village) -> None:
    talk = handed_over(village["head"], village["employee"])
    for url in ("/talks/", f"/talks/{talk.pk}/"):
        assert "no-store" in page(village["employee"], url).headers["Cache-Control"]


def test_suggestions_are_listed_for_the_secretary_and_discipline_alone(village: Village) -> None:
    one = make_suggestion(village["employee"])
    shown = {who for who, person in village.stage if "在后 10%" in text(page(person, "/talks/?show=suggested"))}
    assert shown == {"secretary", "discipline"}
    for who, person in village.stage:
        expected = {"secretary": 200, "discipline": 403}.get(who, 404)
        assert page(person, f"/talks/new/?suggestion={one.pk}").status_code == expected, who
        assert page(person, f"/talks/suggestions/{one.pk}/dismiss/").status_code == expected, who


# From a suggestion to the second signature -------------------------------------------------------------------------


def test_a_talk_from_the_suggestion_to_the_follow_up(village: Village) -> None:
    secretary, employee, one = village["secretary"], village["employee"], make_suggestion(village["employee"])
    asked = text(page(secretary, f"/talks/new/?suggestion={one.pk}"))
    assert "在后 10%" in asked
    assert '<option value="coach" selected' in asked
    begun = post(secretary, f"/talks/new/?suggestion={one.pk}", {"kind": "coach", "held_on": "2023-05-31"})
    talk = Talk.objects.get()
    assert begun.headers["Location"] == f"/talks/{talk.pk}/edit/"
    assert "肯定成绩、分析问题、提出要求都写完才能签字" in text(page(secretary, f"/talks/{talk.pk}/"))
    kept = post(secretary, f"/talks/{talk.pk}/keep/", RECORD, headers={"HX-Request": "true"})
    assert "已自动保存" in text(kept)
    saved = post(secretary, f"/talks/{talk.pk}/edit/", RECORD | {"follow_up_on": "2023-07-03"})
    assert saved.headers["Location"] == f"/talks/{talk.pk}/"
    post(secretary, f"/talks/{talk.pk}/sign/", {"digest": shown_digest(secretary, talk)})
    sheet = text(page(employee, f"/talks/{talk.pk}/"))
    assert "舒记与您的谈话记录，请看过后签字" in sheet
    post(employee, f"/talks/{talk.pk}/sign/", {"digest": shown_digest(employee, talk), "view": VIEW})
    sheet = text(page(employee, f"/talks/{talk.pk}/"))
    assert sheet.count("核对一致") == 2
    assert VIEW in sheet
    post(secretary, f"/talks/{talk.pk}/follow-up/", {"found": "已落实"})
    assert "已落实" in text(page(employee, f"/talks/{talk.pk}/"))
    talk.refresh_from_db()
    assert (talk.trigger, talk.state, TalkSuggestion.objects.get().state) == ("low_rank", "signed", "taken")


def test_autosave_says_what_keeps_it_from_being_kept(village: Village) -> None:
    talk = begin(village["head"], village["employee"])
    answer = post(village["head"], f"/talks/{talk.pk}/keep/", RECORD | {"held_on": "2999-01-01"})
    assert "还没有保存" in text(answer)
    assert Talk.objects.get().held_on == TODAY


def test_a_record_that_changed_in_another_window_is_not_signed(village: Village) -> None:
    talk = begin(village["head"], village["employee"])
    digest = shown_digest(village["head"], talk)
    post(village["head"], f"/talks/{talk.pk}/edit/", RECORD | {"analysis": "别的"})
    post(village["head"], f"/talks/{talk.pk}/sign/", {"digest": digest})
    assert Talk.objects.get().state == "draft"


def test_a_sheet_changed_past_the_services_says_so(village: Village) -> None:
    talk = closed(village["head"], village["employee"])
    Talk.objects.update(requirements="改过")
    sheet = text(page(village["discipline"], f"/talks/{talk.pk}/"))
    assert "记录与签字时不一致" in sheet
    assert sheet.count("核对不一致") == 2


def test_whom_one_cannot_talk_with_is_not_offered_and_not_taken(village: Village) -> None:
    form = text(page(village["secretary"], "/talks/new/"))
    assert "艾工" in form
    assert "居长" not in form
    answer = post(village["secretary"], "/talks/new/", {"employee": village["director"].pk, **RECORD})
    assert answer.status_code == 422
    for who in ("employee", "office", "admin", "discipline", "liaison"):
        assert page(village[who], "/talks/new/").status_code == 403


def test_putting_a_suggestion_aside(village: Village) -> None:
    one = make_suggestion(village["employee"])
    assert post(village["secretary"], f"/talks/suggestions/{one.pk}/dismiss/", {"reason": ""}).status_code == 422
    post(village["secretary"], f"/talks/suggestions/{one.pk}/dismiss/", {"reason": "刚谈过"})
    assert TalkSuggestion.objects.get().state == "dismissed"


def test_taking_back_and_throwing_away(village: Village) -> None:
    talk = handed_over(village["head"], village["employee"])
    assert post(village["head"], f"/talks/{talk.pk}/take-back/").headers["Location"] == f"/talks/{talk.pk}/edit/"
    assert page(village["employee"], f"/talks/{talk.pk}/").status_code == 404
    post(village["head"], f"/talks/{talk.pk}/discard/")
    assert not Talk.objects.exists()


@pytest.mark.parametrize("asked", ["employee=x", "suggestion=x", "employee=" + "9" * 30, "suggestion=" + "9" * 30])
def test_strange_addresses_are_no_faults(village: Village, asked: str) -> None:
    assert page(village["secretary"], f"/talks/new/?{asked}").status_code in (200, 404)


# Cost --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("show", ["held", "others", "mine"])
@pytest.mark.parametrize("rows", [1, 3])
def test_a_list_costs_the_same_for_one_row_and_for_three(
    village: Village, show: str, rows: int, django_assert_num_queries: Any
) -> None:
    person = {"held": "head", "others": "discipline", "mine": "employee"}[show]
    for _row in range(rows):
        closed(village["head"], village["employee"])
    client = Client()
    client.force_login(village[person])
    client.get("/talks/")
    with django_assert_num_queries(16):
        client.get(f"/talks/?show={show}")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_suggestions_costs_the_same_for_one_and_for_three(
    village: Village, rows: int, django_assert_num_queries: Any
) -> None:
    for _row in range(rows):
        make_suggestion(make_employee(village.bureau, branch=village["employee"].branch))
    client = Client()
    client.force_login(village["secretary"])
    client.get("/talks/")
    with django_assert_num_queries(18):
        client.get("/talks/?show=suggested")


def test_fifty_suggestions_are_a_small_page(village: Village) -> None:
    for _row in range(55):
        make_suggestion(make_employee(village.bureau, branch=village["employee"].branch))
    answer = page(village["secretary"], "/talks/?show=suggested")
    assert text(answer).count('class="row-title"') == 50
    assert len(answer.content) < 60_000


def test_a_duty_opens_the_list_that_its_talk_is_in(village: Village) -> None:
    """Although a talk to look again waits too, whose list the page opens by itself."""
    closed(village["head"], village["colleague"], held_on=TODAY - timedelta(days=9), follow_up_on=TODAY)
    begin(village["head"], village["employee"])
    assert 'href="/talks/?show=held">1 份谈话记录没有写完' in text(page(village["head"], "/todo/"))
    assert "艾工" in text(page(village["head"], "/talks/?show=held"))
    assert "艾工" not in text(page(village["head"], "/talks/"))
