"""Two workers score the same quarter at once, two lanes find the same unit of a wave: with the locks, and without."""

from contextlib import nullcontext
from unittest import mock

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from indicators.models import Library, Quarter
from organization.models import Bureau
from scoring.models import Score, ScoreRun
from scoring.services import fan_out, scoring
from tests.concurrency.together import at_once, meet, met, once_met
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


def score_at_once(bureau):
    """Scores the quarter in several threads of which nobody writes before all have looked; what they raised."""

    def work():
        scoring.score_quarter(bureau=Bureau.objects.get(pk=bureau.pk), quarter_code="2023Q1", actor=None)

    with mock.patch.object(scoring, "score_now", met(scoring.score_now)):
        return [error for error in at_once([work] * WORKERS) if error]


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
        raised = score_at_once(bureau)
    assert {type(error) for error in raised} == {IntegrityError}


def passed_over(rows, **lock):
    """The control: whoever finds a unit locked leaves it alone."""
    return locked(rows, **lock | {"skip_locked": True})


locked = QuerySet.select_for_update


@pytest.mark.parametrize("guarded", [True, False])
def test_a_lane_works_what_it_took_though_another_looks_at_it(bureau, guarded):
    """Whoever looks for work holds the unit for a moment. A lane that gave it up for that left it to nobody: the other
    gave it up for the next one, and after some tries it counted as what kills its worker."""
    wave = fan_out.begin_all("2023Q1")
    unit = fan_out._take(wave.pk)
    worked = []

    def look():
        with transaction.atomic():
            fan_out._take(wave.pk)
            meet()

    with nullcontext() if guarded else mock.patch.object(QuerySet, "select_for_update", passed_over):
        assert at_once([look, once_met(lambda: worked.append(fan_out._work(unit)))]) == [None, None]
    assert worked == [guarded]
    assert fan_out.end(wave.pk) is guarded
