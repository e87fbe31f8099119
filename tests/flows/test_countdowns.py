"""Every countdown that is shown counts the days of the State Council calendar: holidays do not count, made-up days do.

Dragon Boat 2023: 22 to 24 June off, Sunday the 25th worked. National Day 2023: 29 September to 6 October off,
Saturday and Sunday the 7th and 8th worked. Weekdays alone would say something else on each line here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from organization.models import Employee
from tests.factories import make_bureau, make_department, make_employee, make_item, make_point, make_quarter
from tests.supervision.letters import make_desk
from tests.supervision.warned import make_town

pytestmark = pytest.mark.django_db

BEFORE_NATIONAL_DAY, MADE_UP_SATURDAY, MADE_UP_SUNDAY = date(2023, 9, 28), date(2023, 10, 7), date(2023, 10, 8)
Shown = tuple[Employee, str]


def own_node() -> Shown:
    """Due on the made-up Sunday; of the working days after Tuesday the 20th there are the 21st and the 25th."""
    bureau = make_bureau("XS", is_demo=True, stands_on=date(2023, 6, 20))
    department = make_department(bureau, "A")
    person = make_employee(bureau, "1", department=department)
    make_item(person, make_point(bureau, "K1", department=department), make_quarter(bureau, "2023Q2"))
    return person, "/todo/"


def own_node_on_the_workbench() -> Shown:
    person, _page = own_node()
    return person, "/"


def warning(page: Callable[[int], str]) -> Callable[[], Shown]:
    """A sheet of the first working day of October, a Saturday: its node on Tuesday the 10th is signed by Sunday."""

    def make() -> Shown:
        town = make_town(MADE_UP_SATURDAY)
        point = make_point(
            town.bureau, "K9", cycle="month", deadline="每月10日", department=town.departments["A"], name="陈欠"
        )
        make_item(town.people["anna"], point, make_quarter(town.bureau, "2023Q4"))
        town.make(today=MADE_UP_SATURDAY, month="2023-10")
        return town.people["head"], page(town.sheet(month="2023-10").pk)

    return make


def letter(page: Callable[[int, int], str]) -> Callable[[], Shown]:
    """An item due on the made-up Sunday: after the last Thursday of September two days are worked."""

    def make() -> Shown:
        desk = make_desk()
        item = desk.item(desk.facts(due_on=MADE_UP_SUNDAY))
        desk.at(BEFORE_NATIONAL_DAY)
        return desk.people["head"], page(item.letter_id, item.pk)

    return make


@pytest.mark.parametrize(
    ("made", "sentence", "by_weekdays"),
    [
        pytest.param(own_node, "剩 2 个工作日", "剩 3 个工作日", id="to-do"),
        pytest.param(own_node_on_the_workbench, "剩 2 个工作日", "剩 3 个工作日", id="workbench"),
        pytest.param(warning(lambda _sheet: "/todo/"), "剩 1 个工作日", "今天截止", id="warning to-do"),
        pytest.param(warning(lambda _sheet: "/warnings/"), "剩 1 个工作日", "今天截止", id="warnings"),
        pytest.param(warning(lambda sheet: f"/warnings/{sheet}/"), "剩 1 个工作日", "今天截止", id="warning sheet"),
        pytest.param(letter(lambda *_keys: "/todo/"), "剩 2 个工作日", "剩 6 个工作日", id="letter to-do"),
        pytest.param(letter(lambda *_keys: "/letters/"), "剩 2 个工作日", "剩 6 个工作日", id="letters"),
        pytest.param(letter(lambda found, _item: f"/letters/{found}/"), "剩 2 个工作日", "剩 6 个工作日", id="letter"),
        pytest.param(
            letter(lambda _found, item: f"/letters/items/{item}/"), "剩 2 个工作日", "剩 6 个工作日", id="letter's item"
        ),
    ],
)
def test_made_up_days_count_and_holidays_do_not(
    client: Client, made: Callable[[], Shown], sentence: str, by_weekdays: str
) -> None:
    person, page = made()
    client.force_login(person)
    shown = client.get(page).content.decode()
    assert sentence in shown
    assert by_weekdays not in shown
