"""Pages of the committee: the vote with its border and ties, who gets the stars and why, objections and what follows."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from awards.forms_selections import AnswerForm, DecisionForm, ObjectionForm, ReasonForm
from awards.models import Objection, Selection, StarAward
from awards.permissions.selections import may_answer_objection, may_decide_stars, may_object, may_see_decision
from awards.queries.selection_page import proposed, stars_shown
from awards.queries.selections import State, settings_of
from awards.services.deciding import decide_stars, publish_stars, withdraw_star
from awards.services.objections import answer_objection, object_to
from awards.views.selections import page_of_selection, seen
from common.errors import Conflict, InvalidInput
from common.forms import add_refusal
from indicators.views.shared import status_of
from organization.queries import work_calendar
from organization.requests import PersonRequest


@require_http_methods(["GET", "POST"])
def decision(request: PersonRequest, pk: int) -> HttpResponse:
    """审定: the stars of a selection, from the vote or away from it with a reason."""
    user, found = request.user, seen(request, pk)
    may_see_decision(user, found).require()
    if not found.shows_votes:
        raise Conflict(_("投票还没有截止，现在看不到结果。"), code="state")
    verdict = may_decide_stars(user, found)
    stars = stars_shown(found, user)
    suggested = proposed(found, stars)
    form = DecisionForm(
        request.POST or None, stars=stars, chosen=suggested.chosen, departures=suggested.departures
    )  # fmt: skip
    if request.method == "POST":
        verdict.require()
        if form.is_valid():
            try:
                decide_stars(
                    selection=found, choices=form.choices(), actor=user, today=user.bureau.today, now=timezone.now()
                )
            except (Conflict, InvalidInput) as error:
                add_refusal(form, error)
            else:
                messages.success(request, _("审定结果已公示，全体人员已收到通知。"))
                return redirect("awards:selection", pk=pk)
    rows = [(one, form[f"chosen-{one.category.pk}"], form[f"departure-{one.category.pk}"]) for one in stars]
    context = {
        "selection": found,
        "rows": [
            (star, [str(value) for value in chosen.value() or []], chosen, reason) for star, chosen, reason in rows
        ],
        "form": form,
        "verdict": verdict,
        "deciding": found.state == State.DECIDING,
        "tied": sum(bool(one.tied) for one in stars),
        "days": settings_of(user.bureau).publicity_days,
        "today": user.bureau.today,
        "calendar": work_calendar(),
    }
    return render(request, "awards/decision.html", context, status=status_of(form))


@require_POST
def stars_publish(request: PersonRequest, pk: int) -> HttpResponse:
    """公布."""
    found = seen(request, pk)
    publish_stars(selection=found, actor=request.user, today=request.user.bureau.today, now=timezone.now())
    messages.success(request, _("五星已公布，证书已编号，获评人员已收到通知。"))
    return redirect("awards:selection", pk=pk)


@require_POST
def objection_new(request: PersonRequest, pk: int) -> HttpResponse:
    """提出异议."""
    user, found = request.user, seen(request, pk)
    today = user.bureau.today
    may_object(user, found, today=today).require()
    awards = list(StarAward.objects.filter(category__selection=found).select_related("category", "employee"))
    form = ObjectionForm(request.POST, awards=awards)
    if form.is_valid():
        try:
            object_to(selection=found, actor=user, today=today, now=timezone.now(), **form.cleaned_data)
        except (Conflict, InvalidInput) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("异议已提出，答复后会通知您。"))
            return redirect("awards:selection", pk=pk)
    return page_of_selection(request, found, objection_form=form)


@require_http_methods(["GET", "POST"])
def objection_answer(request: PersonRequest, pk: int) -> HttpResponse:
    """答复异议."""
    user = request.user
    rows = Objection.objects.filter(selection__in=Selection.objects.visible_to(user)).select_related(
        "selection__bureau", "selection__quarter", "by__department", "award__category", "award__employee"
    )
    found = get_object_or_404(rows, pk=pk)
    may_answer_objection(user, found).require()
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            answer_objection(
                objection=found, actor=user, today=user.bureau.today, now=timezone.now(), **form.cleaned_data
            )
        except InvalidInput as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("已答复，提出人已收到通知。"))
            return redirect("awards:selection", pk=found.selection_id)
    context = {"objection": found, "selection": found.selection, "form": form}
    return render(request, "awards/decision_objection.html", context, status=status_of(form))


@require_POST
def star_withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    """撤销称号, with a reason."""
    award = get_object_or_404(StarAward.objects.visible_to(request.user).select_related("category"), pk=pk)
    form = ReasonForm(request.POST)
    form.is_valid()
    reason = form.cleaned_data.get("reason", "")
    withdraw_star(award=award, actor=request.user, reason=reason, now=timezone.now())
    messages.success(request, _("称号已撤销，证书查验会显示已撤销。"))
    return redirect("awards:selection", pk=award.category.selection_id)
