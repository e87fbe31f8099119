"""下级单位: one level of the tree of bureaus on one page, and the same as a workbook."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.tenancy import across
from organization.requests import PersonRequest
from reports.downloads import temporary_file, workbook
from reports.forms import UpwardForm
from reports.permissions import may_look_down
from reports.queries.upward_page import DEFINITIONS, Line, Upward
from reports.services import export_upward
from reports.upward_sums import FEWEST, PARTS


@require_safe
@across()
def upward(request: PersonRequest) -> HttpResponse:
    """The bureaus directly below the reader's, or below one of those: aggregates alone."""
    may_look_down(request.user).require()
    page = Upward(request.user.bureau, request.GET)
    if not page.code:
        return render(request, "reports/upward_empty.html", {"page": page})
    asked = {"quarter": page.code, "under": page.under}
    form = UpwardForm(asked, quarters=page.tree.quarters, initial=asked)
    context = {
        "page": page,
        "form": form,
        "crumbs": page.crumbs,
        "rows": [(line, _cells(line)) for line in page.lines],
        "total": (page.total, _cells(page.total)),
        "columns": [
            (key, _labelled(label, unit), definition) for key, (label, unit, definition) in DEFINITIONS.items()
        ],
    }
    return render(request, "reports/upward.html", context)


@require_POST
@across()
def export(request: PersonRequest) -> FileResponse:
    """What the page shows, as a workbook."""
    may_look_down(request.user).require()
    page = Upward(request.user.bureau, request.POST)
    if not page.code:
        raise Http404
    file = temporary_file()
    export_upward(page=page, actor=request.user, out=file)
    return workbook(
        file, _("%(bureau)s下级单位%(period)s.xlsx") % {"bureau": page.at.name, "period": page.code}, "upward.xlsx"
    )


def _cells(line: Line) -> list[tuple[str, str, str, str]]:
    """Of each figure its key, its label on a card, its text, and for the parts of 361 the width of its bar."""
    cells = []
    for key, (label, unit, _definition) in DEFINITIONS.items():
        number = line.figures.number(key) if key in PARTS else None
        width = "" if number is None else str(number)
        text = line.figures.text(key) or (f"<{FEWEST}" if key == "people" and line.is_too_small else "")
        cells.append((key, _labelled(label, unit), text, width))
    return cells


def _labelled(label: str | Promise, unit: str | Promise) -> str:
    return f"{label} %" if unit == "%" else str(label)
