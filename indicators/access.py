"""The one door of outside systems: a fact token posts machine facts, and opens nothing else (interfaces.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied

from common import tenancy
from indicators.models import FactToken
from indicators.services import fact_tokens
from organization.access import SignedIn

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


class FactTokens(BaseAuthentication):
    """Comes first for every address, so that a fact token is refused wherever facts are not posted.

    It signs in nobody: the user stays anonymous, the token stands in `request.auth`. A viewset names the actions that
    take it in `fact_token_actions`; all of them are posts.
    """

    def authenticate_header(self, request: Request) -> str:
        return "Token"

    def authenticate(self, request: Request) -> tuple[Any, FactToken] | None:
        parts = get_authorization_header(request).split()
        if len(parts) != 2 or parts[0].lower() != b"token" or not parts[1].startswith(fact_tokens.PREFIX.encode()):
            return None
        with tenancy.across():
            token = fact_tokens.find_token(parts[1].decode(errors="replace"))
        if token is None:
            raise AuthenticationFailed
        if not self._is_taken(request):
            raise PermissionDenied(_("机考令牌只能报送机考数据（POST /api/v1/results/facts/），不能用于其他接口。"))
        tenancy.enter(token.bureau_id)
        fact_tokens.note_use(token, timezone.now())
        return AnonymousUser(), token

    @staticmethod
    def _is_taken(request: Request) -> bool:
        view = request.parser_context["view"] if request.parser_context else None
        return request.method == "POST" and takes_fact_tokens(view)


def takes_fact_tokens(view: Any) -> bool:
    """Whether the view's action is one of those that post facts."""
    return getattr(view, "action", None) in getattr(view, "fact_token_actions", ())


class FactTokenScheme(OpenApiAuthenticationExtension):
    """The fact token in the schema: a second way in, named where it is one."""

    target_class = FactTokens
    name = "factToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        description = "Token facts-…: issued by the performance office, posts machine facts and nothing else"
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": description}

    def get_security_requirement(self, auto_schema: Any) -> Any:
        return {self.name: []} if takes_fact_tokens(auto_schema.view) else []


class PostsFacts(SignedIn):
    """Whoever is signed in, and an outside system with its token."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.auth, FactToken) or super().has_permission(request, view)
