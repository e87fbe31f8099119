"""The outbox as its administrator sees it: what waits, what failed, and what to do about it."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from common.components import Tab
from notifications import permissions
from notifications.models import Delivery
from notifications.queries import FOLDERS, delivery_rows, folder_counts
from notifications.queries import deliveries as found
from notifications.services import sending
from notifications.views.shared import sections
from organization.requests import PersonRequest

PAGE = 30


@require_safe
def deliveries(request: PersonRequest) -> HttpResponse:
    """`?state=` names a folder; without one what needs somebody, or else what waits."""
    user = request.user
    permissions.may_see_deliveries(user).require()
    counts = folder_counts(user)
    folder = request.GET.get("state", "")
    if folder not in FOLDERS:
        folder = "trouble" if counts["trouble"] else "waiting"
    page = Paginator(found(user, folder), PAGE).get_page(request.GET.get("page"))
    labels = {
        "trouble": _("需要处理"),
        "waiting": _("待发送"),
        "sent": _("已发送"),
        "dropped": _("不必再发"),
    }
    context = {
        "page": page,
        "rows": delivery_rows(page.object_list),
        "counts": counts,
        "folder": folder,
        "tabs": [Tab(label, f"?state={name}", name == folder, counts[name]) for name, label in labels.items()],
        "may_settle": permissions.may_settle_deliveries(user),
        "given_up": sending.given_up(user).count() if folder == "trouble" else 0,
        "sections": sections(user, "deliveries"),
    }
    return render(request, "notifications/deliveries.html", context)


@require_POST
def retry(request: PersonRequest, pk: int) -> HttpResponse:
    sending.retry_delivery(actor=request.user, delivery=_delivery(request, pk), now=timezone.now())
    messages.success(request, _("已重新排队，一分钟内发送。"))
    return redirect("notifications:deliveries")


@require_POST
def close(request: PersonRequest, pk: int) -> HttpResponse:
    sending.close_delivery(actor=request.user, delivery=_delivery(request, pk))
    messages.success(request, _("已标为不必再发。"))
    return redirect("notifications:deliveries")


@require_POST
def retry_all(request: PersonRequest) -> HttpResponse:
    """Everything that was given up; what may have arrived is looked at one by one."""
    number = sending.retry_given_up(actor=request.user, now=timezone.now())
    messages.success(request, ngettext("%(n)d 条消息已重新排队。", "%(n)d 条消息已重新排队。", number) % {"n": number})
    return redirect("notifications:deliveries")


def _delivery(request: PersonRequest, pk: int) -> Delivery:
    permissions.may_see_deliveries(request.user).require()
    return get_object_or_404(Delivery.objects.visible_to(request.user).select_related("bureau"), pk=pk)
