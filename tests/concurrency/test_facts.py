"""Two workers work out the facts of one quarter at once: its row is the lock, and without it they collide."""

from datetime import date
from unittest import mock

import pytest
from django.db import IntegrityError

from audit.models import Entry
from indicators.models import Library, Quarter, Result
from indicators.services import facts
from tests.concurrency.together import at_once, meet
from tests.factories import make_bureau, make_employee, make_point, make_quarter

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
WORKERS, PEOPLE = 4, 5


@pytest.fixture
def quarter():
    bureau = make_bureau()
    point = make_point(bureau, library=Library.COMMON, source="machine")
    point.fact_source = "market_on_time"
    point.save()
    for _person in range(PEOPLE):
        make_employee(bureau)
    return make_quarter(bureau)


def compute_at_once(quarter):
    """Works the quarter's facts out in several threads of which nobody writes before all have looked; what they wrote
    and raised."""
    written, write = [], facts._write_facts

    def write_together(*args, **kwargs):
        meet()
        return write(*args, **kwargs)

    def work():
        row = Quarter.objects.select_related("bureau").get(pk=quarter.pk)
        written.append(facts.compute_facts(quarter=row, today=date(2023, 3, 10)))

    with mock.patch.object(facts, "_write_facts", write_together):
        raised = at_once([work] * WORKERS)
    return written, [error for error in raised if error]


def test_at_once_is_as_once(quarter):
    written, raised = compute_at_once(quarter)
    assert not raised
    assert sorted(written) == [*[(0, 0)] * (WORKERS - 1), (PEOPLE, 0)]
    assert Result.objects.count() == Entry.objects.filter(action="result.fact").count() == PEOPLE


def test_without_the_lock_they_collide(quarter):
    with mock.patch.object(facts, "lock_for_input", lambda row: row):
        _written, raised = compute_at_once(quarter)
    assert {type(error) for error in raised} == {IntegrityError}
