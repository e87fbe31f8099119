"""Who stands above a bureau: set by the command of the installation, never by the bureau's own import."""

from __future__ import annotations

import pytest

from organization.models import Bureau
from tests.exchange.books import put, small_book
from tests.exchange.conftest import TakeIn, told
from tests.factories import make_bureau

pytestmark = pytest.mark.django_db


def test_the_own_import_moves_no_bureau(take: TakeIn) -> None:
    make_bureau("UP", level="city")
    book = small_book()
    assert not take(book).problems  # as the command does, which knows no only bureau
    own = Bureau.objects.get(code="AA")
    put(book, "单位", 2, "上级单位代码", "UP")
    report = take(book, only_bureau=own)
    assert told(report) == ["单位!2 上级单位代码"]
    assert "单位树" in report.problems[0].hint
    own.refresh_from_db()
    assert own.parent is None
    assert not take(book).problems
    own.refresh_from_db()
    assert own.parent is not None
    assert not take(book, only_bureau=own).problems  # it stands there already
