"""Questions asked together: rows, counts, days, what was not asked, and how many queries that takes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db.models import Min

from common.questions import Found, Question, answered
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


def test_rows_come_by_day_then_key(joined: list[Employee]) -> None:
    everything: list[Question[Found]] = [
        Question(Employee.objects.all(), list, key="pk", text="name", note="number", day="joined_on")
    ]
    found: list[Any] = answered(everything)[0]
    assert [row[1:] for row in found if isinstance(row, Found)] == [
        ("乙", "Q1", date(2021, 7, 1), 1),
        ("甲", "Q0", date(2022, 7, 1), 1),
        ("丙", "Q2", None, 1),
    ]


def test_what_is_alike_is_counted(joined: list[Employee]) -> None:
    everybody, nobody = Employee.objects.all(), Employee.objects.filter(name="无")
    answers = answered(
        [
            Question(everybody, list, key="bureau", day=Min("joined_on"), counted=True),
            Question(everybody, list, counted=True),
            Question(nobody, list, counted=True),
            Question(Employee.objects.none(), lambda found: [len(found)]),
        ]
    )
    assert answers == [
        [Found(joined[0].bureau_id, "", "", date(2021, 7, 1), 3)],
        [Found(0, "", "", None, 3)],
        [],
        [0],
    ]


def test_one_query_for_all_and_none_for_nothing(joined: list[Employee], django_assert_num_queries: Any) -> None:
    question: Question[str] = Question(Employee.objects.all(), lambda found: [row.text for row in found], text="name")
    with django_assert_num_queries(1):
        answers = answered([question, "等着", question])
    assert [sorted(map(str, found)) for found in answers] == [["丙", "乙", "甲"], ["等着"], ["丙", "乙", "甲"]]
    with django_assert_num_queries(0):
        assert answered(["等着"]) == [["等着"]]
