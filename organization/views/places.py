"""The bureau: its departments, posts, party branches and rank categories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from organization.forms import BranchForm, CategoryForm, DepartmentForm, PlaceForm, PostForm
from organization.models import Department, PartyBranch, Post, RankCategory
from organization.permissions import may_manage_people
from organization.queries import structure
from organization.requests import PersonRequest
from organization.services.places import save_place
from organization.views.pages import FormPage, form_page


@dataclass(frozen=True, slots=True)
class Kind:
    model: Any
    form: type[PlaceForm]
    label: Promise


KINDS = {
    "departments": Kind(Department, DepartmentForm, gettext_lazy("部门")),
    "posts": Kind(Post, PostForm, gettext_lazy("岗位")),
    "branches": Kind(PartyBranch, BranchForm, gettext_lazy("党支部")),
    "categories": Kind(RankCategory, CategoryForm, gettext_lazy("序列")),
}


@require_safe
def bureau(request: PersonRequest) -> HttpResponse:
    """One tab a grouping, each with how many people belong to it."""
    today = timezone.localdate()
    shown = request.GET.get("tab", "departments")
    if shown not in KINDS:
        raise Http404
    parts = structure(request.user.bureau, today)
    tabs = [
        {"url": f"?tab={slug}", "label": kind.label, "active": slug == shown, "count": len(getattr(parts, slug))}
        for slug, kind in KINDS.items()
    ]
    context = {
        "bureau": request.user.bureau,
        "structure": parts,
        "rows": getattr(parts, shown),
        "tabs": tabs,
        "shown": shown,
        "kind": KINDS[shown],
        "may_manage": may_manage_people(request.user),
    }
    return render(request, "organization/bureau.html", context)


@require_http_methods(["GET", "POST"])
def place(request: PersonRequest, slug: str, pk: int | None = None) -> HttpResponse:
    """The form of one department, post, branch or category, new or existing."""
    if slug not in KINDS:
        raise Http404
    kind = KINDS[slug]
    row = (
        kind.model(bureau=request.user.bureau)
        if pk is None
        else get_object_or_404(kind.model.objects.visible_to(request.user), pk=pk)
    )
    may_manage_people(request.user).require()
    names = {"kind": kind.label, "name": str(row)}
    page = FormPage(
        heading=(_("新增%(kind)s") if pk is None else _("修改%(kind)s：%(name)s")) % names,
        lead=_("名称的变动在所有页面立即生效，已发布的得分不受影响。") if pk else "",
        submit=_("保存"),
        done=_("%(kind)s已保存。") % names,
        back=f"{reverse('organization:bureau')}?tab={slug}",
        back_label=request.user.bureau.name,
    )
    form = kind.form(request.POST or None, instance=row)
    return form_page(request, form, lambda _data: save_place(actor=request.user, place=form.instance), page)
