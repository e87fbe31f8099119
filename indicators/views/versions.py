"""A point: its standard as a sheet, its versions, who holds it; created, revised and withdrawn by the office."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from common.errors import DomainError
from common.forms import add_refusal, place_errors
from common.text import clauses
from indicators.forms import BasisForm, DemandsForm, NewPointForm
from indicators.models import AssessmentPoint, Item, Library, PointVersion, Quarter, Result
from indicators.permissions import may_edit_libraries
from indicators.queries import library as libraries
from indicators.queries.holdings import Holdings, holdings
from indicators.services import points as services
from indicators.sources import find_source
from indicators.views.shared import asked_quarter, one_page, quarter_tabs, status_of
from organization.queries import work_calendar
from organization.requests import PersonRequest


def _point(request: PersonRequest, year: int, code: str) -> AssessmentPoint:
    rows = AssessmentPoint.objects.visible_to(request.user).select_related("bureau")
    return get_object_or_404(rows, year=year, code=code)


@require_GET
def point(request: PersonRequest, year: int, code: str) -> HttpResponse:
    """The point as it stands in a quarter of its year, with versions and holders."""
    user = request.user
    row = _point(request, year, code)
    versions = list(
        row.versions.select_related("key_work", "department", "post", "assessor", "created_by", "point").order_by(
            "number"
        )
    )
    quarter = _quarter_shown(request, row)
    shown = next((one for one in reversed(versions) if quarter and one.from_quarter <= quarter.code), versions[-1])
    held: Holdings | tuple[()] = ()
    today, calendar = user.bureau.today, work_calendar()
    if quarter and not shown.withdrawn and row.library != Library.COMPETITIVE:
        held = holdings(user, quarter, today=today, calendar=calendar, versions=[shown])
    page = one_page(request, held)
    source = find_source(row.fact_source)
    return render(
        request,
        "indicators/point.html",
        {
            "point": row,
            "version": shown,
            "rule": libraries.rule_words(shown),
            "responsible": libraries.responsible(shown),
            "quarter": quarter,
            "tabs": quarter_tabs([one.code for one in _quarters(row)], quarter.code if quarter else ""),
            "page": page,
            "holders": len(held),
            "missing": held.missing if held else 0,
            "events": libraries.history(versions, services.DEMANDS),
            "newest": versions[-1],
            "may_edit": may_edit_libraries(user, row.bureau),
            "source": source,
            "source_meaning": source.meanings().get(shown.method, "") if source else "",
        },
    )


def _quarters(point: AssessmentPoint) -> Any:
    return Quarter.objects.filter(bureau=point.bureau, code__startswith=str(point.year)).order_by("code")


def _quarter_shown(request: PersonRequest, point: AssessmentPoint) -> Quarter | None:
    asked = asked_quarter(request)
    if asked is not None and asked.period.year == point.year:
        return asked
    quarter: Quarter | None = _quarters(point).select_related("bureau").last()
    return quarter


@require_http_methods(["GET", "POST"])
def new_point(request: PersonRequest, year: int) -> HttpResponse:
    """The office adds a point to a year's library."""
    user = request.user
    may_edit_libraries(user, user.bureau).require()
    form = NewPointForm(request.POST or None, bureau=user.bureau, year=year)
    if form.is_valid():
        given = form.cleaned_data
        try:
            made = services.create_point(
                bureau=user.bureau,
                year=year,
                code=given["code"].strip(),
                library=given["library"],
                from_quarter=given["from_quarter"],
                demands=form.demands,
                actor=user,
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("已登记考点 %s。") % made.code)
            return redirect(libraries.point_url(made))
    return render(request, "indicators/point_new.html", {"form": form, "year": year}, status=status_of(form))


@require_http_methods(["GET", "POST"])
def revise(request: PersonRequest, year: int, code: str) -> HttpResponse:
    """The office revises a point: first the difference and its effect are shown, then it is done."""
    user = request.user
    row = _point(request, year, code)
    may_edit_libraries(user, row.bureau).require()
    last = services.last_version(row)
    posted = request.POST or None
    demands = DemandsForm(posted, instance=last, bureau=row.bureau, year=row.year)
    basis = BasisForm(posted, point=row, since=last.from_quarter)
    context: dict[str, Any] = {"point": row, "version": last, "form": demands, "basis": basis}
    valid = posted is not None and demands.is_valid() and basis.is_valid()
    if valid and "apply" in request.POST:
        try:
            version = services.revise_point(point=row, demands=demands.demands, actor=user, **basis.cleaned_data)
        except DomainError as error:
            form = basis if set(error.fields) & set(basis.fields) else demands
            add_refusal(form, error)
        else:
            messages.success(request, _("已修订为第 %d 版，此前季度照旧按原版本计分。") % version.number)
            return redirect(libraries.point_url(row))
    elif valid:
        context |= _preview(row, last, demands, basis)
    status = max(status_of(demands), status_of(basis))
    return render(request, "indicators/point_revise.html", context, status=status)


def _preview(point: AssessmentPoint, last: PointVersion, demands: DemandsForm, basis: BasisForm) -> dict[str, Any]:
    """What the revision would change, and how many results it would touch."""
    faults = services.demand_faults(point, demands.demands)
    if faults:
        place_errors(demands, faults, clauses(faults.values()))
        return {}
    drafted = PointVersion(
        point=point,
        number=last.number + 1,
        from_quarter=basis.cleaned_data["from_quarter"],
        **demands.demands,
    )
    changes = libraries.differences(last, drafted, services.DEMANDS)
    if not changes and not last.withdrawn:
        demands.add_error(None, _("没有任何改动；请先修改要修订的内容。"))
        return {}
    return {"changes": changes, "effect": services.effect_of(drafted), "from_quarter": drafted.from_quarter}


@require_http_methods(["GET", "POST"])
def withdraw(request: PersonRequest, year: int, code: str) -> HttpResponse:
    """The office takes a point out of the library from a quarter on."""
    user = request.user
    row = _point(request, year, code)
    may_edit_libraries(user, row.bureau).require()
    last = services.last_version(row)
    form = BasisForm(request.POST or None, point=row, since=last.from_quarter)
    if form.is_valid():
        try:
            services.withdraw_point(point=row, actor=user, **form.cleaned_data)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("考点 %s 已停用，此前季度照旧计分。") % row.code)
            return redirect(libraries.point_url(row))
    since = form["from_quarter"].value() or (form.fields["from_quarter"].choices or [("", "")])[0][0]  # type: ignore[attr-defined]
    return render(
        request,
        "indicators/point_withdraw.html",
        {
            "point": row,
            "version": last,
            "form": form,
            "items": Item.objects.filter(point=row, quarter__code__gte=since).count(),
            "results": Result.objects.filter(point=row, quarter__code__gte=since).count(),
        },
        status=status_of(form),
    )
