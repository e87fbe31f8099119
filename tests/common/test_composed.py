"""Queries composed once: asked with other values they answer what they would, and nothing of them is composed again."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db.models import QuerySet

from common.composed import Composed, composed_once, stand_in
from organization.models import Employee
from tests.factories import make_bureau, make_employee

pytestmark = pytest.mark.django_db


def named(bureau: int, day: date) -> QuerySet[Any, Any]:
    return Employee.objects.filter(bureau=bureau, joined_on__lt=day).order_by("number").values_list("name", "joined_on")


def test_each_gets_the_own_rows_as_python_has_them() -> None:
    people = [make_employee(make_bureau(code), code, name=code) for code in ("甲", "乙")]
    Employee.objects.update(joined_on=date(2022, 7, 1))
    composed: list[int] = []

    @composed_once
    def joined_before(bureau: int, *, day: date) -> QuerySet[Any, Any]:
        composed.append(bureau)
        return named(bureau, day)

    for person in people:
        assert joined_before(person.bureau_id, day=date(2023, 1, 1)) == [(person.name, date(2022, 7, 1))]
    assert joined_before(people[0].bureau_id, day=date(2022, 7, 1)) == []
    assert composed == [stand_in(int, 0)] * 2  # once for each day


def test_the_statement_is_the_one_that_would_have_been_composed() -> None:
    bureau, moment = stand_in(int, 0), stand_in(datetime, 1)
    people = Employee.objects.filter(bureau_id=bureau).exclude(last_login__lt=moment).values_list("pk")
    now = datetime(2023, 6, 20, 1, 2, 3, 456, tzinfo=UTC)
    plain = Employee.objects.filter(bureau_id=7).exclude(last_login__lt=now).values_list("pk")
    assert Composed(people, [bureau, moment]).statement(7, now) == Composed(plain, []).statement()


def test_what_can_find_nothing_is_not_asked(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert Composed(Employee.objects.none().values_list("pk"), []).rows() == []
