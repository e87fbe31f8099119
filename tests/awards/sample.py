"""The sample bureau with its two published quarters, and who holds what there."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from indicators.models import Quarter
from organization.models import Bureau, Employee, Role
from scoring.services.scoring import score_quarter
from tests.factories import moment

SAMPLE = Path(settings.BASE_DIR, "samples", "xishan-2023")
NOW = moment(date(2023, 9, 1))


def sample_bureau() -> Bureau:
    """The imported bureau with its two quarters scored and published."""
    quarters = ("2023Q1", "2023Q2")
    call_command("import_workbook", SAMPLE / "基础.xlsx", *(SAMPLE / f"{code}.xlsx" for code in quarters))
    bureau = Bureau.objects.get(code="XS")
    for code in quarters:
        score_quarter(bureau=bureau, quarter_code=code, actor=None)
        Quarter.objects.filter(bureau=bureau, code=code).update(state=Quarter.State.PUBLISHED)
    return bureau


def holder(bureau: Bureau, kind: str) -> Employee:
    return Employee.objects.filter(bureau=bureau, role__kind=kind).order_by("number")[0]


def office(bureau: Bureau) -> Employee:
    return holder(bureau, Role.Kind.OFFICE)


def expected(code: str = "2023Q1") -> dict[str, dict[str, str]]:
    """The independent scorer's figures by staff number."""
    with (SAMPLE / f"expected-{code}.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["工号"]: row for row in csv.DictReader(file)}
