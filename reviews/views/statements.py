"""A statement for a showing: written with last month's plan and one's own lost points beside it, kept while typing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from common.errors import InvalidInput
from common.forms import add_refusal
from common.htmx import is_fragment
from organization.queries import work_calendar
from organization.requests import PersonRequest
from reviews.forms_showings import StatementForm
from reviews.models import Showing, Statement
from reviews.permissions.showings import may_write_statement
from reviews.queries.showings import moment_of
from reviews.queries.statements import material_of, plans_before
from reviews.services.statements import Elsewhere, hand_in_statement, label_of, save_draft
from reviews.views.session import SessionPage
from reviews.views.shared import seen_showing


@require_http_methods(["GET", "POST"])
def statement(request: PersonRequest, pk: int) -> HttpResponse:
    """写发言; the form's button hands it in."""
    showing = seen_showing(request, pk)
    user, now = request.user, moment_of(request.user.bureau)
    may_write_statement(user, showing, today=user.bureau.today).require()
    stored = Statement.objects.filter(showing=showing, employee=user).first()
    if request.method == "GET":
        return _page(request, showing, StatementForm(initial=stored.drafted if stored else {}), stored)
    form = StatementForm(request.POST)
    form.is_valid()
    try:
        hand_in_statement(
            showing=showing, actor=user, texts=form.texts, known=_known(request), today=user.bureau.today, now=now
        )
    except Elsewhere as refusal:
        add_refusal(form, refusal)
        return _page(request, showing, form, refusal.stored, elsewhere=refusal)
    except InvalidInput as error:
        add_refusal(form, error)
        return _page(request, showing, form, stored)
    messages.success(request, _("发言已提交；三晒当天结束前可以修改后再提交。"))
    return redirect("reviews:showing", pk=showing.pk)


@require_POST
def statement_draft(request: PersonRequest, pk: int) -> HttpResponse:
    """Keeps what has been typed and answers with the line that says so; the text fields are never replaced."""
    showing = seen_showing(request, pk)
    user, now = request.user, moment_of(request.user.bureau)
    form = StatementForm(request.POST)
    form.is_valid()
    context: dict[str, Any] = {"showing": showing}
    status = 200
    try:
        context["stored"] = save_draft(
            showing=showing, actor=user, texts=form.texts, known=_known(request), today=user.bureau.today, now=now
        )
        context["saved"] = True
    except Elsewhere as refusal:
        context |= {"elsewhere": refusal, "known": request.POST.get("known", ""), "parts": _parts(refusal.stored)}
        status = 409
    except InvalidInput as error:
        context |= {"refusal": error.message, "known": request.POST.get("known", "")}
        status = 422
    if not is_fragment(request):
        return redirect("reviews:statement", pk=showing.pk)
    return render(request, "reviews/_statement_saved.html", context, status=status)


def _known(request: PersonRequest) -> datetime | None:
    """The moment of the version that the window shows; None for none, or for what is no moment."""
    try:
        return parse_datetime(request.POST.get("known", ""))
    except ValueError:
        return None


def _parts(stored: Statement) -> list[tuple[str, str]]:
    return [(label_of(part), text) for part, text in stored.drafted.items()]


def _page(
    request: PersonRequest,
    showing: Showing,
    form: StatementForm,
    stored: Statement | None,
    elsewhere: Elsewhere | None = None,
) -> HttpResponse:
    user = request.user
    fields = [(form[part], StatementForm.HINTS[part]) for part in Statement.PARTS]
    context = {
        "session": SessionPage(request, showing),
        "showing": showing,
        "form": form,
        "fields": fields,
        "stored": stored,
        "elsewhere": elsewhere,
        "known": request.POST.get("known", "") if elsewhere else None,
        "parts": _parts(stored) if elsewhere and stored else [],
        "plan": plans_before(showing.month, [user.pk]).get(user.pk),
        "material": material_of(user, now=moment_of(user.bureau)),
        "today": user.bureau.today,
        "calendar": work_calendar(),
    }
    return render(request, "reviews/statement.html", context, status=422 if form.is_bound else 200)
