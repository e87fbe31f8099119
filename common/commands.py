"""What the management commands of the interfaces share (interfaces.md, Commands)."""

from __future__ import annotations

from django.core.management.base import BaseCommand


class DataCommand(BaseCommand):
    """A command that touches data alone.

    Django's system checks would import every page and demand the front end's files first, which takes longer than
    scoring a bureau. `make run`, `prepare` and the tests run them.
    """

    requires_system_checks = ()
