"""Pages of the review meeting: what each role finds there, forms that come back, rows saved one by one, what they cost."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common.text import version_of
from indicators.models import Quarter
from reviews.models import LostPoint, MeetingAction, ReviewMeeting
from tests.factories import make_quarter
from tests.reviews.meetings import BEGAN, DAY, PEOPLE, SITS, Hall, make_hall

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SECTIONS = ("meeting", "meeting-pack", "meeting-explanations", "meeting-comments", "meeting-minutes", "meeting-decided")


def build() -> Hall:
    hall = make_hall()
    hall.at(BEGAN)
    return hall


@pytest.fixture
def hall(built: Hall) -> Hall:
    return deepcopy(built)


def text(response: Any) -> str:
    return str(response.content.decode())


def url(name: str, *args: Any) -> str:
    return reverse(f"reviews:{name}", args=args)


class TestOpening:
    @pytest.mark.parametrize("state", ["preparing", "held", "closed"])
    def test_every_section_for_who_sits_in_it_and_404_for_others(self, hall: Hall, state: str) -> None:
        meeting = hall.prepare()
        if state != "preparing":
            meeting = hall.hold(meeting)
            hall.decide(meeting)
        if state == "closed":
            hall.close(meeting)
        other = make_hall("AN")
        people = {**hall.people, "stranger": other.people["office"]}
        for name, person in people.items():
            client = hall.client("office")
            client.force_login(person)
            for section in (*SECTIONS, "meeting-show"):
                assert client.get(url(section, meeting.pk)).status_code == (200 if name in SITS else 404), (
                    name,
                    section,
                )

    def test_the_list_is_refused_with_a_sentence(self, hall: Hall) -> None:
        hall.prepare()
        for name in PEOPLE:
            answer = hall.client(name).get(url("meetings"))
            assert answer.status_code == (200 if name in SITS else 403), name
        assert "只对参会人员开放" in text(hall.client("anna").get(url("meetings")))

    def test_an_empty_list_says_what_comes(self, hall: Hall) -> None:
        page = text(hall.client("office").get(url("meetings")))
        assert "筹备2023年一季度讲评会" in page
        assert "筹备2023年一季度讲评会" not in text(hall.client("head").get(url("meetings")))

    def test_the_list_costs_the_same_for_one_and_three(self, hall: Hall) -> None:
        meeting = hall.prepare()
        client = hall.client("director")
        client.get(url("meetings"))
        with CaptureQueriesContext(connection) as one:
            client.get(url("meetings"))
        for code in ("2022Q3", "2022Q4"):
            quarter = make_quarter(hall.bureau, code, Quarter.State.PUBLISHED)
            copy = ReviewMeeting.objects.get(pk=meeting.pk)
            copy.pk, copy.quarter = None, quarter
            copy.save()
        with CaptureQueriesContext(connection) as three:
            client.get(url("meetings"))
        assert len(one) == len(three) <= 20

    def test_the_sections_stay_within_twenty_queries(self, hall: Hall) -> None:
        meeting = hall.prepare()
        client = hall.client("office")
        for section in (*SECTIONS, "meeting-show"):
            client.get(url(section, meeting.pk))
            with CaptureQueriesContext(connection) as asked:
                client.get(url(section, meeting.pk))
            assert len(asked) <= 20, section


class TestPreparing:
    def test_from_the_form_to_the_meeting(self, hall: Hall) -> None:
        client = hall.client("office")
        page = url("meeting-new") + "?quarter=2023Q1"
        assert "筹备并通知" in text(client.get(page))
        assert client.post(page, {"day": "2023-04-01"}).status_code == 422
        assert client.post(page, {"place": "会议室"}).status_code == 422
        answer = client.post(page, {"day": "2023-04-20", "place": "会议室"})
        meeting = ReviewMeeting.objects.get()
        assert answer["Location"] == url("meeting", meeting.pk)
        assert client.get(page).status_code == 409
        assert hall.client("head").get(page).status_code == 403

    def test_another_day(self, hall: Hall) -> None:
        meeting = hall.prepare()
        client = hall.client("office")
        assert client.post(url("meeting-edit", meeting.pk), {"day": "2023-04-01"}).status_code == 422
        assert client.post(url("meeting-edit", meeting.pk), {"day": "2023-04-25"}).status_code == 302
        assert ReviewMeeting.objects.get().day == date(2023, 4, 25)
        assert hall.client("director").post(url("meeting-edit", meeting.pk), {"day": "2023-04-26"}).status_code == 403

    def test_the_agenda_is_reordered_thinned_and_added_to(self, hall: Hall) -> None:
        meeting = hall.prepare()
        client = hall.client("office")
        page = url("meeting-agenda", meeting.pk)
        assert "绩效办汇报" in text(client.get(page))
        given = {
            "agenda-TOTAL_FORMS": 3, "agenda-INITIAL_FORMS": 0,
            "agenda-0-kind": "sum_up", "agenda-0-title": "总结", "agenda-0-length": 15, "agenda-0-place": 9,
            "agenda-1-kind": "other", "agenda-1-title": "学习文件", "agenda-1-length": 5, "agenda-1-place": 1,
            "agenda-2-kind": "comment", "agenda-2-title": "", "agenda-2-length": 5,
        }  # fmt: skip
        assert client.post(page, given).status_code == 302
        assert list(meeting.agenda.values_list("title", flat=True)) == ["学习文件", "总结"]
        assert client.post(page, given | {"agenda-0-length": "0"}).status_code == 422


class TestExplaining:
    def test_a_row_is_saved_as_it_is_left(self, hall: Hall) -> None:
        meeting = hall.prepare()
        row = hall.lost(meeting, "A", "K1")
        save = url("explanation-save", meeting.pk, row.pk)
        head = hall.client("head")
        page = text(head.get(url("meeting-explanations", meeting.pk)))
        assert f'hx-post="{save}"' in page
        answer = head.post(save, {f"row{row.pk}-cause": "原因一"}, HTTP_HX_REQUEST="true")
        assert (answer.status_code, "未填完" in text(answer)) == (200, True)
        given = {f"row{row.pk}-cause": "原因一", f"row{row.pk}-measure": "措施一"}
        answer = head.post(save, given, HTTP_HX_REQUEST="true")
        assert "已说明" in text(answer)
        assert "is-changed" in text(answer)
        assert LostPoint.objects.get(pk=row.pk).filled_by == hall.people["head"]
        assert head.post(save, given | {"department": "XSA"})["Location"].endswith("?department=XSA")

    def test_the_fields_stay_and_learn_what_was_saved(self, hall: Hall) -> None:
        """Typing goes on in the next field while the answer is on its way."""
        meeting = hall.prepare()
        row = hall.lost(meeting, "A", "K1")
        save, head = url("explanation-save", meeting.pk, row.pk), hall.client("head")
        answer = head.post(save, {f"row{row.pk}-cause": "原因一"}, HTTP_HX_REQUEST="true")
        assert "<textarea" not in text(answer)
        assert version_of("原因一", "") in text(answer)

    def test_two_windows_do_not_overwrite_each_other(self, hall: Hall) -> None:
        meeting = hall.held()
        office, page = hall.client("office"), url("meeting-minutes", meeting.pk)
        stale = {"text": "第二个窗口的纪要", "known": version_of("")}
        assert office.post(page, {"text": "第一个窗口的纪要", "known": version_of("")}).status_code == 302
        answer = office.post(page, stale | {"close": "1"})
        assert (answer.status_code, "刚刚被别人改过" in text(answer), "第二个窗口的纪要" in text(answer)) == (
            422,
            True,
            True,
        )
        meeting.refresh_from_db()
        assert (meeting.state, meeting.minutes) == ("held", "第一个窗口的纪要")

    def test_who_may_save(self, hall: Hall) -> None:
        meeting = hall.prepare()
        row = hall.lost(meeting, "A", "K1")
        save = url("explanation-save", meeting.pk, row.pk)
        found = {name: hall.client(name).post(save, {}, HTTP_HX_REQUEST="true").status_code for name in PEOPLE}
        leaders = {"deputy", "other_deputy", "director", "office", "discipline"}
        assert {name for name, status in found.items() if status == 200} == {"head", "liaison"}
        assert {name for name, status in found.items() if status == 403} == leaders
        assert {name for name, status in found.items() if status == 404} == set(PEOPLE) - leaders - {"head", "liaison"}

    def test_filters(self, hall: Hall) -> None:
        meeting = hall.prepare()
        hall.explain(hall.lost(meeting, "A", "K1"))
        page, office = url("meeting-explanations", meeting.pk), hall.client("office")
        assert text(office.get(page)).count('class="loss"') == 6
        assert text(office.get(page + "?show=unfilled")).count('class="loss"') == 5
        assert text(office.get(page + "?show=filled&department=XSA")).count('class="loss"') == 1
        assert text(hall.client("head").get(page)).count('class="loss"') == 3  # the own department first
        assert text(hall.client("head_b").get(page + "?department=XSA")).count('class="loss"') == 0

    def test_held_it_is_locked(self, hall: Hall) -> None:
        meeting = hall.prepare()
        row = hall.lost(meeting, "A", "K1")
        hall.hold(meeting)
        head = hall.client("head")
        answer = head.post(url("explanation-save", meeting.pk, row.pk), {f"row{row.pk}-cause": "x"})
        assert answer.status_code == 409
        assert "loss-form" not in text(head.get(url("meeting-explanations", meeting.pk)))

    def test_after_a_correction_the_page_says_so_and_the_office_draws_again(self, hall: Hall) -> None:
        meeting = hall.prepare()
        hall.correct(faults=4)
        page, office = url("meeting-explanations", meeting.pk), hall.client("office")
        assert "按更正后的得分重列" in text(office.get(page))
        assert office.post(url("meeting-redraw", meeting.pk)).status_code == 302
        assert str(hall.lost(meeting, "A", "K1").lost) == "2.50"
        office.get(page)  # with the message of what was done
        assert "按更正后的得分重列" not in text(office.get(page))
        assert hall.client("head").post(url("meeting-redraw", meeting.pk)).status_code == 403


class TestPeopleInThePack:
    @pytest.mark.parametrize(("view", "shown"), [("all", True), ("own", False)])
    def test_heads_see_what_the_ranking_shows_them(self, hall: Hall, view: str, shown: bool) -> None:
        hall.bureau.ranking_view = view
        hall.bureau.save()
        meeting = hall.prepare()
        page = url("meeting-pack", meeting.pk)
        for name in ("office", "director", "deputy", "discipline"):
            assert "emil" in text(hall.client(name).get(page)), name
        assert ("emil" in text(hall.client("head").get(page))) is shown
        assert "anna" in text(hall.client("head").get(page))  # of the own department

    def test_it_says_by_which_run_it_was_made(self, hall: Hall) -> None:
        meeting = hall.held()
        hall.correct(faults=0)
        page = text(hall.client("head").get(url("meeting-pack", meeting.pk)))
        assert "依据第 1 次计分，召开时已固定" in page
        assert "此后有第 2 次更正计分" in page


class TestDay:
    def test_from_preparing_to_closing(self, hall: Hall) -> None:
        meeting = hall.prepare()
        hall.explain(hall.lost(meeting, "A", "K1"), cause="培训不够", measure="每周培训")
        office, pages = hall.client("office"), meeting.pk
        assert "还没有到" in text(office.get(url("meeting", pages)))
        assert office.post(url("meeting-hold", pages)).status_code == 409
        hall.at(DAY)
        for person in hall.people.values():
            person.bureau = hall.bureau
        assert office.post(url("meeting-hold", pages)).status_code == 302
        wall = text(office.get(url("meeting-show", pages) + "?item=2"))
        for words in ("A股说明扣分", "培训不够", "每周培训", "第"):
            assert words in wall
        assert "请发言" in text(office.get(url("meeting-show", pages) + "?item=99"))
        assert "扣分面" in text(office.get(url("meeting-comments", pages)))
        assert office.post(url("meeting-report", pages), {"text": ""}).status_code == 422
        assert office.post(url("meeting-report", pages), {"text": "本季汇报"}).status_code == 302
        deputy = hall.client("deputy")
        page = text(deputy.get(url("meeting-comments", pages)))
        assert "分管部门（A股）的 3 项扣分和说明" in page
        assert deputy.post(url("meeting-comment", pages), {"text": "抓紧整改"}).status_code == 302
        assert hall.client("director").post(url("meeting-sum-up", pages), {"text": "说到做到"}).status_code == 302
        given = {"task": "整改", "department": hall.departments["A"].pk, "owner": hall.people["anna"].pk}
        assert office.post(url("meeting-decided", pages), given).status_code == 422
        assert office.post(url("meeting-decided", pages), given | {"due_on": "2023-05-10"}).status_code == 302
        draft = text(office.get(url("meeting-minutes", pages)))
        for words in ("本季汇报", "抓紧整改", "说到做到", "1．整改"):
            assert words in draft
        assert office.post(url("meeting-minutes", pages), {"text": "草稿"}).status_code == 302
        assert ReviewMeeting.objects.get().state == "held"
        assert office.post(url("meeting-minutes", pages), {"text": "定稿", "close": "1"}).status_code == 302
        assert ReviewMeeting.objects.get().state == "closed"
        assert office.post(url("meeting-minutes", pages), {"text": "改"}).status_code == 409
        assert "定稿" in text(hall.client("head").get(url("meeting-minutes", pages)))


class TestActions:
    def test_the_owner_reports_and_the_office_settles(self, hall: Hall) -> None:
        action = hall.decide(hall.held())
        anna, office = hall.client("anna"), hall.client("office")
        assert anna.post(url("action-report", action.pk), {"outcome": ""}).status_code == 422
        assert anna.post(url("action-report", action.pk), {"outcome": "办好了"}).status_code == 302
        assert anna.post(url("action-settle", action.pk), {"settle-state": "done"}).status_code == 403
        assert "已报告，待办结" in text(office.get(url("meeting-actions") + "?show=reported"))
        assert office.post(url("action-settle", action.pk), {"settle-state": "dropped"}).status_code == 422
        assert office.post(url("action-settle", action.pk), {"settle-state": "done"}).status_code == 302
        assert MeetingAction.objects.get().state == "done"

    def test_it_is_handed_on(self, hall: Hall) -> None:
        action = hall.decide(hall.held())
        given = {
            "change-department": hall.departments["A"].pk, "change-owner": hall.people["bert"].pk,
            "change-due_on": "2023-05-10",
        }  # fmt: skip
        office = hall.client("office")
        assert office.post(url("action-change", action.pk), given).status_code == 422
        assert office.post(url("action-change", action.pk), given | {"change-reason": "轮岗"}).status_code == 302
        assert hall.client("anna").get(url("meeting-action", action.pk)).status_code == 404
        assert hall.client("bert").get(url("meeting-action", action.pk)).status_code == 200

    def test_staff_find_their_own_alone(self, hall: Hall) -> None:
        meeting = hall.held()
        hall.decide(meeting, task="安娜的事")
        hall.decide(meeting, "bert", task="伯特的事")
        page = text(hall.client("anna").get(url("meeting-actions") + "?show=all"))
        assert ("安娜的事" in page, "伯特的事" in page) == (True, False)
        assert "没有议定事项" in text(hall.client("admin").get(url("meeting-actions")))
        assert "伯特的事" in text(hall.client("head").get(url("meeting-actions")))

    def test_filters_and_what_the_list_costs(self, hall: Hall) -> None:
        meeting = hall.held()
        hall.decide(meeting, task="快到期", due_on=DAY)
        office = hall.client("office")
        office.get(url("meeting-actions"))
        with CaptureQueriesContext(connection) as one:
            office.get(url("meeting-actions"))
        hall.decide(meeting, task="还早")
        hall.decide(meeting, "office", task="自己的")
        with CaptureQueriesContext(connection) as three:
            office.get(url("meeting-actions"))
        assert len(one) == len(three) <= 20
        hall.at(date(2023, 4, 24))
        late = text(office.get(url("meeting-actions") + "?show=overdue"))
        assert ("快到期" in late, "还早" in late) == (True, False)
        mine = text(office.get(url("meeting-actions") + "?show=mine"))
        assert ("自己的" in mine, "还早" in mine) == (True, False)
