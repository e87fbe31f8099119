"""Two who sign one side in the same moment, and two jobs that make a month's sheets: with the locks, and without."""

from __future__ import annotations

from unittest import mock

import pytest
from django.db import IntegrityError

from common.errors import Conflict
from supervision.models import Warned, WarningSheet, WarningSignature
from supervision.services import warnings
from tests.concurrency.together import at_once, met, without_row_locks
from tests.factories import make_employee, moment
from tests.supervision.warned import MADE, MONTH, Town, make_town

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def signed_by_both(town: Town) -> list[Exception | None]:
    """Both heads of a department sign the head's side of every line."""
    second = make_employee(town.bureau, "9800", department=town.departments["A"], roles=["department_head"])
    town.people["second"] = second
    town.make()
    with mock.patch.object(warnings, "_signature", met(warnings._signature)):
        return at_once([lambda: town.sign("head", "head"), lambda: town.sign("second", "head")])


def test_a_side_is_signed_once_and_the_other_reads_why() -> None:
    raised = signed_by_both(make_town())
    (refused,) = [error for error in raised if error]
    assert isinstance(refused, Conflict)
    assert "已经签过字" in str(refused)
    assert WarningSignature.objects.count() == 2  # two lines, one side


def test_without_the_lock_a_failure_stands_where_the_sentence_belongs() -> None:
    with without_row_locks():
        raised = signed_by_both(make_town())
    (refused,) = [error for error in raised if error]
    assert isinstance(refused, IntegrityError)


def made_by_both(town: Town) -> list[Exception | None]:
    def make() -> object:
        return warnings.make_sheets(bureau=town.bureau, month=MONTH, today=MADE, now=moment(MADE))

    with mock.patch.object(warnings, "owed_in_month", met(warnings.owed_in_month)):
        return at_once([make, make])


def test_two_jobs_make_the_sheets_once() -> None:
    assert made_by_both(make_town()) == [None, None]
    assert (WarningSheet.objects.count(), Warned.objects.count()) == (4, 5)


def test_without_the_lock_one_of_the_jobs_fails() -> None:
    with without_row_locks():
        raised = made_by_both(make_town())
    assert [type(error) for error in raised if error] == [IntegrityError]
