"""The icons that pages use, out of the npm package @tabler/icons: one file of symbols, fetched once and then cached.

Drawn into each page they weighed 9 KB of its 60. A system check says which are missing.
"""

import re
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

ICONS = frozenset(
    [
        "adjustments",
        "alert-circle",
        "alert-triangle",
        "arrow-down",
        "arrow-up",
        "arrows-join",
        "ban",
        "bell",
        "books",
        "briefcase",
        "building-bank",
        "calendar-event",
        "calendar-stats",
        "chart-bar",
        "check",
        "checks",
        "chevron-down",
        "chevron-left",
        "chevron-right",
        "chevron-up",
        "circle-check",
        "clipboard-check",
        "clipboard-list",
        "clipboard-plus",
        "clock",
        "clock-exclamation",
        "copy",
        "download",
        "file-import",
        "file-spreadsheet",
        "file-text",
        "filter",
        "flag",
        "git-compare",
        "hand-stop",
        "heart-handshake",
        "history",
        "home",
        "hourglass",
        "inbox",
        "info-circle",
        "key",
        "language",
        "layout-dashboard",
        "list-check",
        "lock",
        "logout",
        "mail",
        "medal",
        "menu-2",
        "message-report",
        "messages",
        "minus",
        "pencil",
        "plus",
        "presentation",
        "printer",
        "radar-2",
        "refresh",
        "report-analytics",
        "scale",
        "search",
        "selector",
        "settings",
        "shield-lock",
        "sitemap",
        "star",
        "target",
        "trophy",
        "upload",
        "user",
        "user-check",
        "users",
        "users-group",
        "x",
    ]
)


@cache
def sprite() -> str:
    """All icons as symbols of one SVG document; a page shows one of them by `<use href="…/icons.svg#name">`."""
    symbols = "".join(f'<symbol id="{name}" viewBox="0 0 24 24">{_shapes(name)}</symbol>' for name in sorted(ICONS))
    return f'<svg xmlns="http://www.w3.org/2000/svg">{symbols}</svg>'


def _shapes(name: str) -> str:
    """The inner part of one of Tabler's outline icons, without the empty square around it."""
    source = _folder().joinpath(f"{name}.svg").read_text(encoding="utf-8")
    drawn = re.findall(r"<(?:path|circle|rect|line|polyline|ellipse) [^>]*>", source)
    return "".join(shape.replace(" />", "/>") for shape in drawn if 'd="M0 0h24v24H0z"' not in shape)


def _folder() -> Path:
    return Path(settings.NODE_MODULES, "@tabler/icons/icons/outline")


@register()
def icons_are_installed(**_kwargs: object) -> list[CheckMessage]:
    """Every listed icon lies in node_modules; otherwise the first page would fail instead of the start."""
    missing = sorted(name for name in ICONS if not (_folder() / f"{name}.svg").is_file())
    if not missing:
        return []
    return [
        Error(
            f"缺少图标：{'、'.join(missing)}",
            hint="请运行 python3 bootstrap.py setup（其中会执行 npm ci）。",
            id="common.E002",
        )
    ]
