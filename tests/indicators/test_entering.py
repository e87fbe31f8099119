"""填报 by the block: what is sound is saved, each fault stands at its node, and a thousand cost as much as one."""

from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import Entry
from common.errors import Conflict, InvalidInput, Refused
from indicators.cells import NOTHING, Content, read, written
from indicators.models import Evidence, Quarter, Result
from indicators.queries import rule_of
from indicators.services.entering import NodeEntry, Outcome, enter_result, enter_results
from tests.factories import (
    make_bureau,
    make_department,
    make_employee,
    make_item,
    make_point,
    make_quarter,
    make_result,
    moment,
)

pytestmark = pytest.mark.django_db
IN_TIME, TOO_LATE = date(2023, 3, 26), date(2023, 3, 27)
State = Result.State
BLOCK_QUERIES = (
    11  # savepoint, quarter, lock, versions, scheme, items, results, insert, audit lines, release, and one spare
)


class Desk:
    """A department with a liaison, and common points that another department assesses."""

    def __init__(self) -> None:
        self.bureau = make_bureau()
        self.own, self.assessing = (make_department(self.bureau, code) for code in ("D01", "D02"))
        self.liaison = make_employee(self.bureau, department=self.own, roles=["liaison"])
        self.office = make_employee(self.bureau, department=self.assessing, roles=["office"])
        self.people = [make_employee(self.bureau, f"10{n}", department=self.own) for n in range(3)]
        self.staff = self.people[0]
        make_quarter(self.bureau)
        self.faults = make_point(self.bureau, "K001", library="common", assessor=self.assessing)
        self.tiers = make_point(self.bureau, "K002", library="common", method="tier", assessor=self.assessing)
        self.ratio = make_point(self.bureau, "K003", library="common", method="ratio", assessor=self.assessing)
        self.machine = make_point(self.bureau, "K004", library="common", source="machine", assessor=self.assessing)

    def entry(self, point: Any = None, value: Any = 1, **given: Any) -> NodeEntry:
        content = {"value": Decimal(value)} if value is not None else {}
        return NodeEntry(
            **{"employee": self.staff, "point": point or self.faults, "period": "2023Q1"} | content | given
        )

    def enter(self, *entries: NodeEntry, actor: Any = None, today: date = IN_TIME) -> list[Outcome]:
        return enter_results(bureau=self.bureau, entries=entries, actor=actor or self.liaison, today=today)


build = Desk


@pytest.fixture
def desk(built: Desk) -> Desk:
    return deepcopy(built)


def test_a_block_saves_what_is_sound_and_names_each_fault(desk: Desk) -> None:
    outcomes = desk.enter(
        desk.entry(value=2),
        desk.entry(value=-1, employee=desk.people[1]),
        desk.entry(desk.tiers, None, tier="优"),
        desk.entry(desk.tiers, None, tier="甲", employee=desk.people[1]),
        desk.entry(period="2023-01"),
        desk.entry(period="2030Q1"),
        desk.entry(period="nonsense"),
        desk.entry(value=None, exempt=True, employee=desk.people[2]),
    )
    assert [type(outcome.error) for outcome in outcomes] == [
        type(None), InvalidInput, type(None), InvalidInput, InvalidInput, InvalidInput, InvalidInput, Refused,
    ]  # fmt: skip
    assert [outcome.result.points if outcome.result else None for outcome in outcomes[:3]] == [
        Decimal("3.00"), None, Decimal("4.00"),
    ]  # fmt: skip
    assert Result.objects.count() == 2
    assert set(Result.objects.values_list("state", flat=True)) == {State.REPORTED}
    assert [entry.action for entry in Entry.objects.all()] == ["result.enter"] * 2


def test_a_block_is_rewritten_with_a_line_of_each(desk: Desk) -> None:
    desk.enter(*(desk.entry(employee=person) for person in desk.people))
    desk.enter(*(desk.entry(value=0, employee=person) for person in desk.people), today=TOO_LATE)
    rows = Result.objects.values_list("value", "points", "late", "entered_by")
    assert set(rows) == {(Decimal(0), Decimal("4.00"), True, desk.liaison.pk)}
    lines = list(Entry.objects.order_by("pk").filter(action="result.enter"))
    assert [(line.before or {}).get("value") for line in lines] == [None] * 3 + ["1"] * 3


def test_what_is_there_already_leaves_no_trace(desk: Desk) -> None:
    (first,) = desk.enter(desk.entry())
    Result.objects.update(state=State.REVIEWED)
    (again,) = desk.enter(desk.entry())
    assert again.error is None
    assert again.result == first.result
    assert (Result.objects.get().state, Entry.objects.count()) == (State.REVIEWED, 1)


def test_a_returned_result_is_sent_again_as_it_is(desk: Desk) -> None:
    desk.enter(desk.entry())
    Result.objects.update(state=State.RETURNED, return_reason="缺佐证")
    desk.enter(desk.entry())
    row = Result.objects.get()
    assert (row.state, row.return_reason) == (State.REPORTED, "")


def test_an_emptied_node_is_missing_again(desk: Desk) -> None:
    desk.enter(desk.entry())
    (outcome,) = desk.enter(desk.entry(value=None))
    assert outcome == Outcome(None)
    assert not Result.objects.exists()
    line = Entry.objects.get(action="result.clear")
    assert (line.before["value"], line.after) == ("1", None)


def test_nothing_entered_on_nothing_makes_no_row(desk: Desk) -> None:
    assert desk.enter(desk.entry(value=None)) == [Outcome(None)]
    assert not Result.objects.exists()
    assert not Entry.objects.exists()


def test_a_node_with_evidence_is_emptied_but_stays(desk: Desk) -> None:
    desk.enter(desk.entry())
    Evidence.objects.create(
        result=Result.objects.get(), stored="x", name="x", size=1, content_type="text/plain", sha256="0" * 64,
        at=moment(IN_TIME), by=desk.liaison,
    )  # fmt: skip
    desk.enter(desk.entry(value=None))
    row = Result.objects.get()
    assert (row.has_input, row.points) == (False, None)


def test_the_same_node_twice_in_a_block_ends_as_the_last(desk: Desk) -> None:
    desk.enter(desk.entry(value=1), desk.entry(value=2))
    assert Result.objects.get().value == 2
    desk.enter(desk.entry(value=3), desk.entry(value=None))
    assert not Result.objects.exists()


def test_what_somebody_else_changed_meanwhile_is_a_conflict(desk: Desk) -> None:
    desk.enter(desk.entry(value=1, seen=NOTHING))
    (late,) = desk.enter(desk.entry(value=5, seen=NOTHING))
    assert isinstance(late.error, Conflict)
    assert "“1”" in late.error.message
    assert late.result is not None
    assert late.result.value == 1
    (known,) = desk.enter(desk.entry(value=5, seen=Content(Decimal(1))))
    assert known.error is None
    Result.objects.all().delete()
    (gone,) = desk.enter(desk.entry(value=6, seen=Content(Decimal(5))))
    assert isinstance(gone.error, Conflict)
    assert "空" in gone.error.message


def test_a_note_stays_unless_one_is_given(desk: Desk) -> None:
    enter_result(
        employee=desk.staff, point=desk.faults, period="2023Q1", actor=desk.liaison, today=IN_TIME,
        value=Decimal(1), note="台账可查",
    )  # fmt: skip
    desk.enter(desk.entry(value=2))
    assert Result.objects.get().note == "台账可查"


@pytest.mark.parametrize("who", ["liaison", "staff", "office"])
def test_machine_facts_are_never_edited_by_hand(desk: Desk, who: str) -> None:
    actor = getattr(desk, who)
    (point,) = desk.enter(desk.entry(desk.machine), actor=actor)
    assert isinstance(point.error, Refused)
    assert "申诉" in point.error.message
    make_result(desk.staff, desk.faults, source="machine", value=0)
    (fact,) = desk.enter(desk.entry(value=4), actor=actor)
    assert isinstance(fact.error, Refused)
    assert Result.objects.get().value == 0


def test_the_office_takes_a_machine_node_out_and_puts_it_back(desk: Desk) -> None:
    make_result(desk.staff, desk.machine, source="machine", value=0)
    (refused,) = desk.enter(desk.entry(desk.machine, None, exempt=True))
    assert isinstance(refused.error, Refused)
    (taken_out,) = desk.enter(desk.entry(desk.machine, None, exempt=True), actor=desk.office)
    assert taken_out.error is None
    assert Result.objects.get().points is None
    assert desk.enter(desk.entry(desk.machine, None), actor=desk.office) == [Outcome(None)]


def test_a_confirmed_result_is_closed_to_all_but_the_office(desk: Desk) -> None:
    make_result(desk.staff, desk.faults, value=0)
    (refused,) = desk.enter(desk.entry(value=1))
    assert isinstance(refused.error, Conflict)
    (taken,) = desk.enter(desk.entry(value=1), actor=desk.office)
    assert taken.error is None
    assert Result.objects.get().state == State.CONFIRMED


def test_a_settled_quarter_refuses_every_entry(desk: Desk) -> None:
    Quarter.objects.update(state=Quarter.State.PUBLISHED)
    outcomes = desk.enter(*(desk.entry(employee=person) for person in desk.people))
    assert all(isinstance(outcome.error, Conflict) and "2023Q1" in outcome.error.message for outcome in outcomes)


def test_individual_points_need_their_item(desk: Desk) -> None:
    point = make_point(desk.bureau, cycle="month", department=desk.own, assessor=desk.assessing)
    make_item(desk.staff, point, taken_on=date(2023, 2, 10))
    outcomes = desk.enter(
        desk.entry(point, period="2023-01"),
        desk.entry(point, period="2023-02"),
        desk.entry(point, period="2023-02", employee=desk.people[1]),
    )
    assert [outcome.error is None for outcome in outcomes] == [False, True, False]


def test_a_block_costs_the_same_with_one_and_three(desk: Desk) -> None:
    def queries(entries: list[NodeEntry]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert all(outcome.error is None for outcome in desk.enter(*entries))
        return len(asked)

    assert desk.liaison.has_role("liaison")  # asked once per request
    new = queries([desk.entry(employee=desk.people[0])])
    assert (
        queries(
            [desk.entry(point, employee=person) for person in desk.people[1:] for point in (desk.faults, desk.ratio)]
        )
        == new
    )
    changed = queries([desk.entry(value=0, employee=desk.people[0])])
    assert queries([desk.entry(value=0, employee=person) for person in desk.people[1:]]) == changed
    assert max(new, changed) <= BLOCK_QUERIES


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("97", Content(Decimal(97))),
        (" ９７．５ ", Content(Decimal("97.5"))),
        ("97%", Content(Decimal(97))),
        ("1,200", Content(Decimal(1200))),
        ("97 / 100", Content(Decimal(97), target=Decimal(100))),
        ("97／100", Content(Decimal(97), target=Decimal(100))),
        ("不适用", Content(exempt=True)),
        ("", NOTHING),
        ("\u3000", NOTHING),
    ],
)
def test_a_cell_is_read_as_people_write_it(desk: Desk, text: str, content: Content) -> None:
    rule = rule_of(desk.ratio.versions.get())
    assert read(text, rule) == content
    assert read(written(content), rule) == content


@pytest.mark.parametrize("text", ["优", "9" * 90, "1/2/3", "--1", "=1+1", "1e5", "NaN", "\ud800", "97/"])
def test_what_is_no_number_says_what_is_wanted(desk: Desk, text: str) -> None:
    with pytest.raises(InvalidInput, match="应当"):
        read(text, rule_of(desk.ratio.versions.get()))


def test_a_tier_is_read_in_any_width(desk: Desk) -> None:
    assert read(" 优 ", rule_of(desk.tiers.versions.get())) == Content(tier="优")
