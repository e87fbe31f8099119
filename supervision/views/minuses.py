"""督考合一: the minuses that overdue items propose, and the decision about one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from common.components import Tab
from common.errors import Conflict
from common.forms import done
from indicators.views.shared import one_page
from organization.requests import PersonRequest
from supervision.forms_letters import MinusForm
from supervision.models import ProposedMinus
from supervision.permissions.letters import may_decide_minus, may_see_minuses
from supervision.queries.letters import proposals
from supervision.services.minuses import adopt_minus, decline_minus
from supervision.views.letter_shared import people_of
from tasks_market.services.steps import require

State = ProposedMinus.State
TONES = {State.PROPOSED: "risk", State.ADOPTED: "bad", State.DECLINED: "plain"}


@require_GET
def minuses(request: PersonRequest) -> HttpResponse:
    """What is proposed, by default what nobody has decided."""
    user = request.user
    require(may_see_minuses(user))
    asked = request.GET.get("state", State.PROPOSED)
    shown = asked if asked in (*State.values, "all") else State.PROPOSED
    counts = {state: proposals(user, state).count() for state in State.values}
    tabs = [Tab(State(state).label, f"?state={state}", state == shown, n) for state, n in counts.items()]
    tabs.append(Tab(_("全部"), "?state=all", shown == "all", sum(counts.values())))
    page = one_page(request, proposals(user, "" if shown == "all" else shown))
    context = {"page": page, "tabs": tabs, "waiting": counts[State.PROPOSED], "tones": TONES}
    return render(request, "supervision/letter_minuses.html", context)


@require_http_methods(["GET", "POST"])
def minus(request: PersonRequest, pk: int) -> HttpResponse:
    """One proposal and its decision."""
    user = request.user
    require(may_see_minuses(user))
    found = get_object_or_404(proposals(user), pk=pk)
    verdict = may_decide_minus(user, found)
    if request.method == "POST":
        require(verdict)
    form = MinusForm(request.POST or None, minus=found) if verdict else None
    if form is not None and form.is_bound and done(form, lambda: _decide(request, found, form), Conflict):
        messages.success(request, _("已登记决定。"))
        return redirect("supervision:letter-minus", pk=pk)
    context = {
        "minus": found, "item": found.item, "letter": found.item.letter, "form": form, "verdict": verdict,
        "people": people_of(user) if form is not None else (), "tones": TONES,
    }  # fmt: skip
    status = 422 if form is not None and form.is_bound else 200
    return render(request, "supervision/letter_minus.html", context, status=status)


def _decide(request: PersonRequest, found: ProposedMinus, form: MinusForm) -> None:
    given, now = form.cleaned_data, timezone.now()
    if given["decision"] == "decline":
        decline_minus(minus=found, reason=given["reason"], actor=request.user, now=now)
        return
    adopt_minus(
        minus=found, reason=given["reason"], employee=given["employee"], points=given["points"], actor=request.user,
        today=request.user.bureau.today, now=now,
    )  # fmt: skip
