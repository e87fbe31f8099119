"""Takes the pictures of README.md from a running demonstration: `make run` on an empty database, then

    .venv/bin/python docs/pictures/take.py [http://127.0.0.1:8000]

It uploads a changed copy of a sample workbook to show its preview, and discards it again. Needs Playwright (part of
requirements/dev.lock) and Chromium (CHROMIUM, or on the PATH).
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).resolve().parent
SAMPLE = HERE.parents[1] / "samples" / "xishan-2023" / "2023Q3.xlsx"
PASSWORD = "demo-361"  # noqa: S105  # printed by `make run`
DIRECTOR, OFFICE, HEAD, LIAISON, EMPLOYEE = "10232300001", "10232300086", "10232300040", "10232300006", "10232300105"
WIDE, PHONE = (1440, 900), (390, 844)
CHANGED_RESULTS = 8


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


def take(page: Page, path: str, name: str) -> None:
    page.goto(path)
    take_as_it_stands(page, name)


def take_as_it_stands(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=HERE / f"{name}.png")


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


def main(base: str) -> None:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        director = sign_in(browser, base, DIRECTOR)
        take(director, "/ranking/?quarter=2023Q2", "ranking")
        take(director, "/showings/", "showings")
        take(director, "/stars/wall/", "wall")
        employee = sign_in(browser, base, EMPLOYEE)
        take(employee, "/", "workbench")
        take(employee, "/scores/mine/?quarter=2023Q2", "explanation")
        take(employee, "/market/", "market")
        take(sign_in(browser, base, EMPLOYEE, PHONE), "/", "phone")
        take(sign_in(browser, base, LIAISON), "/grid/", "grid")
        head = sign_in(browser, base, HEAD)
        head.goto("/assessing/")
        head.locator(".table-work tbody a").nth(1).click()
        head.locator(".opened-acts").wait_for()
        take_as_it_stands(head, "assessing")
        office = sign_in(browser, base, OFFICE)
        office.goto("/exchange/imports/")
        office.set_input_files("input[type=file]", changed_sample(Path(folder)))
        office.click("main button.btn-primary")
        discard = office.get_by_role("button", name="放弃")
        discard.wait_for(timeout=60_000)
        take(office, office.url, "import")
        discard.click()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
