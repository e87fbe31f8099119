"""What the system administrator looks after: the bureau's settings, locked logins, the working calendar."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common.components import Tab
from common.errors import InvalidInput
from organization.forms import CalendarDayForm, CalendarYearForm, SettingsForm, known_years, put_errors
from organization.models import Bureau, CalendarDay, CalendarYear
from organization.permissions import may_manage_settings
from organization.queries import locked_people, work_calendar
from organization.requests import PersonRequest
from organization.services import calendar as service
from organization.services.accounts import without_password
from organization.services.places import change_settings


@require_http_methods(["GET", "POST"])
def settings(request: PersonRequest) -> HttpResponse:
    """The bureau's settings, who is locked out, who has no password, whether the calendar reaches far enough."""
    may_manage_settings(request.user).require()
    bureau = Bureau.objects.get(pk=request.user.bureau_id)
    form = SettingsForm(request.POST or None, instance=bureau)
    if request.method == "POST" and form.is_valid():
        change_settings(actor=request.user, bureau=bureau, **form.cleaned_data)
        messages.success(request, _("设置已保存。"))
        return redirect("organization:settings")
    today = timezone.localdate()
    calendar = work_calendar()
    context = {
        "form": form,
        "locked": locked_people(bureau, timezone.now()),
        "without_password": len(without_password(bureau, today)),
        "unknown_year": next((year for year in (today.year, today.year + 1) if year not in calendar.known_years), None),
        "urgent": today.year not in calendar.known_years,
    }
    return render(request, "organization/settings.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def calendar(request: PersonRequest, year: int | None = None) -> HttpResponse:
    """A year's holidays and made-up working days, month by month; the administrator changes them."""
    today = timezone.localdate()
    year = year or today.year
    years = known_years(today)
    if year not in years:
        raise Http404
    verdict = may_manage_settings(request.user)
    row = CalendarYear.objects.filter(year=year).first()
    form: CalendarDayForm | CalendarYearForm = (
        CalendarDayForm(request.POST or None) if row else CalendarYearForm(request.POST or None, initial={"year": year})
    )
    if request.method == "POST":
        verdict.require()
        if form.is_valid():
            try:
                if row:
                    service.set_day(actor=request.user, **form.cleaned_data)
                else:
                    service.add_year(actor=request.user, **form.cleaned_data)
            except InvalidInput as error:
                put_errors(form, error)
            else:
                messages.success(request, _("工作日历已修改，各处的工作日随之重算。"))
                return redirect(reverse("organization:calendar-year", args=[year]))
    days = work_calendar()
    context = {
        "year": year,
        "tabs": [Tab(str(one), reverse("organization:calendar-year", args=[one]), one == year) for one in years],
        "row": row,
        "form": form,
        "may_manage": verdict,
        "special": CalendarDay.objects.filter(day__year=year),
        "months": [(month, days.count(date(year, month, 1), _last_day(year, month))) for month in range(1, 13)],
        "workdays": days.count(date(year, 1, 1), date(year, 12, 31)),
    }
    return render(request, "organization/calendar.html", context, status=422 if form.is_bound else 200)


def _last_day(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])
