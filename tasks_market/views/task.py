"""A task's page, what it asks for every few seconds, and the files that were handed in."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from organization.files import hand_out
from tasks_market import permissions
from tasks_market.models import Claim, ClaimFile, Task
from tasks_market.queries import spoken
from tasks_market.queries.board import SchemeBook, working_if_accepted
from tasks_market.views.shared import claim_seen, reader, task_seen, this_moment
from tasks_market.views.task_page import Forms, TaskPage, claim_working


@require_GET
def task(request: HttpRequest, number: str) -> HttpResponse:
    """The task's page."""
    return task_page(request, task_seen(request, number))


def task_page(request: HttpRequest, found: Task, bound: Forms | None = None) -> HttpResponse:
    """Renders the page; with forms that came back with errors as 422."""
    page = TaskPage(found, reader(request), this_moment(), bound or {})
    context = {"page": page, "task": found, "cancel_form": (bound or {}).get((0, "cancel"))}
    return render(request, "tasks_market/task.html", context, status=422 if bound else 200)


@require_GET
def live(request: HttpRequest, number: str) -> HttpResponse:
    """Asked every few seconds: 204 while nobody moved, else everything of the page that follows.

    What is being filled in stays as it is (hx-preserve) as long as it can still be sent.
    """
    page = TaskPage(task_seen(request, number), reader(request), this_moment())
    if request.GET.get("v") == page.version:
        return HttpResponse(status=204)
    return render(request, "tasks_market/_task_live.html", {"page": page, "task": page.task, "moved": True})


@require_GET
def worth(request: HttpRequest, pk: int) -> HttpResponse:
    """The working of a claim's points at the quality that is being set, as if it were accepted now."""
    claim = claim_seen(request, pk)
    permissions.may_accept(reader(request), claim).require()
    try:
        quality = Decimal(request.GET.get("quality", "1"))
    except InvalidOperation:
        quality = Decimal(-1)
    if not (quality.is_finite() and 0 <= quality <= Decimal("1.2")):
        return render(request, "tasks_market/_worth.html", {"problem": _("质量系数应当在 0 到 1.2 之间。")})
    scheme = SchemeBook(claim.task.bureau).of(claim.task.quarter.code)
    fellows = list(claim.task.claims.filter(outcome=Claim.Outcome.ACCEPTED).values_list("part", flat=True))
    working = claim_working(claim, working_if_accepted(claim, scheme, fellows, quality))
    return render(request, "tasks_market/_worth.html", {"working": working})


@require_GET
def download(request: HttpRequest, pk: int) -> FileResponse:
    """A handed-in file, for who may see its task; always as a download, never shown in place."""
    found = get_object_or_404(ClaimFile.objects.visible_to(reader(request)), pk=pk)
    return hand_out(found)


def posting_note(found: Task) -> str:
    """What the toast after 亮单 says."""
    return _("已亮单“%s”。") % found.name if found.announced else _("将于 %s 亮单。") % spoken(found.posted_at)
