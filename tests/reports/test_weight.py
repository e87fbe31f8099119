"""What a first visit has to fetch: the page and every file that it names, compressed as they are sent."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tests.reports.world import make_world

pytestmark = pytest.mark.django_db
WITHOUT_CHARTS = 150 * 1024  # the library of charts is fetched when the first one comes near the window
NAMED = re.compile(r'(?:href|src)="/static/([^"#]+)')
IMPORTED = re.compile(r'@import (?:url\()?"([^"]+)"')


def files_of(html: str) -> set[Path]:
    """The files that a page names, and those that its style sheets import."""
    found: set[Path] = set()
    waiting = [Path(finders.find(name)) for name in NAMED.findall(html)]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            if file.suffix == ".css":
                names = IMPORTED.findall(file.read_text(encoding="utf-8"))
                waiting += [Path(finders.find(f"vendor/{Path(name).name}") or file.parent / name) for name in names]
    return found


@pytest.mark.parametrize("url", ["/", "/ranking/", "/scores/mine/?quarter=2023Q1", "/market/"])
def test_a_first_visit_stays_light(client: Client, url: str) -> None:
    client.force_login(make_world().people["office"])
    response = client.get(url)
    assert response.status_code == 200
    files = files_of(response.content.decode())
    assert {"tabler.min.css", "app.js", "icons.svg"} <= {file.name for file in files}
    assert not [file for file in files if file.name.startswith("echarts")]
    sent = [response.content, *(file.read_bytes() for file in files)]
    assert sum(len(gzip.compress(part)) for part in sent) <= WITHOUT_CHARTS
