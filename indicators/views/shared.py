"""What several pages need: the quarter asked for, one page of a list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.paginator import Page, Paginator
from django.shortcuts import get_object_or_404

from common.components import Tab
from indicators.models import Quarter
from indicators.queries import working_quarter
from organization.models import Employee
from organization.requests import PersonRequest

PAGE_SIZE = 50


def seen_quarter(user: Employee, code: str) -> Quarter:
    """A quarter of the person's bureau with the bureau; 404 if there is none of that code."""
    return get_object_or_404(Quarter.objects.visible_to(user).select_related("bureau"), code=code)


def asked_quarter(request: PersonRequest) -> Quarter | None:
    """The quarter of `?quarter=`, 404 if the bureau has none of that code; else the one that the bureau works in."""
    user = request.user
    code = request.GET.get("quarter")
    if code:
        return seen_quarter(user, code)
    return working_quarter(user.bureau)


def filter_data(request: PersonRequest, quarter: Quarter) -> dict[str, Any]:
    """What a filter form is made from: the address, and the quarter shown where it names none."""
    working = {"quarter": quarter.code}
    return {"data": working | request.GET.dict(), "initial": working if "quarter" not in request.GET else {}}


def one_page(request: PersonRequest, rows: Any, size: int = PAGE_SIZE) -> Page[Any]:
    return Paginator(rows, size).get_page(request.GET.get("page"))


def ordered(request: PersonRequest, rows: Any, sorts: Mapping[str, str], default: str, *ties: str) -> Any:
    """The rows in the order of `?sort=`, ties broken by `ties`; an unknown order is the default."""
    asked = request.GET.get("sort") or default
    field = sorts.get(asked.lstrip("-"))
    if field is None:
        asked, field = default, sorts[default.lstrip("-")]
    return rows.order_by(f"-{field}" if asked.startswith("-") else field, *ties)


def address(url: str, **parameters: str) -> str:
    """An address with those of the parameters that are filled."""
    query = urlencode({name: value for name, value in parameters.items() if value})
    return f"{url}?{query}" if query else url


def quarter_tabs(codes: Iterable[str], shown: str) -> list[Tab]:
    """The same page for other quarters."""
    return [Tab(code, f"?quarter={code}", code == shown) for code in codes]


def status_of(form: forms.BaseForm) -> int:
    """422 tells htmx and programs that a form came back with errors."""
    return 422 if form.is_bound and form.errors else 200
