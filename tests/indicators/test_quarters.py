from datetime import date

import pytest
import time_machine

from audit.models import Entry
from common.errors import Conflict, Frozen, InvalidInput, Refused
from indicators.models import Quarter
from indicators.services.quarters import ensure_quarter, lock_for_input, move_quarter, open_quarters
from tests.factories import make_bureau, make_employee, make_quarter, make_scheme_setting, moment

pytestmark = pytest.mark.django_db
State = Quarter.State
TODAY = date(2023, 5, 10)


def nightly(day: date) -> int:
    """The job as it runs in the night before that day's work."""
    with time_machine.travel(moment(day, 0)):
        return open_quarters(today=day)


def actions() -> list[str]:
    return list(Entry.objects.order_by("pk").values_list("action", flat=True))


def test_past_and_current_quarters_collect_and_coming_ones_wait() -> None:
    bureau = make_bureau()
    states = {code: ensure_quarter(bureau, code, today=TODAY).state for code in ("2023Q1", "2023Q2", "2023Q3")}
    assert states == {"2023Q1": State.COLLECTING, "2023Q2": State.COLLECTING, "2023Q3": State.OPEN}
    assert actions() == ["quarter.open"] * 3


def test_a_quarter_is_made_once() -> None:
    bureau = make_bureau()
    first = ensure_quarter(bureau, "2023Q1", today=TODAY)
    assert ensure_quarter(bureau, "2023q1", today=TODAY) == first
    assert first.steps.count() == 1
    assert actions() == ["quarter.open"]


def test_what_is_no_quarter_is_refused() -> None:
    with pytest.raises(InvalidInput, match="2023Q5"):
        ensure_quarter(make_bureau(), "2023Q5")


def test_a_move_is_noted_on_the_rail_and_in_the_log() -> None:
    bureau = make_bureau()
    office = make_employee(bureau, roles=["office"])
    quarter = make_quarter(bureau)
    move_quarter(quarter=quarter, to=State.REVIEWING, actor=office)
    step = quarter.steps.get()
    assert (step.state, step.by) == (State.REVIEWING, office)
    entry = Entry.objects.get(action="quarter.review")
    assert (entry.before, entry.after) == ({"state": "collecting"}, {"state": "reviewing"})


@pytest.mark.parametrize(
    ("state", "to"), [("collecting", "published"), ("published", "publicity"), ("open", "reviewing")]
)
def test_only_steps_of_the_table_exist(state: str, to: str) -> None:
    with pytest.raises(Conflict):
        move_quarter(quarter=make_quarter(make_bureau(), state=state), to=to, actor=None)


def test_who_comes_second_is_told() -> None:
    quarter = make_quarter(make_bureau())
    stale = Quarter.objects.get(pk=quarter.pk)
    move_quarter(quarter=quarter, to=State.REVIEWING, actor=None)
    with pytest.raises(Conflict, match="别人"):
        move_quarter(quarter=stale, to=State.REVIEWING, actor=None)


def test_a_step_back_needs_a_reason() -> None:
    quarter = make_quarter(make_bureau(), state=State.REVIEWING)
    with pytest.raises(InvalidInput):
        move_quarter(quarter=quarter, to=State.COLLECTING, actor=None)
    move_quarter(quarter=quarter, to=State.COLLECTING, actor=None, reason="漏报较多")
    assert quarter.steps.get().reason == "漏报较多"


@pytest.mark.parametrize(
    ("role", "to", "allowed"),
    [
        ("office", State.PUBLISHED, True),
        ("director", State.PUBLISHED, True),
        ("director", State.REVIEWING, False),
        ("discipline", State.PUBLISHED, False),
        ("system_admin", State.PUBLISHED, False),
    ],
)
def test_who_may_move_a_quarter(role: str, to: str, allowed: bool) -> None:
    bureau = make_bureau()
    person = make_employee(bureau, roles=[role])
    quarter = make_quarter(bureau, state=State.PUBLICITY)
    if allowed:
        assert move_quarter(quarter=quarter, to=to, actor=person, reason="公示期满").state == to
    else:
        with pytest.raises(Refused):
            move_quarter(quarter=quarter, to=to, actor=person, reason="公示期满")


def test_another_bureaus_office_may_not() -> None:
    stranger = make_employee(make_bureau("YY"), roles=["office"])
    with pytest.raises(Refused):
        move_quarter(quarter=make_quarter(make_bureau()), to=State.REVIEWING, actor=stranger)


def test_every_bureau_gets_its_current_and_next_quarter_once() -> None:
    bureaus = [make_bureau(), make_bureau("YY")]
    assert open_quarters(today=TODAY) == 4
    assert open_quarters(today=TODAY) == 0
    for bureau in bureaus:
        states = dict(bureau.quarters.values_list("code", "state"))
        assert states == {"2023Q2": State.COLLECTING, "2023Q3": State.OPEN}


def test_the_window_opens_on_the_first_day_and_closes_five_days_before_the_last() -> None:
    bureau = make_bureau()
    nightly(date(2023, 2, 1))
    nightly(date(2023, 4, 1))
    assert bureau.quarters.get(code="2023Q2").state == State.COLLECTING
    nightly(date(2023, 6, 25))
    assert bureau.quarters.get(code="2023Q2").state == State.COLLECTING
    nightly(date(2023, 6, 26))
    assert bureau.quarters.get(code="2023Q2").state == State.REVIEWING


def test_the_window_is_a_setting() -> None:
    bureau = make_bureau()
    nightly(date(2023, 4, 1))
    make_scheme_setting(bureau, "采集截止提前天数", "10", "2023Q2")
    nightly(date(2023, 6, 21))
    assert bureau.quarters.get(code="2023Q2").state == State.REVIEWING


def test_a_quarter_imported_late_waits_for_the_office() -> None:
    bureau = make_bureau()
    ensure_quarter(bureau, "2022Q4", today=TODAY)
    open_quarters(today=TODAY)
    assert bureau.quarters.get(code="2022Q4").state == State.COLLECTING


@pytest.mark.parametrize("state", [State.OPEN, State.COLLECTING, State.REVIEWING])
def test_input_is_taken(state: str) -> None:
    quarter = make_quarter(make_bureau(), state=state)
    assert lock_for_input(quarter) == quarter


@pytest.mark.parametrize(("state", "error"), [(State.PUBLICITY, Conflict), (State.PUBLISHED, Frozen)])
def test_a_settled_quarter_refuses_by_name(state: str, error: type[Exception]) -> None:
    with pytest.raises(error, match="2023Q1"):
        lock_for_input(make_quarter(make_bureau(), state=state))
