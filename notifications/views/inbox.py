"""The bell and the list behind it."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from common.htmx import is_fragment, redirect
from notifications import services
from notifications.models import Notification
from notifications.queries import unread_by
from organization.requests import PersonRequest

PAGE = 30


@require_safe
def inbox(request: PersonRequest) -> HttpResponse:
    """The person's notifications, newest first; `?unread=1` only the unread ones."""
    own = Notification.objects.visible_to(request.user)
    unread_only = request.GET.get("unread") == "1"
    unread = own.unread().count()
    page = Paginator(own.unread() if unread_only else own, PAGE).get_page(request.GET.get("page"))
    tabs = [
        {"url": "?", "label": _("全部"), "active": not unread_only},
        {"url": "?unread=1", "label": _("未读"), "active": unread_only, "count": unread},
    ]
    return render(request, "notifications/inbox.html", {"page": page, "tabs": tabs, "unread": unread})


@require_safe
def bell(request: PersonRequest) -> HttpResponse:
    """The bell with the number of unread notifications, polled by every open page: one query."""
    if not is_fragment(request):
        return redirect(request, reverse("notifications:inbox"))
    context = {
        "unread": unread_by(request.user),
        "bell_url": reverse("notifications:bell"),
        "inbox_url": reverse("notifications:inbox"),
    }
    return render(request, "components/_bell.html", context)


@require_POST
def read(request: PersonRequest, pk: int) -> HttpResponse:
    """Marks it as read and leads to the page that it tells of."""
    notification = get_object_or_404(Notification.objects.visible_to(request.user), pk=pk)
    services.mark_read(actor=request.user, notification=notification)
    return redirect(request, notification.url or reverse("notifications:inbox"))


@require_POST
def read_all(request: PersonRequest) -> HttpResponse:
    number = services.mark_all_read(actor=request.user)
    messages.success(request, ngettext("%(n)d 条消息已标为已读。", "%(n)d 条消息已标为已读。", number) % {"n": number})
    return redirect(request, reverse("notifications:inbox"))
