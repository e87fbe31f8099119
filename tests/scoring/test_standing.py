"""A score of a running quarter at the moment it is looked at: what was accepted since shows at once."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from indicators.models import Library, Quarter
from scoring import jobs
from scoring.models import Score
from scoring.queries import as_it_stands, explanation, first_standing
from scoring.services.scoring import score_quarter
from tests.factories import (
    make_bureau,
    make_claim,
    make_employee,
    make_point,
    make_quarter,
    make_result,
    make_task,
)

pytestmark = pytest.mark.django_db
TODAY = date(2023, 4, 6)


@pytest.fixture
def staff():
    """Somebody with a provisional score of 30.00, all of it for the common point."""
    bureau = make_bureau()
    make_quarter(bureau, state=Quarter.State.COLLECTING)
    staff = make_employee(bureau, "101")
    make_result(staff, make_point(bureau, "K1", library=Library.COMMON))
    score_quarter(bureau=bureau, quarter_code="2023Q1", actor=None, as_of=TODAY)
    return staff


def stored(staff) -> Score:
    related = ("run", "quarter__bureau", "employee")
    return Score.objects.select_related(*related).get(employee=staff, quarter__code="2023Q1")


def accept(staff, code="2023Q1", **values):
    quarter = make_quarter(staff.bureau, code, state=Quarter.State.COLLECTING)
    values = {"base": Decimal("5.00"), "difficulty": "high"} | values
    return make_claim(
        make_task(staff.bureau, quarter=quarter, **values), staff, quality="1.2", accepted_at=timezone.now()
    )


def test_an_accepted_task_shows_at_once_with_cap_and_overflow(staff):
    before = stored(staff)
    accept(staff)
    accept(staff)
    live = as_it_stands(before, now=timezone.now())
    assert (str(live.competitive), str(live.overflow), str(live.total)) == ("10.00", "8.00", "40.00")
    assert explanation(live).adds_up
    assert str(before.total) == str(stored(staff).total) == "30.00"
    assert live.pk == before.pk
    assert (live.bureau_rank, live.run.as_of) == (before.bureau_rank, TODAY)


def test_what_has_not_changed_is_the_stored_score(staff):
    before = stored(staff)
    assert as_it_stands(before, now=timezone.now()) is before


@pytest.mark.parametrize("state", [Quarter.State.PUBLICITY, Quarter.State.PUBLISHED])
def test_what_is_shown_or_published_stands_still(staff, state):
    accept(staff)
    Quarter.objects.update(state=state)
    before = stored(staff)
    assert as_it_stands(before, now=timezone.now()) is before


def test_a_quarter_that_was_never_scored_has_its_standing(staff):
    accept(staff, "2023Q2")
    quarter = Quarter.objects.select_related("bureau").get(code="2023Q2")
    live = first_standing(quarter, staff, today=TODAY, now=timezone.now())
    assert live is not None
    assert (live.pk, str(live.total), live.run.as_of) == (None, "9.00", TODAY)
    assert explanation(live).adds_up
    gone = make_employee(staff.bureau, left_on=date(2023, 1, 31))
    assert first_standing(quarter, gone, today=TODAY, now=timezone.now()) is None
    assert Score.objects.count() == 1


def test_the_rankings_follow_within_the_minute(staff, settings, monkeypatch):
    asked = []
    monkeypatch.setattr(jobs.score_bureau, "delay", lambda *given: asked.append(given))
    jobs.follow_acceptances()
    assert asked == []
    claim = accept(staff)
    jobs.follow_acceptances()
    assert [given[1] for given in asked] == ["2023Q1"]
    claim.accepted_at -= timedelta(minutes=20)
    claim.save()
    Score.objects.get().run.quarter.runs.update(scored_at=timezone.now() - timedelta(hours=1))
    jobs.follow_acceptances()
    assert len(asked) == 1
