"""Static files of the npm packages and of django-htmx, by an explicit list: nothing else of them is served.

And the icons, which are drawn out of their package.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage, Storage

from common.icons import sprite


class VendorFinder(BaseFinder):
    """Serves each file of settings.VENDOR_FILES as `vendor/<its own name>`.

    Whole dist folders would break the manifest storage: their style sheets point at source maps that are not shipped.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        paths = (Path(settings.NODE_MODULES) / path for path in settings.VENDOR_FILES)
        self.files = {f"vendor/{path.name}": path for path in paths}

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return [
            Error(
                f"缺少前端文件 {path}",
                hint="请运行 python3 bootstrap.py setup（其中会执行 npm ci）。",
                id="common.E001",
            )
            for path in self.files.values()
            if not path.is_file()
        ]

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        file = self.files.get(path)
        if not file or not file.is_file():
            return []  # with None Django would take the answer for a file
        return [str(file)] if find_all else str(file)

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        for file in self.files.values():
            storage = FileSystemStorage(location=str(file.parent))
            storage.prefix = "vendor"  # type: ignore[attr-defined]  # collectstatic puts it before the file's name
            yield file.name, storage


class IconFinder(BaseFinder):
    """Serves the symbols of common.icons as `img/icons.svg`.

    The list of icons is the source; the file is written anew when it says something else.
    """

    path = "img/icons.svg"

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return []  # common.icons has its own

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        if path != self.path:
            return []
        file = str(self._written())
        return [file] if find_all else file

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        file = self._written()
        storage = FileSystemStorage(location=str(file.parent))
        storage.prefix = "img"  # type: ignore[attr-defined]  # collectstatic puts it before the file's name
        yield file.name, storage

    def _written(self) -> Path:
        file = Path(settings.VAR_DIR, "drawn", Path(self.path).name)
        if not file.is_file() or file.read_text(encoding="utf-8") != sprite():
            file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, delete=False) as new:
                new.write(sprite())
            os.chmod(new.name, 0o644)
            os.replace(new.name, file)  # at once: another worker may be reading
        return file
