"""Pages of the jobs: how all of them stand, and the history of one."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from kombu.exceptions import OperationalError

from common.components import Tab
from common.errors import Conflict
from common.htmx import page_or_fragment
from common.tenancy import across
from organization.requests import PersonRequest
from perfmgmt import services
from perfmgmt.models import JobRun
from perfmgmt.permissions import may_manage_jobs, may_read_jobs, may_switch_off
from perfmgmt.queries import Line, is_alone, readable, runs_of, standing
from perfmgmt.schedule import BY_TASK, ON_DEMAND
from scoring.queries.waves import latest_waves, unscored_last_night

PAGE = 50


@require_GET
@across()  # the top of the tree sees the whole installation; `visible_to` narrows for all others
def jobs(request: PersonRequest) -> HttpResponse:
    """All jobs in one table, which asks for itself anew while somebody looks."""
    may_read_jobs(request.user).require()
    now = timezone.now()
    shown = standing(now, JobRun.objects.visible_to(request.user), unscored=unscored_last_night(request.user))
    context = {"standing": shown, "waves": latest_waves(request.user), "pace": 3 if shown.is_moving else 20}
    return page_or_fragment(request, "perfmgmt/jobs.html", "perfmgmt/_jobs.html", context)


def _line_of(request: PersonRequest, task: str) -> Line:
    may_read_jobs(request.user).require()
    if task not in BY_TASK and task not in ON_DEMAND:
        raise Http404
    unscored = unscored_last_night(request.user)
    shown = standing(timezone.now(), JobRun.objects.visible_to(request.user), unscored=unscored)
    return next(line for line in [*shown.clocked, *shown.on_demand] if line.task == task)


@require_GET
@across()  # the top of the tree sees the whole installation; `visible_to` narrows for all others
def job(request: PersonRequest, task: str) -> HttpResponse:
    """One job: when, how it stands, its runs and their errors."""
    line = _line_of(request, task)
    user, only_trouble = request.user, request.GET.get("tab") == "trouble"
    page = Paginator(runs_of(task, user, only_trouble=only_trouble), PAGE).get_page(request.GET.get("page"))
    address = reverse("jobs:job", args=[task])
    trouble = page.paginator.count if only_trouble else runs_of(task, user, only_trouble=True).count()
    context = {
        "line": line,
        "is_clocked": task in BY_TASK,
        "page": page,
        "runs": list(readable(page.object_list, alone=is_alone())),
        "tabs": [
            Tab(_("全部记录"), address, not only_trouble),
            Tab(_("失败、中断和未办成"), f"{address}?tab=trouble", only_trouble, trouble),
        ],
        "may_manage": may_manage_jobs(user),
        "may_switch": may_switch_off(user, task) if line.enabled else may_manage_jobs(user),
        "pace": 3 if line.running else 20,
        "address": f"{address}?{request.GET.urlencode()}",
    }
    return page_or_fragment(request, "perfmgmt/job.html", "perfmgmt/_job.html", context)


@require_POST
def run(request: PersonRequest, task: str) -> HttpResponse:
    """The button 立即执行."""
    _clocked(request, task)
    try:
        services.run_now(actor=request.user, task=task)
    except Conflict as error:
        messages.warning(request, error.message)
    except OperationalError:
        messages.error(request, _("消息队列没有应答，作业没有派发；请检查 Redis 服务后再试。"))
    else:
        messages.success(request, _("已派发，稍后在执行记录里看结果。"))
    return redirect("jobs:job", task=task)


@require_POST
def switch(request: PersonRequest, task: str) -> HttpResponse:
    """The buttons 停用 and 启用."""
    _clocked(request, task)
    enabled = request.POST.get("enabled") == "1"
    try:
        services.switch(actor=request.user, task=task, enabled=enabled)
    except Conflict as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, _("已启用，到时间自动执行。") if enabled else _("已停用，到时间不再自动执行。"))
    return redirect("jobs:job", task=task)


def _clocked(request: PersonRequest, task: str) -> None:
    may_read_jobs(request.user).require()
    if task not in BY_TASK:
        raise Http404
