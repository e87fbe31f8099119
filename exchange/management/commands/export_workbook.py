"""`manage.py export_workbook`: everything of a bureau as a workbook that imports again (interfaces.md, Commands)."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from audit.services import record
from common.commands import DataCommand
from exchange.exporting import write_bureau
from exchange.importing import sha256_of
from organization.models import Bureau


class Command(DataCommand):
    help = "Writes everything of a bureau as a bureau workbook that imports again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bureau", required=True, metavar="XS")
        parser.add_argument("out", type=Path, metavar="OUT.xlsx")

    def handle(self, *args: Any, **options: Any) -> None:
        bureau = Bureau.objects.filter(code=options["bureau"]).first()
        if bureau is None:
            raise CommandError(_("没有单位“%(code)s”；请检查 --bureau。") % {"code": options["bureau"]})
        out: Path = options["out"]
        if not out.parent.is_dir():
            raise CommandError(_("没有文件夹 %(folder)s；请先建好，或换一个位置。") % {"folder": out.parent})
        try:
            counts = write_bureau(bureau, out)
        except OSError as error:
            raise CommandError(_("写不了 %(file)s：%(why)s") % {"file": out, "why": error.strerror}) from error
        record(
            actor=None,
            action="export.workbook",
            bureau=bureau,
            target=bureau,
            after={"file": out.name, "sha256": sha256_of(out), "rows": counts},
        )
        for title, count in counts.items():
            self.stdout.write(_("%(sheet)s: %(count)d 行") % {"sheet": title, "count": count})
