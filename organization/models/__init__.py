"""Who works where, under which bureau, and on which days."""

from organization.models.bureaus import Bureau, OfBureauQuerySet
from organization.models.calendar import CalendarDay, CalendarYear
from organization.models.directory import (
    BEGINNING,
    Absence,
    Department,
    Employee,
    EmployeeQuerySet,
    PartyBranch,
    Placement,
    Post,
    RankCategory,
    Role,
    names_of,
)

__all__ = [
    "BEGINNING",
    "Absence",
    "Bureau",
    "CalendarDay",
    "CalendarYear",
    "Department",
    "Employee",
    "EmployeeQuerySet",
    "OfBureauQuerySet",
    "PartyBranch",
    "Placement",
    "Post",
    "RankCategory",
    "Role",
    "names_of",
]
