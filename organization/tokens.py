"""How a program gets a token."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.authtoken.models import Token
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import InvalidInput
from common.tenancy import across
from organization.services.accounts import note_login
from organization.sign_on.sessions import told, way_in


class TokenView(ObtainAuthToken):
    """A token for staff number and password, behind the same lock-out as the login page."""

    def get_serializer_context(self) -> dict[str, Any]:
        """The lock-out marks Django's own request, which its middleware answers; not the wrapper around it."""
        return {**super().get_serializer_context(), "request": self.request._request}

    @across()  # a staff number may be of any bureau
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer = self.get_serializer(data=request.data)
        try:
            serializer.is_valid(raise_exception=True)
        except ValidationError as error:
            if error.get_codes() != {"non_field_errors": ["authorization"]}:
                raise
            raise InvalidInput(
                told(request._request)
                or _("工号或密码不对，或者账号已停用。连续输错 5 次将锁定 15 分钟；忘记密码请联系系统管理员重置。")
            ) from None
        user = serializer.validated_data["user"]
        token, _is_new = Token.objects.get_or_create(user=user)
        note_login(actor=user, way=way_in(getattr(user, "backend", "")))
        return Response({"token": token.key})
