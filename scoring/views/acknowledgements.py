"""知悉: the person's button, and the list of who has not pressed it yet."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from common.components import quarter_label
from indicators.models import Quarter
from indicators.views.shared import one_page, seen_quarter
from organization.requests import PersonRequest
from scoring.forms import AcknowledgementFilter
from scoring.models import Score
from scoring.permissions import may_remind_of_scores, may_see_acknowledgements
from scoring.queries.acknowledgements import scores_seen_by, tally, with_moment
from scoring.services.acknowledgements import acknowledge as acknowledge_score
from scoring.services.acknowledgements import remind_of_scores


@require_POST
def acknowledge(request: PersonRequest, pk: int) -> HttpResponse:
    """已知悉: what the page showed is named by its digest, so that nobody acknowledges a score that has changed since."""
    own = Score.objects.filter(employee=request.user)
    score = get_object_or_404(own.select_related("run", "quarter", "bureau"), pk=pk)
    score.digest = request.POST.get("digest", "")
    acknowledge_score(score=score, actor=request.user, now=timezone.now())
    messages.success(request, _("已记录：您已知悉%s得分。") % quarter_label(score.quarter.code))
    return redirect(f"{reverse('reports:mine')}?{urlencode({'quarter': score.quarter.code})}")


@require_safe
def acknowledgements(request: PersonRequest, code: str) -> HttpResponse:
    """知悉情况 of a quarter that is shown: who has acknowledged when, who has not; a head sees the own department."""
    user = request.user
    quarter = _quarter_of(request, code)
    seen = scores_seen_by(user, quarter)
    form = AcknowledgementFilter(request.GET, bureau=user.bureau)
    rows = with_moment(form.narrow(seen)).select_related("department").defer("inputs")
    page = one_page(request, rows.order_by("department__code", "number"))
    return render(
        request,
        "scoring/acknowledgements.html",
        {
            "quarter": quarter,
            "is_shown": quarter.is_settled,
            "tally": tally(seen),
            "filters": form,
            "page": page,
            "may_remind": may_remind_of_scores(user, user.bureau),
        },
    )


@require_POST
def remind(request: PersonRequest, code: str) -> HttpResponse:
    """Reminds everybody on the list who has not acknowledged."""
    quarter = _quarter_of(request, code)
    told = remind_of_scores(quarter=quarter, actor=request.user, today=timezone.localdate())
    if told:
        messages.success(request, ngettext("已提醒 %d 人。", "已提醒 %d 人。", told) % told)
    else:
        messages.info(request, _("未知悉的人员今天都已经提醒过，或没有需要提醒的。"))
    return redirect("scoring:acknowledgements", code=code)


def _quarter_of(request: PersonRequest, code: str) -> Quarter:
    may_see_acknowledgements(request.user, request.user.bureau).require()
    return seen_quarter(request.user, code)
