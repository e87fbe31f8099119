"""Who may log in: people in post with an issued password; the demonstration's logins only with DEBUG."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from common.composed import composed_once
from common.tenancy import across
from common.text import code
from organization.models import Employee


def may_sign_in(employee: Employee) -> bool:
    """False for switched-off accounts, leavers from the day after their last, and demo logins outside DEBUG."""
    if not employee.is_active or (employee.is_demo and not settings.DEBUG):
        return False
    return employee.left_on is None or employee.left_on >= timezone.localdate()


def axes_username(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """The staff number under which failures are counted: `１０１` and `101` are one account, not two."""
    given = (credentials or {}).get("username") or (request.POST.get("username", "") if request else "")
    return code(str(given))


class StaffNumberBackend:
    """Login by staff number; full-width digits and blanks around it are tolerated."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_kwargs: Any
    ) -> Employee | None:
        if not username or password is None:
            return None
        employee = Employee.objects.filter(number=code(username)).first()
        if employee is None or not employee.has_usable_password():
            make_password(password)  # an unknown number takes as long to refuse as a wrong password
            return None
        return employee if employee.check_password(password) and may_sign_in(employee) else None

    @across()  # whose bureau it is comes out of the row
    def get_user(self, user_id: int) -> Employee | None:
        """Asked on every request, so that a leaver's session ends with the right to log in."""
        employee = next(iter(_signed_in(user_id)), None)
        return employee if employee and may_sign_in(employee) else None


@composed_once
def _signed_in(employee: int) -> QuerySet[Employee]:
    return Employee.objects.filter(pk=employee).select_related("bureau", "department").order_by()
