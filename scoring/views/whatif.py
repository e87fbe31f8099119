"""方案模拟: change the scheme's numbers on a draft and see who moves, before deciding (screens.md)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from common.components import Tab, quarter_label
from indicators.models import Quarter
from indicators.views.shared import asked_quarter, one_page, status_of
from organization.requests import PersonRequest
from scoring.forms import DraftSchemeForm
from scoring.formula import SCHEME_KEYS
from scoring.permissions import may_simulate
from scoring.queries.outcomes import scheme_of
from scoring.queries.whatif import Simulation, simulate


@require_GET
def whatif(request: PersonRequest) -> HttpResponse:
    """A draft scheme beside the one in force, and who of the quarter would stand where; saves nothing."""
    user = request.user
    may_simulate(user, user.bureau).require()
    quarters = list(Quarter.objects.visible_to(user).exclude(state=Quarter.State.OPEN).order_by("-code")[:8])
    found = asked_quarter(request)
    if found is None:
        return render(request, "scoring/whatif_empty.html")
    found.bureau = user.bureau
    scheme = scheme_of(found)
    asked = {name: request.GET[name] for name in SCHEME_KEYS.values() if name in request.GET}
    form = DraftSchemeForm(
        {SCHEME_KEYS[key]: text for key, text in scheme.to_mapping().items()} | asked if asked else None,
        scheme=scheme,
        categories=user.bureau.categories.values_list("name", flat=True),
    )
    context: dict[str, Any] = {"quarter": found, "form": form, "tabs": _tabs(quarters, found, asked)}
    if form.is_valid():
        context |= _shown(request, form, simulate(found, form.draft, today=user.bureau.today))
    return render(request, "scoring/whatif.html", context, status=status_of(form))


def _tabs(quarters: list[Quarter], shown: Quarter, draft: dict[str, str]) -> list[Tab]:
    """The same draft tried on other quarters."""
    return [
        Tab(quarter_label(one.code), f"?{urlencode({'quarter': one.code, **draft})}", one.code == shown.code)
        for one in quarters
    ]


def _shown(request: PersonRequest, form: DraftSchemeForm, found: Simulation) -> dict[str, Any]:
    draft = {"quarter": found.quarter.code, **{name: form.cleaned_data[name] for name in SCHEME_KEYS.values()}}
    department = request.GET.get("department", "")
    shifts = [one for one in found.shifts if one.is_moved and department in ("", str(one.department_id))]
    changed = {key for key, _before, _after in form.changes}
    adopted = {f"draft_{name}": draft[name] for key, name in SCHEME_KEYS.items() if key in changed}
    return {
        "simulation": found,
        "changes": form.changes,
        "page": one_page(request, shifts),
        "department": next((one for one in found.departments if str(one.key) == department), None),
        "base": f"?{urlencode(draft)}",
        "adopt": f"{reverse('indicators:scheme')}?{urlencode({'quarter': found.quarter.code, **adopted})}#change",
    }
