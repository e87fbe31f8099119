"""What a session remembers of its sign-on."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY
from django.http import HttpRequest
from django.urls import reverse

from organization.sign_on import oidc
from organization.sign_on.errors import NotSignedOn
from organization.sign_on.options import LDAP_BACKEND, OIDC_BACKEND

log = logging.getLogger(__name__)
PENDING = "sign_on"
ID_TOKEN = "sign_on_id_token"  # noqa: S105  # a key of the session
WAYS = {OIDC_BACKEND: "oidc", LDAP_BACKEND: "ldap"}


def way_in(backend: Any) -> str:
    """`oidc` or `ldap`; "" for a password of our own."""
    return WAYS.get(str(backend), "")


def by_own_password(request: HttpRequest) -> bool:
    """Whether the session was begun with a password kept here, which alone can be an initial one to be changed."""
    return not way_in(request.session.get(BACKEND_SESSION_KEY))


def way_out(request: HttpRequest) -> str | None:
    """Where the session at the provider is ended; "" if that cannot be done, None if there is none."""
    id_token = request.session.get(ID_TOKEN)
    if not id_token or settings.OIDC is None:
        return None
    try:
        back = request.build_absolute_uri(reverse("organization:login"))
        return oidc.way_out(settings.OIDC, id_token=id_token, back=back)
    except NotSignedOn:
        return ""


def tell(request: HttpRequest | None, sentence: str) -> None:
    """A backend can only say yes or no; why it was no is laid beside the request for the login page."""
    if request is not None:
        vars(request)["sign_on_told"] = sentence


def told(request: HttpRequest) -> str:
    return str(vars(request).get("sign_on_told", ""))
