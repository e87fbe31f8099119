"""`manage.py export_scores 2023Q1 --bureau XS OUT.xlsx` (interfaces.md): the score report of a quarter or a year."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from common.commands import DataCommand
from common.errors import DomainError
from reports.services import export_scores
from scoring.management import bureau_named


class Command(DataCommand):
    help = "导出一个季度（2023Q1）或一个年度（2023）的得分：得分表，以及共性、个性、竞争性三张指标表。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("period", help="季度如 2023Q1，年度如 2023")
        parser.add_argument("out", type=Path, help="要写的 .xlsx 文件")
        parser.add_argument("--bureau", default="", help="单位代码；只有一个单位时可以不写")

    def handle(self, *args: Any, **options: Any) -> None:
        out: Path = options["out"]
        if not out.parent.is_dir():
            raise CommandError(_("没有文件夹 %(folder)s；请先建好，或换一个位置。") % {"folder": out.parent})
        bureau = bureau_named(options["bureau"] or None)
        try:
            count = export_scores(bureau=bureau, period=options["period"].strip(), actor=None, out=out)
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(_("已导出 %(count)d 人的得分到 %(out)s") % {"count": count, "out": out})
