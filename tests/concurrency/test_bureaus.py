"""Bureaus moved at the same moment: two moves of which each is right make no ring, with the lock and without it."""

from __future__ import annotations

from functools import partial
from unittest import mock

import pytest

from common.errors import InvalidInput
from organization.models import Bureau
from organization.services import bureaus
from tests.concurrency.together import at_once, met, without_row_locks
from tests.factories import make_bureau, make_employee

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


@pytest.mark.parametrize("guarded", [True, False])
def test_two_moves_make_no_ring(guarded: bool) -> None:
    """甲 goes below 乙's lower bureau while 乙 goes below 甲's: one of them comes second and is refused."""
    top = make_bureau("P", level="province")
    admin = make_employee(top, roles=["system_admin"])
    first, second = (make_bureau(code, level="city", parent=top) for code in "AB")
    below_first, below_second = (
        make_bureau(code, level="city", parent=one) for code, one in zip("CD", (first, second), strict=True)
    )
    acts = [
        partial(bureaus.move_bureau, bureau=first, parent=below_second, actor=admin),
        partial(bureaus.move_bureau, bureau=second, parent=below_first, actor=admin),
    ]
    slow = mock.patch.object(bureaus, "_check_level", met(bureaus._check_level))
    with slow, mock.patch.object(bureaus, "lock_trees", bureaus.lock_trees) if guarded else without_row_locks():
        raised = [error for error in at_once(acts) if error]
    reached = Bureau.objects.below(top).count()
    if guarded:
        assert [type(error) for error in raised] == [InvalidInput]
        assert reached == 4
    else:
        assert raised == []
        assert reached == 0  # the ring hangs on nothing
