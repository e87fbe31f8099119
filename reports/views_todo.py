"""待办: everything that waits for the reader, and its number for the head of every page."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_cookie

from common.components import Tab
from common.htmx import is_fragment, redirect
from organization.requests import PersonRequest
from reports.queries.todo import KINDS, Todo, Urgency, todo

COUNT_HOLDS = 60
"""For so many seconds the browser shows the same number on every page without asking again."""


@require_safe
def todo_page(request: PersonRequest) -> HttpResponse:
    """All duties by urgency, or `?kind=` of one kind."""
    found = todo(request.user, request.user.bureau.today)
    counts = found.counts()
    kind = request.GET.get("kind", "")
    kind = kind if kind in counts else ""
    tabs = [Tab(_("全部"), reverse("reports:todo"), not kind, len(found.duties))]
    tabs += [Tab(KINDS[one], f"?kind={one}", one == kind, number) for one, number in counts.items()]
    context = {"todo": found, "groups": found.grouped(kind), "tabs": tabs, "finding": finding(found)}
    return render(request, "reports/todo.html", context)


@require_safe
@vary_on_cookie
def todo_count(request: PersonRequest) -> HttpResponse:
    """The number beside the list's icon, kept by the browser for a minute: pages themselves ask the database nothing."""
    if not is_fragment(request):
        return redirect(request, reverse("reports:todo"))
    found = todo(request.user, request.user.bureau.today)
    response = render(request, "reports/_todo_count.html", {"number": len(found.duties), "overdue": found.overdue})
    response["Cache-Control"] = f"private, max-age={COUNT_HOLDS}"
    return response


def finding(found: Todo) -> str:
    """The heading's sentence."""
    number, late = len(found.duties), found.overdue
    if not number:
        return _("没有等您办理的事项")
    if late:
        words = ngettext("%(n)d 件待办，其中 %(late)d 件已经逾期", "%(n)d 件待办，其中 %(late)d 件已经逾期", number)
        return words % {"n": number, "late": late}
    if today := sum(found.urgency(one) is Urgency.TODAY for one in found.duties):
        words = ngettext("%(n)d 件待办，%(today)d 件今天截止", "%(n)d 件待办，%(today)d 件今天截止", number)
        return words % {"n": number, "today": today}
    return ngettext("%(n)d 件待办，都还没有到期", "%(n)d 件待办，都还没有到期", number) % {"n": number}
