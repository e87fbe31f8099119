"""What the sweeps over all addresses share."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import QueryDict


@pytest.fixture
def town(built: Any) -> Any:
    """What the sweep's module builds. Not a copy: nothing sets anything on it, and hundreds of tests ask it."""
    return built


@pytest.fixture
def quiet() -> Iterator[None]:
    """Thousands of refusals would fill the log that pytest keeps for a failure."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names by which pages have asked their addresses for something."""
    names: set[str] = set()
    for method in ("get", "getlist", "__getitem__", "__contains__"):
        plain = getattr(QueryDict, method)

        def spy(query: QueryDict, name: str, *rest: Any, plain: Any = plain) -> Any:
            if not query._mutable:  # an address or a form as it came
                names.add(name)
            return plain(query, name, *rest)

        monkeypatch.setattr(QueryDict, method, spy)
    return names
