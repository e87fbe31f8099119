"""`manage.py seed_demo` (interfaces.md): the sample bureau with one login for each role."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.errors import DomainError
from perfmgmt.demo import seed_demo
from perfmgmt.management.commands.prepare import demo_logins


class Command(BaseCommand):
    help = "建立演示单位（溪山县税务局）和各角色的演示账号；可以重复执行，已有正式单位时拒绝。"

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            seed_demo(self.stderr.write)
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(demo_logins())
