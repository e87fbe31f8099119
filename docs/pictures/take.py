"""Takes the pictures of README.md, docs/tour.md and docs/zh/使用手册.md from a running demonstration: `make run` on an
empty database, then

    .venv/bin/python docs/pictures/take.py [http://127.0.0.1:8000 [picture …]]

Without names all of them. It uploads a changed copy of a sample workbook to show its preview, and discards it again;
nothing else is written. Needs Playwright and Pillow (parts of requirements/dev.lock) and Chromium (CHROMIUM, or on the PATH).
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from openpyxl import load_workbook
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).resolve().parent
SAMPLE = HERE.parents[1] / "samples" / "xishan-2023" / "2023Q3.xlsx"
PASSWORD = "demo-361"  # noqa: S105  # printed by `make run`
DIRECTOR, OFFICE, HEAD, LIAISON = "10232300001", "10232300086", "10232300040", "10232300103"
ASSESSOR, EMPLOYEE = "10232300006", "10232300105"
WIDE, PHONE = (1440, 900), (390, 844)
CHANGED_RESULTS = 8
COLOURS, LARGEST = (256, 128, 64), 150_000


def sign_in(browser: Browser, base: str, number: str, size: tuple[int, int] = WIDE) -> Page:
    page = browser.new_page(
        viewport={"width": size[0], "height": size[1]},
        base_url=base,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )
    page.goto("/login/")
    page.fill("input[name=username]", number)
    page.fill(".sign-form input[name=password]", PASSWORD)
    page.press(".sign-form input[name=password]", "Enter")
    page.wait_for_url("/")
    return page


def save(page: Page, name: str) -> None:
    """What the window shows, in as few colours as it has: a guide with many pictures should still open at once."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.activeElement?.blur()")
    full = Image.open(BytesIO(page.screenshot())).convert("RGB")
    for colours in COLOURS:
        full.quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
            HERE / f"{name}.png", optimize=True
        )
        if (HERE / f"{name}.png").stat().st_size <= LARGEST:
            return


def changed_sample(folder: Path) -> Path:
    """The running quarter's workbook with some results corrected."""
    book = load_workbook(SAMPLE)
    sheet = book["考评结果"]
    value, note = (next(cell.column for cell in sheet[1] if cell.value == title) for title in ("完成值", "说明"))
    faultless = [row for row in range(2, sheet.max_row + 1) if sheet.cell(row, value).value == 0]
    for row in faultless[:CHANGED_RESULTS]:
        sheet.cell(row, value).value = 1
        sheet.cell(row, note).value = "复核后更正"
    file = folder / "2023Q3.xlsx"
    book.save(file)
    return file


def assessing(page: Page) -> None:
    page.goto("/assessing/")
    page.locator(".table-work tbody a").nth(1).click()
    page.locator(".opened-acts").wait_for()
    save(page, "assessing")


def entering(page: Page) -> None:
    """The form of the next node that the employee owes."""
    page.goto("/todo/")
    page.locator('main a[href^="/report/"]').first.click()
    save(page, "entering")


def warning(page: Page) -> None:
    page.goto("/")
    page.locator('main a[href^="/warnings/"]').first.click()
    save(page, "warning")


def statement(page: Page) -> None:
    page.goto("/showings/")
    page.locator('main a[href$="/statement/"]').first.click()
    save(page, "statement")


def bulletin(page: Page) -> None:
    page.goto("/bulletins/")
    page.locator("main tbody a", has_text=re.compile("二季度")).first.click()
    save(page, "bulletin")


def importing(page: Page) -> None:
    page.goto("/exchange/imports/")
    with tempfile.TemporaryDirectory() as folder:
        page.set_input_files("input[type=file]", changed_sample(Path(folder)))
        page.click("main button.btn-primary")
        discard = page.get_by_role("button", name="放弃")
        discard.wait_for(timeout=60_000)
    save(page, "import")
    discard.click()


def shown_at(path: str, name: str) -> Callable[[Page], None]:
    def take(page: Page) -> None:
        page.goto(path)
        save(page, name)

    return take


PICTURES: dict[str, tuple[str, tuple[int, int], Callable[[Page], None]]] = {
    "assessing": (HEAD, WIDE, assessing),
    "bulletin": (DIRECTOR, WIDE, bulletin),
    "cockpit": (DIRECTOR, WIDE, shown_at("/dashboard/", "cockpit")),
    "entering": (EMPLOYEE, WIDE, entering),
    "explanation": (EMPLOYEE, WIDE, shown_at("/scores/mine/?quarter=2023Q2", "explanation")),
    "grid": (ASSESSOR, WIDE, shown_at("/grid/", "grid")),
    "import": (OFFICE, WIDE, importing),
    "market": (EMPLOYEE, WIDE, shown_at("/market/", "market")),
    "phone": (EMPLOYEE, PHONE, shown_at("/", "phone")),
    "quarter": (OFFICE, WIDE, shown_at("/quarters/2023Q3/", "quarter")),
    "ranking": (DIRECTOR, WIDE, shown_at("/ranking/?quarter=2023Q2", "ranking")),
    "showings": (DIRECTOR, WIDE, shown_at("/showings/", "showings")),
    "statement": (EMPLOYEE, WIDE, statement),
    "todo": (HEAD, WIDE, shown_at("/todo/", "todo")),
    "wall": (DIRECTOR, WIDE, shown_at("/stars/wall/", "wall")),
    "warning": (HEAD, WIDE, warning),
    "workbench": (EMPLOYEE, WIDE, shown_at("/", "workbench")),
}


def main(base: str, names: list[str]) -> None:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        pages: dict[tuple[str, tuple[int, int]], Page] = {}
        for name in names or PICTURES:
            number, size, picture = PICTURES[name]
            if (number, size) not in pages:
                pages[number, size] = sign_in(browser, base, number, size)
            picture(pages[number, size])
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000", sys.argv[2:])
