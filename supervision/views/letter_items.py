"""One item: what happened to it, and what its departments and the office do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from common.errors import Conflict
from common.forms import done
from organization.files import hand_out
from organization.queries import work_calendar
from organization.requests import PersonRequest
from supervision.forms_letters import CheckForm, DecideExtensionForm, ExtensionForm, ReasonForm, ReportForm
from supervision.models import LetterItem, ReportFile
from supervision.permissions import letters as permissions
from supervision.queries.letters import ITEM_TONES, ItemHistory, assisting_names, unknown_years
from supervision.services import letter_items as services
from supervision.views.letter_shared import seen_item
from tasks_market.services.steps import require


@require_GET
def letter_item(request: PersonRequest, pk: int) -> HttpResponse:
    """One item."""
    return _page(request, seen_item(request, pk))


def _page(request: PersonRequest, found: LetterItem, **bound: forms.Form) -> HttpResponse:
    user, today = request.user, request.user.bureau.today
    history = ItemHistory(found)
    shown: dict[str, Any] = dict(bound)
    if permissions.may_report_item(user, found):
        shown.setdefault("report_form", ReportForm(prefix="report"))
        asks = permissions.may_ask_extension(user, found, today=today)
        if asks and history.waiting_extension is None:
            shown.setdefault("extension_form", ExtensionForm(prefix="extension"))
        elif not asks:
            shown["extension_refused"] = asks.message
    assisting = frozenset(one.pk for one in found.assisting.all())
    if permissions.may_contribute(user, found, assisting):
        shown.setdefault("contribute_form", ReportForm(prefix="contribute"))
    waiting = history.waiting_extension
    if waiting is not None:
        waiting.item = found
        may_decide = permissions.may_decide_extension(user, waiting)
        if may_decide:
            initial = {"granted": "yes", "new_due": waiting.wanted}
            shown.setdefault("decide_form", DecideExtensionForm(prefix="decide", initial=initial))
        elif may_decide.code == "own":
            shown["decide_refused"] = may_decide.message
    may_check = permissions.may_check_report(user, found, history.waiting_report)
    if may_check:
        shown.setdefault("check_form", CheckForm(prefix="check"))
    elif may_check.code == "own":
        shown["check_refused"] = may_check.message
    if permissions.may_drop_item(user, found):
        shown.setdefault("drop_form", ReasonForm(prefix="drop"))
    context = shown | {
        "item": found, "letter": found.letter, "history": history, "today": today, "calendar": work_calendar(),
        "tones": ITEM_TONES, "assisting": assisting_names(found), "bound": set(bound),
        "sees_minus": permissions.may_see_minuses(user), "at_work": found.state in found.OPEN,
        "unknown": unknown_years([found], work_calendar()),
    }  # fmt: skip
    return render(request, "supervision/letter_item.html", context, status=422 if bound else 200)


@require_POST
def item_report(request: PersonRequest, pk: int) -> HttpResponse:
    """反馈."""
    found, form = seen_item(request, pk), ReportForm(request.POST, request.FILES, prefix="report")
    require(permissions.may_report_item(request.user, found))
    return _act(request, found, "report_form", form, lambda given: services.report_item(
        item=found, **_by(request), **given
    ), _("已反馈，等绩效办审核。"))  # fmt: skip


@require_POST
def item_contribute(request: PersonRequest, pk: int) -> HttpResponse:
    """补充情况."""
    found, form = seen_item(request, pk), ReportForm(request.POST, request.FILES, prefix="contribute")
    require(permissions.may_contribute(request.user, found))
    return _act(request, found, "contribute_form", form, lambda given: services.contribute(
        item=found, **_by(request), **given
    ), _("已登记，主办部门已收到通知。"))  # fmt: skip


@require_POST
def item_extend(request: PersonRequest, pk: int) -> HttpResponse:
    """申请延期."""
    found, form = seen_item(request, pk), ExtensionForm(request.POST, prefix="extension")
    require(permissions.may_ask_extension(request.user, found, today=request.user.bureau.today))
    return _act(request, found, "extension_form", form, lambda given: services.ask_extension(
        item=found, **_by(request), **given
    ), _("已申请延期，等绩效办审批；批准以前仍按原期限。"))  # fmt: skip


@require_POST
def item_decide(request: PersonRequest, pk: int) -> HttpResponse:
    """延期审批."""
    found, form = seen_item(request, pk), DecideExtensionForm(request.POST, prefix="decide")
    waiting = ItemHistory(found).waiting_extension or found.extensions.order_by("-asked_at", "-pk").first()
    if waiting is None:
        raise Conflict(_("这件事项没有待审批的延期申请；请刷新页面再看。"))
    extension = waiting
    extension.item = found
    require(permissions.may_decide_extension(request.user, extension))
    return _act(request, found, "decide_form", form, lambda given: services.decide_extension(
        extension=extension, granted=given["granted"] == "yes", new_due=given["new_due"], decision=given["decision"],
        **_by(request),
    ), _("已审批，主办部门已收到通知。"))  # fmt: skip


@require_POST
def item_check(request: PersonRequest, pk: int) -> HttpResponse:
    """审核: closed out, or to be done again."""
    found, form = seen_item(request, pk), CheckForm(request.POST, prefix="check")
    require(permissions.may_check_report(request.user, found, ItemHistory(found).waiting_report))
    return _act(request, found, "check_form", form, lambda given: services.check_report(
        item=found, accepted=given["accepted"] == "yes", remark=given["remark"], new_due=given["new_due"], **_by(request)
    ), _("已审核，主办部门已收到通知。"))  # fmt: skip


@require_POST
def item_drop(request: PersonRequest, pk: int) -> HttpResponse:
    """不再督办."""
    found, form = seen_item(request, pk), ReasonForm(request.POST, prefix="drop")
    require(permissions.may_drop_item(request.user, found))
    return _act(request, found, "drop_form", form, lambda given: services.drop_item(
        item=found, **_by(request), **given
    ), _("已登记不再督办，主办部门已收到通知。"))  # fmt: skip


@require_GET
def letter_file(request: PersonRequest, pk: int) -> HttpResponseBase:
    """A file that was handed in, for whoever may see the letter."""
    return hand_out(get_object_or_404(ReportFile.objects.visible_to(request.user), pk=pk))


def _by(request: PersonRequest) -> dict[str, Any]:
    return {"actor": request.user, "today": request.user.bureau.today, "now": timezone.now()}


def _act(
    request: PersonRequest, found: LetterItem, name: str, form: forms.Form,
    service: Callable[[dict[str, Any]], object], said: str,
) -> HttpResponse:  # fmt: skip
    if done(form, lambda: service(form.cleaned_data), Conflict):
        messages.success(request, said)
        return redirect("supervision:letter-item", pk=found.pk)
    return _page(request, found, **{name: form})
