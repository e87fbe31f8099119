"""`explain_score 2023Q1 工号` (interfaces.md, Commands): each line ends in its figure, the last is the total."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from common.commands import DataCommand
from common.text import code as as_code
from scoring.management import quarter_code
from scoring.models import Score
from scoring.queries import explanation
from scoring.queries.provenance import written


class Command(DataCommand):
    help = "Prints how an employee's score of a quarter comes about."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("quarter", help="for example 2023Q1")
        parser.add_argument("number", metavar="工号", help="the staff number")

    def handle(self, *args: Any, quarter: str, number: str, **options: Any) -> None:
        code = quarter_code(quarter)
        scores = Score.objects.current().filter(quarter__code=code, number=as_code(number)).select_related("run")
        score = scores.first()
        if score is None:
            raise CommandError(
                _("%(number)s 在 %(quarter)s 没有得分；请核对工号，或先计分。") % {"number": number, "quarter": code}
            )
        explained = explanation(score)
        for line in written(explained):
            self.stdout.write(line)
        self.stdout.write(f"{_('总分')} {explained.total.figure}")
