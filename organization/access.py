"""Who may use the API (settings.DEFAULT_PERMISSION_CLASSES; imported with rest_framework's views, so none of them here)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ObjectDoesNotExist
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import IsAuthenticated

from common import tenancy
from organization.backends import may_sign_in
from organization.sign_on.sessions import by_own_password

if TYPE_CHECKING:
    from django.db.models import Manager
    from rest_framework.authtoken.models import Token
    from rest_framework.request import Request
    from rest_framework.views import APIView

    from organization.models import Employee


class SignedIn(IsAuthenticated):
    """People who may log in and have changed their initial password, by session or token alike.

    A session that came by OIDC or LDAP has nothing to do with the initial password; a token may come of it.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        user = request.user
        if not super().has_permission(request, view) or user.is_anonymous:
            return False
        tenancy.enter(user.bureau_id)  # for a token; a session's person is in there already
        self.message = _("账号已停用，接口随之停用。请联系系统管理员。")
        is_initial = user.must_change_password and (request.auth is not None or by_own_password(request._request))
        if is_initial:
            self.message = _("请先登录网页修改初始密码，之后才能使用接口。")
        return may_sign_in(user) and not is_initial


class PersonToken(TokenAuthentication):
    """A person's token, read together with the bureau, which nearly every answer asks for."""

    def authenticate_credentials(self, key: str) -> tuple[Employee, Token]:
        tokens: Manager[Any] = self.get_model()._default_manager
        try:
            with tenancy.across():
                token = tokens.select_related("user__bureau").get(key=key)
        except ObjectDoesNotExist:
            raise AuthenticationFailed from None
        if not token.user.is_active:
            raise AuthenticationFailed
        return token.user, token
