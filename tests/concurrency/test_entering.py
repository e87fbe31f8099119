"""Two people fill in the same empty cell at once: the quarter's lock lets one wait and see, and without it."""

import threading
from contextlib import nullcontext
from datetime import date
from decimal import Decimal
from unittest import mock

import pytest
from django.db import IntegrityError, connection

from common.errors import Conflict
from indicators.cells import NOTHING
from indicators.models import Library, Result
from indicators.services import entering
from tests.concurrency.together import thread_of
from tests.factories import make_bureau, make_employee, make_point, make_quarter

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
TODAY = date(2023, 3, 1)
PATIENCE = {True: 1, False: 30}
"""Seconds that the first gives the second, who under the lock will not have done, and without it surely has."""


@pytest.mark.parametrize("guarded", [True, False])
def test_a_cell_is_filled_once_and_the_second_is_told(guarded):
    bureau = make_bureau()
    employee, point = make_employee(bureau), make_point(bureau, library=Library.COMMON)
    make_quarter(bureau)
    looked, done = threading.Event(), threading.Event()
    works, told, failed = entering._where_it_begins, [], []

    def enter(value):
        entry = entering.NodeEntry(employee, point, "2023Q1", value=Decimal(value), seen=NOTHING)
        return entering.enter_results(bureau=bureau, entries=[entry], actor=None, today=TODAY)[0]

    def pauses(*args):
        if threading.current_thread() is threading.main_thread():
            looked.set()
            done.wait(PATIENCE[guarded])
        return works(*args)

    def second():
        looked.wait()
        try:
            told.append(enter(2).error)
        finally:
            done.set()
            connection.close()

    other = thread_of(second)
    unlocked = mock.patch.object(entering, "lock_for_input")
    with nullcontext() if guarded else unlocked, mock.patch.object(entering, "_where_it_begins", pauses):
        other.start()
        try:
            enter(1)
        except IntegrityError as error:
            failed.append(error)
        other.join()

    assert bool(failed) is not guarded  # the constraint stands behind the lock
    assert isinstance(told[0], Conflict) is guarded
    assert Result.objects.get().value == (1 if guarded else 2)
