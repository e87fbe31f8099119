"""轮换情况: rows and rounds against what one counts by hand; flags that say why and open their rows; who may look."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from awards.models import Selection, StarAward, StarKind
from awards.queries.rotation import Rotation
from awards.rounds import longest_round, longest_run
from organization.models import Bureau, Department, Employee
from tests.awards.honours import make_selection, make_star, put_in_pool
from tests.factories import make_bureau, make_department, make_employee

QUARTERS = ("2022Q1", "2022Q2", "2022Q3", "2022Q4")


@pytest.mark.parametrize(
    ("won", "places"),
    [
        ("", []),
        ("0", []),
        ("1", [0]),
        ("0110", [1, 2]),
        ("110111", [3, 4, 5]),
        ("1101", [0, 1]),
        ("1111", [0, 1, 2, 3]),
    ],
)
def test_the_longest_row_of_wins(won: str, places: list[int]) -> None:
    assert list(longest_run([one == "1" for one in won])) == places


@pytest.mark.parametrize(
    ("turns", "round_"),
    [
        ("a b c", "a b c"),
        ("b c d a", "b c d a"),
        ("c d a", "c d a"),
        ("a c b", "a"),
        ("a b - c d", "a b"),
        ("ab cd", "ab cd"),
        ("ad b c", "da b c"),
        ("ac d", "d"),
        ("abcd a", "a"),
        ("a b x c", "a b"),
        ("b a b c d", "a b c d"),
        ("-", ""),
    ],
)
def test_the_longest_way_round_a_list_of_four(turns: str, round_: str) -> None:
    found = longest_round([list(turn.strip("-")) for turn in turns.split()], "abcd")
    assert " ".join("".join(turn) for turn in found) == round_


pytestmark = pytest.mark.django_db


@pytest.fixture
def bureau() -> Bureau:
    return make_bureau()


def department(bureau: Bureau, code: str, people: int) -> tuple[Department, list[Employee]]:
    made = make_department(bureau, code, name=f"{code}股")
    return made, [make_employee(bureau, f"{code}{n}", name=f"{code}{n}", department=made) for n in range(people)]


def flags(bureau: Bureau, span: int = 8) -> list[str]:
    return [flag.what for flag in Rotation(bureau, span).flags]


def test_three_times_in_a_row_is_flagged_with_its_quarters(bureau: Bureau) -> None:
    _place, (anna, bert, *_) = department(bureau, "A", 4)
    put_in_pool([anna, bert], *QUARTERS)
    for code in QUARTERS[:3]:
        make_star(anna, code, StarKind.DEDICATION)
    for code in (QUARTERS[0], QUARTERS[1], QUARTERS[3]):
        make_star(bert, code, StarKind.LEARNING)
    rotation = Rotation(bureau)
    (flag,) = rotation.flags
    assert flag.what == "A0连续 3 次获奖"
    assert flag.why == "A股，2022年一季度、2022年二季度、2022年三季度都获得星级。"
    assert {star.number for star in rotation.rows_of(person="A0")} == {"A0"}
    assert flag.url.endswith("person=A0#rows")


def test_two_stars_of_one_quarter_are_one_time(bureau: Bureau) -> None:
    _place, (anna, *_) = department(bureau, "A", 1)
    put_in_pool([anna], *QUARTERS)
    for code in QUARTERS[:2]:
        make_star(anna, code, StarKind.DEDICATION)
        make_star(anna, code, StarKind.LEARNING)
    make_selection(bureau, QUARTERS[2])
    assert flags(bureau) == []
    assert Rotation(bureau).persons[0].total == 4


def test_a_quarter_without_a_selection_does_not_break_a_row(bureau: Bureau) -> None:
    _place, (anna, *_) = department(bureau, "A", 1)
    for code in ("2022Q1", "2022Q2", "2022Q4"):
        put_in_pool([anna], code)
        make_star(anna, code)
    assert flags(bureau) == ["A0连续 3 次获奖"]


def test_stars_that_go_round_the_list_of_a_department_are_flagged(bureau: Bureau) -> None:
    _place, people = department(bureau, "A", 3)
    put_in_pool(people, *QUARTERS)
    for turn, code in enumerate(QUARTERS):
        make_star(people[(turn + 1) % 3], code)
    (flag,) = Rotation(bureau).flags
    assert flag.what == "A股的星级依次轮到各人"
    assert flag.why == "连续 4 次，每次都轮到入围名单（按工号）上的下一位：A1、A2、A0、A1。"


def test_out_of_order_or_between_two_is_no_round(bureau: Bureau) -> None:
    _place, people = department(bureau, "A", 4)
    put_in_pool(people, *QUARTERS)
    for place, code in zip((0, 2, 1, 3), QUARTERS, strict=True):
        make_star(people[place], code)
    _two, pair = department(bureau, "B", 2)
    put_in_pool(pair, *QUARTERS)
    for turn, code in enumerate(QUARTERS):
        make_star(pair[turn % 2], code)
    assert flags(bureau) == []


def test_who_could_not_be_nominated_is_no_part_of_the_round(bureau: Bureau) -> None:
    _place, people = department(bureau, "A", 6)
    put_in_pool(people[::2], *QUARTERS)
    for turn, code in enumerate(QUARTERS[:3]):
        make_star(people[turn * 2], code)
    assert flags(bureau) == ["A股的星级依次轮到各人"]


def test_a_share_far_from_that_of_the_pool_is_flagged_both_ways(bureau: Bureau) -> None:
    _much, few = department(bureau, "A", 2)
    _little, many = department(bureau, "B", 6)
    put_in_pool([*few, *many], *QUARTERS)
    kinds = list(StarKind)
    for person, code, kind in zip(few * 2, ("2022Q1", "2022Q2", "2022Q3", "2022Q4"), kinds, strict=False):
        make_star(person, code, kind)
    told = {flag.what: flag.why for flag in Rotation(bureau).flags}
    assert told == {
        "A股得星多于入围占比": "入围 8 人次，占 32 人次的 25.00%，按此约得 1.00 颗，实得 4 颗。",
        "B股得星少于入围占比": "入围 24 人次，占 32 人次的 75.00%，按此约得 3.00 颗，实得 0 颗。",
    }


def test_one_star_more_is_chance(bureau: Bureau) -> None:
    _a, first = department(bureau, "A", 3)
    _b, second = department(bureau, "B", 3)
    put_in_pool([*first, *second], *QUARTERS[:2])
    make_star(first[0], QUARTERS[0])
    make_star(first[2], QUARTERS[1])
    assert flags(bureau) == []


def test_withdrawn_and_unpublished_stars_do_not_count(bureau: Bureau) -> None:
    _place, (anna, *_) = department(bureau, "A", 1)
    put_in_pool([anna], *QUARTERS)
    make_star(anna, QUARTERS[0])
    make_star(anna, QUARTERS[1])
    make_star(anna, QUARTERS[2], state=StarAward.State.WITHDRAWN)
    Selection.objects.filter(quarter__code=QUARTERS[3]).update(state=Selection.State.PUBLICITY)
    make_star(anna, QUARTERS[3], state=StarAward.State.CHOSEN)
    rotation = Rotation(bureau)
    assert rotation.quarters == list(QUARTERS[:3])
    assert rotation.flags == []
    assert [row.cells for row in rotation.departments] == [(1, 1, 0)]


def test_the_span_takes_the_newest_selections(bureau: Bureau) -> None:
    _place, (anna, *_) = department(bureau, "A", 1)
    for code in ("2021Q3", "2021Q4", *QUARTERS):
        put_in_pool([anna], code)
        make_star(anna, code)
    assert Rotation(bureau, 4).quarters == list(QUARTERS)
    assert flags(bureau, 4) == ["A0连续 4 次获奖"]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("office", 200), ("director", 200), ("discipline", 200), ("deputy_director", 403), ("department_head", 403),
        ("liaison", 403), ("system_admin", 403),
    ],
)  # fmt: skip
def test_who_may_look(bureau: Bureau, kind: str, status: int) -> None:
    place, _people = department(bureau, "A", 1)
    client = Client()
    client.force_login(make_employee(bureau, roles=[kind], department=place))
    answer = client.get("/stars/rotation/")
    assert answer.status_code == status
    assert ("轮换情况只对绩效办、局长和纪检开放" in answer.content.decode()) == (status == 403)


def test_a_flag_opens_its_rows(bureau: Bureau) -> None:
    place, people = department(bureau, "A", 3)
    put_in_pool(people, *QUARTERS)
    for turn, code in enumerate(QUARTERS):
        make_star(people[turn % 3], code, deeds=f"事迹{turn}")
    client = Client()
    client.force_login(make_employee(bureau, roles=["office"], department=place))
    page = client.get("/stars/rotation/")
    url = page.context["rotation"].flags[0].url
    rows = client.get(f"/stars/rotation/{url}").context["rows"]
    assert [star.number for star in rows] == ["A0", "A2", "A1", "A0"]


@pytest.mark.parametrize("asked", ["?span=0", "?span=x", "?span=99", "?department=%00", "?person=nobody#rows"])
def test_what_nobody_offers_is_answered_all_the_same(bureau: Bureau, asked: str) -> None:
    place, people = department(bureau, "A", 1)
    put_in_pool(people, "2022Q1")
    make_star(people[0], "2022Q1")
    client = Client()
    client.force_login(make_employee(bureau, roles=["office"], department=place))
    assert client.get(f"/stars/rotation/{asked}").status_code in (200, 400)


def test_three_stars_cost_as_many_queries_as_one(bureau: Bureau, django_assert_num_queries: Any) -> None:
    place, people = department(bureau, "A", 3)
    department(bureau, "B", 1)
    client = Client()
    client.force_login(make_employee(bureau, roles=["office"], department=place))
    client.get("/stars/rotation/")
    for number, code in enumerate(QUARTERS[:3]):
        put_in_pool(people, code)
        make_star(people[number], code)
        if number in (0, 2):
            with django_assert_num_queries(8):
                client.get("/stars/rotation/")
