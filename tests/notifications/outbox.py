"""What the tests of the outbox share."""

from __future__ import annotations

from http.client import HTTPConnection
from typing import Any

import pytest
from django.utils import timezone

from notifications.channels import webhook
from notifications.models import ContactPreference, GroupRobot
from organization.models import Bureau, Employee
from tests.notifications.servers import MailServer


def asks_for_mail(person: Employee, mail: str = "each", **values: Any) -> ContactPreference:
    """A preference whose address is confirmed."""
    defaults = {"email": f"z{person.number}@mail.example", "confirmed_at": timezone.now()}
    return ContactPreference.objects.create(employee=person, mail=mail, **defaults | values)


def make_robot(bureau: Bureau, port: int = 443, **values: Any) -> GroupRobot:
    defaults = {"kind": "wecom", "name": "工作群", "url": f"https://127.0.0.1:{port}/send?key=SECRET-KEY-1234"}
    return GroupRobot.objects.create(bureau=bureau, **defaults | values)


def use_mail(settings: Any, server: MailServer) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 5
    settings.DEFAULT_FROM_EMAIL = "perfmgmt@bureau.example"


def use_robots(settings: Any, monkeypatch: pytest.MonkeyPatch, *ports: int) -> None:
    """Allows the ports of this machine, and speaks plain HTTP to them: the servers have no certificate."""
    settings.WEBHOOK_HOSTS = [f"127.0.0.1:{port}" for port in ports]
    monkeypatch.setattr(webhook, "HTTPSConnection", HTTPConnection)
