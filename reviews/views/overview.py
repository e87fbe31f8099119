"""三晒 at a glance: the matrix of all branches for those who oversee them, the year of one's own branch for everybody."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from common.components import Tab
from organization.models import Employee, PartyBranch
from organization.queries import work_calendar
from organization.requests import PersonRequest
from reviews.models import SEES_ALL_SHOWINGS
from reviews.permissions.overview import may_see_branch_year
from reviews.permissions.showings import may_schedule, may_set_reviews
from reviews.queries.matrix import LABELS, SIGNS, TONES, Mark, matrix, years_of
from reviews.queries.overview import branch_year

PAGE_SIZE = 30
"""Branches on a page of the matrix; twelve cells each."""


@require_GET
def showings(request: PersonRequest) -> HttpResponse:
    """The way in: the matrix for those who see every branch, for others their branch's year."""
    user = request.user
    if user.has_role(*SEES_ALL_SHOWINGS):
        return _matrix_page(request)
    branches = _own_branches(user)
    return _branch_page(request, branches[0]) if branches else render(request, "reviews/overview_empty.html")


@require_GET
def branch_showings(request: PersonRequest, code: str) -> HttpResponse:
    """One branch's year, for its people, its secretary and those who see every branch."""
    branch = get_object_or_404(PartyBranch.objects.visible_to(request.user).select_related("bureau"), code=code)
    may_see_branch_year(request.user, branch).require()
    return _branch_page(request, branch)


def _matrix_page(request: PersonRequest) -> HttpResponse:
    user, today = request.user, request.user.bureau.today
    year, years = _asked_year(request)
    found = matrix(user.bureau, year, today=today)
    return render(
        request,
        "reviews/matrix.html",
        {
            "matrix": found,
            "page": Paginator(found.rows, PAGE_SIZE).get_page(request.GET.get("page")),
            "years": _year_tabs(years, year),
            "tabs": _tabs(user, None),
            "legend": [(SIGNS[mark], LABELS[mark], TONES[mark]) for mark in Mark if mark != Mark.NONE],
            "may_schedule": may_schedule(user),
            "may_set": may_set_reviews(user, user.bureau),
        },
    )


def _branch_page(request: PersonRequest, branch: PartyBranch) -> HttpResponse:
    user, today, calendar = request.user, request.user.bureau.today, work_calendar()
    year, years = _asked_year(request)
    return render(
        request,
        "reviews/overview.html",
        {
            "found": branch_year(branch, year, user=user, today=today, calendar=calendar),
            "years": _year_tabs(years, year),
            "tabs": _tabs(user, branch),
            "today": today,
            "calendar": calendar,
            "may_schedule": may_schedule(user),
            "may_set": may_set_reviews(user, user.bureau),
        },
    )


def _own_branches(user: Employee) -> list[PartyBranch]:
    """The branch that one belongs to, then those that one leads."""
    own = PartyBranch.objects.filter(Q(pk=user.branch_id) | Q(secretary=user), bureau_id=user.bureau_id)
    return sorted(own.select_related("bureau"), key=lambda branch: (branch.pk != user.branch_id, branch.code))


def _asked_year(request: PersonRequest) -> tuple[int, list[int]]:
    """`?year=` if there is something to see of it, else the running one; with all years to choose from."""
    today = request.user.bureau.today
    years = years_of(request.user.bureau, today)
    asked = request.GET.get("year", "")
    return (int(asked) if asked.isascii() and asked.isdecimal() and int(asked) in years else today.year), years


def _year_tabs(years: list[int], shown: int) -> list[Tab]:
    return [Tab(_("%d年") % year, f"?year={year}", year == shown) for year in years] if len(years) > 1 else []


def _tabs(user: Employee, shown: PartyBranch | None) -> list[Tab]:
    """All branches for those who see them, one's own ones, and another that is being looked at."""
    everything = [Tab(_("各支部"), reverse("reviews:showings"), shown is None)]
    branches = _own_branches(user)
    if shown is not None and shown not in branches:
        branches.append(shown)
    tabs = everything if user.has_role(*SEES_ALL_SHOWINGS) else []
    tabs += [Tab(one.name, reverse("reviews:branch-showings", args=[one.code]), one == shown) for one in branches]
    return tabs if len(tabs) > 1 else []
