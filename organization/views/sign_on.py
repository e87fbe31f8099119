"""To the identity provider and back; off unless configured (docs/sign-on.md)."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login as start_session
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET

from common.tenancy import across
from organization.forms import LoginForm
from organization.services import accounts
from organization.sign_on import oidc
from organization.sign_on.backends import person_of
from organization.sign_on.errors import NotSignedOn
from organization.sign_on.options import OIDC_BACKEND, OidcOptions
from organization.sign_on.sessions import ID_TOKEN, PENDING
from organization.views.accounts import login_page, own_page


@login_not_required
@never_cache
@require_GET
def depart(request: HttpRequest) -> HttpResponse:
    """To the provider; also the address that a portal links to."""
    options = _options()
    wanted = own_page(request, request.GET.get("next", ""))
    if request.user.is_authenticated:
        return redirect(wanted or settings.LOGIN_REDIRECT_URL)
    back = request.build_absolute_uri(reverse("organization:sign-on-back"))
    try:
        departure = oidc.depart(options, back=back)
    except NotSignedOn as refusal:
        return _refused(request, refusal, wanted)
    request.session[PENDING] = {**departure.pending, "next": wanted}
    return redirect(departure.url)


@login_not_required
@sensitive_variables("identity", "pending")
@never_cache
@require_GET
@across()  # a staff number may be of any bureau
def arrive(request: HttpRequest) -> HttpResponse:
    """Back from the provider; afterwards to the page that was wanted."""
    options = _options()
    pending = request.session.pop(PENDING, None)  # used once, whatever comes of it
    wanted = own_page(request, pending["next"]) if pending else ""
    try:
        identity = oidc.arrive(options, pending=pending, answer=request.GET.dict())
        employee = person_of(identity.number)
    except NotSignedOn as refusal:
        return _refused(request, refusal, wanted)
    start_session(request, employee, backend=OIDC_BACKEND)  # gives the session a new key
    request.session[ID_TOKEN] = identity.id_token
    accounts.note_login(actor=employee, way="oidc")
    return redirect(wanted or settings.LOGIN_REDIRECT_URL)


def _options() -> OidcOptions:
    if settings.OIDC is None:
        raise Http404
    return settings.OIDC


def _refused(request: HttpRequest, refusal: NotSignedOn, wanted: str) -> HttpResponse:
    return login_page(request, LoginForm(), wanted=wanted, note=refusal.message, status=refusal.status)
