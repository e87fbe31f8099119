"""A meeting is held or closed while somebody writes: each guard with it and without."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from django.db.models import QuerySet

from audit.models import Entry
from common.errors import Conflict
from reviews.models import LostPoint, ReviewMeeting
from reviews.services import explaining, meetings
from tests.concurrency.together import at_once, met, thread_of
from tests.reviews.meetings import DAY, Hall, make_hall

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def without_row_locks() -> Any:
    """The control: the same code with FOR UPDATE left out."""
    return mock.patch.object(QuerySet, "select_for_update", lambda self, *_args, **_kwargs: self._chain())


@pytest.mark.parametrize("guarded", [True, False])
def test_nothing_is_explained_in_a_meeting_that_was_held(guarded: bool) -> None:
    """The head saves while the office presses 召开: it waits, and counts what was written before."""
    hall: Hall = make_hall()
    meeting = hall.prepare()
    row = hall.lost(meeting, "A", "K1")
    looked, held = threading.Event(), threading.Event()
    works = explaining.may_explain

    def pauses(*args: Any, **kwargs: Any) -> Any:
        verdict = works(*args, **kwargs)
        looked.set()
        held.wait(1 if guarded else 30)
        return verdict

    def hold() -> None:
        looked.wait()
        try:
            hall.hold(meeting)
        finally:
            held.set()
            connection.close()

    office = thread_of(hold)
    office.start()
    with nullcontext() if guarded else without_row_locks(), mock.patch.object(explaining, "may_explain", pauses):
        hall.explain(row)
    office.join()
    assert LostPoint.objects.get(pk=row.pk).filled_at is not None
    counted = Entry.objects.get(action="meeting.hold").after["explained"]
    assert counted == (1 if guarded else 0)


@pytest.mark.parametrize("guarded", [True, False])
def test_two_close_at_once(guarded: bool) -> None:
    hall: Hall = make_hall()
    meeting = hall.held()
    controls = nullcontext() if guarded else without_row_locks()
    moves = nullcontext() if guarded else mock.patch.object(meetings, "_move", saves)
    looked = mock.patch.object(meetings, "may_write_minutes", met(meetings.may_write_minutes))
    with controls, moves, looked:
        raised = at_once([lambda: hall.close(meeting, "甲稿"), lambda: hall.close(meeting, "乙稿")])
    assert (Entry.objects.filter(action="meeting.conclude").count() == 1) is guarded
    if guarded:
        assert sorted(error is None for error in raised) == [False, True]
        assert all(error is None or isinstance(error, Conflict) for error in raised)


def saves(meeting: ReviewMeeting, to: str, **values: Any) -> None:
    """The control: a move that names no state."""
    ReviewMeeting.objects.filter(pk=meeting.pk).update(state=to, **values)


def test_two_prepare_at_once() -> None:
    hall: Hall = make_hall()
    slow = mock.patch.object(meetings, "may_prepare_meeting", met(meetings.may_prepare_meeting))
    with slow:
        raised = at_once([hall.prepare, lambda: hall.prepare(day=DAY)])
    assert ReviewMeeting.objects.count() == 1
    assert [type(error) for error in raised if error is not None] == [Conflict]
