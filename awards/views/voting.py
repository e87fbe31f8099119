"""Pages of the ballot. What is chosen is read from the request and counted; no page, message, address or session has it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from awards.forms_selections import BallotForm, ReasonForm
from awards.models import Selection, StarCategory
from awards.permissions.selections import may_see_participation, may_vote
from awards.queries.nominees import by_category, standing
from awards.queries.votes import participation, stars_to_vote, turnout, voted_for, voter_of
from awards.services.voting import cast_ballot, close_ballot, open_ballot
from awards.views.selections import seen
from common.components import Step
from common.errors import Conflict, InvalidInput
from common.forms import add_refusal
from indicators.views.shared import one_page, status_of
from organization.queries import work_calendar
from organization.requests import PersonRequest


@require_GET
def ballot(request: PersonRequest, pk: int) -> HttpResponse:
    """The next star that the reader has not voted for."""
    user, found = request.user, seen(request, pk)
    voter = voter_of(found, user)
    may_vote(user, found, today=user.bureau.today, voter=voter).require()
    assert voter is not None
    done = voted_for(voter)
    following = next((one for one in stars_to_vote(found) if one.pk not in done), None)
    if following is None:
        return redirect("awards:selection", pk=pk)
    return redirect("awards:ballot-star", pk=pk, kind=following.kind)


@never_cache
@sensitive_post_parameters("chosen", "abstain")
@sensitive_variables("form")
@require_http_methods(["GET", "POST"])
def ballot_star(request: PersonRequest, pk: int, kind: str) -> HttpResponse:
    """The ballot of one star, with the nominees' deeds."""
    user, found = request.user, seen(request, pk)
    today = user.bureau.today
    voter = voter_of(found, user)
    may_vote(user, found, today=today, voter=voter).require()
    assert voter is not None
    running = stars_to_vote(found)
    star = next((one for one in running if one.kind == kind), None)
    if star is None:
        raise Http404
    nominations = by_category(standing(found))[star.pk]
    done = voted_for(voter)
    form = BallotForm(request.POST or None, nominations=nominations)
    if request.method == "POST" and _cast(request, star, form):
        return _onward(request, found, running, done | {star.pk})
    context = {
        "selection": found,
        "star": star,
        "nominations": nominations,
        "form": form,
        "voted": star.pk in done,
        "rail": _rail(running, done, star),
        "left": len(running) - len(done),
        "today": today,
        "calendar": work_calendar(),
    }
    return render(request, "awards/ballot.html", context, status=status_of(form))


@sensitive_variables("form")
def _cast(request: PersonRequest, star: StarCategory, form: BallotForm) -> bool:
    if not form.is_valid():
        return False
    user = request.user
    try:
        cast_ballot(
            category=star,
            chosen=[int(one) for one in form.cleaned_data["chosen"]],
            abstain=form.cleaned_data["abstain"],
            actor=user,
            today=user.bureau.today,
        )
    except (Conflict, InvalidInput) as error:
        add_refusal(form, error)
        return False
    return True


def _onward(request: PersonRequest, found: Selection, running: list[StarCategory], done: set[int]) -> HttpResponse:
    """To the next star; the page says that the ballot is in, and nothing of it."""
    following = next((one for one in running if one.pk not in done), None)
    if following is None:
        messages.success(request, _("您的选票已全部投出。谁投了谁，系统里查不到。"))
        return redirect("awards:selection", pk=found.pk)
    messages.success(request, _("选票已投出，还有 %d 颗星。") % (len(running) - len(done)))
    return redirect("awards:ballot-star", pk=found.pk, kind=following.kind)


def _rail(running: list[StarCategory], done: set[int], shown: StarCategory) -> list[Step]:
    return [
        Step(
            str(one),
            "now" if one.pk == shown.pk else "done" if one.pk in done else "next",
            note=_("已投") if one.pk in done else "",
        )
        for one in running
    ]


@require_GET
def participation_page(request: PersonRequest, pk: int) -> HttpResponse:
    """Who has voted, for office and discipline; for whom stands nowhere."""
    found = seen(request, pk)
    may_see_participation(request.user, found).require()
    rows = participation(found)
    context = {
        "selection": found,
        "page": one_page(request, rows),
        "late": sum(not row.done for row in rows),
        "turnout": turnout(found),
    }
    return render(request, "awards/ballot_participation.html", context)


@require_POST
def ballot_open(request: PersonRequest, pk: int) -> HttpResponse:
    """开始投票."""
    found = seen(request, pk)
    open_ballot(selection=found, actor=request.user, today=request.user.bureau.today, now=timezone.now())
    messages.success(request, _("投票已开始，全体在岗人员已收到通知。"))
    return redirect("awards:selection", pk=pk)


@require_POST
def ballot_close(request: PersonRequest, pk: int) -> HttpResponse:
    """截止投票, before its last day with a reason."""
    found = seen(request, pk)
    form = ReasonForm(request.POST)
    form.is_valid()
    reason = form.cleaned_data.get("reason", "")
    today = request.user.bureau.today
    close_ballot(selection=found, actor=request.user, today=today, now=timezone.now(), reason=reason)
    messages.success(request, _("投票已截止，请委员会审定。"))
    return redirect("awards:selection", pk=pk)
