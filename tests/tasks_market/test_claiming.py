"""抢单 and 退单: every no with its sentence, places and windows to the second."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta

import pytest

from audit.models import Entry
from common.errors import Conflict, DomainError, InvalidInput, Refused
from indicators.models import Quarter
from tasks_market.models import Claim, ClaimEvent, Task
from tasks_market.permissions import may_claim, may_take_part
from tasks_market.services import doing
from tasks_market.services.assigning import close_windows
from tasks_market.services.claiming import claim_task, withdraw_claim
from tasks_market.services.steps import fresh
from tests.factories import make_absence, make_bureau, make_employee, make_scheme_setting
from tests.tasks_market.market import DAY, HOUR, NOW, Market

pytestmark = pytest.mark.django_db


def build() -> Market:
    return Market()


@pytest.fixture
def market(built: Market) -> Market:
    return deepcopy(built)


def refusal(market: Market, task: Task, person=None) -> DomainError:
    """What the press answers; the greyed button says the same."""
    person = person or market.staff
    said = may_claim(person, task, now=NOW)
    before = Claim.objects.count()
    with pytest.raises(DomainError) as caught:
        claim_task(task=task, actor=person, now=NOW)
    assert Claim.objects.count() == before
    assert (said.allowed, said.message, said.code) == (False, caught.value.message, caught.value.code)
    return caught.value


def test_a_claim_takes_a_place_and_leaves_its_line(market):
    task = market.task(places=2)
    claim = claim_task(task=task, actor=market.staff, now=NOW)
    assert (claim.state, claim.way, claim.part, claim.at, claim.quarter_id) == (
        "held",
        "claimed",
        "",
        NOW,
        task.quarter_id,
    )
    assert market.again(task).places_taken == 1
    line = Entry.objects.get()
    assert (line.action, line.actor_id, line.bureau_code) == ("claim.claim", market.staff.pk, "XS")
    assert task.name in line.target
    assert market.staff.name in line.target


def test_the_window_holds_to_the_second(market):
    second = timedelta(seconds=1)
    claim_task(task=market.task(posted_at=NOW, claim_until=NOW + second), actor=market.staff, now=NOW)
    assert refusal(market, market.task(claim_until=NOW)).code == "closed"
    assert refusal(market, market.task(posted_at=NOW + second)).code == "scheduled"


@pytest.mark.parametrize(
    ("values", "code", "words"),
    [
        ({"state": "draft", "posted_at": None}, "not_posted", "还没有亮单"),
        ({"state": "cancelled"}, "cancelled", "已经撤销"),
        ({"state": "closed"}, "closed", "派单"),
        ({"places": 1, "places_taken": 1}, "full", "1 个名额已经抢完"),
    ],
)
def test_a_task_that_takes_no_claims_says_why(market, values, code, words):
    error = refusal(market, market.task(**values))
    assert isinstance(error, Conflict)
    assert error.code == code
    assert words in error.message


def test_a_quarter_in_publicity_takes_no_claims(market):
    task = market.task()
    Quarter.objects.update(state=Quarter.State.PUBLICITY)
    assert refusal(market, market.again(task)).code == "quarter"


def test_a_person_holds_one_place(market):
    task = market.task()
    claim_task(task=task, actor=market.staff, now=NOW)
    assert refusal(market, market.again(task)).code == "held"


def test_who_is_away_or_gone_or_a_stranger_claims_nothing(market):
    make_absence(market.staff, NOW.date() - DAY, NOW.date())
    error = refusal(market, market.task())
    assert isinstance(error, Refused)
    assert (error.code, "病假" in error.message) == ("away", True)
    gone = market.person(left_on=NOW.date() - DAY)
    assert refusal(market, market.task(), gone).code == "not_in_post"
    stranger = make_employee(make_bureau("YY"))
    assert refusal(market, market.task(), stranger).code == "foreign"


def test_probation_keeps_nobody_away(market):
    make_absence(market.staff, NOW.date(), kind="probation")
    assert claim_task(task=market.task(), actor=market.staff, now=NOW)


def test_a_task_may_be_restricted_to_departments(market):
    task = market.task()
    task.open_to.set([market.b])
    error = refusal(market, task)
    assert (error.code, "税政股" in error.message) == ("department", True)
    assert claim_task(task=task, actor=market.other, now=NOW)


def test_the_limit_counts_what_is_unfinished(market):
    for state in ("held", "started", "handed_in"):
        market.claim(state=state)
    error = refusal(market, market.task())
    assert error.code == "limit"
    assert "3 项" in error.message
    Claim.objects.filter(state="handed_in").update(state="accepted", outcome="accepted")
    assert claim_task(task=market.task(), actor=market.staff, now=NOW)


def test_the_limit_is_a_setting_of_the_scheme(market):
    make_scheme_setting(market.bureau, "同时承担任务上限", "1")
    market.claim()
    assert refusal(market, market.task()).code == "limit"


def test_what_a_published_quarter_left_unfinished_binds_nobody(market):
    for _task in range(3):
        market.claim()
    Quarter.objects.update(state=Quarter.State.PUBLISHED)
    other = Quarter.objects.create(bureau=market.bureau, code="2023Q2", state="collecting")
    assert claim_task(task=market.task(quarter=other), actor=market.staff, now=NOW)


def test_the_first_leads_and_hands_over_when_leaving(market):
    task = market.task(sharing="lead", places=3)
    first = claim_task(task=task, actor=market.staff, now=NOW)
    second = claim_task(task=market.again(task), actor=market.other, now=NOW)
    assert (first.part, second.part) == ("lead", "assistant")
    withdraw_claim(claim=first, actor=market.staff, now=NOW)
    second.refresh_from_db()
    assert second.part == "lead"
    assert market.other.notifications.get().subject == f"您转为任务“{task.name}”的主办"
    assert market.again(task).places_taken == 1


def part_refused(market: Market, task: Task, part: str, person=None) -> DomainError:
    """What the press answers; the board leaves that button out for the same reason."""
    said = may_take_part(market.again(task), part)
    with pytest.raises(DomainError) as caught:
        claim_task(task=market.again(task), actor=person or market.staff, now=NOW, part=part)
    assert (said.allowed, said.message, said.code) == (False, caught.value.message, caught.value.code)
    return caught.value


def test_one_chooses_to_lead_or_to_assist(market):
    task = market.task(sharing="lead", places=3)
    helper = claim_task(task=task, actor=market.staff, now=NOW, part="assistant")
    lead = claim_task(task=market.again(task), actor=market.other, now=NOW, part="lead")
    assert (helper.part, lead.part) == ("assistant", "lead")
    assert part_refused(market, task, "lead", market.head).code == "led"
    assert claim_task(task=market.again(task), actor=market.head, now=NOW).part == "assistant"
    lines = Entry.objects.order_by("pk").values_list("after__part", flat=True)
    assert list(lines) == ["assistant", "lead", "assistant"]


def test_the_last_place_is_kept_for_the_lead(market):
    task = market.task(sharing="lead", places=2)
    claim_task(task=task, actor=market.staff, now=NOW, part="assistant")
    assert part_refused(market, task, "assistant", market.other).code == "lead_place"
    assert claim_task(task=market.again(task), actor=market.other, now=NOW).part == "lead"


def test_without_a_window_the_first_leads(market):
    task = market.task(sharing="lead", claim_until=None)
    assert part_refused(market, task, "assistant").code == "lead_place"
    assert claim_task(task=task, actor=market.staff, now=NOW).part == "lead"
    assert claim_task(task=market.again(task), actor=market.other, now=NOW, part="assistant").part == "assistant"


def test_where_nobody_leads_nothing_begins(market):
    task = market.task(sharing="lead")
    claim = claim_task(task=task, actor=market.staff, now=NOW, part="assistant")
    for act, more in ((doing.start, {}), (doing.hand_in, {"report": "办结"})):
        with pytest.raises(Conflict) as caught:
            act(claim=fresh(claim), actor=market.staff, now=NOW, **more)
        assert caught.value.code == "no_lead"
    claim_task(task=market.again(task), actor=market.other, now=NOW, part="lead")
    assert doing.start(claim=fresh(claim), actor=market.staff, now=NOW).state == "started"


def test_the_close_gives_a_task_without_a_lead_to_the_first(market):
    task = market.task(sharing="lead", claim_until=NOW + HOUR)
    for person in (market.staff, market.other):
        claim_task(task=market.again(task), actor=person, now=NOW, part="assistant")
    assert close_windows(NOW + HOUR) == 1
    parts = dict(Claim.objects.values_list("employee_id", "part"))
    assert parts == {market.staff.pk: "lead", market.other.pk: "assistant"}
    assert market.staff.notifications.get().subject == f"您转为任务“{task.name}”的主办"
    assert list(Entry.objects.order_by("pk").values_list("action", flat=True))[-2:] == ["task.close", "claim.lead"]


def test_a_part_is_asked_for_only_where_there_are_parts(market):
    with pytest.raises(InvalidInput):
        claim_task(task=market.task(), actor=market.staff, now=NOW, part="lead")


def test_withdrawing_gives_the_place_back_and_keeps_the_event(market):
    task = market.task(places=1)
    claim = claim_task(task=task, actor=market.staff, now=NOW)
    withdraw_claim(claim=claim, actor=market.staff, now=NOW + HOUR)
    assert market.again(task).places_taken == 0
    assert not Claim.objects.exists()
    event = ClaimEvent.objects.get()
    assert (event.kind, event.employee_id, event.at, event.claim_id) == ("withdrawn", market.staff.pk, NOW + HOUR, None)
    assert Entry.objects.latest("pk").action == "claim.withdraw"
    assert claim_task(task=market.again(task), actor=market.other, now=NOW)


@pytest.mark.parametrize(("state", "way", "code"), [("started", "claimed", "state"), ("held", "assigned", "assigned")])
def test_what_has_begun_or_was_assigned_is_not_withdrawn(market, state, way, code):
    claim = market.claim(state=state, way=way)
    with pytest.raises(Conflict) as caught:
        withdraw_claim(claim=claim, actor=market.staff, now=NOW)
    assert caught.value.code == code


def test_nobody_withdraws_for_another(market):
    with pytest.raises(Refused):
        withdraw_claim(claim=market.claim(), actor=market.office, now=NOW)


def test_a_claim_takes_as_many_queries_whatever_lies_around(market, django_assert_num_queries):
    """The person's row, the facts, claim, line, places."""
    for _n in range(2):
        market.claim(state="accepted")
        task = market.task()
        person = market.person()
        with django_assert_num_queries(7):  # with the savepoint's two
            claim_task(task=task, actor=person, now=NOW)


def test_too_late_costs_no_query(market, django_assert_num_queries):
    task = market.task(places=1, places_taken=1)
    with django_assert_num_queries(0), pytest.raises(Conflict):
        claim_task(task=task, actor=market.staff, now=NOW)
