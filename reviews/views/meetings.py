"""Pages of the review meeting: the list, one meeting with its sections, the day of the meeting on the wall."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.errors import Conflict, InvalidInput
from common.forms import add_refusal, done
from indicators.views.shared import one_page, status_of
from organization.queries import work_calendar
from organization.requests import PersonRequest
from reviews.forms_meetings import AgendaSet, ArrangeForm, TextForm
from reviews.models import ReviewMeeting
from reviews.permissions.meetings import (
    may_arrange_meeting,
    may_comment,
    may_prepare_meetings,
    may_see_meetings,
    may_sum_up,
    may_write_minutes,
    may_write_report,
)
from reviews.queries.meetings import quarters_to_review
from reviews.queries.minutes import drafted_minutes, drafted_report
from reviews.services import meetings as services
from reviews.views.meeting_page import MeetingPage, seen_meeting
from tasks_market.services.steps import require


@require_GET
def meetings(request: PersonRequest) -> HttpResponse:
    """The bureau's meetings, and for the office the quarters that still want one."""
    user = request.user
    require(may_see_meetings(user))
    rows = (
        ReviewMeeting.objects.visible_to(user)
        .select_related("quarter", "chair")
        .annotate(
            asked=Count("lost_points", distinct=True),
            explained=Count("lost_points", filter=Q(lost_points__filled_at__isnull=False), distinct=True),
            decided=Count("actions", distinct=True),
            undone=Count("actions", filter=Q(actions__state="open"), distinct=True),
        )
        .order_by("-day", "-pk")
    )
    waiting = quarters_to_review(user) if may_prepare_meetings(user) else []
    context = {
        "page": one_page(request, rows), "waiting": waiting, "today": user.bureau.today, "calendar": work_calendar(),
    }  # fmt: skip
    return render(request, "reviews/meetings.html", context)


@require_http_methods(["GET", "POST"])
def meeting_new(request: PersonRequest) -> HttpResponse:
    """筹备 of a quarter's meeting."""
    user = request.user
    require(may_prepare_meetings(user))
    waiting = quarters_to_review(user)
    code = request.GET.get("quarter", "")
    quarter = next((one for one in waiting if one.code == code or not code), None)
    if quarter is None:
        raise Conflict(_("没有可以筹备讲评会的季度：成绩公示以后才能筹备，每个季度只开一次。"), code="state")
    form = ArrangeForm(request.POST or None, bureau=user.bureau)
    if form.is_valid():
        try:
            made = services.prepare_meeting(
                quarter=quarter, arrangement=form.arrangement, actor=user, today=user.bureau.today, now=timezone.now()
            )
        except InvalidInput as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("讲评会已筹备，参会人员和要说明扣分的部门都已通知。"))
            return redirect("reviews:meeting", pk=made.pk)
    return render(request, "reviews/meeting_new.html", {"form": form, "quarter": quarter}, status=status_of(form))


# One meeting ------------------------------------------------------------------------------------------------------


@require_GET
def meeting(request: PersonRequest, pk: int) -> HttpResponse:
    """Where it stands: day and place, agenda, how far the departments are."""
    found = seen_meeting(request, pk)
    agenda = list(found.agenda.select_related("speaker"))
    return MeetingPage(request, found, "meeting").render(
        "reviews/meeting.html", agenda=agenda, minutes_long=sum(one.length for one in agenda)
    )


@require_GET
def meeting_pack(request: PersonRequest, pk: int) -> HttpResponse:
    """会议材料."""
    return MeetingPage(request, seen_meeting(request, pk), "meeting-pack").render("reviews/meeting_pack.html")


@require_http_methods(["GET", "POST"])
def meeting_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Day, place, chair and limit."""
    found = seen_meeting(request, pk)
    require(may_arrange_meeting(request.user, found))
    form = ArrangeForm.of(found, request.POST or None)

    def change() -> None:
        services.change_meeting(
            meeting=found, arrangement=form.arrangement, actor=request.user, today=request.user.bureau.today,
            now=timezone.now(),
        )  # fmt: skip

    if done(form, change):
        messages.success(request, _("安排已改，参会人员都已通知。"))
        return redirect("reviews:meeting", pk=pk)
    return MeetingPage(request, found, "meeting").render("reviews/meeting_edit.html", form=form, status=status_of(form))


@require_http_methods(["GET", "POST"])
def meeting_agenda(request: PersonRequest, pk: int) -> HttpResponse:
    """The agenda as lines to edit, reorder, take out and add."""
    found = seen_meeting(request, pk)
    require(may_arrange_meeting(request.user, found))
    initial = [
        {"kind": one.kind, "title": one.title, "speaker": one.speaker_id, "department": one.department_id,
         "length": one.length, "place": one.position}
        for one in found.agenda.all()
    ]  # fmt: skip
    lines = AgendaSet(request.POST or None, bureau=found.bureau, initial=initial, prefix="agenda")
    if lines.is_bound and lines.is_valid():
        services.set_agenda(meeting=found, lines=lines.lines, actor=request.user)
        messages.success(request, _("议程已保存。"))
        return redirect("reviews:meeting", pk=pk)
    status = 422 if lines.is_bound else 200
    return MeetingPage(request, found, "meeting").render("reviews/meeting_agenda.html", lines=lines, status=status)


@require_POST
def meeting_redraw(request: PersonRequest, pk: int) -> HttpResponse:
    """Lost points by the run that counts now; the job does the same."""
    found = seen_meeting(request, pk)
    require(may_arrange_meeting(request.user, found))
    if services.follow_run(meeting=found, actor=request.user, today=request.user.bureau.today):
        messages.success(request, _("扣分清单已按更正后的得分重列，已填写的说明都保留。"))
    else:
        messages.info(request, _("扣分清单已经是现行得分的，不用重列。"))
    return redirect("reviews:meeting-explanations", pk=pk)


@require_POST
def meeting_hold(request: PersonRequest, pk: int) -> HttpResponse:
    """召开."""
    found = seen_meeting(request, pk)
    services.hold_meeting(meeting=found, actor=request.user, today=request.user.bureau.today, now=timezone.now())
    messages.success(request, _("已登记召开，会议材料和扣分说明就此固定。"))
    return redirect("reviews:meeting", pk=pk)


# What is said and written -----------------------------------------------------------------------------------------


@require_GET
def meeting_comments(request: PersonRequest, pk: int) -> HttpResponse:
    """汇报、点评、总结: what each has to say, with the forms of who may write it."""
    return _comments(request, seen_meeting(request, pk))


def _comments(request: PersonRequest, found: ReviewMeeting, **bound: forms.Form) -> HttpResponse:
    user = request.user
    page = MeetingPage(request, found, "meeting-comments")
    own = next((one for one in page.comments if one.author_id == user.pk), None)
    given: dict[str, Any] = dict(bound)
    if may_write_report(user, found):
        text = found.report or (drafted_report(page.pack) if page.pack else "")
        given.setdefault("report_form", TextForm.of(found.report, text, label=_("绩效办汇报"), rows=10))
    if may_comment(user, found):
        given.setdefault("comment_form", TextForm.of(own.text if own else "", label=_("点评")))
    if may_sum_up(user, found):
        given.setdefault("sum_up_form", TextForm.of(found.summing_up, label=_("总结")))
    return page.render("reviews/meeting_comments.html", status=422 if bound else 200, **given)


@require_POST
def meeting_report(request: PersonRequest, pk: int) -> HttpResponse:
    """绩效办汇报."""
    found, form = seen_meeting(request, pk), TextForm(request.POST, label=_("绩效办汇报"), rows=10)
    require(may_write_report(request.user, found))
    return _said(request, found, "report_form", form, services.write_report, _("汇报已保存。"))


@require_POST
def meeting_comment(request: PersonRequest, pk: int) -> HttpResponse:
    """点评."""
    found, form = seen_meeting(request, pk), TextForm(request.POST, label=_("点评"))
    require(may_comment(request.user, found))

    def write(**given: Any) -> object:
        return services.comment(now=timezone.now(), **given)

    return _said(request, found, "comment_form", form, write, _("点评已保存。"))


@require_POST
def meeting_sum_up(request: PersonRequest, pk: int) -> HttpResponse:
    """总结."""
    found, form = seen_meeting(request, pk), TextForm(request.POST, label=_("总结"))
    require(may_sum_up(request.user, found))
    return _said(request, found, "sum_up_form", form, services.sum_up, _("总结已保存。"))


def _said(
    request: PersonRequest, found: ReviewMeeting, name: str, form: forms.Form, service: Callable[..., object], said: str
) -> HttpResponse:
    if done(form, lambda: service(meeting=found, actor=request.user, **form.cleaned_data)):
        messages.success(request, said)
        return redirect("reviews:meeting-comments", pk=found.pk)
    return _comments(request, found, **{name: form})


@require_http_methods(["GET", "POST"])
def meeting_minutes(request: PersonRequest, pk: int) -> HttpResponse:
    """纪要: drafted from what was written, saved, and with `close` final."""
    found = seen_meeting(request, pk)
    page = MeetingPage(request, found, "meeting-minutes")
    verdict = may_write_minutes(request.user, found)
    if request.method == "POST":
        require(verdict)
    form = None
    if verdict:
        fresh = "draft" in request.GET or not found.minutes
        text = drafted_minutes(found) if fresh else found.minutes
        options: dict[str, Any] = {"label": _("会议纪要"), "rows": 26}
        form = TextForm(request.POST, **options) if request.POST else TextForm.of(found.minutes, text, **options)
    if form is not None and done(form, lambda: _write_minutes(request, found, form)):
        return redirect("reviews:meeting-minutes", pk=pk)
    status = status_of(form) if form is not None else 200
    return page.render("reviews/meeting_minutes.html", form=form, verdict=verdict, status=status)


def _write_minutes(request: PersonRequest, found: ReviewMeeting, form: forms.Form) -> None:
    given: dict[str, Any] = {"meeting": found, "actor": request.user, **form.cleaned_data}
    if "close" in request.POST:
        services.close_meeting(today=request.user.bureau.today, now=timezone.now(), **given)
        messages.success(request, _("纪要已定稿，参会人员都已通知。"))
    else:
        services.save_minutes(**given)
        messages.success(request, _("纪要已保存，还没有定稿。"))


@require_GET
def meeting_show(request: PersonRequest, pk: int) -> HttpResponse:
    """The day of the meeting on the wall: one point of the agenda at a time."""
    found = seen_meeting(request, pk)
    page = MeetingPage(request, found, "meeting-show")
    items = list(found.agenda.select_related("speaker", "department"))
    if not items:
        messages.info(request, _("还没有议程，不能投屏；请先编排议程。"))
        return redirect("reviews:meeting", pk=pk)
    asked = request.GET.get("item", "1")
    place = min(max(int(asked) if asked.isdecimal() and len(asked) < 4 else 1, 1), len(items))
    links = {
        name: f"{reverse('reviews:meeting-show', args=[pk])}?item={at}" if 1 <= at <= len(items) else ""
        for name, at in (("before", place - 1), ("after", place + 1))
    }
    item = items[place - 1]
    return page.render(
        "reviews/meeting_show.html", item=item, place=place, items=items, links=links, slide=page.slide(item)
    )
