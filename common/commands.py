"""What the management commands of the interfaces share (interfaces.md, Commands)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from common.errors import refusal_of


class DataCommand(BaseCommand):
    """A command that touches data alone.

    Django's system checks would import every page and demand the front end's files first, which takes longer than
    scoring a bureau. `make run`, `prepare` and the tests run them.
    """

    requires_system_checks = ()

    def execute(self, *args: Any, **options: Any) -> str | None:
        """A refusal of the database itself is a sentence here too, and exit code 1."""
        try:
            return super().execute(*args, **options)
        except IntegrityError as error:
            refusal = refusal_of(error)
            if refusal is None:
                raise
            raise CommandError(refusal.message) from error
