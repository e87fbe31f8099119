"""Somebody writes while a bulletin is handed in and published: with the guard and without."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any
from unittest import mock

import pytest

from common.errors import Conflict
from reports import services_bulletins as services
from reports.models import Bulletin
from reports.queries.bulletins import is_intact
from tests.concurrency.together import at_once, last, met, once_met, without_row_locks
from tests.reports.bulletins import draft, make_desk, publish, save, submit

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def moves(bulletin: Bulletin, to: str, **values: Any) -> None:
    """The control: a move that names neither state nor version."""
    Bulletin.objects.filter(pk=bulletin.pk).update(state=to, **values)
    for name, value in (values | {"state": to}).items():
        setattr(bulletin, name, value)


@pytest.mark.parametrize("guarded", [True, False])
def test_nothing_is_written_under_a_publication(guarded: bool) -> None:
    """What is published is what its digest says, and what was written came before it was handed in or not at all."""
    world = make_desk()
    bulletin = draft(world)

    def issue() -> None:
        publish(world, submit(world, bulletin))

    def write() -> None:
        save(world, bulletin, overview="最后一句")

    controls = [] if guarded else [without_row_locks(), mock.patch.object(services, "_move", moves)]
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(services, "_taken", last(services._taken)))
        stack.enter_context(mock.patch.object(services, "_require_figures", met(services._require_figures)))
        for one in controls:
            stack.enter_context(one)
        raised = at_once([issue, once_met(write)])
    found = Bulletin.objects.select_related("quarter").get()
    assert found.state == Bulletin.State.PUBLISHED
    assert is_intact(found) is guarded
    if guarded:
        assert [type(error) for error in raised] == [type(None), Conflict]
