"""Writing a bulletin: kept while it is typed, sections drawn again beside what stands, handed in, returned, published."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from common.components import quarter_label
from common.errors import InvalidInput
from common.forms import add_refusal
from common.htmx import is_fragment
from indicators.views.shared import seen_quarter
from organization.requests import PersonRequest
from reports import services_bulletins as services
from reports.forms_bulletins import BulletinForm, PublishForm, ReturnForm
from reports.models import Bulletin
from reports.permissions_bulletins import (
    may_decide_bulletin,
    may_draft_bulletin,
    may_edit_bulletin,
    may_publish_bulletin,
)
from reports.queries.bulletin_draft import draft_of
from reports.queries.bulletin_figures import SECTIONS
from reports.queries.bulletins import strange_numbers
from reports.views_bulletins import BulletinPage, bulletin_page, label_of, seen_bulletin
from scoring.queries.rankings import current_run
from tasks_market.services.steps import require

Elsewhere = services.Elsewhere


@require_POST
def bulletin_draft(request: PersonRequest) -> HttpResponse:
    """起草 from the data of a quarter."""
    user = request.user
    quarter = seen_quarter(user, request.POST.get("quarter", ""))
    made = services.draft_bulletin(quarter=quarter, actor=user, today=user.bureau.today, now=timezone.now())
    messages.success(request, _("%s通报的初稿已按数据生成，请修改后送审。") % quarter_label(quarter.code))
    return redirect("reports:bulletin-edit", pk=made.pk)


@require_http_methods(["GET", "POST"])
def bulletin_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """修改; the form's button keeps what is written and hands it in."""
    found = seen_bulletin(request, pk)
    require(may_edit_bulletin(request.user, found))
    if request.method == "GET":
        return _editor(request, found, BulletinForm(initial=_texts(found)))
    form = BulletinForm(request.POST)
    form.is_valid()
    user = request.user
    try:
        found = services.save_bulletin(bulletin=found, actor=user, texts=form.texts, known=_known(request))
    except Elsewhere as refusal:
        add_refusal(form, refusal)
        return _editor(request, refusal.stored, form, elsewhere=refusal)
    except InvalidInput as error:
        add_refusal(form, error)
        return _editor(request, found, form)
    return _hand_in(request, found)


@require_POST
def bulletin_submit(request: PersonRequest, pk: int) -> HttpResponse:
    """送审 as it stands."""
    return _hand_in(request, seen_bulletin(request, pk))


def _hand_in(request: PersonRequest, found: Bulletin) -> HttpResponse:
    user = request.user
    services.submit_bulletin(bulletin=found, actor=user, today=user.bureau.today, now=timezone.now())
    messages.success(request, _("通报已送审，签发前不能修改。"))
    return redirect("reports:bulletin", pk=found.pk)


@require_POST
def bulletin_save(request: PersonRequest, pk: int) -> HttpResponse:
    """Keeps what has been typed and answers with the line that says so; the text fields are never replaced."""
    found = seen_bulletin(request, pk)
    form = BulletinForm(request.POST)
    form.is_valid()
    context: dict[str, Any] = {"bulletin": found}
    status = 200
    try:
        context["bulletin"] = services.save_bulletin(
            bulletin=found, actor=request.user, texts=form.texts, known=_known(request)
        )
        context |= {"saved": True, "now": timezone.localtime()}
    except Elsewhere as refusal:
        context |= {"elsewhere": refusal, "known": _known(request), "parts": _parts(refusal.stored)}
        status = 409
    except InvalidInput as error:
        context |= {"refusal": error.message, "known": _known(request)}
        status = 422
    if not is_fragment(request):
        return redirect("reports:bulletin-edit", pk=pk)
    return render(request, "reports/_bulletin_saved.html", context, status=status)


@require_http_methods(["GET", "POST"])
def bulletin_section(request: PersonRequest, pk: int, section: str) -> HttpResponse:
    """重新生成 one section: what the data say now beside what stands; taken over only by pressing the button."""
    found = seen_bulletin(request, pk)
    if section not in SECTIONS:
        raise Http404
    require(may_edit_bulletin(request.user, found))
    today = request.user.bureau.today
    if request.method == "POST":
        services.redraw_bulletin(bulletin=found, actor=request.user, today=today, sections=(section,))
        messages.success(request, _("“%s”已换成新生成的文字。") % label_of(section))
        return redirect("reports:bulletin-edit", pk=pk)
    run = current_run(found.quarter)
    require(may_draft_bulletin(request.user, found.quarter, run))
    assert run is not None
    run.quarter, run.bureau = found.quarter, found.bureau
    context = {
        "bulletin": found,
        "label": label_of(section),
        "section": section,
        "stands": getattr(found, section),
        "drawn": draft_of(run, today=today).text(section),
    }
    return render(request, "reports/bulletin_section.html", context)


@require_POST
def bulletin_recount(request: PersonRequest, pk: int) -> HttpResponse:
    """重新取数: other figures and tables, the text stays."""
    found = seen_bulletin(request, pk)
    services.redraw_bulletin(bulletin=found, actor=request.user, today=request.user.bureau.today)
    messages.success(request, _("数据和表格已按现行得分更新；文字没有动，请核对标出的数字。"))
    return redirect("reports:bulletin-edit", pk=pk)


@require_POST
def bulletin_return(request: PersonRequest, pk: int) -> HttpResponse:
    """退回."""
    found = seen_bulletin(request, pk)
    require(may_decide_bulletin(request.user, found))
    form = ReturnForm(request.POST)
    if form.is_valid():
        try:
            services.return_bulletin(bulletin=found, actor=request.user, remark=form.cleaned_data["remark"])
        except InvalidInput as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("通报已退回，并通知了送审人。"))
            return redirect("reports:bulletin", pk=pk)
    return bulletin_page(request, found, {"return": form})


@require_POST
def bulletin_publish(request: PersonRequest, pk: int) -> HttpResponse:
    """印发."""
    found = seen_bulletin(request, pk)
    require(may_publish_bulletin(request.user, found))
    form = PublishForm(request.POST)
    if form.is_valid():
        try:
            made = services.publish_bulletin(
                bulletin=found, actor=request.user, number=form.cleaned_data["number"], known=_known(request),
                today=request.user.bureau.today, now=timezone.now(),
            )  # fmt: skip
        except InvalidInput as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("通报已印发，文号 %s，已通知全体人员。") % made.number)
            return redirect("reports:bulletin", pk=pk)
    return bulletin_page(request, seen_bulletin(request, pk), {"publish": form})


def _known(request: PersonRequest) -> int:
    """The version that the window shows; -1 for what is none."""
    value = request.POST.get("known", "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else -1


def _texts(found: Bulletin) -> dict[str, str]:
    return {name: getattr(found, name) for name in services.TEXTS}


def _parts(found: Bulletin) -> list[tuple[str, str]]:
    return [(label_of(name), getattr(found, name)) for name in services.TEXTS]


def _editor(
    request: PersonRequest, found: Bulletin, form: BulletinForm, elsewhere: Elsewhere | None = None
) -> HttpResponse:
    page = BulletinPage(request, found, {})
    figures = page.figures
    fields = [
        {
            "field": form[section],
            "figures": figures.of(section),
            "strange": strange_numbers(str(form[section].value() or ""), figures),
        }
        for section in SECTIONS
    ]
    context = {
        "page": page,
        "bulletin": found,
        "form": form,
        "fields": fields,
        "all_figures": figures.figures,
        "elsewhere": elsewhere,
        "known": _known(request) if elsewhere else None,
        "parts": _parts(found) if elsewhere else [],
    }
    return render(request, "reports/bulletin_edit.html", context, status=422 if form.is_bound else 200)
