"""Every page wants a login, and an initial password is changed before anything else; the database shows one bureau."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from common import tenancy
from organization.sign_on.sessions import by_own_password

SCOPE = "perfmgmt.bureau"
"""Where a request keeps whose rows it was answered with, for whoever looks at it afterwards."""


class OwnBureauMiddleware:
    """From here to the answer there are only rows of the person's own bureau, and for a stranger none at all.

    Whoever comes with a token becomes known only in the API's view (`organization.access`, `indicators.access`).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with tenancy.closed():
            # whose bureau it is comes out of the person's row; the session before it is read in the same scope
            with tenancy.across():
                person = request.user if request.user.is_authenticated else None
            if person is not None:
                tenancy.enter(person.bureau_id)
            response = self.get_response(request)
            request.META[SCOPE] = tenancy.scope()
            return response


class SignedInMiddleware(LoginRequiredMiddleware):
    """Views open to strangers say so by ``login_not_required``; the API authenticates by itself (organization.api)."""

    open_prefixes = ("/api/", "/i18n/")

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        if request.path.startswith(self.open_prefixes) or not getattr(view_func, "login_required", True):
            return None
        if not request.user.is_authenticated:
            return self._to_login(request)
        password_page = reverse("organization:password")
        if request.user.must_change_password and request.path != password_page and by_own_password(request):
            return _go(request, password_page)
        return None

    def _to_login(self, request: HttpRequest) -> HttpResponse:
        """Back to the page that was wanted; for a fragment or a form post, to the page that it stands on."""
        here = request.get_full_path() if request.method == "GET" else "/"
        if request.headers.get("HX-Request"):
            current = urlsplit(request.headers.get("HX-Current-URL", "/"))
            here = current.path + (f"?{current.query}" if current.query else "")
        target = resolve_url(settings.LOGIN_URL)
        return _go(request, target if here == "/" else f"{target}?{urlencode({'next': here}, safe='/')}")


def _go(request: HttpRequest, url: str) -> HttpResponse:
    """htmx would follow a plain redirect inside the fragment and put a whole page into it."""
    return HttpResponseClientRedirect(url) if request.headers.get("HX-Request") else redirect(url)
