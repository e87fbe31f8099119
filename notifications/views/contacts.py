"""How one is told: the own address, its confirmation, each message or a digest."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from common.errors import DomainError
from common.forms import add_refusal
from notifications.forms import CodeForm, ContactForm
from notifications.models import ContactPreference
from notifications.services import contacts as service
from notifications.views.shared import sections
from organization.requests import PersonRequest


@require_http_methods(["GET", "POST"])
def contact(request: PersonRequest) -> HttpResponse:
    """The person's own preference; a new address is sent a code."""
    row = _row(request)
    form = ContactForm(request.POST or None, initial={"email": row.email, "mail": row.mail})
    if request.method == "POST" and form.is_valid():
        try:
            row = service.change_contact(actor=request.user, now=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            add_refusal(form, error)
        else:
            waits = row.email and not row.confirmed_at
            messages.success(request, _("已保存。请到邮箱里取确认码填在下面。") if waits else _("已保存。"))
            return redirect("notifications:contact")
    return _page(request, row, form=form)


@require_POST
def confirm(request: PersonRequest) -> HttpResponse:
    """The code that came by mail."""
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            service.confirm_address(actor=request.user, code=form.cleaned_data["code"], now=timezone.now())
        except DomainError as error:
            if "code" not in error.fields:
                raise
            add_refusal(form, error)
        else:
            messages.success(request, _("邮箱已确认。"))
            return redirect("notifications:contact")
    return _page(request, _row(request), code_form=form)


@require_POST
def send_code(request: PersonRequest) -> HttpResponse:
    service.send_code_again(actor=request.user, now=timezone.now())
    messages.success(request, _("已再次发出确认码，以最近一封邮件为准。"))
    return redirect("notifications:contact")


def _row(request: PersonRequest) -> ContactPreference:
    own = ContactPreference.objects.filter(employee=request.user).first()
    return own or ContactPreference(employee=request.user)


def _page(
    request: PersonRequest,
    row: ContactPreference,
    *,
    form: ContactForm | None = None,
    code_form: CodeForm | None = None,
) -> HttpResponse:
    bound = (form is not None and form.is_bound) or code_form is not None
    context = {
        "row": row,
        "form": form or ContactForm(initial={"email": row.email, "mail": row.mail}),
        "code_form": code_form or CodeForm(),
        "waits_for_code": bool(row.email) and not row.confirmed_at,
        "sections": sections(request.user, "contact"),
    }
    return render(request, "notifications/contact.html", context, status=422 if bound else 200)
