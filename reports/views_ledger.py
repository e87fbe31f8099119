"""台账: the personal, the department's and the bureau's, as pages to filter, to print and to take away as a workbook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.components import Tab, quarter_label
from indicators.models import Quarter
from indicators.queries import working_quarter
from organization.models import Department, Employee
from organization.queries import work_calendar
from organization.requests import PersonRequest
from reports.downloads import temporary_file, workbook
from reports.forms_ledger import LedgerForm
from reports.permissions import ledger_departments, may_open_bureau_ledger, may_open_department_ledger
from reports.queries.ledger import Choice, Ledger, Scope
from reports.queries.ledger_rows import blocks
from reports.services import export_ledger
from tasks_market.queries.board import my_claims

PAGE = 50
MOST_PRINTED = 2500
"""So many rows stand on one page to print; more are for the workbook."""
ADDRESSES = {"personal": "reports:ledger", "department": "reports:ledger-department", "office": "reports:ledger-office"}


@require_safe
def personal(request: PersonRequest) -> HttpResponse:
    """岗位职责台账: one's own duties, points, nodes and tasks."""
    return _page(request, "personal")


@require_safe
def department(request: PersonRequest) -> HttpResponse:
    """部门职能台账: the people of the department, or of those in charge."""
    return _page(request, "department")


@require_safe
def office(request: PersonRequest) -> HttpResponse:
    """绩效总账: everybody."""
    return _page(request, "office")


@require_POST
def export(request: PersonRequest, scope: str) -> FileResponse:
    """The rows that fit what is asked as a workbook, with the columns of the page."""
    ledger, _departments, _quarters = _ledger(request.user, scope, request.POST)
    if ledger is None:
        raise Http404
    file = temporary_file()
    export_ledger(ledger=ledger, actor=request.user, out=file)
    return workbook(file, f"{ledger.scope.title}{ledger.quarter.code}.xlsx", "ledger.xlsx")


def _page(request: PersonRequest, scope: str) -> HttpResponse:
    user = request.user
    ledger, departments, quarters = _ledger(user, scope, request.GET)
    if ledger is None:
        return render(request, "reports/ledger_empty.html", {"tabs": _tabs(user, scope, "")})
    code = ledger.quarter.code
    entries = ledger.entries
    whole = len(entries) <= (MOST_PRINTED if request.GET.get("page") == "all" else PAGE)
    page = Paginator(entries, MOST_PRINTED if whole else PAGE).get_page(request.GET.get("page"))
    start = (page.number - 1) * page.paginator.per_page
    asked = {**request.GET.dict(), "quarter": code, "group": ledger.choice.group}
    initial = {"quarter": code, "group": ledger.scope.group}
    form = LedgerForm(asked, quarters=quarters, departments=departments, personal=scope == "personal", initial=initial)
    context = {
        "ledger": ledger,
        "scope": ledger.scope,
        "blocks": blocks(ledger, start, start + page.paginator.per_page),
        "page": page,
        "whole": whole,
        "form": form,
        "tabs": _tabs(user, scope, code),
        "facts": _facts(user) if scope == "personal" else [],
        "tasks": my_claims(user, now=timezone.now(), quarter=ledger.quarter) if scope == "personal" else [],
        "asked": [(name, value) for name, value in asked.items() if name != "page"],
        "all_url": f"?{urlencode({**asked, 'page': 'all'})}" if len(entries) <= MOST_PRINTED else "",
        "quarter_label": quarter_label(code),
        "columns": _columns(ledger),
    }
    return render(request, "reports/ledger.html", context)


def _ledger(
    user: Employee, scope: str, asked: Mapping[str, str]
) -> tuple[Ledger | None, list[Department], list[Quarter]]:
    """The ledger asked for, by default of the quarter that people work in; None while no quarter has begun.

    404 for a quarter, a department or a person that is none of the user's, 403 for a ledger that is not.
    """
    departments = _departments_of(user, scope)
    quarters = list(Quarter.objects.visible_to(user).exclude(state=Quarter.State.OPEN).order_by("-code"))
    if not quarters:
        return None, departments, quarters
    wanted = asked.get("quarter", "")
    working = working_quarter(user.bureau)
    quarter = next((one for one in quarters if one.code == wanted), None if wanted else working)
    code = asked.get("department", "")
    if quarter is None or (code and scope != "personal" and code not in {one.code for one in departments}):
        raise Http404
    quarter.bureau = user.bureau
    found = _scope(user, scope, departments)
    choice = Choice.of(asked, group=found.group)
    return Ledger(found, quarter, choice, today=user.bureau.today, calendar=work_calendar()), departments, quarters


def _departments_of(user: Employee, scope: str) -> list[Department]:
    """The departments that the ledger can be narrowed to, after asking whether it may be opened."""
    match scope:
        case "personal":
            return []
        case "department":
            may_open_department_ledger(user).require()
        case "office":
            may_open_bureau_ledger(user).require()
        case _:
            raise Http404
    return ledger_departments(user)


def _scope(user: Employee, scope: str, departments: list[Department]) -> Scope:
    match scope:
        case "personal":
            return Scope(scope, _("%s岗位职责台账") % user.name, "library", person=user)
        case "department":
            name = departments[0].name if len(departments) == 1 else ""
            return Scope(scope, _("%s部门职能台账") % name, "person", departments=departments)
    return Scope(scope, _("%s绩效总账") % user.bureau.name, "department")


def _tabs(user: Employee, scope: str, code: str) -> list[Tab]:
    """The ledgers that are open to the user, of the same quarter."""
    query = f"?{urlencode({'quarter': code})}" if code else ""
    open_to = {
        "personal": (_("岗位职责台账"), True),
        "department": (_("部门职能台账"), bool(may_open_department_ledger(user))),
        "office": (_("绩效总账"), bool(may_open_bureau_ledger(user))),
    }
    return [
        Tab(label, reverse(ADDRESSES[key]) + query, key == scope)
        for key, (label, may_open) in open_to.items()
        if may_open
    ]


def _facts(user: Employee) -> list[tuple[str, str]]:
    """Who the reader is, as the head of a personal ledger says it."""
    post = user.post
    facts = [(_("姓名"), f"{user.name} {user.number}"), (_("部门"), user.department.name)]
    if post is not None:
        facts += [(_("岗位"), post.name)]
        facts += [(_("岗位职责"), post.duties)] if post.duties else []
    return facts


def _columns(ledger: Ledger) -> dict[str, Any]:
    """Which columns say something: what the grouping says already is left out on paper and screen alike."""
    group = ledger.choice.group
    person, point = ledger.scope.person is None and group != "person", group != "point"
    return {"person": person, "point": point, "named": person + point + 1, "before": person + point + 6}
