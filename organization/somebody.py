"""Somebody: who stands in for everybody of the same roles where a query is composed for all of them (`common.composed`)."""

from __future__ import annotations

from datetime import date

from django.db import DEFAULT_DB_ALIAS

from common.composed import stand_in
from organization.models import Bureau, Employee

IDS = tuple(stand_in(int, place) for place in range(3))
"""The person's, the bureau's and the department's, in the order of `ids_of`."""


def somebody(roles: frozenset[str], today: date) -> Employee:
    """A person of these roles in a bureau on that day, of whom there are the ids alone.

    Whatever else a query would look at is not in its SQL's open places, so it must not be composed in: all other fields
    are deferred, and reading one of them finds no such person.
    """
    one = Employee.from_db(DEFAULT_DB_ALIAS, ["id", "bureau_id", "department_id"], IDS)
    one.bureau = Bureau.from_db(DEFAULT_DB_ALIAS, ["id", "stands_on"], [one.bureau_id, today])
    vars(one)["roles"] = roles
    return one


def ids_of(user: Employee) -> tuple[int, int, int]:
    """What the stand-ins stand for."""
    return user.pk, user.bureau_id, user.department_id
