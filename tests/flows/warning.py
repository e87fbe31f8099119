"""A warning sheet for the matrix of rights: one line, unsigned, of the department of somebody."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from common.digest import digest_of_text
from indicators.models import AssessmentPoint, Quarter
from organization.models import Employee
from supervision.models import Warned, WarningSheet
from supervision.queries.warning_texts import text_of


def make_warning(name: str, person: Employee, point: AssessmentPoint, quarter: Quarter) -> Warned:
    now = timezone.now()
    sheet = WarningSheet.objects.create(
        bureau=person.bureau,
        department=person.department,
        department_name=person.department.name,
        month="2023-05",
        made_at=now,
    )
    return Warned.objects.create(
        sheet=sheet, quarter=quarter, point=point, version=point.versions.get(), period="2023-05",
        due=date(2023, 5, 25), head_due=date(2023, 5, 8), liaison_due=date(2023, 5, 22), standard=f"{name}标准",
        requirement=f"{name}要求", holders=[{"number": person.number, "name": person.name}],
    )  # fmt: skip


def signing(line: Warned) -> dict[str, Any]:
    """The head's form with the line's tick."""
    return {"side": "head", "line": f"{line.pk}:{digest_of_text(text_of(line))}"}


def signing_by_api(line: Warned) -> dict[str, Any]:
    return {"side": "head", "lines": [{"line": line.pk, "digest": digest_of_text(text_of(line))}]}
