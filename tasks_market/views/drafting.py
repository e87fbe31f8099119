"""草拟与亮单: the list of drafts, the form, and 亮单 of the whole list or a part of it, now or later."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.errors import InvalidInput
from common.forms import add_refusal
from common.verdict import Verdict
from indicators.models import Quarter
from indicators.queries import working_quarter
from organization.models import Employee, Role
from tasks_market.forms import PostForm, TaskForm
from tasks_market.models import Task, TaskQuerySet
from tasks_market.permissions import may_edit, may_post
from tasks_market.queries import spoken
from tasks_market.services import drafting
from tasks_market.views.shared import reader, task_seen, this_moment

DRAFTERS = (Role.Kind.OFFICE, Role.Kind.DEPARTMENT_HEAD, Role.Kind.LIAISON)
WINDOW, WORK = timedelta(days=3), timedelta(days=14)
CLOSING_HOUR = 18


def may_open(person: Employee) -> Verdict:
    """Who drafts at all; for which department is asked again by the service."""
    if person.has_role(*DRAFTERS):
        return Verdict.yes()
    return Verdict.no(_("任务由责任部门的负责人、联络员拟稿，或由绩效办拟稿；请向他们提出。"))


def _drafts(user: Employee) -> TaskQuerySet:
    rows = Task.objects.visible_to(user).filter(state=Task.State.DRAFT)
    if not user.has_role(Role.Kind.OFFICE):
        rows = rows.filter(department=user.department_id)
    return rows.select_related("quarter", "department", "drafted_by")


@require_GET
def drafts(request: HttpRequest) -> HttpResponse:
    """What is drafted and what is set to be posted later."""
    user, now = reader(request), this_moment()
    may_open(user).require()
    return _list(request, user, now)


def _list(request: HttpRequest, user: Employee, now: datetime, problem: str = "") -> HttpResponse:
    rows = list(_drafts(user))
    seen = Task.objects.visible_to(user).filter(state=Task.State.POSTED, posted_at__gt=now)
    scheduled = list(seen.select_related("quarter", "department", "posted_by").order_by("posted_at", "number"))
    context = {
        "rows": rows,
        "scheduled": scheduled,
        "places": sum(task.places for task in rows),
        "may_post": may_post(user, user.bureau),
        "problem": problem,
        "form": PostForm(drafts=_drafts(user)),
    }
    return render(request, "tasks_market/drafts.html", context, status=422 if problem else 200)


@require_POST
def post(request: HttpRequest) -> HttpResponse:
    """亮单 of the chosen drafts or of all of them, all or nothing."""
    user, now = reader(request), this_moment()
    may_post(user, user.bureau).require()
    form = PostForm(request.POST, drafts=_drafts(user))
    if not form.is_valid():
        return _list(request, user, now, _("没有亮单：请重新选择任务和时间，列表可能刚刚变过。"))
    try:
        posted = drafting.post_list(tasks=form.chosen(), actor=user, now=now, at=form.cleaned_data["at"])
    except InvalidInput as refusal:
        return _list(request, user, now, refusal.message)
    count = len(posted)
    if posted[0].announced:
        said = ngettext("已亮单 %d 项任务，全单位都能看到了。", "已亮单 %d 项任务，全单位都能看到了。", count) % count
    else:
        said = _("%(count)d 项任务将于 %(at)s 亮单。") % {"count": count, "at": spoken(posted[0].posted_at)}
    messages.success(request, said)
    return redirect(reverse("tasks_market:board") if posted[0].announced else reverse("tasks_market:drafts"))


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """拟稿 of a task, with sensible dates to begin with."""
    user, now = reader(request), this_moment()
    may_open(user).require()
    form = TaskForm(request.POST or None, person=user, initial=_defaults(user, now))
    if form.is_valid():
        try:
            task = drafting.draft_task(actor=user, now=now, **form.cleaned_data)
        except InvalidInput as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("已拟稿 %s，等绩效办亮单。") % task.number)
            again = "again" in request.POST
            return redirect(reverse("tasks_market:new") if again else reverse("tasks_market:drafts"))
    return _form(request, form)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Changes a draft, or a posted task that nobody holds yet."""
    user = reader(request)
    task = task_seen(request, number)
    may_edit(user, task).require()
    form = TaskForm(request.POST or None, person=user, instance=task)
    del form.fields["quarter"]
    if form.is_valid():
        try:
            drafting.edit_task(
                task=Task.objects.select_related("quarter").get(pk=task.pk), actor=user, **form.cleaned_data
            )
        except InvalidInput as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("修改已保存。"))
            return redirect(reverse("tasks_market:task", args=[number]))
    return _form(request, form, task)


def _form(request: HttpRequest, form: TaskForm, task: Task | None = None) -> HttpResponse:
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "tasks_market/draft.html", {"form": form, "task": task}, status=status)


def _defaults(user: Employee, now: datetime) -> dict[str, Any]:
    """The quarter that people work in, three days to claim and two weeks to work, up to the end of a working day."""
    today = localtime(now).replace(hour=CLOSING_HOUR, minute=0, second=0, microsecond=0)
    running = working_quarter(user.bureau)
    if running is None or not running.takes_input:
        running = Quarter.objects.filter(bureau=user.bureau_id, state__in=Quarter.TAKES_INPUT).order_by("code").first()
    return {
        "quarter": running,
        "kind": Task.Kind.URGENT,
        "difficulty": Task.Difficulty.MEDIUM,
        "base": 2,
        "places": 3,
        "sharing": Task.Sharing.EACH,
        "claim_until": today + WINDOW,
        "due_at": today + WORK,
        "department": user.department_id,
    }
