"""The pages of 领取 and 名单确认, and their API: what each shows to whom, and what its buttons do."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from indicators.models import Item, ItemRequest, Quarter, RosterSignature
from organization.models import Employee
from tests.factories import (
    make_absence,
    make_bureau,
    make_department,
    make_employee,
    make_item,
    make_placement,
    make_point,
    make_post,
    make_quarter,
    make_result,
    sign_rosters,
)
from tests.indicators.taking import TODAY, Town

pytestmark = [pytest.mark.django_db, pytest.mark.once]
TAKE = "/items/take/"


build = Town


@pytest.fixture
def town(built: Town) -> Town:
    return deepcopy(built)


def enter(person: Employee) -> Client:
    client = Client()
    client.force_login(person, backend="organization.backends.StaffNumberBackend")
    return client


def read(person: Employee, url: str, status: int = 200) -> str:
    response = enter(person).get(url)
    assert response.status_code == status
    return response.content.decode()


def api(person: Employee) -> APIClient:
    client = APIClient()
    client.force_authenticate(person)
    return client


class TestTaking:
    def test_shows_the_own_posts_points_with_load_and_holders(self, town: Town) -> None:
        make_item(town.colleague, town.own, town.quarter)
        page = read(town.staff, TAKE)
        assert "2023年一季度我还没有领取个性考点" in page
        assert "按月考核的从2月起算" in page
        assert "没有个性任务，个性得分计 0 分" in page
        assert "3 个，计 2 个" in page
        assert "李四" in page
        assert "K1 考点K1" in page
        assert "K3 考点K3" in page
        assert "K2 考点K2" not in page

    def test_takes_what_was_ticked(self, town: Town) -> None:
        client = enter(town.staff)
        url = reverse("indicators:choose", args=["2023Q1"])
        answer = client.post(url, {"points": [town.own.pk, town.shared.pk]}, follow=True)
        assert "已领取 2 个考点" in answer.content.decode()
        assert "我已领取 2 个个性考点，共 8.00 分" in answer.content.decode()
        assert set(Item.objects.values_list("point__code", "taken_on")) == {("K1", TODAY), ("K3", TODAY)}
        again = client.post(url, {"points": [town.own.pk]}, follow=True).content.decode()
        assert "已经领取了 K1" in again
        assert "没有选中考点" in client.post(url, follow=True).content.decode()

    def test_gives_nothing_of_another_post_or_bureau(self, town: Town) -> None:
        client, url = enter(town.staff), reverse("indicators:choose", args=["2023Q1"])
        foreign = make_point(make_bureau("YY"), "K1")
        assert client.post(url, {"points": [town.next.pk]}).status_code == 403
        assert client.post(url, {"points": [foreign.pk]}).status_code == 404
        assert client.post(url, {"points": ["x", "9" * 30]}).status_code == 404
        assert not Item.objects.exists()

    def test_marks_what_was_held_in_the_quarter_before(self, town: Town) -> None:
        make_quarter(town.bureau, "2023Q2", Quarter.State.OPEN)
        make_item(town.staff, town.own, town.quarter)
        page = read(town.staff, f"{TAKE}?quarter=2023Q2")
        assert "勾选2023年一季度承担过的 1 个" in page
        assert " checked" not in page
        assert "现在领取的，整个季度都算" in page
        assert read(town.staff, f"{TAKE}?quarter=2023Q2&like=1").count(" checked") == 1

    def test_hands_back_what_may_go(self, town: Town) -> None:
        free = make_item(town.staff, town.own, town.quarter, TODAY)
        make_item(town.staff, town.shared, town.quarter, TODAY)
        make_result(town.staff, town.shared)
        client = enter(town.staff)
        assert client.get(TAKE).content.decode().count("/hand-back/") == 1
        back = client.post(reverse("indicators:hand_back", args=[free.pk]), {"from": "take"}, follow=True)
        assert "已交回 K1" in back.content.decode()
        kept = client.post(reverse("indicators:hand_back", args=[Item.objects.get().pk]), follow=True)
        assert "不能再交回" in kept.content.decode()

    def test_offers_nothing_in_a_settled_quarter(self, town: Town) -> None:
        make_item(town.staff, town.own, town.quarter, TODAY)
        Quarter.objects.update(state=Quarter.State.PUBLISHED)
        page = read(town.staff, f"{TAKE}?quarter=2023Q1")
        assert "本季已发布，不再领取和交回" in page
        assert "/hand-back/" not in page
        assert "领取选中的考点" not in page

    def test_finds_points_of_other_posts(self, town: Town) -> None:
        page = read(town.staff, f"{TAKE}?of=others")
        assert ("K2 考点K2" in page, "K4 考点K4" in page, "K1 考点K1" in page) == (True, True, False)
        assert "由王股长决定" in page
        assert "K4 考点K4" not in read(town.staff, f"{TAKE}?of=others&department={town.here.pk}")
        assert "K2 考点K2" not in read(town.staff, f"{TAKE}?of=others&q=k4")
        assert "没有符合条件的考点" in read(town.staff, f"{TAKE}?of=others&q=无")

    def test_a_person_without_a_post_is_told(self, town: Town) -> None:
        person = make_employee(town.bureau, department=make_department(town.bureau, "D09"))
        assert "您还没有登记岗位" in read(person, TAKE)

    @pytest.mark.parametrize("tab", ["", "?of=others", "?of=requests"])
    def test_costs_the_same_for_one_and_three_of_everything(
        self, town: Town, tab: str, django_assert_num_queries: Any
    ) -> None:
        counts = {"": 15, "?of=others": 19, "?of=requests": 19}
        make_item(town.colleague, town.own, town.quarter)
        town.ask(town.staff, town.far)
        make_item(town.staff, town.shared, town.quarter)
        client = enter(town.staff)
        with django_assert_num_queries(counts[tab]):
            client.get(TAKE + tab)
        for code in ("K81", "K82", "K83"):
            own = make_point(town.bureau, code, department=town.here, post=town.post)
            other = make_point(town.bureau, f"{code}X", department=town.there, post=town.away_post)
            held = make_point(town.bureau, f"{code}H", department=town.here, post=town.post)
            make_item(town.colleague, own, town.quarter)
            make_item(town.staff, held, town.quarter)
            town.ask(town.staff, other)
        client = enter(town.staff)
        with django_assert_num_queries(counts[tab]):
            client.get(TAKE + tab)


class TestRequests:
    def ask(self, town: Town) -> ItemRequest:
        url = reverse("indicators:ask", args=["2023Q1"])
        answer = enter(town.staff).post(url, {"points": [town.far.pk], "reason": "愿意"}, follow=True)
        assert "已提出 1 份申请" in answer.content.decode()
        return ItemRequest.objects.get()

    def test_the_head_agrees_on_the_page(self, town: Town) -> None:
        asked = self.ask(town)
        client, url = enter(town.head), reverse("indicators:decide")
        page = client.get(reverse("indicators:requests")).content.decode()
        assert "1 份领取申请等您决定" in page
        assert "0 项 0.00 分" in page
        done = client.post(url, {"requests": [asked.pk], "decision": "agree"}, follow=True).content.decode()
        assert "已同意 1 份申请" in done
        assert Item.objects.get().employee == town.staff
        late = client.post(url, {"requests": [asked.pk], "decision": "decline", "answer": "不"}, follow=True)
        assert "刚刚已经决定或撤回" in late.content.decode()
        assert "已同意" in read(town.staff, f"{TAKE}?of=requests")

    def test_the_head_declines_with_a_reason(self, town: Town) -> None:
        asked = self.ask(town)
        client, url = enter(town.head), reverse("indicators:decide")
        silent = client.post(url, {"requests": [asked.pk], "decision": "decline"}, follow=True)
        assert "不同意要写明原因" in silent.content.decode()
        client.post(url, {"requests": [asked.pk], "decision": "decline", "answer": "人手不够"})
        assert "人手不够" in read(town.staff, f"{TAKE}?of=requests")

    def test_who_asked_takes_it_back(self, town: Town) -> None:
        asked = self.ask(town)
        url = reverse("indicators:withdraw_request", args=[asked.pk])
        assert enter(town.colleague).post(url).status_code == 404
        assert "申请已撤回" in enter(town.staff).post(url, follow=True).content.decode()
        assert "不能再撤回" in enter(town.staff).post(url, follow=True).content.decode()

    def test_others_see_or_decide_nothing(self, town: Town) -> None:
        asked = self.ask(town)
        url = reverse("indicators:decide")
        foreign = make_employee(make_bureau("YY"), roles=["department_head", "office"])
        for person, status in (
            (town.colleague, 404), (town.other_head, 404), (foreign, 404),
            (town.liaison, 403), (town.deputy, 403), (town.office, 403), (town.staff, 403),
        ):  # fmt: skip
            assert enter(person).post(url, {"requests": [asked.pk], "decision": "agree"}).status_code == status
        assert "张三" not in read(town.other_head, reverse("indicators:requests"))
        assert "没有领取申请" in read(town.colleague, reverse("indicators:requests"))

    def test_a_request_without_a_reason_comes_back(self, town: Town) -> None:
        url = reverse("indicators:ask", args=["2023Q1"])
        answer = enter(town.staff).post(url, {"points": [town.far.pk]}, follow=True)
        assert "请写明为什么" in answer.content.decode()

    def test_costs_the_same_for_one_and_three(self, town: Town, django_assert_num_queries: Any) -> None:
        town.ask(town.staff, town.far)
        client = enter(town.head)
        with django_assert_num_queries(17):
            client.get(reverse("indicators:requests"))
        for code in ("K81", "K82", "K83"):
            point = make_point(town.bureau, code, department=town.there, post=town.away_post)
            town.ask(town.person(f"5{code}", post=town.post), point)
        client = enter(town.head)
        with django_assert_num_queries(17):
            client.get(reverse("indicators:requests"))


class TestWorkload:
    URL = "/items/load/"

    def test_a_head_sees_the_own_department(self, town: Town) -> None:
        page = read(town.head, self.URL)
        assert "2023年一季度 3 个个性考点中，3 个无人领取" in page
        assert "法制股" not in page
        assert "登记领取" not in page
        assert "4 个个性考点中，4 个无人领取" in read(town.office, self.URL)
        assert "1 个考点的责任岗位或部门没有人" in read(town.office, self.URL)

    def test_a_leader_sees_the_departments_in_charge(self, town: Town) -> None:
        page = read(town.deputy, self.URL)
        assert "K1" in page
        assert "K4" not in page

    def test_leads_to_the_cures(self, town: Town) -> None:
        page = read(town.office, self.URL)
        assert "/items/new/2023Q1/?point=K1" in page
        assert "/indicators/2023/K4/revise/" in page
        assert 'value="K1"' in read(town.office, "/items/new/2023Q1/?point=K1")

    def test_reminds(self, town: Town) -> None:
        url = reverse("indicators:remind", args=["2023Q1"])
        assert "已提醒 2 人" in enter(town.head).post(url, follow=True).content.decode()
        assert "今天已经提醒过" in enter(town.head).post(url, follow=True).content.decode()
        assert enter(town.deputy).post(url).status_code == 403

    def test_is_not_for_staff(self, town: Town) -> None:
        assert "岗位任务量由部门负责人" in read(town.staff, self.URL, 403)

    def test_costs_the_same_for_one_and_three(self, town: Town, django_assert_num_queries: Any) -> None:
        client = enter(town.office)
        with django_assert_num_queries(12):
            client.get(self.URL)
        for code in ("7", "8", "9"):
            post = make_post(make_department(town.bureau, f"D{code}"), f"G{code}")
            make_point(town.bureau, f"K{code}", department=post.department, post=post)
            town.person(f"60{code}", post=post, department=post.department)
        client = enter(town.office)
        with django_assert_num_queries(12):
            client.get(self.URL)


class TestRosters:
    LIST, SHEET = "/rosters/", "/rosters/2023Q1/D01/"

    def digest(self, town: Town) -> str:
        roster = enter(town.head).get(self.SHEET).context["roster"]
        return str(roster.digest)

    def test_the_office_sees_who_has_signed(self, town: Town) -> None:
        page = read(town.office, self.LIST)
        assert "2023年一季度 2 个部门中，2 个的名单待确认" in page
        assert "待王股长" in page
        sign_rosters(town.quarter, TODAY)
        assert "2 个部门的名单都已确认" in read(town.office, self.LIST)
        make_placement(town.staff, date(2023, 2, 1), department=town.there)
        page = read(town.office, f"{self.LIST}?state=changed")
        assert "减少 1 人" in page
        assert "增加 1 人" in page
        assert "没有这个状态的部门" in read(town.office, f"{self.LIST}?state=unsigned")

    def test_the_head_comes_to_the_own_sheet_and_signs(self, town: Town) -> None:
        make_absence(town.staff, date(2023, 2, 6), date(2023, 2, 8))
        client = enter(town.head)
        page = client.get(self.LIST, follow=True).content.decode()
        assert "征收股2023年一季度 4 人的名单待确认" in page
        assert "病假 2023-02-06 至 2023-02-08" in page
        done = client.post(self.SHEET, {"digest": self.digest(town)}, follow=True).content.decode()
        assert "名单已确认" in done
        assert "王股长" in done
        assert RosterSignature.objects.get().by == town.head

    def test_a_list_that_changed_meanwhile_is_not_signed(self, town: Town) -> None:
        shown = self.digest(town)
        town.person("888")
        response = enter(town.head).post(self.SHEET, {"digest": shown})
        assert response.status_code == 409
        assert "名单刚刚有变，没有签字" in response.content.decode()
        assert not RosterSignature.objects.exists()

    def test_a_changed_list_says_what_changed(self, town: Town) -> None:
        sign_rosters(town.quarter, TODAY)
        make_placement(town.staff, date(2023, 2, 1), department=town.there)
        page = read(town.head, self.SHEET)
        assert "征收股名单有变，需要重新确认：减少 1 人" in page
        assert "法制股" in page

    def test_the_office_signs_in_the_heads_place_with_a_reason(self, town: Town) -> None:
        client, digest = enter(town.office), self.digest(town)
        assert "代为确认要写明理由" in client.post(self.SHEET, {"digest": digest}).content.decode()
        done = client.post(self.SHEET, {"digest": digest, "reason": "负责人出差"}, follow=True).content.decode()
        assert "绩效办代为确认：负责人出差" in done

    def test_is_not_for_everybody(self, town: Town) -> None:
        discipline = town.person("301", roles=["discipline"])
        foreign = make_employee(make_bureau("YY"), roles=["office"])
        for person, status in (
            (town.staff, 403), (town.liaison, 403), (town.other_head, 404), (foreign, 404),
            (town.deputy, 200), (town.office, 200), (discipline, 200),
        ):  # fmt: skip
            read(person, self.SHEET, status)
        read(town.staff, self.LIST, 403)
        assert "这份名单由王股长确认" in read(discipline, self.SHEET)
        assert enter(discipline).post(self.SHEET, {"digest": self.digest(town)}).status_code == 403

    def test_the_office_reminds(self, town: Town) -> None:
        url = reverse("indicators:remind_of_rosters", args=["2023Q1"])
        assert "已提醒 2 人" in enter(town.office).post(url, follow=True).content.decode()
        assert "今天已经提醒过" in enter(town.office).post(url, follow=True).content.decode()
        assert enter(town.head).post(url).status_code == 403

    def test_costs_the_same_for_one_and_three(self, town: Town, django_assert_num_queries: Any) -> None:
        client = enter(town.office)
        with django_assert_num_queries(16):
            client.get(self.LIST)
        for code in ("D07", "D08", "D09"):
            town.person(f"6{code}", department=make_department(town.bureau, code))
        client = enter(town.office)
        with django_assert_num_queries(16):
            client.get(self.LIST)


class TestApi:
    def test_a_person_takes_on_and_hands_back_the_own(self, town: Town) -> None:
        client = api(town.staff)
        body = {"quarter": "2023Q1", "employee_no": "101", "point": "K1"}
        made = client.post("/api/v1/items/", body, format="json")
        assert (made.status_code, made.json()["taken_on"]) == (201, "2023-02-10")
        again = client.post("/api/v1/items/", body, format="json")
        assert (again.status_code, again.json()["code"]) == (409, "conflict")
        assert client.delete(f"/api/v1/items/{made.json()['id']}/").status_code == 204

    @pytest.mark.parametrize(
        ("changed", "status", "code"),
        [
            ({"point": "K2"}, 403, "needs_consent"),
            ({"employee_no": "102"}, 403, "refused"),
            ({"taken_on": "2023-01-01"}, 400, "invalid"),
            ({"point": "K99"}, 400, "invalid"),
        ],
    )
    def test_and_nothing_else(self, town: Town, changed: dict[str, str], status: int, code: str) -> None:
        body = {"quarter": "2023Q1", "employee_no": "101", "point": "K1"} | changed
        answer = api(town.staff).post("/api/v1/items/", body, format="json")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert not Item.objects.exists()

    def test_requests_are_asked_and_decided(self, town: Town) -> None:
        body = {"quarter": "2023Q1", "point": "K4", "reason": "愿意"}
        made = api(town.staff).post("/api/v1/item-requests/", body, format="json")
        assert (made.status_code, made.json()["state"], made.json()["employee_no"]) == (201, "asked", "101")
        url = f"/api/v1/item-requests/{made.json()['id']}/"
        assert api(town.colleague).get(url).status_code == 404
        assert api(town.liaison).post(f"{url}agree/").status_code == 403
        assert api(town.head).post(f"{url}decline/").status_code == 400
        agreed = api(town.head).post(f"{url}agree/", {"answer": "好"}, format="json").json()
        assert (agreed["state"], agreed["decided_by"], agreed["answer"]) == ("agreed", "103", "好")
        assert api(town.staff).post(f"{url}withdraw/").status_code == 409
        assert api(town.head).get("/api/v1/item-requests/?state=agreed").json()["count"] == 1

    def test_lists_are_read_and_signed(self, town: Town) -> None:
        client = api(town.head)
        listed = client.get("/api/v1/rosters/?quarter=2023Q1").json()
        assert [(one["department"], one["state"]) for one in listed["results"]] == [("D01", "unsigned")]
        sheet = client.get("/api/v1/rosters/D01/?quarter=2023Q1").json()
        assert [line["employee_no"] for line in sheet["people"]] == ["101", "102", "103", "104"]
        body = {"quarter": "2023Q1", "digest": "x"}
        stale = client.post("/api/v1/rosters/D01/sign/", body, format="json")
        assert (stale.status_code, stale.json()["code"]) == (409, "roster_changed")
        signed = client.post("/api/v1/rosters/D01/sign/", body | {"digest": sheet["digest"]}, format="json")
        assert (signed.json()["state"], signed.json()["signed_by"]) == ("signed", "103")
        assert client.get("/api/v1/rosters/D02/?quarter=2023Q1").status_code == 404
        assert client.post("/api/v1/rosters/D01/sign/", [1], format="json").status_code == 400
        assert api(town.staff).get("/api/v1/rosters/").status_code == 403
        foreign = make_employee(make_bureau("YY"), roles=["office"])
        assert api(foreign).get("/api/v1/rosters/D01/").status_code == 404
