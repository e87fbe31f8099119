"""Pages of nominations: whom the reader may nominate, who stands for what, and who of the pool nobody nominated."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from awards.forms_selections import NominationForm, ReasonForm
from awards.models import Nomination, Selection
from awards.permissions.selections import may_nominate, may_withdraw_nomination
from awards.queries.nominees import by_category, nobody_nominated, nominators, standing, whom_to_nominate
from awards.services.nominating import nominate, withdraw_nomination
from awards.views.selections import seen
from common.errors import Conflict, InvalidInput
from common.forms import add_refusal
from indicators.views.shared import one_page, status_of
from organization.models import Employee
from organization.queries import work_calendar
from organization.requests import PersonRequest


@require_GET
def nominations(request: PersonRequest, pk: int) -> HttpResponse:
    """Everybody who stands, with the deeds, and who of the pool stands for nothing."""
    found = seen(request, pk)
    rows = list(standing(found))
    stars = by_category(rows)
    user, today = request.user, request.user.bureau.today
    own = nominators(user)
    ours = {one.pk for one in rows if own and _may_withdraw(user, one, found)}
    context = {
        "selection": found,
        "stars": [(category, stars[category.pk]) for category in found.categories.order_by("pk")],
        "nominated": len({one.employee_id for one in rows}),
        "nobody": one_page(request, nobody_nominated(found)),
        "ours": ours,
        "may_nominate": may_nominate(user, found, today=today),
        "today": today,
        "calendar": work_calendar(),
    }
    return render(request, "awards/nominations.html", context)


def _may_withdraw(user: Employee, one: Nomination, selection: Selection) -> bool:
    one.category.selection = selection
    return bool(may_withdraw_nomination(user, one))


@require_http_methods(["GET", "POST"])
def nominate_page(request: PersonRequest, pk: int) -> HttpResponse:
    """提名."""
    user, found = request.user, seen(request, pk)
    today = user.bureau.today
    may_nominate(user, found, today=today).require()
    members = whom_to_nominate(found, user)
    asked = {"member": request.GET.get("member", ""), "category": request.GET.get("category", "")}
    form = NominationForm(request.POST or None, initial=asked, selection=found, own=nominators(user), members=members)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = nominate(
                category=given["category"],
                employee=given["member"].employee,
                branch=given["branch"],
                deeds=given["deeds"],
                actor=user,
                today=today,
                now=timezone.now(),
            )
        except (Conflict, InvalidInput) as error:
            add_refusal(form, error)
        else:
            messages.success(
                request, _("已提名%(name)s为%(star)s。") % {"name": made.employee.name, "star": made.category}
            )
            return redirect("awards:nominations", pk=pk)
    context = {"selection": found, "form": form, "members": members, "today": today, "calendar": work_calendar()}
    return render(request, "awards/nomination_new.html", context, status=status_of(form))


@require_POST
def nomination_withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    """撤回提名, with a reason."""
    rows = Nomination.objects.filter(category__selection__in=Selection.objects.visible_to(request.user))
    found = get_object_or_404(rows.select_related("category"), pk=pk)
    form = ReasonForm(request.POST)
    form.is_valid()
    reason = form.cleaned_data.get("reason", "")
    withdraw_nomination(nomination=found, actor=request.user, reason=reason, now=timezone.now())
    messages.success(request, _("提名已撤回。"))
    return redirect("awards:nominations", pk=found.category.selection_id)
