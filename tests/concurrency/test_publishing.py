"""A quarter is published while somebody still writes into it: the writer's lock on the quarter, and without it."""

import threading
from contextlib import nullcontext
from datetime import date
from decimal import Decimal
from unittest import mock

import pytest
from django.db import connection

from common.errors import Conflict
from indicators.models import Library, Quarter
from indicators.services import entering, points
from scoring.queries.readiness import is_outdated
from scoring.services.publishing import publish_quarter
from scoring.services.scoring import score_quarter
from tests.factories import make_bureau, make_employee, make_point, make_result

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

TODAY = date(2023, 3, 31)
PATIENCE = {True: 1, False: 30}
"""Seconds that the writer gives the publisher, who under the lock will not have done, and without it surely has."""


def enter(employee, point):
    entering.enter_result(employee=employee, point=point, period="2023Q1", actor=None, today=TODAY, value=Decimal(3))


def revise(_employee, point):
    basis = {"reason": "加重", "requested_by": "法制股", "approved_by": "局长办公会"}
    points.revise_point(point=point, from_quarter="2023Q1", demands={"parameters": "每次扣分=2"}, actor=None, **basis)


WRITERS = {
    "enter": (enter, mock.patch.object(entering, "lock_for_input"), (entering, "_where_it_begins")),
    "revise": (revise, mock.patch.object(points, "lock_from"), (points, "_recount")),
}
"""Who writes; the control, which leaves its lock out; and where it pauses between looking and writing."""


@pytest.mark.parametrize("guarded", [True, False])
@pytest.mark.parametrize("writer", WRITERS)
def test_a_quarter_is_not_published_under_a_write(writer, guarded):
    bureau = make_bureau()
    employee, point = make_employee(bureau), make_point(bureau, library=Library.COMMON)
    make_result(employee, point, value=1)
    score_quarter(bureau=bureau, quarter_code="2023Q1", actor=None)
    write, unlocked, (module, name) = WRITERS[writer]
    looked, done = threading.Event(), threading.Event()
    works, refused = getattr(module, name), []

    def pauses(*args):
        looked.set()
        done.wait(PATIENCE[guarded])
        return works(*args)

    def publish():
        looked.wait()
        try:
            publish_quarter(bureau=bureau, quarter_code="2023Q1", actor=None, today=TODAY, override="年终")
        except Conflict as conflict:
            refused.append(conflict)
        finally:
            done.set()
            connection.close()

    publisher = threading.Thread(target=publish)
    publisher.start()
    with nullcontext() if guarded else unlocked, mock.patch.object(module, name, pauses):
        write(employee, point)
    publisher.join()

    quarter = Quarter.objects.get(bureau=bureau)
    assert bool(refused) is guarded  # the publisher waits for the writer, and finds the score outdated
    assert quarter.is_frozen is not guarded
    assert is_outdated(quarter)
