"""领取: whose points one takes on freely, who consents to others, from when they count, what can be handed back."""

from __future__ import annotations

from copy import deepcopy
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from audit.models import Entry
from common.errors import Conflict, DomainError, Frozen, InvalidInput, Refused
from indicators.models import Item, ItemRequest, Quarter
from indicators.queries.requests import requests_waiting_for
from indicators.queries.workload import workload
from indicators.services import items
from notifications.models import Notification
from tests.factories import (
    make_absence,
    make_bureau,
    make_department,
    make_employee,
    make_item,
    make_point,
    make_post,
    make_quarter,
    make_result,
    make_role,
    make_version,
)
from tests.indicators.taking import TODAY, Town

pytestmark = pytest.mark.django_db


build = Town


@pytest.fixture
def town(built: Town) -> Town:
    return deepcopy(built)


class TestOwnPoints:
    def test_are_taken_on_freely_from_today_on(self, town: Town) -> None:
        made = town.choose(town.staff, town.own, town.shared)
        assert [(item.point, item.employee, item.taken_on) for item in made] == [
            (town.own, town.staff, TODAY),
            (town.shared, town.staff, TODAY),  # of the department and of no post
        ]
        entry = Entry.objects.filter(action="item.take_on").order_by("pk").first()
        assert entry is not None
        assert (entry.actor_id, entry.after) == (town.staff.pk, {"taken_on": "2023-02-10"})

    @pytest.mark.parametrize(
        ("today", "taken_on"),
        [
            (date(2022, 12, 30), None),
            (date(2023, 1, 1), date(2023, 1, 1)),
            (date(2023, 3, 31), date(2023, 3, 31)),
            (date(2023, 4, 6), date(2023, 3, 31)),
        ],
    )
    def test_count_from_the_month_of_the_day_and_whole_if_the_quarter_lies_ahead(
        self, town: Town, today: date, taken_on: date | None
    ) -> None:
        (item,) = town.choose(town.staff, town.own, today=today)
        assert item.taken_on == taken_on

    def test_are_all_taken_on_or_none(self, town: Town) -> None:
        with pytest.raises(Refused, match="K2 不是您岗位的考点，领取前要经部门负责人同意"):
            town.choose(town.staff, town.own, town.next)
        assert not Item.objects.exists()
        assert not Entry.objects.exists()

    def test_refusals_name_what_is_wrong(self, town: Town) -> None:
        town.choose(town.staff, town.own)
        withdrawn = make_point(town.bureau, "K9", department=town.here, post=town.post)
        make_version(withdrawn, withdrawn=True)
        leaver = town.person("201", post=town.post, left_on=date(2022, 12, 1))
        foreign = make_point(make_bureau("YY"), "K1")
        for person, points, error, sentence in (
            (town.staff, [town.own], Conflict, "已经领取了 K1"),
            (town.staff, [], InvalidInput, "没有选中"),
            (town.staff, [town.common], InvalidInput, "只有个性考点"),
            (town.staff, [withdrawn], InvalidInput, "没有在用的版本"),
            (town.staff, [foreign], InvalidInput, "同一单位"),
            (leaver, [town.own], InvalidInput, "不在职"),
        ):
            with pytest.raises(error, match=sentence):
                town.choose(person, *points)
        assert Item.objects.count() == 1

    @pytest.mark.parametrize(("state", "error"), [("publicity", Conflict), ("published", Frozen)])
    def test_a_settled_quarter_takes_none(self, town: Town, state: str, error: type[DomainError]) -> None:
        Quarter.objects.update(state=state)
        with pytest.raises(error, match="2023Q1"):
            town.choose(town.staff, town.own)
        with pytest.raises(error, match="2023Q1"):
            town.ask(town.staff, town.next)


class TestHandingBack:
    def test_is_free_as_long_as_nothing_was_entered_and_nothing_is_overdue(self, town: Town) -> None:
        (item,) = town.choose(town.staff, town.own)
        items.hand_back(item=item, actor=town.staff, today=date(2023, 2, 20))
        assert not Item.objects.exists()
        assert Entry.objects.filter(action="item.hand_back").count() == 1

    def test_what_was_taken_on_by_mistake_goes_back_the_same_day(self, town: Town) -> None:
        late = date(2023, 3, 29)  # after the deadlines of all its nodes
        (item,) = town.choose(town.staff, town.own, today=late)
        items.hand_back(item=item, actor=town.staff, today=late)
        assert not Item.objects.exists()

    def test_a_missing_node_does_not_vanish_with_its_item(self, town: Town) -> None:
        item = make_item(town.staff, town.own, town.quarter, date(2023, 1, 5))
        with pytest.raises(Conflict, match="有节点已过时限，不能自行交回"):
            items.hand_back(item=item, actor=town.staff, today=TODAY)
        items.hand_back(item=item, actor=town.office, today=TODAY, reason="岗位调整")
        assert not Item.objects.exists()

    def test_an_item_with_a_result_stays(self, town: Town) -> None:
        make_result(town.staff, town.own, "2023-02")
        for person in (town.staff, town.office):
            with pytest.raises(Conflict, match="1 条"):
                items.hand_back(item=Item.objects.get(), actor=person, today=TODAY)

    def test_belongs_to_the_holder_and_the_office(self, town: Town) -> None:
        item = make_item(town.staff, town.own, town.quarter, TODAY)
        for person in (town.colleague, town.head, town.liaison, town.deputy, town.other_head):
            with pytest.raises(Refused, match="只能交回本人"):
                items.hand_back(item=item, actor=person, today=TODAY)

    def test_twice_is_told(self, town: Town) -> None:
        item = make_item(town.staff, town.own, town.quarter, TODAY)
        twin = Item.objects.get()
        items.hand_back(item=item, actor=town.staff, today=TODAY)
        with pytest.raises(Conflict, match="刚刚已经交回"):
            items.hand_back(item=twin, actor=town.staff, today=TODAY)


class TestAsking:
    def test_goes_to_the_head_who_is_told(self, town: Town) -> None:
        near, _far = town.ask(town.staff, town.next, town.far)
        assert (near.state, near.reason, near.employee) == ("asked", "愿意分担", town.staff)
        notice = Notification.objects.get()
        assert (notice.recipient, notice.subject) == (town.head, "张三申请领取 2 个其他岗位的考点")
        assert Entry.objects.filter(action="item.request").count() == 2
        assert requests_waiting_for(town.head) == 2
        assert [requests_waiting_for(one) for one in (town.staff, town.deputy, town.office, town.other_head)] == [0] * 4

    def test_agreeing_makes_the_item_in_the_same_act(self, town: Town) -> None:
        (asked,) = town.ask(town.staff, town.far)
        town.decide(town.head, [asked])
        item = Item.objects.get()
        assert (item.employee, item.point, item.taken_on) == (town.staff, town.far, TODAY)
        asked = ItemRequest.objects.get()
        assert (asked.state, asked.decided_by, asked.answer) == ("agreed", town.head, "好")
        assert list(Entry.objects.order_by("pk").values_list("action", flat=True)) == [
            "item.request", "item.agree", "item.take_on",
        ]  # fmt: skip
        assert Notification.objects.get(recipient=town.staff).subject == "同意您领取 K4"

    def test_declining_needs_an_answer_and_makes_nothing(self, town: Town) -> None:
        (asked,) = town.ask(town.staff, town.far)
        with pytest.raises(InvalidInput, match="写明原因"):
            town.decide(town.head, [asked], agree=False, answer=" ")
        town.decide(town.head, [asked], agree=False, answer="人手不够")
        assert not Item.objects.exists()
        assert Notification.objects.get(recipient=town.staff).body == "人手不够"
        assert Entry.objects.get(action="item.decline").reason == "人手不够"
        town.ask(town.staff, town.far)  # and may be asked again

    def test_is_decided_once(self, town: Town) -> None:
        (asked,) = town.ask(town.staff, town.far)
        (twin,) = ItemRequest.objects.select_related("quarter__bureau", "employee", "point")
        town.decide(town.head, [asked])
        for act in (
            lambda: town.decide(town.head, [twin], agree=False),
            lambda: town.decide(town.head, [twin]),
            lambda: items.withdraw_request(request=twin, actor=town.staff),
        ):
            with pytest.raises(Conflict, match="已经决定"):
                act()
        assert ItemRequest.objects.get().state == "agreed"
        assert Item.objects.count() == 1

    def test_is_decided_by_nobody_else(self, town: Town) -> None:
        (asked,) = town.ask(town.staff, town.far)
        admin = town.person("301", roles=["system_admin"])
        discipline = town.person("302", roles=["discipline"])
        foreign = make_employee(make_bureau("YY"), roles=["department_head"])
        for person in (town.staff, town.colleague, town.liaison, town.other_head, town.deputy, town.office, admin,
                       discipline, foreign):  # fmt: skip
            with pytest.raises(Refused):
                town.decide(person, [asked])
        assert ItemRequest.objects.get().state == "asked"

    def test_a_heads_own_goes_to_the_leader_in_charge(self, town: Town) -> None:
        (asked,) = town.ask(town.head, town.far)
        assert Notification.objects.get().recipient == town.deputy
        with pytest.raises(Refused, match="不能同意本人的申请"):
            town.decide(town.head, [asked])
        town.decide(town.deputy, [asked])
        assert Item.objects.get().employee == town.head

    def test_goes_to_the_leader_in_charge_while_the_head_is_away(self, town: Town) -> None:
        make_absence(town.head, date(2023, 2, 1), date(2023, 2, 28))
        (asked,) = town.ask(town.staff, town.far)
        assert Notification.objects.get().recipient == town.deputy
        with pytest.raises(Refused, match="由赵局决定"):
            town.decide(town.head, [asked])
        town.decide(town.deputy, [asked])

    def test_goes_to_the_office_where_nobody_is_above(self, town: Town) -> None:
        person = town.person("401", department=make_department(town.bureau, "D09"))
        (asked,) = town.ask(person, town.far)
        assert Notification.objects.get().recipient == town.office
        town.decide(town.office, [asked])

    def test_is_answered_by_the_offices_assignment(self, town: Town) -> None:
        town.ask(town.staff, town.far)
        items.take_on(employee=town.staff, point=town.far, quarter=town.quarter, actor=town.office)
        assert (ItemRequest.objects.get().state, ItemRequest.objects.get().decided_by) == ("agreed", town.office)

    def test_is_taken_back_by_who_asked(self, town: Town) -> None:
        (asked,) = town.ask(town.staff, town.far)
        with pytest.raises(Refused, match="本人"):
            items.withdraw_request(request=asked, actor=town.colleague)
        items.withdraw_request(request=asked, actor=town.staff)
        assert ItemRequest.objects.get().state == "withdrawn"
        assert Entry.objects.filter(action="item.withdraw").count() == 1

    def test_refusals_name_what_is_wrong(self, town: Town) -> None:
        make_item(town.staff, town.next, town.quarter)
        town.ask(town.staff, town.far)
        for points, reason, error, sentence in (
            ([town.own], "好", InvalidInput, "直接领取"),
            ([town.next], "好", Conflict, "已经领取"),
            ([town.far], "好", Conflict, "请等待决定"),
            ([town.common], "好", InvalidInput, "只有个性考点"),
            ([], "好", InvalidInput, "没有选中"),
            ([town.far], "  ", InvalidInput, "写明"),
        ):
            with pytest.raises(error, match=sentence):
                town.ask(town.staff, *points, reason=reason)
        assert ItemRequest.objects.count() == 1

    def test_stands_once_undecided_in_the_database(self, town: Town) -> None:
        (asked,) = town.ask(town.staff, town.far)
        asked.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            asked.save(force_insert=True)

    def test_agreeing_fails_once_the_quarter_is_shown(self, town: Town) -> None:
        (asked,) = town.ask(town.staff, town.far)
        Quarter.objects.update(state=Quarter.State.PUBLICITY)
        with pytest.raises(Conflict, match="正在公示"):
            town.decide(town.head, [asked])
        assert ItemRequest.objects.get().state == "asked"
        town.decide(town.head, [asked], agree=False, answer="已经公示")


class TestWorkload:
    def test_names_what_nobody_carries(self, town: Town) -> None:
        vacant = make_post(town.there, "G09")
        make_point(town.bureau, "K8", department=town.there, post=vacant)
        make_item(town.staff, town.own, town.quarter)
        load = workload(town.quarter, None)
        assert [row.code for row in load.unclaimed] == ["K2", "K3", "K4", "K8"]
        assert [row.code for row in load.orphans] == ["K4", "K8"]
        mine = next(row for row in load.posts if row.post == "G01岗")
        assert (mine.people, mine.heads, mine.points, mine.full, mine.loose, mine.items, mine.each) == (
            "张三", 1, 1, "4.00", 0, 1, "1.00",
        )  # fmt: skip
        assert [row.code for row in workload(town.quarter, [town.here.pk]).unclaimed] == ["K2", "K3"]

    def test_a_reminder_reaches_the_people_of_the_post_once_a_day(self, town: Town) -> None:
        assert items.remind(quarter=town.quarter, department=None, actor=town.office) == 2
        assert set(Notification.objects.values_list("recipient__number", "subject")) == {
            ("101", "2023年一季度您的岗位有 1 个个性考点无人领取"),
            ("102", "2023年一季度您的岗位有 1 个个性考点无人领取"),
        }
        assert Entry.objects.get(action="item.remind").after["people"] == 2
        with pytest.raises(Conflict, match="今天已经提醒过"):
            items.remind(quarter=town.quarter, department=None, actor=town.office)

    def test_a_head_reminds_the_own_department_alone(self, town: Town) -> None:
        make_role(town.other_head, "liaison")
        with pytest.raises(Conflict):  # nobody of that department has a post
            items.remind(quarter=town.quarter, department=town.here, actor=town.other_head)
        assert items.remind(quarter=town.quarter, department=None, actor=town.head) == 2
        with pytest.raises(Refused):
            items.remind(quarter=town.quarter, department=None, actor=town.liaison)


def test_the_office_may_name_the_day_and_needs_no_consent(town: Town) -> None:
    item = items.take_on(
        employee=town.staff, point=town.far, quarter=town.quarter, actor=town.office, taken_on=date(2023, 3, 1)
    )
    assert item.taken_on == date(2023, 3, 1)
    for person in (town.head, town.deputy, town.staff):
        with pytest.raises(Refused, match="绩效办"):
            items.take_on(employee=town.staff, point=town.next, quarter=town.quarter, actor=person)


def test_the_office_has_no_way_of_its_own_for_what_it_holds_itself(town: Town) -> None:
    """Neither without consent, nor from a later day, nor does a missing result vanish."""
    for point in (town.far, town.next):
        with pytest.raises(Refused, match="本人的领取"):
            items.take_on(employee=town.office, point=point, quarter=town.quarter, actor=town.office)
    item = make_item(town.office, town.own)
    late = date(2023, 3, 20)
    with pytest.raises(Conflict, match="已过时限"):
        items.hand_back(item=item, actor=town.office, today=late)
    items.hand_back(item=item, actor=town.person("108", roles=["office"]), today=late)


def test_a_quarter_ahead_is_taken_on_whole(town: Town) -> None:
    ahead = make_quarter(town.bureau, "2023Q2", Quarter.State.OPEN)
    (item,) = town.choose(town.staff, town.own, quarter=ahead)
    assert (item.quarter, item.taken_on) == (ahead, None)
