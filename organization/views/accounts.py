"""Login, logout, the own password, and the accounts of others."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, update_session_auth_hash
from django.contrib.auth import login as start_session
from django.contrib.auth import logout as end_session
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from common.errors import Refused
from common.tenancy import across
from common.text import code
from organization.exports import write_passwords
from organization.forms import LoginForm, PasswordForm
from organization.models import Employee
from organization.permissions import may_issue_passwords
from organization.requests import PersonRequest
from organization.services import accounts
from organization.sign_on.sessions import by_own_password, told, way_in, way_out

AT_ONCE = 300  # hashing as many takes about as long as a browser waits patiently


@login_not_required
@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
@across()  # a staff number may be of any bureau
def login(request: HttpRequest) -> HttpResponse:
    """Staff number and password; afterwards to the page that was wanted, if it is one of ours."""
    wanted = own_page(request, request.POST.get("next") or request.GET.get("next", ""))
    if request.user.is_authenticated:
        return redirect(wanted or settings.LOGIN_REDIRECT_URL)
    form = LoginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        employee = authenticate(request, **form.cleaned_data)
        if employee is not None:
            way = way_in(getattr(employee, "backend", ""))
            start_session(request, employee)  # gives the session a new key
            accounts.note_login(actor=employee, way=way)
            is_initial = employee.must_change_password and not way
            return redirect("organization:password" if is_initial else wanted or "home")
        form.add_error(
            None,
            told(request)
            or _("工号或密码不对，或者账号已停用。连续输错 5 次将锁定 15 分钟；忘记密码请联系系统管理员重置。"),
        )
    return login_page(request, form, wanted=wanted, status=422 if form.is_bound else 200)


def login_page(
    request: HttpRequest, form: LoginForm, *, wanted: str, note: str = "", status: int = 200
) -> HttpResponse:
    """The page with all ways in; `note` says why an earlier try led nowhere."""
    if settings.OIDC is not None:  # the other way in comes first then
        form.fields["username"].widget.attrs.pop("autofocus", None)
    context = {
        "form": form,
        "next": wanted,
        "note": note,
        "has_provider": settings.OIDC is not None,
        "has_directory": settings.LDAP is not None,
    }
    return render(request, "organization/login.html", context, status=status)


@login_not_required
@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        accounts.note_logout(actor=request.user)
    onward = way_out(request)
    end_session(request)
    if onward == "":
        messages.info(request, _("已退出本系统，但统一身份认证仍处于登录状态。在公用电脑上请关闭浏览器。"))
    return redirect(onward or settings.LOGOUT_REDIRECT_URL)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def password(request: PersonRequest) -> HttpResponse:
    """The own password; the only page that an initial password opens."""
    if not by_own_password(request) and not request.user.has_usable_password():
        raise Refused(_("您用统一身份认证登录，在本系统没有密码。请在统一身份认证中修改密码。"))
    form = PasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        accounts.change_password(actor=request.user, password=form.cleaned_data["new_password1"])
        update_session_auth_hash(request, request.user)
        messages.success(request, _("密码已修改，其他设备上的登录已退出。"))
        return redirect("home")
    status = 422 if form.is_bound else 200
    return render(request, "organization/password_change.html", {"form": form}, status=status)


@across()  # the account may be of any bureau
def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """The answer to a login while the account is locked (settings.AXES_LOCKOUT_CALLABLE)."""
    sentence = _("连续输错密码，账号已锁定。请在最后一次尝试 15 分钟后再登录，或联系系统管理员解锁。")
    accounts.note_lock(
        number=code(str((credentials or {}).get("username", ""))),
        address=request.META.get("REMOTE_ADDR", ""),
        now=timezone.now(),
    )
    if request.path.startswith("/api/"):
        return JsonResponse({"code": "locked", "message": sentence, "fields": {}}, status=429)
    form = LoginForm(initial={"username": (credentials or {}).get("username", "")})
    return login_page(request, form, wanted=own_page(request, request.POST.get("next", "")), note=sentence, status=429)


@require_http_methods(["GET", "POST"])
def issue(request: PersonRequest) -> HttpResponseBase:
    """Initial passwords for those without one: how many, and on POST the list to print, which exists only once."""
    may_issue_passwords(request.user).require()
    today = timezone.localdate()
    if request.method == "POST":
        bureau = request.user.bureau
        issued = accounts.issue_passwords(actor=request.user, bureau=bureau, today=today, limit=AT_ONCE)
        file = BytesIO()
        write_passwords(issued, file)
        name = _("初始密码_%(bureau)s_%(day)s.xlsx") % {"bureau": bureau.name, "day": today}
        return FileResponse(
            BytesIO(file.getvalue()), as_attachment=True, filename=name, headers={"Cache-Control": "no-store"}
        )
    waiting = accounts.without_password(request.user.bureau, today)
    return render(request, "organization/passwords.html", {"waiting": waiting, "at_once": AT_ONCE})


@never_cache
@require_POST
def reset_password(request: PersonRequest, number: str) -> HttpResponse:
    """Shows the new initial password this once."""
    employee = get_object_or_404(Employee.objects.visible_to(request.user), number=number)
    issued = accounts.reset_password(actor=request.user, employee=employee)
    return render(request, "organization/password_reset.html", {"person": employee, "password": issued.password})


@require_POST
def unlock(request: PersonRequest, number: str) -> HttpResponse:
    employee = get_object_or_404(Employee.objects.visible_to(request.user), number=number)
    accounts.unlock(actor=request.user, employee=employee)
    messages.success(request, _("%(name)s的账号已解锁，可以马上登录。") % {"name": employee.name})
    return redirect("organization:person", number=number)


@require_POST
def switch_account(request: PersonRequest, number: str) -> HttpResponse:
    employee = get_object_or_404(Employee.objects.visible_to(request.user), number=number)
    active = request.POST.get("to") == "on"  # said by the form: the opposite of what is would undo a double press
    accounts.switch_account(actor=request.user, employee=employee, is_active=active, today=timezone.localdate())
    said = _("%(name)s的账号已启用。") if active else _("%(name)s的账号已停用，登录随即退出。")
    messages.success(request, said % {"name": employee.name})
    return redirect("organization:person", number=number)


def own_page(request: HttpRequest, url: str) -> str:
    """The address if it leads to a page of ours, else nothing (no open redirect)."""
    safe = url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return url if safe and url.startswith("/") and url != resolve_url(reverse("organization:login")) else ""
