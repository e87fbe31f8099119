"""The pages for strangers draw without a complaint of the browser: no blocked script, no missing file."""

import pytest
from playwright.sync_api import ConsoleMessage, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("path", ["/login/", "/api/v1/docs/"])
def test_no_complaint_in_the_console(page: Page, live_server, path: str):
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    answer = page.goto(live_server.url + path, wait_until="networkidle")
    assert answer
    assert answer.ok
    assert complaints == []
