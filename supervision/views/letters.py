"""督查督办函: the register, one letter with its rail and items, its Word file, and what the office does with it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.components import Tab
from common.errors import Conflict, InvalidInput
from common.forms import done
from common.storage import TYPES
from common.workbook import XLSX
from indicators.views.shared import address, one_page, status_of
from organization.queries import work_calendar
from organization.requests import PersonRequest
from supervision import letter_files as files
from supervision.forms_letters import LetterFilter, LetterSettingsForm, ReasonForm
from supervision.models import Letter, ProposedMinus
from supervision.permissions import letters as permissions
from supervision.queries import letters as queries
from supervision.queries.deadlines import letter_settings
from supervision.services import letters as services
from supervision.views.letter_shared import seen_letter
from tasks_market.services.steps import require


def _filters(request: PersonRequest, items: bool) -> LetterFilter:
    user = request.user
    shown = {"show": request.GET.get("show", "")}  # the list that is shown is no filter
    years = queries.years_of(user)
    return LetterFilter(request.GET or None, initial=shown, bureau=user.bureau, years=years, items=items)


@require_GET
def letters(request: PersonRequest) -> HttpResponse:
    """督办台账: the letters, or the items of all letters."""
    user, today = request.user, request.user.bureau.today
    items = request.GET.get("show") == "items"
    filters = _filters(request, items)
    find = queries.items_in if items else queries.letters_in
    page = one_page(request, find(user, filters.wanted, today))
    counts = queries.counts(user, today)
    kept = {name: value for name, value in request.GET.dict().items() if name not in ("page", "state", "show")}
    tabs = [
        Tab(_("函"), address("", **kept) or "?", not items, counts.letters),
        Tab(_("事项"), address("", show="items", **kept), items, counts.items),
    ]
    context = {
        "page": page, "items": items, "filters": filters, "counts": counts, "tabs": tabs, "today": today,
        "calendar": work_calendar(), "tones": queries.ITEM_TONES if items else queries.TONES,
        "may_write": permissions.may_write_letters(user, user.bureau), "query": request.GET.urlencode(),
        "may_see_minuses": permissions.may_see_minuses(user),
        "proposed": queries.proposals(user, ProposedMinus.State.PROPOSED).count()
        if permissions.may_see_minuses(user) else 0,
    }  # fmt: skip
    return render(request, "supervision/letters.html", context)


@require_GET
def letters_export(request: PersonRequest) -> FileResponse:
    """The register as it is narrowed, in Excel: letters and items."""
    user, today = request.user, request.user.bureau.today
    content = BytesIO()
    files.write_register(
        queries.letters_in(user, _filters(request, items=False).wanted, today),
        queries.items_in(user, _filters(request, items=True).wanted, today),
        content,
    )
    content.seek(0)
    return FileResponse(content, as_attachment=True, filename=_("督办台账.xlsx"), content_type=XLSX)


@require_GET
def letter(request: PersonRequest, pk: int) -> HttpResponse:
    """One letter."""
    return _page(request, seen_letter(request, pk))


def _page(request: PersonRequest, found: Letter, form: forms.Form | None = None) -> HttpResponse:
    user = request.user
    items = queries.items_of(found)
    late = sum(item.state in queries.AT_WORK and item.due_on < user.bureau.today for item in items)
    context: dict[str, Any] = {
        "letter": found, "items": items, "rail": queries.letter_rail(found), "tones": queries.TONES,
        "item_tones": queries.ITEM_TONES, "today": user.bureau.today, "calendar": work_calendar(), "late": late,
        "unknown": queries.unknown_years(items, work_calendar()),
        "open": sum(item.state in item.OPEN for item in items),
        "may_edit": permissions.may_edit_letter(user, found), "may_issue": permissions.may_issue_letter(user, found),
        "may_archive": permissions.may_archive_letter(user, found),
        "may_revoke": permissions.may_revoke_letter(user, found), "revoke_form": form or ReasonForm(), "bound": form,
    }  # fmt: skip
    return render(request, "supervision/letter.html", context, status=422 if form is not None else 200)


@require_GET
def letter_word(request: PersonRequest, pk: int) -> FileResponse:
    """The letter as Word in the layout of official documents."""
    found = seen_letter(request, pk)
    content = BytesIO(files.letter_as_word(found))
    return FileResponse(content, as_attachment=True, filename=files.word_name(found), content_type=TYPES[".docx"][0])


@require_POST
def letter_issue(request: PersonRequest, pk: int) -> HttpResponse:
    """交办."""
    found = seen_letter(request, pk)
    try:
        found = services.issue_letter(
            letter=found, actor=request.user, today=request.user.bureau.today, now=timezone.now()
        )
    except InvalidInput as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("已交办，文号 %s；主办和协办部门都已通知。") % found.number)
    return redirect("supervision:letter", pk=pk)


@require_POST
def letter_archive(request: PersonRequest, pk: int) -> HttpResponse:
    """归档."""
    services.archive_letter(letter=seen_letter(request, pk), actor=request.user, now=timezone.now())
    messages.success(request, _("已归档。"))
    return redirect("supervision:letter", pk=pk)


@require_POST
def letter_revoke(request: PersonRequest, pk: int) -> HttpResponse:
    """撤回, with a reason."""
    found, form = seen_letter(request, pk), ReasonForm(request.POST)
    require(permissions.may_revoke_letter(request.user, found))
    if done(form, lambda: services.revoke_letter(
        letter=found, reason=form.cleaned_data["reason"], actor=request.user, today=request.user.bureau.today,
        now=timezone.now(),
    ), Conflict):  # fmt: skip
        messages.success(request, _("已撤回，办理的部门都已通知。"))
        return redirect("supervision:letter", pk=pk)
    return _page(request, found, form)


@require_POST
def letter_discard(request: PersonRequest, pk: int) -> HttpResponse:
    """Throws a draft away."""
    services.discard_letter(letter=seen_letter(request, pk), actor=request.user)
    messages.success(request, _("草稿已删除。"))
    return redirect("supervision:letters")


@require_http_methods(["GET", "POST"])
def letter_settings_page(request: PersonRequest) -> HttpResponse:
    """The limits of the three kinds, the word of the number, the minus that is proposed."""
    user = request.user
    require(permissions.may_write_letters(user, user.bureau))
    row = letter_settings(user.bureau)
    form = LetterSettingsForm(request.POST or None, instance=row)
    if request.method == "POST" and done(
        form, lambda: services.set_letter_settings(bureau=user.bureau, actor=user, **form.cleaned_data), Conflict
    ):
        messages.success(request, _("已保存，从现在起执行；已经交办的函不变。"))
        return redirect("supervision:letter-settings")
    context = {"form": form, "is_default": row.pk is None}
    return render(request, "supervision/letter_settings.html", context, status=status_of(form))
