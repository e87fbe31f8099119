"""单位树: the bureaus below one's own, to be added, renamed and moved by the system administrator."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from common.errors import InvalidInput
from common.tenancy import across
from organization.forms import put_errors
from organization.forms_bureaus import BureauForm, MoveForm, NewBureauForm
from organization.models import Bureau
from organization.permissions import may_arrange_bureaus
from organization.queries_bureaus import Branch, tree_of
from organization.requests import PersonRequest
from organization.services import bureaus as service


@require_safe
@across()
def bureaus(request: PersonRequest) -> HttpResponse:
    """The tree below the reader's bureau."""
    may_arrange_bureaus(request.user).require()
    tree = tree_of(request.user.bureau)
    return render(request, "organization/bureaus.html", {"tree": tree, "below": tree[1:], "own": tree[0]})


@never_cache
@require_http_methods(["GET", "POST"])
@across()
def new_bureau(request: PersonRequest) -> HttpResponse:
    """The form of a new bureau; afterwards, this once, the initial password of its first administrator."""
    may_arrange_bureaus(request.user).require()
    places = _places(request)
    form = NewBureauForm(request.POST or None, places=places, initial={"parent": request.GET.get("parent", "")})
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        chosen = given.pop("parent")
        parent = next(one for one in places if one.code == chosen)
        try:
            bureau, issued = service.add_bureau(parent=parent, actor=request.user, **given)
        except InvalidInput as error:
            put_errors(form, error)
        else:
            context = {"bureau": bureau, "person": issued.employee, "password": issued.password}
            return render(request, "organization/bureau_added.html", context)
    return render(request, "organization/bureau_new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@across()
def edit_bureau(request: PersonRequest, code: str) -> HttpResponse:
    """A bureau below: its name and level, and the way to another place."""
    bureau = bureau_below(request, code)
    form = BureauForm(request.POST or None, initial={"name": bureau.name, "level": bureau.level})
    if request.method == "POST" and form.is_valid():
        try:
            service.change_bureau(bureau=bureau, actor=request.user, **form.cleaned_data)
        except InvalidInput as error:
            put_errors(form, error)
        else:
            messages.success(request, _("单位已修改。"))
            return redirect("organization:bureaus")
    return bureau_page(request, bureau, form, MoveForm(places=places_for(request, bureau)))


def bureau_page(request: PersonRequest, bureau: Bureau, form: BureauForm, move: MoveForm) -> HttpResponse:
    """A bureau below, with its two forms as they were filled in."""
    branch = next(one for one in tree_of(request.user.bureau) if one.bureau.pk == bureau.pk)
    context = {"bureau": bureau, "branch": branch, "form": form, "move": move}
    return render(
        request, "organization/bureau_edit.html", context, status=422 if form.is_bound or move.is_bound else 200
    )


def bureau_below(request: PersonRequest, code: str) -> Bureau:
    """404 for whatever does not stand below the user's bureau, before anything is said about rights."""
    below = Bureau.objects.below(request.user.bureau).select_related("parent")
    bureau = get_object_or_404(below, code=code)
    may_arrange_bureaus(request.user).require()
    return bureau


def _places(request: PersonRequest) -> list[Bureau]:
    return [branch.bureau for branch in tree_of(request.user.bureau)]


def places_for(request: PersonRequest, bureau: Bureau) -> list[Bureau]:
    """Where a bureau could go: not below itself, and not where it is."""
    branches = tree_of(request.user.bureau)
    at = next(place for place, one in enumerate(branches) if one.bureau.pk == bureau.pk)
    inside: list[Branch] = branches[at : at + 1 + branches[at].below]
    shut = {one.bureau.pk for one in inside} | {bureau.parent_id}
    levels = service.LEVELS
    return [
        one.bureau
        for one in branches
        if one.bureau.pk not in shut and levels.index(one.bureau.level) <= levels.index(bureau.level)
    ]
