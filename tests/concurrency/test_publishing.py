"""A quarter is published while somebody still writes into it: the locks of writer and triggers, and without them."""

import threading
from contextlib import contextmanager, nullcontext
from datetime import date
from decimal import Decimal
from unittest import mock

import pytest
from django.db import IntegrityError, connection, transaction

from common.errors import FROZEN_BY_DATABASE, Conflict
from indicators.models import Library, Quarter, QuarterStep, Result
from indicators.services import entering, points
from scoring.queries.readiness import is_outdated
from scoring.services import publishing
from scoring.services.publishing import publish_quarter
from scoring.services.scoring import score_quarter
from tests.concurrency.together import at_once, met, thread_of
from tests.factories import make_bureau, make_employee, make_point, make_quarter, make_result, moment
from tests.guards import guards_lifted

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

TODAY = date(2023, 3, 31)
TODAY_AFTER = date(2023, 4, 14)
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

    publisher = thread_of(publish)
    publisher.start()
    with (
        nullcontext() if guarded else unlocked,
        nullcontext() if guarded else guards_lifted("indicators_result"),
        mock.patch.object(module, name, pauses),
    ):
        write(employee, point)
    publisher.join()

    quarter = Quarter.objects.get(bureau=bureau)
    assert bool(refused) is guarded  # the publisher waits for the writer, and finds the score outdated
    assert quarter.is_frozen is not guarded
    assert is_outdated(quarter)


@pytest.mark.parametrize("guarded", [True, False])
def test_the_database_lets_nobody_write_under_a_publication(guarded):
    """A write past the services waits for the quarter's row, which the trigger locks before it looks."""
    bureau = make_bureau()
    result = make_result(make_employee(bureau), make_point(bureau, library=Library.COMMON), value=1)
    written, published = threading.Event(), threading.Event()
    caught = []

    def write():
        published.wait()
        try:
            Result.objects.filter(pk=result.pk).update(value=3)
        except IntegrityError as error:
            caught.append(str(error))
        finally:
            written.set()
            connection.close()

    with nullcontext() if guarded else trigger_without_lock():
        writer = thread_of(write)
        writer.start()
        with transaction.atomic():
            quarter = Quarter.objects.select_for_update(no_key=True).get()
            Quarter.objects.filter(pk=quarter.pk).update(state=Quarter.State.PUBLISHED)
            published.set()
            written.wait(PATIENCE[guarded])
        writer.join()

    result.refresh_from_db()
    assert bool(caught) is guarded
    assert all(FROZEN_BY_DATABASE in text for text in caught)
    assert result.value == (1 if guarded else 3)


@contextmanager
def trigger_without_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('scoring_refuse_frozen'::regproc)")
        (function,) = cursor.fetchone()
        assert "FOR SHARE" in function
        cursor.execute(function.replace("FOR SHARE", ""))
        yield
        cursor.execute(function)


@pytest.mark.parametrize("guarded", [True, False])
def test_two_clocks_publish_once(guarded):
    """The second waits for the quarter's row and finds nothing to do; without the lock it is refused half-way."""
    bureau = make_bureau()
    make_result(make_employee(bureau), make_point(bureau, library=Library.COMMON), value=1)
    make_quarter(bureau, "2023Q1")
    score_quarter(bureau=bureau, quarter_code="2023Q1", actor=None)
    shown = date(2023, 4, 6)
    publishing.start_publicity(bureau=bureau, quarter_code="2023Q1", actor=None, today=shown, override="急")
    QuarterStep.objects.filter(state=Quarter.State.PUBLICITY).update(at=moment(shown))
    outcomes = []

    def publish():
        outcomes.append(publishing.publish_by_date(bureau=bureau, quarter_code="2023Q1", today=TODAY_AFTER))

    def read(bureau, quarter_code):
        return Quarter.objects.select_related("bureau").get(bureau=bureau, code=quarter_code)

    unlocked = nullcontext() if guarded else mock.patch.object(publishing, "lock_quarter", read)
    with unlocked, mock.patch.object(publishing, "readiness", met(publishing.readiness)):
        raised = at_once([publish, publish])

    assert QuarterStep.objects.filter(state=Quarter.State.PUBLISHED).count() == 1
    assert any(isinstance(one, Conflict) for one in raised) is not guarded
    assert sum(isinstance(one, Quarter) for one in outcomes) == 1
