"""Two workers score the same quarter at once: the quarter's row is the lock, and without it they collide."""

import threading
from contextlib import suppress
from unittest import mock

import pytest
from django.db import IntegrityError, connection

from indicators.models import Library, Quarter
from organization.models import Bureau
from scoring.models import Score, ScoreRun
from scoring.services import scoring
from tests.concurrency.together import thread_of
from tests.factories import make_bureau, make_employee, make_point, make_result

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
WORKERS = 4


@pytest.fixture
def bureau():
    bureau = make_bureau()
    point = make_point(bureau, library=Library.COMMON)
    for faults in range(5):
        make_result(make_employee(bureau), point, value=faults)
    return bureau


def together(function):
    """Lets nobody write before everybody has looked, or a second has gone by, as it does behind a lock."""
    meeting = threading.Barrier(WORKERS)

    def meets(*args, **kwargs):
        with suppress(threading.BrokenBarrierError):
            meeting.wait(1)
        return function(*args, **kwargs)

    return meets


def score_at_once(bureau):
    """Scores the quarter in several threads that start together; returns what they raised."""
    start = threading.Barrier(WORKERS)
    raised = []

    def work():
        start.wait()
        try:
            scoring.score_quarter(bureau=Bureau.objects.get(pk=bureau.pk), quarter_code="2023Q1", actor=None)
        except IntegrityError as error:
            raised.append(error)
        finally:
            connection.close()

    with mock.patch.object(scoring, "write_run", together(scoring.write_run)):
        threads = [thread_of(work) for _worker in range(WORKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return raised


def test_workers_wait_for_each_other_and_leave_the_same_rows(bureau):
    assert score_at_once(bureau) == []
    assert ScoreRun.objects.get().scored == 5
    rows = list(Score.objects.order_by("number").values())
    assert len(rows) == 5
    scoring.score_quarter(bureau=bureau, quarter_code="2023Q1", actor=None)
    assert list(Score.objects.order_by("number").values()) == rows


def test_without_the_lock_they_collide(bureau):
    def unlocked(bureau, quarter_code):
        return Quarter.objects.select_related("bureau").get(bureau=bureau, code=quarter_code)

    with mock.patch.object(scoring, "lock_quarter", unlocked):
        assert score_at_once(bureau) != []
