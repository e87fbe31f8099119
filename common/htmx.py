"""Small helpers for views that answer both a whole page and the fragment that htmx asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

STOP_POLLING = 286  # htmx swaps the answer and asks no more


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page; a restored history entry wants the whole of it."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-History-Restore-Request") != "true"


def page_or_fragment(
    request: HttpRequest, page: str, fragment: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Renders `fragment` (a `_x.html`) for htmx and `page` for everybody else."""
    response = render(request, fragment if is_fragment(request) else page, dict(context), status=status)
    response["Vary"] = "HX-Request"
    return response


def redirect(request: HttpRequest, url: str) -> HttpResponse:
    """Sends the browser on, also out of an htmx request. Foreign addresses become the home page."""
    if not url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure()):
        url = "/"
    if is_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponse(status=302, headers={"Location": url})


def toast(response: HttpResponse, text: str, *, level: str = "success") -> HttpResponse:
    """Lets the page show a sentence after a fragment was swapped; levels: success, info, warning, error."""
    response["HX-Trigger"] = json.dumps({"toast": {"text": str(text), "level": level}})
    return response
