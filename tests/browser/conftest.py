"""Playwright with the machine's Chromium, in Chinese and in the bureau's time zone."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandlerMixin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from playwright.sync_api import Browser

from tests.conftest import CHROMIUM

LONG = 10 * 366 * 24 * 3600  # seconds; the browsers' own clock does not move


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": sandbox}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


@pytest.fixture
def browser(browser: Browser) -> Iterator[Browser]:
    """The one Chromium of the run; windows are closed after each test, so that none asks the next test's server."""
    yield browser
    for window in browser.contexts:
        window.close()


@pytest.fixture(autouse=True)
def _kept_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Static files are kept by a window from page to page, as production's answers tell it to."""
    serve = StaticFilesHandlerMixin.serve

    def kept(self: StaticFilesHandlerMixin, request: HttpRequest) -> HttpResponseBase:
        response = serve(self, request)
        response["Cache-Control"] = f"max-age={LONG}, immutable"
        return response

    monkeypatch.setattr(StaticFilesHandlerMixin, "serve", kept)
