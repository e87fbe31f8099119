"""机考: where the facts of machine points come from, and the tokens of the systems that may post them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.errors import DomainError
from common.forms import add_refusal
from indicators.forms import FactTokenForm, SourceForm
from indicators.models import AssessmentPoint, FactToken
from indicators.permissions import may_edit_libraries, may_issue_fact_tokens
from indicators.queries import machine as queries
from indicators.queries import rule_of
from indicators.queries.library import point_url, rule_words
from indicators.services import fact_tokens, facts
from indicators.services.points import last_version
from indicators.views.shared import asked_quarter, one_page, status_of
from organization.requests import PersonRequest

A_YEAR = timedelta(days=365)


@require_GET
def machine(request: PersonRequest) -> HttpResponse:
    """The machine points of a quarter with their sources, and the bureau's fact tokens."""
    user = request.user
    may_issue_fact_tokens(user, user.bureau).require()
    quarter = asked_quarter(request)
    if quarter is None:
        return render(request, "indicators/no_quarter.html", {"title": _("机考数据")})
    versions = queries.machine_versions(user.bureau, quarter)
    page = one_page(request, versions)
    tokens = queries.token_rows(user.bureau, user.bureau.today)
    figures = {
        "points": page.paginator.count,
        "own": versions.exclude(point__fact_source="").count(),
        "systems": sum(row.in_use for row in tokens),
    }
    return render(
        request,
        "indicators/machine.html",
        {
            "quarter": quarter,
            "page": page,
            "rows": queries.point_rows(page.object_list, quarter),
            "tokens": tokens,
            "finding": _("%(points)d 个机考考点，%(own)d 个由本系统计算；%(systems)d 个外部系统可以报送") % figures,
        },
    )


@never_cache
@require_http_methods(["GET", "POST"])
def issue_token(request: PersonRequest) -> HttpResponse:
    """A token for a system; it is shown in the answer and never again."""
    user = request.user
    may_issue_fact_tokens(user, user.bureau).require()
    form = FactTokenForm(request.POST or None, initial={"expires_on": user.bureau.today + A_YEAR})
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        try:
            token, key = fact_tokens.issue_token(
                bureau=user.bureau, actor=user, today=user.bureau.today, **form.cleaned_data
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            context = {"token": token, "key": key, "address": request.build_absolute_uri("/api/v1/results/facts/")}
    return render(request, "indicators/machine_token.html", context, status=status_of(form))


@require_POST
def revoke_token(request: PersonRequest, pk: int) -> HttpResponse:
    """The system can post no more."""
    token = get_object_or_404(FactToken.objects.visible_to(request.user).select_related("bureau"), pk=pk)
    fact_tokens.revoke_token(token=token, actor=request.user)
    messages.success(request, _("“%s”的令牌已停用，已报送的数据不变。") % token.system)
    return redirect("indicators:machine")


@require_http_methods(["GET", "POST"])
def point_source(request: PersonRequest, year: int, code: str) -> HttpResponse:
    """The office names what a machine point computes its facts from."""
    user = request.user
    rows = AssessmentPoint.objects.visible_to(user).select_related("bureau")
    point = get_object_or_404(rows, year=year, code=code)
    may_edit_libraries(user, point.bureau).require()
    version = last_version(point)
    form = SourceForm(request.POST or None, point=point, rule=rule_of(version))
    if form.is_valid():
        try:
            facts.set_source(point=point, source=form.cleaned_data["source"], actor=user)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("已设定 %s 的机考来源，下次夜间计算时生效。") % point.code)
            return redirect(point_url(point))
    context = {"point": point, "version": version, "rule": rule_words(version), "form": form}
    return render(request, "indicators/point_source.html", context, status=status_of(form))
