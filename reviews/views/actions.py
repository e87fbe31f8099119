"""议定事项: of a meeting, of everybody, and one with what its owner and the office do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.components import Tab
from common.forms import done
from indicators.views.shared import one_page, status_of
from organization.queries import work_calendar
from organization.requests import PersonRequest
from reviews.forms_meetings import ActionForm, ChangeActionForm, OutcomeForm, SettleForm
from reviews.models import ATTENDS_MEETINGS, MeetingAction
from reviews.permissions.meetings import may_report_outcome, may_settle_action, may_write_minutes
from reviews.queries.meetings import ActionCounts, actions_in
from reviews.services import actions as services
from reviews.views.meeting_page import MeetingPage, seen_meeting
from tasks_market.services.steps import require


@require_GET
def meeting_actions(request: PersonRequest) -> HttpResponse:
    """What meetings decided, as far as one sees it; who sits in none sees one's own."""
    user, today = request.user, request.user.bureau.today
    counts = ActionCounts(user, today)
    labels = {
        "open": _("办理中"), "overdue": _("已逾期"), "reported": _("待办结"), "mine": _("由我负责"), "all": _("全部"),
    }  # fmt: skip
    if not user.has_role(*ATTENDS_MEETINGS):
        labels = {"mine": labels["mine"]}
    asked = request.GET.get("show", "")
    shown = asked if asked in labels else next(iter(labels))
    tabs = [Tab(label, f"?show={name}", name == shown, counts[name]) for name, label in labels.items()]
    context = {
        "tabs": tabs, "shown": shown, "counts": counts, "page": one_page(request, actions_in(user, shown, today)),
        "today": today, "calendar": work_calendar(), "sits": user.has_role(*ATTENDS_MEETINGS),
    }  # fmt: skip
    return render(request, "reviews/meeting_actions.html", context)


@require_http_methods(["GET", "POST"])
def meeting_decided(request: PersonRequest, pk: int) -> HttpResponse:
    """The actions of one meeting, and for the office the form of another one."""
    found = seen_meeting(request, pk)
    verdict = may_write_minutes(request.user, found)
    if request.method == "POST":
        require(verdict)
    form = ActionForm(request.POST or None, bureau=found.bureau) if verdict else None

    def add() -> None:
        assert form is not None
        services.add_action(
            meeting=found, actor=request.user, today=request.user.bureau.today, now=timezone.now(), **form.cleaned_data
        )

    if form is not None and done(form, add):
        messages.success(request, _("议定事项已登记，责任人已收到通知。"))
        return redirect("reviews:meeting-decided", pk=pk)
    rows = found.actions.select_related("department", "owner").order_by("due_on", "pk")
    return MeetingPage(request, found, "meeting-decided").render(
        "reviews/meeting_decided.html", form=form, rows=rows, status=status_of(form) if form is not None else 200
    )


@require_GET
def meeting_action(request: PersonRequest, pk: int) -> HttpResponse:
    """One action."""
    return _page(request, _seen(request, pk))


def _seen(request: PersonRequest, pk: int) -> MeetingAction:
    rows = MeetingAction.objects.visible_to(request.user).select_related(
        "meeting__bureau", "meeting__quarter", "department", "owner", "made_by", "settled_by"
    )
    return get_object_or_404(rows, pk=pk)


def _page(request: PersonRequest, found: MeetingAction, **bound: forms.Form) -> HttpResponse:
    given: dict[str, Any] = dict(bound)
    if may_report_outcome(request.user, found):
        given.setdefault("outcome_form", OutcomeForm(initial={"outcome": found.outcome}))
    if may_settle_action(request.user, found):
        standing = {"department": found.department_id, "owner": found.owner_id, "due_on": found.due_on}
        given.setdefault("settle_form", SettleForm(prefix="settle"))
        given.setdefault(
            "change_form", ChangeActionForm(bureau=found.meeting.bureau, initial=standing, prefix="change")
        )
    context = given | {
        "action": found, "today": request.user.bureau.today, "calendar": work_calendar(), "bound": set(bound),
        "sits": request.user.has_role(*ATTENDS_MEETINGS), "list_url": reverse("reviews:meeting-actions"),
    }  # fmt: skip
    return render(request, "reviews/meeting_action.html", context, status=422 if bound else 200)


@require_POST
def action_report(request: PersonRequest, pk: int) -> HttpResponse:
    """办理结果."""
    found, form = _seen(request, pk), OutcomeForm(request.POST)
    require(may_report_outcome(request.user, found))
    return _act(request, found, "outcome_form", form, lambda given: services.report_outcome(
        action=found, actor=request.user, today=request.user.bureau.today, now=timezone.now(), **given
    ), _("办理结果已报告，等绩效办核实办结。"))  # fmt: skip


@require_POST
def action_settle(request: PersonRequest, pk: int) -> HttpResponse:
    """办结 or 不再办理."""
    found, form = _seen(request, pk), SettleForm(request.POST, prefix="settle")
    require(may_settle_action(request.user, found))
    return _act(request, found, "settle_form", form, lambda given: services.settle_action(
        action=found, done=given["state"] == MeetingAction.State.DONE, reason=given["reason"], actor=request.user,
        now=timezone.now(),
    ), _("已登记结论，责任人已收到通知。"))  # fmt: skip


@require_POST
def action_change(request: PersonRequest, pk: int) -> HttpResponse:
    """改期 and 转交."""
    found = _seen(request, pk)
    require(may_settle_action(request.user, found))
    form = ChangeActionForm(request.POST, bureau=found.meeting.bureau, prefix="change")
    return _act(request, found, "change_form", form, lambda given: services.change_action(
        action=found, actor=request.user, today=request.user.bureau.today, now=timezone.now(), **given
    ), _("已改，原责任人和现责任人都已收到通知。"))  # fmt: skip


def _act(
    request: PersonRequest, found: MeetingAction, name: str, form: forms.Form,
    service: Callable[[dict[str, Any]], object], said: str,
) -> HttpResponse:  # fmt: skip
    if done(form, lambda: service(form.cleaned_data)):
        messages.success(request, said)
        return redirect("reviews:meeting-action", pk=found.pk)
    return _page(request, found, **{name: form})
