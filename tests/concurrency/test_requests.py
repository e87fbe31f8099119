"""Two chiefs decide on one request for a point in the same moment: with the UPDATE that names its state, and without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from django.utils import timezone

from common.errors import Conflict
from indicators.models import Item, ItemRequest
from indicators.services import items
from organization.models import Employee
from tests.concurrency.together import at_once, meet
from tests.indicators.taking import TODAY, Town

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def read_check_save(request: ItemRequest, to: str, actor: Employee, answer: str) -> bool:
    """The control: the state is looked at as it was read, and written whatever it has become."""
    if request.state != ItemRequest.State.ASKED:
        return False
    request.state, request.decided_by, request.answer = to, actor, answer
    request.decided_at = timezone.now()
    request.save()
    return True


def decided_by_both(agree: bool, guard: Callable[..., bool]) -> tuple[list[Exception | None], str, int]:
    """One head agrees while another declines (or agrees as well): what they were told, and what stands afterwards."""
    town = Town()
    second = town.person("900", roles=["department_head"], name="李股长")
    town.ask(town.staff, town.far)

    def both_have_read(*args: Any) -> bool:
        meet()
        return guard(*args)

    def act(person: Employee, agrees: bool) -> Callable[[], object]:
        (mine,) = ItemRequest.objects.select_related("quarter__bureau", "employee__department", "point")
        return lambda: items.decide(requests=[mine], agree=agrees, actor=person, today=TODAY, answer="好")

    with mock.patch.object(items, "_settle", both_have_read):
        raised = at_once([act(town.head, True), act(second, agree)])
    return raised, ItemRequest.objects.get().state, Item.objects.count()


@pytest.mark.parametrize("agree", [True, False])
def test_a_request_is_decided_once(agree: bool) -> None:
    raised, state, made = decided_by_both(agree, items._settle)
    refused = [error for error in raised if error]
    assert len(refused) == 1
    assert isinstance(refused[0], Conflict)
    assert "刚刚已经决定" in str(refused[0])
    assert made == (state == ItemRequest.State.AGREED)


def test_without_the_guard_it_is_decided_twice() -> None:
    raised, _state, made = decided_by_both(False, read_check_save)
    assert raised == [None, None]  # one was told yes, and the other no
    assert made == 1
