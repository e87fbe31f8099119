"""The component page and the two answers that its moving parts ask for."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common.errors import Conflict
from common.ui import samples


@login_not_required
def components(request: HttpRequest) -> HttpResponse:
    """All components in all states; `?toast=1` adds a message of each level."""
    if request.GET.get("toast"):
        messages.success(request, "已抢到任务 T2023-014，剩 1 个名额。")
        messages.warning(request, "2023年二季度 的部门得分还没有录入，联动分按 0 计。")
    filters = samples.SampleFilter(request.GET or None)
    page = Paginator(range(210), 50).get_page(request.GET.get("page"))
    return render(request, "ui/components.html", samples.context() | {"filters": filters, "page": page})


@login_not_required
def job(request: HttpRequest) -> HttpResponse:
    """The fragment of a running job: a quarter further each second."""
    done = int(request.GET.get("done") or 2310)
    return render(request, "components/_job_progress.html", {"job": samples.running_job(done)})


@login_not_required
def refusal(request: HttpRequest) -> HttpResponse:
    """A refusal as a service raises it, to see how the page says it."""
    raise Conflict("任务 T2023-014 的 3 个名额已经抢完。可以看看其他待抢的任务。")
