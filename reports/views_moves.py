"""迁移: a bureau below goes under another one. The rest of its page is `organization.views.bureaus`, which cannot tell people."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.errors import InvalidInput
from common.tenancy import across
from organization.forms_bureaus import BureauForm, MoveForm
from organization.requests import PersonRequest
from organization.views.bureaus import bureau_below, bureau_page, places_for
from reports.services_moves import relocate_bureau


@require_POST
@across()
def move_bureau(request: PersonRequest, code: str) -> HttpResponse:
    bureau = bureau_below(request, code)
    places = places_for(request, bureau)
    form = MoveForm(request.POST, places=places)
    if form.is_valid():
        parent = next(one for one in places if one.code == form.cleaned_data["parent"])
        try:
            relocate_bureau(bureau=bureau, parent=parent, actor=request.user)
        except InvalidInput as error:
            form.add_error("parent", str(error))
        else:
            names = {"bureau": bureau.name, "parent": parent.name}
            messages.success(request, _("%(bureau)s已迁到%(parent)s之下。") % names)
            return redirect("organization:bureaus")
    return bureau_page(request, bureau, BureauForm(initial={"name": bureau.name, "level": bureau.level}), form)
