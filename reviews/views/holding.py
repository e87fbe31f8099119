"""What the secretary does on the day: the order of speaking, the minutes, and that it was held."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from common.errors import InvalidInput
from common.forms import add_refusal
from common.htmx import is_fragment
from indicators.views.shared import status_of
from organization.models import Absence
from organization.requests import PersonRequest
from reviews.forms_showings import HoldForm, MinutesForm
from reviews.models import Participant, Showing
from reviews.permissions.showings import may_hold_showing
from reviews.services.holding import draw_order, hold_showing, order_speakers, save_minutes
from reviews.services.scheduling import refresh_participants
from reviews.views.session import SessionPage
from reviews.views.shared import seen_showing
from reviews.views.showings import session_page


@require_http_methods(["GET", "POST"])
def showing_hold(request: PersonRequest, pk: int) -> HttpResponse:
    """登记召开."""
    showing = seen_showing(request, pk)
    user, today = request.user, request.user.bureau.today
    may_hold_showing(user, showing, today=today).require()
    form = _attendance(request, showing)
    if request.method == "POST" and form.is_valid():
        try:
            hold_showing(
                showing=showing,
                actor=user,
                held_on=form.cleaned_data["held_on"],
                attendance=form.attendance(),
                today=today,
                now=timezone.now(),
            )
        except InvalidInput as error:
            if refresh_participants(showing=showing):  # who joined the branch since gets a row to be filled in
                form = _attendance(request, showing)
            if form.is_valid():
                add_refusal(form, error)
        else:
            messages.success(request, _("已登记召开，互评已抽签并通知到会的人。"))
            return redirect("reviews:showing", pk=showing.pk)
    context = {"form": form, "session": SessionPage(request, showing), "showing": showing}
    return render(request, "reviews/showing_hold.html", context, status=status_of(form))


def _attendance(request: PersonRequest, showing: Showing) -> HoldForm:
    """Who is on the list today, the absent ones marked."""
    rows = Participant.objects.filter(showing=showing).select_related("employee__department")
    people = list(rows.order_by("position", "employee__number"))
    on_leave = Absence.objects.touching(showing.day, showing.day).exclude(kind__in=Absence.STATUSES)
    away = set(on_leave.filter(employee__showings__showing=showing).values_list("employee_id", flat=True))
    return HoldForm(request.POST or None, participants=people, away=away, initial={"held_on": showing.day})


@require_POST
def showing_order(request: PersonRequest, pk: int) -> HttpResponse:
    """The order of speaking: by lot, by the numbers typed, or one person up or down."""
    showing = seen_showing(request, pk)
    asked = request.POST.get("act", "")
    if asked == "draw":
        draw_order(showing=showing, actor=request.user)
    else:
        order_speakers(showing=showing, actor=request.user, people=_asked_order(request, pk, asked))
    if is_fragment(request):
        return render(request, "reviews/_speakers.html", {"session": SessionPage(request, showing), "showing": showing})
    return redirect("reviews:showing", pk=showing.pk)


def _asked_order(request: PersonRequest, pk: int, act: str) -> list[int]:
    """The people in the order asked for; `act` is empty, or `up-<id>` or `down-<id>` on top of the typed numbers."""
    rows = Participant.objects.filter(showing=pk).order_by("position", "employee__number")
    now = {person: position for position, person in enumerate(rows.values_list("employee_id", flat=True), start=1)}

    def wanted(person: int) -> tuple[int, int]:
        typed = request.POST.get(f"position-{person}", "").strip()
        return (int(typed) if typed.isdecimal() and len(typed) < 6 else now[person], now[person])

    order = sorted(now, key=wanted)
    way, _dash, number = act.partition("-")
    if way in ("up", "down") and number.isdecimal() and int(number) in now:
        place = order.index(int(number))
        other = place - 1 if way == "up" else place + 1
        if 0 <= other < len(order):
            order[place], order[other] = order[other], order[place]
    return order


@require_POST
def showing_minutes(request: PersonRequest, pk: int) -> HttpResponse:
    """会议记录, kept while it is typed; with the button, too."""
    showing = seen_showing(request, pk)
    form = MinutesForm(request.POST)
    form.is_valid()
    try:
        saved = save_minutes(
            showing=showing,
            actor=request.user,
            text=form.cleaned_data.get("minutes", ""),
            known=request.POST.get("known", ""),
        )
    except InvalidInput as error:
        if is_fragment(request):
            kept = {"refusal": error.message, "known": request.POST.get("known", "")}
            return render(request, "reviews/_minutes_saved.html", kept, status=422)
        add_refusal(form, error)
        return session_page(request, showing, {"minutes": form})
    if is_fragment(request):
        return render(request, "reviews/_minutes_saved.html", {"showing": saved, "saved": timezone.now()})
    messages.success(request, _("会议记录已保存。"))
    return redirect("reviews:showing", pk=showing.pk)
