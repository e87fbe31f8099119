"""System checks of what the lock files bring and the application reads from the disk."""

from pathlib import Path

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def pdf_fonts_are_installed(**_kwargs: object) -> list[CheckMessage]:
    """Both weights lie in node_modules; otherwise the first certificate would fail instead of the start."""
    missing = [name for name in settings.PDF_FONTS.values() if not Path(settings.NODE_MODULES, name).is_file()]
    return [
        Error(f"缺少字体文件 {name}", hint="请运行 python3 bootstrap.py setup（其中会执行 npm ci）。", id="common.E003")
        for name in missing
    ]
