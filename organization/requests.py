"""The request of somebody who has logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

from organization.models import Employee

if TYPE_CHECKING:
    from rest_framework.request import Request


class PersonRequest(HttpRequest):
    """What views get behind ``SignedInMiddleware``: the user is an employee, never anonymous."""

    user: Employee


def caller(request: Request) -> Employee:
    """Who calls the API; the permission of all resources (organization.access) lets nobody else in."""
    assert isinstance(request.user, Employee)
    return request.user
