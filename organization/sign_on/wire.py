"""HTTP with the provider, by the standard library: JSON in, no redirects, no surprise sizes."""

from __future__ import annotations

import json
import logging
import ssl
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from django.utils.translation import gettext as _

from organization.sign_on.errors import ProviderFault
from organization.sign_on.options import is_protected

log = logging.getLogger(__name__)
SECONDS = 5
MOST_BYTES = 1_000_000


class Rejected(Exception):
    """An answer of 4xx or 5xx with its OAuth error code, "" when it has none."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.code = code


class _NoRedirects(HTTPRedirectHandler):
    """A secret sent to one address is not sent on to another."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


def ask(
    url: str, *, ca_file: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The JSON object at an address, by GET, or by POST with a form.

    Raises Rejected for an answer that is an error, ProviderFault when there is no answer that can be read.
    """
    if not is_protected(url):
        raise unreachable(f"{url!r} is not https")
    data = urlencode(form).encode() if form is not None else None
    request = Request(url, data=data, headers={"Accept": "application/json", **(headers or {})})  # noqa: S310
    opener = build_opener(_NoRedirects, HTTPSHandler(context=ssl.create_default_context(cafile=ca_file or None)))
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            return _object(answer.read(MOST_BYTES))
    except HTTPError as error:
        with error:
            raise Rejected(error.code, _error_code(error.read(MOST_BYTES))) from None
    except (OSError, HTTPException, ValueError) as error:  # no connection, no certificate, not HTTP, not JSON
        raise unreachable(f"{url}: {error}") from error


def unreachable(detail: str) -> ProviderFault:
    """The one sentence for everything that the administrator must look at."""
    log.warning("sign-on: %s", detail)
    return ProviderFault(_("统一身份认证暂时无法使用。请稍后再试，或用工号和密码登录；一直不行请联系系统管理员。"))


def _object(raw: bytes) -> dict[str, Any]:
    found = json.loads(raw)
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _error_code(raw: bytes) -> str:
    try:
        return str(_object(raw).get("error", ""))
    except ValueError:
        return ""
