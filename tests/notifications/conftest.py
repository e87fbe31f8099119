"""Servers of this machine that the outbox sends to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.notifications.outbox import use_mail, use_robots
from tests.notifications.servers import MailServer, RobotServer, mail_server, robot_server


@pytest.fixture
def smtp(settings: Any) -> Iterator[MailServer]:
    with mail_server() as server:
        use_mail(settings, server)
        yield server


@pytest.fixture
def robots(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[RobotServer]:
    with robot_server() as server:
        use_robots(settings, monkeypatch, server.port)
        yield server
