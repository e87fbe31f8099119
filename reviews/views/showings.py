"""Pages of showings: the list, scheduling, one session with all that belongs to it, the projector."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.errors import Conflict, InvalidInput
from common.forms import add_refusal
from common.htmx import page_or_fragment
from common.text import listed
from indicators.views.shared import PAGE_SIZE, status_of
from organization.models import PartyBranch, Role
from organization.queries import work_calendar
from organization.requests import PersonRequest
from reviews.forms_showings import ChangeForm, ReviewSettingsForm, ScheduleForm, YearForm
from reviews.models import Participant, Showing, Statement
from reviews.permissions.showings import (
    may_change_showing,
    may_schedule,
    may_set_reviews,
)
from reviews.queries.showings import moment_of, month_of, month_title, months_after, settings_of, theme_day_in
from reviews.queries.statements import Speaker, provisional_total
from reviews.services.scheduling import cancel_showing, change_showing, schedule_showing, schedule_year, taken_in
from reviews.services.settings import set_review_settings
from reviews.views.session import SessionPage
from reviews.views.shared import seen_showing

State = Showing.State


# The list ---------------------------------------------------------------------------------------------------------


@require_GET
def showings(request: PersonRequest) -> HttpResponse:
    """My next statement, and the showings that I may see, by month."""
    user = request.user
    visible = Showing.objects.visible_to(user)
    handed_in = Statement.objects.filter(showing=OuterRef("pk"), employee=user, handed_in_at__isnull=False)
    listed_on = Participant.objects.filter(showing=OuterRef("pk"), employee=user)
    own = visible.annotate(is_done=Exists(handed_in)).filter(Exists(listed_on), state=State.SCHEDULED)
    coming = list(own.filter(day__gte=user.bureau.today).order_by("day")[:3])
    stated = Count("statements", filter=Q(statements__handed_in_at__isnull=False), distinct=True)
    rows = (
        visible.prefetch_related("branches")
        .annotate(people=Count("participants", distinct=True), stated=stated)
        .order_by("-month", "day", "pk")
    )
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "reviews/showings.html",
        {
            "coming": coming,
            "next": next((one for one in coming if not one.is_done), None),
            "page": page,
            "rows": _rows(page),
            "may_schedule": may_schedule(user),
            "may_set": may_set_reviews(user, user.bureau),
            "today": user.bureau.today,
            "calendar": work_calendar(),
        },
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One showing of the list, ready for the page."""

    showing: Any
    month: str
    branches: str


def _rows(page: Page[Any]) -> list[Row]:
    return [
        Row(one, month_title(one.month), listed(branch.name for branch in one.branches.all()))
        for one in page.object_list
    ]


# Scheduling -------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def showing_new(request: PersonRequest) -> HttpResponse:
    """One showing: of a branch, or of several together."""
    user = request.user
    may_schedule(user).require()
    own = list(user.led_branches.filter(bureau=user.bureau_id).order_by("code"))
    form = ScheduleForm(
        request.POST or None, bureau=user.bureau, initial={"branches": own, "day": _next_free(request, own)}
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = schedule_showing(
                branches=form.cleaned_data["branches"],
                day=form.cleaned_data["day"],
                actor=user,
                today=user.bureau.today,
                now=timezone.now(),
                at=form.at(),
            )
        except (Conflict, InvalidInput) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("三晒已安排，%d 人收到通知。") % made.participants.count())
            return redirect("reviews:showing", pk=made.pk)
    return render(request, "reviews/showing_new.html", {"form": form}, status=status_of(form))


def _next_free(request: PersonRequest, branches: list[PartyBranch]) -> date:
    """The theme day of the next month in which none of the branches has one."""
    bureau = request.user.bureau
    theme_day, calendar, month = settings_of(bureau).theme_day, work_calendar(), month_of(bureau.today)
    months = [months_after(month, number) for number in range(12)]
    taken = {month for _branch, month in taken_in(branches, months)}
    days = [theme_day_in(one, theme_day, calendar) for one in months if one not in taken]
    return next((day for day in days if day >= bureau.today), bureau.today)


@require_http_methods(["GET", "POST"])
def showing_year(request: PersonRequest) -> HttpResponse:
    """A branch's series of the year."""
    user = request.user
    may_schedule(user).require()
    branches = PartyBranch.objects.filter(bureau=user.bureau_id).order_by("code")
    if not user.has_role(Role.Kind.OFFICE):
        branches = branches.filter(secretary=user)
    today = user.bureau.today
    form = YearForm(request.POST or None, branches=branches, today=today)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        try:
            series = schedule_year(
                branch=chosen["branch"], year=chosen["year"], actor=user, today=today, now=timezone.now(), at=form.at()
            )
        except (Conflict, InvalidInput) as error:
            add_refusal(form, error)
        else:
            (messages.success if series.made else messages.info)(request, series.sentence)
            return redirect("reviews:showings")
    context = {"form": form, "settings": settings_of(user.bureau), "known": work_calendar().knows(today)}
    return render(request, "reviews/showing_year.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
def showing_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """改期、改地点、改主题."""
    showing = seen_showing(request, pk)
    may_change_showing(request.user, showing).require()
    initial = {name: getattr(showing, name) for name in ("day", "starts_at", "place", "topic")}
    form = ChangeForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            change_showing(
                showing=showing,
                actor=request.user,
                day=form.cleaned_data["day"],
                today=request.user.bureau.today,
                at=form.at(),
            )
        except InvalidInput as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("安排已保存。"))
            return redirect("reviews:showing", pk=showing.pk)
    context = {"form": form, "session": SessionPage(request, showing)}
    return render(request, "reviews/showing_edit.html", context, status=status_of(form))


@require_POST
def showing_cancel(request: PersonRequest, pk: int) -> HttpResponse:
    showing = seen_showing(request, pk)
    cancel_showing(showing=showing, actor=request.user)
    messages.success(request, _("%s的三晒已取消，参加的人都收到通知。") % month_title(showing.month))
    return redirect("reviews:showings")


@require_http_methods(["GET", "POST"])
def showing_settings(request: PersonRequest) -> HttpResponse:
    """The theme day, peers each, and when a talk is suggested."""
    user = request.user
    may_set_reviews(user, user.bureau).require()
    row = settings_of(user.bureau)
    form = ReviewSettingsForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        set_review_settings(bureau=user.bureau, actor=user, **form.cleaned_data)
        messages.success(request, _("已保存，从现在起执行；已经安排的三晒日期不变。"))
        return redirect("reviews:showing-settings")
    context = {"form": form, "is_default": row.pk is None}
    return render(request, "reviews/showing_settings.html", context, status=status_of(form))


# One session ------------------------------------------------------------------------------------------------------


@require_GET
def showing(request: PersonRequest, pk: int) -> HttpResponse:
    """One session: its rail, who speaks, what was handed in, minutes, ratings."""
    return session_page(request, seen_showing(request, pk))


def session_page(request: PersonRequest, found: Showing, bound: dict[str, forms.Form] | None = None) -> HttpResponse:
    session = SessionPage(request, found, bound or {})
    return render(request, "reviews/showing.html", {"session": session, "showing": found}, status=422 if bound else 200)


# The projector ----------------------------------------------------------------------------------------------------


@require_GET
def projector(request: PersonRequest, pk: int) -> HttpResponse:
    """One person at a time in large type; `?scores=1` shows the person's own provisional total, for who leads alone."""
    found = seen_showing(request, pk)
    session = SessionPage(request, found)
    people = session.speakers
    asked = request.GET.get("at", "")
    at = min(max(int(asked), 1), max(len(people), 1)) if asked.isdecimal() and len(asked) < 5 else 1
    speaker = people[at - 1] if people else None
    scores = bool(session.may_lead) and request.GET.get("scores") == "1"
    context = {
        "session": session,
        "showing": found,
        "speaker": speaker,
        "at": at,
        "of": len(people),
        "previous": at - 1 if at > 1 else None,
        "next": at + 1 if at < len(people) else None,
        "scores": scores,
        "total": provisional_total(speaker.employee, now=moment_of(found.bureau)) if scores and speaker else None,
        "size": _size(speaker),
    }
    return page_or_fragment(request, "reviews/projector.html", "reviews/_projected.html", context)


def _size(speaker: Speaker | None) -> str:
    """How large the type can be so that the longest of the texts still fits its quarter of the wall."""
    if speaker is None or speaker.statement is None:
        return "xl"
    texts = [*speaker.statement.texts.values(), speaker.plan.text if speaker.plan else ""]
    longest = max(map(len, texts))
    return next((size for size, most in (("xl", 90), ("l", 140), ("m", 220)) if longest <= most), "s")
