"""领取, 考评结果 and 我的指标."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.errors import Conflict, DomainError
from common.forms import add_refusal
from indicators.forms import HeldFilter, ItemForm, ResultFilter
from indicators.models import Item, PointVersion, Quarter, Result
from indicators.permissions import may_assign_items, may_open_grid
from indicators.queries import collection_closes
from indicators.queries.holdings import by_library, holdings, missing
from indicators.queries.items_and_results import item_rows, result_rows
from indicators.services import items as services
from indicators.views.shared import (
    address,
    asked_quarter,
    filter_data,
    one_page,
    ordered,
    quarter_tabs,
    seen_quarter,
    status_of,
)
from organization.models import Employee
from organization.queries import people_like, work_calendar
from organization.requests import PersonRequest

ITEM_SORTS = {
    "number": "employee__number",
    "name": "employee__sort_key",
    "department": "employee__department__code",
    "point": "point__code",
    "taken_on": "taken_on",
}
RESULT_SORTS = {
    "number": "employee__number",
    "name": "employee__sort_key",
    "department": "employee__department__code",
    "point": "point__code",
    "period": "period",
    "points": "points",
    "state": "state",
    "entered": "entered_at",
}


@require_GET
def items(request: PersonRequest) -> HttpResponse:
    """领取: who took on which individual points in a quarter."""
    user = request.user
    quarter = asked_quarter(request)
    if quarter is None:
        return render(request, "indicators/no_quarter.html", {"title": _("领取")})
    form = HeldFilter(**filter_data(request, quarter), bureau=user.bureau)
    seen = Item.objects.visible_to(user).filter(quarter=quarter)
    rows = form.narrow(seen)
    page = one_page(request, ordered(request, rows, ITEM_SORTS, "number", "employee__number", "point__code"))
    return render(
        request,
        "indicators/items.html",
        {
            "quarter": quarter,
            "filters": form,
            "page": page,
            "rows": item_rows(quarter, page),
            "people": rows.order_by().values("employee").distinct().count(),
            "may_assign": may_assign_items(user, user.bureau),
        },
    )


@require_http_methods(["GET", "POST"])
def take_on(request: PersonRequest, quarter: str) -> HttpResponse:
    """The office enters that somebody takes on an individual point."""
    user = request.user
    row = seen_quarter(user, quarter)
    may_assign_items(user, row.bureau).require()
    given = {"point": request.GET.get("point", ""), "employee": request.GET.get("employee", "")}
    form = ItemForm(request.POST or None, quarter=row, initial=given)
    if form.is_valid():
        try:
            item = services.take_on(quarter=row, actor=user, **form.cleaned_data)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(
                request, _("已登记：%(name)s领取 %(point)s。") % {"name": item.employee.name, "point": item.point.code}
            )
            return redirect(address(reverse("indicators:items"), quarter=row.code))
    return render(request, "indicators/item_form.html", {"form": form, "quarter": row}, status=status_of(form))


@require_POST
def hand_back(request: PersonRequest, pk: int) -> HttpResponse:
    """Takes a point off a quarter: one's own, for the office anybody's."""
    user = request.user
    rows = Item.objects.visible_to(user).select_related("quarter__bureau", "employee", "point", "bureau")
    item = get_object_or_404(rows, pk=pk)
    code, point = item.quarter.code, item.point.code
    page = reverse("indicators:take" if request.POST.get("from") == "take" else "indicators:items")
    try:
        services.hand_back(item=item, actor=user, today=user.bureau.today)
    except Conflict as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("已交回 %s。") % point)
    return redirect(address(page, quarter=code))


@require_GET
def results(request: PersonRequest) -> HttpResponse:
    """考评结果 of a quarter; with `state=missing` the nodes past their deadline that have none."""
    user = request.user
    quarter = asked_quarter(request)
    if quarter is None:
        return render(request, "indicators/no_quarter.html", {"title": _("考评结果")})
    form = ResultFilter(**filter_data(request, quarter), bureau=user.bureau, quarter=quarter)
    seen = Result.objects.visible_to(user).filter(quarter=quarter)
    narrowed = form.narrow(seen)
    context: dict[str, Any] = {
        "quarter": quarter,
        "filters": form,
        "closes": collection_closes(user.bureau, quarter.code),
    }
    if form.cleaned_data.get("state") == "missing":
        page = one_page(request, _missing(user, quarter, form))
        return render(
            request, "indicators/results_missing.html", context | {"page": page, "may_fill": may_open_grid(user)}
        )
    page = one_page(
        request, ordered(request, narrowed, RESULT_SORTS, "number", "employee__number", "point__code", "period")
    )
    waiting = narrowed.exclude(state=Result.State.CONFIRMED).count()
    return render(
        request,
        "indicators/results.html",
        context | {"page": page, "rows": result_rows(quarter, page), "waiting": waiting},
    )


def _missing(user: Employee, quarter: Quarter, form: ResultFilter) -> Any:
    given = form.cleaned_data
    people = Employee.objects.visible_to(user)
    if given.get("department"):
        people = people.filter(department=given["department"])
    if text := given.get("q"):
        people = people.filter(people_like(text))
    versions = None
    if text := given.get("point"):
        in_force = PointVersion.objects.in_force(quarter.code).visible_to(user).filter(withdrawn=False)
        found = in_force.filter(point__code__iexact=text) | in_force.filter(name__icontains=text)
        versions = list(found.select_related("point", "assessor").order_by("point__code"))
    return missing(
        user,
        quarter,
        today=user.bureau.today,
        calendar=work_calendar(),
        people=list(people) if given.get("department") or given.get("q") else None,
        versions=versions,
    )


def _codes(user: Employee) -> list[str]:
    begun = Quarter.objects.visible_to(user).exclude(state=Quarter.State.OPEN).order_by("-code")
    return list(begun.values_list("code", flat=True)[:8])


@require_GET
def mine(request: PersonRequest) -> HttpResponse:
    """我的指标: one's own points with their nodes, deadlines, states and points."""
    user = request.user
    quarter = asked_quarter(request)
    if quarter is None:
        return render(request, "indicators/no_quarter.html", {"title": _("我的指标")})
    today, calendar = user.bureau.today, work_calendar()
    rows = holdings(user, quarter, today=today, calendar=calendar, people=[user])
    nodes = [node for row in rows for node in row.nodes]
    due = sorted(node.due for node in nodes if node.state == "waiting")
    return render(
        request,
        "indicators/mine.html",
        {
            "quarter": quarter,
            "tabs": quarter_tabs(_codes(user), quarter.code),
            "groups": by_library(rows),
            "points": len(rows),
            "missing": sum(row.missing for row in rows),
            "done": sum(node.state not in ("missing", "waiting") for node in nodes),
            "nodes": len(nodes),
            "next_due": due[0] if due else None,
            "today": today,
            "calendar": calendar,
        },
    )
