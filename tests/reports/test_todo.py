"""The to-do centre: exactly what waits for each role, by urgency, leading to where it is done, gone when done."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.components import Duty
from common.questions import Questions
from common.workdays import WorkCalendar
from indicators.models import ItemRequest, Quarter, Result
from indicators.queries.asked import Asked
from notifications.duties import number_of_duties
from organization.models import Role
from organization.queries import know_roles, work_calendar
from reports.queries.todo import KINDS, SOURCES, Todo, Urgency, todo
from scoring.models import Adjustment
from scoring.services.acknowledgements import acknowledge
from scoring.services.scoring import score_quarter
from tasks_market.models import Claim, Task
from tests.factories import (
    make_adjustment,
    make_bureau,
    make_claim,
    make_department,
    make_employee,
    make_item,
    make_point,
    make_quarter,
    make_result,
    make_task,
    moment,
)
from tests.flows.warning import make_warning

pytestmark = pytest.mark.django_db
TODAY = date(2023, 6, 20)
NODE = date(2023, 6, 25)  # a Sunday that was worked, in exchange for the Dragon Boat holiday


class House:
    """Two departments in the second quarter: one thing for each role to do, the first quarter published."""

    def __init__(self) -> None:
        self.bureau = make_bureau("XS")
        self.own, self.assessing = make_department(self.bureau, "XSA"), make_department(self.bureau, "XSB")
        roles = {"head": "department_head", "deputy": "deputy_director", "admin": "system_admin", "judge": "liaison"}
        at_own = ("anna", "head")
        self.people = {
            name: make_employee(
                self.bureau,
                f"XS{number:02d}",
                name=name,
                roles=[] if name == "anna" else [roles.get(name, name)],
                department=self.own if name in at_own else self.assessing,
            )
            for number, name in enumerate(
                ("anna", "head", "judge", "deputy", "director", "office", "discipline", "admin")
            )
        }
        self.own.deputy = self.people["deputy"]
        self.own.save()
        self.point = make_point(self.bureau, "K101", name="岗位业务", assessor=self.assessing, department=self.own)
        self.quarter = make_quarter(self.bureau, "2023Q2")
        anna = self.people["anna"]
        make_item(anna, self.point, self.quarter)

    def labels(self, name: str) -> list[tuple[str, date | None]]:
        found = todo(self.people[name], TODAY)
        return [(str(duty.label), duty.due) for duty in found.duties]


@pytest.fixture
def house():
    with time_machine.travel(moment(TODAY), tick=False):
        yield House()


ROLES = ("anna", "head", "judge", "deputy", "director", "office", "discipline", "admin")


def expect(house, **expected):
    assert {name: found for name in ROLES if (found := house.labels(name))} == expected


def test_composed_for_all_of_the_same_roles_is_what_would_be_composed_for_each(house):
    """Nothing of a person is composed in but the roles (`organization.somebody`)."""
    everything = make_employee(house.bureau, "XS99", roles=Role.Kind.values, department=house.own)
    people = [*house.people.values(), everything]
    know_roles(people)
    for person in people:
        asked = Asked(person, TODAY, work_calendar())
        with CaptureQueriesContext(connection) as each:
            Questions(question for _kind, duties_of in SOURCES for question in duties_of(asked)).answers(asked)
        with CaptureQueriesContext(connection) as all_alike:
            todo(person, TODAY)
        assert each.captured_queries[0]["sql"] in [query["sql"] for query in all_alike.captured_queries]


class TestWhatWaitsForWhom:
    def test_a_node_for_its_holder_alone(self, house):
        expect(house, anna=[("K101 岗位业务（本季）待填报", NODE)])

    def test_no_machine_fact_and_nothing_of_a_settled_quarter(self, house):
        house.point.versions.update(source="machine")
        expect(house)
        house.point.versions.update(source="manual")
        Quarter.objects.filter(pk=house.quarter.pk).update(state=Quarter.State.PUBLICITY)
        assert house.labels("anna") == []

    def test_a_report_goes_from_head_to_assessor_and_is_gone(self, house):
        result = make_result(house.people["anna"], house.point, "2023Q2", value=0, state=Result.State.REPORTED)
        expect(house, head=[("待初审 1 条结果", None)])
        Result.objects.filter(pk=result.pk).update(state=Result.State.REVIEWED)
        expect(house, judge=[("待确认 1 条结果", None)])
        Result.objects.filter(pk=result.pk).update(state=Result.State.RETURNED)
        expect(house, anna=[("K101 岗位业务（本季）被退回，待补正", NODE)])
        Result.objects.filter(pk=result.pk).update(state=Result.State.CONFIRMED)
        expect(house)

    def test_a_request_waits_for_the_head(self, house):
        house.people["anna"].items.all().delete()
        other = make_point(house.bureau, "K102")
        ItemRequest.objects.create(
            bureau=house.bureau, quarter=house.quarter, employee=house.people["anna"], point=other,
            reason="愿意", asked_at=moment(TODAY),
        )  # fmt: skip
        expect(house, head=[("待决定 1 份领取申请", None)])

    def test_a_roster_waits_for_the_head(self, house):
        house.people["anna"].items.all().delete()
        Quarter.objects.filter(pk=house.quarter.pk).update(state=Quarter.State.REVIEWING)
        expect(house, head=[("本季人员名单待确认", None)])

    def test_adjustments_go_through_their_steps(self, house):
        house.people["anna"].items.all().delete()
        plus = make_adjustment(house.people["anna"], TODAY, state=Adjustment.State.REQUESTED)
        expect(house, office=[("待初审 1 条加减分", None)])
        Adjustment.objects.filter(pk=plus.pk).update(state=Adjustment.State.REVIEWED)
        expect(house, director=[("待审定 1 条加减分", None)], deputy=[("待审定 1 条加减分", None)])
        Adjustment.objects.filter(pk=plus.pk).update(state=Adjustment.State.APPROVED)
        expect(house, office=[("待计入 1 条加减分", None)])

    def test_the_market_waits_for_its_people(self, house):
        house.people["anna"].items.all().delete()
        due = datetime(2023, 6, 27, 10, tzinfo=UTC)
        make_task(house.bureau, "T1", quarter=house.quarter, department=house.own, state=Task.State.DRAFT)
        left = make_task(
            house.bureau, "T2", name="攻坚", quarter=house.quarter, department=house.own, places=2, due_at=due
        )
        make_claim(left, house.people["anna"], state=Claim.State.STARTED)
        drafted, unclaimed = ("待亮单 1 项任务", None), ("待派单 1 项任务", None)
        expect(
            house,
            anna=[("任务“攻坚”待交付", date(2023, 6, 27))],
            deputy=[unclaimed],
            office=[drafted, unclaimed],
        )
        Claim.objects.update(state=Claim.State.HANDED_IN)
        handed_in = ("待验收 1 件交付", None)
        expect(house, deputy=[unclaimed, handed_in], office=[drafted, unclaimed, handed_in])

    def test_a_score_waits_until_it_is_acknowledged(self, house):
        house.people["anna"].items.all().delete()
        make_quarter(house.bureau, "2023Q1")
        score_quarter(bureau=house.bureau, quarter_code="2023Q1", actor=None)
        Quarter.objects.filter(code="2023Q1").update(state=Quarter.State.PUBLICITY)
        waiting = ("请查看并知悉2023年一季度得分", None)
        assert all(house.labels(name)[0] == waiting for name in ROLES if name != "head")
        score = house.people["anna"].scores.get()
        acknowledge(actor=house.people["anna"], score=score, now=moment(TODAY))
        assert house.labels("anna") == []

    def test_nothing_of_another_bureau(self, house):
        other = make_bureau("YY")
        department = make_department(other)
        person = make_employee(other, "YY01", department=department)
        make_result(person, make_point(other, "K101"), "2023Q2", state=Result.State.REPORTED)
        make_task(other, "T9", state=Task.State.DRAFT)
        expect(house, anna=[("K101 岗位业务（本季）待填报", NODE)])


class TestUrgency:
    DUTIES = (
        ("过", date(2023, 6, 16)),
        ("今", date(2023, 6, 20)),
        ("近", date(2023, 6, 26)),
        ("远", date(2023, 7, 20)),
        ("无", None),
    )

    def test_groups_count_working_days(self):
        found = Todo([Duty(label, "/", due, "task") for label, due in self.DUTIES], TODAY, work_calendar())
        assert [(group.urgency, [one.label for one in group.duties]) for group in found.groups] == [
            (Urgency.OVERDUE, ["过"]),
            (Urgency.TODAY, ["今"]),
            (Urgency.SOON, ["近"]),
            (Urgency.LATER, ["远"]),
            (Urgency.OPEN, ["无"]),
        ]
        assert found.overdue == 1

    def test_the_third_working_day_is_soon_and_the_fourth_is_not(self):
        calendar = WorkCalendar({}, known_years=frozenset())
        found = Todo([], date(2023, 7, 3), calendar)
        assert found.urgency(Duty("x", "/", date(2023, 7, 6))) == Urgency.SOON
        assert found.urgency(Duty("x", "/", date(2023, 7, 7))) == Urgency.LATER

    def test_every_source_has_a_name(self):
        assert {kind for kind, _duties_of in SOURCES} | {"report"} == set(KINDS)


class TestPage:
    def page(self, client, person, address="/todo/"):
        client.force_login(person)
        return client.get(address).content.decode()

    def test_a_duty_leads_to_where_it_is_done(self, client, house):
        page = self.page(client, house.people["anna"])
        assert "1 件待办，都还没有到期" in page
        assert '<a href="/report/XS00/K101/2023Q2/">K101 岗位业务（本季）待填报</a>' in page
        assert client.get("/report/XS00/K101/2023Q2/").status_code == 200

    def test_what_is_late_is_said_in_the_heading(self, client, house):
        with time_machine.travel(moment(date(2023, 6, 28)), tick=False):
            page = self.page(client, house.people["anna"])
        assert "1 件待办，其中 1 件已经逾期" in page
        assert "逾期 3 个工作日" in page

    def test_one_kind(self, client, house):
        make_adjustment(house.people["anna"], TODAY, state=Adjustment.State.REQUESTED)
        make_task(house.bureau, "T1", quarter=house.quarter, state=Task.State.DRAFT)
        page = self.page(client, house.people["office"], "/todo/?kind=task")
        assert "待亮单 1 项任务" in page
        assert "待初审 1 条加减分" not in page
        assert "待初审 1 条加减分" in self.page(client, house.people["office"], "/todo/?kind=nonsense")

    def test_nothing_to_do(self, client, house):
        page = self.page(client, house.people["admin"])
        assert "没有等您办理的事项" in page
        assert "都办完了" in page

    def test_the_number_in_the_head_is_kept_by_the_browser(self, client, house):
        client.force_login(house.people["anna"])
        answer = client.get("/todo/count/", headers={"hx-request": "true"})
        assert "1 件待办" in answer.content.decode()
        assert answer["Cache-Control"] == "private, max-age=60"
        assert "Cookie" in answer["Vary"]
        assert client.get("/todo/count/").status_code == 302
        assert 'hx-get="/todo/count/"' in self.page(client, house.people["anna"], "/ledger/")

    def test_the_workbench_shows_the_first_and_leads_to_all(self, client, house):
        page = self.page(client, house.people["anna"], "/")
        assert "K101 岗位业务（本季）待填报" in page
        assert "全部 1 件待办" in page

    @pytest.mark.parametrize("results", [1, 3])
    @pytest.mark.parametrize(
        ("name", "queries"),
        [("anna", 10), ("head", 10), ("judge", 10), ("deputy", 10), ("office", 10), ("discipline", 10), ("admin", 10)],
    )
    def test_the_number_of_queries(self, client, house, django_assert_num_queries, results, name, queries):
        """All questions of all apps are one query; own nodes take two."""
        for number in range(results):
            person = make_employee(house.bureau, f"XS9{number}", department=house.own)
            make_result(person, house.point, "2023Q2", value=0, state=Result.State.REVIEWED)
            make_adjustment(person, TODAY, state=Adjustment.State.REQUESTED)
            make_task(house.bureau, f"T{number}", quarter=house.quarter, department=house.own, state=Task.State.DRAFT)
        client.force_login(house.people[name])
        work_calendar()  # its days are kept by the process
        with django_assert_num_queries(queries):
            client.get("/todo/")


class TestApi:
    def rows(self, client, person, query=""):
        client.force_login(person)
        return client.get(f"/api/v1/todo/{query}").json()["results"]

    def test_the_rows_of_the_page(self, client, house):
        assert self.rows(client, house.people["anna"]) == [
            {
                "label": "K101 岗位业务（本季）待填报", "kind": "report", "kind_label": "填报", "due": str(NODE),
                "urgency": "soon", "url": "http://testserver/report/XS00/K101/2023Q2/",
            }
        ]  # fmt: skip
        assert self.rows(client, house.people["anna"], "?kind=task") == []
        assert self.rows(client, house.people["admin"]) == []

    def test_nobody_writes_and_nobody_else_reads(self, client, house):
        assert client.get("/api/v1/todo/").status_code == 401
        client.force_login(house.people["anna"])
        assert client.post("/api/v1/todo/", {}).status_code == 405


@pytest.mark.parametrize(("address", "most"), [("/todo/", 20), ("/", 25)])
def test_a_leader_with_warnings_and_requests_of_a_department(
    client, house, django_assert_max_num_queries, address, most
):
    """In charge of a department without a head: its warnings are the leader's to sign, its requests to decide."""
    Role.objects.filter(employee=house.people["head"]).delete()
    later = make_quarter(house.bureau, "2023Q3")
    make_warning("own", house.people["anna"], house.point, house.quarter)
    for number in range(3):
        person = make_employee(house.bureau, f"XS8{number}", department=house.own)
        point = make_point(house.bureau, f"K11{number}", department=house.own)
        for quarter in (house.quarter, later):
            ItemRequest.objects.create(
                bureau=house.bureau,
                quarter=quarter,
                employee=person,
                point=point,
                reason="愿意",
                asked_at=moment(TODAY),
            )
        make_adjustment(person, TODAY, state=Adjustment.State.REVIEWED)
        make_result(person, house.point, "2023Q2", value=0, state=Result.State.REPORTED)
    client.force_login(house.people["deputy"])
    work_calendar()
    labels = " ".join(label for label, _due in house.labels("deputy"))
    assert "预警" in labels
    assert "领取申请" in labels
    with django_assert_max_num_queries(most):
        assert client.get(address).status_code == 200


def test_the_digest_counts_the_same(house):
    assert number_of_duties(house.people["anna"], today=TODAY, calendar=work_calendar()) == 1
