"""Login, logout and the own password."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, update_session_auth_hash
from django.contrib.auth import login as start_session
from django.contrib.auth import logout as end_session
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from organization.forms import LoginForm
from organization.services import accounts


@login_not_required
@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Staff number and password; afterwards to the page that was wanted, if it is one of ours."""
    wanted = _own_page(request, request.POST.get("next") or request.GET.get("next", ""))
    if request.user.is_authenticated:
        return redirect(wanted or settings.LOGIN_REDIRECT_URL)
    form = LoginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        employee = authenticate(request, **form.cleaned_data)
        if employee is not None:
            start_session(request, employee)  # gives the session a new key
            accounts.note_login(actor=employee)
            return redirect("organization:password" if employee.must_change_password else wanted or "home")
        form.add_error(
            None,
            _("工号或密码不对，或者账号已停用。连续输错 5 次将锁定 15 分钟；忘记密码请联系系统管理员重置。"),
        )
    status = 422 if form.is_bound else 200
    return render(request, "organization/login.html", {"form": form, "next": wanted}, status=status)


@login_not_required
@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        accounts.note_logout(actor=request.user)
    end_session(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """The own password; the only page that an initial password opens."""
    form = PasswordChangeForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        accounts.change_password(actor=request.user, password=form.cleaned_data["new_password1"])
        update_session_auth_hash(request, request.user)
        messages.success(request, _("密码已修改，其他设备上的登录已退出。"))
        return redirect("home")
    status = 422 if form.is_bound else 200
    return render(request, "organization/password_change.html", {"form": form}, status=status)


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """The answer to a login while the account is locked (settings.AXES_LOCKOUT_CALLABLE)."""
    sentence = _("连续输错密码，账号已锁定 15 分钟。请稍后再试，或联系系统管理员解锁。")
    if request.path.startswith("/api/"):
        return JsonResponse({"code": "locked", "message": sentence, "fields": {}}, status=429)
    form = LoginForm(initial={"username": (credentials or {}).get("username", "")})
    context = {"form": form, "locked": sentence, "next": _own_page(request, request.POST.get("next", ""))}
    return render(request, "organization/login.html", context, status=429)


def _own_page(request: HttpRequest, url: str) -> str:
    """The address if it leads to a page of ours, else nothing (no open redirect)."""
    safe = url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return url if safe and url != resolve_url(reverse("organization:login")) else ""
