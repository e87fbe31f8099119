"""Questions asked together: rows, counts, days, what was not asked, and how many queries that takes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db.models import Min

from common.composed import stand_in
from common.questions import Found, Question, Questions
from organization.models import Employee
from tests.factories import make_bureau, make_employee

pytestmark = pytest.mark.django_db


@pytest.fixture
def joined() -> list[Employee]:
    bureau = make_bureau()
    days = {"甲": date(2022, 7, 1), "乙": date(2021, 7, 1), "丙": None}
    people = [make_employee(bureau, f"Q{number}", name=name) for number, name in enumerate(days)]
    for one in people:
        one.joined_on = days[one.name]
        one.save()
    return people


def as_found(_asker: object, found: list[Found]) -> list[Found]:
    return found


def test_rows_come_by_day_then_key(joined: list[Employee]) -> None:
    everything = Question(Employee.objects.all(), as_found, key="pk", text="name", note="number", day="joined_on")
    assert [row[1:] for row in Questions([everything]).answers(None)[0]] == [
        ("乙", "Q1", date(2021, 7, 1), 1),
        ("甲", "Q0", date(2022, 7, 1), 1),
        ("丙", "Q2", None, 1),
    ]


def test_what_is_alike_is_counted(joined: list[Employee]) -> None:
    everybody, nobody = Employee.objects.all(), Employee.objects.filter(name="无")
    answers = Questions(
        [
            Question(everybody, as_found, key="bureau", day=Min("joined_on"), counted=True),
            Question(everybody, as_found, counted=True),
            Question(nobody, as_found, counted=True),
            Question(Employee.objects.none(), lambda _asker, found: [Found(len(found), "", "", None, 0)]),
        ]
    ).answers(None)
    assert answers == [
        [Found(joined[0].bureau_id, "", "", date(2021, 7, 1), 3)],
        [Found(0, "", "", None, 3)],
        [],
        [Found(0, "", "", None, 0)],
    ]


def test_one_query_for_all_and_none_for_nothing(joined: list[Employee], django_assert_num_queries: Any) -> None:
    def greeted(asker: str, found: list[Found]) -> list[str]:
        return sorted(f"{asker}{row.text}" for row in found)

    question = Question(Employee.objects.all(), greeted, text="name")
    nothing = Question(Employee.objects.none(), greeted, text="name")
    questions = Questions([question, nothing, question])
    for greeting in "早安", "晚安":
        with django_assert_num_queries(1):
            names = [f"{greeting}{name}" for name in "丙乙甲"]
            assert questions.answers(greeting) == [names, [], names]
    with django_assert_num_queries(0):
        assert Questions([nothing]).answers("早安") == [[]]


def test_asked_of_whoever_is_named(joined: list[Employee]) -> None:
    somebody = stand_in(int, 0)
    questions = Questions([Question(Employee.objects.filter(pk=somebody), as_found, text="name")], [somebody])
    for person in joined:
        assert [row.text for row in questions.answers(None, person.pk)[0]] == [person.name]
