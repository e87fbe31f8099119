"""How a line about somebody's point begins in every list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from indicators.models import AssessmentPoint, PointVersion
from indicators.queries.library import point_url
from organization.models import Employee


@dataclass(frozen=True, slots=True)
class Line:
    """Whose it is and which point; what the list says of them follows in the fields of its own class."""

    number: str
    name: str
    department: str
    code: str
    point: str
    url: str

    @classmethod
    def of(cls, employee: Employee, point: AssessmentPoint, version: PointVersion | None, **more: Any) -> Self:
        """The line with its own fields as `more`; the name of the point is empty where no version is in force."""
        return cls(
            number=employee.number,
            name=employee.name,
            department=employee.department.name,
            code=point.code,
            point=version.name if version else "",
            url=point_url(point),
            **more,
        )
