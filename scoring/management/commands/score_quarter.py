"""`score_quarter 2023Q1 [--bureau XS] [--all]` (interfaces.md, Commands)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from common.commands import DataCommand
from common.errors import DomainError
from common.quarters import QuarterCode
from organization.models import Bureau
from organization.queries import work_calendar
from scoring.management import bureau_named, quarter_code
from scoring.services.scoring import score_quarter


class Command(DataCommand):
    help = "Scores a quarter of one bureau, or of all bureaus that have it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("quarter", help="for example 2023Q1")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--bureau", help="the bureau's code; may be left out where there is only one bureau")
        which.add_argument("--all", action="store_true", help="every bureau that has the quarter, one after the other")

    def handle(self, *args: Any, quarter: str, bureau: str | None, **options: Any) -> None:
        code = quarter_code(quarter)
        bureaus = _with_quarter(code) if options["all"] else [bureau_named(bureau)]
        failed = 0
        for one in bureaus:
            try:
                run = score_quarter(bureau=one, quarter_code=code, actor=None)
            except DomainError as error:
                failed += 1
                self.stderr.write(f"{one.code} {error.message}")
                continue
            self.stdout.write(
                _("%(name)s（%(bureau)s）%(quarter)s：计分 %(scored)d 人，单位排名 %(ranked)d 人，漏项 %(missing)d 个")
                % {
                    "name": one.name,
                    "bureau": one.code,
                    "quarter": code,
                    "scored": run.scored,
                    "ranked": run.ranked,
                    "missing": run.missing,
                }
            )
        last_day = QuarterCode.parse(code).last_day
        if not work_calendar().knows(last_day):
            self.stderr.write(
                _("提示 工作日历里没有 %(year)d 年，在岗比例按周一至周五计算；请录入放假和调休后重新计分。")
                % {"year": last_day.year}
            )
        if failed:
            raise CommandError(_("%(failed)d 个单位没有计分。") % {"failed": failed})


def _with_quarter(code: str) -> list[Bureau]:
    bureaus = list(Bureau.objects.filter(quarters__code=code).order_by("code"))
    if not bureaus:
        raise CommandError(_("没有任何单位有 %s 这个季度；请先导入该季度的数据。") % code)
    return bureaus
