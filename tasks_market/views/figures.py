"""市场数据: how much was posted, who took part, and who never did (domain.md, 抢单覆盖面)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from common.components import TableBehind, quarter_label
from indicators.models import Quarter
from organization.models import Employee, Role
from tasks_market.forms import quarters_of
from tasks_market.models import Task
from tasks_market.queries import figures as queries
from tasks_market.views.shared import reader


class FiguresFilter(forms.Form):
    quarter = forms.ChoiceField(label=gettext_lazy("季度"), required=False)

    def __init__(self, *args: Any, person: Employee, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(quarter.code, quarter_label(quarter.code)) for quarter in quarters_of(person)]
        self.fields["quarter"].choices = [("", _("已开始的各季度")), *choices]  # type: ignore[attr-defined]


@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """The figures of one quarter, or of all that have begun: what is posted ahead of its quarter counts in that one."""
    user = reader(request)
    form = FiguresFilter(request.GET, person=user)
    asked = form.cleaned_data["quarter"] if form.is_valid() else ""
    found = queries.figures(user.bureau, [asked] if asked else [])
    ahead = Task.objects.filter(
        bureau=user.bureau_id, quarter__state=Quarter.State.OPEN, state__in=(Task.State.POSTED, Task.State.CLOSED)
    )
    return render(
        request,
        "tasks_market/figures.html",
        {
            "figures": found,
            "form": form,
            "coverage": f"{found.coverage:.1f}",
            "ahead": 0 if asked else ahead.count(),
            "by_department": _bars(_("部门"), sorted(found.by_department, key=lambda one: -one.participations)),
            "by_difficulty": _in_order(found.by_difficulty),
            "by_quarter": [replace(one, label=quarter_label(one.key)) for one in found.by_quarter],
            "never": never_list(user, found.never),
            "busiest": max(found.by_department, key=lambda one: one.participations, default=None),
        },
    )


def never_list(user: Employee, never: Sequence[Employee]) -> list[Employee]:
    """The names behind the figure: all for the leaders and the office, a head's own department, none for others."""
    if user.has_role(Role.Kind.OFFICE, Role.Kind.DIRECTOR, Role.Kind.DEPUTY_DIRECTOR, Role.Kind.DISCIPLINE):
        return list(never)
    if user.has_role(Role.Kind.DEPARTMENT_HEAD, Role.Kind.LIAISON):
        return [person for person in never if person.department_id == user.department_id]
    return [person for person in never if person.pk == user.pk]


def _bars(name: str, groups: Sequence[queries.Group]) -> dict[str, Any]:
    """A chart of participations, with all the figures behind it."""
    columns = (name, _("任务"), _("名额"), _("参与人次"), _("参与人数"))
    return {
        "options": {
            "unit": _("人次"),
            "decimals": 0,
            "items": [{"label": one.label, "value": float(one.participations)} for one in groups],
        },
        "table": TableBehind(columns, [(o.label, o.tasks, o.places, o.participations, o.people) for o in groups]),
    }


def _in_order(groups: Sequence[queries.Group]) -> list[queries.Group]:
    """From high to low."""
    return sorted(groups, key=lambda one: Task.Difficulty.values.index(one.key))
