"""The request of somebody who has logged in."""

from django.http import HttpRequest

from organization.models import Employee


class PersonRequest(HttpRequest):
    """What views get behind ``SignedInMiddleware``: the user is an employee, never anonymous."""

    user: Employee
