"""`publish_quarter 2023Q1 --bureau XS [--force REASON]` (interfaces.md, Commands)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from common.commands import DataCommand
from common.errors import DomainError
from scoring.management import bureau_named, quarter_code
from scoring.services.publishing import NotReady, publish_quarter


class Command(DataCommand):
    help = "Publishes a scored quarter and freezes it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("quarter", help="for example 2023Q1")
        parser.add_argument("--bureau", required=True, help="the bureau's code")
        parser.add_argument(
            "--force",
            metavar="REASON",
            default=None,
            help="publish in spite of missing or unconfirmed results, people without individual task and publicity days",
        )

    def handle(self, *args: Any, quarter: str, bureau: str, force: str | None, **options: Any) -> None:
        if force is not None and not force.strip():
            raise CommandError(_("--force 要写明理由。"))
        code = quarter_code(quarter)
        one = bureau_named(bureau)
        try:
            publish_quarter(bureau=one, quarter_code=code, actor=None, today=timezone.localdate(), override=force or "")
        except NotReady as error:
            for sentence in error.sentences:
                self.stderr.write(sentence)
            raise CommandError(_("%(quarter)s 没有发布。") % {"quarter": code}) from error
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(
            _("%(name)s（%(bureau)s）%(quarter)s 已发布。") % {"name": one.name, "bureau": one.code, "quarter": code}
        )
