"""The three libraries, the key works behind them, and how a year's load is spread."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from common.components import Tab
from common.errors import InvalidInput
from common.forms import add_refusal
from indicators.forms import CopyYearForm, KeyWorkForm, LibraryFilter
from indicators.models import AssessmentPoint, KeyWork, Library
from indicators.permissions import may_edit_libraries
from indicators.queries import library as libraries
from indicators.services import key_works as key_work_services
from indicators.services import points as point_services
from indicators.views.shared import address, asked_quarter, filter_data, one_page, ordered, status_of
from organization.models import Bureau
from organization.requests import PersonRequest


@require_GET
def points(request: PersonRequest) -> HttpResponse:
    """指标库: the points of the three libraries as they stand in a quarter."""
    user = request.user
    quarter = asked_quarter(request)
    if quarter is None:
        return render(request, "indicators/no_quarter.html", {"title": _("指标库")})
    form = LibraryFilter(**filter_data(request, quarter), bureau=user.bureau)
    view = request.GET.get("view", "")
    rows = libraries.seen_as(form.narrow(libraries.library(user.bureau, quarter.code)), view)
    page = one_page(request, ordered(request, rows, libraries.SORTS, "code", "point__code"))
    counts = libraries.counts(user.bureau, quarter.code)
    return render(
        request,
        "indicators/points.html",
        {
            "quarter": quarter,
            "year": quarter.period.year,
            "counts": counts,
            "filters": form,
            "page": page,
            "rows": libraries.point_rows(page),
            "tabs": _tabs(request, counts),
            "finding": _finding(quarter.period.year, counts),
            "may_edit": may_edit_libraries(user, user.bureau),
            "view": view,
        },
    )


def _finding(year: int, counts: libraries.LibraryCounts) -> str:
    figures = {"year": year, "works": counts.key_works, "points": counts.points, "unclaimed": counts.unclaimed}
    if not counts.points:
        return _("%(year)s 年还没有考点") % figures
    sentence = _("%(year)s 年 %(works)s 项重点工作分解为 %(points)s 个考点") % figures
    if counts.unclaimed:
        return sentence + _("，%(unclaimed)s 个个性考点本季无人领取") % figures
    return sentence + _("，个性考点本季都有人领取")


def _tabs(request: PersonRequest, counts: libraries.LibraryCounts) -> list[Tab]:
    quarter, library, view = (request.GET.get(name, "") for name in ("quarter", "library", "view"))
    url = reverse("indicators:points")
    shown = [
        (_("全部"), "", "", counts.points),
        (_("共性"), Library.COMMON, "", counts.common),
        (_("个性"), Library.INDIVIDUAL, "", counts.individual),
        (_("竞争性"), Library.COMPETITIVE, "", counts.competitive),
        (_("无人负责"), "", "orphans", counts.orphans),
        (_("无人领取"), "", "unclaimed", counts.unclaimed),
        (_("已停用"), "", "withdrawn", counts.withdrawn),
    ]
    return [
        Tab(label, address(url, quarter=quarter, library=kind, view=seen), (kind, seen) == (library, view), count)
        for label, kind, seen, count in shown
    ]


@require_GET
def load(request: PersonRequest) -> HttpResponse:
    """How the year's points are spread over its months, and how much each post carries in a quarter."""
    user = request.user
    quarter = asked_quarter(request)
    if quarter is None:
        return render(request, "indicators/no_quarter.html", {"title": _("分布与负荷")})
    return render(
        request,
        "indicators/load.html",
        {
            "quarter": quarter,
            "year_load": libraries.year_load(user.bureau, quarter.period.year),
            "posts": libraries.post_loads(user.bureau, quarter.code),
        },
    )


@require_http_methods(["GET", "POST"])
def copy_year(request: PersonRequest) -> HttpResponse:
    """Copies a year's library to another year."""
    user = request.user
    may_edit_libraries(user, user.bureau).require()
    years = _years(user.bureau)
    last = years[0] if years else 0
    form = CopyYearForm(
        request.POST if request.method == "POST" else None,
        years=years,
        initial={"from_year": last, "to_year": last + 1 if last else None},
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            copied = point_services.copy_year(bureau=user.bureau, actor=user, **given)
        except InvalidInput as error:
            add_refusal(form, error)
        else:
            messages.success(
                request,
                _("已把 %(points)d 个考点、%(works)d 项重点工作复制到 %(year)d 年；原有的 %(kept)d 个考点没有改动。")
                % {
                    "points": copied.points,
                    "works": copied.key_works,
                    "year": given["to_year"],
                    "kept": copied.kept,
                },
            )
            return redirect(address(reverse("indicators:key_works"), year=str(given["to_year"])))
    return render(request, "indicators/copy_year.html", {"form": form}, status=status_of(form))


def _years(bureau: Bureau) -> list[int]:
    points = AssessmentPoint.objects.filter(bureau=bureau).order_by("-year")
    return list(points.values_list("year", flat=True).distinct())


@require_GET
def key_works(request: PersonRequest) -> HttpResponse:
    """重点工作 of a year with the points that each is broken down into."""
    user = request.user
    rows = KeyWork.objects.visible_to(user)
    years = list(rows.order_by("-year").values_list("year", flat=True).distinct())
    asked = request.GET.get("year", "")
    year = int(asked) if re.fullmatch("[0-9]{4}", asked) else (years[0] if years else user.bureau.today.year)
    works = list(libraries.key_work_rows(user.bureau, year))
    return render(
        request,
        "indicators/key_works.html",
        {
            "year": year,
            "tabs": [
                Tab(_("%d 年") % one, address(reverse("indicators:key_works"), year=str(one)), one == year)
                for one in years
            ],
            "works": works,
            "points": sum(work.points for work in works),
            "may_edit": may_edit_libraries(user, user.bureau),
        },
    )


@require_http_methods(["GET", "POST"])
def new_key_work(request: PersonRequest, year: int) -> HttpResponse:
    """The office adds a key work."""
    user = request.user
    may_edit_libraries(user, user.bureau).require()
    form = KeyWorkForm(request.POST or None, bureau=user.bureau)
    if form.is_valid():
        try:
            key_work_services.create_key_work(bureau=user.bureau, year=year, actor=user, **form.cleaned_data)
        except InvalidInput as error:
            add_refusal(form, error)
        else:
            return _to_works(request, year, _("已登记重点工作 %s。") % form.cleaned_data["code"])
    return _work_page(request, form, {"year": year})


@require_http_methods(["GET", "POST"])
def key_work(request: PersonRequest, year: int, code: str) -> HttpResponse:
    """The office changes a key work."""
    user = request.user
    work = get_object_or_404(KeyWork.objects.visible_to(user).select_related("bureau"), year=year, code=code)
    may_edit_libraries(user, user.bureau).require()
    form = KeyWorkForm(request.POST or None, bureau=user.bureau, instance=work)
    if form.is_valid():
        row = KeyWork.objects.select_related("bureau", "department").get(pk=work.pk)
        key_work_services.change_key_work(key_work=row, actor=user, **form.cleaned_data)
        return _to_works(request, year, _("已保存重点工作 %s。") % work.code)
    return _work_page(request, form, {"year": year, "work": work})


def _work_page(request: PersonRequest, form: KeyWorkForm, context: dict[str, Any]) -> HttpResponse:
    return render(request, "indicators/key_work_form.html", context | {"form": form}, status=status_of(form))


def _to_works(request: PersonRequest, year: int, sentence: str) -> HttpResponse:
    messages.success(request, sentence)
    return redirect(address(reverse("indicators:key_works"), year=str(year)))
