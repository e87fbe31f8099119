"""The request of somebody who has logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

from organization.models import Employee

if TYPE_CHECKING:
    from rest_framework.request import Request


class PersonRequest(HttpRequest):
    """What views get behind ``SignedInMiddleware``: the user is an employee, never anonymous."""

    user: Employee
    working_quarter: Any
    """Set by a view that has looked it up, so that the frame around the page does not ask again."""


def caller(request: Request) -> Employee:
    """Who calls the API; the permission of all resources (organization.access) lets nobody else in."""
    assert isinstance(request.user, Employee)
    return request.user
