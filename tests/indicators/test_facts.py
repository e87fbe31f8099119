"""Machine facts: what the application works out itself, who else may send them, and that no hand touches them."""

import hashlib
import logging
import re
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from audit.models import Entry
from common.errors import Conflict, Frozen, InvalidInput, Refused
from indicators import jobs, sources
from indicators.models import AssessmentPoint, FactToken, Library, Quarter, Result
from indicators.services import fact_tokens, facts
from indicators.services.assessing import confirm_result, return_result, review_result
from indicators.services.corrections import correct_result
from indicators.services.entering import enter_result
from indicators.services.points import copy_year, last_version, revise_point
from indicators.services.quarters import opened_for_correction
from notifications.models import Notification
from organization.models import Employee
from tests.factories import (
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

pytestmark = pytest.mark.django_db
TODAY = date(2023, 3, 10)
MARKET, REPORTS = "market_on_time", "reports_on_time"
FACTS = "/api/v1/results/facts/"
State = Result.State


class House:
    def __init__(self) -> None:
        self.bureau = make_bureau(is_demo=True, stands_on=TODAY)
        self.own, self.assessing = (make_department(self.bureau, code) for code in ("D01", "D02"))
        self.quarter = make_quarter(self.bureau)
        self.office = make_employee(self.bureau, "100", roles=["office"], department=self.assessing)
        self.staff = make_employee(self.bureau, "101", department=self.own)
        self.head = make_employee(self.bureau, "103", department=self.own, roles=["department_head"])
        self.liaison = make_employee(self.bureau, "105", department=self.own, roles=["liaison"])
        self.assessor = make_employee(self.bureau, "104", department=self.assessing, roles=["liaison"])
        self.admin = make_employee(self.bureau, "106", department=self.assessing, roles=["system_admin"])
        self.stranger = make_employee(make_bureau("YY", is_demo=True, stands_on=TODAY), "900", roles=["office"])

    def machine(self, code: str, own: str = MARKET, **values: Any) -> AssessmentPoint:
        defaults = {"library": Library.COMMON, "source": "machine", "assessor": self.assessing}
        point = make_point(self.bureau, code, **defaults | values)
        point.fact_source = own
        point.save()
        return point

    def task(self, day: date, person: Employee, *, handed_in: date | None, **values: Any) -> None:
        task = make_task(self.bureau, quarter=self.quarter, due_at=moment(day, 18))
        at = moment(handed_in) if handed_in else None
        state = values.pop("state", "handed_in" if handed_in else "started")
        late = at is not None and at > task.due_at
        make_claim(task, person, **{"state": state, "handed_in_at": at, "late": late} | values)

    def compute(self, today: date = TODAY) -> tuple[int, int]:
        return facts.compute_facts(quarter=self.quarter, today=today)

    def facts(self, point: AssessmentPoint, person: Employee | None = None) -> dict[str, str]:
        rows = Result.objects.filter(point=point, employee=person or self.staff).order_by("period")
        return {row.period: f"{row.value.normalize():f}" for row in rows}


build = House


@pytest.fixture
def house(built: House) -> House:
    return deepcopy(built)


# The nightly computation ----------------------------------------------------------------------------------------------


def some_tasks(house: House) -> None:
    house.task(date(2023, 1, 10), house.staff, handed_in=date(2023, 1, 9), state="accepted")
    house.task(date(2023, 1, 20), house.staff, handed_in=date(2023, 1, 25))
    house.task(date(2023, 2, 20), house.staff, handed_in=None)
    house.task(date(2023, 3, 31), house.staff, handed_in=date(2023, 3, 1))
    house.task(date(2023, 3, 20), house.staff, handed_in=None)  # not decided yet
    house.task(date(2023, 1, 5), house.staff, handed_in=None, state="cancelled")


@pytest.mark.parametrize(
    ("method", "parameters", "monthly", "quarterly"),
    [
        ("ratio", "目标=100;底线=60", {"2023-01": "50", "2023-02": "0", "2023-03": "100"}, "50"),
        ("deduct", "每次扣分=0.5", {"2023-01": "1", "2023-02": "1", "2023-03": "0"}, "2"),
        ("count", "每件得分=0.5", {"2023-01": "1", "2023-02": "0", "2023-03": "1"}, "2"),
    ],
)
def test_what_the_market_says_by_method(
    house: House, method: str, parameters: str, monthly: dict[str, str], quarterly: str
) -> None:
    some_tasks(house)
    by_month = house.machine("K1", method=method, parameters=parameters, cycle="month")
    by_quarter = house.machine("K2", method=method, parameters=parameters)
    house.compute()
    assert house.facts(by_month) == monthly
    assert house.facts(by_quarter) == {"2023Q1": quarterly}


def test_who_had_nothing_due_broke_nothing(house: House) -> None:
    point = house.machine("K1", method="ratio")
    house.compute()
    row = Result.objects.get(point=point, employee=house.staff)
    assert (row.value, row.points) == (Decimal(100), Decimal(4))


def test_a_share_is_rounded_to_two_places(house: House) -> None:
    point = house.machine("K1", method="ratio")
    for handed_in in (date(2023, 1, 1), date(2023, 1, 1), None):
        house.task(date(2023, 1, 10), house.staff, handed_in=handed_in)
    house.compute()
    assert house.facts(point) == {"2023Q1": "66.67"}


def test_a_granted_extension_moves_the_deadline(house: House) -> None:
    point = house.machine("K1", cycle="month")
    house.task(date(2023, 1, 10), house.staff, handed_in=None, due_at=moment(date(2023, 3, 31)))
    house.compute()
    assert house.facts(point) == {"2023-01": "0", "2023-02": "0", "2023-03": "0"}


def test_reports_in_time(house: House) -> None:
    point = house.machine("K1", REPORTS, method="deduct", cycle="month")
    quarterly = house.machine("K2", REPORTS, method="ratio")
    for period, late in (("2023-01", True), ("2023-02", False), ("2023-03", True)):
        manual = make_point(house.bureau, library=Library.COMMON, cycle="month")
        make_result(house.staff, manual, period, late=late)
    exempt = make_point(house.bureau, library=Library.COMMON)
    make_result(house.staff, exempt, late=True, exempt=True)
    house.compute()
    assert house.facts(point) == {"2023-01": "1", "2023-02": "0", "2023-03": "1"}
    assert house.facts(quarterly) == {"2023Q1": "33.33"}


def test_a_fact_says_where_it_comes_from_and_is_logged(house: House) -> None:
    some_tasks(house)
    point = house.machine("K1")
    house.compute()
    row = Result.objects.get(point=point, employee=house.staff)
    assert (row.origin, row.note) == ("任务按时交付", "到期的抢派单：按时交付 2，逾期 2")
    assert (row.state, row.source, row.late) == (State.CONFIRMED, "machine", False)
    assert (row.entered_by, row.confirmed_by) == (None, None)
    entry = Entry.objects.filter(action="result.fact", target_id=str(row.pk)).get()
    assert (entry.actor, entry.after["origin"], entry.after["value"]) == ("任务按时交付", "任务按时交付", "2")


def test_the_same_night_twice_changes_nothing_and_the_next_rewrites(house: House) -> None:
    point = house.machine("K1")
    people = Employee.objects.filter(bureau=house.bureau).count()
    assert house.compute() == (people, 0)
    lines = Entry.objects.count()
    assert house.compute() == (0, 0)
    assert Entry.objects.count() == lines
    house.task(date(2023, 3, 9), house.staff, handed_in=None)
    assert house.compute() == (0, 1)
    assert house.facts(point) == {"2023Q1": "1"}
    house.task(date(2023, 3, 12), house.staff, handed_in=None)
    assert house.compute(TODAY + timedelta(days=20)) == (0, 1), "after the window too, and not late"
    assert not Result.objects.filter(late=True).exists()


def test_months_that_have_not_begun_wait(house: House) -> None:
    point = house.machine("K1", cycle="month")
    house.compute(date(2023, 2, 1))
    assert set(house.facts(point)) == {"2023-01", "2023-02"}


def test_only_who_answers_for_the_node_gets_a_fact(house: House) -> None:
    point = house.machine("K1", library=Library.INDIVIDUAL, cycle="month", department=house.own)
    make_item(house.staff, point, taken_on=date(2023, 2, 3))
    make_employee(house.bureau, "110", joined_on=date(2023, 4, 1))
    house.compute()
    assert set(Result.objects.values_list("employee__number", "period")) == {("101", "2023-02"), ("101", "2023-03")}


def test_what_the_office_marked_not_applicable_stays(house: House) -> None:
    point = house.machine("K1")
    make_result(house.staff, point, exempt=True, source="machine")
    house.compute()
    assert Result.objects.get(point=point, employee=house.staff).exempt


def test_what_an_appeal_decided_stays(house: House) -> None:
    point = house.machine("K1")
    house.task(date(2023, 1, 20), house.staff, handed_in=None)
    house.compute()
    with opened_for_correction(house.quarter):
        correct_result(
            quarter=house.quarter, employee=house.staff, point=point, period="2023Q1", actor=house.office,
            reason="任务已撤回", value=Decimal(0),
        )  # fmt: skip
    assert house.compute() == (0, 0)
    assert house.facts(point) == {"2023Q1": "0"}
    assert house.facts(point, house.head) == {"2023Q1": "0"}


def test_a_settled_quarter_keeps_its_facts(house: House) -> None:
    house.machine("K1")
    for state, error in ((Quarter.State.PUBLICITY, Conflict), (Quarter.State.PUBLISHED, Frozen)):
        Quarter.objects.update(state=state)
        with pytest.raises(error):
            house.compute()
        jobs.compute_facts()
    assert not Result.objects.exists()


def test_a_quarters_facts_cost_as_many_queries_however_many_people(
    house: House, django_assert_num_queries: Any
) -> None:
    house.machine("K1")
    for _person in range(2):
        with django_assert_num_queries(19):
            house.compute()
        Result.objects.all().delete()
        for number in range(6):
            make_employee(house.bureau, department=house.own)
            house.task(date(2023, 1, 1 + number), house.staff, handed_in=None)


def test_one_failing_bureau_stops_no_other(house: House, caplog: pytest.LogCaptureFixture) -> None:
    mine = house.machine("K1")
    failing = make_point(house.stranger.bureau, "K9", library=Library.COMMON, source="machine")
    failing.fact_source = "no_such"
    failing.save()
    make_quarter(house.stranger.bureau)
    with caplog.at_level(logging.WARNING):
        for _night in range(2):
            jobs.compute_facts()
    assert house.facts(mine) == {"2023Q1": "0"}
    assert "indicators.jobs.compute_facts_of" in caplog.text
    told = Notification.objects.get(recipient=house.stranger)
    assert "no_such" in told.body


def test_an_error_of_the_program_fails_the_run_and_is_told(house: House) -> None:
    house.machine("K1")
    broken = mock.Mock(side_effect=ZeroDivisionError)
    with mock.patch.object(facts, "tallies", broken), pytest.raises(ZeroDivisionError):
        jobs.compute_facts()
    assert Notification.objects.filter(recipient=house.office).count() == 1
    assert not Result.objects.exists()


def test_a_year_or_half_of_it_is_counted_up_to_its_quarter() -> None:
    spans = {cycle: sources.span_of(cycle, "2023Q4")[1:] for cycle in ("quarter", "half_year", "year")}
    last = date(2023, 12, 31)
    assert spans == {
        "quarter": (date(2023, 10, 1), last),
        "half_year": (date(2023, 7, 1), last),
        "year": (date(2023, 1, 1), last),
    }
    assert sources.span_of("month", "2024-02")[1:] == (date(2024, 2, 1), date(2024, 2, 29))


# Naming the source ----------------------------------------------------------------------------------------------------


def test_the_office_names_the_source_with_a_line(house: House) -> None:
    point = house.machine("K1", "")
    facts.set_source(point=point, source=MARKET, actor=house.office)
    facts.set_source(point=point, source=MARKET, actor=house.office)
    entry = Entry.objects.get(action="point.source")
    assert (entry.before, entry.after) == ({"fact_source": ""}, {"fact_source": MARKET})
    assert point.versions.count() == 1
    for person in (house.head, house.assessor, house.admin, house.stranger):
        with pytest.raises(Refused):
            facts.set_source(point=point, source="", actor=person)


@pytest.mark.parametrize(
    ("values", "source", "sentence"),
    [
        ({}, "no_such", "没有“no_such”这个机考来源"),
        ({"source": "manual"}, MARKET, "人工考点"),
        ({"method": "tier"}, MARKET, "只能用于扣分、比例或计件"),
        ({"method": "done"}, REPORTS, "只能用于扣分、比例或计件"),
        ({"method": "ratio", "parameters": "目标=0.97"}, MARKET, "目标应当大于 1"),
        ({"library": Library.COMPETITIVE}, MARKET, "竞争性考点"),
    ],
)
def test_a_source_must_fit(house: House, values: dict[str, Any], source: str, sentence: str) -> None:
    point = house.machine("K1", "", **values)
    with pytest.raises(InvalidInput, match=sentence):
        facts.set_source(point=point, source=source, actor=house.office)


@pytest.mark.parametrize(
    ("demands", "field"), [({"source": "manual"}, "source"), ({"method": "tier", "parameters": "优=100"}, "method")]
)
def test_a_revision_leaves_the_point_its_source(house: House, demands: dict[str, Any], field: str) -> None:
    point = house.machine("K1")
    basis = {"reason": "理由", "requested_by": "甲", "approved_by": "乙", "from_quarter": "2023Q1"}
    with pytest.raises(InvalidInput) as refusal:
        revise_point(point=point, demands=demands, actor=house.office, **basis)
    assert list(refusal.value.fields) == [field]
    assert last_version(point).number == 1


def test_next_years_point_keeps_its_source(house: House) -> None:
    house.machine("K1")
    copy_year(bureau=house.bureau, from_year=2023, to_year=2024, actor=house.office)
    assert AssessmentPoint.objects.get(code="K1", year=2024).fact_source == MARKET


def test_what_the_application_works_out_nobody_sends(house: House) -> None:
    point = house.machine("K1")
    fact = facts.Fact("2023Q1", "101", point.code, Decimal(3))
    with pytest.raises(InvalidInput, match="一条也没有保存") as refusal:
        facts.post_facts(bureau=house.bureau, facts=[fact], actor=house.office, today=TODAY)
    assert refusal.value.fields["rows"] == [
        {"row": 0, "field": "point", "message": "K1 由本系统自动计算，不接受外部报送"}
    ]


# Tokens ---------------------------------------------------------------------------------------------------------------


def token_of(house: House, **values: Any) -> str:
    given = {"bureau": house.bureau, "system": "金税四期", "expires_on": TODAY + timedelta(days=1)} | values
    return fact_tokens.issue_token(actor=house.office, today=TODAY, **given)[1]


def post(key: str, rows: Any, url: str = FACTS, method: str = "post") -> Any:
    return getattr(APIClient(), method)(url, rows, format="json", HTTP_AUTHORIZATION=f"Token {key}")


def a_fact(code: str = "K1", **values: Any) -> list[dict[str, Any]]:
    return [{"period": "2023Q1", "employee_no": "101", "point": code, "value": "2"} | values]


def test_a_system_posts_facts_in_its_name(house: House) -> None:
    house.machine("K1", "")
    answer = post(token_of(house), a_fact())
    assert (answer.status_code, answer.data) == (200, {"created": 1, "updated": 0, "unchanged": 0})
    row = Result.objects.get()
    assert (row.origin, row.entered_by, row.points) == ("金税四期", None, Decimal(3))
    entry = Entry.objects.get(action="result.fact")
    assert (entry.actor, entry.actor_id, entry.bureau_code) == ("金税四期", None, "XS")
    assert FactToken.objects.get().last_used_at is not None


def test_a_token_writes_for_its_own_bureau_alone(house: House) -> None:
    house.machine("K1", "")
    make_point(house.stranger.bureau, "K9", library=Library.COMMON, source="machine")
    make_quarter(house.stranger.bureau)
    answer = post(token_of(house), a_fact("K9", employee_no="900"))
    assert (answer.status_code, answer.data["fields"]["rows"][0]["field"]) == (400, "employee_no")
    assert not Result.objects.exists()


def test_only_the_digest_is_kept(house: House) -> None:
    key = token_of(house)
    token = FactToken.objects.get()
    assert token.digest == hashlib.sha256(key.encode()).hexdigest()
    assert token.hint == key[-4:]
    kept = repr(list(FactToken.objects.values())) + repr(list(Entry.objects.values()))
    assert key not in kept
    assert Entry.objects.get(action="fact_token.issue").after == {"expires_on": "2023-03-11"}


def test_a_token_opens_no_other_address(house: House) -> None:
    from perfmgmt.api_urls import router

    key = token_of(house)
    tried = 0
    for pattern in router.urls:
        route = pattern.pattern.regex.pattern.removeprefix("^").removesuffix(r"\Z").removesuffix("$")
        url = "/api/v1/" + re.sub(r"\(\?P<\w+>[^()]*\)", "2023Q1" if "quarters" in route else "1", route)
        for method in ("get", "post", "put", "patch", "delete", "head", "options"):
            if (url, method) == (FACTS, "post"):
                continue
            answer = post(key, {}, url, method)
            assert answer.status_code == 403, (method, url, answer.status_code)
            assert method == "head" or "机考令牌只能报送机考数据" in answer.data["message"]
            tried += 1
    assert tried > 150
    for url in ("/api/v1/schema/", "/api/v1/docs/", "/api/v1/token/"):
        assert post(key, {}, url, "post" if "token" in url else "get").status_code == 403, url
    assert Client(headers={"Authorization": f"Token {key}"}).get("/").status_code == 302
    assert FactToken.objects.get().last_used_at is None


@pytest.mark.parametrize("ended", ["expired", "revoked", "unknown"])
def test_an_ended_token_posts_nothing(house: House, ended: str) -> None:
    house.machine("K1", "")
    key = token_of(house)
    if ended == "expired":
        type(house.bureau).objects.filter(pk=house.bureau.pk).update(stands_on=TODAY + timedelta(days=2))
    elif ended == "revoked":
        fact_tokens.revoke_token(token=FactToken.objects.get(), actor=house.office)
    else:
        key += "x"
    answer = post(key, a_fact())
    assert (answer.status_code, answer.data["code"]) == (401, "authentication_failed")
    assert not Result.objects.exists()


def test_the_offices_own_account_still_posts(house: House) -> None:
    house.machine("K1", "")
    client = APIClient()
    client.force_authenticate(house.office)
    assert client.post(FACTS, a_fact(), format="json").data["created"] == 1
    client.force_authenticate(house.liaison)
    assert client.post(FACTS, a_fact(), format="json").status_code == 403
    assert APIClient().post(FACTS, a_fact(), format="json").status_code == 401


def test_only_the_office_issues_and_revokes(house: House) -> None:
    token_of(house)
    token = FactToken.objects.get()
    for person in (house.head, house.assessor, house.admin, house.stranger):
        with pytest.raises(Refused):
            fact_tokens.issue_token(bureau=house.bureau, system="甲", expires_on=None, actor=person, today=TODAY)
        with pytest.raises(Refused):
            fact_tokens.revoke_token(token=token, actor=person)
    fact_tokens.revoke_token(token=token, actor=house.office)
    with pytest.raises(Conflict):
        fact_tokens.revoke_token(token=token, actor=house.office)
    assert Entry.objects.filter(action="fact_token.revoke").count() == 1


def test_faults_of_a_token_are_named(house: House) -> None:
    token_of(house)
    for given, field in (
        ({"system": " "}, "system"),
        ({"system": "金税四期"}, "system"),
        ({"system": "乙", "expires_on": TODAY}, "expires_on"),
    ):
        with pytest.raises(InvalidInput) as refusal:
            token_of(house, **given)
        assert list(refusal.value.fields) == [field]


# No hand --------------------------------------------------------------------------------------------------------------


def test_a_machine_fact_is_never_edited_by_hand(house: House) -> None:
    point = house.machine("K1", "")
    facts.post_facts(
        bureau=house.bureau, facts=[facts.Fact("2023Q1", "101", "K1", Decimal(1))], actor=house.office, today=TODAY
    )
    row = Result.objects.get()
    for person in (house.office, house.head, house.liaison, house.assessor, house.staff):
        with pytest.raises(Refused, match="申诉"):
            enter_result(
                employee=house.staff, point=point, period="2023Q1", actor=person, today=TODAY, value=Decimal(0)
            )
        client = APIClient()
        client.force_authenticate(person)
        entry = {"period": "2023Q1", "employee_no": "101", "point": "K1", "value": "0"}
        answer = client.post("/api/v1/results/", entry, format="json")
        assert (answer.status_code, "申诉" in answer.data["message"]) == (403, True)
    acts = (
        lambda: review_result(result=row, actor=house.head),
        lambda: confirm_result(result=row, actor=house.office),
        lambda: return_result(result=row, actor=house.assessor, reason="不对"),
    )
    for act in acts:
        with pytest.raises(Refused, match="申诉"):
            act()
    row.refresh_from_db()
    assert (row.value, row.state) == (Decimal(1), State.CONFIRMED)


# Pages ----------------------------------------------------------------------------------------------------------------


def client_of(person: Employee) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_the_page_lists_sources_and_tokens_in_few_queries(house: House, django_assert_num_queries: Any) -> None:
    client = client_of(house.office)
    house.machine("K1")
    token_of(house)
    for more in range(2):
        house.compute()
        with django_assert_num_queries(11):
            page = client.get("/machine/?quarter=2023Q1")
        assert page.status_code == 200
        for number in range(2 * (1 - more)):
            house.machine(f"K{number + 2}", "")
            token_of(house, system=f"系统{number}")
    said = page.content.decode()
    for words in (
        "任务按时交付",
        "到期的抢派单中逾期的件数",
        "金税四期",
        "3 个机考考点，1 个由本系统计算；3 个外部系统可以报送",
    ):
        assert words in said


def test_the_token_is_shown_once(house: House) -> None:
    client = client_of(house.office)
    page = client.post("/machine/tokens/new/", {"system": "金税四期", "expires_on": "2024-03-01"})
    said = page.content.decode()
    key = re.search(fact_tokens.PREFIX + r"[\w-]+", said)[0]
    assert "no-store" in page.headers["Cache-Control"]
    token = FactToken.objects.get()
    assert token.digest == hashlib.sha256(key.encode()).hexdigest()
    assert key not in client.get("/machine/").content.decode()
    page = client.post("/machine/tokens/new/", {"system": "", "expires_on": "2020-01-01"})
    assert page.status_code == 422
    assert client.post(f"/machine/tokens/{token.pk}/revoke/").status_code == 302
    assert FactToken.objects.get().revoked_at is not None
    assert client_of(house.stranger).post(f"/machine/tokens/{token.pk}/revoke/").status_code == 404
    for person in (house.head, house.admin):
        assert client_of(person).get("/machine/").status_code == 403


def test_the_source_is_named_on_the_points_page(house: House) -> None:
    point = house.machine("K1", "")
    url = f"/indicators/2023/{point.code}/"
    client = client_of(house.office)
    assert "外部系统报送" in client.get(url).content.decode()
    assert "到期的抢派单中逾期的件数" in client.get(f"{url}source/").content.decode()
    assert client.post(f"{url}source/", {"source": MARKET}).status_code == 302
    assert "任务按时交付" in client_of(house.staff).get(url).content.decode()
    assert "机考：任务按时交付" in client.get("/indicators/?quarter=2023Q1").content.decode()
    assert client.post(f"{url}source/", {"source": "no_such"}).status_code == 422
    assert client_of(house.head).get(f"{url}source/").status_code == 403
    assert client_of(house.stranger).get(f"{url}source/").status_code == 404
    house.compute()
    assert '<td data-label="填报人">任务按时交付</td>' in client.get("/results/?quarter=2023Q1").content.decode()


def test_times_of_use_are_kept_to_the_minute(house: House) -> None:
    token_of(house)
    token, now = FactToken.objects.get(), timezone.now()
    for seconds, expected in ((0, now), (30, now), (61, now + timedelta(seconds=61))):
        fact_tokens.note_use(token, now + timedelta(seconds=seconds))
        assert FactToken.objects.get().last_used_at == expected
