"""`manage.py import_workbook`: bureau workbooks in, each all or nothing (interfaces.md, Commands)."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from common.commands import DataCommand
from common.errors import DomainError
from common.workbook import mark_problems
from exchange.importing import Report, take_in


class Command(DataCommand):
    help = "Imports bureau workbooks in the order given; each file is one transaction, the first refused one stops."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE.xlsx")
        parser.add_argument("--dry-run", action="store_true", help="check and count, keep nothing")
        parser.add_argument("--errors", type=Path, metavar="OUT.xlsx", help="the refused file with its faults marked")

    def handle(self, *args: Any, **options: Any) -> None:
        for path in options["files"]:
            try:
                report = take_in(path, name=path.name, actor=None, keep=not options["dry_run"])
            except DomainError as error:
                raise CommandError(f"{path.name}: {error.message}") from error
            if report.problem_count:
                self._refuse(path, report, options["errors"])
            self._tell(report, dry_run=options["dry_run"])

    def _refuse(self, path: Path, report: Report, errors: Path | None) -> None:
        for remark in report.remarks:
            self.stderr.write(_("提示 %(remark)s") % {"remark": remark}, self.style.NOTICE)
        for problem in report.problems:
            self.stderr.write(str(problem), self.style.NOTICE)
        hidden = report.problem_count - len(report.problems)
        if hidden:
            self.stderr.write(_("还有 %(count)d 处问题没有列出。") % {"count": hidden})
        if errors is not None:
            mark_problems(path, report.problems, errors)
            self.stderr.write(_("已把问题标在 %(file)s 里。") % {"file": errors})
        self.stderr.write(
            _("%(file)s 有 %(count)d 处问题，没有导入任何数据；请改正后重试。")
            % {"file": report.name, "count": report.problem_count}
        )
        sys.exit(1)

    def _tell(self, report: Report, *, dry_run: bool) -> None:
        self.stdout.write(report.name)
        for sheet in report.sheets:
            counts = sheet.counts
            self.stdout.write(f"{sheet.title}: 新增 {counts.created} 更新 {counts.updated} 不变 {counts.unchanged}")
        for remark in report.remarks:
            self.stdout.write(_("提示 %(remark)s") % {"remark": remark})
        if report.remark_count > len(report.remarks):
            self.stdout.write(
                _("还有 %(count)d 条提示没有列出。") % {"count": report.remark_count - len(report.remarks)}
            )
        if dry_run:
            self.stdout.write(_("只作检查，没有保存。"))
