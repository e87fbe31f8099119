"""Somebody: who stands in for everybody of the same roles where a query is composed for all of them (`common.composed`)."""

from __future__ import annotations

from datetime import date

from django.db import DEFAULT_DB_ALIAS

from organization.models import Bureau, Employee


def somebody(ids: tuple[int, int, int], roles: frozenset[str], today: date | None = None) -> Employee:
    """A person of these roles in a bureau, on that day where one is named, of whom there are `ids_of` alone.

    Whatever else a query would look at is not in its SQL's open places, so it must not be composed in: all other fields
    are deferred, and reading one of them finds no such person.
    """
    one = Employee.from_db(DEFAULT_DB_ALIAS, ["id", "bureau_id", "department_id"], ids)
    day = {} if today is None else {"stands_on": today}
    one.bureau = Bureau.from_db(DEFAULT_DB_ALIAS, ["id", *day], [one.bureau_id, *day.values()])
    vars(one)["roles"] = roles
    return one


def ids_of(user: Employee) -> tuple[int, int, int]:
    """The ids of the person, the bureau and the department, which are left open."""
    return user.pk, user.bureau_id, user.department_id
