"""What every drawing of a list shares: the published quarters it reads, the bureau's thresholds, and what it hands over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from awards.models import StarAward, UseLine, UseList, UseSettings
from common.components import quarter_label
from common.errors import InvalidInput
from common.quarters import QuarterCode
from indicators.models import Quarter
from organization.models import Bureau
from scoring.models import Adjustment, Score, ScoreRun
from scoring.queries.annual import published_quarters


@dataclass(frozen=True, slots=True)
class Drawn:
    """The lines of a list as suggested, not saved yet, and what they were drawn from."""

    lines: list[UseLine]
    basis: dict[str, Any] = field(default_factory=dict)


def settings_of(bureau: Bureau) -> UseSettings:
    """What the bureau has agreed, or the defaults."""
    return UseSettings.objects.filter(bureau=bureau).first() or UseSettings(bureau=bureau)


def is_year(period: str) -> bool:
    return len(period) == 4


def period_label(period: str) -> str:
    """A period as people say it: 2023年一季度, 2023年度."""
    return _("%s年度") % period if is_year(period) else quarter_label(period)


def checked_period(kind: str, period: str) -> str:
    """The period in its one spelling. Raises InvalidInput if no list of the kind is drawn for it."""
    sentence = ""
    if is_year(period):
        if not period.isdecimal() or not 2000 <= int(period) <= 2099:
            sentence = _("期间应当是季度（如 2023Q1）或年度（如 2023）。")
        elif kind == UseList.Kind.QUARTERLY_GRADE:
            sentence = _("季度考核等次按季度拟定；请选择一个季度。")
    else:
        try:
            period = str(QuarterCode.parse(period))
        except ValueError:
            sentence = _("期间应当是季度（如 2023Q1）或年度（如 2023）。")
        else:
            if kind not in (UseList.Kind.QUARTERLY_GRADE, UseList.Kind.TRAINING):
                sentence = _("%s按年度拟定；请选择一个年度。") % UseList.Kind(kind).label
    if sentence:
        raise InvalidInput(sentence, fields={"period": sentence})
    return period


def quarters_of(bureau: Bureau, period: str) -> list[Quarter]:
    """The published quarters of a period in order; a list is drawn from nothing else."""
    if is_year(period):
        return published_quarters(bureau, int(period))
    return list(Quarter.objects.filter(bureau=bureau, code=period, state=Quarter.State.PUBLISHED))


def runs_of(quarters: Iterable[Quarter]) -> dict[str, int]:
    """The current run of each quarter by its code: what a list was drawn from, and whether it still holds."""
    runs = ScoreRun.objects.filter(quarter__in=list(quarters), is_current=True).order_by("quarter__code")
    return dict(runs.values_list("quarter__code", "pk"))


def scores_of(quarters: Iterable[Quarter]) -> list[Score]:
    """The current scores of the quarters with their inputs, by quarter and staff number."""
    rows = Score.objects.current().filter(quarter__in=list(quarters)).select_related("quarter")
    return list(rows.order_by("quarter__code", "number"))


def misconduct(quarters: Iterable[Quarter]) -> dict[int, list[str]]:
    """The counted disciplinary minuses (违纪) of the quarters, by employee id: their matters."""
    rows = Adjustment.objects.filter(
        quarter__in=list(quarters), kind=Adjustment.Kind.MINUS, disciplinary=True, state=Adjustment.State.COUNTED
    ).order_by("day", "pk")
    return _grouped(rows.values_list("employee_id", "matter"))


def quarter_grades(bureau: Bureau, year: str) -> dict[int, list[tuple[str, str]]]:
    """The grades decided in the signed quarterly lists of a year, by employee id: quarter and word."""
    rows = UseLine.objects.filter(
        use_list__bureau=bureau,
        use_list__kind=UseList.Kind.QUARTERLY_GRADE,
        use_list__state=UseList.State.SIGNED,
        use_list__period__startswith=year,
    ).exclude(decision="")
    found = rows.order_by("use_list__period").values_list("employee_id", "use_list__period", "decision")
    return _grouped((employee, (period, word)) for employee, period, word in found if employee)


def stars(bureau: Bureau, year: str) -> dict[int, list[tuple[str, str]]]:
    """The stars of a year that stand, by employee id: quarter and kind."""
    rows = StarAward.objects.filter(
        bureau=bureau, state=StarAward.State.PUBLISHED, category__selection__quarter__code__startswith=year
    ).order_by("category__selection__quarter__code", "pk")
    found = rows.values_list("employee_id", "category__selection__quarter__code", "category__kind")
    return _grouped((employee, (code, kind)) for employee, code, kind in found)


def _grouped(pairs: Iterable[tuple[int, Any]]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found
