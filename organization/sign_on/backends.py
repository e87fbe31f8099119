"""Who may come in by OIDC or LDAP: people who are here already and may log in. Nobody is created by signing on."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from common.text import code
from organization.backends import StaffNumberBackend, may_sign_in
from organization.models import Employee
from organization.sign_on import directory
from organization.sign_on.errors import NotSignedOn, ProviderFault
from organization.sign_on.sessions import tell

log = logging.getLogger(__name__)


def person_of(number: str) -> Employee:
    """Whom the identity system means. Raises NotSignedOn if nobody here has the number or may log in."""
    employee = Employee.objects.select_related("bureau").filter(number=number).first()
    if employee is None or not may_sign_in(employee):
        log.warning("sign-on: nobody who may log in has the staff number %s", number)
        raise NotSignedOn(
            _(
                "统一身份认证已经通过，但本系统没有工号为 %(number)s 的在职人员，或者账号已停用。请联系本单位系统管理员。"
            )
            % {"number": number}
        )
    return employee


class ProviderBackend(StaffNumberBackend):
    """Sessions that came by OIDC; the view has verified them, so that there is nothing to try here."""

    def authenticate(self, request: HttpRequest | None, **_credentials: Any) -> None:  # type: ignore[override]
        return None


class DirectoryBackend(StaffNumberBackend):
    """Staff number and the password of the directory, asked after our own; axes counts failures of both alike.

    The directory is asked about every number, so that the time of a refusal does not tell who is in this system.
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_kwargs: Any
    ) -> Employee | None:
        number = code(username or "")
        if settings.LDAP is None or not number or not password:
            return None
        try:
            if not directory.takes_password(settings.LDAP, number, password):
                return None
            return person_of(number)
        except ProviderFault as fault:
            # still a failed attempt: while the directory is away, guesses at our own passwords must count
            tell(request, _("%(fault)s 本次尝试计入登录失败次数。") % {"fault": fault.message})
        except NotSignedOn as refusal:
            tell(request, refusal.message)
        return None
