"""`manage.py verify_audit`: seals what is left, walks every chain, and says how many entries stand or what is broken."""

from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from audit.queries import verify_chains
from audit.services import seal_chains
from common.commands import DataCommand


class Command(DataCommand):
    help = _("核对审计记录的哈希链；输出记录条数，或第一条有问题的记录（退出码 1）。")

    def handle(self, **_options: Any) -> None:
        seal_chains()
        result = verify_chains()
        if result.broken:
            raise CommandError(result.broken)
        self.stdout.write(_("审计记录完好，共 %(entries)d 条。") % {"entries": result.entries})
