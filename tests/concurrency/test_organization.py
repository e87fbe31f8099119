"""Two acts at the same moment on PostgreSQL, and what happens when the guard is taken away."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date
from functools import partial

import pytest

from audit.models import Entry, Seal
from audit.queries import verify_chains
from audit.services import record, seal_chains
from organization.models import Role
from organization.services import roles
from tests.concurrency.together import at_once, without_row_locks
from tests.factories import make_bureau, make_employee

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

TODAY = date(2023, 3, 1)


@pytest.mark.parametrize("guarded", [True, False])
def test_two_administrators_cannot_remove_each_other(guarded):
    """Both look before either writes: the barrier stands between the look and the act."""
    survivors = set()
    for n in range(10):
        bureau = make_bureau(f"B{n}")
        office = make_employee(bureau, roles=["office"])
        held = [make_employee(bureau, roles=["system_admin"]).role_set.get() for _n in range(2)]
        with nullcontext() if guarded else without_row_locks():
            at_once([partial(roles.revoke_role, actor=office, role=role, today=TODAY) for role in held])
        survivors.add(Role.objects.in_force(TODAY).filter(kind=Role.Kind.SYSTEM_ADMIN, employee__bureau=bureau).count())
    assert (survivors == {1}) is guarded


@pytest.mark.parametrize("guarded", [True, False])
def test_two_sealers_make_one_chain(guarded):
    refused = []
    for _n in range(10):
        for _m in range(20):
            record(actor=None, action="x")
        with nullcontext() if guarded else without_row_locks():
            refused += [error for error in at_once([seal_chains, seal_chains]) if error]
    assert bool(refused) is not guarded  # without the lock only the constraints stand, and a sealer fails
    seal_chains()
    assert Seal.objects.count() == Entry.objects.count() == 200
    assert verify_chains().broken == ""
