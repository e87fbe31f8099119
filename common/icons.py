"""The icons that pages use, out of the npm package @tabler/icons; a system check says which are missing."""

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


@register()
def icons_are_installed(**_kwargs: object) -> list[CheckMessage]:
    """Every listed icon lies in node_modules; otherwise the first page would fail instead of the start."""
    folder = Path(settings.NODE_MODULES, "@tabler/icons/icons/outline")
    missing = sorted(name for name in ICONS if not (folder / f"{name}.svg").is_file())
    if not missing:
        return []
    return [
        Error(
            f"缺少图标：{'、'.join(missing)}",
            hint="请运行 python3 bootstrap.py setup（其中会执行 npm ci）。",
            id="common.E002",
        )
    ]
