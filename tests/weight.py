"""What a first visit fetches: the page and every file that it leads to, compressed as they are sent."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpResponse

FIRST_VISIT = 300_000  # bytes
NAMED = re.compile(r'(?:href|src|content|poster)="/static/([^"#]+)')
LEADS_TO = re.compile(r'@import (?:url\()?"([^"]+)"|url\(["\']?(?!data:)([^"\')#]+)')
FETCHED_LATER = re.compile(r"""\bimport\s*\(|createElement\(["'](?:script|link|img)|new Worker""")


def files_of(html: str) -> set[Path]:
    """The files that a page names, and what its style sheets import, draw and write with."""
    found: set[Path] = set()
    waiting = [_served(name) for name in NAMED.findall(html)]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            if file.suffix == ".css":
                names = [first or second for first, second in LEADS_TO.findall(file.read_text(encoding="utf-8"))]
                waiting += [_served(_from(file, name)) for name in names]
    return found


def fetching_later(files: set[Path]) -> list[str]:
    """Our scripts that fetch further files, which `files_of` cannot see."""
    own = [file for file in files if file.parent.name == "js"]
    return [file.name for file in own if FETCHED_LATER.search(file.read_text(encoding="utf-8"))]


def first_visit(response: HttpResponse) -> int:
    """Bytes of the page and all its files, each compressed on its own."""
    parts = [response.content, *(file.read_bytes() for file in files_of(response.content.decode()))]
    return sum(len(gzip.compress(part)) for part in parts)


def _from(sheet: Path, name: str) -> str:
    """The address of what a style sheet names, from the root of the static files; they lie in folders of one level."""
    return name.removeprefix("../") if name.startswith("../") else f"{sheet.parent.name}/{name}"


def _served(name: str) -> Path:
    file = finders.find(name)
    assert file, f"nothing is served as {name}"
    return Path(str(file))
