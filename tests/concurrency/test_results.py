"""Two assessors decide on the same results at once, and one decides while the input changes under the eyes.

Each race has its twin with the guard taken away, which must fail.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.db.models import QuerySet

from audit.models import Entry
from common.errors import Conflict
from indicators.models import Result
from indicators.services import assessing
from tests.concurrency.together import at_once, met, once_met, only_sentences, without_row_locks
from tests.factories import make_employee
from tests.indicators.test_assessing import IN_TIME, House, enter_result

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
State = Result.State
ASSESSORS = 4


@pytest.fixture
def house() -> House:
    return House()


def confirming(house: House, result: Result) -> list[Callable[[], object]]:
    people = [make_employee(house.bureau, department=house.assessing, roles=["liaison"]) for _one in range(ASSESSORS)]
    return [lambda person=person: assessing.confirm_result(result=result, actor=person) for person in people]  # type: ignore[misc]


def whatever_its_state(result: Result) -> QuerySet[Result]:
    """The control: an UPDATE that does not name what was read."""
    return Result.objects.filter(pk=result.pk)


def test_one_of_several_confirms(house: House) -> None:
    acts = confirming(house, house.result())
    with patch.object(assessing, "_fresh", met(assessing._fresh)):
        raised = at_once(acts)
    assert only_sentences(raised)
    assert sum(isinstance(error, Conflict) for error in raised) == ASSESSORS - 1
    assert Entry.objects.filter(action="result.confirm").count() == 1
    assert str(Result.objects.get().confirmed_by) == Entry.objects.get(action="result.confirm").actor


def test_without_naming_the_state_all_of_them_confirm(house: House) -> None:
    acts = confirming(house, house.result())
    with (
        patch.object(assessing, "_fresh", met(assessing._fresh)),
        patch.object(assessing, "_as_read", whatever_its_state),
    ):
        at_once(acts)
    assert Entry.objects.filter(action="result.confirm").count() > 1


def test_two_presses_on_the_same_rows_take_each_row_once(house: House) -> None:
    results = [house.result(make_employee(house.bureau, department=house.own)) for _one in range(5)]
    people = (house.assessor, house.assessing_head)
    for person in people:
        ids = house.see(person, *results)
    taken: list[assessing.Taken] = []
    raised = at_once([lambda one=one: taken.append(assessing.confirm_opened(ids=ids, actor=one)) for one in people])  # type: ignore[misc]
    assert raised == [None, None]
    assert sorted(len(one.done) for one in taken) == [0, 5]
    assert [sentence for one in taken for _row, sentence in one.refused if "已确认" not in sentence] == []
    assert Entry.objects.filter(action="result.confirm").count() == 5


def enter_under_a_press(house: House) -> tuple[str, Decimal | None]:
    """The head presses on an opened report while its author enters another number; what the row says afterwards."""
    result = house.enter(house.staff, 1)
    house.see(house.head, result)
    judged = assessing._Judge.no

    def enter_again() -> Any:
        return enter_result(
            employee=house.staff, point=house.point, period="2023Q1", actor=house.staff, today=IN_TIME, value=Decimal(9)
        )

    with patch.object(assessing._Judge, "no", met(judged)):
        raised = at_once([lambda: assessing.review_opened(ids=[result.pk], actor=house.head), once_met(enter_again)])
    assert only_sentences(raised)
    row = Result.objects.get()
    return row.state, row.value


def test_nothing_is_reviewed_that_was_not_seen(house: House) -> None:
    assert enter_under_a_press(house) == (State.REPORTED, Decimal(9))


def test_without_the_locks_the_other_number_is_reviewed_unseen(house: House) -> None:
    with ExitStack() as stack:
        stack.enter_context(without_row_locks())
        assert enter_under_a_press(house) == (State.REVIEWED, Decimal(9))
