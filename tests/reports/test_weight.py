"""What a first visit has to fetch on the pages that everybody opens; tests/perfmgmt/test_demo.py looks at a whole bureau."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from tests.reports.world import make_world
from tests.weight import fetching_later, files_of, first_visit

pytestmark = pytest.mark.django_db
SMALL_BUREAU = 150 * 1024  # half of the budget: the files weigh the same in every bureau, the pages do not


@pytest.mark.parametrize(
    "url", ["/", "/ranking/", "/ranking/departments/", "/levelling/", "/scores/mine/?quarter=2023Q1", "/market/"]
)
def test_a_first_visit_stays_light(client: Client, url: str) -> None:
    client.force_login(make_world().people["office"])
    response = client.get(url)
    assert response.status_code == 200
    files = files_of(response.content.decode())
    assert {"tabler.min.css", "app.js", "charts.js", "icons.svg"} <= {file.name for file in files}
    assert fetching_later(files) == []
    assert first_visit(response) <= SMALL_BUREAU


def test_what_style_sheets_and_scripts_lead_to_is_seen(tmp_path: Path) -> None:
    html = '<link href="/static/css/app.css"><img src="/static/img/mark.svg"><use href="/static/img/icons.svg#bell">'
    assert {file.name for file in files_of(html)} == {"app.css", "tabler.min.css", "mark.svg", "icons.svg"}
    with pytest.raises(AssertionError, match="nothing is served as js/gone"):
        files_of('<script src="/static/js/gone.js"></script>')
    lazy = tmp_path / "js" / "lazy.js"
    lazy.parent.mkdir()
    lazy.write_text('document.createElement("script")')
    assert fetching_later({lazy}) == ["lazy.js"]
