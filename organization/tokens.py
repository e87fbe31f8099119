"""How a program gets a token."""

from __future__ import annotations

from typing import Any

from rest_framework.authtoken.models import Token
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.request import Request
from rest_framework.response import Response

from organization.services.accounts import note_login


class TokenView(ObtainAuthToken):
    """A token for staff number and password, behind the same lock-out as the login page."""

    def get_serializer_context(self) -> dict[str, Any]:
        """The lock-out marks Django's own request, which its middleware answers; not the wrapper around it."""
        return {**super().get_serializer_context(), "request": self.request._request}

    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response = super().post(request, *args, **kwargs)
        note_login(actor=Token.objects.select_related("user__bureau").get(key=response.data["token"]).user)
        return response
