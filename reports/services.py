"""What reports writes: workbooks and files that leave the house, and the audit line that says who took them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import IO

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from audit.services import record
from common.errors import Conflict, InvalidInput
from common.quarters import QuarterCode
from indicators.models import Quarter
from organization.models import Bureau, Department, Employee
from reports.exports_ledger import write_ledger
from reports.exports_levelling import write_levelling
from reports.exports_scores import write_quarter, write_year
from reports.exports_upward import write_upward
from reports.files import file_pdf
from reports.permissions import may_look_down, may_open_file, may_view_levelling
from reports.queries.ledger import Ledger
from reports.queries.levelling import Radar
from reports.queries.personal_file import PersonalFile
from reports.queries.upward_page import Upward
from scoring.models import ScoreRun
from scoring.queries.annual import annual_rows, published_quarters


@transaction.atomic
def export_scores(
    *,
    bureau: Bureau,
    period: str,
    actor: Employee | None,
    out: IO[bytes] | Path,
    department: Department | None = None,
) -> int:
    """Writes the score report of a quarter (`2023Q1`) or a year (`2023`) to `out`; returns the number of people in it.

    With `department` only its people. The report is in Chinese whatever language the reader has chosen, since its
    sheets are read by programs. Raises InvalidInput for a period that is neither, Conflict where nothing is scored yet.
    """
    with translation.override("zh-hans"):
        if len(period) == 4 and period.isascii() and period.isdigit():
            count = _export_year(bureau, int(period), out, department)
        else:
            count = _export_quarter(bureau, period, out, department)
    record(
        actor=actor,
        action="export.scores",
        bureau=bureau,
        target=bureau,
        label=period,
        after={"period": period, "people": count, "department": department.code if department else None},
    )
    return count


@transaction.atomic
def export_levelling(*, radar: Radar, actor: Employee, out: IO[bytes] | Path) -> int:
    """Writes the levelling radar to `out`, in Chinese as the score report; returns the number of assessors in it."""
    may_view_levelling(actor).require()
    with translation.override("zh-hans"):
        count = write_levelling(radar, out, made_at=timezone.now())
    code = radar.quarter.code
    department = radar.department.code if radar.department else None
    record(
        actor=actor,
        action="export.levelling",
        bureau=radar.quarter.bureau,
        target=radar.quarter,
        label=code,
        after={"period": code, "department": department},
    )
    return count


@transaction.atomic
def export_upward(*, page: Upward, actor: Employee, out: IO[bytes] | Path) -> int:
    """Writes the figures of the bureaus below as one level shows them, in Chinese; returns the number of lines."""
    may_look_down(actor).require()
    with translation.override("zh-hans"):
        count = write_upward(page, out, made_at=timezone.now())
    record(
        actor=actor,
        action="export.upward",
        bureau=actor.bureau,
        target=actor.bureau,
        label=page.code,
        after={"period": page.code, "bureau": page.at.code, "rows": count},
    )
    return count


@transaction.atomic
def export_ledger(*, ledger: Ledger, actor: Employee, out: IO[bytes] | Path) -> int:
    """Writes the ledger as filtered, in Chinese; returns the number of rows. Its scope was made for the actor."""
    with translation.override("zh-hans"):
        count = write_ledger(ledger, out, made_at=timezone.now())
    code = ledger.quarter.code
    record(
        actor=actor,
        action="export.ledger",
        bureau=ledger.quarter.bureau,
        target=ledger.quarter,
        label=code,
        after={"period": code, "ledger": ledger.scope.key, "rows": count},
    )
    return count


@transaction.atomic
def export_file(*, person: Employee, actor: Employee, today: date) -> bytes:
    """The personal file as PDF, as the actor may read it, and the line that says who took it."""
    may_open_file(actor, person).require()
    document = file_pdf(PersonalFile(person, actor), printed_on=today)
    record(
        actor=actor, action="export.person", bureau=person.bureau, target=person, label=str(person),
        after={"person": person.number},
    )  # fmt: skip
    return document


def _export_quarter(bureau: Bureau, period: str, out: IO[bytes] | Path, department: Department | None) -> int:
    try:
        code = str(QuarterCode.parse(period))
    except ValueError as error:
        raise InvalidInput(
            _("“%(period)s”既不是季度也不是年度；季度写成 2023Q1，年度写成 2023。") % {"period": period}
        ) from error
    run = (
        ScoreRun.objects.filter(bureau=bureau, quarter__code=code, is_current=True)
        .select_related("bureau", "quarter")
        .first()
    )
    if run is None:
        raise Conflict(
            _("%(bureau)s 的 %(quarter)s 还没有计分，没有可以导出的得分；请先计分。")
            % {"bureau": bureau.name, "quarter": code}
        )
    return write_quarter(run, out, department=department, made_at=timezone.now())


def _export_year(bureau: Bureau, year: int, out: IO[bytes] | Path, department: Department | None) -> int:
    quarters: list[Quarter] = published_quarters(bureau, year)
    if not quarters:
        raise Conflict(
            _("%(bureau)s %(year)d 年还没有已发布的季度，没有年度得分可以导出；请先发布季度得分。")
            % {"bureau": bureau.name, "year": year}
        )
    runs = ScoreRun.objects.filter(quarter__in=quarters, is_current=True).select_related("bureau", "quarter")
    return write_year(
        bureau,
        year,
        annual_rows(bureau, year),
        list(runs.order_by("quarter__code")),
        out,
        department=department,
        made_at=timezone.now(),
    )
