"""领取: one's own choice, requests for points of other posts, and what nobody carries."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from common.components import Tab, quarter_label
from common.errors import DomainError
from common.forms import ticked
from indicators.forms import DepartmentFilter, OthersFilter
from indicators.models import AssessmentPoint, ItemRequest, Quarter
from indicators.permissions import (
    is_own_point,
    may_assign_items,
    may_edit_libraries,
    may_remind_of_points,
    may_see_workload,
)
from indicators.queries.requests import request_rows
from indicators.queries.rosters import departments_read_by
from indicators.queries.taking import Desk
from indicators.queries.workload import workload
from indicators.services import items as services
from indicators.views.shared import address, asked_quarter, filter_data, one_page, quarter_tabs, seen_quarter
from organization.models import Department
from organization.queries import work_calendar
from organization.requests import PersonRequest

OWN, OTHERS, REQUESTS = "own", "others", "requests"


def _quarter(request: PersonRequest) -> Quarter | None:
    """The quarter asked for, else the first that takes input, else the one that the bureau works in."""
    if request.GET.get("quarter"):
        return asked_quarter(request)
    open_ones = Quarter.objects.visible_to(request.user).filter(state__in=Quarter.TAKES_INPUT).select_related("bureau")
    begun = open_ones.exclude(state=Quarter.State.OPEN).order_by("-code").first()
    quarter: Quarter | None = begun or open_ones.order_by("code").first() or asked_quarter(request)
    return quarter


def _posted_points(request: PersonRequest) -> list[AssessmentPoint]:
    """The ticked points, of the own bureau; a strange id is not found."""
    keys = request.POST.getlist("points")
    wanted = set(ticked(keys))
    rows = list(AssessmentPoint.objects.visible_to(request.user).filter(pk__in=wanted).order_by("code"))
    if len(rows) != len(set(keys)):
        get_object_or_404(AssessmentPoint.objects.none())
    return rows


@require_GET
def take(request: PersonRequest) -> HttpResponse:
    """What one holds, the points of the own post, those of others, and one's requests."""
    user = request.user
    quarter = _quarter(request)
    if quarter is None:
        return render(request, "indicators/no_quarter.html", {"title": _("领取")})
    today, calendar = user.bureau.today, work_calendar()
    taken_on = services.day_of_taking(quarter.period, today)
    desk = Desk(user, quarter, own=is_own_point, taken_on=taken_on, today=today, calendar=calendar)
    asked = ItemRequest.objects.filter(employee=user, quarter=quarter)
    shown = request.GET.get("of", OWN)
    context: dict[str, Any] = {
        "quarter": quarter,
        "quarters": quarter_tabs(_codes(request, quarter), quarter.code),
        "desk": desk,
        "shown": shown if shown in (OTHERS, REQUESTS) else OWN,
        "taken_on": taken_on,
        "begins": quarter.period.first_day,
        "over": today > quarter.period.last_day,
        "like": "like" in request.GET,
        "before": quarter_label(quarter.period.previous()),
    }
    if shown == OTHERS:
        filters = OthersFilter(request.GET, bureau=user.bureau)
        filters.is_valid()
        given = filters.cleaned_data
        page = one_page(request, desk.others(given.get("q") or "", given.get("department")))
        deciders = services.deciders_of(user)
        context |= {"filters": filters, "page": page, "choices": desk.choices(page), "deciders": deciders}
    elif shown == REQUESTS:
        page = one_page(request, asked.order_by("-asked_at", "-pk"))
        context |= {"page": page, "requests": request_rows(user, quarter, page.object_list)}
    else:
        context["choices"] = desk.choices(desk.own_versions)
    context["tabs"] = _tabs(desk, quarter, context["shown"], asked.count())
    context["unmarked"] = sum(choice.before and not choice.asked for choice in context.get("choices", ()))
    return render(request, "indicators/taking.html", context)


def _codes(request: PersonRequest, quarter: Quarter) -> list[str]:
    rows = Quarter.objects.visible_to(request.user).filter(state__in=Quarter.TAKES_INPUT)
    return sorted({*rows.values_list("code", flat=True), quarter.code}, reverse=True)[:6]


def _tabs(desk: Desk, quarter: Quarter, shown: str, requests: int) -> list[Tab]:
    def to(part: str) -> str:
        return address(reverse("indicators:take"), quarter=quarter.code, of="" if part == OWN else part)

    return [
        Tab(_("本岗位的考点"), to(OWN), shown == OWN, len(desk.own_versions)),
        Tab(_("其他岗位的考点"), to(OTHERS), shown == OTHERS, len(desk.others())),
        Tab(_("我的申请"), to(REQUESTS), shown == REQUESTS, requests),
    ]


@require_POST
def choose(request: PersonRequest, quarter: str) -> HttpResponse:
    """Takes on the ticked points of the own post."""
    user = request.user
    row = seen_quarter(user, quarter)
    points = _posted_points(request)
    try:
        made = services.choose(points=points, quarter=row, actor=user, today=user.bureau.today)
    except DomainError as error:
        if error.status == 403:
            raise
        messages.error(request, error.message)
    else:
        messages.success(request, _("已领取 %d 个考点，时限和填报见“我的指标”。") % len(made))
    return redirect(address(reverse("indicators:take"), quarter=row.code))


@require_POST
def ask(request: PersonRequest, quarter: str) -> HttpResponse:
    """Asks the head for the ticked points of other posts."""
    user = request.user
    row = seen_quarter(user, quarter)
    points = _posted_points(request)
    try:
        made = services.ask(points=points, quarter=row, actor=user, reason=request.POST.get("reason", ""))
    except DomainError as error:
        messages.error(request, error.message)
        return redirect(address(reverse("indicators:take"), quarter=row.code, of=OTHERS))
    messages.success(request, _("已提出 %d 份申请，决定后会有消息。") % len(made))
    return redirect(address(reverse("indicators:take"), quarter=row.code, of=REQUESTS))


@require_POST
def withdraw_request(request: PersonRequest, pk: int) -> HttpResponse:
    """Takes back one's own request."""
    user = request.user
    rows = ItemRequest.objects.filter(employee=user).select_related("quarter__bureau", "employee", "point")
    row = get_object_or_404(rows, pk=pk)
    try:
        services.withdraw_request(request=row, actor=user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("申请已撤回。"))
    return redirect(address(reverse("indicators:take"), quarter=row.quarter.code, of=REQUESTS))


@require_GET
def requests(request: PersonRequest) -> HttpResponse:
    """领取申请: those that one may read; whoever is to decide does so here."""
    user = request.user
    quarter = _quarter(request)
    if quarter is None:
        return render(request, "indicators/no_quarter.html", {"title": _("领取申请")})
    seen = ItemRequest.objects.visible_to(user).filter(quarter=quarter)
    waiting = seen.filter(state=ItemRequest.State.ASKED).count()
    page = one_page(request, seen.order_by("-state", "-asked_at", "-pk"))
    rows = request_rows(user, quarter, page.object_list)
    return render(
        request,
        "indicators/taking_requests.html",
        {
            "quarter": quarter,
            "tabs": quarter_tabs(_codes(request, quarter), quarter.code),
            "page": page,
            "waiting": waiting,
            "mine": [row for row in rows if row.decidable],
            "rows": [row for row in rows if not row.decidable],
            "elsewhere": ItemRequest.objects.visible_to(user)
            .filter(state=ItemRequest.State.ASKED, quarter__state__in=Quarter.TAKES_INPUT)
            .exclude(quarter=quarter)
            .count(),
        },
    )


@require_POST
def decide(request: PersonRequest) -> HttpResponse:
    """Agrees to the ticked requests, or declines them."""
    user = request.user
    keys = request.POST.getlist("requests")
    wanted = set(ticked(keys))
    seen = ItemRequest.objects.visible_to(user)
    rows = list(seen.filter(pk__in=wanted).select_related("quarter__bureau", "employee__department", "point"))
    if len(rows) != len(set(keys)):
        get_object_or_404(ItemRequest.objects.none())
    agree = request.POST.get("decision") == "agree"
    try:
        decided = services.decide(
            requests=rows, agree=agree, actor=user, today=user.bureau.today, answer=request.POST.get("answer", "")
        )
    except DomainError as error:
        if error.status == 403:
            raise
        messages.error(request, error.message)
    else:
        sentence = _("已同意 %d 份申请，考点已记入申请人名下。") if agree else _("已答复 %d 份申请：不同意。")
        messages.success(request, sentence % len(decided))
    code = rows[0].quarter.code if rows else request.POST.get("quarter", "")
    return redirect(address(reverse("indicators:requests"), quarter=code))


@require_GET
def post_loads(request: PersonRequest) -> HttpResponse:
    """岗位任务量: what each post carries, which points nobody took on, which nobody is responsible for."""
    user = request.user
    may_see_workload(user).require()
    quarter = _quarter(request)
    if quarter is None:
        return render(request, "indicators/no_quarter.html", {"title": _("岗位任务量")})
    departments = departments_read_by(user)
    form = DepartmentFilter(**filter_data(request, quarter), bureau=user.bureau, departments=departments)
    form.is_valid()
    chosen: Department | None = form.cleaned_data.get("department")
    return render(
        request,
        "indicators/taking_loads.html",
        {
            "quarter": quarter,
            "filters": form,
            "department": chosen,
            "load": workload(quarter, [chosen.pk] if chosen else departments),
            "may_assign": may_assign_items(user, user.bureau),
            "may_revise": may_edit_libraries(user, user.bureau),
            "may_remind": may_remind_of_points(user),
        },
    )


@require_POST
def remind(request: PersonRequest, quarter: str) -> HttpResponse:
    """Tells the people of the posts with points that nobody took on."""
    user = request.user
    row = seen_quarter(user, quarter)
    may_remind_of_points(user).require()
    key = request.POST.get("department", "")
    department = get_object_or_404(Department.objects.visible_to(user), pk=key) if key.isdecimal() else None
    try:
        told = services.remind(quarter=row, department=department, actor=user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, ngettext("已提醒 %d 人。", "已提醒 %d 人。", told) % told)
    return redirect(
        address(reverse("indicators:post_loads"), quarter=row.code, department=str(department.pk) if department else "")
    )
