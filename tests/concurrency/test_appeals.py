"""Two decide an appeal at once, and a quarter is published while somebody appeals: each guard with it and without."""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from django.db.models import QuerySet

from audit.models import Entry
from common.errors import Conflict, DomainError
from indicators.models import Quarter
from scoring.models import Appeal, ScoreRun
from scoring.services import appeals, publishing
from tests.concurrency.together import at_once, met, thread_of
from tests.scoring.appeals import BEGAN, Court, D, make_court

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def without_row_locks() -> Any:
    """The control: the same code with FOR UPDATE left out."""
    return mock.patch.object(QuerySet, "select_for_update", lambda self, *_args, **_kwargs: self._chain())


def saves(appeal: Appeal, **values: Any) -> None:
    """The control: a move that names no state."""
    Appeal.objects.filter(pk=appeal.pk).update(**values)


@contextmanager
def patched(*patches: Any) -> Any:
    with ExitStack() as stack:
        for one in patches:
            stack.enter_context(one)
        yield


@pytest.mark.parametrize("guarded", [True, False])
def test_two_decide_at_once(guarded: bool) -> None:
    court = make_court()
    appeal = court.answer(court.file("K1"))
    controls = [] if guarded else [without_row_locks(), mock.patch.object(appeals, "take", saves)]
    looked = mock.patch.object(appeals, "may_decide_appeal", met(appeals.may_decide_appeal))
    acts = [
        lambda: court.decide(appeal, "office", value=D(0)),
        lambda: court.decide(appeal, "director", upheld=False),
    ]
    with patched(looked, *controls):
        raised = at_once(acts)
    decisions = Entry.objects.filter(action__in=("appeal.uphold", "appeal.reject")).count()
    assert (decisions == 1) is guarded
    if guarded:
        assert sorted(error is None for error in raised) == [False, True]
        assert all(error is None or isinstance(error, Conflict) for error in raised)
        upheld = Appeal.objects.get().state == Appeal.State.UPHELD
        assert ScoreRun.objects.count() == (2 if upheld else 1)


@pytest.mark.parametrize("guarded", [True, False])
def test_nothing_is_published_while_somebody_appeals(guarded: bool) -> None:
    """The appeal is being written when the office presses 发布: it waits, and finds the appeal open."""
    court = make_court()
    writing, done = threading.Event(), threading.Event()
    refused: list[DomainError] = []
    works = appeals.keep_rows

    def pauses(*args: Any, **kwargs: Any) -> Any:
        writing.set()
        done.wait(1 if guarded else 30)
        return works(*args, **kwargs)

    def publish() -> None:
        writing.wait()
        try:
            court.publish(BEGAN, override="急")
        except publishing.NotReady as error:
            refused.append(error)
        finally:
            done.set()
            connection.close()

    publisher = thread_of(publish)
    publisher.start()
    controls = [] if guarded else [mock.patch.object(appeals, "lock_quarter", unlocked)]
    with patched(mock.patch.object(appeals, "keep_rows", pauses), *controls):
        court.file("K1")
    publisher.join()
    assert bool(refused) is guarded
    assert Quarter.objects.get().is_frozen is not guarded
    assert Appeal.objects.open().count() == 1


def unlocked(_bureau: Any, code: str) -> Quarter:
    return Quarter.objects.select_related("bureau").get(code=code)


@pytest.mark.parametrize("guarded", [True, False])
def test_a_quarter_is_not_published_under_a_decision(guarded: bool) -> None:
    """The correction is being written when the office presses 发布: what is published is what was decided.

    Without the lock the publisher does not wait, and refuses because it still finds the appeal open.
    """
    court: Court = make_court()
    appeal = court.answer(court.file("K1"))
    writing, done = threading.Event(), threading.Event()
    works = appeals.take
    seen: list[str] = []

    def pauses(*args: Any, **kwargs: Any) -> Any:
        writing.set()
        done.wait(1 if guarded else 30)
        return works(*args, **kwargs)

    def publish() -> None:
        writing.wait()
        try:
            court.publish(BEGAN, override="急")
            seen.append(str(court.totals()["anna"]))
        except DomainError as error:
            seen.append(error.code)
        finally:
            done.set()
            connection.close()

    publisher = thread_of(publish)
    publisher.start()
    controls = [] if guarded else [without_row_locks()]
    with patched(mock.patch.object(appeals, "take", pauses), *controls):
        court.decide(appeal, value=D(0))
    publisher.join()
    assert not Appeal.objects.open().exists()
    assert seen == (["77.05"] if guarded else ["not_ready"])
    assert Quarter.objects.get().is_frozen is guarded
