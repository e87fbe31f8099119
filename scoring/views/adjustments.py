"""Pages of pluses and minuses."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.errors import Conflict, InvalidInput
from common.verdict import Verdict
from indicators.models import Quarter
from organization.models import Employee
from organization.queries import people_like
from organization.requests import PersonRequest
from scoring.forms import AdjustmentFilter, AdjustmentForm
from scoring.models import Adjustment
from scoring.permissions import (
    may_see_adjustments,
    may_write_adjustment,
)
from scoring.services.adjustments import change_adjustment, record_adjustment, refuse_adjustment

PAGE_SIZE = 50


@require_GET
def adjustments(request: PersonRequest) -> HttpResponse:
    """Every plus and minus of the bureau, filtered and paged."""
    user = request.user
    may_see_adjustments(user, user.bureau).require()
    codes = Quarter.objects.visible_to(user).order_by("-code").values_list("code", flat=True)
    form = AdjustmentFilter(request.GET or None, quarters=codes)
    rows: QuerySet[Adjustment] = Adjustment.objects.visible_to(user)
    rows = rows.select_related("employee__department", "quarter", "entered_by")
    if form.is_valid():
        rows = _filtered(rows, form)
    page = Paginator(rows.order_by("-day", "employee__number", "pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "scoring/adjustments.html",
        {
            "page": page,
            "filters": form,
            "counted": Adjustment.State.COUNTED,
            "may_write": bool(_may_record(user)),
            "only_disciplinary": not may_write_adjustment(user, user.bureau, disciplinary=False),
        },
    )


@require_http_methods(["GET", "POST"])
def adjustment_new(request: PersonRequest) -> HttpResponse:
    """Records a plus or minus."""
    _may_record(request.user).require()
    return _adjustment_page(request, None)


@require_http_methods(["GET", "POST"])
def adjustment(request: PersonRequest, pk: int) -> HttpResponse:
    """One plus or minus: to read, and to correct while its quarter takes input."""
    found = get_object_or_404(
        Adjustment.objects.visible_to(request.user).select_related("bureau", "employee", "quarter"), pk=pk
    )
    may_see_adjustments(request.user, found.bureau).require()
    return _adjustment_page(request, found)


@require_POST
def adjustment_refuse(request: PersonRequest, pk: int) -> HttpResponse:
    """不予计入, with a reason."""
    found = get_object_or_404(
        Adjustment.objects.visible_to(request.user).select_related("bureau", "quarter", "employee"), pk=pk
    )
    try:
        refuse_adjustment(adjustment=found, actor=request.user, reason=request.POST.get("reason", ""))
    except (Conflict, InvalidInput) as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("这条加减分不再计入得分。"))
    return redirect("scoring:adjustment", pk=pk)


def _adjustment_page(request: PersonRequest, found: Adjustment | None) -> HttpResponse:
    user: Employee = request.user
    disciplinary = found.disciplinary if found else not may_write_adjustment(user, user.bureau, disciplinary=False)
    verdict = may_write_adjustment(user, user.bureau, disciplinary=disciplinary)
    form = AdjustmentForm(
        request.POST or None,
        bureau=user.bureau,
        only_disciplinary=not may_write_adjustment(user, user.bureau, disciplinary=False),
        initial=_initial(found) if found else None,
    )
    if request.method == "POST":
        verdict.require()
        if form.is_valid() and _saved(form, found, user):
            messages.success(request, _("加减分已登记。"))
            return redirect("scoring:adjustments")
    return render(
        request,
        "scoring/adjustment.html",
        {
            "form": form,
            "adjustment": found,
            "verdict": verdict,
            "takes_input": found is None or found.quarter.takes_input,
            "refused": found is not None and found.state == Adjustment.State.REFUSED,
        },
        status=422 if form.is_bound else 200,
    )


def _saved(form: AdjustmentForm, found: Adjustment | None, user: Employee) -> bool:
    try:
        if found is None:
            record_adjustment(facts=form.facts(), actor=user)
        else:
            change_adjustment(adjustment=found, facts=form.facts(), actor=user)
    except (Conflict, InvalidInput) as error:
        for field, sentence in error.fields.items():
            form.add_error(field if field in form.fields else None, str(sentence))
        if not error.fields:
            form.add_error(None, error.message)
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
    if chosen["q"]:
        words = chosen["q"]
        rows = rows.filter(people_like(words, "employee__") | Q(matter__icontains=words))
    return rows
