"""Pages of pluses and minuses: who asked, reviewed, approved and counted them."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit.queries import history_of
from common.errors import Conflict, InvalidInput
from common.forms import add_refusal
from common.verdict import Verdict
from indicators.models import Quarter
from indicators.views.shared import one_page
from organization.files import hand_out
from organization.models import Employee
from organization.queries import people_like
from organization.requests import PersonRequest
from scoring.forms import AdjustmentFilter, AdjustmentForm, RequestForm
from scoring.models import Adjustment, AdjustmentFile
from scoring.permissions import may_step_adjustment, may_take_out_adjustment, may_write_adjustment
from scoring.queries import adjustments as queries
from scoring.services.adjustments import (
    STEPS,
    change_adjustment,
    record_adjustment,
    refuse_adjustment,
    request_adjustment,
    step_adjustment,
)

State = Adjustment.State


@require_GET
def adjustments(request: PersonRequest) -> HttpResponse:
    """The pluses and minuses that the reader may see, filtered and paged."""
    user = request.user
    codes = Quarter.objects.visible_to(user).order_by("-code").values_list("code", flat=True)
    form = AdjustmentFilter(request.GET or None, quarters=codes)
    rows: QuerySet[Adjustment] = Adjustment.objects.visible_to(user)
    rows = rows.select_related("employee__department", "quarter", "entered_by")
    if form.is_valid():
        rows = _filtered(rows, form)
    page = one_page(request, rows.order_by("-day", "employee__number", "pk"))
    waiting = sum(queries.waiting_for(user).values())
    return render(
        request,
        "scoring/adjustments.html",
        {
            "page": page,
            "filters": form,
            "heading": _heading(page.paginator.count, waiting),
            "counted": State.COUNTED,
            "may_write": bool(_may_record(user)),
            "only_disciplinary": not may_write_adjustment(user, user.bureau, disciplinary=False),
        },
    )


@require_http_methods(["GET", "POST"])
def adjustment_new(request: PersonRequest) -> HttpResponse:
    """直接登记: records a plus or minus that counts at once."""
    user = request.user
    _may_record(user).require()
    form = AdjustmentForm(
        request.POST or None,
        request.FILES or None,
        bureau=user.bureau,
        only_disciplinary=not may_write_adjustment(user, user.bureau, disciplinary=False),
    )
    if form.is_valid():
        try:
            record_adjustment(facts=form.facts(), files=form.cleaned_data["files"], actor=user)
        except (Conflict, InvalidInput) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("加减分已登记。"))
            return redirect("scoring:adjustments")
    return render(request, "scoring/adjustment_new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def adjustment_request(request: PersonRequest) -> HttpResponse:
    """申请: a plus or minus that office and leading group decide on."""
    user = request.user
    form = RequestForm(request.POST or None, request.FILES or None, person=user)
    if form.is_valid():
        try:
            found = request_adjustment(
                facts=form.facts(), files=form.cleaned_data["files"], actor=user, today=user.bureau.today
            )
        except (Conflict, InvalidInput) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("申请已提交，由绩效办初审、局领导审定后计入。"))
            if alike := queries.similar(found):
                messages.warning(request, _("本季已有相近的事由“%s”；同一事项只计一次，请核对。") % alike[0].matter)
            return redirect("scoring:adjustment", pk=found.pk)
    return render(
        request, "scoring/adjustment_new.html", {"form": form, "asks": True}, status=422 if form.is_bound else 200
    )


@require_http_methods(["GET", "POST"])
def adjustment(request: PersonRequest, pk: int) -> HttpResponse:
    """One plus or minus: how far it has come, and what the reader may do about it."""
    found = _seen(request, pk)
    user = request.user
    verdict = may_write_adjustment(user, found.bureau, disciplinary=found.disciplinary, of=found.employee)
    form = AdjustmentForm(
        request.POST or None,
        bureau=user.bureau,
        only_disciplinary=not may_write_adjustment(user, user.bureau, disciplinary=False),
        with_files=False,
        initial=_initial(found),
    )
    if request.method == "POST":
        verdict.require()
        if form.is_valid() and _saved(form, found, user):
            messages.success(request, _("加减分已改正。"))
            return redirect("scoring:adjustments")
    takes_input = found.quarter.takes_input
    steps = queries.rail(found)
    return render(
        request,
        "scoring/adjustment.html",
        {
            "form": form,
            "adjustment": found,
            "rail": steps,
            "capped": queries.capped(found),
            "similar": queries.similar(found),
            "files": found.files.all(),
            "events": history_of(found),
            "act": _act(user, found) if takes_input else None,
            "may_refuse": takes_input and found.state != State.REFUSED and bool(may_take_out_adjustment(user, found)),
            "may_change": bool(verdict) and takes_input and found.state == State.COUNTED and len(steps) == 1,
            "takes_input": takes_input,
        },
        status=422 if form.is_bound else 200,
    )


@require_POST
def step(request: PersonRequest, pk: int, to: str) -> HttpResponse:
    """初审, 审定 or 计入."""
    found = _seen(request, pk)
    user = request.user
    try:
        step_adjustment(adjustment=found, to=to, actor=user, today=user.bureau.today, note=request.POST.get("note", ""))
    except (Conflict, InvalidInput) as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("已办理：%s。") % State(to).label)
    return redirect("scoring:adjustment", pk=pk)


@require_POST
def adjustment_refuse(request: PersonRequest, pk: int) -> HttpResponse:
    """不予计入, with a reason."""
    found = _seen(request, pk)
    try:
        refuse_adjustment(adjustment=found, actor=request.user, reason=request.POST.get("reason", ""))
    except (Conflict, InvalidInput) as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("这条加减分不予计入，本人和申请人已收到通知。"))
    return redirect("scoring:adjustment", pk=pk)


@require_GET
def adjustment_file(request: PersonRequest, pk: int) -> FileResponse:
    """A basis document, for whoever may see what it belongs to."""
    return hand_out(get_object_or_404(AdjustmentFile.objects.visible_to(request.user), pk=pk))


@dataclass(frozen=True, slots=True)
class Act:
    """The next step of a request as a button, or why the reader may not take it."""

    label: str
    url: str
    verdict: Verdict


def _act(user: Employee, found: Adjustment) -> Act | None:
    to = STEPS.get(found.state)
    if to is None:
        return None
    labels = {State.REVIEWED: _("初审通过"), State.APPROVED: _("审定通过"), State.COUNTED: _("计入得分")}
    names = {State.REVIEWED: "review", State.APPROVED: "approve", State.COUNTED: "count"}
    state = State(to)
    url = reverse(f"scoring:adjustment-{names[state]}", args=[found.pk])
    return Act(labels[state], url, may_step_adjustment(user, found))


def _heading(count: int, waiting: int) -> str:
    if not count:
        return _("没有加减分")
    words = ngettext("%(n)d 条加减分", "%(n)d 条加减分", count) % {"n": count}
    return words + _("，%(n)d 条待您办理") % {"n": waiting} if waiting else words


def _seen(request: PersonRequest, pk: int) -> Adjustment:
    rows = Adjustment.objects.visible_to(request.user)
    found: Adjustment = get_object_or_404(
        rows.select_related("bureau", "employee__department", "quarter__bureau", "entered_by", "counted_by"), pk=pk
    )
    return found


def _saved(form: AdjustmentForm, found: Adjustment, user: Employee) -> bool:
    try:
        change_adjustment(adjustment=found, facts=form.facts(), actor=user)
    except (Conflict, InvalidInput) as error:
        add_refusal(form, error)
        return False
    return True


def _initial(found: Adjustment) -> dict[str, object]:
    return {
        "employee": found.employee.number,
        "day": found.day,
        "kind": found.kind,
        "points": found.points,
        "matter": found.matter,
        "basis": found.basis,
        "disciplinary": found.disciplinary,
    }


def _may_record(user: Employee) -> Verdict:
    return may_write_adjustment(user, user.bureau, disciplinary=True)


def _filtered(rows: QuerySet[Adjustment], form: AdjustmentFilter) -> QuerySet[Adjustment]:
    chosen = form.cleaned_data
    if chosen["quarter"]:
        rows = rows.filter(quarter__code=chosen["quarter"])
    if chosen["kind"] == "disciplinary":
        rows = rows.filter(disciplinary=True)
    elif chosen["kind"]:
        rows = rows.filter(kind=chosen["kind"])
    if chosen["state"] == "underway":
        rows = rows.filter(state__in=queries.UNDERWAY)
    elif chosen["state"]:
        rows = rows.filter(state=chosen["state"])
    if chosen["q"]:
        words = chosen["q"]
        rows = rows.filter(people_like(words, "employee__") | Q(matter__icontains=words))
    return rows
