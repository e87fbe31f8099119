"""What README and docs say is there: pictures, links, variables, and the words on the buttons."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

from perfmgmt.environment import NAMES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
GUIDE = DOCS / "zh" / "使用手册.md"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
LARGEST_PICTURE = 150_000


def slug(heading: str) -> str:
    """The anchor that hosts of Markdown give a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def without_code(text: str) -> str:
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    text = without_code(page.read_text(encoding="utf-8"))
    targets = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'<img src="([^"]+)"', text)
    for target in targets:
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = unquote(target).partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{page.name}: {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
            assert anchor in map(slug, headings), f"{page.name}: {target}"


def test_every_document_is_listed() -> None:
    readme, architecture = (ROOT / "README.md").read_text(), (DOCS / "architecture.md").read_text()
    for page in DOCS.rglob("*.md"):
        path = page.relative_to(DOCS).as_posix()
        assert f"(docs/{path}" in unquote(readme), f"README: {path}"
        assert path == "architecture.md" or f"({path}" in unquote(architecture), f"architecture: {path}"


def test_configuration_table_is_complete() -> None:
    section = (ROOT / "README.md").read_text().split("\n## Configuration\n")[1].split("\n## ")[0]
    first_cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = [name for cell in first_cells for name in re.findall(r"`([A-Z_]+)`", cell)]
    assert sorted(named) == sorted(NAMES)


def test_pictures_are_small_and_used() -> None:
    shown = {Path(unquote(path)).name for page in PAGES for path in re.findall(r"[\w/]+\.png", page.read_text())}
    for picture in (DOCS / "pictures").glob("*.png"):
        assert picture.stat().st_size <= LARGEST_PICTURE, picture.name
        assert picture.name in shown, picture.name


@cache
def words_of_the_product() -> str:
    """All texts of templates and code, placeholders as they stand there."""
    templates = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "templates").rglob("*.html"))
    scripts = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "static" / "js").glob("*.js"))
    folders = [folder for folder in ROOT.iterdir() if (folder / "__init__.py").exists() and folder.name != "tests"]
    literals = (
        node.value
        for folder in folders
        for file in folder.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return "\n".join([templates, scripts, *literals])


def parts_of(quoted: str) -> list[str]:
    """A quoted word without what stands for something: “起草……通报”, （n）, figures."""
    return [part for part in re.split(r"……|（[^）]*）|\bn\b|\d+| / | → |\s", quoted) if part]


def test_guide_speaks_the_words_of_the_pages() -> None:
    text = without_code(GUIDE.read_text(encoding="utf-8"))
    unknown = {
        quoted
        for quoted in re.findall(r"“([^”\n]+)”", text)
        if not all(part in words_of_the_product() for part in parts_of(quoted))
    }
    assert not unknown - {" "}


def test_guide_quotes_refusals_as_they_are() -> None:
    rows = GUIDE.read_text(encoding="utf-8").split("| 页面上说 |")[1].split("\n\n")[0].splitlines()[2:]
    sentences = [row.split("|")[1].strip() for row in rows]
    unknown = [said for said in sentences if not all(part in words_of_the_product() for part in parts_of(said))]
    assert not unknown


def test_guide_is_short_enough_to_be_read() -> None:
    assert len(GUIDE.read_text(encoding="utf-8").splitlines()) <= 500
