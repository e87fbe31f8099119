"""The ledgers: the same rows in three scopes, with states, sums that are the score sheet's, and a workbook."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
import time_machine
from openpyxl import load_workbook

from audit.models import Entry
from indicators.models import Evidence, Library, Quarter, Result
from organization.queries import work_calendar
from reports.queries.ledger import GROUPS, Choice, Ledger, Scope, State
from reports.queries.ledger_rows import blocks
from scoring.queries.explanations import explanation
from scoring.services.scoring import score_quarter
from tests.factories import (
    make_bureau,
    make_claim,
    make_department,
    make_employee,
    make_item,
    make_key_work,
    make_point,
    make_post,
    make_quarter,
    make_result,
    make_task,
    moment,
)
from tests.reports.world import make_world

pytestmark = pytest.mark.django_db
TODAY = date(2023, 3, 20)
ALL = ("director", "office", "discipline")
DEPARTMENT = (*ALL, "head", "liaison", "deputy")


class Books:
    """A bureau in March: monthly and quarterly points in every state, a head, a liaison and a deputy in charge."""

    def __init__(self) -> None:
        self.bureau = make_bureau("XS")
        self.first = make_department(self.bureau, "XSA", name="甲股")
        self.second = make_department(self.bureau, "XSB", name="乙股")
        post = make_post(self.first, "XSP", name="征收岗", duties="受理申报")
        self.people = {}
        places = {"anna": self.first, "head": self.first, "liaison": self.first}
        roles = {"head": "department_head", "deputy": "deputy_director", "admin": "system_admin"}
        names = ("anna", "head", "liaison", "cora", "deputy", "director", "office", "discipline", "admin")
        for number, name in enumerate(names):
            self.people[name] = make_employee(
                self.bureau,
                f"XS{number:02d}",
                name=name,
                roles=[] if name in ("anna", "cora") else [roles.get(name, name)],
                department=places.get(name, self.second),
                post=post if name == "anna" else None,
            )
        self.first.deputy = self.people["deputy"]
        self.first.save()
        self.quarter = make_quarter(self.bureau, "2023Q1")
        self.monthly = make_point(
            self.bureau, "K001", library=Library.COMMON, full=4, cycle="month", name="政治学习", standard="按月完成"
        )
        self.quarterly = make_point(self.bureau, "K101", full=Decimal("3.33"), name="岗位业务")
        self.machine = make_point(self.bureau, "K102", full=2, name="机考项", source="machine")
        anna = self.people["anna"]
        for point in (self.quarterly, self.machine):
            make_item(anna, point, self.quarter)
        make_result(anna, self.monthly, "2023-01", value=1, entered_by=self.people["liaison"])
        make_result(anna, self.monthly, "2023-02", value=0, state=Result.State.REVIEWED)
        make_result(anna, self.machine, "2023Q1", exempt=True, source="machine")

    def scope(self, key: str) -> Scope:
        return {
            "personal": Scope("personal", "岗位职责台账", "library", person=self.people["anna"]),
            "department": Scope("department", "部门职能台账", "person", departments=[self.first]),
            "office": Scope("office", "绩效总账", "department"),
        }[key]

    def ledger(self, key: str = "personal", *, today: date = TODAY, **asked: str) -> Ledger:
        scope = self.scope(key)
        choice = Choice.of(asked, group=scope.group)
        return Ledger(scope, self.quarter, choice, today=today, calendar=work_calendar())


build = Books


@pytest.fixture
def books(built):
    return deepcopy(built)


def seen(ledger: Ledger) -> list[tuple[str, str, str, str]]:
    return [(one.person.name, one.version.point.code, one.period, one.state) for one in ledger.entries]


class TestRows:
    def test_every_node_stands_with_its_state(self, books):
        assert seen(books.ledger()) == [
            ("anna", "K001", "2023-01", State.COUNTED),
            ("anna", "K001", "2023-02", State.CONFIRM),
            ("anna", "K001", "2023-03", State.AHEAD),
            ("anna", "K101", "2023Q1", State.AHEAD),
            ("anna", "K102", "2023Q1", State.EXEMPT),
        ]

    @pytest.mark.parametrize(
        ("today", "state"),
        [
            (date(2023, 3, 20), State.AHEAD),
            (date(2023, 3, 21), State.REPORT),  # three working days before Friday the 24th
            (date(2023, 3, 24), State.REPORT),
            (date(2023, 3, 25), State.OVERDUE),
        ],
    )
    def test_a_node_is_ahead_then_to_report_then_overdue(self, books, today, state):
        march = next(one for one in books.ledger(today=today).entries if one.period == "2023-03")
        assert (march.due, march.state) == (date(2023, 3, 24), state)

    def test_what_was_returned_waits_for_the_person_again(self, books):
        anna = books.people["anna"]
        make_result(anna, books.monthly, "2023-03", value=0, state=Result.State.RETURNED)
        assert seen(books.ledger())[2][3] == State.REPORT
        assert seen(books.ledger(today=date(2023, 3, 27)))[2][3] == State.OVERDUE

    def test_scopes_hold_the_same_rows_of_fewer_or_more_people(self, books):
        personal, department, office = (books.ledger(one) for one in ("personal", "department", "office"))
        assert {one[0] for one in seen(department)} == {"anna", "head", "liaison"}
        assert {one[0] for one in seen(office)} == set(books.people)
        assert set(seen(personal)) == {one for one in seen(office) if one[0] == "anna"}
        assert set(seen(department)) <= set(seen(office))
        mine = {entry for entry in office.entries if entry.person == books.people["anna"]}
        assert {(one.period, one.earned, one.full) for one in mine} == {
            (one.period, one.earned, one.full) for one in personal.entries
        }

    def test_another_bureaus_rows_are_in_none(self, books):
        other = make_bureau("YY")
        make_employee(other, "YY01", name="other")
        make_point(other, "K001", library=Library.COMMON)
        assert {one[0] for one in seen(books.ledger("office"))} == set(books.people)


class TestAsked:
    @pytest.mark.parametrize(
        ("asked", "rows"),
        [
            ({"library": "individual"}, ["K101", "K102"]),
            ({"state": "reviewed"}, ["K001"]),
            ({"source": "machine"}, ["K102"]),
            ({"q": "岗位"}, ["K101"]),
            ({"q": "k102"}, ["K102"]),
            ({"q": "anna"}, ["K001", "K001", "K001", "K101", "K102"]),
            ({"state": "past"}, ["K001"]),
            ({"state": "no such", "library": "competitive"}, ["K001", "K001", "K001", "K101", "K102"]),
            ({"person": "XS07"}, []),
            ({"q": "没有这样的"}, []),
        ],
    )
    def test_filters(self, books, asked, rows):
        assert [one[1] for one in seen(books.ledger(**asked))] == rows

    def test_a_department_of_the_bureau(self, books):
        assert {one[0] for one in seen(books.ledger("office", department="XSA"))} == {"anna", "head", "liaison"}

    @pytest.mark.parametrize(
        ("group", "headings"),
        [
            ("library", ["共性", "个性"]),
            ("person", ["anna XS00 甲股"]),
            ("department", ["甲股"]),
            ("point", ["K001 政治学习", "K101 岗位业务", "K102 机考项"]),
            ("month", ["1月", "2月", "3月"]),
            ("none", [""]),
        ],
    )
    def test_groups_add_up_to_the_whole(self, books, group, headings):
        ledger = books.ledger(group=group)
        shown = blocks(ledger, 0, 50)
        assert [block.label for block in shown] == headings
        assert sum((block.sums.earned for block in shown), Decimal(0)) == ledger.sums.earned
        assert sum((block.sums.lost for block in shown), Decimal(0)) == ledger.sums.lost
        assert sum(block.sums.nodes for block in shown) == ledger.sums.nodes == 5

    def test_key_works(self, books):
        work = make_key_work(books.bureau, "Z9", name="减税降费")
        books.quarterly.versions.update(key_work=work)
        assert "Z9 减税降费" in [block.label for block in blocks(books.ledger(group="key_work"), 0, 50)]

    def test_sorting_stays_within_the_groups(self, books):
        assert [one[2] for one in seen(books.ledger(sort="-due", library="common"))] == [
            "2023-03",
            "2023-02",
            "2023-01",
        ]
        lost = [one.lost for one in books.ledger(group="none", sort="-lost").entries]
        assert lost == sorted(lost, reverse=True)

    def test_a_group_goes_on_over_the_page(self, books):
        ledger = books.ledger(group="library")
        first, second = blocks(ledger, 0, 2), blocks(ledger, 2, 5)
        assert [(block.label, block.continued, len(block.rows)) for block in first + second] == [
            ("共性", False, 2),
            ("共性", True, 1),
            ("个性", False, 2),
        ]
        assert first[0].sums.nodes == second[0].sums.nodes == 3


class TestSums:
    """The rows add up to the score sheet, to the cent."""

    @pytest.mark.parametrize("faults", [(1, 0, 0), (1, 1, 2), (0, 3, 8), (5, 5, 5)])
    def test_to_the_items_of_the_sheet(self, books, faults):
        anna = books.people["anna"]
        anna.results.all().delete()
        for month, fault in enumerate(faults, start=1):
            make_result(anna, books.monthly, f"2023-{month:02d}", value=fault)
        make_result(anna, books.quarterly, "2023Q1", value=1)
        books.quarter.state = Quarter.State.PUBLICITY
        books.quarter.save()
        run = score_quarter(bureau=books.bureau, quarter_code="2023Q1", actor=None)
        self.compare(books, run.scores.get(employee=anna), today=date(2023, 4, 3))

    def test_of_a_provisional_score(self, books):
        run = score_quarter(bureau=books.bureau, quarter_code="2023Q1", actor=None, as_of=TODAY)
        self.compare(books, run.scores.get(employee=books.people["anna"]), today=TODAY)

    @staticmethod
    def compare(books, score, today):
        sheet: dict[str, tuple[Decimal, Decimal]] = {}
        for part in explanation(score).parts[:2]:
            for item in part.children:
                if item.kind == "item" and item.amount is not None:
                    sheet[item.label.split()[0]] = (item.amount, Decimal(item.full))
        ledger = books.ledger(today=today, group="point")
        counted = [block for block in blocks(ledger, 0, 50) if block.sums.parts]
        assert sheet
        assert {block.label.split()[0]: (block.sums.earned, block.sums.full) for block in counted} == sheet
        assert ledger.sums.earned == sum(earned for earned, _full in sheet.values())

    def test_of_a_scored_bureau(self, client):
        world = make_world("ZZ")
        quarter = Quarter.objects.get(bureau=world.bureau, code="2023Q1")
        scope = Scope("office", "绩效总账", "person")
        ledger = Ledger(scope, quarter, Choice.of({}, group="person"), today=date(2023, 5, 1), calendar=work_calendar())
        sums = {block.label.split()[0]: block.sums for block in blocks(ledger, 0, 500)}
        for name, faults in (("anna", 0), ("bert", 2), ("dora", 4)):
            assert sums[name].by_library == [
                ("共性", Decimal(4) - Decimal(faults) / 2, Decimal("4.00")),
                ("个性", Decimal("4.00"), Decimal("4.00")),
            ]


class TestPages:
    @pytest.fixture(autouse=True)
    def _day(self):
        with time_machine.travel(moment(TODAY), tick=False):
            yield

    def page(self, client, person, address="/ledger/"):
        client.force_login(person)
        return client.get(address)

    def test_ones_own(self, client, books):
        make_claim(make_task(books.bureau, "T1", name="攻坚"), books.people["anna"])
        page = self.page(client, books.people["anna"]).content.decode()
        assert "5 个节点，已计入 1 个，没有逾期" in page
        for text in ("征收岗", "受理申报", "政治学习", "待确认", "按月完成", "T1 攻坚"):
            assert text in page
        assert "部门职能台账" not in page

    @pytest.mark.parametrize("name", ["anna", "cora", "head", "liaison", "deputy", *ALL, "admin"])
    def test_who_opens_which(self, client, books, name):
        person = books.people[name]
        assert self.page(client, person).status_code == 200
        assert self.page(client, person, "/ledger/department/").status_code == (200 if name in DEPARTMENT else 403)
        assert self.page(client, person, "/ledger/office/").status_code == (200 if name in ALL else 403)
        for scope, allowed in (("personal", True), ("department", name in DEPARTMENT), ("office", name in ALL)):
            assert client.post(f"/ledger/{scope}/export/").status_code == (200 if allowed else 403)

    @pytest.mark.parametrize(
        ("name", "people"),
        [
            ("head", {"anna", "head", "liaison"}),
            ("liaison", {"anna", "head", "liaison"}),
            ("deputy", {"anna", "head", "liaison"}),
            ("office", {"anna", "head", "liaison", "cora", "deputy", "director", "office", "discipline", "admin"}),
        ],
    )
    def test_whose_rows_a_departments_holds(self, client, books, name, people):
        ledger = self.page(client, books.people[name], "/ledger/department/").context["ledger"]
        assert {entry.person.name for entry in ledger.entries} == people

    def test_a_refusal_is_a_sentence(self, client, books):
        page = self.page(client, books.people["anna"], "/ledger/office/").content.decode()
        assert "绩效总账只对局长、绩效办和纪检开放" in page

    def test_what_is_not_of_the_scope_is_not_there(self, client, books):
        head = books.people["head"]
        assert self.page(client, head, "/ledger/department/?department=XSB").status_code == 404
        assert self.page(client, head, "/ledger/?quarter=2099Q1").status_code == 404
        assert client.post("/ledger/nobody/export/").status_code == 404
        outside = self.page(client, head, "/ledger/department/?person=XS03").context["ledger"]
        assert outside.entries == []

    def test_nothing_fits(self, client, books):
        page = self.page(client, books.people["anna"], "/ledger/?q=没有").content.decode()
        assert "没有符合条件的节点" in page
        assert "清除条件" in page

    def test_no_quarter_has_begun(self, client):
        page = self.page(client, make_employee(make_bureau("NN"))).content.decode()
        assert "季度开始采集后，这里会列出每个节点" in page

    def test_evidence_leads_to_the_result(self, client, books):
        result = books.people["anna"].results.get(period="2023-01")
        Evidence.objects.create(
            result=result,
            stored="e/1.txt",
            name="一.txt",
            size=1,
            content_type="text/plain",
            sha256="0" * 64,
            at=moment(TODAY),
        )
        page = self.page(client, books.people["anna"]).content.decode()
        assert "佐证 1" in page
        assert f"/results/{result.pk}/" in page

    @pytest.mark.parametrize("people", [1, 3])
    def test_the_number_of_queries(self, client, books, django_assert_num_queries, people):
        for number in range(people):
            person = make_employee(books.bureau, f"XS9{number}", department=books.first)
            make_result(person, books.monthly, "2023-01", value=1)
        client.force_login(books.people["office"])
        with django_assert_num_queries(14):
            client.get("/ledger/office/")

    def test_the_number_of_queries_of_ones_own(self, client, books, django_assert_num_queries):
        client.force_login(books.people["anna"])
        with django_assert_num_queries(16):
            client.get("/ledger/")


class TestWorkbook:
    def export(self, client, person, scope="personal", **asked):
        client.force_login(person)
        with time_machine.travel(moment(TODAY), tick=False):
            response = client.post(f"/ledger/{scope}/export/", asked)
        assert response.status_code == 200
        return load_workbook(BytesIO(b"".join(response.streaming_content)))["台账"]

    def test_the_same_columns_and_rows(self, client, books):
        rows = list(self.export(client, books.people["anna"], library="common").values)
        assert rows[0][:6] == ("工号", "姓名", "部门", "指标库", "重点工作", "考点编号")
        assert [(row[5], row[8], row[10], row[12], row[14]) for row in rows[1:]] == [
            ("K001", "1月", "已计入", 3.5, 1.75),
            ("K001", "2月", "待确认", 4, 0),
            ("K001", "3月", "未到期", None, None),
        ]

    @pytest.mark.parametrize(("scope", "name"), [("personal", "anna"), ("department", "head"), ("office", "office")])
    def test_every_row_is_that_of_the_page(self, books, client, scope, name):
        """Of each ledger: what is shown of every node, in the page's order, stands in the workbook."""
        address = {"personal": "/ledger/", "department": "/ledger/department/", "office": "/ledger/office/"}[scope]
        client.force_login(books.people[name])
        with time_machine.travel(moment(TODAY), tick=False):
            shown = client.get(address).context["blocks"]
        head, *rows = self.export(client, books.people[name], scope).values
        at = [head.index(one) for one in ("工号", "考点编号", "节点", "状态", "节点得分", "计入得分", "失分")]
        page = [
            (row.number, row.code, row.node, str(row.state_label), row.points, row.earned, row.lost)
            for block in shown
            for row in block.rows
        ]
        assert len(page) >= 5
        assert page == [
            tuple(row[one] if place < 4 else _shown(row[one]) for place, one in enumerate(at)) for row in rows
        ]

    def test_text_that_looks_like_a_formula_stays_text(self, client, books):
        books.monthly.versions.update(standard="=1+1")
        sheet = self.export(client, books.people["anna"])
        assert (sheet["H2"].value, sheet["H2"].data_type) == ("=1+1", "s")

    def test_the_line_of_the_log(self, client, books):
        self.export(client, books.people["head"], "department", state="reviewed")
        line = Entry.objects.get(action="export.ledger")
        assert line.after == {"period": "2023Q1", "ledger": "department", "rows": 1}


def _shown(figure: float | None) -> str:
    return "–" if figure is None else f"{figure:.2f}"


def test_groups_are_named():
    assert [str(one.label) for one in GROUPS.values()][:3] == ["按指标库", "按人员", "按部门"]
