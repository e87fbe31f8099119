"""The page of the organisational scores."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from common.exact import round2
from indicators.models import Quarter
from organization.models import Department
from organization.requests import PersonRequest
from scoring.forms import DepartmentScoresForm
from scoring.models import DepartmentScore
from scoring.permissions import (
    may_see_adjustments,
    may_write_department_scores,
)
from scoring.services.department_scores import set_department_scores


@require_http_methods(["GET", "POST"])
def department_scores(request: PersonRequest) -> HttpResponse:
    """The organisational scores of one quarter, all departments on one sheet."""
    user = request.user
    may_see_adjustments(user, user.bureau).require()
    mine = Quarter.objects.visible_to(user).select_related("bureau").order_by("-code")
    code = request.GET.get("quarter", "")
    chosen = get_object_or_404(mine, code=code) if code else mine.filter(department_scores__isnull=False).first()
    chosen = chosen or mine.first()
    verdict = may_write_department_scores(user, user.bureau)
    if chosen is None:
        return render(request, "scoring/department_scores.html", {"quarter": None})
    scores = dict(DepartmentScore.objects.filter(quarter=chosen).values_list("department_id", "score"))
    departments = Department.objects.visible_to(user).order_by("code")
    form = DepartmentScoresForm(request.POST or None, departments=departments, scores=scores)
    if request.method == "POST":
        verdict.require()
        if form.is_valid():
            changed = set_department_scores(quarter=chosen, scores=form.scores(), actor=user)
            messages.success(request, ngettext("%d 个部门的得分已更新。", "%d 个部门的得分已更新。", changed) % changed)
            return redirect(f"{reverse('scoring:department-scores')}?quarter={chosen.code}")
    mean = round2(Fraction(sum(scores.values(), Decimal(0))) / len(scores)) if scores else None
    return render(
        request,
        "scoring/department_scores.html",
        {
            "quarter": chosen,
            "quarters": list(mine.values_list("code", flat=True)),
            "form": form,
            "rows": [(one, scores.get(one.pk)) for one in form.departments],
            "mean": mean,
            "with_score": len(scores),
            "verdict": verdict,
        },
        status=422 if form.is_bound else 200,
    )
