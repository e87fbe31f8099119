"""`score_quarter 2023Q1 [--bureau XS] [--all]` (interfaces.md, Commands)."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from common.commands import DataCommand
from common.errors import DomainError
from common.quarters import QuarterCode
from common.text import listed
from organization.models import Bureau
from organization.queries import work_calendar
from scoring.jobs import send_lanes
from scoring.management import bureau_named, quarter_code
from scoring.models import ScoreRun, WaveUnit
from scoring.queries.waves import ended
from scoring.services.fan_out import begin_all, end, work
from scoring.services.scoring import score_quarter

LOOK_EVERY = 2.0
"""Seconds of work between two looks at what the other lanes have done."""
PAUSE = 0.05


class Command(DataCommand):
    help = "Scores a quarter of one bureau, or of all bureaus that have it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("quarter", help="for example 2023Q1")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--bureau", help="the bureau's code; may be left out where there is only one bureau")
        which.add_argument("--all", action="store_true", help="every bureau that has the quarter; workers help")
        parser.add_argument(
            "--here", action="store_true", help="with --all: in this process alone, without the workers"
        )

    def handle(self, *args: Any, quarter: str, bureau: str | None, **options: Any) -> None:
        code = quarter_code(quarter)
        failed = (
            self._score_all(code, here=options["here"]) if options["all"] else self._score(bureau_named(bureau), code)
        )
        last_day = QuarterCode.parse(code).last_day
        if not work_calendar().knows(last_day):
            self.stderr.write(
                _("提示 工作日历里没有 %(year)d 年，在岗比例按周一至周五计算；请录入放假和调休后重新计分。")
                % {"year": last_day.year}
            )
        if failed:
            raise CommandError(
                _("%(failed)d 个单位没有计分：%(names)s。") % {"failed": len(failed), "names": listed(failed)}
            )

    def _score(self, bureau: Bureau, code: str) -> list[str]:
        try:
            self._tell(bureau, code, score_quarter(bureau=bureau, quarter_code=code, actor=None))
        except DomainError as error:
            self.stderr.write(f"{bureau.code} {error.message}")
            return [bureau.code]
        return []

    def _score_all(self, code: str, *, here: bool) -> list[str]:
        """A wave of which this process is one lane; the workers, if they answer, are the others."""
        try:
            wave = begin_all(code)
        except DomainError as error:
            raise CommandError(error.message) from error
        if not here:
            try:
                send_lanes(wave.pk)
            except OperationalError:
                self.stderr.write(_("提示 消息队列没有应答，由本进程逐个计分。"))
        told: set[int] = set()
        failed: list[str] = []
        while True:
            work(wave.pk, seconds=LOOK_EVERY)
            is_over = end(wave.pk)  # before looking at what ended, so that nothing is left untold
            for unit in ended(wave, told):
                told.add(unit.pk)
                if unit.state == WaveUnit.State.FAILED:
                    failed.append(unit.bureau.code)
                    self.stderr.write(f"{unit.bureau.code} {unit.sentence}")
                else:
                    self._tell(unit.bureau, code, unit)
            if is_over:
                return sorted(failed)
            time.sleep(PAUSE)

    def _tell(self, bureau: Bureau, code: str, counts: ScoreRun | WaveUnit) -> None:
        self.stdout.write(
            _("%(name)s（%(bureau)s）%(quarter)s：计分 %(scored)d 人，单位排名 %(ranked)d 人，漏项 %(missing)d 个")
            % {
                "name": bureau.name,
                "bureau": bureau.code,
                "quarter": code,
                "scored": counts.scored,
                "ranked": counts.ranked,
                "missing": counts.missing,
            }
        )
