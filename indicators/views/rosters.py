"""名单确认: the departments' lists of a quarter, and the one that a head signs."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.components import Tab
from common.errors import DomainError
from indicators.models import Quarter
from indicators.permissions import may_remind_of_rosters, may_see_rosters, may_sign_roster
from indicators.queries.rosters import CHANGED, SIGNED, UNSIGNED, departments_read_by, roster_of
from indicators.queries.rosters import rosters as lists_of
from indicators.services import rosters as services
from indicators.views.shared import address, asked_quarter, quarter_tabs, seen_quarter
from organization.models import Department
from organization.requests import PersonRequest


@require_GET
def rosters(request: PersonRequest) -> HttpResponse:
    """The departments of a quarter with who has confirmed the list, who has not, and where it has changed since."""
    user = request.user
    may_see_rosters(user).require()
    quarter = asked_quarter(request)
    if quarter is None:
        return render(request, "indicators/no_quarter.html", {"title": _("名单确认")})
    found = lists_of(quarter, today=user.bureau.today, departments=departments_read_by(user))
    if len(found) == 1 and not may_remind_of_rosters(user):
        return redirect("indicators:roster", quarter=quarter.code, department=found[0].department.code)
    asked = request.GET.get("state", "")
    counts = {state: sum(one.state == state for one in found) for state in (UNSIGNED, CHANGED, SIGNED)}
    return render(
        request,
        "indicators/rosters.html",
        {
            "quarter": quarter,
            "tabs": quarter_tabs(_codes(request), quarter.code),
            "states": _state_tabs(quarter, asked, counts),
            "rosters": [one for one in found if asked not in counts or one.state == asked],
            "total": len(found),
            "people": sum(len(one.lines) for one in found),
            "signed": counts[SIGNED],
            "waiting": counts[UNSIGNED] + counts[CHANGED],
            "may_remind": may_remind_of_rosters(user),
        },
    )


def _codes(request: PersonRequest) -> list[str]:
    begun = Quarter.objects.visible_to(request.user).exclude(state=Quarter.State.OPEN)
    return list(begun.order_by("-code").values_list("code", flat=True)[:6])


def _state_tabs(quarter: Quarter, asked: str, counts: dict[str, int]) -> list[Tab]:
    labels = {UNSIGNED: _("未确认"), CHANGED: _("有变动"), SIGNED: _("已确认")}
    url = reverse("indicators:rosters")
    return [
        Tab(_("全部"), address(url, quarter=quarter.code), asked not in counts, sum(counts.values())),
        *(
            Tab(label, address(url, quarter=quarter.code, state=state), asked == state, counts[state])
            for state, label in labels.items()
        ),
    ]


@require_http_methods(["GET", "POST"])
def roster(request: PersonRequest, quarter: str, department: str) -> HttpResponse:
    """A department's list as a sheet; whoever is to confirm it signs at its foot."""
    user = request.user
    row = seen_quarter(user, quarter)
    place = get_object_or_404(Department.objects.visible_to(user), code=department)
    may_see_rosters(user).require()
    seen = departments_read_by(user)
    if seen is not None:
        place = get_object_or_404(Department.objects.filter(pk__in=seen), pk=place.pk)
    today = user.bureau.today
    refused = ""
    if request.method == "POST":
        try:
            services.sign_roster(
                quarter=row,
                department=place,
                digest=request.POST.get("digest", ""),
                actor=user,
                today=today,
                reason=request.POST.get("reason", ""),
            )
        except DomainError as error:
            if error.status == 403:
                raise
            refused = error.message
        else:
            messages.success(request, _("名单已确认。名单以后有变动，会请您重新确认。"))
            return redirect("indicators:roster", quarter=row.code, department=place.code)
    found = roster_of(row, place, today=today)
    verdict = may_sign_roster(user, found) if found else None
    return render(
        request,
        "indicators/roster.html",
        {
            "quarter": row,
            "department": place,
            "roster": found,
            "difference": found.difference if found else None,
            "may_sign": verdict,
            "in_place": bool(found and user not in found.signers),
            "takes_signature": row.state not in (Quarter.State.OPEN, Quarter.State.PUBLISHED),
            "refused": refused,
            "several": seen is None or len(seen) > 1,
            "tabs": quarter_tabs(_codes(request), row.code),
        },
        status=409 if refused else 200,
    )


@require_POST
def remind(request: PersonRequest, quarter: str) -> HttpResponse:
    """The office reminds whoever has not confirmed the list."""
    user = request.user
    row = seen_quarter(user, quarter)
    may_remind_of_rosters(user).require()
    try:
        told = services.remind_of_rosters(quarter=row, actor=user, today=user.bureau.today)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, ngettext("已提醒 %d 人。", "已提醒 %d 人。", told) % told)
    return redirect(address(reverse("indicators:rosters"), quarter=row.code))
